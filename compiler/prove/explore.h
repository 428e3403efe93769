// Walks over all executions of a flow at once, as far as a question asks.
//
// A node is a step with what decides its future: jump counters, fired handlers, messages that may still report late,
// and what is known of the data. Nodes are taken in an order in which all ways into one come before it (every arrow
// raises fired handlers, counters or the place in the cycle-free graph), so each is expanded once. A label is one way
// to a node: the least and the latest time of arrival, and the count asked for. A label is dropped when another of the
// same node is at least as early and at least as bad.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "compiler/check/checked.h"
#include "compiler/prove/prove.h"
#include "compiler/prove/timing.h"
#include "compiler/prove/topology.h"
#include "compiler/prove/values.h"

namespace flow::prove {

struct Question {
  enum class Goal : std::uint8_t {
    messages,   // how many are sent (on `channel`, when given)?
    cost,       // what do they cost together? REQUIRES: check::is_priced()
    last_send,  // how late can a send step be entered?
    end,        // how late can it end?
    region,     // can the flow end without `step` while no message gets through?
  };
  Goal goal{};
  std::optional<check::ChannelKind> channel;
  // Of `messages`: how many of these steps, by number, in any time that is shorter than this?
  std::vector<bool> counted;   // empty: all
  std::int64_t window_ms = 0;  // 0: however long
  check::StepId step{};
  std::int64_t threshold = INT64_MAX;  // a value beyond it is a breach; for `region` every bad end is
  const Children* children = nullptr;  // of flows that this one starts; null: none does anything
  bool launched = true;                // those that outlive the flow count, too
};

// One arrow that was taken.
struct Move {
  Way way = Way::begin;
  std::uint32_t which = 0;  // of an arm or handler
  std::optional<check::StepId> from;
  std::optional<check::StepId> to;  // none: an end
  std::int64_t least_ms = 0;
  std::int64_t most_ms = 0;
  bool by_timer = false;
  bool sent = false;        // the step it leads to is a send, and its message goes out
  std::int64_t others = 0;  // messages of the flow that the step starts, at most; of `messages` only
};

// A way from the start; the first move is the begin.
struct Trail {
  Valuation start;
  std::vector<Move> moves;
};

// When a message of a step goes out, if it does.
struct Arrival {
  std::int64_t earliest_ms = 0;
  std::int64_t latest_ms = 0;
};

struct Answer {
  std::int64_t upper = 0;                  // over all labels; for `region` 1 when a bad end cannot be ruled out
  std::int64_t lower = 0;                  // over labels that rest on no unknown data
  bool complete = true;                    // false: the work limit was met, `upper` is not sound
  std::size_t work = 0;                    // done
  std::map<check::StepId, Arrival> sends;  // for `last_send`: over all labels, so that none goes out later
  std::optional<Trail> best;               // reaches `lower`
  std::optional<Trail> breach;             // the first beyond the threshold that rests on no unknown data
  std::optional<Trail> doubt;              // the first beyond the threshold at all
};

// `topology` is the flow's. Keeps at most about `work` labels.
Answer explore(const check::Workspace& workspace, const check::Flow& flow, const Topology& topology,
               const Question& question, const std::vector<Valuation>& starts, std::size_t work);

}  // namespace flow::prove
