#include "tests/oracle/composite.h"

#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "tests/oracle/dates.h"

namespace flow::oracle {
namespace {

// What stands between the outer brackets, cut at the commas that are in no other brackets and no text.
std::vector<std::string> parts_of(const std::string& json) {
  std::vector<std::string> parts;
  int depth = 0;
  bool quoted = false, escaped = false;
  for (const char c : json) {
    const bool opens = !quoted && (c == '[' || c == '{');
    const bool closes = !quoted && (c == ']' || c == '}');
    if (closes) --depth;
    if (depth == 1 && !quoted && c == ',') {
      parts.emplace_back();
    } else if (depth > 0) {
      if (parts.empty()) parts.emplace_back();
      parts.back() += c;
    }
    if (opens) ++depth;
    if (c == '"' && !escaped) quoted = !quoted;
    escaped = quoted && c == '\\' && !escaped;
  }
  return parts;
}

std::string unless_null(const std::string& json) {
  return json == "null" ? "" : json;
}

std::string unquoted(const std::string& json) {
  return json.starts_with('"') ? nlohmann::json::parse(json).get<std::string>() : json;
}

std::int64_t duration(const std::string& text) {
  static const std::map<std::string, std::int64_t> kUnits = {
      {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};
  std::int64_t total = 0;
  for (std::size_t at = text.starts_with('-') ? 1 : 0; at < text.size();) {
    const std::size_t unit = text.find_first_not_of("0123456789", at);
    const std::size_t next = std::min(text.find_first_of("0123456789", unit), text.size());
    total += std::stoll(text.substr(at, unit - at)) * kUnits.at(text.substr(unit, next - unit));
    at = next;
  }
  return text.starts_with('-') ? -total : total;
}

}  // namespace

std::int64_t count_items(const std::string& list) {
  return static_cast<std::int64_t>(parts_of(list).size());
}

std::string item_json(const std::string& list, std::int64_t number) {
  const auto parts = parts_of(list);
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (static_cast<std::int64_t>(i + 1) * 1'000'000 == number) return unless_null(parts[i]);
  return "";
}

std::string member_json(const std::string& record, const std::string& name) {
  for (const std::string& part : parts_of(record))
    if (part.starts_with("\"" + name + "\":")) return unless_null(part.substr(name.size() + 3));
  return "";
}

std::optional<Value> text_at(const std::string& json) {
  return json.empty() ? std::nullopt : std::optional(Value{unquoted(json)});
}

std::optional<Value> scalar_at(const std::string& json, std::int64_t code) {
  if (json.empty()) return std::nullopt;
  const std::string text = unquoted(json);
  const auto given = [](std::optional<std::int64_t> value) {
    return value ? std::optional(Value{*value}) : std::nullopt;
  };
  switch (static_cast<program::ValueType>(code % 256)) {
    case program::ValueType::boolean:
      return Value{std::int64_t{text == "true" ? 1 : 0}};
    case program::ValueType::number:
      return given(read_number(text));
    case program::ValueType::money:
      return given(read_number(text.substr(0, text.find(' '))));
    case program::ValueType::duration:
      return Value{duration(text)};
    case program::ValueType::date:
      return given(read_date(text));
    case program::ValueType::time:
      return given(read_time(text));
    case program::ValueType::datetime:
      return given(read_instant(text));
    default:
      return Value{std::int64_t{text[0] * 256 + text[1]}};
  }
}

std::optional<Value> item_of(const std::string& list, std::int64_t place, const check::Type& type) {
  const std::string json = item_json(list, place * 1'000'000);
  return program::is_text(type.kind) ? text_at(json) : scalar_at(json, static_cast<std::int64_t>(type.kind));
}

}  // namespace flow::oracle
