#include "compiler/import/studio/conditions.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "compiler/import/draft.h"
#include "runtime/program/pattern.h"
#include "runtime/program/text.h"

namespace flow::importing::studio {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int number_at(std::string_view text, std::size_t from, std::size_t count) {
  int out = 0;
  for (std::size_t i = from; i < from + count; ++i) {
    if (i >= text.size() || !is_digit(text[i])) return -1;
    out = 10 * out + (text[i] - '0');
  }
  return out;
}

}  // namespace

std::optional<Test> test_of(std::string_view type) {
  static constexpr std::array<std::pair<std::string_view, Test>, 18> all = {{
      {"equal_to", Test::equal_to},
      {"not_equal_to", Test::not_equal_to},
      {"matches_any_of", Test::matches_any_of},
      {"does_not_match_any_of", Test::does_not_match_any_of},
      {"contains", Test::contains},
      {"does_not_contain", Test::does_not_contain},
      {"starts_with", Test::starts_with},
      {"does_not_start_with", Test::does_not_start_with},
      {"is_blank", Test::is_blank},
      {"is_not_blank", Test::is_not_blank},
      {"not_blank", Test::is_not_blank},
      {"regex", Test::regex},
      {"less_than", Test::less_than},
      {"greater_than", Test::greater_than},
      {"is_before_time", Test::is_before_time},
      {"is_after_time", Test::is_after_time},
      {"is_before_date", Test::is_before_date},
      {"is_after_date", Test::is_after_date},
  }};
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.first == type; });
  return found == all.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> any_of(std::string_view value) {
  std::vector<std::string> out;
  std::unordered_set<std::string> seen;
  for (;;) {
    const std::size_t comma = value.find(',');
    const std::string_view part = program::trim(value.substr(0, comma));
    if (seen.insert(plain(part)).second) out.emplace_back(part);
    if (comma == std::string_view::npos) return out;
    value.remove_prefix(comma + 1);
  }
}

std::string plain(std::string_view text) {
  std::string out(program::trim(text));
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::optional<std::string> number_of(std::string_view text) {
  text = program::trim(text);
  std::size_t i = text.starts_with('-') ? 1 : 0;
  const std::size_t from = i;
  while (i < text.size() && is_digit(text[i])) ++i;
  if (i == from || i - from > 12) return std::nullopt;
  if (i < text.size()) {
    const std::size_t point = i;
    if (text[i] != '.') return std::nullopt;
    for (++i; i < text.size() && is_digit(text[i]);) ++i;
    if (i != text.size() || i == point + 1 || i - point - 1 > 6) return std::nullopt;
  }
  // As it is written shortest: `7` for `007`, `0` for `-0.0`.
  std::string whole(text.substr(from, text.find('.') - from));
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
  std::string rest(text.find('.') == std::string_view::npos ? std::string_view() : text.substr(text.find('.')));
  while (rest.ends_with('0')) rest.pop_back();
  if (rest == ".") rest.clear();
  const bool zero = whole == "0" && rest.empty();
  return (from == 1 && !zero ? "-" : "") + whole + rest;
}

std::optional<std::string> time_of(std::string_view text) {
  text = program::trim(text);
  // "9:30 pm"
  bool afternoon = false;
  bool halves = false;
  if (const std::string small = plain(text); small.ends_with("am") || small.ends_with("pm")) {
    halves = true;
    afternoon = small.ends_with("pm");
    text = program::trim(text.substr(0, text.size() - 2));
  }
  const std::size_t colon = text.find(':');
  if (colon != 1 && colon != 2) return std::nullopt;
  int hour = number_at(text, 0, colon);
  const int minute = number_at(text, colon + 1, 2);
  if (text.size() != colon + 3 || hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  if (halves && (hour < 1 || hour > 12)) return std::nullopt;
  if (halves) hour = hour % 12 + (afternoon ? 12 : 0);
  return fmt::format("{:02}:{:02}", hour, minute);
}

std::optional<std::string> date_of(std::string_view text) {
  text = program::trim(text);
  const bool american = text.size() == 10 && text[2] == '/' && text[5] == '/';
  const bool iso = text.size() == 10 && text[4] == '-' && text[7] == '-';
  if (!american && !iso) return std::nullopt;
  const int year = number_at(text, american ? 6 : 0, 4);
  const int month = number_at(text, american ? 0 : 5, 2);
  const int day = number_at(text, american ? 3 : 8, 2);
  if (year < 1900 || year > 2199 || month < 1 || day < 1) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return fmt::format("{:04}-{:02}-{:02}", year, month, day);
}

std::optional<std::string> whole_pattern(std::string_view regular_expression) {
  const std::string whole = "(?i)" + std::string(regular_expression);
  if (!program::check_regex(whole)) return std::nullopt;
  return pattern(whole);
}

}  // namespace flow::importing::studio
