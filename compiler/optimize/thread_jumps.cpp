// Ways that lead through blocks without work lead past them: to where the block goes on, or to the arm that the way
// there has decided already. Blocks that follow one another become one, and so do switches.
#include <algorithm>
#include <iterator>
#include <span>
#include <unordered_set>
#include <utility>

#include "compiler/ir/op_info.h"
#include "compiler/optimize/context.h"

namespace flow::optimize {
namespace {

using ir::Op;
using ir::Term;

constexpr int kLookAheadMax = 64;        // empty blocks, functions or switches that one way is followed through
constexpr std::size_t kLookBackMax = 8;  // instructions before the end of a block
constexpr std::size_t kCasesMax = 256;   // of a switch that is looked through

// What a way has decided of a register: that it is `value`, or (`is` false) that it is none of `values`; null: nothing.
struct Fact {
  ir::Reg reg = ir::kNoReg;
  bool is = false;
  std::int64_t value = 0;
  const std::vector<std::int64_t>* values = nullptr;
};

class Threader {
 public:
  explicit Threader(ir::Function& function) : function_(function) {}

  bool run() {
    const std::vector<std::uint32_t> order = order_of(function_);
    for (std::size_t i = order.size(); i-- > 0;) block(function_.blocks[order[i]]);
    if (changed_) remove_unreached(function_);
    join_blocks();
    if (changed_) remove_unreached(function_);
    return changed_;
  }

 private:
  static bool chooses(const ir::Terminator& term) { return term.kind == Term::branch || term.kind == Term::switch_; }

  // What is behind it is threaded already.
  void block(ir::Block& block) {
    if (chooses(block.term)) {
      const ir::Terminator before = block.term;
      for (std::size_t way = 0; way < before.blocks.size(); ++way) {
        const Fact fact = decided(before, way);
        follow(block.term.blocks[way], {&fact, 1});
      }
      simplify(block.term);
    }
    if (block.term.kind != Term::jump) return;
    follow(block.term.blocks[0], assigned(block.insts));
    const ir::Block& next = function_.blocks[block.term.blocks[0]];
    if (next.insts.empty() && next.term.kind != Term::switch_) replace(block.term, next.term);
  }

  void replace(ir::Terminator& term, const ir::Terminator& by) {
    term = by;
    changed_ = true;
  }

  static Fact decided(const ir::Terminator& term, std::size_t way) {
    static const std::vector<std::int64_t> kZero = {0};
    if (term.kind == Term::branch) return way == 0 ? Fact{term.a, false, 0, &kZero} : Fact{term.a, true, 0, nullptr};
    if (way < term.cases.size()) return {term.a, true, term.cases[way], nullptr};
    return {term.a, false, 0, &term.cases};
  }

  // By the last instructions of a block.
  static std::vector<Fact> assigned(const std::vector<ir::Inst>& insts) {
    std::vector<Fact> facts;
    for (std::size_t i = insts.size(); i-- > 0 && insts.size() - i <= kLookBackMax;) {
      const auto same = [&](const Fact& fact) { return fact.reg == insts[i].dst; };
      if (insts[i].dst == ir::kNoReg || std::ranges::any_of(facts, same)) continue;
      facts.push_back({insts[i].dst, insts[i].op == Op::const_int, insts[i].imm, nullptr});
    }
    return facts;
  }

  // Where the end of an empty block leads, when `fact` holds.
  static std::optional<std::size_t> known_way(const ir::Terminator& term, const Fact& fact) {
    if (term.kind == Term::jump) return 0;
    if (!chooses(term) || fact.reg != term.a) return std::nullopt;
    if (term.cases.size() > kCasesMax) return std::nullopt;
    if (fact.is) {
      if (term.kind == Term::branch) return fact.value != 0 ? 0 : 1;
      return static_cast<std::size_t>(std::ranges::find(term.cases, fact.value) - term.cases.begin());
    }
    if (fact.values == nullptr || fact.values->size() > kCasesMax) return std::nullopt;
    const auto excluded = [&](std::int64_t value) {
      return std::ranges::find(*fact.values, value) != fact.values->end();
    };
    if (term.kind == Term::branch) return excluded(0) ? std::optional<std::size_t>(0) : std::nullopt;
    return std::ranges::all_of(term.cases, excluded) ? std::optional(term.cases.size()) : std::nullopt;
  }

  void follow(std::uint32_t& to, std::span<const Fact> facts) {
    for (int steps = 0; steps < kLookAheadMax; ++steps) {
      const ir::Block& next = function_.blocks[to];
      if (!next.insts.empty()) return;
      std::optional<std::size_t> way;
      for (const Fact& fact : facts)
        if (!way) way = known_way(next.term, fact);
      if (!way) return;
      to = next.term.blocks[*way];
      changed_ = true;
    }
  }

