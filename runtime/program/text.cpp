#include "runtime/program/text.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>

#include "base/limits.h"
#include "runtime/program/number.h"

namespace flow::program {
namespace {

struct CaseRun {
  char32_t first;
  char32_t last;
  std::uint32_t stride;
  std::int32_t delta;
};
#include "runtime/program/case_table.inc"

struct Character {
  char32_t code = 0;
  std::size_t size = 1;
  bool well_formed = false;
};

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// The character at the front of a non-empty text; a byte that begins none is one by itself.
Character decode(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t size = lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
  if (size == 1 || lead >= 0xF5 || text.size() < size) return {};
  char32_t code = lead & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if (!is_continuation(text[i])) return {};
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
  }
  const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  if (overlong || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return {};
  return {code, size, true};
}

// Eight at a time.
void skip_ascii(std::string_view& text) {
  std::uint64_t word = 0;
  std::size_t at = 0;
  for (; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & 0x8080'8080'8080'8080U) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  text.remove_prefix(at);
}

std::size_t encode(char* out, char32_t code) {
  auto put = [&](std::size_t at, char32_t bits) { out[at] = static_cast<char>(static_cast<unsigned char>(bits)); };
  if (code < 0x80) return put(0, code), 1;
  if (code < 0x800) return put(0, 0xC0 | code >> 6), put(1, 0x80 | (code & 0x3F)), 2;
  if (code < 0x10000)
    return put(0, 0xE0 | code >> 12), put(1, 0x80 | (code >> 6 & 0x3F)), put(2, 0x80 | (code & 0x3F)), 3;
  put(0, 0xF0 | code >> 18), put(1, 0x80 | (code >> 12 & 0x3F));
  return put(2, 0x80 | (code >> 6 & 0x3F)), put(3, 0x80 | (code & 0x3F)), 4;
}

template <std::size_t N>
char32_t map_case(const CaseRun (&runs)[N], char32_t code) {
  const CaseRun* run = std::upper_bound(std::begin(runs), std::end(runs), code,
                                        [](char32_t value, const CaseRun& r) { return value < r.first; });
  if (run == std::begin(runs)) return code;
  --run;
  if (code > run->last || (code - run->first) % run->stride != 0) return code;
  return static_cast<char32_t>(static_cast<std::int64_t>(code) + run->delta);
}

template <std::size_t N>
std::size_t write_case(char* out, std::string_view text, const CaseRun (&runs)[N], char ascii_first) {
  std::size_t written = 0;
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text[0]);
    if (byte < 0x80) {
      const bool other_case = text[0] >= ascii_first && text[0] < ascii_first + 26;
      out[written++] = other_case ? static_cast<char>(text[0] ^ 0x20) : text[0];
      text.remove_prefix(1);
      continue;
    }
    const Character character = decode(text);
    if (character.well_formed)
      written += encode(out + written, map_case(runs, character.code));
    else
      out[written++] = text[0];
    text.remove_prefix(character.size);
  }
  return written;
}

// The next character of a text in lower case; bytes that are no UTF-8 differ from every character.
char32_t take_folded(std::string_view& text) {
  const Character character = decode(text);
  const auto byte = static_cast<unsigned char>(text[0]);
  text.remove_prefix(character.size);
  if (!character.well_formed) return 0x80000000U | byte;
  if (character.code < 0x80)
    return character.code >= 'A' && character.code <= 'Z' ? character.code | 0x20 : character.code;
  return map_case(kLowerRuns, character.code);
}

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::size_t write_digits(char* out, std::uint64_t value) {
  char reversed[20];
  std::size_t count = 0;
  do reversed[count++] = static_cast<char>('0' + value % 10);
  while ((value /= 10) != 0);
  std::reverse_copy(reversed, reversed + count, out);
  return count;
}

std::uint64_t magnitude(std::int64_t value) {
  return value < 0 ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
}

struct Unit {
  std::string_view name;
  std::uint64_t ms;
};
constexpr Unit kUnits[] = {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};

// Digits at the front of `text`, at most `digits_max`, taken off; false when there are none or too many.
bool take_digits(std::string_view& text, std::size_t digits_max, std::uint64_t& value, std::size_t& count) {
  value = 0;
  count = 0;
  while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
    if (++count > digits_max) return false;
    value = value * 10 + static_cast<std::uint64_t>(text[0] - '0');
    text.remove_prefix(1);
  }
  return count > 0;
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool is_blank(std::string_view text) {
  return trim(text).empty();
}

std::size_t write_lower(char* out, std::string_view text) {
  return write_case(out, text, kLowerRuns, 'A');
}
std::size_t write_upper(char* out, std::string_view text) {
  return write_case(out, text, kUpperRuns, 'a');
}

void append_lower(std::string& out, std::string_view text) {
  const std::size_t before = out.size();
  out.resize(before + 2 * text.size());
  out.resize(before + write_lower(out.data() + before, text));
}

void append_upper(std::string& out, std::string_view text) {
  const std::size_t before = out.size();
  out.resize(before + 2 * text.size());
  out.resize(before + write_upper(out.data() + before, text));
}

bool fold_equal(std::string_view a, std::string_view b) {
  a = trim(a);
  b = trim(b);
  while (!a.empty() && !b.empty())
    if (take_folded(a) != take_folded(b)) return false;
  return a.empty() && b.empty();
}

bool fold_contains(std::string_view a, std::string_view b) {
  std::string in;
  std::string part;
  append_lower(in, a);
  append_lower(part, b);
  return part.empty() || memmem(in.data(), in.size(), part.data(), part.size()) != nullptr;
}

bool is_utf8(std::string_view text) {
  while (true) {
    skip_ascii(text);
    if (text.empty()) return true;
    const Character character = decode(text);
    if (!character.well_formed) return false;
    text.remove_prefix(character.size);
  }
}

std::uint64_t count_characters(std::string_view text) {
  std::uint64_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(decode(text).size);
  return count;
}

std::string_view left_characters(std::string_view text, std::uint64_t count) {
  std::string_view rest = text;
  for (; count > 0 && !rest.empty(); --count) rest.remove_prefix(decode(rest).size);
  return text.substr(0, text.size() - rest.size());
}

std::size_t write_number(char* out, std::int64_t units) {
  const std::uint64_t value = magnitude(units);
  std::size_t size = 0;
  if (units < 0) out[size++] = '-';
  size += write_digits(out + size, value / limits::kNumberScale);
  std::uint64_t fraction = value % limits::kNumberScale;
  if (fraction == 0) return size;
  out[size++] = '.';
  for (; fraction != 0; fraction = fraction * 10 % limits::kNumberScale)
    out[size++] = static_cast<char>('0' + fraction * 10 / limits::kNumberScale);
  return size;
}

std::size_t write_duration(char* out, std::int64_t ms) {
  std::uint64_t left = magnitude(ms);
  std::size_t size = 0;
  if (ms < 0) out[size++] = '-';
  if (left == 0) {
    out[size++] = '0';
    out[size++] = 's';
  }
  for (const Unit& unit : kUnits) {
    if (left < unit.ms) continue;
    size += write_digits(out + size, left / unit.ms);
    size += unit.name.copy(out + size, unit.name.size());
    left %= unit.ms;
  }
  return size;
}

std::size_t write_region(char* out, std::int64_t region) {
  if (region == 0) return 0;
  out[0] = static_cast<char>(static_cast<unsigned char>(region >> 8));
  out[1] = static_cast<char>(static_cast<unsigned char>(region & 0xFF));
  return 2;
}

std::string number_text(std::int64_t units) {
  char out[kValueTextBytesMax];
  return {out, write_number(out, units)};
}

std::string duration_text(std::int64_t ms) {
  char out[kValueTextBytesMax];
  return {out, write_duration(out, ms)};
}

std::string region_text(std::int64_t region) {
  char out[kValueTextBytesMax];
  return {out, write_region(out, region)};
}

Result<std::int64_t> parse_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  std::uint64_t whole = 0;
  std::uint64_t fraction = 0;
  std::size_t digits = 0;
  bool good = take_digits(text, 12, whole, digits);
  if (good && text.starts_with('.')) {
    text.remove_prefix(1);
    good = take_digits(text, 6, fraction, digits);
    for (; good && digits < 6; ++digits) fraction *= 10;
  }
  if (!good || !text.empty())
    return fail(ErrorCode::invalid_argument, "not a number of at most 12 digits and 6 decimals");
  const auto value = static_cast<std::int64_t>(whole * limits::kNumberScale + fraction);
  return negative ? -value : value;
}

