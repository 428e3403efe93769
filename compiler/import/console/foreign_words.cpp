#include "compiler/import/console/foreign_words.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <set>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/import/console/foreign_shape.h"
#include "compiler/import/fidelity/words.h"

namespace flow::importing::console::foreign {
namespace {

constexpr std::size_t kNone = std::string::npos;

bool is_one(std::string_view word, Keys all) {
  return std::find(all.begin(), all.end(), word) != all.end();
}

// A whole number and perhaps a unit behind it.
Time time_of_text(std::string_view text, std::int64_t unit_ms) {
  std::int64_t count = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && digits < 10 && std::isdigit(static_cast<unsigned char>(text[digits])) != 0; ++digits)
    count = (10 * count) + (text[digits] - '0');
  const std::string word = letters(text.substr(digits));
  const auto unit = word.empty() ? std::optional(unit_ms) : unit_of(word);
  const bool sound = digits > 0 && digits < 10 && unit && count > 0 && count <= limits::kExpiresMsMax / *unit;
  return sound ? Time{count * *unit, true} : Time{std::nullopt, false};
}

std::string joining(const Json& json) {
  for (const std::string_view key : {"logic", "relation", "combinator", "conjunction", "logicaloperator", "logictype",
                                     "join", "connector", "operator"}) {
    const std::string word = letters(member_words(json, {key}));
    if (is_one(word, {"and", "all", "every"})) return "and";
    if (is_one(word, {"or", "any", "some"})) return "or";
  }
  return {};
}

std::optional<std::string> pattern_words(const std::string& left, const Json& value, std::string_view operation) {
  if (!value.is_string()) return std::nullopt;
  std::string_view text = value.get_ref<const std::string&>();
  constexpr std::string_view kIgnoreCase = "(?i)";
  const bool folds = text.starts_with(kIgnoreCase);
  if (folds) text.remove_prefix(kIgnoreCase.size());
  return fmt::format("{} {}{} {}", left, folds ? "~" : "", operation, fidelity::pattern(text));
}

// 2026-12-25 as the number of its day.
std::optional<std::int64_t> day_of(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  int parts[3] = {};
  for (std::size_t i = 0, part = 0; i < text.size(); ++i) {
    if (text[i] == '-' && (i == 4 || i == 7)) {
      ++part;
      continue;
    }
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    parts[part] = (10 * parts[part]) + (text[i] - '0');
  }
  const std::chrono::year_month_day day{std::chrono::year(parts[0]),
                                        std::chrono::month(static_cast<unsigned>(parts[1])),
                                        std::chrono::day(static_cast<unsigned>(parts[2]))};
  if (!day.ok()) return std::nullopt;
  return std::chrono::sys_days(day).time_since_epoch().count();
}

std::optional<std::string> compared(std::string_view operation, const std::string& left, const Json& value) {
  const bool number = operation.starts_with("number");
  const std::string_view relation = operation.substr(number ? 6 : 4);
  const std::string_view sign = relation == "equals"        ? "=="
                                : relation == "greaterthan" ? ">"
                                : relation == "lessthan"    ? "<"
                                                            : "";
  if (sign.empty() || (!number && !operation.starts_with("date"))) return std::nullopt;
  const std::string written = plain(value);
  if (written.starts_with("{{") && words_of_text(written).starts_with('{'))
    return fmt::format("{} {} {}", left, sign, words_of_text(written));
  if (number) {
    const std::string digits = fidelity::number(written);
    return digits.empty() ? std::nullopt : std::optional(fmt::format("{} {} {}", left, sign, digits));
  }
  const auto day = day_of(written);
  return day ? std::optional(fmt::format("{} {} {}", left, sign, *day)) : std::nullopt;
}

std::optional<std::string> rule(const Json& json) {
  const Json* left = member(json, {"variable", "left", "field", "key", "variablename", "var"});
  const Json* word = member(json, {"operator", "op", "comparator", "operation", "condition"});
  if (left == nullptr || word == nullptr) return std::nullopt;
  const std::string name =
      variable_of(left->is_object() ? member_words(*left, {"name", "value", "key"}) : plain(*left));
  const std::string operation =
      letters(word->is_object() ? member_words(*word, {"value", "code", "key", "name"}) : plain(*word));
  if (name.empty()) return std::nullopt;
  const std::string variable = fidelity::value(name);
  if (operation == "stringisblank") return variable + " is blank";
  if (operation == "stringisnotblank") return fidelity::none_of(variable + " is blank");
  const Json* value = member(json, {"value", "right", "target", "comparevalue", "expected"});
  if (value == nullptr || value->is_structured()) return std::nullopt;
  if (operation == "stringequals") return fmt::format("{} == {}", variable, words_of(*value));
  if (operation == "stringcontains") return fmt::format("{} contains {}", variable, words_of(*value));
  if (operation == "stringstartswith") return fmt::format("{} starts with {}", variable, words_of(*value));
  if (operation == "stringentirematchesregex") return pattern_words(variable, *value, "matches");
  if (operation == "stringanymatchesregex") return pattern_words(variable, *value, "finds");
  return compared(operation, variable, *value);
}

// Parts of a list of rules or groups, and the words that stand before each.
bool add_parts(const Json& list, int depth, std::vector<std::string>& parts, std::set<std::string>& before) {
  if (list.is_object()) {
    auto part = condition(list, depth + 1);
    if (part) parts.push_back(*std::move(part));
    return part.has_value();
  }
  if (!list.is_array()) return false;
  for (const Json& one : list) {
    auto part = condition(one, depth + 1);
    if (!part) return false;
    if (!parts.empty() && member(one, {"rules", "conditions", "rulelist", "groups", "rulegroups"}) == nullptr)
      before.insert(joining(one));
    parts.push_back(*std::move(part));
  }
  return true;
}

}  // namespace

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != kNone;
}

