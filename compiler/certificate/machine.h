// What a flow's IR can do, all executions at once: how an execution may rest, and where each event leads from there.
//
// Data from outside is unknown, and an unknown condition goes both ways. Of a phone number in an input it is known
// which regions and calling codes the conditions on the way leave open. REQUIRES: the flow passed ir::verify(). Nothing
// throws.
#pragma once

#include <array>
#include <compare>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "compiler/claims/claims.h"
#include "compiler/ir/ir.h"
#include "compiler/ir/known.h"
#include "compiler/ir/reports.h"

namespace flow::certificate {

using claims::kMost;
inline constexpr std::size_t kWorkMax = 200'000'000;  // instructions that are followed for one flow

// When a timer is due, since the step was entered; not armed below 0.
struct Due {
  std::int64_t least = -1;
  std::int64_t most = -1;
  friend auto operator<=>(const Due&, const Due&) = default;
};

// A way to rest.
struct Node {
  std::int32_t step = program::kNotStarted;
  ir::Messages messages;
  std::array<Due, program::kTimerCount> timers;
  std::vector<std::int64_t> counted;  // by counters how often, behind them by handlers whether; all 0 when forgetful
  ir::Knowns fields;                  // equal ones are one
  ir::Knowns numbers;                 // by field: which kinds of phone numbers may be in it
  friend auto operator<=>(const Node&, const Node&) = default;
};

// What one event does.
struct Arrow {
  Node to;
  bool ends = false;
  bool enters = false;      // a step; else the times since entering go on
  bool fires = false;       // a handler
  bool through = false;     // a message was delivered or read, did what its step waits for, or was not wanted
  std::int32_t timer = -1;  // whose deadline it is
  std::int64_t least = 0;   // when, since the step was entered; of `expires`: until when it may rest
  std::int64_t most = 0;
  std::int32_t gave_up = -1;       // the message whose `undelivered after` is over, in Flow::sends
  bool reaches = false;            // Looks::step was entered
  std::vector<std::size_t> sends;  // in Flow::sends
  // Other flows: by which operation site, and how long the execution waits for that one, in ms, at most.
  std::vector<std::pair<std::size_t, std::int64_t>> starts;
  std::int64_t cost = 0;  // the most that its messages cost; kMost when that is not known, or more
  // What a forgetful machine does not keep in nodes: which place of Node::counted, and its limit.
  std::vector<std::pair<std::size_t, std::int64_t>> counted;
  friend auto operator<=>(const Arrow&, const Arrow&) = default;
};

using ReceiptsWithin = std::map<std::string, std::int64_t>;  // ms, by channel: bundle::receipts_within()

// What a flow does that another one starts, whatever it is started with.
struct Started {
  std::int64_t most = 0;  // that it comes to, by a question of its starter: walk()
  bool lives_on = false;  // it, or what it starts in turn, does not end with its starter's wait
};

struct Question {
  const ir::Flow& flow;
  ir::Guarantee guarantee;
  ReceiptsWithin receipts_within;
  std::vector<Started> started;  // by operation site
  // Not at how often jumps were taken and which handlers have fired, so that there are fewer ways to rest: a jump or
  // handler always may.
  bool forgetful = false;
  std::vector<std::int64_t> credits = {};  // what claims are less by for each time that something forgotten happened
};

class Machine {
 public:
  virtual ~Machine() = default;
  // From an execution that has not begun; from one that rests. invalid_argument: this machine cannot follow.
  virtual Result<std::vector<Arrow>> start() = 0;
  virtual Result<std::vector<Arrow>> expand(const Node& node) = 0;
};

// `work` is counted up, and past kWorkMax nothing is followed; nor are more than limits::kProofLabelsMax ways that one
// event can take. The question and `work` must outlive the machine, and it its nodes.
std::unique_ptr<Machine> make_machine(const Question& question, const ir::Numbers& numbers, std::size_t& work);

}  // namespace flow::certificate
