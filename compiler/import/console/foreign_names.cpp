#include "compiler/import/console/foreign_names.h"

#include <functional>
#include <string_view>

#include "compiler/import/console/foreign_words.h"
#include "compiler/import/fidelity/words.h"

namespace flow::importing::console::foreign {
namespace {

using fidelity::Action;
using Lost = std::set<std::string, std::less<>>;  // in braces

constexpr std::size_t kNone = std::string::npos;

// What something gives a value.
std::set<std::string> names_set(const std::vector<Box>& boxes, std::size_t start) {
  // What a message brings.
  std::set<std::string> out = {
      "incomingMessage", "incomingMessageType", "customerPhoneNumber", "customerName", "wabaId", "wabaPhoneNumber",
      "serviceId"};
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    for (const auto& [key, value] : boxes[i].settings) {
      if (i == start) continue;
      if (contains(key, "output") || contains(key, "response") || key == "variable")
        out.insert(variable_of(plain(*value)));
      const auto all = value->is_structured() ? pairs(*value) : std::nullopt;
      for (std::size_t one = 0; all && one < all->size(); ++one) out.insert((*all)[one].first);
      if (!value->is_array()) continue;
      for (const Json& one : *value)
        if (one.is_string()) out.insert(one.get<std::string>());
    }
  }
  return out;
}

std::string without(std::string_view words, const Lost& lost) {
  std::string out;
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = words[at] == '{' ? words.find('}', at) : kNone;
    if (end != kNone && lost.contains(words.substr(at, end + 1 - at))) {
      at = end + 1;
      continue;
    }
    if (words[at] == '\\' && at + 1 < words.size()) out += words[at++];
    out += words[at++];
  }
  return out;
}

void leave_empty(fidelity::State& state, const Lost& lost) {
  Action made(fidelity::kind_of(state.action));
  bool changed = false;
  for (const fidelity::Setting& setting : fidelity::settings_of(state.action)) {
    std::string empty = without(setting.value, lost);
    if (empty.empty()) empty = fidelity::quoted("");
    const bool may = empty != setting.value && !setting.name.starts_with("input ") && !setting.name.starts_with('{');
    changed = changed || may;
    made.with(setting.name, may ? std::string(setting.value) + fidelity::kOr + empty : std::string(setting.value));
  }
  if (changed) state.action = made.words();
}

}  // namespace

void add_names(const Json& value, std::set<std::string>& names) {
  if (value.is_structured())
    for (const Json& one : value) add_names(one, names);
  if (!value.is_string()) return;
  std::string_view text = value.get_ref<const std::string&>();
  for (std::size_t open = text.find("{{"); open != kNone; open = text.find("{{")) {
    const std::size_t close = text.find("}}", open);
    if (close == kNone) return;
    names.insert(name_in(text.substr(open + 2, close - open - 2)));
    text.remove_prefix(close + 2);
  }
}

void leave_empty(const std::vector<Box>& boxes, std::size_t start, const std::set<std::string>& names,
                 std::vector<fidelity::State>& states) {
  const std::set<std::string> set = names_set(boxes, start);
  Lost lost;
  for (const std::string& name : names)
    if (!set.contains(name)) lost.insert(fidelity::value(name));
  if (lost.empty()) return;
  for (fidelity::State& state : states) leave_empty(state, lost);
}

}  // namespace flow::importing::console::foreign
