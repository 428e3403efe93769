// The passes, one a file. Each keeps what ir::verify() demands, and keeps registers, blocks and functions that it need
// not touch.
#pragma once

#include <cstddef>

#include "compiler/ir/ir.h"

namespace flow::optimize {

// fold.cpp: what constants decide is computed here: values, and which way a branch takes. What would trap stays.
void fold_constants(ir::Flow& flow);

// thread.cpp: jumps lead where they end up; a block that only one other leads to joins it; blocks that nothing leads to
// go.
void thread_jumps(ir::Flow& flow);

// dead.cpp: values that nothing reads are not computed, unless computing them may trap; registers that are left over
// go.
void remove_dead_values(ir::Flow& flow);

// inline.cpp: a function that is small, or called in one place, moves to where it is called; what is no longer called
// goes.
void inline_calls(ir::Flow& flow);

// Instructions and terminators.
std::size_t size(const ir::Function& function);

// Whether the op may end the execution instead of giving its result.
bool may_trap(ir::Op op);

}  // namespace flow::optimize
