#include "compiler/check/alternatives.h"

#include <cstddef>

namespace flow::check {
namespace {

// Behind a class of characters that begins at `at`.
std::size_t behind_class(std::string_view regex, std::size_t at) {
  ++at;
  if (at < regex.size() && regex[at] == '^') ++at;
  if (at < regex.size() && regex[at] == ']') ++at;  // stands for itself
  while (at < regex.size() && regex[at] != ']') {
    const std::size_t end = regex.substr(at).starts_with("[:") ? regex.find(":]", at) : std::string_view::npos;
    if (end != std::string_view::npos) at = end;  // of `[:alpha:]`
    at += regex[at] == '\\' || at == end ? 2 : 1;
  }
  return at + 1;
}

// Behind `\\.`, or a text between `\\Q` and `\\E`.
std::size_t behind_escape(std::string_view regex, std::size_t at) {
  if (!regex.substr(at).starts_with("\\Q")) return at + 2;
  const std::size_t end = regex.find("\\E", at);
  return end == std::string_view::npos ? regex.size() : end + 2;
}

// Behind what a group begins with: `(`, `(?:`, `(?i:`, `(?P<name>`. Flags alone, `(?i)`, are no group: at their `)`.
std::size_t behind_opening(std::string_view regex, std::size_t at) {
  ++at;
  if (at >= regex.size() || regex[at] != '?') return at;
  const std::size_t end = regex.find_first_of(":>)", at);
  if (end == std::string_view::npos) return regex.size();
  return regex[end] == ')' ? end : end + 1;
}

}  // namespace

bool has_empty_alternative(std::string_view regex) {
  bool bare = true;   // nothing stands in the alternative so far
  bool alone = true;  // nor is there another one beside it
  for (std::size_t at = 0; at < regex.size();) {
    switch (regex[at]) {
      case '(':
        at = behind_opening(regex, at);
        if (at < regex.size() && regex[at] == ')' && regex[at - 1] != '(') {
          ++at;  // flags
        } else {
          bare = alone = true;
        }
        break;
      case '|':
        if (bare) return true;
        bare = true;
        alone = false;
        ++at;
        break;
      case ')':
        if (bare && !alone) return true;
        bare = false;
        ++at;
        break;
      case '[':
        at = behind_class(regex, at);
        bare = false;
        break;
      default:
        at = regex[at] == '\\' ? behind_escape(regex, at) : at + 1;
        bare = false;
        break;
    }
  }
  return bare && !alone;
}

}  // namespace flow::check
