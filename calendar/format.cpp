#include "calendar/format.h"

#include <algorithm>
#include <iterator>

#include "calendar/civil.h"

namespace flow::calendar {
namespace {

struct Language {
  std::string_view tag;
  const char* names;
};
#include "calendar/names.inc"

// Where each kind of name begins among a language's parts.
enum Part : std::size_t {
  kMonths = 0,
  kShortMonths = 12,
  kDays = 24,
  kShortDays = 31,
  kHalves = 38,
  kDecimal = 40,
  kGroup
};

const Language* find_exact(std::string_view tag) {
  const auto found = std::lower_bound(std::begin(kLanguages), std::end(kLanguages), tag,
                                      [](const Language& one, std::string_view wanted) { return one.tag < wanted; });
  return found != std::end(kLanguages) && found->tag == tag ? found : nullptr;
}

const Language& find_language(std::string_view tag) {
  std::string written(tag.substr(0, 35));
  std::ranges::replace(written, '-', '_');
  for (std::string_view wanted = written; !wanted.empty();) {
    if (const Language* found = find_exact(wanted)) return *found;
    const std::size_t cut = wanted.rfind('_');
    wanted = cut == std::string_view::npos ? std::string_view() : wanted.substr(0, cut);
  }
  return *find_exact("en");
}

std::string_view part(const Language& language, std::size_t index) {
  const char* at = language.names;
  for (; index > 0; --index) at += std::char_traits<char>::length(at) + 1;
  return at;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// One field of a pattern or a run of plain text, taken off the front. False: an apostrophe that never ends.
struct Token {
  char letter = 0;  // 0: plain text
  std::size_t count = 0;
  std::string text;
};

bool take_quoted(std::string_view& pattern, std::string& text) {
  pattern.remove_prefix(1);
  if (pattern.starts_with('\'')) {
    text += '\'';
    pattern.remove_prefix(1);
    return true;
  }
  while (!pattern.empty()) {
    const char c = pattern[0];
    pattern.remove_prefix(1);
    if (c != '\'') {
      text += c;
    } else if (pattern.starts_with('\'')) {
      text += '\'';
      pattern.remove_prefix(1);
    } else {
      return true;
    }
  }
  return false;
}

bool take_token(std::string_view& pattern, Token& token) {
  token = {};
  if (pattern[0] == '\'') return take_quoted(pattern, token.text);
  if (!is_letter(pattern[0])) {
    token.text = pattern[0];
    pattern.remove_prefix(1);
    return true;
  }
  token.letter = pattern[0];
  while (!pattern.empty() && pattern[0] == token.letter) {
    ++token.count;
    pattern.remove_prefix(1);
  }
  return true;
}

struct Field {
  char letter;
  bool of_date;
  std::string_view counts;  // how often the letter may stand, as digits
};
constexpr Field kFields[] = {{'y', true, "124"}, {'M', true, "1234"}, {'d', true, "12"},
                             {'E', true, "134"}, {'H', false, "12"},  {'h', false, "12"},
                             {'m', false, "12"}, {'s', false, "12"},  {'a', false, "1"}};

void append_number(std::string& out, std::int64_t value, std::size_t digits) {
  std::string text = std::to_string(value);
  if (text.size() < digits) text.insert(0, digits - text.size(), '0');
  out += text;
}

void append_field(std::string& out, const Token& token, std::int64_t local_ms, const Language& language) {
  const std::int64_t date = date_of_local(local_ms);
  const std::int64_t time = local_ms - date * kDayMs;
  const Civil civil = civil_of(date);
  const auto month = static_cast<std::size_t>(civil.month - 1);
  const auto weekday = static_cast<std::size_t>(weekday_of(date));
  const std::int64_t hour = time / 3'600'000;
  switch (token.letter) {
    case 'y':
      if (token.count == 2) return append_number(out, civil.year % 100, 2);
      return append_number(out, civil.year, token.count);
    case 'M':
      if (token.count <= 2) return append_number(out, civil.month, token.count);
      out += part(language, (token.count == 3 ? kShortMonths : kMonths) + month);
      return;
    case 'd':
      return append_number(out, civil.day, token.count);
    case 'E':
      out += part(language, (token.count <= 3 ? kShortDays : kDays) + weekday);
      return;
    case 'H':
      return append_number(out, hour, token.count);
    case 'h':
      return append_number(out, hour % 12 == 0 ? 12 : hour % 12, token.count);
    case 'm':
      return append_number(out, time / 60'000 % 60, token.count);
    case 's':
      return append_number(out, time / 1000 % 60, token.count);
    default:
      out += part(language, kHalves + (hour < 12 ? 0 : 1));
  }
}

// `#,##0.0#`: whether thousands are parted, and how many digits there are at least and at most.
struct NumberPattern {
  bool grouped = false;
  std::size_t whole_min = 1;
  std::size_t decimals_min = 0;
  std::size_t decimals_max = 0;
};

std::optional<NumberPattern> read_number_pattern(std::string_view pattern) {
  NumberPattern result;
  const std::size_t point = pattern.find('.');
  std::string_view whole = pattern.substr(0, point);
  std::string_view decimals = point == std::string_view::npos ? std::string_view() : pattern.substr(point + 1);
  if (whole.starts_with("#,##")) {
    result.grouped = true;
    whole.remove_prefix(4);
  } else if (whole.starts_with('#')) {
    whole.remove_prefix(1);
  }
  result.whole_min = whole.size();
  if (whole.empty() || whole.size() > 12 || whole.find_first_not_of('0') != std::string_view::npos) return std::nullopt;
  result.decimals_min = std::min(decimals.find_first_not_of('0'), decimals.size());
  result.decimals_max = decimals.size();
  const bool good = decimals.find_first_not_of('#', result.decimals_min) == std::string_view::npos;
  if (!good || decimals.size() > 6 || (point != std::string_view::npos && decimals.empty())) return std::nullopt;
  return result;
}

}  // namespace

Status check_pattern(std::string_view pattern, Parts parts) {
  if (pattern.empty()) return fail(ErrorCode::invalid_argument, "it is empty");
  Token token;
  while (!pattern.empty()) {
    if (!take_token(pattern, token)) return fail(ErrorCode::invalid_argument, "an apostrophe in it has no second");
    if (token.letter == 0) continue;
    const auto field = std::ranges::find(kFields, token.letter, &Field::letter);
    const std::string written(token.count, token.letter);
    if (field == std::end(kFields) || token.count > 9 ||
        field->counts.find(static_cast<char>('0' + token.count)) == std::string_view::npos)
      return fail(ErrorCode::invalid_argument, "`{}` stands for nothing", written);
    if ((field->of_date && parts == Parts::time) || (!field->of_date && parts == Parts::date))
      return fail(ErrorCode::invalid_argument, "`{}` is no part of {}", written,
                  parts == Parts::time ? "a time" : "a date");
  }
  return {};
}

Status check_number_pattern(std::string_view pattern) {
  if (read_number_pattern(pattern)) return {};
  return fail(ErrorCode::invalid_argument, "it is none of `0`, `0.00`, `#,##0.##` and the like");
}

void append_formatted(std::string& out, std::int64_t local_ms, std::string_view pattern, std::string_view tag) {
  const Language& language = find_language(tag);
  Token token;
  while (!pattern.empty() && take_token(pattern, token)) {
    if (token.letter == 0)
      out += token.text;
    else
      append_field(out, token, local_ms, language);
  }
}

std::size_t longest_formatted(std::string_view pattern) {
  const auto characters = [](std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  };
  static const std::size_t longest_name = [&] {
    std::size_t longest = 0;
    for (const Language& language : kLanguages) {
      const char* at = language.names;
      for (std::size_t i = 0; i < kDecimal; ++i) {
        const std::string_view name(at);
        longest = std::max(longest, characters(name));
        at += name.size() + 1;
      }
    }
    return longest;
  }();
  std::size_t total = 0;
  Token token;
  while (!pattern.empty() && take_token(pattern, token)) {
    const bool name = token.letter == 'E' || token.letter == 'a' || (token.letter == 'M' && token.count > 2);
    total += token.letter == 0 ? characters(token.text) : name ? longest_name : 4;
  }
  return total;
}

void append_formatted_number(std::string& out, std::int64_t units, std::string_view written, std::string_view tag) {
  const auto pattern = read_number_pattern(written);
  if (!pattern) return;
  const Language& language = find_language(tag);
  std::uint64_t value = units < 0 ? ~static_cast<std::uint64_t>(units) + 1 : static_cast<std::uint64_t>(units);
  std::uint64_t scale = 1;
  for (std::size_t i = pattern->decimals_max; i < 6; ++i) scale *= 10;
  value = (value + scale / 2) / scale;  // in units of the last decimal
  std::string digits = std::to_string(value);
  const std::size_t least = pattern->whole_min + pattern->decimals_max;
  if (digits.size() < least) digits.insert(0, least - digits.size(), '0');
  std::string decimals = digits.substr(digits.size() - pattern->decimals_max);
  digits.resize(digits.size() - pattern->decimals_max);
  while (decimals.size() > pattern->decimals_min && decimals.back() == '0') decimals.pop_back();
  if (units < 0 && value != 0) out += '-';
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (pattern->grouped && i > 0 && (digits.size() - i) % 3 == 0) out += part(language, kGroup);
    out += digits[i];
  }
  if (!decimals.empty()) out.append(part(language, kDecimal)).append(decimals);
}

}  // namespace flow::calendar
