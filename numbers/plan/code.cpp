#include "numbers/plan/code.h"

namespace flow::numbers::plan {
namespace {

constexpr std::size_t kNationalDigitsMin = 2;  // fewer are not parsed

}  // namespace

Table::Label Answers::number(const Answer& answer) {
  const auto [place, fresh] = ids_.try_emplace(answer, static_cast<Table::Label>(all_.size()));
  if (fresh) {
    all_.push_back(answer);
    otherwise_.push_back(place->second);
  }
  return place->second;
}

Table::Label Answers::add(const Answer& answer, const Answer& otherwise) {
  const Table::Label label = number(answer);
  otherwise_[label] = number(otherwise);
  return label;
}

Code::Code(const std::vector<const Direct::Metadata*>& regions, std::size_t digits_max, Answers& answers, Table& table)
    : direct_(regions), prefix_(*regions.front(), direct_), digits_max_(digits_max), answers_(answers), table_(table) {}

// The order of PhoneNumberUtil::ParseHelper(): too short, then the prefix, which stays when what is left is no longer
// viable or of no possible length.
Table::Label Code::label(const State& state, std::size_t digits) {
  if (digits < kNationalDigitsMin) return 0;
  Answer answer;
  answer.parsed = true;
  Direct::State significant = state.unstripped;
  if (const auto stripped = prefix_.result(state.prefix, digits)) {
    const bool spoils = direct_.viable(state.unstripped) && !direct_.viable(stripped->state);
    const Possibility left = direct_.possibility(direct_.digits(stripped->state));
    if (!spoils && (left == Possibility::possible || left == Possibility::too_long)) {
      significant = stripped->state;
      answer.rewriting = stripped->rewriting;
    }
  }
  if (direct_.digits(significant) < kNationalDigitsMin) return 0;
  answer.of = direct_.answer(significant);
  Answer otherwise{.parsed = true, .of = {}, .rewriting = {}};
  if (direct_.keeps_region(answer.of.region)) otherwise.of.region = answer.of.region;
  return answers_.add(answer, otherwise);
}

Table::Id Code::node(const State& state, std::size_t digits) {
  const auto known = known_.find({digits, state});
  if (known != known_.end()) return known->second;
  const Table::Label stop = label(state, digits);
  Table::Id id = 0;
  if (digits == digits_max_) {
    id = table_.leaf({stop});
  } else {
    std::array<Table::Id, 10> next{};
    for (unsigned digit = 0; digit < next.size(); ++digit) {
      next[digit] =
          node({direct_.after(state.unstripped, digit), prefix_.after(state.prefix, digit, digits)}, digits + 1);
    }
    id = table_.inner(stop, next);
  }
  known_.emplace(std::pair(digits, state), id);
  return id;
}

}  // namespace flow::numbers::plan
