#include "numbers/region.h"

#include <array>

namespace flow::numbers {
namespace {

// `region`: its only one (0: it spans regions), unless `first` is a state. Bit n of `lengths`: a national number may
// have n digits. Bit d of `prefix_digits`: what begins with d may begin with a national prefix.
struct CallingCode {
  std::uint16_t code;
  std::uint16_t region;
  std::uint16_t first;
  std::uint16_t lengths;
  std::uint16_t prefix_digits;
};

// `region`: of the number that ends here; 0: none that the table knows. State 0 leads nowhere.
struct State {
  std::uint16_t region;
  std::uint16_t next[10];
};

// By code; the main region of a code first.
struct CodeRegion {
  std::uint16_t code;
  std::uint16_t region;
};

#include "numbers/plan.inc"

constexpr std::size_t kCallingCodeDigitsMax = 3;
constexpr std::size_t kNationalDigitsMin = 4;  // of shorter ones the library strips prefixes until none is left

// Calling codes are free of prefixes: 1, 63 and 852 as numbers are enough to tell them apart.
constexpr auto kIndex = [] {
  std::array<std::int16_t, 1000> index{};
  index.fill(-1);
  for (std::size_t i = 0; i < std::size(kCallingCodes); ++i)
    index[kCallingCodes[i].code] = static_cast<std::int16_t>(i);
  return index;
}();

// The calling code that begins `digits`, which it is taken off; null: none does.
const CallingCode* take_calling_code(std::string_view& digits) {
  std::size_t code = 0;
  for (std::size_t length = 1; length <= kCallingCodeDigitsMax && length <= digits.size(); ++length) {
    code = 10 * code + static_cast<std::size_t>(digits[length - 1] - '0');
    if (code == 0) return nullptr;
    if (kIndex[code] < 0) continue;
    digits.remove_prefix(length);
    return &kCallingCodes[static_cast<std::size_t>(kIndex[code])];
  }
  return nullptr;
}

}  // namespace

std::optional<std::int64_t> region_by_table(std::string_view e164) {
  std::string_view national = e164.substr(1);
  const CallingCode* code = take_calling_code(national);
  if (code == nullptr) return 0;
  if (national.size() < kNationalDigitsMin) return std::nullopt;
  if (code->first == 0) return code->region;
  std::uint16_t state = code->first;
  for (const char digit : national) state = kStates[state].next[digit - '0'];
  if (kStates[state].region == 0) return std::nullopt;
  return kStates[state].region;
}

std::vector<std::int64_t> regions_by_table(std::uint32_t calling_code) {
  std::vector<std::int64_t> result;
  for (const CodeRegion& row : kCodeRegions)
    if (row.code == calling_code) result.push_back(row.region);
  return result;
}

std::vector<std::uint32_t> calling_codes_by_table() {
  std::vector<std::uint32_t> result;
  for (const CodeRegion& row : kCodeRegions)
    if (result.empty() || result.back() != row.code) result.push_back(row.code);
  return result;
}

bool is_settled(std::string_view e164) {
  std::string_view national = e164.substr(1);
  const CallingCode* code = take_calling_code(national);
  if (code == nullptr || national.size() < kNationalDigitsMin) return false;
  return (code->lengths >> national.size() & 1) != 0 && (code->prefix_digits >> (national.front() - '0') & 1) == 0;
}

}  // namespace flow::numbers
