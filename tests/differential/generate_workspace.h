// The workspace around a generated flow.
#pragma once

#include "compiler/check/checked.h"
#include "tests/differential/random.h"

namespace flow::generate {

// Languages, regions, channels and templates; no flow.
check::Workspace workspace_of(Random& random);

}  // namespace flow::generate
