// How long an execution may stay in a step that rests, and when it can leave by which way (docs/semantics.md).
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/check/checked.h"

namespace flow::prove {

enum class Way : std::uint8_t {
  begin,     // the start
  arm,       // of a step that does not rest; `which` counts the arms as graph.h's exits do
  not_sent,  // a send outside the allowed regions: at once, without a message
  failed,
  opted_out,
  undelivered,
  unread,
  reached,
  waited,
  received,  // a signal that was awaited
  replied,   // `which`: the arm, in AwaitReply::arms; behind them: the last resort
  silent,
  foreign,   // an event of an `extern`; `which` counts the arms
  answered,  // by the outside; `which`: the arm, in Operation::arms
  late,
  handler,  // `which`: index in Flow::handlers
  expired,
};

// Times from entering the step. A way by a timer ends exactly at a deadline, so `expires` at the same instant wins.
struct Leave {
  Way way{};
  const check::Target* target = nullptr;
  std::int64_t least_ms = 0;
  std::int64_t most_ms = 0;
  bool by_timer = false;
};

// The ways out of a send whose message went out, those that cannot happen left out. What has no bound of its own gets
// `expires_ms`.
std::vector<Leave> leaves(const check::Send& send, const check::Channel& channel, std::int64_t expires_ms);

// The longest stay in it; with `through` false: while nothing is delivered.
std::int64_t longest_stay(const check::Send& send, const check::Channel& channel, std::int64_t expires_ms,
                          bool through);

}  // namespace flow::prove
