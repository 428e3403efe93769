// Conditions of split-based-on, as conditions of the language.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flow::importing::studio {

// The kinds that Studio documents.
enum class Test : unsigned char {
  equal_to,
  not_equal_to,
  matches_any_of,
  does_not_match_any_of,
  contains,
  does_not_contain,
  starts_with,
  does_not_start_with,
  is_blank,
  is_not_blank,
  regex,
  less_than,
  greater_than,
  is_before_time,
  is_after_time,
  is_before_date,
  is_after_date,
};
std::optional<Test> test_of(std::string_view type);

// The parts of `matches_any_of`: one text with commas between them, without outer space, each once.
std::vector<std::string> any_of(std::string_view value);

// In small letters, without outer space, as Studio compares. ASCII alone: the language does the rest.
std::string plain(std::string_view text);
bool is_ascii(std::string_view text);

// A number as the language writes it: `5` of `05`; nothing when the text is none.
std::optional<std::string> number_of(std::string_view text);
// `09:30` and `2026-12-25`; nothing when the text is none.
std::optional<std::string> time_of(std::string_view text);
std::optional<std::string> date_of(std::string_view text);

// The whole text, whatever its case: `/(?i)…/`. Nothing when RE2 does not know it.
std::optional<std::string> whole_pattern(std::string_view regular_expression);

}  // namespace flow::importing::studio
