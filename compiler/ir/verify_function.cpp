#include <algorithm>
#include <string>
#include <utility>

#include "base/limits.h"
#include "compiler/ir/op_info.h"
#include "compiler/ir/verify_internal.h"
#include "runtime/program/functions.h"

namespace flow::ir {
namespace {

constexpr std::size_t kLimitDistanceMax = 16;  // instructions between a `count` and its constant limit

// For each block of a function one bit for each register. Kept from function to function: its memory is used again.
class RegSets {
 public:
  void reset(std::size_t sets, std::size_t regs) {
    size_ = (regs + 63) / 64;
    words_.assign(sets * size_, 0);
  }
  bool has(std::size_t set, Reg reg) const { return (words_[set * size_ + reg / 64] >> (reg % 64) & 1) != 0; }
  void add(std::size_t set, Reg reg) { words_[set * size_ + reg / 64] |= std::uint64_t{1} << (reg % 64); }
  void copy(std::size_t from, std::size_t to) { std::copy_n(at(from), size_, at(to)); }
  void keep_common(std::size_t set, std::size_t other) {
    for (std::size_t i = 0; i < size_; ++i) at(set)[i] &= at(other)[i];
  }

 private:
  std::uint64_t* at(std::size_t set) { return words_.data() + set * size_; }

  std::size_t size_ = 0;
  std::vector<std::uint64_t> words_;
};

// What verifying a function needs of memory, for one after the other.
struct Scratch {
  RegSets assigned;
  std::vector<std::uint8_t> reached;
  std::vector<std::uint32_t> waiting, open;
  std::vector<std::int64_t> cases;
  std::vector<std::uint32_t> order;  // of the blocks, each after all that lead to it
};

class FunctionVerifier {
 public:
  FunctionVerifier(const Flow& flow, const Function& function, Scratch& scratch)
      : flow_(flow), function_(function), scratch_(scratch) {}

  // Leaves the order of its blocks in the scratch.
  Status verify() {
    const bool good = check_shape() && sort_blocks() && check_assignment();
    if (!good) return std::unexpected(Error{ErrorCode::invalid_argument, std::move(error_)});
    return {};
  }

 private:
  bool wrong(std::string_view what) {
    error_ = fmt::format("function `{}`: {}", function_.name, what);
    return false;
  }
  bool wrong_at(std::size_t block, std::size_t inst, std::string_view what) {
    const bool at_end = inst >= function_.blocks[block].insts.size();
    return wrong(at_end ? fmt::format("b{}, its end: {}", block, what)
                        : fmt::format("b{}, `{}` ({}): {}", block, info(function_.blocks[block].insts[inst].op).name,
                                      inst, what));
  }

  // ---- Ids and types, each by itself

  bool check_shape() {
    if (function_.blocks.empty()) return wrong("it has no block");
    if (function_.blocks.size() > limits::kIrFunctionBitsMax / std::max<std::size_t>(function_.regs.size(), 1))
      return wrong("it has too many blocks and registers");
    for (std::size_t b = 0; b < function_.blocks.size(); ++b) {
      const Block& block = function_.blocks[b];
      for (std::size_t i = 0; i < block.insts.size(); ++i) {
        if (const char* what = instruction_problem(block.insts[i])) return wrong_at(b, i, what);
        if (block.insts[i].op == Op::count && !has_constant_limit(block, i))
          return wrong_at(b, i, "its limit is not a constant of this block in range");
      }
      if (const char* what = terminator_problem(block.term)) return wrong_at(b, block.insts.size(), what);
    }
    return true;
  }

  bool fits(Operand operand, Reg reg, std::int64_t imm) const {
    if (operand == Operand::none) return reg == kNoReg;
    if (reg >= function_.regs.size()) return false;
    return function_.regs[reg] == wanted(operand, imm);
  }

  RegType wanted(Operand operand, std::int64_t imm) const {
    switch (operand) {
      case Operand::text:
        return RegType::text;
      case Operand::of_field:
        return reg_type(flow_.info.fields[static_cast<std::size_t>(imm)].type);
      case Operand::of_function:
        return program::kFunctions[imm].gives_text() ? RegType::text : RegType::integer;
      default:
        return RegType::integer;
    }
  }

  template <typename List>
  static bool within(std::int64_t index, const List& list) {
    return index >= 0 && static_cast<std::uint64_t>(index) < list.size();
  }

