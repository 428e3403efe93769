// What a flow's IR can do, all executions at once: how an execution may rest, and where each event leads from there.
//
// Data from outside is unknown, and an unknown condition goes both ways. Of a phone number in an input it is known
// which regions and calling codes the conditions on the way leave open. REQUIRES: the flow passed ir::verify(). Nothing
// throws.
#pragma once

#include <array>
#include <compare>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "compiler/ir/ir.h"

namespace flow::certificate {

inline constexpr std::size_t kWorkMax = 200'000'000;  // instructions that are followed for one flow

// Each region with each calling code of its numbers: the region as FlowField has it, the code as a number.
using Numbers = std::vector<std::pair<std::int64_t, std::int64_t>>;
Numbers all_numbers();

// What is not looked at, so that there are fewer ways to rest: how often jumps were taken and which handlers have
// fired; and what fields hold, too.
enum class Forget : std::uint8_t { nothing, counts, values };

// When a timer is due, since the step was entered; not armed below 0. While an event runs: since it.
struct Due {
  std::int64_t least = -1;
  std::int64_t most = -1;
  friend auto operator<=>(const Due&, const Due&) = default;
};

struct Messages {
  std::int32_t site = -1;  // of the step's message, in Flow::sends
  std::int32_t status = 0;
  bool failed = false;
  std::uint8_t late_delivered = 0;  // messages of steps that were left which may still be reported so
  std::uint8_t late_read = 0;
  friend auto operator<=>(const Messages&, const Messages&) = default;
};

// A way to rest.
struct Node {
  std::int32_t step = program::kNotStarted;
  Messages messages;
  std::int32_t operation = -1;  // that waits for its result, in FlowInfo::operations
  std::uint64_t fired = 0;      // handlers
  std::array<Due, program::kTimerCount> timers;
  std::vector<std::uint32_t> counters;
  std::vector<std::uint32_t> fields;   // numbers of the machine's
  std::vector<std::uint32_t> numbers;  // by field: what its phone number may be
  friend auto operator<=>(const Node&, const Node&) = default;
};

// What one event does.
struct Arrow {
  Node to;
  bool ends = false;
  bool enters = false;      // a step; else the times since entering go on
  bool fires = false;       // a handler
  std::int32_t timer = -1;  // whose deadline it is
  std::int64_t least = 0;   // when, since the step was entered; of `expires`: until when it may rest
  std::int64_t most = 0;
  std::int32_t gave_up = -1;           // the message that is still under way, in Flow::sends
  std::vector<std::uint32_t> sends;    // in Flow::sends
  std::vector<std::uint32_t> counted;  // what is forgotten: counters, and behind them handlers
  friend auto operator<=>(const Arrow&, const Arrow&) = default;
};

class Machine {
 public:
  virtual ~Machine() = default;
  // From an execution that has not begun; from one that rests. invalid_argument: this machine cannot follow.
  virtual Result<std::vector<Arrow>> start() = 0;
  virtual Result<std::vector<Arrow>> expand(const Node& node) = 0;
  // How often what is forgotten can happen, as Arrow::counted numbers it, for all that was followed.
  virtual const std::vector<std::int64_t>& limits() const = 0;
};

// With `goal`: only ways on which no message gets through and no handler fires, until they enter that step. `work` is
// counted up, and past kWorkMax nothing is followed. The flow and `work` must outlive the machine.
std::unique_ptr<Machine> make_machine(const ir::Flow& flow, const Numbers& numbers, std::optional<std::int32_t> goal,
                                      Forget forget, std::size_t& work);

}  // namespace flow::certificate
