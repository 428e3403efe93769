// Flows from source text, through the real parser and checker.
#pragma once

#include <string>

#include "base/result.h"
#include "compiler/check/checked.h"

namespace flow::differential {

// The workspace in `folder`. invalid_argument with what the compiler reports when there is an error (warnings are no
// matter here).
Result<check::Workspace> load_workspace(const std::string& folder);

}  // namespace flow::differential
