// Makes a flow's IR smaller and quicker without changing what it does: the same effects, the same stored states for
// every event. Ids of fields, steps, counters, handlers, signals, channels and templates stay, so states of the
// optimised and of the original flow are interchangeable; bundles carry the original.
#pragma once

#include "compiler/ir/ir.h"

namespace flow::optimize {

// REQUIRES: the flow passed ir::verify(). The result does, too (checked after each pass). Work and growth are linear in
// the flow: inlining at most doubles it.
ir::Flow optimize(ir::Flow flow);

// Each flow.
ir::Module optimize(ir::Module module);

}  // namespace flow::optimize
