// What the shards of a node share about sending: the rate, the concurrency, the queue's length and the breaker of each
// channel.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "runtime/core/metrics.h"
#include "runtime/outbox/breaker.h"
#include "runtime/outbox/concurrency.h"
#include "runtime/outbox/limiter.h"
#include "runtime/outbox/transport.h"

namespace flow::outbox {

struct ChannelMetrics {
  core::Metric* queued = nullptr;  // all null: the channel is not bound, and has no metrics
  core::Metric* waited = nullptr;  // milliseconds, of all that were handed over
  core::Metric* begun = nullptr;
  core::Metric* expired = nullptr;
  core::Metric* estimate = nullptr;  // milliseconds that one added now waits
};

// One channel on one node. Any thread.
class Gate {
 public:
  Gate(const ChannelPolicy& policy, double clock_rate, Breaker& breaker, ChannelMetrics metrics);

  Limiter& limiter() { return limiter_; }
  Concurrency& concurrency() { return concurrency_; }
  Breaker& breaker() { return breaker_; }
  std::size_t queue_max() const { return queue_max_.load(std::memory_order_relaxed); }
  std::int64_t queue_time_max_ms() const { return queue_time_max_ms_.load(std::memory_order_relaxed); }
  // Another policy from now on, but for the account: the breaker stays. Not while the limiter's share is set.
  void set_policy(const ChannelPolicy& policy);
  const ChannelMetrics& metrics() const { return metrics_; }

  // Messages that wait, due ones only, in all shards.
  void count_queued(std::int64_t change) { queued_.fetch_add(change, std::memory_order_relaxed); }
  std::int64_t queued() const { return queued_.load(std::memory_order_relaxed); }
  // Shards in which some wait.
  void count_busy(int change) { busy_.fetch_add(change, std::memory_order_relaxed); }
  int busy() const { return busy_.load(std::memory_order_relaxed); }
  // How long attempts take, as a moving average.
  void attempt_took(std::int64_t ms);

  // How long a message waits, in service time, that is added where `ahead` messages go before it: by the pace of the
  // channel for all shards, each of which gets its share.
  std::int64_t wait_ms(std::int64_t now_ms, std::uint64_t ahead) const;

 private:
  std::atomic<std::size_t> queue_max_;
  std::atomic<std::int64_t> queue_time_max_ms_;
  Limiter limiter_;
  Concurrency concurrency_;
  Breaker& breaker_;
  ChannelMetrics metrics_;
  std::atomic<std::int64_t> queued_{0};
  std::atomic<int> busy_{0};
  std::atomic<std::int64_t> attempt_us_{0};
};

struct GateOptions {
  double clock_rate = 1;               // milliseconds of service time in a real one
  std::uint64_t seed = 0;              // of the breakers' chance
  core::MetricSet* metrics = nullptr;  // null: none are kept
};

// Any thread. Outlives the schedules that use it.
class Gates {
 public:
  explicit Gates(const Transport& transport, GateOptions options = {});

  // Made when it is first asked for. A channel that is not bound has no limits: its messages end at once.
  Gate& find(std::string_view channel);
  // This node's part of each channel's rate: 0 < share <= 1.
  void set_share(double share);
  // The transport's policies may have changed: takes them as they are now.
  void refresh();

 private:
  BreakerSettings in_service_time(BreakerSettings settings) const;
  Breaker& breaker_for(std::string_view channel, const ChannelPolicy& policy);
  ChannelMetrics metrics_for(std::string_view channel, Breaker& breaker);

  const Transport& transport_;
  const GateOptions options_;
  std::mutex mutex_;
  double share_ = 1;
  std::map<std::string, std::unique_ptr<Breaker>, std::less<>> breakers_;
  std::map<std::string, std::unique_ptr<Gate>, std::less<>> gates_;
};

}  // namespace flow::outbox
