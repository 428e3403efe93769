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

constexpr std::size_t kTriesMax = 2000;  // of forms, for one value: a wrong one may fit in many ways but for its end

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
  while (end < rest.size() && rest[end] != '{' && rest[end] != kEither) end += rest[end] == '\\' ? 2 : 1;
  const std::string_view next = rest.substr(0, end);
  from = behind_value(imported, from);
  if (end >= rest.size()) {  // the last of it
    if (next.size() > imported.size() - from) return std::string_view::npos;
    return imported.ends_with(next) ? imported.size() - next.size() : std::string_view::npos;
  }
  return next.empty() ? imported.find('{', from) : imported.find(next, from);
}

// What it is made of, and the words of each value that is given to it.
std::vector<std::string> parts_of_made(std::string_view name) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (name[at] == kMade) {
      parts.emplace_back();
      continue;
    }
    parts.back() += name[at];
    if (name[at] == '\\' && at + 1 < name.size()) parts.back() += name[++at];
  }
  return parts;
}
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 1 < text.size()) ++at;
    out += text[at];
  }
  return out;
}

// The first of its forms, for people.
std::string readable(std::string_view words) {
  if (words.find(kEither) == std::string_view::npos) return std::string(words.substr(0, words.find(kOr)));
  std::string out;
  for (std::size_t at = 0; at < words.size();) {
    if (words[at] == kEither) {
      const std::size_t end = behind_forms(words, at);
      out += readable(forms_of(words.substr(at, end - at)).front());
      at = end;
    } else {
      out += words[at++];
    }
  }
  return out;
}

// What only gives a value a name: without it nothing can use the value. Its own name on each side.
constexpr std::string_view kMakes = "makes";
constexpr std::string_view kRead = "read ";
bool is_result(std::string_view name) {
  return name == kMakes || name == "keeps" || name.starts_with(kRead);
}
// What workspace.flow declares has a name of its own, one for one.
bool has_own_name(std::string_view setting) {
  return setting == "target" || setting == "template";
}
constexpr std::string_view kInput = "input ";

// `input x_2` is `input x`, where something else is called x.
std::string_view without_number(std::string_view name) {
  const std::size_t end = name.find_last_not_of("0123456789");
  const bool numbered = name.starts_with(kInput) && end != std::string_view::npos && end + 1 < name.size();
  return numbered && name[end] == '_' ? name.substr(0, end) : name;
}

// How many have this name, in a list by names.
std::ptrdiff_t count_of(const std::vector<Setting>& settings, std::string_view name) {
  const auto first =
      std::partition_point(settings.begin(), settings.end(), [&](const Setting& one) { return one.name < name; });
  return std::partition_point(first, settings.end(), [&](const Setting& one) { return one.name == name; }) - first;
}

// What an import makes up where the original has none; what it is given, nothing stands in for.
bool is_made_up(const Setting& one) {
  const bool empty = one.value == "\"\"" || one.value == "\"\\\"\\\"\"";
  return one.name == "from" || one.name == "sender" || one.name == "purpose" || (one.name.starts_with(kInput) && empty);
}

// Those of one name in their order: a message may have several buttons.
std::vector<Setting> by_name(std::string_view action) {
  std::vector<Setting> all = settings_of(action);
  std::stable_sort(all.begin(), all.end(), [](const Setting& a, const Setting& b) { return a.name < b.name; });
  return all;
}

// One of its forms is nothing.
bool may_be_missing(std::string_view value) {
  const auto forms = forms_of(value);
  return std::any_of(forms.begin(), forms.end(), [](std::string_view form) { return form.empty(); });
}

