#include "compiler/optimize/optimize.h"

#include <utility>

#include "base/check.h"
#include "compiler/ir/verify.h"
#include "compiler/optimize/passes.h"

namespace flow::optimize {
namespace {

struct Pass {
  const char* name;
  void (*run)(ir::Flow&);
};

// Twice around inlining: first so that what is copied is small, then for what the copies make known.
constexpr Pass kPasses[] = {
    {"fold", fold_constants}, {"thread", thread_jumps}, {"dead", remove_dead_values}, {"inline", inline_calls},
    {"fold", fold_constants}, {"thread", thread_jumps}, {"dead", remove_dead_values},
};

}  // namespace

ir::Flow optimize(ir::Flow flow) {
  for (const Pass& pass : kPasses) {
    pass.run(flow);
    const Status status = ir::verify(flow);
    FLOW_CHECK(status.has_value(), "after pass {}: {}", pass.name, status.error().message);
  }
  return flow;
}

ir::Module optimize(ir::Module module) {
  for (ir::Flow& flow : module.flows) flow = optimize(std::move(flow));
  return module;
}

std::size_t size(const ir::Function& function) {
  std::size_t count = 0;
  for (const ir::Block& block : function.blocks) count += block.insts.size() + 1;
  return count;
}

bool may_trap(ir::Op op) {
  switch (op) {
    case ir::Op::number_add:
    case ir::Op::number_subtract:
    case ir::Op::number_multiply:
    case ir::Op::number_round:
    case ir::Op::duration_in:
    case ir::Op::text_lower:
    case ir::Op::text_upper:
    case ir::Op::text_concat:
      return true;
    default:
      return false;
  }
}

}  // namespace flow::optimize
