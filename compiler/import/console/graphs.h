// The independent reader for the fidelity check (compiler/import/fidelity).
#pragma once

#include "compiler/import/format.h"

namespace flow::importing::console {

// Of our own graph the text that it stands for, too.
Originals originals(const Json& json);

}  // namespace flow::importing::console
