// Blocks of a function: order, ways, and what nothing leads to.
#include <utility>

#include "compiler/ir/op_info.h"
#include "compiler/optimize/context.h"
#include "runtime/program/functions.h"

namespace flow::optimize {

using ir::Op;

std::vector<std::uint32_t> ways_into(const ir::Function& function) {
  std::vector<std::uint32_t> ways(function.blocks.size(), 0);
  for (const ir::Block& block : function.blocks)
    for (std::uint32_t next : block.term.blocks) ++ways[next];
  return ways;
}

std::vector<std::uint32_t> order_of(const ir::Function& function) {
  std::vector<std::uint32_t> waiting = ways_into(function);
  std::vector<std::uint32_t> order;
  order.reserve(function.blocks.size());
  std::vector<std::uint32_t> open = {0};
  while (!open.empty()) {
    const std::uint32_t block = open.back();
    open.pop_back();
    order.push_back(block);
    for (std::uint32_t next : function.blocks[block].term.blocks)
      if (--waiting[next] == 0) open.push_back(next);
  }
  return order;
}

bool remove_unreached(ir::Function& function) {
  constexpr std::uint32_t kUnreached = UINT32_MAX;
  std::vector<std::uint32_t> place(function.blocks.size(), kUnreached);
  std::vector<std::uint32_t> open = {0};
  place[0] = 0;
  std::size_t reached = 0;
  while (!open.empty()) {
    const std::uint32_t block = open.back();
    open.pop_back();
    ++reached;
    for (std::uint32_t next : function.blocks[block].term.blocks) {
      if (place[next] != kUnreached) continue;
      place[next] = 0;
      open.push_back(next);
    }
  }
  if (reached == function.blocks.size()) return false;
  std::vector<ir::Block> kept;
  kept.reserve(reached);
  for (std::size_t i = 0; i < place.size(); ++i) {
    if (place[i] == kUnreached) continue;
    place[i] = static_cast<std::uint32_t>(kept.size());
    kept.push_back(std::move(function.blocks[i]));
  }
  for (ir::Block& block : kept)
    for (std::uint32_t& next : block.term.blocks) next = place[next];
  function.blocks = std::move(kept);
  return true;
}

bool is_pure(const ir::Inst& inst, bool few) {
  const ir::OpInfo& op = ir::info(inst.op);
  if (op.dst == ir::Operand::none || op.change != ir::Change::none) return false;
  switch (inst.op) {
    case Op::number_add:
    case Op::number_subtract:
    case Op::number_multiply:
    case Op::number_round:
    case Op::duration_in:
    case Op::text_lower:
    case Op::text_upper:
    case Op::text_concat:
      return false;
    case Op::text_of_number:
    case Op::text_of_duration:
    case Op::text_of_region:
      return few;
    case Op::call: {
      const program::FunctionInfo& function = program::kFunctions[inst.imm];
      return !function.gives_text() && function.marks.find('!') == std::string_view::npos;
    }
    default:
      return true;
  }
}

}  // namespace flow::optimize
