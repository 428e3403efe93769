// A chain of comparisons of one text with constants becomes one look into a choice and a switch.
#include <unordered_map>
#include <utility>

#include "compiler/optimize/context.h"

namespace flow::optimize {
namespace {

using ir::Op;
using ir::Term;

constexpr std::size_t kComparisonsMin = 3;  // fewer are as fast one by one

class Switcher {
 public:
  Switcher(Context& context, ir::Function& function)
      : context_(context),
        function_(function),
        ways_(ways_into(function)),
        counts_(function),
        constants_(function.regs.size(), -1) {
    for (const ir::Block& block : function.blocks)
      for (const ir::Inst& inst : block.insts)
        if (inst.op == Op::const_text && counts_.assigned_once(inst.dst)) constants_[inst.dst] = inst.imm;
  }

  bool run() {
    for (std::uint32_t b : order_of(function_)) chain(b);
    if (changed_) remove_unreached(function_);
    return changed_;
  }

 private:
  // A block's end that asks whether a text is a constant.
  struct Comparison {
    std::size_t place = 0;  // of the instruction
    ir::Reg text = ir::kNoReg;
    std::int64_t constant = -1;
  };

  std::optional<Comparison> comparison(const ir::Block& block) const {
    if (block.term.kind != Term::branch || counts_.read[block.term.a] != 1 || !counts_.assigned_once(block.term.a))
      return std::nullopt;
    for (std::size_t i = block.insts.size(); i-- > 0;) {
      const ir::Inst& inst = block.insts[i];
      if (inst.dst != block.term.a) continue;
      if (inst.op != Op::text_equal) return std::nullopt;
      for (const auto& [text, other] : {std::pair(inst.a, inst.b), std::pair(inst.b, inst.a)})
        if (constants_[other] >= 0 && counts_.assigned_once(text)) return Comparison{i, text, constants_[other]};
      return std::nullopt;
    }
    return std::nullopt;
  }

  // Whether a block does nothing but this: its constants may as well be made before.
  bool only(const ir::Block& block, const Comparison& comparison) const {
    for (std::size_t i = 0; i < block.insts.size(); ++i)
      if (i != comparison.place && (block.insts[i].op != Op::const_text || constants_[block.insts[i].dst] < 0))
        return false;
    return true;
  }

  void chain(std::uint32_t b) {
    const auto first = comparison(function_.blocks[b]);
    if (!first) return;
    std::vector<std::uint32_t> blocks = {b};
    std::vector<Comparison> comparisons = {*first};
    while (true) {
      const std::uint32_t next = function_.blocks[blocks.back()].term.blocks[1];
      if (ways_[next] != 1) break;
      const auto one = comparison(function_.blocks[next]);
      if (!one || one->text != first->text || !only(function_.blocks[next], *one)) break;
      blocks.push_back(next);
      comparisons.push_back(*one);
    }
    if (blocks.size() >= kComparisonsMin) replace(blocks, comparisons);
  }

  void replace(const std::vector<std::uint32_t>& blocks, const std::vector<Comparison>& comparisons) {
    ir::Block& head = function_.blocks[blocks[0]];
    ir::Choice choice;
    ir::Terminator term;
    term.kind = Term::switch_;
    std::unordered_map<std::string, std::uint32_t> seen;
    std::vector<ir::Inst> constants;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      ir::Block& block = function_.blocks[blocks[i]];
      const auto text = static_cast<std::uint32_t>(comparisons[i].constant);
      if (seen.emplace(context_.flow.texts[text], text).second) {  // of two that are equal the first decides
        term.cases.push_back(static_cast<std::int64_t>(choice.texts.size()));
        term.blocks.push_back(block.term.blocks[0]);
        choice.texts.push_back(text);
      }
      if (i == 0) continue;
      for (const ir::Inst& inst : block.insts)
        if (inst.op == Op::const_text) constants.push_back(inst);
    }
    term.blocks.push_back(function_.blocks[blocks.back()].term.blocks[1]);
    for (std::size_t i = 1; i < blocks.size(); ++i) function_.blocks[blocks[i]] = {};
    term.a = head.insts[comparisons[0].place].dst;
    head.insts[comparisons[0].place] = {.op = Op::text_choice,
                                        .dst = term.a,
                                        .a = comparisons[0].text,
                                        .imm = context_.choice(std::move(choice)),
                                        .list = {}};
    head.insts.insert(head.insts.end(), constants.begin(), constants.end());
    head.term = std::move(term);
    changed_ = true;
  }

  Context& context_;
  ir::Function& function_;
  std::vector<std::uint32_t> ways_;
  const RegisterCounts counts_;
  std::vector<std::int64_t> constants_;  // by register: the text's number, or -1
  bool changed_ = false;
};

}  // namespace

bool switch_texts(Context& context, ir::Function& function) {
  return Switcher(context, function).run();
}

}  // namespace flow::optimize
