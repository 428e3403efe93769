#include "compiler/import/studio/paths.h"

#include <deque>
#include <set>

#include "compiler/import/studio/widgets.h"

namespace flow::importing::studio {
namespace {

// What the state gives values to when it is left by `event`.
std::vector<std::size_t> given(const State& state, std::size_t index, const std::string& event, const Values& values,
                               bool kept) {
  using Role = Variable::Role;
  std::vector<std::size_t> out;
  const auto give = [&](Role role) {
    if (const auto variable = values.find(role, index)) out.push_back(*variable);
  };
  if (state.type == "send-and-wait-for-reply" && event == "incomingMessage") {
    give(Role::reply);
  } else if (kept) {
    give(Role::result);
  } else if (state.type == "set-variables") {
    for (const Json& one : state.properties["variables"])
      if (const auto variable = values.assigned(text_of(one, "key"))) out.push_back(*variable);
  } else if (event == "success") {
    for (const std::size_t read : values.reads(index))
      if (values.variables()[read].required) out.push_back(read);
  }
  return out;
}

}  // namespace

void reach(const Definition& definition, std::size_t from, std::vector<bool>& seen) {
  if (seen[from]) return;
  std::vector<std::size_t> open = {from};
  seen[from] = true;
  while (!open.empty()) {
    const std::size_t state = open.back();
    open.pop_back();
    for (const Way& way : definition.states[state].ways) {
      if (!way.next || seen[*way.next]) continue;
      seen[*way.next] = true;
      open.push_back(*way.next);
    }
  }
}

std::vector<bool> reachable(const Definition& definition, std::size_t from) {
  std::vector<bool> seen(definition.states.size());
  reach(definition, from, seen);
  return seen;
}

Folds find_folds(const Definition& definition, const std::vector<bool>& included) {
  std::vector<std::size_t> arrows(definition.states.size());
  for (std::size_t i = 0; i < definition.states.size(); ++i)
    for (const Way& way : definition.states[i].ways)
      if (way.next) ++arrows[*way.next];
  Folds out;
  for (std::size_t i = 0; i < definition.states.size(); ++i) {
    const State& ask = definition.states[i];
    if (!included[i] || ask.type != "send-and-wait-for-reply") continue;
    const Way* answer = ask.way("incomingMessage");
    if (answer == nullptr || !answer->next || arrows[*answer->next] != 1) continue;
    const State& split = definition.states[*answer->next];
    if (split.type != "split-based-on" || is_kept(split) || is_kept(ask)) continue;
    if (answer_arms(definition, i, *answer->next)) out.emplace(i, *answer->next);
  }
  return out;
}

std::vector<Known> find_known(const Definition& definition, const Values& values, std::size_t start) {
  const std::size_t count = definition.states.size();
  std::vector<Known> at(count, Known(values.words(), ~std::uint64_t{0}));
  std::vector<bool> reached(count);
  std::vector<bool> queued(count);
  std::deque<std::size_t> open;
  const auto enter = [&](std::size_t state, const Known& known) {
    bool changed = !reached[state];
    for (std::size_t w = 0; w < known.size(); ++w) {
      const std::uint64_t both = at[state][w] & known[w];
      changed = changed || both != at[state][w];
      at[state][w] = both;
    }
    reached[state] = true;
    if (!changed || queued[state]) return;
    queued[state] = true;
    open.push_back(state);
  };
  enter(start, values.nothing_known());
  while (!open.empty()) {
    const std::size_t i = open.front();
    open.pop_front();
    queued[i] = false;
    const bool kept = is_kept(definition.states[i]);  // looks at all ways
    for (const Way& way : definition.states[i].ways) {
      if (!way.next) continue;
      Known known = at[i];
      for (const std::size_t variable : given(definition.states[i], i, way.event, values, kept)) add(known, variable);
      enter(*way.next, known);
    }
  }
  return at;
}

}  // namespace flow::importing::studio