const Json* member(const Json& object, Keys names) {
  if (!object.is_object()) return nullptr;
  for (const std::string_view name : names)
    for (const auto& [key, value] : object.items())
      if (!value.is_null() && letters(key) == name) return &value;
  return nullptr;
}

std::string plain(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number() || value.is_boolean() ? value.dump() : std::string();
}

std::string member_words(const Json& object, Keys names) {
  const Json* found = member(object, names);
  return found == nullptr ? std::string() : plain(*found);
}

// `{{name}}`, where what stands between the braces is a name.
std::string name_in(std::string_view inside) {
  const auto is_space = [](char c) { return c == ' '; };
  while (!inside.empty() && is_space(inside.front())) inside.remove_prefix(1);
  while (!inside.empty() && is_space(inside.back())) inside.remove_suffix(1);
  const bool name = std::all_of(inside.begin(), inside.end(), [](unsigned char c) {
    return (c < 0x80 && std::isalnum(c) != 0) || std::string_view("_.-$").find(static_cast<char>(c)) != kNone;
  });
  return name ? std::string(inside) : std::string();
}

std::string words_of_text(std::string_view text) {
  fidelity::Text words;
  for (;;) {
    const std::size_t open = text.find("{{");
    const std::size_t close = open == kNone ? kNone : text.find("}}", open);
    if (close == kNone) break;
    const std::string name = name_in(text.substr(open + 2, close - open - 2));
    words.add(text.substr(0, name.empty() ? close + 2 : open));
    if (!name.empty()) words.add_value(fidelity::value(name));
    text.remove_prefix(close + 2);
  }
  words.add(text);
  return words.words();
}