Result<std::int64_t> parse_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  std::uint64_t total = 0;
  std::size_t next_unit = 0;
  bool good = !text.empty();
  while (good && !text.empty()) {
    std::uint64_t value = 0;
    std::size_t digits = 0;
    good = take_digits(text, 15, value, digits);
    const std::string_view name = text.substr(0, std::min(text.find_first_of("0123456789"), text.size()));
    std::size_t unit = next_unit;
    while (unit < std::size(kUnits) && kUnits[unit].name != name) ++unit;
    good = good && unit < std::size(kUnits);
    if (!good) break;
    text.remove_prefix(name.size());
    const WideInteger sum = static_cast<WideInteger>(total) + static_cast<WideInteger>(value) * kUnits[unit].ms;
    good = sum <= limits::kNumberUnitsMax;
    total = static_cast<std::uint64_t>(sum);
    next_unit = unit + 1;
  }
  if (!good) return fail(ErrorCode::invalid_argument, "not a duration such as `90s` or `1h30m`");
  const auto value = static_cast<std::int64_t>(total);
  return negative ? -value : value;
}

Result<std::int64_t> parse_region(std::string_view text) {
  auto letter = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (text.size() != 2 || !letter(text[0]) || !letter(text[1]))
    return fail(ErrorCode::invalid_argument, "not a region of two capital letters such as `PH`");
  return static_cast<std::int64_t>(text[0]) << 8 | text[1];
}

std::int64_t calling_code(std::string_view e164) {
  // Of two digits; 1 and 7 stand alone, all others have three.
  static constexpr auto kPairs = [] {
    std::array<bool, 100> pairs{};
    for (const std::size_t code :
         {20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54,
          55, 56, 57, 58, 60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98})
      pairs[code] = true;
    return pairs;
  }();
  const auto digit = [e164](std::size_t at) {  // 10 and more: none
    return at < e164.size() ? static_cast<unsigned>(static_cast<unsigned char>(e164[at])) - '0' : 10U;
  };
  if (e164.empty() || e164[0] != '+' || digit(1) == 0 || digit(1) > 9) return 0;
  if (digit(1) == 1 || digit(1) == 7) return digit(1);
  if (digit(2) > 9) return 0;
  const unsigned pair = 10 * digit(1) + digit(2);
  if (kPairs[pair]) return pair;
  return digit(3) > 9 ? 0 : 10 * pair + digit(3);
}

}  // namespace flow::program
