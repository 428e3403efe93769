// How many bytes of texts one event can make at most: over the longest way through the functions, for as many rounds as
// its jumps may still count.
#include <algorithm>
#include <map>
#include <utility>

#include "base/limits.h"
#include "compiler/ir/op_info.h"
#include "compiler/optimize/context.h"
#include "runtime/program/functions.h"
#include "runtime/program/text.h"

namespace flow::optimize {
namespace {

using ir::Op;
using ir::Term;

constexpr std::uint64_t kTextMax = limits::kTextValueBytesMax;
constexpr std::uint64_t kCeiling = std::uint64_t{1} << 40;  // sums stop there

std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  return std::min(a + b, kCeiling);
}

// By field, how long its text can be.
std::vector<std::uint64_t> field_bounds(const ir::Flow& flow) {
  std::vector<std::uint64_t> bounds;
  for (const program::FieldInfo& field : flow.info.fields) {
    const bool bounded = field.role == program::FieldRole::input && field.chars_max > 0;
    bounds.push_back(bounded ? std::min<std::uint64_t>(std::uint64_t{4} * field.chars_max, kTextMax) : kTextMax);
  }
  return bounds;
}

// One function: what its longest way makes, and which functions it goes on to.
class Walk {
 public:
  Walk(const ir::Flow& flow, const std::vector<std::uint64_t>& fields, const ir::Function& function)
      : flow_(flow), fields_(fields), sizes_(function.regs.size(), 0) {
    std::vector<std::uint64_t> before(function.blocks.size(), 0);
    for (std::uint32_t b : order_of(function)) {
      const ir::Block& block = function.blocks[b];
      std::uint64_t made = before[b];
      for (const ir::Inst& inst : block.insts) made = sum(made, instruction(inst));
      most_ = std::max(most_, made);
      if (block.term.kind == Term::tail) tails_.push_back(block.term.function);
      for (std::uint32_t next : block.term.blocks) before[next] = std::max(before[next], made);
    }
  }

  std::uint64_t most() const { return most_; }
  std::vector<std::uint32_t>& tails() { return tails_; }

 private:
  // What it makes; its result's size is kept.
  std::uint64_t instruction(const ir::Inst& inst) {
    if (inst.op == Op::take_value) return kTextMax;
    if (inst.op == Op::take_values)
      return kTextMax * flow_.info.operations[static_cast<std::size_t>(inst.imm)].reads.size();
    if (inst.dst == ir::kNoReg || ir::info(inst.op).dst == ir::Operand::integer) return 0;
    const auto [size, made] = text(inst);
    sizes_[inst.dst] = std::max(sizes_[inst.dst], std::min(size, kTextMax));
    return made;
  }

  std::pair<std::uint64_t, std::uint64_t> text(const ir::Inst& inst) {
    std::uint64_t size = 0;
    switch (inst.op) {
      case Op::const_text:
        return {flow_.texts[static_cast<std::size_t>(inst.imm)].size(), 0};
      case Op::load:
        return {fields_[static_cast<std::size_t>(inst.imm)], 0};
      case Op::text_of_boolean:
        return {program::kValueTextBytesMax, 0};
      case Op::text_of_number:
      case Op::text_of_duration:
      case Op::text_of_region:
        return {program::kValueTextBytesMax, program::kValueTextBytesMax};
      case Op::text_trim:
      case Op::text_left:
        return {sizes_[inst.a], 0};
      case Op::text_lower:
      case Op::text_upper:
        return {2 * sizes_[inst.a], 2 * sizes_[inst.a]};
      case Op::text_concat:
        for (ir::Reg reg : inst.list) size = sum(size, sizes_[reg]);
        return {size, std::min(size, kTextMax)};
      case Op::call:
        return {kTextMax, program::kFunctions[inst.imm].gives_text() ? kTextMax : 0};
      default:
        return {kTextMax, 0};
    }
  }

