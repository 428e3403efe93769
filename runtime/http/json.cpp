#include "runtime/http/json.h"

#include <algorithm>

#include "runtime/http/text.h"

namespace flow::http {
namespace {

// Counts brackets outside of texts: enough to bound the parser's depth before it runs.
bool shallow(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kJsonDepthMax) return false;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return true;
}

void skip_space(std::string_view text, std::size_t& at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) ++at;
}

// Moves `at` behind the value that begins there: well-formed text, so its end is where brackets and quotes close.
std::string_view take_value(std::string_view text, std::size_t& at) {
  skip_space(text, at);
  const std::size_t begin = at;
  int depth = 0;
  bool quoted = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '\\')
        ++at;
      else if (c == '"')
        quoted = false;
      continue;
    }
    if (depth == 0 && (c == ',' || c == ':' || c == ']' || c == '}')) break;
    if (c == '"') quoted = true;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
  }
  at = std::min(at, text.size());
  std::string_view value = text.substr(begin, at - begin);
  while (!value.empty() &&
         (value.back() == ' ' || value.back() == '\t' || value.back() == '\n' || value.back() == '\r')) {
    value.remove_suffix(1);
  }
  return value;
}

// Past the opening bracket, when the text begins with that one.
bool open(std::string_view text, char bracket, std::size_t& at) {
  skip_space(text, at);
  if (at >= text.size() || text[at] != bracket) return false;
  ++at;
  return true;
}

const Json kNull;
const Json kEmpty = Json::array();

}  // namespace

std::optional<Json> parse_json(std::string_view text) {
  if (!shallow(text)) return std::nullopt;
  auto value = Json::parse(text, nullptr, false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

const Json& member(const Json& object, std::string_view name) {
  if (!object.is_object()) return kNull;
  const auto it = object.find(name);
  return it == object.end() ? kNull : *it;
}

const Json& list(const Json& object, std::string_view name) {
  const Json& value = member(object, name);
  return value.is_array() ? value : kEmpty;
}

std::string_view text(const Json& object, std::string_view name) {
  const Json& value = member(object, name);
  return value.is_string() ? std::string_view(value.get_ref<const std::string&>()) : std::string_view();
}

std::optional<std::int64_t> whole_number(const Json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_string()) return std::nullopt;
  return whole_number(std::string_view(value.get_ref<const std::string&>()));
}

std::optional<std::string_view> raw_member(std::string_view object, std::string_view name) {
  std::size_t at = 0;
  std::optional<std::string_view> found;
  if (!open(object, '{', at)) return found;
  while (at < object.size()) {
    const auto key = parse_json(take_value(object, at));
    if (at >= object.size() || object[at] != ':') break;
    ++at;
    const std::string_view value = take_value(object, at);
    if (key && *key == name) found = value;
    if (at >= object.size() || object[at] != ',') break;
    ++at;
  }
  return found;
}

std::vector<std::string_view> raw_elements(std::string_view list) {
  std::size_t at = 0;
  std::vector<std::string_view> elements;
  if (!open(list, '[', at)) return elements;
  while (at < list.size()) {
    const std::string_view value = take_value(list, at);
    if (!value.empty()) elements.push_back(value);
    if (at >= list.size() || list[at] != ',') break;
    ++at;
  }
  return elements;
}

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace flow::http
