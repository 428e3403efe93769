// A `let` that is the same constant in every execution: its loads are that constant. The store stays, for it is part of
// what is kept of an execution.
#include <utility>

#include "compiler/ir/op_info.h"
#include "compiler/optimize/context.h"

namespace flow::optimize {
namespace {

using ir::Op;
using ir::Term;

class Lets {
 public:
  explicit Lets(Context& context) : context_(context), flow_(context.flow), lets_(flow_.info.fields.size()) {}

  bool run() {
    if (!find_candidates()) return false;
    const std::vector<bool> after_end = reached_from_ended();
    start_ = flow_.start;
    std::vector<bool> kept = replace_in_start(after_end[start_]);
    for (std::size_t i = 0; i < flow_.functions.size(); ++i) {
      if (i == start_ || after_end[i]) continue;
      for (ir::Block& block : flow_.functions[i].blocks)
        for (ir::Inst& inst : block.insts)
          if (replace(inst, kept)) context_.touched[i] = true;
    }
    return changed_;
  }

 private:
  struct Let {
    bool open = false;  // it may still be one
    bool stored = false;
    std::int64_t value = 0;
  };

  static bool names_field(const ir::Inst& inst) { return ir::info(inst.op).imm == ir::Imm::field; }

  // Those that nothing changes, and whose every store is of one and the same constant.
  bool find_candidates() {
    for (std::size_t i = 0; i < lets_.size(); ++i) lets_[i].open = flow_.info.fields[i].role == program::FieldRole::let;
    for (const ir::Function& function : flow_.functions) {
      Constants constants(function);
      for (std::uint32_t b : order_of(function)) {
        constants.begin_block();
        for (const ir::Inst& inst : function.blocks[b].insts) look(inst, constants);
      }
    }
    bool any = false;
    for (Let& let : lets_) any = (let.open = let.open && let.stored) || any;
    return any;
  }

  void look(const ir::Inst& inst, Constants& constants) {
    if (inst.op == Op::take_values)
      for (const auto& read : flow_.info.operations[static_cast<std::size_t>(inst.imm)].reads)
        lets_[static_cast<std::size_t>(read.field)].open = false;
    if (inst.op == Op::store) {
      Let& let = lets_[static_cast<std::size_t>(inst.imm)];
      const auto value = constants.get(inst.a);
      let.open = let.open && value && (!let.stored || let.value == *value);
      let.stored = true;
      let.value = value.value_or(0);
    } else if (names_field(inst) && inst.op != Op::load && inst.op != Op::present) {
      lets_[static_cast<std::size_t>(inst.imm)].open = false;
    }
    if (inst.dst == ir::kNoReg) return;
    const bool constant = inst.op == Op::const_int || inst.op == Op::const_text;
    constants.assign(inst.dst, constant ? std::optional(inst.imm) : std::nullopt);
  }

  // The end clears what is secret, and a trap ends an execution before its lets are all there.
  std::vector<bool> reached_from_ended() const {
    std::vector<bool> reached(flow_.functions.size(), false);
    std::vector<std::uint32_t> open = {flow_.ended};
    reached[flow_.ended] = true;
    while (!open.empty()) {
      const ir::Function& function = flow_.functions[open.back()];
      open.pop_back();
      for (const ir::Block& block : function.blocks) {
        if (block.term.kind != Term::tail || reached[block.term.function]) continue;
        reached[block.term.function] = true;
        open.push_back(block.term.function);
      }
    }
    return reached;
  }

  // Within the start a let is known behind its store. Gives those that are stored on every way out of it that leaves
  // the execution going: whatever runs later, but for what follows the end, comes after such a way.
  std::vector<bool> replace_in_start(bool after_end) {
    ir::Function& function = flow_.functions[start_];
    std::vector<bool> kept(lets_.size());
    for (std::size_t i = 0; i < lets_.size(); ++i) kept[i] = lets_[i].open;
    std::vector<std::vector<bool>> before(function.blocks.size());
    before[0].resize(lets_.size());
    for (std::uint32_t b : order_of(function)) {
      std::vector<bool> stored = std::move(before[b]);
      ir::Block& block = function.blocks[b];
      for (ir::Inst& inst : block.insts) {
        if (inst.op == Op::store)
          stored[static_cast<std::size_t>(inst.imm)] = lets_[static_cast<std::size_t>(inst.imm)].open;
        if (!after_end && replace(inst, stored)) context_.touched[start_] = true;
      }
      if (block.term.kind == Term::rest || block.term.kind == Term::tail) keep_common(kept, stored);
      for (std::uint32_t next : block.term.blocks) {
        if (before[next].empty())
          before[next] = stored;
        else
          keep_common(before[next], stored);
      }
    }
    return kept;
  }

  static void keep_common(std::vector<bool>& into, const std::vector<bool>& other) {
    for (std::size_t i = 0; i < into.size(); ++i) into[i] = into[i] && other[i];
  }

  bool replace(ir::Inst& inst, const std::vector<bool>& known) {
    if ((inst.op != Op::load && inst.op != Op::present) || !known[static_cast<std::size_t>(inst.imm)]) return false;
    const auto field = static_cast<std::size_t>(inst.imm);
    const bool text = inst.op == Op::load && program::is_text(flow_.info.fields[field].type);
    const std::int64_t value = inst.op == Op::present ? 1 : lets_[field].value;
    inst = {.op = text ? Op::const_text : Op::const_int, .dst = inst.dst, .imm = value, .list = {}};
    return changed_ = true;
  }

  Context& context_;
  ir::Flow& flow_;
  std::vector<Let> lets_;
  std::size_t start_ = 0;
  bool changed_ = false;
};

}  // namespace

bool constant_lets(Context& context) {
  return Lets(context).run();
}

}  // namespace flow::optimize
