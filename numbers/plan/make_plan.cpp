// Runs while building: from libphonenumber's metadata to a table that tells the region of a number by one step a digit
// (numbers/region.cpp walks it).
//
// A calling code of one region needs no table. For one of several (+1 has 25) the library tries the regions in order:
// one with leading digits takes every number that begins with them, another one takes the numbers that match its
// general pattern and that of some type, lengths included. All these patterns are run side by side, and what the
// library would answer after each digit is the label of the state.
#include <fmt/format.h>
#include <phonenumbers/phonemetadata.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <list>
#include <map>
#include <string>

#include "base/check.h"
#include "numbers/plan/pattern.h"

namespace i18n::phonenumbers {
// Exported by the library, in no header of it.
int metadata_size();
const void* metadata_get();
}  // namespace i18n::phonenumbers

namespace flow::numbers::plan {
namespace {

using i18n::phonenumbers::PhoneMetadata;
using i18n::phonenumbers::PhoneMetadataCollection;
using i18n::phonenumbers::PhoneNumberDesc;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::size_t kDigitsMax = 15;

int region_scalar(const std::string& region) {
  return region.size() == 2 ? (region[0] << 8) | region[1] : 0;  // "001" spans regions
}

// A pattern and the lengths that it allows; no lengths: any.
struct Description {
  Automaton::State accepts = 0;
  std::set<std::size_t> lengths;
  bool none = true;

  bool matches(const Automaton::States& states, std::size_t digits) const {
    return !none && states.contains(accepts) && (lengths.empty() || lengths.contains(digits));
  }
};

struct Region {
  int scalar = 0;
  bool by_leading_digits = false;
  Automaton::State leading = 0;
  Description general;
  std::vector<Description> types;

  bool takes(const Automaton::States& states, std::size_t digits) const {
    if (by_leading_digits) return states.contains(leading);
    if (!general.matches(states, digits)) return false;
    return std::ranges::any_of(types, [&](const Description& type) { return type.matches(states, digits); });
  }
};

// States of the table: equal ones (same label, same ways on) are one. State 0 is the one that no way leads out of.
class Table {
 public:
  struct Row {
    int label = 0;
    std::array<std::size_t, 10> next{};
    auto operator<=>(const Row&) const = default;
  };

  Table() { add(Row{}); }

  std::size_t add(const Row& row) {
    const auto [place, fresh] = ids_.try_emplace(row, rows_.size());
    if (fresh) rows_.push_back(row);
    return place->second;
  }
  const std::vector<Row>& rows() const { return rows_; }

 private:
  std::map<Row, std::size_t> ids_;
  std::vector<Row> rows_;
};

class CallingCode {
 public:
  CallingCode(Table& table, const std::vector<const PhoneMetadata*>& regions) : table_(table) {
    const std::string& prefix = regions.front()->national_prefix_for_parsing();
    if (!prefix.empty()) national_prefix_.insert(automaton_.add(prefix, true));
    for (const PhoneMetadata* metadata : regions) regions_.push_back(read(*metadata));
  }

  std::size_t root() { return row(automaton_.start(), 0); }

 private:
  Description describe(const PhoneNumberDesc& desc) {
    Description made;
    for (const int length : desc.possible_length()) made.lengths.insert(static_cast<std::size_t>(std::max(length, 0)));
    if (desc.national_number_pattern().empty()) return made;
    made.none = false;
    made.accepts = automaton_.add(desc.national_number_pattern(), false);
    return made;
  }

  Region read(const PhoneMetadata& metadata) {
    Region region;
    region.scalar = region_scalar(metadata.id());
    region.by_leading_digits = metadata.has_leading_digits();
    if (region.by_leading_digits) {
      region.leading = automaton_.add(metadata.leading_digits(), true);
      return region;
    }
    region.general = describe(metadata.general_desc());
    for (const PhoneNumberDesc* type :
         {&metadata.premium_rate(), &metadata.toll_free(), &metadata.shared_cost(), &metadata.voip(),
          &metadata.personal_number(), &metadata.pager(), &metadata.uan(), &metadata.voicemail(),
          &metadata.fixed_line(), &metadata.mobile()}) {
      region.types.push_back(describe(*type));
    }
    return region;
  }

  // 0 as well where the library might strip a national prefix first (`+44 0…`): it is to be asked.
  int label(const Automaton::States& states, std::size_t digits) const {
    const auto held = [&](Automaton::State state) { return states.contains(state); };
    if (std::ranges::any_of(national_prefix_, held)) return 0;
    const auto taker =
        std::ranges::find_if(regions_, [&](const Region& region) { return region.takes(states, digits); });
    return taker == regions_.end() ? 0 : taker->scalar;
  }

