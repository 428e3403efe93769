#include "tests/oracle/values.h"

#include <clocale>
#include <cwctype>
#include <regex>
#include <set>

#include "base/check.h"
#include "base/limits.h"

namespace flow::oracle {
namespace {

constexpr std::int64_t kOne = 1'000'000;  // the number 1
__extension__ typedef __int128 Wide;

std::int64_t in_range(Wide value) {
  constexpr Wide kMost = 999'999'999'999'999'999;
  if (value > kMost || value < -kMost) throw Trap{"a number left its range"};
  return static_cast<std::int64_t>(value);
}

std::string not_too_long(std::string text) {
  if (text.size() > limits::kTextValueBytesMax) throw Trap{"a text became too long"};
  return text;
}

// The characters of well-formed UTF-8. (Whether the text is well-formed is not this program's business.)
std::vector<std::string> characters(std::string_view text) {
  std::vector<std::string> all;
  for (const char c : text) {
    const bool continues = (static_cast<unsigned char>(c) & 0xc0) == 0x80;
    if (!continues || all.empty()) all.emplace_back();
    all.back() += c;
  }
  return all;
}

wint_t decode(const std::string& character) {
  const auto lead = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return lead;
  wint_t code = lead & (0x7fU >> character.size());
  for (std::size_t i = 1; i < character.size(); ++i)
    code = code << 6 | (static_cast<unsigned char>(character[i]) & 0x3fU);
  return code;
}

std::string encode(wint_t code) {
  if (code < 0x80) return std::string(1, static_cast<char>(code));
  std::string tail;
  wint_t lead_most = 0x1f;
  wint_t lead_mark = 0xc0;
  do {
    tail.insert(tail.begin(), static_cast<char>(0x80 | (code & 0x3f)));
    code >>= 6;
    if (code <= lead_most) break;
    lead_most >>= 1;
    lead_mark = (lead_mark >> 1) | 0x80;
  } while (true);
  return static_cast<char>(lead_mark | code) + tail;
}

// The C library's simple case mapping.
locale_t unicode() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  FLOW_CHECK(locale != nullptr, "the C library has no C.UTF-8");
  return locale;
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\v' || c == '\f' || c == '\r';
}

template <typename Map>
std::string map_case(std::string_view text, Map map) {
  std::string out;
  for (const std::string& character : characters(text)) out += encode(map(decode(character)));
  return out;
}

std::string lower_unbounded(std::string_view text) {
  return map_case(text, [](wint_t code) { return towlower_l(code, unicode()); });
}

std::string number_text(std::int64_t number) {
  const std::string sign = number < 0 ? "-" : "";
  const Wide units = number < 0 ? -Wide{number} : Wide{number};
  std::string whole = std::to_string(static_cast<std::int64_t>(units / kOne));
  std::string decimals = std::to_string(static_cast<std::int64_t>(units % kOne));
  while (decimals.size() < 6) decimals.insert(0, "0");
  while (!decimals.empty() && decimals.back() == '0') decimals.pop_back();
  return sign + whole + (decimals.empty() ? "" : "." + decimals);
}

std::string duration_text(std::int64_t ms) {
  if (ms == 0) return "0s";
  std::string out = ms < 0 ? "-" : "";
  Wide rest = ms < 0 ? -Wide{ms} : Wide{ms};
  const std::vector<std::pair<std::string, std::int64_t>> units = {
      {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};
  for (const auto& [name, size] : units) {
    if (rest / size == 0) continue;
    out += std::to_string(static_cast<std::int64_t>(rest / size)) + name;
    rest %= size;
  }
  return out;
}

}  // namespace

std::string lower(std::string_view text) {
  return not_too_long(lower_unbounded(text));
}

std::string upper(std::string_view text) {
  return not_too_long(map_case(text, [](wint_t code) { return towupper_l(code, unicode()); }));
}

std::string trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return std::string(text);
}

std::string left(std::string_view text, std::int64_t number) {
  std::string out;
  std::int64_t more = number / kOne;
  for (const std::string& character : characters(text))
    if (more-- > 0) out += character;
  return out;
}

std::string right(std::string_view text, std::int64_t number) {
  const std::vector<std::string> all = characters(text);
  std::string out;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (static_cast<std::int64_t>(all.size() - i) <= number / kOne) out += all[i];
  return out;
}

std::optional<std::int64_t> read_number(std::string_view text) {
  static const std::regex form("-?[0-9]{1,12}(\\.[0-9]{1,6})?");
  std::string written = trim(text);
  if (!std::regex_match(written, form)) return std::nullopt;
  if (written.find('.') == std::string::npos) written += '.';
  while (written.size() - written.find('.') <= 6) written += '0';
  written.erase(written.find('.'), 1);
  return std::stoll(written);
}

std::int64_t length(std::string_view text) {
  return static_cast<std::int64_t>(characters(text).size()) * kOne;
}

bool fold_equal(std::string_view a, std::string_view b) {
  return lower_unbounded(trim(a)) == lower_unbounded(trim(b));
}

bool is_blank(std::string_view text) {
  return trim(text).empty();
}

std::string concatenate(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += part;
  return not_too_long(std::move(all));
}

std::int64_t add(std::int64_t a, std::int64_t b) {
  return in_range(Wide{a} + b);
}

std::int64_t subtract(std::int64_t a, std::int64_t b) {
  return in_range(Wide{a} - b);
}

std::int64_t multiply(std::int64_t a, std::int64_t b) {
  return in_range(Wide{a} * b / kOne);
}

std::int64_t round_number(std::int64_t number) {
  const Wide magnitude = number < 0 ? -Wide{number} : Wide{number};
  const Wide whole = (2 * magnitude + kOne) / (2 * kOne) * kOne;
  return in_range(number < 0 ? -whole : whole);
}

std::int64_t duration_in(std::int64_t ms, std::int64_t unit_ms) {
  return in_range(Wide{ms} * kOne / unit_ms);
}

std::int64_t calling_code(std::string_view number) {
  static const std::set<std::string, std::less<>> two = {
      "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46",
      "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63",
      "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98"};
  const std::string digits(number.substr(1));
  if (digits[0] == '1' || digits[0] == '7') return digits[0] - '0';
  if (two.contains(digits.substr(0, 2))) return std::stoll(digits.substr(0, 2));
  return std::stoll(digits.substr(0, 3));
}

std::uint64_t chance(const std::string& flow, const std::string& step, const std::string& key) {
  std::uint64_t h = 14695981039346656037U;
  for (const char c : flow + "\n" + step + "\n" + key) {
    h ^= static_cast<unsigned char>(c);
    h *= 1099511628211U;
  }
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccdU;
  h ^= h >> 33;
  h *= 0xc4ceb9fe1a85ec53U;
  h ^= h >> 33;
  return h % 100;
}

std::string to_text(const Value& value, program::ValueType type) {
  if (std::holds_alternative<std::string>(value)) return std::get<std::string>(value);
  const std::int64_t scalar = std::get<std::int64_t>(value);
  switch (type) {
    case program::ValueType::number:
      return number_text(scalar);
    case program::ValueType::boolean:
      return scalar != 0 ? "true" : "false";
    case program::ValueType::duration:
      return duration_text(scalar);
    default:
      return {static_cast<char>(scalar >> 8), static_cast<char>(scalar & 0xff)};
  }
}

}  // namespace flow::oracle
