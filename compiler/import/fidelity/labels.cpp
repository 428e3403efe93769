#include "compiler/import/fidelity/labels.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "compiler/import/fidelity/words.h"
#include "compiler/import/json.h"

namespace flow::importing::fidelity {
namespace {

// What stands in the braces that open at `at`, which moves behind them.
std::string_view name_at(std::string_view words, std::size_t& at) {
  const std::size_t begin = ++at;
  while (at < words.size() && words[at] != '}') at += words[at] == '\\' ? 2 : 1;
  const std::size_t end = std::min(at, words.size());
  at = std::min(at + 1, words.size());
  return words.substr(begin, end - begin);
}

// `{*}` in an original stands for whatever is there.
constexpr std::string_view kSomething = "{*}";

// Behind `{name}` or `<words>`, if one of them is there: texts within them have brackets of their own.
std::size_t behind_value(std::string_view words, std::size_t at) {
  if (at >= words.size() || (words[at] != '{' && words[at] != '<')) return at;
  const char open = words[at];
  const char close = open == '{' ? '}' : '>';
  int depth = 0;
  for (; at < words.size(); ++at) {
    if (words[at] == '\\')
      ++at;
    else if (words[at] == open)
      ++depth;
    else if (words[at] == close && --depth == 0)
      return at + 1;
  }
  return words.size();
}

// Where the import goes on with what follows the `{*}` that ends at `at`; npos: nowhere.
std::size_t behind_something(std::string_view original, std::size_t at, std::string_view imported, std::size_t from) {
  const std::string_view rest = original.substr(at);
  std::size_t end = 0;
  while (end < rest.size() && rest[end] != '{') end += rest[end] == '\\' ? 2 : 1;
  const std::string_view next = rest.substr(0, end);
  from = behind_value(imported, from);
  if (end >= rest.size()) {  // the last of it
    if (next.size() > imported.size() - from) return std::string_view::npos;
    return imported.ends_with(next) ? imported.size() - next.size() : std::string_view::npos;
  }
  return next.empty() ? imported.find('{', from) : imported.find(next, from);
}

// The values of a setting, in order: a message may have several buttons.
std::map<std::string_view, std::vector<std::string_view>> by_name(std::string_view action) {
  std::map<std::string_view, std::vector<std::string_view>> result;
  for (const Setting& setting : settings_of(action)) result[setting.name].push_back(setting.value);
  return result;
}

}  // namespace

bool Labels::same(std::string_view original, std::string_view imported) {
  difference_.clear();
  if (original == kAnything || any_.contains(imported)) return true;
  std::vector<std::pair<std::string_view, std::string_view>> named;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < original.size() && j <= imported.size()) {
    if (original.substr(i).starts_with(kSomething)) {
      i += kSomething.size();
      j = behind_something(original, i, imported, j);
      continue;
    }
    if (j == imported.size()) break;
    if (original[i] == '{' && imported[j] == '{') {
      const std::string_view ours = name_at(original, i);
      named.emplace_back(ours, name_at(imported, j));
      continue;
    }
    if (original[i] != imported[j]) return false;
    if (original[i] == '\\' && i + 1 < original.size() && j + 1 < imported.size()) {
      if (original[i + 1] != imported[j + 1]) return false;
      ++i;
      ++j;
    }
    ++i;
    ++j;
  }
  if (i != original.size() || j != imported.size()) return false;
  for (const auto& [name, becomes] : named)
    if (!rename(name, becomes)) return false;
  return true;
}

bool Labels::rename(std::string_view name, std::string_view becomes) {
  const auto known = names_.find(name);
  if (known != names_.end()) {
    if (known->second == becomes) return true;
    difference_ = fmt::format("`{}` is `{}` here, and was `{}` elsewhere", name, becomes, known->second);
    return false;
  }
  const auto [taken, first] = taken_.emplace(becomes, name);
  if (!first) {
    difference_ = fmt::format("`{}` is `{}` here, which `{}` is already", name, becomes, taken->second);
    return false;
  }
  names_.emplace(name, becomes);
  return true;
}

bool Labels::same_settings(std::string_view original, std::string_view imported) {
  const auto has = by_name(imported);
  std::size_t variables = 0;
  for (const auto& [name, values] : by_name(original)) {
    // The name of a variable that is set has its own name on each side, and stands in the same place.
    if (name.starts_with('{')) {
      ++variables;
      continue;
    }
    const auto found = has.find(name);
    const bool as_many = found != has.end() && found->second.size() == values.size();
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (as_many && same(values[i], found->second[i])) continue;
      if (difference_.empty()) {
        difference_ =
            fmt::format("its {} is {}, and was {}", name,
                        found == has.end() ? "missing" : shown(found->second[std::min(i, found->second.size() - 1)]),
                        shown(values[i]));
      }
      return false;
    }
  }
  if (variables == 0) return true;
  std::vector<std::string> ours;
  std::vector<std::string> theirs;
  for (const Setting& one : settings_of(original))
    if (one.name.starts_with('{')) ours.push_back(fmt::format("{} = {}", one.name, one.value));
  for (const Setting& one : settings_of(imported))
    if (one.name.starts_with('{')) theirs.push_back(fmt::format("{} = {}", one.name, one.value));
  if (ours.size() != theirs.size()) {
    difference_ = fmt::format("it sets {} variables, and set {}", theirs.size(), ours.size());
    return false;
  }
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const bool any = ours[i].ends_with(" = *");
    const std::string_view head = any ? std::string_view(theirs[i]).substr(0, theirs[i].find(" = ")) : theirs[i];
    const std::string_view wanted = any ? std::string_view(ours[i]).substr(0, ours[i].size() - 4) : ours[i];
    if (same(wanted, head)) continue;
    if (difference_.empty()) difference_ = fmt::format("it sets {}, and set {}", shown(theirs[i]), shown(ours[i]));
    return false;
  }
  return true;
}

}  // namespace flow::importing::fidelity