  std::size_t row(const Automaton::States& states, std::size_t digits) {
    const auto known = known_.find({digits, states});
    if (known != known_.end()) return known->second;
    Table::Row made;
    made.label = label(states, digits);
    if (digits < kDigitsMax && !states.empty()) {
      for (int digit = 0; digit < 10; ++digit) {
        made.next[static_cast<std::size_t>(digit)] = row(automaton_.after(states, digit), digits + 1);
      }
    }
    const std::size_t id = table_.add(made);
    known_.emplace(std::pair(digits, states), id);
    return id;
  }

  Table& table_;
  Automaton automaton_;
  std::vector<Region> regions_;
  Automaton::States national_prefix_;  // accepting: the digits begin with one; at most one state
  std::map<std::pair<std::size_t, Automaton::States>, std::size_t> known_;
};

struct Answer {
  std::vector<int> regions;
  int region = 0;
  std::size_t first = 0;
  unsigned lengths = 0;        // bit n: a national number may have n digits
  unsigned prefix_digits = 0;  // bit d: what begins with d may begin with a national prefix
};

// By the metadata of the calling code's main region, as the library has it.
void add_form(const PhoneMetadata& metadata, Answer& answer) {
  for (const int length : metadata.general_desc().possible_length()) {
    if (length > 0 && length <= static_cast<int>(kDigitsMax)) answer.lengths |= 1U << length;
  }
  std::string pattern = metadata.national_prefix_for_parsing();
  if (pattern.empty()) return;
  std::erase(pattern, '$');  // of one region; without it more digits are doubtful, never fewer
  Automaton prefix;
  prefix.add(pattern, true);
  for (int digit = 0; digit < 10; ++digit) {
    if (!prefix.after(prefix.start(), digit).empty()) answer.prefix_digits |= 1U << digit;
  }
}

void write(const std::map<int, Answer>& codes, const Table& table) {
  fmt::print("constexpr CallingCode kCallingCodes[] = {{\n");
  for (const auto& [code, answer] : codes) {
    fmt::print("{{{}, {}, {}, {}, {}}},\n", code, answer.region, answer.first, answer.lengths, answer.prefix_digits);
  }
  fmt::print("}};\nconstexpr CodeRegion kCodeRegions[] = {{\n");
  for (const auto& [code, answer] : codes) {
    for (const int region : answer.regions) fmt::print("{{{}, {}}},\n", code, region);
  }
  fmt::print("}};\nconstexpr State kStates[] = {{\n");
  for (const Table::Row& row : table.rows()) fmt::print("{{{}, {{{}}}}},\n", row.label, fmt::join(row.next, ", "));
  fmt::print("}};\n");
}

int run() {
  PhoneMetadataCollection all;
  FLOW_CHECK(all.ParseFromArray(i18n::phonenumbers::metadata_get(), i18n::phonenumbers::metadata_size()));
  std::map<std::pair<int, std::string>, const PhoneMetadata*> by_region;
  std::set<int> calling_codes;
  for (const PhoneMetadata& metadata : all.metadata()) {
    by_region[{metadata.country_code(), metadata.id()}] = &metadata;
    calling_codes.insert(metadata.country_code());
  }
  Table table;
  std::map<int, Answer> codes;
  for (const int code : calling_codes) {
    std::list<std::string> regions;
    PhoneNumberUtil::GetInstance()->GetRegionCodesForCountryCallingCode(code, &regions);
    FLOW_CHECK(!regions.empty(), "+{}", code);
    std::vector<const PhoneMetadata*> of_code;
    for (const std::string& region : regions) of_code.push_back(by_region.at({code, region}));
    Answer& answer = codes[code];
    add_form(*of_code.front(), answer);
    for (const std::string& region : regions) {
      if (region_scalar(region) != 0) answer.regions.push_back(region_scalar(region));
    }
    if (regions.size() == 1) {
      answer.region = region_scalar(regions.front());
    } else {
      answer.first = CallingCode(table, of_code).root();
    }
  }
  FLOW_CHECK(table.rows().size() <= UINT16_MAX, "{} states", table.rows().size());
  write(codes, table);
  return 0;
}

}  // namespace
}  // namespace flow::numbers::plan

int main() {
  return flow::numbers::plan::run();
}
