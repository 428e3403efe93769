// What was computed already is not computed again: of two instructions that must give the same, uses of the second's
// result read the first's. remove_dead then finds the second.
//
// Within extended basic blocks: a block to which one way leads knows what the block before it knew.
#include <unordered_map>
#include <utility>

#include "compiler/ir/op_info.h"
#include "compiler/optimize/context.h"
#include "runtime/program/functions.h"

namespace flow::optimize {
namespace {

using ir::Op;
using Number = std::uint32_t;  // of a value; equal numbers are equal values

// An instruction by what it depends on.
struct Key {
  Op op{};
  std::int64_t imm = 0;
  std::uint32_t version = 0;  // of what it reads besides its operands
  std::vector<Number> operands;

  friend bool operator==(const Key&, const Key&) = default;
};
struct HashKey {
  std::size_t operator()(const Key& key) const {
    std::uint64_t hash = static_cast<std::uint64_t>(key.imm) * 0x9E3779B97F4A7C15U + std::to_underlying(key.op);
    hash = (hash ^ key.version) * 0xFF51AFD7ED558CCDU;
    for (Number operand : key.operands) hash = (hash ^ (hash >> 32) ^ operand) * 0xC4CEB9FE1A85EC53U;
    return hash ^ (hash >> 29);
  }
};

// A map whose changes are taken back, down to a mark.
template <typename K, typename V, typename Hash = std::hash<K>>
class Scoped {
 public:
  const V* find(const K& key) const {
    const auto found = map_.find(key);
    return found == map_.end() ? nullptr : &found->second;
  }
  void set(const K& key, V value) {
    const auto [place, fresh] = map_.try_emplace(key, value);
    log_.push_back({place->first, fresh ? std::nullopt : std::optional(place->second)});
    place->second = value;
  }
  std::size_t mark() const { return log_.size(); }
  void back_to(std::size_t mark) {
    for (; log_.size() > mark; log_.pop_back()) {
      if (log_.back().second)
        map_[log_.back().first] = *log_.back().second;
      else
        map_.erase(log_.back().first);
    }
  }

 private:
  std::unordered_map<K, V, Hash> map_;
  std::vector<std::pair<K, std::optional<V>>> log_;
};

class Sharer {
 public:
  Sharer(Context& context, ir::Function& function)
      : context_(context), function_(function), ways_(ways_into(function)), assignments_(function.regs.size(), 0) {
    for (const ir::Block& block : function.blocks)
      for (const ir::Inst& inst : block.insts)
        if (inst.dst != ir::kNoReg) ++assignments_[inst.dst];
  }

  bool run() {
    for (std::uint32_t b = 0; b < function_.blocks.size(); ++b)
      if (b == 0 || ways_[b] != 1) tree(b);
    if (!again_.empty()) remove_again();
    return changed_;
  }

 private:
  // What might trap, but has not the first time, and is read no more: remove_dead would leave it.
  void remove_again() {
    std::vector<bool> read(function_.regs.size(), false);
    for (const ir::Block& block : function_.blocks) {
      for (const ir::Inst& inst : block.insts) for_operands(inst, [&](ir::Reg reg) { read[reg] = true; });
      if (block.term.a != ir::kNoReg) read[block.term.a] = true;
    }
    for (const auto& [block, place] : again_) {
      ir::Inst& inst = function_.blocks[block].insts[place];
      if (read[inst.dst]) continue;
      inst = {.op = Op::const_int, .dst = ir::kNoReg, .list = {}};
      changed_ = true;
    }
    for (ir::Block& block : function_.blocks)
      std::erase_if(block.insts,
                    [](const ir::Inst& inst) { return inst.op == Op::const_int && inst.dst == ir::kNoReg; });
  }

  struct Open {
    std::uint32_t block = 0;
    std::size_t next = 0;  // of its ways
    std::size_t numbers = 0, table = 0, versions = 0;
  };

  // A block and all that is behind it alone, depth first.
  void tree(std::uint32_t root) {
    std::vector<Open> open;
    enter(open, root);
    while (!open.empty()) {
      Open& top = open.back();
      const auto& next = function_.blocks[top.block].term.blocks;
      if (top.next < next.size()) {
        const std::uint32_t to = next[top.next++];
        if (ways_[to] == 1) enter(open, to);
        continue;
      }
      numbers_.back_to(top.numbers);
      table_.back_to(top.table);
      versions_.back_to(top.versions);
      open.pop_back();
    }
  }

