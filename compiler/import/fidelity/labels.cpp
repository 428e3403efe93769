#include "compiler/import/fidelity/labels.h"

#include <algorithm>
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

// What only gives a value a name: without it nothing can use the value. Its own name on each side.
bool is_result(std::string_view name) {
  return name == "makes" || name == "keeps" || name.starts_with("read ");
}
constexpr std::string_view kInput = "input ";

// How many have this name, in a list by names.
std::ptrdiff_t count_of(const std::vector<Setting>& settings, std::string_view name) {
  const auto first =
      std::partition_point(settings.begin(), settings.end(), [&](const Setting& one) { return one.name < name; });
  return std::partition_point(first, settings.end(), [&](const Setting& one) { return one.name == name; }) - first;
}

// What an import makes up where the original has none.
bool is_made_up(std::string_view name) {
  return name == "from" || name == "sender" || name == "purpose";
}

// Those of one name in their order: a message may have several buttons.
std::vector<Setting> by_name(std::string_view action) {
  std::vector<Setting> all = settings_of(action);
  std::stable_sort(all.begin(), all.end(), [](const Setting& a, const Setting& b) { return a.name < b.name; });
  return all;
}

// What stands in `others` in the place of `settings[at]`: of that name, with as many before it. Null: nothing.
const Setting* counterpart(const std::vector<Setting>& settings, std::size_t at, const std::vector<Setting>& others) {
  const auto less = [](const Setting& one, std::string_view name) { return one.name < name; };
  const std::string_view name = settings[at].name;
  const auto first = std::lower_bound(settings.begin(), settings.end(), name, less) - settings.begin();
  const auto found = std::lower_bound(others.begin(), others.end(), name, less) - others.begin();
  const std::size_t place = static_cast<std::size_t>(found - first) + at;
  return place < others.size() && others[place].name == name ? &others[place] : nullptr;
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
      const std::size_t begin = j;
      const std::string_view theirs = name_at(imported, j);
      if (!any_.contains(imported.substr(begin, j - begin))) named.emplace_back(ours, theirs);
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

bool Labels::same_value(std::string_view original, std::string_view imported) {
  for (;;) {
    const std::size_t end = original.find(kOr);
    if (same(original.substr(0, end), imported)) return true;
    if (end == std::string_view::npos) return false;
    original.remove_prefix(end + 1);
  }
}

bool Labels::same_settings(std::string_view original, std::string_view imported) {
  const std::vector<Setting> all = by_name(original);
  const std::vector<Setting> has = by_name(imported);
  std::size_t variables = 0;
  bool only = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string_view name = all[i].name;
    only = only || name == kOnly;
    // The name of a variable that is set has its own name on each side, and stands in the same place.
    variables += name.starts_with('{') ? 1 : 0;
    if (name == kOnly || name.starts_with('{')) continue;
    const Setting* found = counterpart(all, i, has);
    // One that nothing uses is none; where names look alike, the others cannot be told apart.
    if (name.starts_with(kInput) && count_of(all, name) != count_of(has, name)) continue;
    if (found == nullptr && is_result(name)) continue;
    if (found != nullptr && same_value(all[i].value, found->value)) continue;
    if (difference_.empty() || found == nullptr) {
      difference_ = fmt::format("its {} is {}, and was {}", name, found == nullptr ? "missing" : shown(found->value),
                                shown(all[i].value.substr(0, all[i].value.find(kOr))));
    }
    return false;
  }
  for (std::size_t i = 0; only && i < has.size(); ++i) {
    if (is_result(has[i].name) || is_made_up(has[i].name) || counterpart(has, i, all) != nullptr) continue;
    difference_ = fmt::format("its {} is {}, and was not there", has[i].name, shown(has[i].value));
    return false;
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
