// A circuit breaker for one account at one provider, shared by the channels that use it and the shards of a node.
//
// Closed: attempts begin. Open: none begins for a while; they wait, they do not fail. Half-open: as many as `probes`
// may try; when all of them are answered it closes, when one is not it opens again, for twice as long.
// What counts against a provider is what says that it does not work: no answer, or `transient`. An answer about the
// recipient, the configuration or the rate is a sign of life.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "runtime/core/metrics.h"
#include "runtime/outbox/concurrency.h"
#include "runtime/outbox/transport.h"

namespace flow::outbox {

// Any thread; while it is closed, admit() does not block.
class Breaker {
 public:
  enum class State : std::uint8_t { closed, half_open, open };
  // One attempt that may begin.
  struct Pass {
    std::uint32_t epoch = 0;
    bool probe = false;
    friend bool operator==(const Pass&, const Pass&) = default;
  };

  // `seed`: of the chance in its pauses, so that the nodes of a cluster do not probe in step.
  explicit Breaker(const BreakerSettings& settings, std::uint64_t seed = 0) : settings_(settings), chance_(seed) {}

  // Nothing: not now, see retry_ms(); then `waiter` is woken when that changes otherwise than by time.
  std::optional<Pass> admit(std::int64_t now_ms, Waiter& waiter);
  // How that attempt ended. What began before the last change of state says nothing any more.
  void report(Pass pass, SendClass result, std::int64_t now_ms);
  // That attempt was not made after all.
  void cancel(Pass pass);
  void leave(Waiter& waiter);
  // From the next attempt, or the next pause, on.
  void set_settings(const BreakerSettings& settings);

  State state() const { return state_.load(std::memory_order_acquire); }
  // When attempts may begin: program::kNever while probes are under way, 0 while it is closed.
  std::int64_t retry_ms() const { return retry_ms_.load(std::memory_order_acquire); }

  // Shows the state (0 closed, 1 half-open, 2 open) there, and counts the times it opened. They outlive the breaker.
  void show(core::Metric& state, core::Metric& opened);

 private:
  void change(State to);
  void open(std::int64_t now_ms);
  void count(bool failed, std::int64_t now_ms);
  std::int64_t pause_ms();

  std::atomic<State> state_{State::closed};
  std::atomic<std::uint32_t> epoch_{0};  // of the state; grows with each change
  std::atomic<std::int64_t> retry_ms_{0};

  std::mutex mutex_;  // of what follows
  BreakerSettings settings_;
  std::uint64_t chance_;
  std::uint32_t consecutive_ = 0;
  std::uint32_t openings_ = 0;      // since it was last closed
  std::uint32_t probes_begun_ = 0;  // under way and answered
  std::uint32_t probes_answered_ = 0;
  std::int64_t window_begin_ms_ = 0;
  std::uint32_t window_failed_ = 0;
  std::uint32_t window_attempts_ = 0;
  WaitingLine line_;
  struct Shown {
    core::Metric* state;
    core::Metric* opened;
  };
  std::vector<Shown> shown_;
};

}  // namespace flow::outbox
