#include "compiler/import/console/variables.h"

#include <algorithm>
#include <deque>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/catalogue/catalogue.h"

namespace flow::importing::console {
namespace {

constexpr std::size_t kWorkMax = 200'000'000;  // variables looked at on their ways

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '-' || c == '$';
}

// Words that name something else where an expression stands: regions, languages, kinds of channels, days.
bool means_something_else(std::string_view name) {
  const auto days = catalogue::weekdays();
  const auto channels = catalogue::channels();
  return catalogue::find_region(name) != nullptr || (name.size() == 2 && catalogue::find_language(name) != nullptr) ||
         std::find(days.begin(), days.end(), name) != days.end() ||
         std::any_of(channels.begin(), channels.end(), [&](const auto& each) { return each.name == name; });
}

}  // namespace

Placeholder next_placeholder(std::string_view text, std::size_t at) {
  Placeholder out;
  const std::size_t begin = text.find("{{", at);
  const std::size_t end = begin == std::string_view::npos ? begin : text.find("}}", begin);
  if (end == std::string_view::npos) return out;
  out.begin = begin;
  out.end = end + 2;
  std::string_view name = text.substr(begin + 2, end - begin - 2);
  while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
  while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
  if (std::all_of(name.begin(), name.end(), is_name_character)) out.name = name;
  return out;
}

Variable& Variables::of(std::string_view name) {
  const auto found = all_.find(name);
  if (found != all_.end()) return found->second;
  Variable variable;
  do {
    variable.name =
        names_.variable(means_something_else(name) ? fmt::format("{}_value", name) : std::string(name), "value");
  } while (means_something_else(variable.name));
  return all_.emplace(std::string(name), std::move(variable)).first->second;
}

const Variable* Variables::find(std::string_view name) const {
  const auto found = all_.find(name);
  return found == all_.end() ? nullptr : &found->second;
}

const std::vector<std::string>& Variables::set_by(std::size_t node) const {
  static const std::vector<std::string> kNone;
  const auto found = set_by_node_.find(node);
  return found == set_by_node_.end() ? kNone : found->second;
}

void Variables::settle(const Canvas& canvas, std::size_t start) {
  bits_.clear();
  for (const auto& [edge, names] : set_by_edge_)
    for (const std::string& name : names) bits_.emplace(of(name).name, bits_.size());
  if (bits_.size() > limits::kVariablesMax) bits_.clear();  // no flow has so many
  // All have a value until a way is found on which one has not.
  there_.assign(canvas.nodes.size(), std::vector<bool>(bits_.size(), true));
  if (bits_.empty()) return;
  there_[start].assign(bits_.size(), false);
  std::deque<std::size_t> open = {start};
  std::vector<bool> seen(canvas.nodes.size());
  seen[start] = true;
  std::size_t work = 0;
  while (!open.empty()) {
    const std::size_t node = open.front();
    open.pop_front();
    work += (1 + canvas.nodes[node].out.size()) * bits_.size();
    if (work > kWorkMax) return bits_.clear();  // then each may lack a value anywhere, which is safe to say
    for (const std::size_t edge : canvas.nodes[node].out) {
      std::vector<bool> behind = there_[node];
      if (const auto set = set_by_edge_.find(edge); set != set_by_edge_.end())
        for (const std::string& name : set->second) behind[bits_.at(of(name).name)] = true;
      const std::size_t to = canvas.edges[edge].target;
      bool changed = !seen[to];
      seen[to] = true;
      for (std::size_t bit = 0; bit < behind.size(); ++bit) {
        if (behind[bit] || !there_[to][bit]) continue;
        there_[to][bit] = false;
        changed = true;
      }
      if (changed) open.push_back(to);
    }
  }
}

bool Variables::has_value(const Variable& variable, std::size_t node) const {
  if (variable.always) return true;
  if (variable.lost || (variable.formed && variable.form == Variable::Form::text)) return false;
  const auto bit = bits_.find(variable.name);
  return bit != bits_.end() && node < there_.size() && there_[node][bit->second];
}

bool Variables::has_value(std::string_view name, std::size_t node) const {
  const Variable* variable = find(name);
  return variable != nullptr && has_value(*variable, node);
}

std::string Variables::bare_value(std::string_view name, std::size_t node) const {
  const Variable* variable = find(name);
  if (variable == nullptr || variable->form == Variable::Form::region) return {};
  const bool there = has_value(*variable, node);
  std::string out = variable->name;
  if (variable->form == Variable::Form::language) out = fmt::format("trim({})", out);
  if (variable->form == Variable::Form::answer) out += ".response";
  if (variable->form == Variable::Form::code) out = fmt::format("format({}, \"0\")", out);
  return there ? out : out + " ?? \"\"";
}

std::string Variables::value(std::string_view name, std::size_t node) const {
  std::string out = bare_value(name, node);
  return out.ends_with(" ?? \"\"") ? "(" + out + ")" : out;
}

}  // namespace flow::importing::console