// What stands in `others` in the place of `settings[at]`: of that name, with as many before it. Null: nothing.
const Setting* counterpart(const std::vector<Setting>& settings, std::size_t at, const std::vector<Setting>& others) {
  const auto less = [](const Setting& one, std::string_view name) { return one.name < name; };
  const std::string_view name = settings[at].name;
  const auto first = std::lower_bound(settings.begin(), settings.end(), name, less) - settings.begin();
  const auto found = std::lower_bound(others.begin(), others.end(), name, less) - others.begin();
  const std::size_t place = static_cast<std::size_t>(found - first) + at;
  if (place < others.size() && others[place].name == name) return &others[place];
  if (!name.starts_with(kInput)) return nullptr;
  const auto same = [&](const Setting& one) { return without_number(one.name) == without_number(name); };
  const auto numbered = std::find_if(others.begin(), others.end(), same);
  return numbered == others.end() ? nullptr : &*numbered;
}

}  // namespace

// What is still to be found in the import: the rest of the words, and what follows the form that they are of.
struct Labels::Rest {
  std::string_view words;
  const Rest* next = nullptr;
};

bool Labels::matches(const Rest& rest, std::string_view imported, std::size_t at, Named& named) const {
  std::string_view words = rest.words;
  const Rest* next = rest.next;
  std::size_t i = 0;
  for (;;) {
    while (i == words.size() && next != nullptr) {
      words = next->words;
      next = next->next;
      i = 0;
    }
    if (i == words.size()) return at == imported.size();
    if (words.substr(i) == kAnything && next == nullptr && i == 0 && chooses_) return !is_made(imported.substr(at));
    if (words[i] == kEither) return matches_form(words, i, next, imported, at, named);
    if (words.substr(i).starts_with(kSomething)) {
      i += kSomething.size();
      at = behind_something(words, i, imported, at);
      if (at > imported.size()) return false;
      continue;
    }
    if (at >= imported.size()) return false;
    if (words[i] == '{' && imported[at] == '{') {
      const std::string_view ours = name_at(words, i);
      const std::string_view theirs = name_at(imported, at);
      if (ours == kChosen.substr(1, kChosen.size() - 2)) {
        if (!chosen_.contains(theirs)) return false;
        continue;
      }
      if (chooses_ && !may_be(ours, theirs)) return false;
      named.emplace_back(ours, theirs);
      continue;
    }
    if (imported[at] == '{' && words[i] == '"') {
      // A constant that the import has given a name.
      const auto constant = constants_.find(name_at(imported, at));
      if (constant == constants_.end() || !words.substr(i).starts_with(constant->second)) return false;
      i += constant->second.size();
      continue;
    }
    if (words[i] != imported[at]) return false;
    if (words[i] == '\\' && i + 1 < words.size() && at + 1 < imported.size()) {
      if (words[i + 1] != imported[at + 1]) return false;
      ++i;
      ++at;
    }
    ++i;
    ++at;
  }
}

bool Labels::matches_form(std::string_view words, std::size_t at, const Rest* next, std::string_view imported,
                          std::size_t from, Named& named) const {
  if (++tries_ > kTriesMax) return false;
  const std::size_t end = behind_forms(words, at);
  const Rest behind{words.substr(end), next};
  for (const std::string_view form : forms_of(words.substr(at, end - at))) {
    const std::size_t before = named.size();
    if (matches({form, behind.words.empty() ? next : &behind}, imported, from, named)) return true;
    named.resize(before);
  }
  return false;
}

bool Labels::is_made(std::string_view words) const {
  std::size_t end = 0;
  return words.starts_with('{') && made_.contains(name_at(words, end)) && end == words.size();
}

// Before it is known whether this form is the one that the import has.
bool Labels::may_be(std::string_view name, std::string_view becomes) const {
  const auto known = names_.find(name);
  if (known != names_.end()) return known->second == becomes;
  const auto made = made_.find(becomes);
  if (name.starts_with(kMade) || made != made_.end())
    return name.starts_with(kMade) && made != made_.end() && parts_of_made(name).front() == made->second.text;
  return !taken_.contains(becomes);
}

