#include "compiler/import/console/wiring.h"

#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/import/console/settings.h"

namespace flow::importing::console {
namespace {

constexpr std::size_t kNone = std::string::npos;

}  // namespace

void Wiring::read_jumps() {
  for (std::size_t i = 0; i < canvas_.nodes.size(); ++i)
    if (is(i, KindId::jump)) read_jump(i);
}

const Wiring::Jump* Wiring::jump(std::size_t node) const {
  const auto found = jumps_.find(node);
  return found == jumps_.end() ? nullptr : &found->second;
}

bool Wiring::ends(std::size_t node) const {
  const Jump* found = jump(node);
  return found != nullptr && is(found->to, KindId::end);
}

// The node that a jump's setting or its second edge names.
void Wiring::read_jump(std::size_t node) {
  if (is_switched_off(canvas_.nodes[node])) return;
  Jump jump;
  for (const Property& property : canvas_.nodes[node].properties) {
    const bool names_node = is_one_of(property.key, {"jumpto", "target", "targetnode", "targetnodeid", "targetid",
                                                     "step", "jumptarget", "targetstep", "jumptonode", "jumptostep"});
    if (names_node) {
      const Json& value = *property.value;
      jump.to =
          find_node(value.is_object() ? member_text(value, {"id", "nodeid", "value", "name"}) : plain_text(value));
    }
    const bool counts = is_one_of(property.key, {"maximumnumberofjumps", "maxjumps", "max", "maxtimes", "times",
                                                 "maximumjumps", "maxjumptimes", "maxcount", "jumptimes"});
    const std::string digits = counts ? plain_text(*property.value) : std::string();
    if (!digits.empty() && digits.size() < 10 && digits.find_first_not_of("0123456789") == kNone)
      jump.max = std::stoll(digits);
    if (names_node || counts) settings_.insert(&property);
  }
  for (const std::size_t each : canvas_.nodes[node].out) {
    const std::string port = squeezed(canvas_.edges[each].port);
    if (jump.to == kNone && is_one_of(port, {"jump", "target", "jumpto"})) {
      jump.to = canvas_.edges[each].target;
    } else if (jump.next == kNone) {
      jump.next = each;
    } else {
      return;  // three ways out: kept
    }
  }
  const bool leads = jump.to != kNone && !is(jump.to, KindId::start) && !is(jump.to, KindId::note);
  if (leads && jump.max >= 1 && jump.max <= static_cast<std::int64_t>(limits::kJumpMax)) jumps_.emplace(node, jump);
}

std::size_t Wiring::find_node(const std::string& name) {
  if (by_name_.empty()) {
    for (std::size_t i = 0; i < canvas_.nodes.size(); ++i) {
      const auto [place, added] = by_name_.emplace(canvas_.nodes[i].name, i);
      if (!added) place->second = kNone;  // two of one name
    }
    for (std::size_t i = 0; i < canvas_.nodes.size(); ++i) by_name_[canvas_.nodes[i].id] = i;
  }
  const auto found = name.empty() ? by_name_.end() : by_name_.find(name);
  return found == by_name_.end() ? kNone : found->second;
}

std::vector<std::string> Wiring::targets(const std::vector<Place>& places, std::size_t start, Report& report) {
  find_cycles(places, start);
  std::vector<std::string> out(canvas_.edges.size());
  for (std::size_t i = 0; i < canvas_.edges.size(); ++i) {
    const Edge& edge = canvas_.edges[i];
    out[i] = places[edge.target].target;
    if (!back_.contains(i)) continue;
    out[i] = fmt::format("jump {} max {}{}", out[i], limits::kJumpMax, kTooManyRounds);
    report.add({NoteKind::changed, edge.pointer, places[edge.source].name,
                fmt::format("closes a cycle without a bound: {} rounds at most", limits::kJumpMax), ""});
  }
  return out;
}

// Edges that close a cycle, in a walk from the start; those that jumps count do not.
void Wiring::find_cycles(const std::vector<Place>& places, std::size_t start) {
  std::vector<char> state(canvas_.nodes.size());  // 1: on the way, 2: done
  std::vector<std::pair<std::size_t, std::size_t>> way;
  const auto walk = [&](std::size_t from) {
    if (state[from] != 0) return;
    state[from] = 1;
    way.emplace_back(from, 0);
    while (!way.empty()) {
      auto& [node, next] = way.back();
      if (next == canvas_.nodes[node].out.size()) {
        state[node] = 2;
        way.pop_back();
        continue;
      }
      const std::size_t edge = canvas_.nodes[node].out[next++];
      const auto jump = jumps_.find(node);
      if (jump != jumps_.end() && edge != jump->second.next) continue;
      const std::size_t to = canvas_.edges[edge].target;
      if (state[to] == 1 && !places[to].name.empty()) back_.insert(edge);
      if (state[to] != 0) continue;
      state[to] = 1;
      way.emplace_back(to, 0);
    }
  };
  walk(start);
  for (std::size_t i = 0; i < canvas_.nodes.size(); ++i) walk(i);
}

}  // namespace flow::importing::console