  bool good_immediate(const OpInfo& op, std::int64_t imm) const {
    switch (op.imm) {
      case Imm::none:
        return imm == 0;
      case Imm::value:
        return op.op != Op::duration_in || imm > 0;
      case Imm::text:
        return within(imm, flow_.texts);
      case Imm::field:
        return within(imm, flow_.info.fields);
      case Imm::step:
        return within(imm, flow_.info.steps);
      case Imm::timer:
        return imm >= 0 && imm < program::kTimerCount;
      case Imm::site:
        return within(imm, flow_.sends);
      case Imm::operation:
        return within(imm, flow_.info.operations);
      case Imm::counter:
        return imm >= 0 && imm < flow_.info.counters;
      case Imm::handler:
        return imm >= 0 && imm < flow_.info.handlers;
      case Imm::texts:
        return within(imm, flow_.choices) && flow_.choices[static_cast<std::size_t>(imm)].regions.empty();
      case Imm::regions:
        return within(imm, flow_.choices) && flow_.choices[static_cast<std::size_t>(imm)].texts.empty();
      case Imm::function:
        return imm >= 0 && static_cast<std::uint64_t>(imm) < program::kFunctionCount;
    }
    return false;
  }

  const char* instruction_problem(const Inst& inst) const {
    const OpInfo& op = info(inst.op);
    if (!good_immediate(op, inst.imm)) return "what it names is none";
    if (!fits(op.dst, inst.dst, inst.imm)) return "its result is no register of the type";
    if (!fits(op.a, inst.a, inst.imm) || !fits(op.b, inst.b, inst.imm)) return "an operand is no register of the type";
    if (!op.list && !inst.list.empty()) return "it takes no list";
    if (inst.op == Op::call) return call_problem(inst);
    for (Reg reg : inst.list)
      if (!fits(Operand::text, reg, 0)) return "an operand is no text register";
    if (inst.op == Op::send && inst.list.size() != operands_of(flow_.sends[static_cast<std::size_t>(inst.imm)]))
      return "it has not the operands that its send needs";
    if ((inst.op == Op::request || inst.op == Op::launch) &&
        inst.list.size() != flow_.info.operations[static_cast<std::size_t>(inst.imm)].arguments.size())
      return "it has not the operands that its operation needs";
    if (!of_its_kind(inst)) return "it asks for what is only launched, or launches what is asked for";
    return nullptr;
  }

  bool of_its_kind(const Inst& inst) const {
    if (inst.op != Op::request && inst.op != Op::launch) return true;
    const auto& operation = flow_.info.operations[static_cast<std::size_t>(inst.imm)];
    return (operation.kind == program::OperationKind::launch) == (inst.op == Op::launch);
  }

  const char* call_problem(const Inst& inst) const {
    const program::FunctionInfo& function = program::kFunctions[inst.imm];
    if (inst.list.size() != function.operands()) return "it has not the operands that its function takes";
    for (std::size_t i = 0; i < inst.list.size(); ++i)
      if (!fits(function.takes_text(i) ? Operand::text : Operand::integer, inst.list[i], 0))
        return "an operand is no register of the type";
    return nullptr;
  }

  std::size_t operands_of(const SendSite& site) const {
    const std::size_t parts =
        site.content < 0 ? 0 : flow_.info.contents[static_cast<std::size_t>(site.content)].parts.size();
    if (site.template_index < 0) return 2 + parts;
    return flow_.info.templates[static_cast<std::size_t>(site.template_index)].parameters.size() + 2 + parts;
  }

  static bool has_constant_limit(const Block& block, std::size_t count) {
    const std::size_t first = count > kLimitDistanceMax ? count - kLimitDistanceMax : 0;
    for (std::size_t i = count; i-- > first;) {
      if (block.insts[i].dst != block.insts[count].b) continue;
      return block.insts[i].op == Op::const_int && block.insts[i].imm >= 0 &&
             block.insts[i].imm <= static_cast<std::int64_t>(limits::kJumpMax);
    }
    return false;
  }

  const char* terminator_problem(const Terminator& term) const {
    const std::size_t ways = term.kind == Term::jump      ? 1
                             : term.kind == Term::branch  ? 2
                             : term.kind == Term::switch_ ? term.cases.size() + 1
                                                          : 0;
    if (term.blocks.size() != ways || (term.kind != Term::switch_ && !term.cases.empty()))
      return "it leads to the wrong number of blocks";
    for (std::uint32_t block : term.blocks)
      if (block >= function_.blocks.size()) return "it leads to no block";
    if (!fits(ways > 1 || term.kind == Term::switch_ ? Operand::integer : Operand::none, term.a, 0))
      return "its operand is no integer register";
    if (has_twice(term.cases)) return "a case stands twice";
    if (term.kind == Term::tail ? !within(term.function, flow_.functions) : term.function != 0)
      return "it names no function, or one without need";
    return finish_problem(term);
  }

