#include "numbers/plan/direct.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace flow::numbers::plan {
namespace {

using i18n::phonenumbers::PhoneNumberDesc;

constexpr auto kUnknown = std::numeric_limits<Direct::State>::max();

constexpr NumberType kSpecial[] = {NumberType::premium_rate, NumberType::toll_free,       NumberType::shared_cost,
                                   NumberType::voip,         NumberType::personal_number, NumberType::pager,
                                   NumberType::uan,          NumberType::voicemail};

std::vector<std::size_t> lengths(const google::protobuf::RepeatedField<int>& field) {
  std::vector<std::size_t> made;
  for (const int length : field)  // -1: no number of that kind exists
    made.push_back(length < 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(length));
  return made;
}

}  // namespace

std::uint16_t letters_of(const std::string& region) {
  return region.size() == 2 ? static_cast<std::uint16_t>((region[0] << 8) | region[1]) : 0;
}

Direct::Direct(const std::vector<const Metadata*>& regions) {
  for (const Metadata* metadata : regions) regions_.push_back(read(*metadata));
  possible_ = lengths(regions.front()->general_desc().possible_length());
  local_only_ = lengths(regions.front()->general_desc().possible_length_local_only());
  FLOW_CHECK(!possible_.empty() && std::ranges::is_sorted(possible_), "lengths of +{}",
             regions.front()->country_code());
  known(automaton_.start(), 0);
}

Direct::Description Direct::describe(const PhoneNumberDesc& desc) {
  Description made;
  made.lengths = lengths(desc.possible_length());
  if (desc.national_number_pattern().empty()) return made;
  made.none = false;
  made.accepts = automaton_.add(desc.national_number_pattern(), false).accepts;
  return made;
}

Direct::Region Direct::read(const Metadata& metadata) {
  Region region;
  region.letters = letters_of(metadata.id());
  region.by_leading_digits = metadata.has_leading_digits();
  if (region.by_leading_digits) region.leading = automaton_.add(metadata.leading_digits(), true).accepts;
  region.general = describe(metadata.general_desc());
  const PhoneNumberDesc* const special[] = {
      &metadata.premium_rate(),    &metadata.toll_free(), &metadata.shared_cost(), &metadata.voip(),
      &metadata.personal_number(), &metadata.pager(),     &metadata.uan(),         &metadata.voicemail()};
  for (std::size_t i = 0; i < std::size(special); ++i) region.special[i] = describe(*special[i]);
  region.fixed_line = describe(metadata.fixed_line());
  region.mobile = describe(metadata.mobile());
  region.same_mobile_and_fixed = metadata.same_mobile_and_fixed_line_pattern();
  return region;
}

Direct::State Direct::known(Automaton::States states, std::size_t digits) {
  const auto [place, fresh] = ids_.try_emplace({digits, std::move(states)}, static_cast<State>(states_.size()));
  if (fresh) {
    states_.push_back(&place->first.second);
    digits_.push_back(digits);
    next_.emplace_back().fill(kUnknown);
  }
  return place->second;
}

Direct::State Direct::after(State state, unsigned digit) {
  if (next_[state][digit] == kUnknown) {
    const State next = known(automaton_.after(*states_[state], digit), digits_[state] + 1);
    next_[state][digit] = next;
  }
  return next_[state][digit];
}

bool Direct::holds(State state, Automaton::State accepting) const {
  return std::ranges::binary_search(*states_[state], accepting);
}

bool Direct::matches(State state, const Description& description) const {
  if (description.none || !holds(state, description.accepts)) return false;
  return description.lengths.empty() ||
         std::ranges::find(description.lengths, digits_[state]) != description.lengths.end();
}

NumberType Direct::type(State state, const Region& region) const {
  if (!matches(state, region.general)) return NumberType::unknown;
  for (std::size_t i = 0; i < region.special.size(); ++i)
    if (matches(state, region.special[i])) return kSpecial[i];
  if (matches(state, region.fixed_line)) {
    const bool both = region.same_mobile_and_fixed || matches(state, region.mobile);
    return both ? NumberType::fixed_line_or_mobile : NumberType::fixed_line;
  }
  if (!region.same_mobile_and_fixed && matches(state, region.mobile)) return NumberType::mobile;
  return NumberType::unknown;
}

RegionAndType Direct::answer(State state) const {
  if (regions_.size() == 1) return {regions_.front().letters, type(state, regions_.front())};
  for (const Region& region : regions_) {
    const NumberType of_region = type(state, region);
    const bool takes = region.by_leading_digits ? holds(state, region.leading) : of_region != NumberType::unknown;
    if (takes) return {region.letters, of_region};
  }
  return {};
}

bool Direct::viable(State state) const {
  const Description& general = regions_.front().general;
  return !general.none && holds(state, general.accepts);
}

bool Direct::keeps_region(std::uint16_t region) const {
  return regions_.size() == 1 || std::ranges::any_of(regions_, [&](const Region& one) {
           return one.letters == region && one.by_leading_digits;
         });
}

Possibility Direct::possibility(std::size_t digits) const {
  const auto in = [&](const std::vector<std::size_t>& lengths) {
    return std::ranges::find(lengths, digits) != lengths.end();
  };
  if (possible_.front() == std::numeric_limits<std::size_t>::max()) return Possibility::invalid_length;
  if (in(local_only_)) return Possibility::local_only;
  if (in(possible_)) return Possibility::possible;
  if (digits < possible_.front()) return Possibility::too_short;
  return digits > possible_.back() ? Possibility::too_long : Possibility::invalid_length;
}

}  // namespace flow::numbers::plan
