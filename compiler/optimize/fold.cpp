// A register that one instruction assigns, and that instruction has constant operands, is a constant wherever it is
// read: the verifier has seen that each use comes after the assignment.
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/limits.h"
#include "compiler/ir/op_info.h"
#include "compiler/optimize/passes.h"
#include "runtime/program/number.h"
#include "runtime/program/text.h"

namespace flow::optimize {
namespace {

using ir::Inst;
using ir::Op;
using ir::Reg;

// Where each text of the flow is; the first, when it is there twice.
using Places = std::map<std::string, std::uint32_t>;

class Folding {
 public:
  Folding(ir::Flow& flow, ir::Function& function, Places& places) : flow_(flow), function_(function), places_(places) {
    assignments_.resize(function.regs.size());
    integers_.resize(function.regs.size());
    texts_.resize(function.regs.size());
    for (const ir::Block& block : function.blocks)
      for (const Inst& inst : block.insts)
        if (inst.dst != ir::kNoReg) ++assignments_[inst.dst];
  }

  // Once in the order of the blocks: what comes too late for that stays as it is.
  void run() {
    for (ir::Block& block : function_.blocks) {
      for (Inst& inst : block.insts) {
        fold(inst);
        note(inst);
      }
      decide(block.term);
    }
  }

 private:
  void note(const Inst& inst) {
    if (inst.dst == ir::kNoReg || assignments_[inst.dst] != 1) return;
    if (inst.op == Op::const_int) integers_[inst.dst] = inst.imm;
    if (inst.op == Op::const_text) texts_[inst.dst] = static_cast<std::size_t>(inst.imm);
  }

  const std::int64_t* integer(Reg reg) const {
    return reg != ir::kNoReg && integers_[reg] ? &*integers_[reg] : nullptr;
  }
  const std::string* text(Reg reg) const {
    return reg != ir::kNoReg && texts_[reg] ? &flow_.texts[*texts_[reg]] : nullptr;
  }

  void fold(Inst& inst) {
    if (const std::optional<std::int64_t> value = integer_result(inst)) {
      inst = Inst{.op = Op::const_int, .dst = inst.dst, .imm = *value, .list = {}};
    } else if (std::optional<std::string> result = text_result(inst)) {
      if (result->size() > limits::kTextValueBytesMax) return;  // traps
      inst = Inst{.op = Op::const_text, .dst = inst.dst, .imm = place(std::move(*result)), .list = {}};
    }
  }

  std::int64_t place(std::string value) {
    const auto [it, added] = places_.try_emplace(value, static_cast<std::uint32_t>(flow_.texts.size()));
    if (added) flow_.texts.push_back(std::move(value));
    return it->second;
  }

  std::optional<std::int64_t> integer_result(const Inst& inst) const {
    if (const std::int64_t* a = integer(inst.a)) {
      if (const std::int64_t* b = integer(inst.b)) return of_integers(inst, *a, *b);
      if (ir::info(inst.op).b == ir::Operand::none) return of_integer(inst, *a);
    }
    if (const std::string* a = text(inst.a)) {
      if (const std::string* b = text(inst.b)) return of_texts(inst.op, *a, *b);
      if (inst.op == Op::text_blank) return program::is_blank(*a) ? 1 : 0;
      if (inst.op == Op::text_length)
        return static_cast<std::int64_t>(program::count_characters(*a)) * limits::kNumberScale;
    }
    return std::nullopt;
  }

  static std::optional<std::int64_t> of_integers(const Inst& inst, std::int64_t a, std::int64_t b) {
    std::int64_t out = 0;
    const auto unless_trap = [&](bool good) { return good ? std::optional(out) : std::nullopt; };
    switch (inst.op) {
      case Op::number_add:
        return unless_trap(program::number_add(a, b, out));
      case Op::number_subtract:
        return unless_trap(program::number_subtract(a, b, out));
      case Op::number_multiply:
        return unless_trap(program::number_multiply(a, b, out));
      case Op::int_equal:
        return a == b ? 1 : 0;
      case Op::int_not_equal:
        return a != b ? 1 : 0;
      case Op::int_less:
        return a < b ? 1 : 0;
      case Op::int_less_equal:
        return a <= b ? 1 : 0;
      default:
        return std::nullopt;
    }
  }