  bool has_twice(const std::vector<std::int64_t>& given) const {
    if (given.size() < 2) return false;
    std::vector<std::int64_t>& cases = scratch_.cases;
    cases.assign(given.begin(), given.end());
    std::sort(cases.begin(), cases.end());
    return std::adjacent_find(cases.begin(), cases.end()) != cases.end();
  }

  const char* finish_problem(const Terminator& term) const {
    using program::EndKind;
    if (term.kind != Term::finish)
      return term.end == EndKind::none && term.outcome == -1 && term.reason == UINT32_MAX
                 ? nullptr
                 : "it says how the execution ends, which it does not";
    if (term.end < EndKind::done || term.end > EndKind::expired) return "it does not say how the execution ends";
    const bool with_outcome = term.end == EndKind::outcome;
    if (with_outcome ? !within(term.outcome, flow_.info.outcomes) : term.outcome != -1)
      return "its outcome is none, or one without need";
    if (term.reason != UINT32_MAX && (term.end != EndKind::failed || !within(term.reason, flow_.texts)))
      return "its reason is no text, or one without need";
    return nullptr;
  }

  // ---- Blocks

  bool sort_blocks() {
    const auto& blocks = function_.blocks;
    auto& [assigned, reached, waiting, open, cases, order] = scratch_;
    reached.assign(blocks.size(), 0);
    waiting.assign(blocks.size(), 0);  // ways into the block that were not sorted yet
    open.assign(1, 0);
    order.clear();
    reached[0] = 1;
    std::size_t count = 0;
    while (!open.empty()) {
      const std::uint32_t block = open.back();
      open.pop_back();
      ++count;
      for (std::uint32_t next : blocks[block].term.blocks) {
        ++waiting[next];
        if (reached[next] == 0) open.push_back(next);
        reached[next] = 1;
      }
    }
    if (count != blocks.size()) {
      const auto lost = std::find(reached.begin(), reached.end(), std::uint8_t{0}) - reached.begin();
      return wrong(fmt::format("nothing leads to b{}", lost));
    }
    if (waiting[0] == 0) open.push_back(0);
    while (!open.empty()) {
      const std::uint32_t block = open.back();
      open.pop_back();
      order.push_back(block);
      for (std::uint32_t next : blocks[block].term.blocks)
        if (--waiting[next] == 0) open.push_back(next);
    }
    return order.size() == blocks.size() || wrong("its blocks form a cycle");
  }

  // ---- Definite assignment

  bool check_assignment() {
    if (function_.regs.empty()) return true;
    RegSets& assigned = scratch_.assigned;
    assigned.reset(function_.blocks.size(), function_.regs.size());
    std::vector<std::uint8_t>& reached = scratch_.reached;
    std::fill(reached.begin(), reached.end(), std::uint8_t{0});
    for (std::uint32_t b : scratch_.order) {
      const Block& block = function_.blocks[b];
      for (std::size_t i = 0; i < block.insts.size(); ++i) {
        const Inst& inst = block.insts[i];
        for (Reg reg : {inst.a, inst.b})
          if (reg != kNoReg && !assigned.has(b, reg)) return unassigned(b, i, reg);
        for (Reg reg : inst.list)
          if (!assigned.has(b, reg)) return unassigned(b, i, reg);
        if (inst.dst != kNoReg) assigned.add(b, inst.dst);
      }
      if (block.term.a != kNoReg && !assigned.has(b, block.term.a))
        return unassigned(b, block.insts.size(), block.term.a);
      for (std::uint32_t next : block.term.blocks) {
        if (std::exchange(reached[next], std::uint8_t{1}) == 0)
          assigned.copy(b, next);
        else
          assigned.keep_common(next, b);
      }
    }
    return true;
  }

  bool unassigned(std::size_t block, std::size_t inst, Reg reg) {
    return wrong_at(block, inst, fmt::format("register {} is not assigned on every way here", reg));
  }

  const Flow& flow_;
  const Function& function_;
  Scratch& scratch_;
  std::string error_;
};

}  // namespace

Result<std::vector<std::uint32_t>> verify_function(const Flow& flow, const Function& function) {
  Scratch scratch;
  if (Status status = FunctionVerifier(flow, function, scratch).verify(); !status)
    return std::unexpected(std::move(status.error()));
  return std::move(scratch.order);
}

Status verify_functions(const Flow& flow, CallVerifier& calls) {
  Scratch scratch;
  for (const Function& function : flow.functions) {
    const Status status = FunctionVerifier(flow, function, scratch).verify();
    if (!status) return status;
    calls.add(scratch.order);
  }
  return {};
}

}  // namespace flow::ir
