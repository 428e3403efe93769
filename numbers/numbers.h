// Phone numbers: the form they are stored and compared in (E.164: `+` and up to 15 digits) and the region they are of.
//
// An automaton made from libphonenumber's metadata says everything of E.164 numbers, in nanoseconds (automaton.h; of a
// few regions: classifier.h). libphonenumber itself reads what people write; it is in a shared library that is loaded
// on first use, so that a program which only checks or formats flows does not pay for it. Any thread; nothing throws;
// hostile text costs no more than limits::kPhoneTextBytesMax bytes of work.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace flow::numbers {

// Loads the library now. A program that will read numbers as people write them calls it at start, so that a missing
// library is an error message then and not a failure on the first execution.
Status load();

// Of the metadata that the loaded library has. Another one than metadata().checksum (automaton.h) says that the library
// was changed after the build: numbers that people write are then read by other plans than E.164 ones.
Result<std::string> library_checksum();

// The E.164 form of a number as people write it: with `+`, with `00`, or bare international digits; ASCII or
// typographic spaces, hyphens, dots, slashes and parentheses between. A national form (`0917 123 4567`) is read only
// with `default_region` (`PH`), which may be empty; with one, bare digits are tried as national first.
// invalid_argument for whatever is not a possible number; the message never holds the number in full.
// normalise(normalise(x)) == normalise(x).
Result<std::string> normalise(std::string_view text, std::string_view default_region);

// The region (ISO 3166-1) of an E.164 number as `a << 8 | b`, or 0: a number of no region (+800, +870), of none that
// can be told, or no E.164 number at all. Loads nothing.
std::int64_t region_of(std::string_view e164);

// The two letters of what region_of() gave; empty for 0.
std::string region_name(std::int64_t region);

// The regions whose numbers begin with this calling code, as two letters; 63: PH. Empty when no region has it. Loads
// nothing.
std::vector<std::string> regions_of_calling_code(std::uint32_t code);
// Every calling code that some region has, ascending. Loads nothing.
std::vector<std::uint32_t> calling_codes();

// Each region, in the form that region_of() has, with each calling code of its numbers. Loads nothing.
std::vector<std::pair<std::int64_t, std::uint32_t>> regions_with_codes();

// Every region that region_of() may give, as two letters, sorted. Loads nothing.
std::vector<std::string> regions();

// A number as logs, errors and lists show it: `+63917•••4567`. At least three digits are hidden, more of a short
// number; anything but digits and a leading `+` is dropped, so that arbitrary bytes are safe to mask.
std::string mask(std::string_view number);

}  // namespace flow::numbers
