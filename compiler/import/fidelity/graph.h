// A labelled transition graph: what can be told apart of a flow from outside. One is read from the original JSON, one
// from the imported flow, and simulation.h compares them.
//
// A state is a component that does something; its `action` says what ("send-message"), in the words of the original's
// format, with whatever of its settings is compared. A state whose action is empty is silent: a choice that the import
// had to take apart, a step that it added. A transition's label is the outcome that takes it, in the order in which
// outcomes are tried. An end is a state without transitions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace flow::importing::fidelity {

struct Transition {
  std::string label;
  std::uint32_t to = 0;  // an index into Graph::states
};

struct State {
  std::string action;
  std::string name;  // for people: of the step, or of the node in the original
  std::vector<Transition> transitions;
};

struct Graph {
  std::vector<State> states;
  std::uint32_t start = 0;
};

}  // namespace flow::importing::fidelity
