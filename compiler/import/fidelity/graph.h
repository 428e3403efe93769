// A labelled transition graph: what can be told apart of a flow from outside. One is read from the original JSON, one
// from the imported flow, and simulation.h compares them.
//
// A state is a component that does something; its `action` says what, a transition's label is the outcome that takes
// it, in the order in which outcomes are tried. A state without action and with one transition is silent: passed over.
// An end is a state of the kind `end`.
//
// Both sides speak the same words (words.h makes them). An action is its kind on the first line and then a setting a
// line, `name: value`. What the original says is compared: each of its settings must be in the imported state with the
// same value; a setting that it leaves out, or whose value is `*`, may be anything, and so may what stands in place of
// a `{*}` in its words, and a condition `*`. Where it says `only: these`, the import may have no others, but those that
// it makes up (from, sender, purpose) and names of results (makes, keeps, read): of these one that the import has not
// is one that nothing uses.
//
//   kind      settings                              labels
//   start     `input NAME`, one per input           start, `on signal NAME`, `on delivered`, `on read`, `on reply …`
//   message   channel, from (of the workspace),     failed, opted out, `undelivered after N`, `unread after N`,
//             sender, to, purpose, text, template,  and one of sent, delivered, read      (N in milliseconds)
//             `template 1`, … for its parameters,
//             one per part: `image`, `buttons`, …
//   reply     keeps                                 reply, `silent after N`; arms of an await reply are a choice
//                                                   behind `reply`
//   signal    name                                  received, `silent after N`
//   choice    -                                     conditions in order, then else
//   recognize what, of, makes                       next; its branches are a choice behind it
//   random    by                                    `1: 90%`, `2: 10%`, …
//   set       one per variable: `{name}: value`     next
//   wait      for (milliseconds), until             next, or reached and past
//   jump      max                                   again, else
//   http      method, url, body, `header NAME`,     ok, failed, `status 404`, `late after N`
//             `query NAME`, `form NAME`, `read PATH`
//   function, flow (a call), classify, generate, contact, hand_over, typing, subscribe, unsubscribe
//             target, one per argument              their outcomes; `next` where there is one arrow
//   launch    target, one per argument              next
//   extern    type, makes, `setting NAME`           its events, each a transition of its own
//   end       `done: true`, failed (a reason) or    -
//             outcome (a name)
//
// Conditions are those of the language on values in braces, `{tier} == "gold"`: what stands between braces has its own
// name on each side, and the comparison checks that one name of the original is always the same name here, and no other
// name's: a reader writes names that mean the same value as one. `~=` and the
// operators `~contains`, `~starts`, `~matches` look at neither case nor outer space. Texts stand in quotes, with `{…}`
// where a value is put in (`<upper({name})>` when something is done to it). `??` with an empty text, `is set` beside
// another condition of the same value, and reading a text as a number are not written.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace flow::importing::fidelity {

struct Transition {
  std::string label;
  std::uint32_t to = 0;  // an index into Graph::states
};

struct State {
  std::string action;
  std::string name;  // of the step; in an original's graph what DraftStep::id says
  std::vector<Transition> transitions;
  // Of an original: an `extern` and its events, should the import have kept it as it is; empty: it must not.
  std::string kept_action = {};
  std::vector<Transition> kept = {};
  // Of an original: texts of which one is taken before it, in any order; the import may have a `choice` and a `set` of
  // one variable on each of its ways. The last way's condition is `else`.
  struct Text {
    std::string condition;
    std::string words;
    bool may_go = false;  // the import may have decided that it is never or always taken
  };
  using Texts = std::vector<Text>;
  std::vector<Texts> texts = {};
};

struct Graph {
  std::vector<State> states;
  std::uint32_t start = 0;  // of the kind `start`
  // Of an original: a value that nothing has set is an empty text, but those of `first`, by name.
  bool empty_at_first = false;
  std::map<std::string, std::string, std::less<>> first = {};
  std::vector<std::string> unset = {};  // names of values that nothing sets at all

  // The index of the new state.
  std::uint32_t add(std::string action, std::string name) {
    states.push_back({std::move(action), std::move(name), {}});
    return static_cast<std::uint32_t>(states.size() - 1);
  }
  void lead(std::uint32_t from, std::string label, std::uint32_t to) {
    states[from].transitions.push_back({std::move(label), to});
  }
};

}  // namespace flow::importing::fidelity