  // Cases that go where all others go; and no choice at all.
  void simplify(ir::Terminator& term) {
    const std::uint32_t otherwise = term.blocks.back();
    if (std::ranges::count(term.blocks, otherwise) == std::ssize(term.blocks)) {
      ir::Terminator jump;
      jump.kind = Term::jump;
      jump.blocks = {otherwise};
      return replace(term, jump);
    }
    if (term.kind != Term::switch_) return;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < term.cases.size(); ++i) {
      if (term.blocks[i] == otherwise) continue;
      term.cases[kept] = term.cases[i];
      term.blocks[kept++] = term.blocks[i];
    }
    changed_ = changed_ || kept != term.cases.size();
    term.cases.resize(kept);
    term.blocks.resize(kept);
    term.blocks.push_back(otherwise);
  }

  // From the entry on: takes in the block behind while this is the only way to it.
  void join_blocks() {
    std::vector<std::uint32_t> ways = ways_into(function_);
    for (std::uint32_t b : order_of(function_)) {
      ir::Block& block = function_.blocks[b];
      while (block.term.kind == Term::jump && ways[block.term.blocks[0]] == 1) {
        ir::Block& next = function_.blocks[block.term.blocks[0]];
        block.insts.insert(block.insts.end(), std::make_move_iterator(next.insts.begin()),
                           std::make_move_iterator(next.insts.end()));
        take(block.term, next);
      }
      for (int joined = 0; joined < kLookAheadMax; ++joined) {
        if (block.term.kind != Term::switch_ || ways[block.term.blocks.back()] != 1) break;
        if (!join_switches(block.term)) break;
      }
    }
  }

  // The block that was taken is left without a way to it, and leads nowhere.
  void take(ir::Terminator& term, ir::Block& from) {
    term = std::move(from.term);
    from.insts.clear();
    from.term = {};
    changed_ = true;
  }

  // Two switches on one register, the second where the first knows nothing.
  bool join_switches(ir::Terminator& term) {
    ir::Block& next = function_.blocks[term.blocks.back()];
    if (!next.insts.empty() || next.term.kind != Term::switch_ || next.term.a != term.a) return false;
    const std::unordered_set<std::int64_t> taken(term.cases.begin(), term.cases.end());
    term.blocks.pop_back();
    for (std::size_t i = 0; i < next.term.cases.size(); ++i) {
      if (taken.contains(next.term.cases[i])) continue;
      term.cases.push_back(next.term.cases[i]);
      term.blocks.push_back(next.term.blocks[i]);
    }
    term.blocks.push_back(next.term.blocks.back());
    next.term = {};
    changed_ = true;
    return true;
  }

  ir::Function& function_;
  bool changed_ = false;
};

// A tail to a function that only goes on elsewhere.
class Tails {
 public:
  explicit Tails(Context& context) : context_(context), flow_(context.flow) {}

  bool run() {
    for (std::size_t i = 0; i < flow_.functions.size(); ++i)
      for (ir::Block& block : flow_.functions[i].blocks)
        if (block.term.kind == Term::tail && tail(block.term)) context_.touched[i] = true;
    entry(flow_.start);
    entry(flow_.ended);
    for (std::int32_t& function : flow_.handle) {
      if (function < 0) continue;
      auto place = static_cast<std::uint32_t>(function);
      entry(place);
      function = static_cast<std::int32_t>(place);
    }
    return changed_;
  }

 private:
  static bool ends(Term kind) { return kind == Term::rest || kind == Term::ignore || kind == Term::finish; }

  bool tail(ir::Terminator& term) {
    bool moved = false;
    for (int steps = 0; steps < kLookAheadMax && term.kind == Term::tail; ++steps) {
      const ir::Block& first = flow_.functions[term.function].blocks[0];
      if (!first.insts.empty() || (first.term.kind != Term::tail && !ends(first.term.kind))) break;
      term = ir::Terminator(first.term);
      moved = changed_ = true;
    }
    return moved;
  }

  void entry(std::uint32_t& function) {
    for (int steps = 0; steps < kLookAheadMax; ++steps) {
      const ir::Block& first = flow_.functions[function].blocks[0];
      if (!first.insts.empty() || first.term.kind != Term::tail) return;
      function = first.term.function;
      changed_ = true;
    }
  }

  Context& context_;
  ir::Flow& flow_;
  bool changed_ = false;
};

}  // namespace

bool thread_jumps(Context&, ir::Function& function) {
  return Threader(function).run();
}

bool thread_tails(Context& context) {
  return Tails(context).run();
}

}  // namespace flow::optimize
