#include "compiler/import/studio/condition_words.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "compiler/import/fidelity/words.h"
#include "runtime/program/text.h"

namespace flow::importing::studio {
namespace {

using fidelity::either;
using program::trim;
using Forms = std::vector<std::string>;

// Whether the bracket that opens at `open` closes with the last character.
bool closes_last(std::string_view words, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < words.size(); ++i) {
    if (words[i] == '\\')
      ++i;
    else if (words[i] == '(')
      ++depth;
    else if (words[i] == ')' && --depth == 0)
      return i + 1 == words.size();
  }
  return false;
}

// Without what changes nothing but case and outer space, which comparisons do not look at.
std::string peeled(std::string_view words) {
  if (words.starts_with(fidelity::kEither)) {
    Forms forms;
    for (const std::string_view form : fidelity::forms_of(words)) forms.push_back(peeled(form));
    return either(forms);
  }
  for (const std::string_view call : {"lower(", "upper(", "trim("})
    if (words.starts_with(call) && closes_last(words, call.size() - 1))
      return peeled(words.substr(call.size(), words.size() - call.size() - 1));
  return std::string(words);
}

// Digits from `at` on; nothing when there are others.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  int out = 0;
  if (at + count > text.size()) return std::nullopt;
  const auto end = std::from_chars(text.data() + at, text.data() + at + count, out);
  return end.ec == std::errc{} && end.ptr == text.data() + at + count ? std::optional(out) : std::nullopt;
}

// "9:30 pm": in milliseconds since midnight.
std::optional<std::int64_t> time_of(std::string_view written) {
  std::string text = fidelity::folded(written);
  const bool half = text.ends_with("am") || text.ends_with("pm");
  const bool afternoon = text.ends_with("pm");
  if (half) text = trim(std::string_view(text).substr(0, text.size() - 2));
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || colon + 3 != text.size()) return std::nullopt;
  auto hour = digits(text, 0, colon);
  const auto minute = digits(text, colon + 1, 2);
  if (!hour || !minute) return std::nullopt;
  if (half) hour = *hour % 12 + (afternoon ? 12 : 0);
  return (std::int64_t{*hour} * 60 + *minute) * 60'000;
}

