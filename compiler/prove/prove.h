// The guarantees of a flow, proven or refused over the checked tree: docs/language/guarantees.md.
//
// A bound is found from two sides. From above, over all executions, with data that the flow cannot know kept unknown:
// sound, whatever happens. From below, by an execution that can be replayed: the witness. Where the two meet the bound
// is exact. Exploration is bounded by limits::kProofLabelsMax; past it a coarser bound is given, sound as well.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/check/checked.h"
#include "compiler/diagnostics/diagnostic.h"
#include "runtime/program/abi.h"
#include "runtime/program/reply.h"

namespace flow::prove {

// Something that happens to an execution; times are since its start.
struct Event {
  program::EventKind kind{};
  std::int64_t at_ms = 0;
  program::Timer timer{};       // timer
  program::Receipt receipt{};   // receipt
  std::uint32_t message = 0;    // receipt: its number
  std::uint32_t operation = 0;  // result: its number
  std::int32_t outcome = 0;     // result: the arm
  std::string signal;           // signal
  std::uint32_t seed = 0;       // start
  program::Reply reply;         // reply

  friend bool operator==(const Event&, const Event&) = default;
};

// What one input is in a witness. A phone number is given by its region; whoever replays supplies one.
struct Input {
  check::VariableId variable{};
  bool present = false;
  std::int64_t scalar = 0;  // number, bool, duration, region; of a phone: its region, 0 for none (FlowField's form)
  std::string text;         // text, language
};

// An execution that can be replayed: feed `start` with these inputs, then the events in order.
struct Witness {
  std::vector<Input> inputs;
  std::vector<Event> events;       // the start is the first
  std::vector<std::string> lines;  // the same for people, limits::kProofLinesMax at most
};

struct Bound {
  std::int64_t at_most = 0;  // sound: no execution goes beyond it
  std::int64_t reached = 0;  // some execution, `witness`, gets this far
  bool complete = true;      // false: `at_most` is the coarse bound, the work limit was met
  Witness witness;
  bool exact() const { return at_most == reached; }
};

enum class Verdict : std::uint8_t { proven, broken, unknown };

struct GuaranteeResult {
  std::size_t guarantee = 0;  // in Flow::guarantees
  Verdict verdict{};
  Witness witness;  // broken: breaks it; unknown: lines only, of the way that could not be ruled out
};

// What an execution of a flow does at most, with all that it starts. Times are since its start.
struct Reach {
  std::int64_t messages = 0;
  std::map<program::ChannelKind, std::int64_t> channel_messages;
  std::optional<std::int64_t> cost;  // in 10^-6 of the workspace's currency; nothing where a message has no price
  // Of itself and of flows that it calls, which end with it.
  std::int64_t last_send_ms = 0;
  std::int64_t end_ms = 0;
  // The same with flows that it launches or forwards to, which do not.
  bool launches = false;
  std::int64_t last_send_of_all_ms = 0;
  std::int64_t end_of_all_ms = 0;
};
using Children = std::map<std::string, Reach, std::less<>>;  // by flow

// All that was found of one flow.
struct Certificate {
  std::string flow;
  Bound messages;
  std::map<program::ChannelKind, Bound> channel_messages;  // of the kinds that the flow sends on
  Bound last_send_ms;                                      // after the start
  std::optional<Bound> cost;  // in 10^-6 of `currency`; nothing where a message has no price (check::is_priced)
  program::Currency currency = 0;
  std::vector<GuaranteeResult> guarantees;
  std::optional<Reach> reach;            // of a flow that others start
  std::vector<std::string> assumptions;  // what the bounds rest on
};

// Finds the bounds of `flow`, judges its guarantees, and reports those that are not proven to `sink` (F0801–F0804).
// REQUIRES: `flow` was checked without an error; above all it has no unbounded cycle. Pure; never throws; takes a
// bounded time: a few explorations of limits::kProofLabelsMax labels. `children`: of the flows that it starts; one that
// is not there counts as if it did nothing. `started`: others start it.
Certificate prove(const check::Workspace& workspace, const check::Flow& flow, diagnostics::Sink& sink,
                  const Children& children = {}, bool started = false);

// Of each flow of the workspace, in its order; flows that are started are proven before those that start them.
// REQUIRES: all flows were checked without an error; they start each other without a circle.
std::vector<Certificate> prove_all(const check::Workspace& workspace, diagnostics::Sink& sink);

// Of the flows that others start, as their certificates have it.
Children children_of(const std::vector<Certificate>& certificates);

// The certificate as a JSON document, deterministic (docs/formats/certificate.md).
std::string to_json(const check::Flow& flow, const Certificate& certificate);

// "3", "2m" or "0.15 USD": how a bound of this guarantee's kind is written for people.
std::string amount_text(const check::Guarantee& guarantee, std::int64_t amount);

// The guarantee as its author wrote it: `sms messages <= 2`.
std::string guarantee_text(const check::Flow& flow, const check::Guarantee& guarantee);

}  // namespace flow::prove
