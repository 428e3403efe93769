// Random events for an execution: what a provider, a clock and an application would send, and what none should.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/differential/random.h"
#include "tests/oracle/oracle.h"

namespace flow::differential {

// An event that owns its text.
struct Event {
  program::EventKind kind{};
  program::Timer timer{};
  std::int32_t signal = -1;
  std::int32_t receipt = 0;
  std::uint32_t message = 0;
  std::uint32_t seed = 0;
  std::int64_t at_ms = 0;
  std::string reason;
  std::uint32_t operation = program::kNoOperation;  // of a result, as what follows
  std::int32_t outcome = 0;
  std::vector<program::FlowField> values;  // texts are constants, or the flow's

  program::FlowEvent raw() const;  // points into this
  std::string text() const;        // "+5000 receipt delivered of message 0", time since kBeginMs
};

inline constexpr std::int64_t kBeginMs = 1'795'168'800'000;

// Makes one sequence, event by event, looking at what the execution waits for. The first is always the start. Times
// never decrease. About half of the events are plausible next ones; others are repeated, reordered, late or early,
// or name messages, timers and signals that are not there.
class EventSource {
 public:
  EventSource(generate::Random random, const check::Flow& flow, std::size_t signals)
      : random_(random), flow_(flow), signals_(signals) {}

  Event next(const oracle::State& state);

 private:
  void plausible(const oracle::State& state, Event& event);
  void hostile(const oracle::State& state, Event& event);
  void receipt(Event& event, std::uint32_t message, std::int32_t receipt);
  void result(const oracle::State& state, Event& event);
  void reply(const oracle::State& state, Event& event);
  const check::AwaitReply* awaited(const oracle::State& state) const;

  generate::Random random_;
  const check::Flow& flow_;
  std::size_t signals_;
  std::int64_t now_ms_ = kBeginMs;
};

}  // namespace flow::differential
