#include "runtime/program/composite.h"

#include <algorithm>
#include <charconv>

#include "runtime/program/scalar_text.h"

namespace flow::program {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

// Behind the quoted text that begins at `at`.
std::size_t end_of_text(std::string_view json, std::size_t at) {
  for (++at; at < json.size(); ++at) {
    if (json[at] == '"') return at + 1;
    if (json[at] == '\\') ++at;
  }
  return kNone;
}

// Behind the value that begins at `at`.
std::size_t end_of_value(std::string_view json, std::size_t at) {
  std::size_t depth = 0;
  while (at < json.size()) {
    const char c = json[at];
    if (c == '"') {
      at = end_of_text(json, at);
      if (at == kNone) return kNone;
    } else if (c == '[' || c == '{') {
      ++depth;
      ++at;
    } else if (c == ']' || c == '}') {
      if (depth == 0) return at;
      --depth;
      ++at;
    } else if (depth == 0) {
      return std::min(json.find_first_of(",]}", at), json.size());
    } else {
      at = std::min(json.find_first_of("\"[]{}", at), json.size());
    }
    if (depth == 0) return at;
  }
  return kNone;
}

// The value at `at`, which is moved behind it and its comma; nothing at the end.
std::optional<std::string_view> next_value(std::string_view json, std::size_t& at) {
  if (at >= json.size() || json[at] == ']' || json[at] == '}') return std::nullopt;
  const std::size_t end = end_of_value(json, at);
  if (end == kNone || end == at) return std::nullopt;
  const std::string_view value = json.substr(at, end - at);
  at = end < json.size() && json[end] == ',' ? end + 1 : json.size();
  return value;
}

std::optional<std::string_view> unless_null(std::string_view value) {
  return value == "null" ? std::nullopt : std::optional(value);
}

}  // namespace

std::uint64_t count_items(std::string_view list) {
  std::uint64_t count = 0;
  if (!list.starts_with('[')) return count;
  for (std::size_t at = 1; next_value(list, at);) ++count;
  return count;
}

std::optional<std::string_view> find_item(std::string_view list, std::uint64_t place) {
  if (!list.starts_with('[')) return std::nullopt;
  std::size_t at = 1;
  for (auto value = next_value(list, at); value; value = next_value(list, at))
    if (place-- == 0) return unless_null(*value);
  return std::nullopt;
}

std::optional<std::string_view> find_member(std::string_view record, std::string_view name) {
  if (!record.starts_with('{')) return std::nullopt;
  std::size_t at = 1;
  while (at < record.size() && record[at] == '"') {
    const std::size_t end = end_of_text(record, at);
    if (end == kNone || end >= record.size() || record[end] != ':') return std::nullopt;
    const std::string_view found = record.substr(at + 1, end - at - 2);
    at = end + 1;
    const auto value = next_value(record, at);
    if (!value) return std::nullopt;
    if (found == name) return unless_null(*value);
  }
  return std::nullopt;
}

std::string text_of_json(std::string_view json) {
  if (json.size() < 2 || json.front() != '"' || json.back() != '"') return std::string(json);
  json = json.substr(1, json.size() - 2);
  std::string text;
  text.reserve(json.size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (json[i] != '\\' || i + 1 == json.size()) {
      text += json[i];
      continue;
    }
    const char escape = json[++i];
    if (escape == 'u') {
      // Of control characters alone (escape.h).
      unsigned code = 0;
      const std::string_view digits = json.substr(i + 1, 4);
      std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
      text += static_cast<char>(code & 0x7F);
      i += digits.size();
    } else {
      text += escape == 'n' ? '\n' : escape == 't' ? '\t' : escape;
    }
  }
  return text;
}

std::optional<std::int64_t> scalar_of_json(std::string_view json, std::int64_t code) {
  const auto type = static_cast<ValueType>(code & 0xFF);
  if (type == ValueType::boolean) {
    if (json != "true" && json != "false") return std::nullopt;
    return std::int64_t{json == "true" ? 1 : 0};
  }
  return scalar_of_text(text_of_json(json), type, static_cast<Currency>(code >> 8));
}

}  // namespace flow::program
