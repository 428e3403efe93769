#include "compiler/optimize/context.h"

#include "base/limits.h"

namespace flow::optimize {

Context::Context(ir::Flow& made)
    : flow(made),
      touched(made.functions.size(), true),
      texts_are_few(event_text_bound(made) <= limits::kEventTextBytesMax) {}

std::optional<std::int64_t> Context::text(const std::string& wanted) {
  if (texts_.empty())
    for (std::size_t i = 0; i < flow.texts.size(); ++i) texts_.emplace(flow.texts[i], static_cast<std::int64_t>(i));
  const auto found = texts_.find(wanted);
  if (found != texts_.end()) return found->second;
  if (wanted.size() > limits::kFoldedTextBytesMax - new_bytes_) return std::nullopt;
  new_bytes_ += wanted.size();
  flow.texts.push_back(wanted);
  return texts_[wanted] = static_cast<std::int64_t>(flow.texts.size()) - 1;
}

std::int64_t Context::choice(ir::Choice wanted) {
  const auto [place, fresh] =
      choices_.try_emplace({wanted.texts, wanted.regions}, static_cast<std::int64_t>(flow.choices.size()));
  if (fresh) flow.choices.push_back(std::move(wanted));
  return place->second;
}

bool Context::spend(std::uint64_t work) {
  if (work > limits::kFoldWorkMax - work_) return false;
  work_ += work;
  return true;
}

RegisterCounts::RegisterCounts(const ir::Function& function)
    : assigned(function.regs.size(), 0), read(function.regs.size(), 0) {
  for (const ir::Block& block : function.blocks) {
    for (const ir::Inst& inst : block.insts) {
      for_operands(inst, [&](ir::Reg reg) { ++read[reg]; });
      if (inst.dst != ir::kNoReg) ++assigned[inst.dst];
    }
    if (block.term.a != ir::kNoReg) ++read[block.term.a];
  }
}

Constants::Constants(const ir::Function& function) : entries_(function.regs.size()) {
  for (const ir::Block& block : function.blocks)
    for (const ir::Inst& inst : block.insts)
      if (inst.dst != ir::kNoReg) ++entries_[inst.dst].left;
}

std::optional<std::int64_t> Constants::get(ir::Reg reg) const {
  const Entry& entry = entries_[reg];
  if (entry.block == block_ && entry.here != State::none)
    return entry.here == State::constant ? std::optional(entry.value) : std::nullopt;
  return entry.left == 0 && entry.all == State::constant ? std::optional(entry.everywhere) : std::nullopt;
}

void Constants::assign(ir::Reg reg, std::optional<std::int64_t> value) {
  Entry& entry = entries_[reg];
  --entry.left;
  const bool same = entry.all == State::none || (entry.all == State::constant && entry.everywhere == value);
  entry.all = value && same ? State::constant : State::unknown;
  entry.everywhere = value.value_or(0);
  entry.block = block_;
  entry.here = value ? State::constant : State::unknown;
  entry.value = value.value_or(0);
}

}  // namespace flow::optimize