  const ir::Flow& flow_;
  const std::vector<std::uint64_t>& fields_;
  std::vector<std::uint64_t> sizes_;  // by register
  std::uint64_t most_ = 0;
  std::vector<std::uint32_t> tails_;
};

// The constant that the verifier wants before a `count`.
std::uint64_t limit_of(const ir::Block& block, std::size_t count) {
  for (std::size_t i = count; i-- > 0;)
    if (block.insts[i].dst == block.insts[count].b) return static_cast<std::uint64_t>(block.insts[i].imm);
  return limits::kJumpMax;
}

// How often an event may begin anew behind a `count`.
std::uint64_t rounds(const ir::Flow& flow) {
  std::map<std::int64_t, std::uint64_t> counters;
  for (const ir::Function& function : flow.functions)
    for (const ir::Block& block : function.blocks)
      for (std::size_t i = 0; i < block.insts.size(); ++i)
        if (block.insts[i].op == Op::count)
          counters[block.insts[i].imm] = std::max(counters[block.insts[i].imm], limit_of(block, i));
  std::uint64_t all = 1;
  for (const auto& [counter, limit] : counters) all = sum(all, limit);
  return all;
}

// Strongly connected components of the tail calls, after Tarjan: each comes after those that it leads to. What a
// component makes is the sum of its functions, once a round.
class Components {
 public:
  explicit Components(std::vector<Walk>& walks, std::uint64_t rounds)
      : walks_(walks),
        rounds_(rounds),
        index_(walks.size(), 0),
        low_(walks.size(), 0),
        most_(walks.size(), 0),
        on_stack_(walks.size(), false) {
    for (std::uint32_t i = 0; i < walks.size(); ++i)
      if (index_[i] == 0) visit(i);
  }

  std::uint64_t most() const { return most_.empty() ? 0 : *std::ranges::max_element(most_); }

 private:
  struct Open {
    std::uint32_t function = 0;
    std::size_t next = 0;
  };

  void enter(std::uint32_t function) {
    index_[function] = low_[function] = ++last_;
    on_stack_[function] = true;
    stack_.push_back(function);
    open_.push_back({function, 0});
  }

  void visit(std::uint32_t root) {
    enter(root);
    while (!open_.empty()) {
      const std::uint32_t function = open_.back().function;
      if (open_.back().next < walks_[function].tails().size()) {
        const std::uint32_t to = walks_[function].tails()[open_.back().next++];
        if (index_[to] == 0)
          enter(to);
        else if (on_stack_[to])
          low_[function] = std::min(low_[function], index_[to]);
        continue;
      }
      open_.pop_back();
      if (!open_.empty()) low_[open_.back().function] = std::min(low_[open_.back().function], low_[function]);
      if (low_[function] == index_[function]) close(function);
    }
  }

  void close(std::uint32_t function) {
    const auto first = std::find(stack_.rbegin(), stack_.rend(), function).base() - 1;
    const std::vector<std::uint32_t> members(first, stack_.end());
    stack_.erase(first, stack_.end());
    std::uint64_t own = 0;
    std::uint64_t behind = 0;
    bool again = members.size() > 1;
    for (std::uint32_t member : members) {
      on_stack_[member] = false;
      own = sum(own, walks_[member].most());
      for (std::uint32_t to : walks_[member].tails()) {
        again = again || to == member;
        behind = std::max(behind, most_[to]);  // of the members themselves it is not known yet
      }
    }
    if (again) own = own > kCeiling / rounds_ ? kCeiling : own * rounds_;
    for (std::uint32_t member : members) most_[member] = sum(own, behind);
  }

  std::vector<Walk>& walks_;
  std::uint64_t rounds_;
  std::vector<std::uint32_t> index_, low_;
  std::vector<std::uint64_t> most_;
  std::vector<bool> on_stack_;
  std::vector<std::uint32_t> stack_;
  std::vector<Open> open_;
  std::uint32_t last_ = 0;
};

}  // namespace

std::uint64_t event_text_bound(const ir::Flow& flow) {
  const std::vector<std::uint64_t> fields = field_bounds(flow);
  std::vector<Walk> walks;
  walks.reserve(flow.functions.size());
  for (const ir::Function& function : flow.functions) walks.emplace_back(flow, fields, function);
  return Components(walks, rounds(flow)).most();
}

}  // namespace flow::optimize
