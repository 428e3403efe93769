// Instructions whose results nobody reads, functions that nothing leads to, registers that nothing uses.
#include <utility>

#include "compiler/optimize/context.h"

namespace flow::optimize {
namespace {

using ir::Term;

constexpr std::uint32_t kNone = UINT32_MAX;

// One bit a register.
class Live {
 public:
  explicit Live(std::size_t regs = 0) : words_((regs + 63) / 64) {}
  bool has(ir::Reg reg) const { return (words_[reg / 64] >> (reg % 64) & 1) != 0; }
  void add(ir::Reg reg) { words_[reg / 64] |= std::uint64_t{1} << (reg % 64); }
  void remove(ir::Reg reg) { words_[reg / 64] &= ~(std::uint64_t{1} << (reg % 64)); }
  void add(const Live& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  }

 private:
  std::vector<std::uint64_t> words_;
};

// From the last block to the first: each comes after all that it leads to.
bool remove_instructions(ir::Function& function, bool few) {
  if (function.regs.empty()) return false;
  bool changed = false;
  const std::vector<std::uint32_t> order = order_of(function);
  std::vector<Live> before(function.blocks.size());
  for (std::size_t i = order.size(); i-- > 0;) {
    ir::Block& block = function.blocks[order[i]];
    Live live(function.regs.size());
    for (std::uint32_t next : block.term.blocks) live.add(before[next]);
    if (block.term.a != ir::kNoReg) live.add(block.term.a);
    std::size_t kept = block.insts.size();
    for (std::size_t at = block.insts.size(); at-- > 0;) {
      ir::Inst& inst = block.insts[at];
      if (is_pure(inst, few) && !live.has(inst.dst)) continue;
      if (inst.dst != ir::kNoReg) live.remove(inst.dst);
      for_operands(inst, [&](ir::Reg reg) { live.add(reg); });
      if (--kept != at) block.insts[kept] = std::move(inst);
    }
    changed = changed || kept != 0;
    block.insts.erase(block.insts.begin(), block.insts.begin() + static_cast<std::ptrdiff_t>(kept));
    before[order[i]] = std::move(live);
  }
  return changed;
}

// The registers that are left, in the order in which they stand in the text.
bool remove_registers(ir::Function& function) {
  std::vector<std::uint32_t> place(function.regs.size(), kNone);
  std::vector<ir::RegType> kept;
  bool changed = false;
  const auto move = [&](ir::Reg& reg) {
    if (reg == ir::kNoReg) return;
    if (place[reg] == kNone) {
      place[reg] = static_cast<std::uint32_t>(kept.size());
      kept.push_back(function.regs[reg]);
    }
    changed = changed || place[reg] != reg;
    reg = place[reg];
  };
  for (ir::Block& block : function.blocks) {
    for (ir::Inst& inst : block.insts) {
      move(inst.a);
      move(inst.b);
      for (ir::Reg& reg : inst.list) move(reg);
      move(inst.dst);
    }
    move(block.term.a);
  }
  changed = changed || kept.size() != function.regs.size();
  function.regs = std::move(kept);
  return changed;
}

}  // namespace

bool remove_functions(Context& context) {
  ir::Flow& flow = context.flow;
  std::vector<std::uint32_t> place(flow.functions.size(), kNone);
  std::vector<std::uint32_t> open;
  const auto reach = [&](std::uint32_t function) {
    if (place[function] != kNone) return;
    place[function] = 0;
    open.push_back(function);
  };
  reach(flow.start);
  reach(flow.ended);
  for (std::int32_t function : flow.handle)
    if (function >= 0) reach(static_cast<std::uint32_t>(function));
  while (!open.empty()) {
    const ir::Function& function = flow.functions[open.back()];
    open.pop_back();
    for (const ir::Block& block : function.blocks)
      if (block.term.kind == Term::tail) reach(block.term.function);
  }
  std::vector<ir::Function> kept;
  std::vector<bool> touched;
  for (std::size_t i = 0; i < place.size(); ++i) {
    if (place[i] == kNone) continue;
    place[i] = static_cast<std::uint32_t>(kept.size());
    kept.push_back(std::move(flow.functions[i]));
    touched.push_back(context.touched[i]);
  }
  context.touched = std::move(touched);
  const bool changed = kept.size() != flow.functions.size();
  flow.functions = std::move(kept);
  flow.start = place[flow.start];
  flow.ended = place[flow.ended];
  for (std::int32_t& function : flow.handle)
    if (function >= 0) function = static_cast<std::int32_t>(place[static_cast<std::size_t>(function)]);
  for (ir::Function& function : flow.functions)
    for (ir::Block& block : function.blocks)
      if (block.term.kind == Term::tail) block.term.function = place[block.term.function];
  return changed;
}

bool remove_dead(Context& context, ir::Function& function) {
  const bool fewer = remove_instructions(function, context.texts_are_few);
  return remove_registers(function) || fewer;
}

}  // namespace flow::optimize