  void enter(std::vector<Open>& open, std::uint32_t b) {
    open.push_back({b, 0, numbers_.mark(), table_.mark(), versions_.mark()});
    ir::Block& block = function_.blocks[b];
    for (ir::Inst& inst : block.insts)
      if (instruction(inst)) again_.emplace_back(b, static_cast<std::size_t>(&inst - block.insts.data()));
    if (block.term.a != ir::kNoReg) rename(block.term.a);
  }

  // True: it gives what another gave, and is_pure() does not say that it may go.
  bool instruction(ir::Inst& inst) {
    if (inst.a != ir::kNoReg) rename(inst.a);
    if (inst.b != ir::kNoReg && inst.op != Op::count) rename(inst.b);  // whose limit stands in its block
    for (ir::Reg& reg : inst.list) rename(reg);
    changes(inst);
    if (inst.dst == ir::kNoReg) return false;
    if (!may_share(inst)) {
      numbers_.set(inst.dst, fresh(inst.dst));
      return false;
    }
    Key key{inst.op, inst.imm, version_of(inst), {}};
    for_operands(inst, [&](ir::Reg reg) { key.operands.push_back(number_of(reg)); });
    if (const Number* known = table_.find(key)) {
      numbers_.set(inst.dst, *known);
      return !is_pure(inst, context_.texts_are_few);
    }
    const Number made = fresh(inst.dst);
    numbers_.set(inst.dst, made);
    table_.set(key, made);
    return false;
  }

  Number fresh(ir::Reg holder) {
    holders_.push_back(holder);
    return static_cast<Number>(holders_.size()) - 1;
  }

  Number number_of(ir::Reg reg) {
    if (const Number* known = numbers_.find(reg)) return *known;
    const Number made = fresh(reg);
    numbers_.set(reg, made);
    return made;
  }

  // To the first register with this value, while it has it still.
  void rename(ir::Reg& reg) {
    const Number number = number_of(reg);
    const ir::Reg holder = holders_[number];
    if (holder == reg) return;
    const Number* still = numbers_.find(holder);
    if (still == nullptr || *still != number) return;
    reg = holder;
    changed_ = true;
  }

  bool may_share(const ir::Inst& inst) const {
    if (ir::info(inst.op).change != ir::Change::none) return false;
    switch (inst.op) {
      case Op::const_int:
      case Op::const_text:
        return assignments_[inst.dst] == 1;  // of others fold_constants knows less
      case Op::text_lower:
      case Op::text_upper:
      case Op::text_concat:
      case Op::text_of_number:
      case Op::text_of_duration:
      case Op::text_of_region:
        return context_.texts_are_few;
      case Op::call:
        return context_.texts_are_few || !program::kFunctions[inst.imm].gives_text();
      default:
        return true;
    }
  }

  // Fields have numbers from 0; these stand for several things at once.
  static constexpr std::int64_t kAllFields = -1, kSent = -2, kAsked = -3;

  std::uint32_t version(std::int64_t of) const {
    const std::uint32_t* known = versions_.find(of);
    return known == nullptr ? 0 : *known;
  }
  void change(std::int64_t what) { versions_.set(what, ++last_version_); }

  std::uint32_t version_of(const ir::Inst& inst) const {
    if (inst.op == Op::load || inst.op == Op::present) return std::max(version(inst.imm), version(kAllFields));
    if (inst.op == Op::may_send) return version(kSent);
    return inst.op == Op::may_request ? version(kAsked) : 0;
  }

  void changes(const ir::Inst& inst) {
    switch (inst.op) {
      case Op::store:
      case Op::clear:
      case Op::take_value:
        return change(inst.imm);
      case Op::take_values:
      case Op::forget:
        return change(kAllFields);
      case Op::send:
        return change(kSent);
      case Op::request:
      case Op::launch:
        return change(kAsked);
      default:
        return;
    }
  }

  Context& context_;
  ir::Function& function_;
  std::vector<std::uint32_t> ways_;
  std::vector<std::uint32_t> assignments_;  // by register
  std::vector<ir::Reg> holders_;            // by number: the register that had it first
  Scoped<ir::Reg, Number> numbers_;
  Scoped<Key, Number, HashKey> table_;
  Scoped<std::int64_t, std::uint32_t> versions_;
  std::uint32_t last_version_ = 0;
  std::vector<std::pair<std::uint32_t, std::size_t>> again_;  // block and place
  bool changed_ = false;
};

}  // namespace

bool share_values(Context& context, ir::Function& function) {
  return Sharer(context, function).run();
}

}  // namespace flow::optimize
