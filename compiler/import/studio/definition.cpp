#include "compiler/import/studio/definition.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "compiler/import/studio/widgets.h"

namespace flow::importing::studio {
namespace {

constexpr std::string_view kFirstVersion =
    "this is an export of Studio's first version: open the flow in the Studio editor, publish it, and export it again";

// Numbers and truths are texts in Studio: an export may have either.
std::optional<std::string> scalar(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number()) return value.dump();
  return std::nullopt;
}

bool is_definition(const Json& json) {
  const Json* states = member_of(json, "states");
  return states != nullptr && states->is_array();
}

// The first release of Studio: SIDs for names, a type `InitialState`.
bool is_first_version(const Json& json) {
  const Json* states = member_of(json, "states");
  if (states == nullptr || !states->is_array()) return false;
  return std::any_of(states->begin(), states->end(), [](const Json& state) {
    if (text_of(state, "type") == "InitialState") return true;
    const Json* ways = member_of(state, "transitions");
    return ways != nullptr && ways->is_array() && std::any_of(ways->begin(), ways->end(), [](const Json& way) {
             return member_of(way, "uuid") != nullptr && text_of(way, "next").starts_with("FF");
           });
  });
}

class Reader {
 public:
  Reader(std::string pointer, Report& report) : pointer_(std::move(pointer)), report_(report) {}

  Definition run(const Json& json) {
    out_.description = text_of(json, "description");
    for (const auto& [name, value] : json.items())
      if (name != "states" && name != "description") out_.rest[name] = value;
    const Json& states = json["states"];
    const std::string at_states = at(pointer_, "states");
    out_.states.reserve(states.size());
    for (std::size_t i = 0; i < states.size(); ++i) read_state(states[i], at(at_states, i));
    for (auto& [state, way, name] : open_) resolve(out_.states[state].ways[way], name);
    find_trigger(json);
    find_calls();
    return std::move(out_);
  }

 private:
  void note(NoteKind kind, std::string pointer, std::string message, std::string remedy = {}) {
    report_.add({kind, std::move(pointer), {}, std::move(message), std::move(remedy)});
  }

  void read_state(const Json& json, const std::string& pointer) {
    State state;
    state.pointer = pointer;
    if (!json.is_object()) return note(NoteKind::not_understood, pointer, "a state is an object");
    const Json* label = member_of(json, "name");
    state.name = label == nullptr ? std::string() : scalar(*label).value_or("");
    state.type = text_of(json, "type");
    if (state.name.empty() && label != nullptr && !label->is_null() && !label->is_string())
      return note(NoteKind::not_understood, at(pointer, "name"), "the name of a state is a text");
    if (state.name.empty())
      note(NoteKind::defect, pointer, "a state without a name: nothing can lead to it", "give it a name");
    if (state.type.empty())
      return note(NoteKind::not_understood, at(pointer, "type"),
                  fmt::format("the state `{}` has no type", shown(state.name)));
    if (!state.name.empty() && !out_.by_name.emplace(state.name, out_.states.size()).second)
      return note(NoteKind::not_understood, at(pointer, "name"),
                  fmt::format("two states are called `{}`: which of them is meant cannot be told", shown(state.name)));
    read_properties(json, state);
    read_ways(json, state);
    for (const char* list : {"parameters", "variables"}) {
      const Json* all = member_of(state.properties, list);
      for (std::size_t i = 0; all != nullptr && all->is_array() && i < all->size(); ++i)
        keep_aside((*all)[i], {"key", "value"}, at(state.pointer_of(list), i), state);
    }
    find_repeated(state);
    for (const auto& [name, value] : json.items())
      if (name != "name" && name != "type" && name != "transitions" && name != "properties")
        state.properties.emplace(name, value);
    out_.states.push_back(std::move(state));
  }

  static void find_repeated(State& state) {
    const Json* parameters = member_of(state.properties, "parameters");
    if (parameters == nullptr || !parameters->is_array()) return;
    std::set<std::string> seen;
    for (const Json& one : *parameters)
      if (const std::string key = text_of(one, "key"); !key.empty() && !seen.insert(key).second)
        state.repeated.insert(key);
  }

  void read_properties(const Json& json, State& state) {
    const Json* properties = member_of(json, "properties");
    if (properties == nullptr || properties->is_null()) return;
    if (!properties->is_object())
      return note(NoteKind::not_understood, at(state.pointer, "properties"), "the properties of a state are an object");
    state.properties = *properties;
    const auto offset = state.properties.find("offset");
    if (offset == state.properties.end()) return;
    const Json* x = member_of(*offset, "x");
    const Json* y = member_of(*offset, "y");
    if (x == nullptr || y == nullptr || !x->is_number() || !y->is_number()) return;
    state.position = Position{x->get<double>(), y->get<double>()};
    state.properties.erase(offset);
  }

