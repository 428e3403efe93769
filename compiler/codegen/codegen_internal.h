// Flow IR → LLVM IR. For compiler/jit only, which keeps LLVM out of everybody else's sight.
#pragma once

#include <memory>

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include "compiler/ir/ir.h"

namespace flow::codegen {

// The one exported symbol: a constant array of program::FlowEntry, indexed by FlowFrame::resting + kTableBase; after
// the steps, with Aim::quick_to_make, all functions of the flow.
inline constexpr const char* kTableSymbol = "flow_dispatch";
inline constexpr std::int32_t kTableBase = 2;  // kEnded, kNotStarted, then the steps
static_assert(program::kEnded == -2 && program::kNotStarted == -1);

// What the module is for. LLVM selects instructions quickly (FastISel) for plain calls and comparisons, and takes ten
// times as long for guaranteed tail calls and switches.
enum class Aim : std::uint8_t {
  quick_to_make,  // a function goes on in another by returning program::kGoOn and the other's place in the table
  quick_to_run,   // by a guaranteed tail call
};

// One function for each function of the flow, all with the signature of FlowEntry, and the dispatch table. Nothing in
// it depends on this machine. Instructions are emitted one statement at a time: arguments of one call may be evaluated
// in any order, and the text must not depend on the compiler that built us. REQUIRES: the flow passed ir::verify().
std::unique_ptr<llvm::Module> generate(llvm::LLVMContext& context, const ir::Flow& flow, Aim aim);

}  // namespace flow::codegen
