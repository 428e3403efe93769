// What a flow's IR can do, all executions at once: how an execution may rest, and where each event leads from there.
//
// Data from outside is unknown, and an unknown condition goes both ways. Phone numbers are told apart by region and
// calling code as far as the IR can do so. REQUIRES: the flow passed ir::verify(). Nothing throws.
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

inline constexpr std::size_t kWorkMax = 40'000'000;  // instructions that are followed for one flow

// Each region with each calling code of its numbers: the region as FlowField has it, the code as a number.
using Numbers = std::vector<std::pair<std::int64_t, std::int64_t>>;
Numbers all_numbers();

// When a timer is due, since the step was entered; not armed below 0. While an event runs: since it.
struct Due {
  std::int64_t least = -1;
  std::int64_t most = -1;
  friend auto operator<=>(const Due&, const Due&) = default;
};

// A way to rest.
struct Node {
  std::int32_t step = program::kNotStarted;
  std::int32_t site = -1;  // of the step's message, in Flow::sends
  std::int32_t status = 0;
  bool failed = false;
  std::uint8_t late_delivered = 0;  // messages of steps that were left which may still be reported so
  std::uint8_t late_read = 0;
  std::int32_t operation = -1;  // that waits for its result, in FlowInfo::operations
  std::uint64_t fired = 0;      // handlers
  std::uint32_t counters = 0;   // which ones, in the machine's pool
  std::uint32_t fields = 0;
  std::array<Due, program::kTimerCount> timers;
  friend auto operator<=>(const Node&, const Node&) = default;
};

// What one event does.
struct Arrow {
  Node to;
  bool ends = false;
  bool enters = false;      // a step; else the times since entering go on
  std::int32_t timer = -1;  // whose deadline it is
  std::int64_t least = 0;   // when, since the step was entered; of `expires`: until when it may rest
  std::int64_t most = 0;
  std::vector<std::uint32_t> sends;  // in Flow::sends
};

class Machine {
 public:
  virtual ~Machine() = default;
  // From an execution that has not begun; from one that rests. invalid_argument: this machine cannot follow.
  virtual Result<std::vector<Arrow>> start() = 0;
  virtual Result<std::vector<Arrow>> expand(const Node& node) = 0;
  virtual std::int64_t counted(const Node& node) const = 0;  // the sum of its counters
};

// With `goal`: only ways on which no message gets through and no handler fires, until they enter that step. `work` is
// counted up, and past kWorkMax nothing is followed. The flow and `work` must outlive the machine.
std::unique_ptr<Machine> make_machine(const ir::Flow& flow, const Numbers& numbers, std::optional<std::int32_t> goal,
                                      std::size_t& work);

}  // namespace flow::certificate