  void read_ways(const Json& json, State& state) {
    const Json* ways = member_of(json, "transitions");
    if (ways == nullptr || ways->is_null()) return;
    const std::string pointer = at(state.pointer, "transitions");
    if (!ways->is_array()) return note(NoteKind::not_understood, pointer, "the transitions of a state are a list");
    std::set<std::string> seen;
    for (std::size_t i = 0; i < ways->size(); ++i) {
      const Json& one = (*ways)[i];
      Way way;
      way.pointer = at(pointer, i);
      way.event = text_of(one, "event");
      if (way.event.empty()) {
        note(NoteKind::not_understood, at(way.pointer, "event"), "a transition without an event");
        continue;
      }
      const bool splits = state.type == "split-based-on" && way.event == "match";
      if (!splits && !seen.insert(way.event).second) {
        note(NoteKind::defect, way.pointer,
             fmt::format("`{}` has a second transition for `{}`, which is never taken", shown(state.name),
                         shown(way.event)),
             "take one of them out");
        continue;
      }
      keep_aside(one, {"event", "next", "conditions"}, way.pointer, state);
      if (splits) {
        read_conditions(one, state, way);
      } else if (const Json* more = member_of(one, "conditions");
                 more != nullptr && more->is_array() && !more->empty()) {
        note(NoteKind::defect, at(way.pointer, "conditions"),
             fmt::format("`{}` has conditions, and only a split looks at them", shown(way.event)),
             "decide in a split behind it");
      }
      const Json* next = member_of(one, "next");
      if (next != nullptr && !next->is_null()) {
        if (!scalar(*next)) {
          note(NoteKind::not_understood, at(way.pointer, "next"), "where a transition leads is the name of a state");
        } else if (!scalar(*next)->empty()) {
          open_.push_back({out_.states.size(), state.ways.size(), *scalar(*next)});
        }
      }
      state.ways.push_back(std::move(way));
    }
  }

  // What has no meaning for an execution goes into the side file, by its place in the state.
  static void keep_aside(const Json& json, std::initializer_list<std::string_view> known, const std::string& pointer,
                         State& state) {
    if (!json.is_object()) return;
    for (const auto& [name, value] : json.items())
      if (std::find(known.begin(), known.end(), name) == known.end())
        state.aside[at(pointer.substr(state.pointer.size()), name)] = value;
  }

  // A condition without an argument is on the split's input.
  void read_conditions(const Json& json, State& state, Way& way) {
    const Json* conditions = member_of(json, "conditions");
    const std::string pointer = at(way.pointer, "conditions");
    if (conditions == nullptr || !conditions->is_array() || conditions->empty())
      return keep_odd(state, way, pointer, "a transition `match` has no conditions", conditions);
    for (std::size_t i = 0; i < conditions->size(); ++i) {
      const Json& one = (*conditions)[i];
      Condition condition;
      condition.pointer = at(pointer, i);
      if (!read_condition(one, state, condition)) {
        return keep_odd(state, way, condition.pointer,
                        "a condition has a type, one argument, and a value that is a text", conditions);
      }
      way.conditions.push_back(std::move(condition));
    }
  }

  // What a split waits for, as it is written: the split stays what it is.
  void keep_odd(State& state, Way& way, const std::string& pointer, std::string_view why, const Json* conditions) {
    note(NoteKind::defect, pointer, std::string(why), "write what the transition waits for");
    state.odd = why;
    way.conditions.clear();
    if (conditions != nullptr && !conditions->is_null()) way.odd = *conditions;
  }

  bool read_condition(const Json& one, State& state, Condition& condition) {
    condition.type = text_of(one, "type");
    const Json* arguments = member_of(one, "arguments");
    if (condition.type.empty()) return false;
    const bool of_input = arguments == nullptr && !state.text("input").empty();
    if (of_input) {
      condition.arguments.push_back(state.text("input"));
    } else {
      if (arguments == nullptr || !arguments->is_array() || arguments->size() != 1) return false;
      const auto text = scalar(arguments->front());
      if (!text) return false;
      condition.arguments.push_back(*text);
    }
    if (const Json* value = member_of(one, "value"); value != nullptr && !value->is_null()) {
      const auto text = scalar(*value);
      if (!text) return false;
      condition.value = *text;
    }
    keep_aside(one, {"type", "arguments", "value"}, condition.pointer, state);
    if (of_input)
      note(NoteKind::defect, condition.pointer, "the condition has no argument: the split's input is taken",
           "write what it compares");
    return true;
  }

