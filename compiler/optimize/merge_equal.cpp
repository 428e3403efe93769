// Blocks of a function that do the same become one, but for the names of registers that only they use; so do functions.
#include <unordered_map>
#include <utility>

#include "compiler/optimize/context.h"

namespace flow::optimize {
namespace {

using ir::Term;

using Text = std::vector<std::int64_t>;  // what a block or function does, in numbers
struct HashText {
  std::size_t operator()(const Text& text) const {
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (std::int64_t one : text) hash = (hash ^ (hash >> 29) ^ static_cast<std::uint64_t>(one)) * 0x9E3779B97F4A7C15U;
    return hash ^ (hash >> 32);
  }
};
using FirstOf = std::unordered_map<Text, std::uint32_t, HashText>;

constexpr std::int64_t kLocal = std::int64_t{1} << 40;  // and above: registers of one block, by their first mention

void add(Text& text, const ir::Terminator& term) {
  text.push_back(std::to_underlying(term.kind));
  text.push_back(static_cast<std::int64_t>(term.cases.size()));
  text.insert(text.end(), term.cases.begin(), term.cases.end());
  text.push_back(std::to_underlying(term.end));
  text.push_back(term.outcome);
  text.push_back(term.reason);
}

template <typename Name>
void add(Text& text, const ir::Inst& inst, const Name& name) {
  text.push_back(std::to_underlying(inst.op));
  text.push_back(inst.imm);
  text.push_back(static_cast<std::int64_t>(inst.list.size()));
  text.push_back(name(inst.a));
  text.push_back(name(inst.b));
  for (ir::Reg reg : inst.list) text.push_back(name(reg));
  text.push_back(name(inst.dst));
}

class BlockMerger {
 public:
  explicit BlockMerger(ir::Function& function)
      : function_(function), homes_(function.regs.size(), kNowhere), names_(function.regs.size()) {
    for (std::uint32_t b = 0; b < function.blocks.size(); ++b) {
      const ir::Block& block = function.blocks[b];
      for (const ir::Inst& inst : block.insts) {
        for_operands(inst, [&](ir::Reg reg) { seen(reg, b); });
        if (inst.dst != ir::kNoReg) seen(inst.dst, b);
      }
      if (block.term.a != ir::kNoReg) seen(block.term.a, b);
    }
  }

  bool run() {
    FirstOf firsts;
    std::vector<std::uint32_t> same(function_.blocks.size());
    const std::vector<std::uint32_t> order = order_of(function_);
    bool changed = false;
    for (std::size_t i = order.size(); i-- > 0;) {
      const std::uint32_t b = order[i];
      for (std::uint32_t& next : function_.blocks[b].term.blocks) next = same[next];
      same[b] = firsts.try_emplace(text_of(b), b).first->second;
      changed = changed || same[b] != b;
    }
    return changed && remove_unreached(function_);
  }

 private:
  static constexpr std::uint32_t kNowhere = UINT32_MAX, kSeveral = UINT32_MAX - 1;

  void seen(ir::Reg reg, std::uint32_t block) {
    homes_[reg] = homes_[reg] == kNowhere || homes_[reg] == block ? block : kSeveral;
  }

  Text text_of(std::uint32_t b) {
    const ir::Block& block = function_.blocks[b];
    std::int64_t next = kLocal;
    const auto name = [&](ir::Reg reg) -> std::int64_t {
      if (reg == ir::kNoReg || homes_[reg] != b) return reg;
      if (names_[reg] == 0) names_[reg] = next++;
      return names_[reg];
    };
    Text text;
    for (const ir::Inst& inst : block.insts) add(text, inst, name);
    text.push_back(-1);
    add(text, block.term);
    text.push_back(name(block.term.a));
    text.push_back(block.term.function);
    text.insert(text.end(), block.term.blocks.begin(), block.term.blocks.end());
    return text;
  }

  ir::Function& function_;
  std::vector<std::uint32_t> homes_;  // by register: the block in which it stands alone
  std::vector<std::int64_t> names_;
};

Text text_of(const ir::Function& function) {
  Text text;
  for (ir::RegType type : function.regs) text.push_back(std::to_underlying(type));
  text.push_back(-1);
  for (const ir::Block& block : function.blocks) {
    for (const ir::Inst& inst : block.insts) add(text, inst, [](ir::Reg reg) { return std::int64_t{reg}; });
    text.push_back(-1);
    add(text, block.term);
    text.push_back(block.term.a);
    text.push_back(block.term.function);
    text.insert(text.end(), block.term.blocks.begin(), block.term.blocks.end());
  }
  return text;
}

// Functions as remove_dead leaves them have their registers in the order of their text. One round finds what is equal
// but for functions that were not known to be equal before; a few find nearly all.
}  // namespace

bool merge_functions(Context& context) {
  ir::Flow& flow = context.flow;
  constexpr int kFunctionRoundsMax = 8;
  bool changed = false;
  for (int round = 0; round < kFunctionRoundsMax; ++round) {
    FirstOf firsts;
    std::vector<std::uint32_t> same(flow.functions.size());
    bool found = false;
    for (std::uint32_t i = 0; i < flow.functions.size(); ++i) {
      same[i] = firsts.try_emplace(text_of(flow.functions[i]), i).first->second;
      found = found || same[i] != i;
    }
    if (!found) break;
    changed = true;
    flow.start = same[flow.start];
    flow.ended = same[flow.ended];
    for (std::int32_t& function : flow.handle)
      if (function >= 0) function = static_cast<std::int32_t>(same[static_cast<std::size_t>(function)]);
    for (std::size_t i = 0; i < flow.functions.size(); ++i) {
      for (ir::Block& block : flow.functions[i].blocks) {
        if (block.term.kind != Term::tail || block.term.function == same[block.term.function]) continue;
        block.term.function = same[block.term.function];
        context.touched[i] = true;
      }
    }
    remove_functions(context);
  }
  return changed;
}

bool merge_equal(Context&, ir::Function& function) {
  return BlockMerger(function).run();
}

}  // namespace flow::optimize
