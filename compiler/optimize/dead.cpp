#include <utility>
#include <vector>

#include "compiler/ir/op_info.h"
#include "compiler/optimize/passes.h"

namespace flow::optimize {
namespace {

using ir::Inst;
using ir::Reg;

template <typename Visit>
void each_operand(Inst& inst, Visit visit) {
  if (inst.a != ir::kNoReg) visit(inst.a);
  if (inst.b != ir::kNoReg) visit(inst.b);
  for (Reg& reg : inst.list) visit(reg);
}

bool can_go(const Inst& inst) {
  return inst.dst != ir::kNoReg && ir::info(inst.op).change == ir::Change::none && !may_trap(inst.op);
}

std::vector<std::uint32_t> count_uses(ir::Function& function) {
  std::vector<std::uint32_t> uses(function.regs.size(), 0);
  for (ir::Block& block : function.blocks) {
    for (Inst& inst : block.insts) each_operand(inst, [&](Reg& reg) { ++uses[reg]; });
    if (block.term.a != ir::kNoReg) ++uses[block.term.a];
  }
  return uses;
}

// From the last instruction to the first, so that operands of what goes may go as well.
void remove_unused(ir::Function& function) {
  std::vector<std::uint32_t> uses = count_uses(function);
  for (std::size_t b = function.blocks.size(); b-- > 0;) {
    std::vector<Inst>& insts = function.blocks[b].insts;
    for (std::size_t i = insts.size(); i-- > 0;) {
      if (!can_go(insts[i]) || uses[insts[i].dst] != 0) continue;
      each_operand(insts[i], [&](Reg& reg) { --uses[reg]; });
      insts.erase(insts.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

void renumber(ir::Function& function) {
  std::vector<bool> used(function.regs.size(), false);
  const auto mark = [&](Reg& reg) { used[reg] = true; };
  const auto each = [&](auto visit) {
    for (ir::Block& block : function.blocks) {
      for (Inst& inst : block.insts) {
        if (inst.dst != ir::kNoReg) visit(inst.dst);
        each_operand(inst, visit);
      }
      if (block.term.a != ir::kNoReg) visit(block.term.a);
    }
  };
  each(mark);
  std::vector<Reg> place(function.regs.size(), ir::kNoReg);
  std::vector<ir::RegType> kept;
  for (Reg reg = 0; reg < used.size(); ++reg) {
    if (!used[reg]) continue;
    place[reg] = static_cast<Reg>(kept.size());
    kept.push_back(function.regs[reg]);
  }
  each([&](Reg& reg) { reg = place[reg]; });
  function.regs = std::move(kept);
}

}  // namespace

void remove_dead_values(ir::Flow& flow) {
  for (ir::Function& function : flow.functions) {
    remove_unused(function);
    renumber(function);
  }
}

}  // namespace flow::optimize
