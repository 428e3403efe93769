// One execution of a test on a virtual clock, and what was seen of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/test/tests.h"
#include "runtime/core/inputs.h"
#include "runtime/program/json.h"
#include "runtime/program/program.h"

namespace flow::test {

// Something on the timeline, in the order in which it happened. Times are ms since the start.
struct Seen {
  enum class Kind : std::uint8_t {
    effect,   // the flow did it
    timer,    // a timer was due: `effect` has it, and its step
    event,    // the test did it: `line`
    problem,  // the test could not do it: `line` (null: it has no stub, and `effect` asked) and `note`
    missed,   // expected and not seen: `line`, or one condition of it, and `note`
  };
  Kind kind{};
  std::int64_t at_ms = 0;
  program::Effect effect;                // effect
  std::string text;                      // of a sent message: what it says
  const Line* line = nullptr;            // in the test
  const Condition* condition = nullptr;  // missed: the condition that does not hold; null: the line as a whole
  std::string note;
  bool met = false;      // effect: an expectation was about it, and holds
  bool ignored = false;  // event: changed nothing
};

class Stage {
 public:
  // `program` is of test.flow, with more steps behind the flow's own at most. All outlive the stage.
  Stage(const Test& test, const check::Workspace& workspace, const program::Program& program);

  void start(const std::vector<core::InputValue>& inputs);

  // Fires what is due up to `at_ms`, each timer at its own time.
  void run_until(std::int64_t at_ms);
  void run_to_end();
  // Fires the first timer that is due at `at_ms` or before; false when none is.
  bool fire_one(std::int64_t at_ms);

  // Feeds an event of the test at `at_ms`.
  void receipt(const Line& line, std::int64_t at_ms);
  void signal(const Line& line, std::int64_t at_ms);
  void reply(const Line& line, std::int64_t at_ms);
  void note(Seen seen) { seen_.push_back(std::move(seen)); }

  std::vector<Seen>& seen() { return seen_; }
  const Test& test() const { return test_; }
  const program::FlowInfo& info() const { return program_.info(); }
  const program::FlowField& field(std::size_t i) const { return frame_.raw().fields[i]; }
  // The value of a fact about the whole execution, now.
  std::int64_t count_of(catalogue::TestFact fact) const;
  // What the messages so far cost, in 10^-6 of the currency of the workspace's prices. REQUIRES: check::is_priced().
  std::int64_t cost() const;
  program::Currency currency() const { return workspace_.currency; }
  // By step of the program: how often it was entered.
  const std::vector<std::size_t>& entered() const { return entered_; }

 private:
  std::optional<std::uint32_t> last_message(const std::vector<check::StepId>& steps) const;
  void event(const Line& line, const program::FlowEvent& event);
  program::Verdict feed(const program::FlowEvent& event);
  std::string text_of(const program::Effect& send) const;
  const Stub* next_stub(std::size_t step);
  void answer(const program::Effect& request, std::int64_t at_ms);
  void foreign_event(const program::Effect& enter, std::int64_t at_ms);
  void result(program::WrittenEvent written, const program::Effect& request, std::int64_t at_ms);

  // A request that is made again, and when: ms since the epoch.
  struct Retry {
    std::int64_t due_ms = 0;
    program::Effect request;
  };
  bool ask_again(const program::Effect& request, const Stub& stub, std::int64_t at_ms);
  void fire_retry();

  const Test& test_;
  const check::Workspace& workspace_;
  const program::Program& program_;
  program::Frame frame_;
  std::int64_t start_ms_ = 0;
  std::int64_t now_ms_ = 0;  // both since the epoch
  std::vector<Seen> seen_;
  std::vector<std::size_t> entered_;
  std::vector<std::size_t> answered_;  // by step: stubs used up
  std::optional<Retry> retry_;         // of the current operation
  std::uint32_t retried_ = 0;          // how often that was made again
};

}  // namespace flow::test
