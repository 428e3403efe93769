// Checked tree → flow IR, exactly as docs/semantics.md has it. One flow after the other; nothing is optimised but
// texts, whose constant parts are joined here.
//
// Ids stay as they are: field id = VariableId, step id = StepId, counter id = JumpId, handler id = place in
// Flow::handlers. Signals, channels and templates are numbered as first used (handlers and steps in order).
#pragma once

#include "compiler/check/checked.h"
#include "compiler/ir/ir.h"

namespace flow::lower {

// Pure: the same workspace gives the same module, to the byte. REQUIRES: checked without errors.
ir::Module lower(const check::Workspace& workspace);

}  // namespace flow::lower
