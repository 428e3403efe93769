// What the language does with texts and how values become text (docs/semantics.md): pure functions on UTF-8. Bytes
// that are not UTF-8 count as one character each and pass through unchanged.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flow::program {

// Outer ASCII space (space, \t, \n, \v, \f, \r) taken off; a view into `text`.
std::string_view trim(std::string_view text);
bool is_blank(std::string_view text);  // empty or ASCII space only

// Simple case mapping, one character to one character, by Unicode 14.
void append_lower(std::string& out, std::string_view text);
void append_upper(std::string& out, std::string_view text);
// Writes at most 2 × text.size() bytes at `out`; the number written.
std::size_t write_lower(char* out, std::string_view text);
std::size_t write_upper(char* out, std::string_view text);

bool fold_equal(std::string_view a, std::string_view b);     // `~=`: trimmed and lower case
bool fold_contains(std::string_view a, std::string_view b);  // `containing`: lower case of b somewhere in that of a

bool is_utf8(std::string_view text);
std::uint64_t count_characters(std::string_view text);
std::string_view left_characters(std::string_view text, std::uint64_t count);

// Longest forms below; each writes into `out` of at least kValueTextBytesMax and returns the number of bytes.
inline constexpr std::size_t kValueTextBytesMax = 64;
std::size_t write_number(char* out, std::int64_t units);   // units of 10^-6: "1.5", "-0.000001"
std::size_t write_duration(char* out, std::int64_t ms);    // "1h30m", "500ms", "0s"
std::size_t write_region(char* out, std::int64_t region);  // "PH"; 0: nothing

std::string number_text(std::int64_t units);
std::string duration_text(std::int64_t ms);
std::string region_text(std::int64_t region);

// The calling code of an E.164 number (docs/semantics.md); 0 when `e164` is none.
std::int64_t calling_code(std::string_view e164);

// The same forms read back: for inputs, tests and text formats. Nothing else is taken.
Result<std::int64_t> parse_number(std::string_view text);
Result<std::int64_t> parse_duration(std::string_view text);
Result<std::int64_t> parse_region(std::string_view text);

// The template language for a wish (docs/semantics.md, send): its index; 0 when nothing fits or none is wished.
// REQUIRES: languages is not empty.
template <typename Languages>
std::size_t choose_language(const Languages& languages, std::string_view wish) {
  for (std::size_t i = 0; i < languages.size(); ++i)
    if (!wish.empty() && languages[i] == wish) return i;
  const std::string_view head = wish.substr(0, wish.find_first_of("_-"));
  for (std::size_t i = 0; i < languages.size(); ++i)
    if (!head.empty() && languages[i] == head) return i;
  return 0;
}

}  // namespace flow::program