  static std::optional<std::int64_t> of_integer(const Inst& inst, std::int64_t a) {
    std::int64_t out = 0;
    switch (inst.op) {
      case Op::int_not:
        return a == 0 ? 1 : 0;
      case Op::bit_test:
        return (a & inst.imm) != 0 ? 1 : 0;
      case Op::number_round:
        if (!program::number_round(a, out)) return std::nullopt;
        return out;
      case Op::duration_in:
        if (!program::duration_in(a, inst.imm, out)) return std::nullopt;
        return out;
      default:
        return std::nullopt;
    }
  }

  static std::optional<std::int64_t> of_texts(Op op, const std::string& a, const std::string& b) {
    switch (op) {
      case Op::text_equal:
        return a == b ? 1 : 0;
      case Op::text_fold_equal:
        return program::fold_equal(a, b) ? 1 : 0;
      case Op::text_contains:
        return a.find(b) != std::string::npos ? 1 : 0;
      case Op::text_starts:
        return a.starts_with(b) ? 1 : 0;
      case Op::text_ends:
        return a.ends_with(b) ? 1 : 0;
      default:
        return std::nullopt;
    }
  }

  std::optional<std::string> text_result(const Inst& inst) const {
    if (inst.op == Op::text_concat) return concatenated(inst);
    if (const std::string* a = text(inst.a)) {
      std::string out;
      switch (inst.op) {
        case Op::text_lower:
          program::append_lower(out, *a);
          return out;
        case Op::text_upper:
          program::append_upper(out, *a);
          return out;
        case Op::text_trim:
          return std::string(program::trim(*a));
        case Op::text_left: {
          const std::int64_t* count = integer(inst.b);
          if (count == nullptr) return std::nullopt;
          const std::int64_t whole = *count < 0 ? 0 : *count / limits::kNumberScale;
          return std::string(program::left_characters(*a, static_cast<std::uint64_t>(whole)));
        }
        default:
          return std::nullopt;
      }
    }
    if (const std::int64_t* a = integer(inst.a)) {
      switch (inst.op) {
        case Op::text_of_number:
          return program::number_text(*a);
        case Op::text_of_boolean:
          return *a != 0 ? "true" : "false";
        case Op::text_of_duration:
          return program::duration_text(*a);
        case Op::text_of_region:
          return program::region_text(*a);
        default:
          return std::nullopt;
      }
    }
    return std::nullopt;
  }

  std::optional<std::string> concatenated(const Inst& inst) const {
    std::string all;
    for (const Reg part : inst.list) {
      const std::string* piece = text(part);
      if (piece == nullptr || all.size() > limits::kTextValueBytesMax) return std::nullopt;
      all += *piece;
    }
    return all;
  }

  // A branch whose way is known.
  void decide(ir::Terminator& term) const {
    if (term.kind != ir::Term::branch && term.kind != ir::Term::switch_) return;
    const std::int64_t* value = integer(term.a);
    if (value == nullptr) return;
    std::uint32_t way = term.blocks.back();
    if (term.kind == ir::Term::branch) {
      way = *value != 0 ? term.blocks[0] : term.blocks[1];
    } else {
      for (std::size_t i = term.cases.size(); i-- > 0;)
        if (term.cases[i] == *value) way = term.blocks[i];
    }
    ir::Terminator jump;
    jump.kind = ir::Term::jump;
    jump.blocks = {way};
    term = std::move(jump);
  }

  ir::Flow& flow_;
  ir::Function& function_;
  std::vector<std::uint32_t> assignments_;
  std::vector<std::optional<std::int64_t>> integers_;
  std::vector<std::optional<std::size_t>> texts_;  // in ir::Flow::texts
  Places& places_;
};

}  // namespace

void fold_constants(ir::Flow& flow) {
  Places places;
  for (std::uint32_t i = 0; i < flow.texts.size(); ++i) places.emplace(flow.texts[i], i);
  for (ir::Function& function : flow.functions) Folding(flow, function, places).run();
  // Deciding branches may leave blocks that nothing leads to, which the verifier does not take.
  thread_jumps(flow);
}

}  // namespace flow::optimize
