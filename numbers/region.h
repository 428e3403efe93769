// What a table says of an E.164 number that was made from libphonenumber's metadata (plan/make_plan.cpp): a step a
// digit, nothing to load.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace flow::numbers {

// As region_of() answers (numbers.h); none when only the library can tell: very short numbers, and in calling codes of
// several regions ones that look like no valid number of any, or that begin as with a national prefix. REQUIRES: `+`
// and one to 15 digits.
std::optional<std::int64_t> region_by_table(std::string_view e164);

// The regions of a calling code, and all codes that have one (numbers.h).
std::vector<std::int64_t> regions_by_table(std::uint32_t calling_code);
std::vector<std::uint32_t> calling_codes_by_table();

// Whether normalise() gives just this number back: it has a length that is possible behind its calling code, and begins
// with no national prefix. False when only the library can tell. REQUIRES: `+` and one to 15 digits.
bool is_settled(std::string_view e164);

}  // namespace flow::numbers
