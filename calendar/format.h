// Dates, times and numbers as people write them, by a pattern and a language.
//
// Patterns of dates and times are those of Unicode (UTS 35), as far as messages need them: `y` `yy` `yyyy`, `M` `MM`
// `MMM` `MMMM`, `d` `dd`, `E` `EEE` `EEEE`, `H` `HH` `h` `hh` `m` `mm` `s` `ss` `a`; other letters are refused, what
// stands between apostrophes is taken as it is, and two of them are one. Patterns of numbers are `0`, `0.00`,
// `#,##0.##`. Names and signs are those of CLDR, as the ICU of the building machine has them; digits are always 0 to 9.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flow::calendar {

// Which fields a pattern may have.
enum class Parts : std::uint8_t { date, time, both };

// invalid_argument says what is wrong with it.
Status check_pattern(std::string_view pattern, Parts parts);
Status check_number_pattern(std::string_view pattern);

// `local_ms`: ms since 1970-01-01 00:00 by the clock that is meant. `language`: a tag such as `ms`, `ms_MY`, `zh-Hant`;
// one that is not known counts as the part before its last `_` or `-`, in the end as English.
// REQUIRES: the pattern passed its check.
void append_formatted(std::string& out, std::int64_t local_ms, std::string_view pattern, std::string_view language);

// The most characters that can come out, in whatever language. REQUIRES: the pattern passed its check.
std::size_t longest_formatted(std::string_view pattern);

// `units` of 10^-6. Rounds to the pattern's decimals, half away from zero.
void append_formatted_number(std::string& out, std::int64_t units, std::string_view pattern, std::string_view language);

}  // namespace flow::calendar
