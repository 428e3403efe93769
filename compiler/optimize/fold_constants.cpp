// What depends on constants alone becomes one; a branch or switch on a constant becomes a jump.
#include <algorithm>
#include <utility>

#include "compiler/ir/op_info.h"
#include "compiler/optimize/context.h"

namespace flow::optimize {
namespace {

using ir::Op;
using ir::Term;

class Folder {
 public:
  Folder(Context& context, ir::Function& function) : context_(context), function_(function), constants_(function) {}

  bool run() {
    for (std::uint32_t b : order_of(function_)) {
      constants_.begin_block();
      ir::Block& block = function_.blocks[b];
      for (ir::Inst& inst : block.insts) {
        if (inst.dst == ir::kNoReg) continue;
        constants_.assign(inst.dst, value_of(inst));
      }
      end(block.term);
    }
    if (changed_) remove_unreached(function_);
    return changed_;
  }

 private:
  // What the instruction gives, if it is a constant; it is then one that says so.
  std::optional<std::int64_t> value_of(ir::Inst& inst) {
    if (inst.op == Op::const_int || inst.op == Op::const_text) return inst.imm;
    const auto found = computed(inst);
    if (!found) return std::nullopt;
    const bool text = function_.regs[inst.dst] == ir::RegType::text;
    inst = {.op = text ? Op::const_text : Op::const_int, .dst = inst.dst, .imm = *found, .list = {}};
    changed_ = true;
    return found;
  }

  std::optional<std::int64_t> computed(const ir::Inst& inst) {
    if (inst.op == Op::region_allowed && context_.flow.info.allowed_regions.empty()) return 1;
    if (inst.a == ir::kNoReg && inst.list.empty()) return std::nullopt;
    std::vector<std::pair<ir::Reg, std::int64_t>> found;
    bool all = true;
    for_operands(inst, [&](ir::Reg reg) {
      const auto value = all ? constants_.get(reg) : std::nullopt;
      all = value.has_value();
      if (all) found.emplace_back(reg, *value);
    });
    if (!all) return std::nullopt;
    // Of a call alone they may be absent, and no call is a constant.
    if (inst.op == Op::int_given) return found[0].second == program::kAbsentScalar ? 0 : 1;
    if (inst.op == Op::text_given) return 1;
    const bool gives_text = function_.regs[inst.dst] == ir::RegType::text;
    if (gives_text && !context_.texts_are_few) return std::nullopt;
    return fold(inst, found, gives_text);
  }

  std::optional<std::int64_t> fold(const ir::Inst& inst, const std::vector<std::pair<ir::Reg, std::int64_t>>& found,
                                   bool gives_text) {
    std::uint64_t bytes = 0;
    for (const auto& [reg, value] : found)
      if (is_text(reg)) bytes += 1 + context_.flow.texts[static_cast<std::size_t>(value)].size();
    if (!context_.spend(inst.op == Op::text_contains ? bytes * bytes : bytes)) return std::nullopt;
    std::vector<ir::Constant> operands;
    for (const auto& [reg, value] : found) {
      ir::Constant& operand = operands.emplace_back();
      if (is_text(reg))
        operand.text = context_.flow.texts[static_cast<std::size_t>(value)];
      else
        operand.scalar = value;
    }
    const auto folded = ir::fold(context_.flow, inst, operands);
    if (!folded) return std::nullopt;
    return gives_text ? context_.text(folded->text) : std::optional(folded->scalar);
  }

  void end(ir::Terminator& term) {
    if (term.kind != Term::branch && term.kind != Term::switch_) return;
    const auto value = constants_.get(term.a);
    if (!value) return;
    std::size_t way = term.cases.size();  // else
    if (term.kind == Term::branch)
      way = *value != 0 ? 0 : 1;
    else
      way = static_cast<std::size_t>(std::ranges::find(term.cases, *value) - term.cases.begin());
    const std::uint32_t to = term.blocks[way];
    term = {};
    term.kind = Term::jump;
    term.blocks = {to};
    changed_ = true;
  }

  bool is_text(ir::Reg reg) const { return function_.regs[reg] == ir::RegType::text; }

  Context& context_;
  ir::Function& function_;
  Constants constants_;
  bool changed_ = false;
};

}  // namespace

bool fold_constants(Context& context, ir::Function& function) {
  return Folder(context, function).run();
}

}  // namespace flow::optimize
