// A Studio definition, read with tolerance: states by name, their ways out in order, and notes about what is wrong.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/import/draft.h"
#include "compiler/import/json.h"
#include "compiler/import/layout.h"
#include "compiler/import/report.h"

namespace flow::importing::studio {

// What JSON it is: the definition itself, or what is wrapped around it.
struct Unwrapped {
  const Json* outside = nullptr;  // the definition, where it stands in the JSON
  Json inside;                    // or what it is, when it was a text in it
  std::string pointer;            // of the definition
  std::string friendly_name;
  Json wrapper = Json::object();  // the rest: sid, revision, …; where Twilio's CLI writes it, in a list of one
  std::string problem;            // not empty: there is no definition, and why
  bool known = false;             // beside a problem: it is Studio's all the same
  const Json& definition() const { return outside != nullptr ? *outside : inside; }
};
Unwrapped unwrap(const Json& json);

struct Condition {
  std::string type;
  std::vector<std::string> arguments;
  std::string value;
  std::string pointer;
};

struct Way {
  std::string event;
  std::optional<std::size_t> next;  // a state; nothing: the execution ends
  std::vector<Condition> conditions;
  Json odd;  // conditions of another shape: as they are written
  std::string pointer;
};

struct State {
  std::string name;
  std::string type;
  std::vector<Way> ways;
  Json properties = Json::object();  // without `offset`
  Json aside = Json::object();       // by JSON pointer in the state: members that mean nothing at run time
  std::optional<Position> position;
  std::string pointer;
  bool calls = false;                           // whether the definition has calls at all
  std::string odd;                              // why it is not what its type says
  std::set<std::string, std::less<>> repeated;  // the names that several of its parameters have
  struct Kept {
    bool yes = false;
    std::string reason;
  };
  std::optional<Kept> kept;  // what is_kept() says of it, once that is known

  // The first way with this event; null when there is none.
  const Way* way(std::string_view event) const;
  std::string text(std::string_view property) const;  // a number or truth as it is written; else empty
  std::string pointer_of(std::string_view property) const;
};

struct Definition {
  std::string description;
  std::vector<State> states;
  std::map<std::string, std::size_t, std::less<>> by_name;
  std::optional<std::size_t> trigger;
  Json rest = Json::object();  // what an export puts back: flags, initial_state, …
};

// What cannot be understood is in `report`, which has then failed; duplicate and unknown names are, too.
Definition read_definition(const Json& json, const std::string& pointer, Report& report);

}  // namespace flow::importing::studio