bool Labels::same(std::string_view original, std::string_view imported) {
  difference_.clear();
  if (original == kAnything) return true;
  tries_ = 0;
  chooses_ = original.find(kEither) != std::string_view::npos;
  Named named;
  if (!matches({original, nullptr}, imported, 0, named)) return false;
  return std::all_of(named.begin(), named.end(), [&](const auto& one) { return rename(one.first, one.second); });
}

bool Labels::rename(std::string_view name, std::string_view becomes) {
  if (name.starts_with(kMade)) return is_made_of(name, becomes);
  const auto known = names_.find(name);
  if (known != names_.end()) {
    if (known->second == becomes) return true;
    difference_ = fmt::format("`{}` is `{}` here, and was `{}` elsewhere", name, becomes, known->second);
    return false;
  }
  if (made_.contains(becomes) || made_up_.contains(becomes)) {
    difference_ = fmt::format("`{}` is `{}` here, which the original has not", name, becomes);
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

// Of the same template, and given all that it reads.
bool Labels::is_made_of(std::string_view name, std::string_view becomes) {
  const auto made = made_.find(becomes);
  if (made == made_.end()) return false;
  const auto parts = parts_of_made(name);
  if (parts.front() != made->second.text) return false;
  const std::vector<std::string> given = made->second.given;
  return std::all_of(parts.begin() + 1, parts.end(), [&](const std::string& wanted) {
    const std::string words = unescaped(wanted);
    return std::any_of(given.begin(), given.end(), [&](const std::string& one) { return same(words, one); });
  });
}

bool Labels::same_value(std::string_view original, std::string_view imported) {
  for (;;) {
    // Between values, and not between forms within one.
    std::size_t end = 0;
    while (end < original.size() && original[end] != kOr)
      end = original[end] == kEither ? behind_forms(original, end) : end + (original[end] == '\\' ? 2 : 1);
    if (same(original.substr(0, std::min(end, original.size())), imported)) return true;
    if (end >= original.size()) return false;
    original.remove_prefix(end + 1);
  }
}

// It is a component of the original, too.
void Labels::forget_made(std::string_view value) {
  std::size_t end = 0;
  if (const auto made = made_.find(name_at(value, end)); made != made_.end()) made_.erase(made);
}

// A result that the original never uses: nothing may use it.
bool Labels::add_made_up(const Setting& read) {
  std::size_t end = 0;
  const std::string_view name = name_at(read.value, end);
  const auto taken = taken_.find(name);
  if (taken != taken_.end()) {
    difference_ = fmt::format("`{}` is its {}, and was `{}`", name, read.name, taken->second);
    return false;
  }
  made_up_.emplace(name);
  return true;
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
    if (found != nullptr && has_own_name(name) && all[i].value.starts_with('{')) {
      std::size_t end = 0;
      if (rename(name_at(all[i].value, end), found->value)) continue;
      return false;
    }
    if (found != nullptr && name == kMakes) forget_made(found->value);
    // One that nothing uses is none; where names look alike, the others cannot be told apart.
    if (name.starts_with(kInput) && count_of(all, name) != count_of(has, name)) continue;
    if (found == nullptr && (is_result(name) || may_be_missing(all[i].value))) continue;
    if (found != nullptr && same_value(all[i].value, found->value)) continue;
    if (difference_.empty() || found == nullptr) {
      difference_ = fmt::format("its {} is {}, and was {}", name, found == nullptr ? "missing" : shown(found->value),
                                shown(readable(all[i].value)));
    }
    return false;
  }
  for (std::size_t i = 0; only && i < has.size(); ++i) {
    if (has[i].name.starts_with(kRead) && counterpart(has, i, all) == nullptr && !add_made_up(has[i])) return false;
    if (is_result(has[i].name) || is_made_up(has[i]) || counterpart(has, i, all) != nullptr) continue;
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
    if (difference_.empty())
      difference_ = fmt::format("it sets {}, and set {}", shown(theirs[i]), shown(readable(ours[i])));
    return false;
  }
  return true;
}

}  // namespace flow::importing::fidelity
