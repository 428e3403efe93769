// The checked tree of tests: names resolved, values and conditions typed, times in order. What is run, by any engine.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/catalogue/tests.h"
#include "compiler/check/checked.h"
#include "runtime/program/abi.h"

namespace flow::test {

using source::Span;

// About a message or an execution: its variables are indices into catalogue::test_facts().
struct Condition {
  check::Expr expr;  // true or false
  Span span;
};

// In the conditions of tests variables are facts, by their place in catalogue::test_facts(), and behind them the flow's
// own, of which only outputs are known.
inline check::VariableId output_id(check::VariableId variable) {
  return check::VariableId{static_cast<std::uint32_t>(catalogue::test_facts().size() + check::index(variable))};
}
// Nothing: a fact.
inline std::optional<check::VariableId> output_of(check::VariableId id) {
  const std::size_t facts = catalogue::test_facts().size();
  if (check::index(id) < facts) return std::nullopt;
  return check::VariableId{static_cast<std::uint32_t>(check::index(id) - facts)};
}

struct Given {
  check::VariableId variable{};  // an input
  std::string text;              // its value, as a command line would have it
  Span span;
};

// What a step that asks the outside is answered.
struct Stub {
  check::StepId step{};
  bool late = false;                                // not at all
  int status = 0;                                   // of a request; 0: failed
  std::optional<std::string> outcome;               // of other steps; as the arm is written; of `extern` the event
  std::string body;                                 // JSON with what is read; of `extern` its result
  program::EndKind end = program::EndKind::failed;  // of a called flow
  Span span;
};

// Who is unsubscribed is unsubscribed: nothing can be told of it. What comes of `typing` makes no difference.
inline bool needs_no_stub(program::OperationKind kind) {
  return kind == program::OperationKind::subscribe || kind == program::OperationKind::unsubscribe ||
         kind == program::OperationKind::typing;
}

// What a `random` step takes whenever it is entered.
struct Choice {
  check::StepId step{};
  std::size_t arm = 0;  // of check::Random::arms
};

// Degrees in units of 10^-6.
struct Position {
  std::int64_t latitude = 0;
  std::int64_t longitude = 0;
};

// An event or an expectation. Which members count is the entry's business.
struct Line {
  const catalogue::TestEntry* entry = nullptr;  // null: conditions on the whole execution
  bool expectation = false;
  std::optional<std::int64_t> at_ms;  // after the start; none: an expectation that is looked at after the end
  Span span;                          // without its block
  std::vector<check::StepId> steps;   // one; of a line of a table, each place that it has there
  std::optional<std::string> text;    // a reason, the name of a signal or of an outcome; of a reply what it says
  std::optional<Position> place;      // of a reply, where the test says it
  std::vector<Condition> conditions;
};

// `step` as effects and messages name it: negative for none.
inline bool is_of_step(const std::vector<check::StepId>& steps, std::int32_t step) {
  return step >= 0 && std::ranges::find(steps, check::StepId{static_cast<std::uint32_t>(step)}) != steps.end();
}

struct Test {
  std::string name;
  Span span;                          // of the name
  const check::Flow* flow = nullptr;  // of the workspace that was checked with it
  std::optional<std::int64_t> start_ms;
  std::vector<Given> givens;
  std::vector<Stub> stubs;      // of each step in their order
  std::vector<Choice> choices;  // at most one a step
  std::vector<Line> lines;      // as written; those with a time ascend
};

// What a test gives this input when it says nothing: who writes, and in which form. Empty: it must say.
std::string_view usual_value(const check::Flow& flow, std::string_view input);

}  // namespace flow::test