// "12/24/2026" and "2026-12-24": in days since 1970.
std::optional<std::int64_t> date_of(std::string_view written) {
  const std::string_view text = trim(written);
  if (text.size() != 10) return std::nullopt;
  const bool american = text[2] == '/';
  const auto year = digits(text, american ? 6 : 0, 4);
  const auto month = digits(text, american ? 0 : 5, 2);
  const auto day = digits(text, american ? 3 : 8, 2);
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

// What counts from 0 is 0 until it has a value.
Forms blank(const std::string& left) {
  return {left + " is blank", fmt::format("{} == 0", left), fidelity::none_of(fmt::format("{} != 0", left))};
}

// A truth and a number of an answer are compared as what they are; an absent one is neither.
Forms equal(const std::string& left, const std::string& value) {
  const std::string folded = fidelity::folded(value);
  Forms forms = {fmt::format("{} ~= {}", left, fidelity::quoted(folded))};
  if (folded.empty()) return blank(left);
  if (folded == "true") forms.push_back(left);
  if (folded == "false") {
    forms.push_back(fmt::format("not (({} ?? true))", left));
    forms.push_back(fmt::format("not ({})", left));
  }
  const std::string number = fidelity::number(value);
  if (!number.empty() && number == trim(value)) forms.push_back(fmt::format("{} == {}", left, number));
  return forms;
}

std::string any_of(std::string_view left, std::string_view value) {
  std::vector<std::string> any;
  std::set<std::string> seen;
  for (std::size_t at = 0; at <= value.size();) {
    const std::size_t end = std::min(value.find(',', at), value.size());
    std::string one = fmt::format("{} ~= {}", left, fidelity::quoted(fidelity::folded(value.substr(at, end - at))));
    if (seen.insert(one).second) any.push_back(std::move(one));
    at = end + 1;
  }
  return fidelity::any_of(any);
}

std::optional<std::string> by_clock(const std::string& left, const std::string& value, std::string_view type) {
  const bool time = type.ends_with("_time");
  const auto number = time ? time_of(value) : date_of(value);
  if (!number) return std::nullopt;
  return fmt::format("{} {} {}", left, type.starts_with("is_before") ? "<" : ">", *number);
}

// Without its negation; nothing: it is not known.
std::optional<Forms> forms_of(std::string_view type, const std::string& argument, const std::string& value,
                              LiquidWords& liquid) {
  const bool made = value.find("{{") != std::string::npos || value.find("{%") != std::string::npos;
  const std::string whole = liquid.operand(argument);
  const std::string left = peeled(whole);
  const std::string right = made ? peeled(liquid.operand(value)) : fidelity::quoted(fidelity::folded(value));
  if (type == "blank") return blank(left);
  if (type == "equal_to") return made ? Forms{fmt::format("{} ~= {}", left, right)} : equal(left, value);
  if (type == "contains") return Forms{fmt::format("{} ~contains {}", left, right)};
  if (type == "starts_with") return Forms{fmt::format("{} ~starts {}", left, right)};
  if (type == "less_than" || type == "greater_than") {
    const std::string number = made ? liquid.operand(value) : fidelity::number(value);
    if (number.empty()) return std::nullopt;
    return Forms{fmt::format("{} {} {}", whole, type == "less_than" ? "<" : ">", number)};
  }
  if (made) return std::nullopt;
  if (type == "matches_any_of") {
    // The same form in all of them: there may be thousands.
    Forms forms;
    for (const std::string_view form : fidelity::forms_of(left)) forms.push_back(any_of(form, value));
    return forms;
  }
  if (type == "regex") return Forms{fmt::format("{} ~matches {}", left, fidelity::pattern(value))};
  if (!type.starts_with("is_before_") && !type.starts_with("is_after_")) return std::nullopt;
  const auto words = by_clock(whole, value, type);
  return words ? std::optional(Forms{*words}) : std::nullopt;
}

// What is compared: that of the whole split, when the condition has none of its own.
std::string argument_of(const Json& condition, const std::string& input) {
  const Json* arguments = member_of(condition, "arguments");
  const bool has_argument = arguments != nullptr && arguments->is_array() && !arguments->empty();
  return has_argument ? scalar(&arguments->front()) : input;
}

std::optional<std::string> one_condition(const Json& condition, const std::string& input, LiquidWords& liquid) {
  std::string type = text_of(condition, "type");
  const bool negated = type.starts_with("not_") || type.starts_with("does_not_") || type == "is_not_blank";
  if (type.ends_with("_blank")) type = "blank";
  if (type == "not_equal_to") type = "equal_to";
  if (type == "does_not_match_any_of") type = "matches_any_of";
  if (type == "does_not_contain") type = "contains";
  if (type == "does_not_start_with") type = "starts_with";
  auto forms = forms_of(type, argument_of(condition, input), scalar(member_of(condition, "value")), liquid);
  if (!forms) return std::nullopt;
  for (std::string& form : *forms)
    if (negated) form = fidelity::none_of(form);
  return either(*forms);
}

const Json* conditions_of(const Json& transition) {
  const Json* conditions = member_of(transition, "conditions");
  return conditions != nullptr && conditions->is_array() ? conditions : nullptr;
}

// A type, one argument, and a value that is a text.
bool is_plain(const Json& condition, const std::string& input) {
  const auto is_scalar = [](const Json& json) { return json.is_primitive() && !json.is_null(); };
  const Json* arguments = member_of(condition, "arguments");
  const Json* value = member_of(condition, "value");
  const bool argument = arguments == nullptr
                            ? !input.empty()
                            : arguments->is_array() && arguments->size() == 1 && is_scalar(arguments->front());
  return !text_of(condition, "type").empty() && argument && (value == nullptr || value->is_null() || is_scalar(*value));
}

}  // namespace

std::string scalar(const Json* json) {
  if (json == nullptr || json->is_null()) return {};
  return json->is_string() ? json->get<std::string>() : json->dump();
}

std::string condition_words(const Json& transition, const std::string& input, LiquidWords& liquid) {
  std::vector<std::string> all;
  if (const Json* conditions = conditions_of(transition)) {
    for (const Json& one : *conditions) {
      auto words = one_condition(one, input, liquid);
      if (!words) return std::string(fidelity::kAnything);
      all.push_back(*std::move(words));
    }
  }
  return fidelity::all_of(all);
}

std::string kept_condition(const Json& transition, const std::string& input, LiquidWords& liquid) {
  std::string all;
  const Json* written = member_of(transition, "conditions");
  if (written == nullptr || written->is_null()) return all;
  const bool plain =
      written->is_array() && !written->empty() &&
      std::all_of(written->begin(), written->end(), [&](const Json& one) { return is_plain(one, input); });
  if (!plain && text_of(transition, "event") == "match") {
    const std::string json = written->dump(-1, ' ', false, Json::error_handler_t::replace);
    return either({fidelity::quoted(json), fidelity::quoted(with_named_placeholders(json))});
  }
  if (const Json* conditions = conditions_of(transition)) {
    for (const Json& one : *conditions) {
      all += fmt::format("{}{} {} {}", all.empty() ? "" : " and ", argument_of(one, input), text_of(one, "type"),
                         scalar(member_of(one, "value")));
    }
  }
  return all.empty() ? all : liquid.text(all);
}

}  // namespace flow::importing::studio