  void resolve(Way& way, const std::string& name) {
    const auto found = out_.by_name.find(name);
    if (found != out_.by_name.end() && out_.states[found->second].type == "trigger") {
      note(NoteKind::defect, at(way.pointer, "next"), "the transition leads to the trigger, where nothing happens",
           "the import ends there: lead it to the state that was meant");
      return;
    }
    if (found != out_.by_name.end()) {
      way.next = found->second;
      return;
    }
    note(NoteKind::defect, at(way.pointer, "next"),
         fmt::format("the transition leads to `{}`, and there is no such state", shown(name)),
         "the import ends there: lead it to the state that was meant");
  }

  void find_trigger(const Json& json) {
    for (std::size_t i = 0; i < out_.states.size(); ++i) {
      if (out_.states[i].type != "trigger") continue;
      if (out_.trigger) {
        note(NoteKind::not_understood, out_.states[i].pointer, "a second state of the type `trigger`");
        continue;
      }
      out_.trigger = i;
    }
    const Json* initial = member_of(json, "initial_state");
    if (!out_.trigger)
      return note(NoteKind::not_understood, at(pointer_, "states"), "no state is of the type `trigger`");
    if (initial != nullptr && *initial != out_.states[*out_.trigger].name)
      note(NoteKind::not_understood, at(pointer_, "initial_state"),
           fmt::format("the initial state is `{}`, and the trigger is `{}`: where it begins cannot be told",
                       shown_value(*initial), shown(out_.states[*out_.trigger].name)));
  }

  // Where no call comes in and none goes out, a task for an agent is none.
  void find_calls() {
    const bool calls = std::any_of(out_.states.begin(), out_.states.end(), [](const State& state) {
      const Way* call = state.way("incomingCall");
      return state.type.starts_with("make-outgoing-call") ||
             (state.type == "trigger" && call != nullptr && call->next.has_value());
    });
    for (State& state : out_.states) state.calls = calls;
  }

  struct Open {
    std::size_t state;
    std::size_t way;
    std::string name;
  };
  std::string pointer_;
  Report& report_;
  Definition out_;
  std::vector<Open> open_;
};

}  // namespace

const Way* State::way(std::string_view event) const {
  const auto found = std::find_if(ways.begin(), ways.end(), [&](const Way& one) { return one.event == event; });
  return found == ways.end() ? nullptr : &*found;
}

std::string State::text(std::string_view property) const {
  const Json* value = member_of(properties, property);
  return value == nullptr ? std::string() : scalar(*value).value_or("");
}

std::string State::pointer_of(std::string_view property) const {
  return at(at(pointer, "properties"), property);
}

namespace {

Unwrapped unwrap_one(const Json& json, const std::string& pointer) {
  Unwrapped out;
  out.pointer = pointer;
  if (is_first_version(json)) {
    out.problem = kFirstVersion;
    out.known = true;
    return out;
  }
  if (is_definition(json)) {
    out.outside = &json;
    return out;
  }
  const Json* inner = member_of(json, "definition");
  if (inner == nullptr) {
    out.problem = "it has neither `states` nor a `definition`";
    return out;
  }
  out.pointer = at(pointer, "definition");
  out.friendly_name = text_of(json, "friendly_name");
  if (out.friendly_name.empty()) out.friendly_name = text_of(json, "friendlyName");
  for (const auto& [name, value] : json.items())
    if (name != "definition") out.wrapper[name] = value;
  if (inner->is_string()) {
    auto read = read_json(inner->get_ref<const std::string&>());
    if (!read) {
      out.problem = fmt::format("`{}` is a text that is no JSON: {}", out.pointer, read.error().message);
      return out;
    }
    out.inside = *std::move(read);
  } else {
    out.outside = inner;
  }
  if (is_first_version(out.definition())) {
    out.problem = kFirstVersion;
    out.known = true;
  } else if (!is_definition(out.definition())) {
    out.problem = fmt::format("`{}` has no list `states`", out.pointer);
  }
  return out;
}

}  // namespace

Unwrapped unwrap(const Json& json) {
  if (!json.is_array() || json.empty()) return unwrap_one(json, "");
  Unwrapped out = unwrap_one(json.front(), "/0");
  if (json.size() == 1 || !out.problem.empty()) return out;
  out.known = out.definition().contains("initial_state");
  out.problem = fmt::format("the file has {} flows, and an import reads one of a file", json.size());
  return out;
}

Definition read_definition(const Json& json, const std::string& pointer, Report& report) {
  Definition out = Reader(pointer, report).run(json);
  for (State& state : out.states) {
    State::Kept kept;
    kept.yes = is_kept(state, &kept.reason);
    state.kept = std::move(kept);
  }
  return out;
}

}  // namespace flow::importing::studio