// A number or a truth is its digits.
std::string words_of(const Json& value) {
  if (value.is_string()) return words_of_text(value.get_ref<const std::string&>());
  return fidelity::quoted(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

// A variable, with or without braces.
std::string variable_of(std::string_view written) {
  if (!written.starts_with("{{")) return std::string(written);
  const std::size_t close = written.find("}}");
  return close == kNone ? std::string(written) : name_in(written.substr(2, close - 2));
}

std::optional<std::vector<std::pair<std::string, const Json*>>> pairs(const Json& json) {
  std::vector<std::pair<std::string, const Json*>> out;
  if (!json.is_structured()) return std::nullopt;
  if (json.is_object())
    for (const auto& [key, value] : json.items()) out.emplace_back(key, &value);
  for (const Json& one : json.is_array() ? json : Json::array()) {
    std::string key = member_words(one, {"key", "name", "variable", "variablename", "field", "parameter"});
    if (key.empty()) return std::nullopt;
    out.emplace_back(std::move(key), nullptr);
  }
  for (std::size_t i = 0; json.is_array() && i < json.size(); ++i)
    out[i].second = member(json[i], {"value", "content", "val", "expression"});
  return out;
}

std::optional<std::int64_t> unit_of(std::string_view word) {
  if (is_one(word, {"seconds", "second", "sec", "secs", "s"})) return 1000;
  if (is_one(word, {"minutes", "minute", "min", "mins", "m"})) return 60'000;
  if (is_one(word, {"hours", "hour", "h"})) return 3'600'000;
  if (is_one(word, {"days", "day", "d"})) return 86'400'000;
  if (is_one(word, {"milliseconds", "millisecond", "ms"})) return 1;
  return std::nullopt;
}

std::optional<bool> switched(const Json* json) {
  if (json == nullptr) return std::nullopt;
  if (json->is_object()) return switched(member(*json, {"enabled", "enable", "on", "checked", "switch", "open"}));
  const std::string word = letters(plain(*json));
  if (is_one(word, {"true", "on", "yes", "enabled", "enable", "1", "open"})) return true;
  if (is_one(word, {"false", "off", "no", "disabled", "disable", "0", "close", "closed"})) return false;
  return std::nullopt;
}

// Parts by their units, or a value with its unit; any other member may mean anything.
static Time time_within(const Json& json, std::int64_t unit_ms) {
  std::int64_t sum = 0;
  const Json* value = member(json, {"duration", "value", "time", "timeout", "number", "after"});
  const std::string unit = letters(member_words(json, {"unit", "timeunit", "durationunit"}));
  std::size_t known = (value != nullptr ? 1 : 0) + (unit.empty() ? 0 : 1);
  for (const auto& [name, each] : json.items()) {
    const auto part = unit_of(letters(name));
    if (each.is_null() || is_one(letters(name), {"enabled", "enable", "on", "checked", "switch", "open"})) ++known;
    if (each.is_null() || !part) continue;
    const Time time = each.is_structured() ? Time{std::nullopt, false} : time_of(&each, *part);
    if (!time.understood) return time;
    sum += time.ms.value_or(0);
    ++known;
  }
  const auto named = unit.empty() ? std::optional(unit_ms) : unit_of(unit);
  if (known != json.size() || !named || (sum > 0) == (value != nullptr)) return {std::nullopt, false};
  if (value == nullptr && unit.empty() && sum <= limits::kExpiresMsMax) return {sum, true};
  return value == nullptr || value->is_object() ? Time{std::nullopt, false} : time_of(value, *named);
}

Time time_of(const Json* json, std::int64_t unit_ms) {
  if (json == nullptr || json->is_null()) return {};
  if (json->is_boolean()) return {std::nullopt, !json->get<bool>()};
  if (*json == 0 || (json->is_string() && json->get_ref<const std::string&>().empty())) return {};
  if (json->is_number_integer() || json->is_string()) return time_of_text(plain(*json), unit_ms);
  if (!json->is_object()) return {std::nullopt, false};
  if (switched(json) == false) return {};
  return time_within(*json, unit_ms);
}

std::optional<std::string> condition(const Json& json, int depth) {
  if (!json.is_object() || depth > 10) return std::nullopt;
  const Json* rules = member(json, {"rules", "conditions", "rulelist"});
  const Json* groups = member(json, {"groups", "rulegroups", "grouplist", "children"});
  if (rules == nullptr && groups == nullptr) {
    const Json* inner = member(json, {"rule", "condition", "group"});
    return inner != nullptr && inner->is_object() ? condition(*inner, depth + 1) : rule(json);
  }
  std::vector<std::string> parts;
  std::set<std::string> before;
  for (const Json* list : {rules, groups})
    if (list != nullptr && !add_parts(*list, depth, parts, before)) return std::nullopt;
  if (parts.empty()) return std::nullopt;
  if (parts.size() == 1) return parts.front();
  std::string word = joining(json);
  if (word.empty() && before.size() == 1) word = *before.begin();
  if (word == "and") return fidelity::all_of(parts);
  if (word == "or") return fidelity::any_of(parts);
  return std::nullopt;
}

}  // namespace flow::importing::console::foreign
