#include "runtime/outbox/gates.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "runtime/program/abi.h"

namespace flow::outbox {

Gate::Gate(const ChannelPolicy& policy, double clock_rate, Breaker& breaker, ChannelMetrics metrics)
    : queue_max_(policy.queue_max),
      queue_time_max_ms_(policy.queue_time_max_ms),
      limiter_({policy.per_second, policy.burst}, clock_rate),
      concurrency_(std::max<std::size_t>(1, policy.in_flight_max)),
      breaker_(breaker),
      metrics_(metrics) {}

void Gate::set_policy(const ChannelPolicy& policy) {
  queue_max_.store(policy.queue_max, std::memory_order_relaxed);
  queue_time_max_ms_.store(policy.queue_time_max_ms, std::memory_order_relaxed);
  limiter_.set_limit({policy.per_second, policy.burst});
  concurrency_.set_max(std::max<std::size_t>(1, policy.in_flight_max));
}

void Gate::attempt_took(std::int64_t ms) {
  // Shards may overwrite each other's share of an average that is an estimate anyway.
  constexpr std::int64_t kWeight = 16;
  const std::int64_t before = attempt_us_.load(std::memory_order_relaxed);
  const std::int64_t now = std::clamp<std::int64_t>(ms, 0, 3'600'000) * 1000;
  attempt_us_.store(before == 0 ? now : before + (now - before) / kWeight, std::memory_order_relaxed);
}

std::int64_t Gate::wait_ms(std::int64_t now_ms, std::uint64_t ahead) const {
  // While this shard sends what is ahead, each other one that has something sends as much, until it has nothing left.
  const auto all = static_cast<std::uint64_t>(std::max<std::int64_t>(queued(), 0));
  const auto others = static_cast<std::uint64_t>(std::max(busy() - 1, 0));
  const std::uint64_t before = ahead + std::min(all > ahead ? all - ahead : 0, ahead * others);
  std::int64_t pause = 0;
  if (breaker_.state() == Breaker::State::open) pause = std::max<std::int64_t>(0, breaker_.retry_ms() - now_ms);
  const double turns = static_cast<double>(before) / static_cast<double>(concurrency_.max());
  const double attempt_ms = static_cast<double>(attempt_us_.load(std::memory_order_relaxed)) / 1000;
  const bool full = before + concurrency_.taken() >= concurrency_.max();
  const auto by_answers = full ? static_cast<std::int64_t>(std::ceil(turns * attempt_ms)) : 0;
  return pause + std::max(by_answers, limiter_.wait_ms(now_ms, before));
}

Gates::Gates(const Transport& transport, GateOptions options) : transport_(transport), options_(options) {}

Gate& Gates::find(std::string_view channel) {
  const std::lock_guard lock(mutex_);
  if (const auto found = gates_.find(channel); found != gates_.end()) return *found->second;
  const auto policy = transport_.policy(channel);
  ChannelPolicy used;
  used.in_flight_max = std::numeric_limits<std::size_t>::max();
  if (policy) used = *policy;
  Breaker& breaker = breaker_for(channel, used);
  const ChannelMetrics metrics =
      policy && options_.metrics != nullptr ? metrics_for(channel, breaker) : ChannelMetrics();
  auto gate = std::make_unique<Gate>(used, options_.clock_rate, breaker, metrics);
  gate->limiter().set_share(share_);
  return *gates_.emplace(channel, std::move(gate)).first->second;
}

Breaker& Gates::breaker_for(std::string_view channel, const ChannelPolicy& policy) {
  const std::string key = policy.account.empty() ? "channel " + std::string(channel) : "account " + policy.account;
  std::unique_ptr<Breaker>& made = breakers_[key];
  if (made == nullptr) {
    const std::uint64_t seed = options_.seed ^ std::hash<std::string_view>()(key);
    made = std::make_unique<Breaker>(in_service_time(policy.breaker), seed);
  }
  return *made;
}

BreakerSettings Gates::in_service_time(BreakerSettings settings) const {
  for (std::int64_t* const time : {&settings.window_ms, &settings.pause_ms, &settings.pause_ms_max}) {
    *time = static_cast<std::int64_t>(static_cast<double>(*time) * options_.clock_rate);
  }
  return settings;
}

ChannelMetrics Gates::metrics_for(std::string_view channel, Breaker& breaker) {
  core::MetricSet& set = *options_.metrics;
  const core::Labels labels = {{"channel", std::string(channel)}};
  breaker.show(set.gauge("flow_breaker_state", "Whether attempts begin: 0 yes, 1 a few to see, 2 none", labels),
               set.counter("flow_breaker_opened_total",
                           "Times that attempts were stopped as the provider did not answer", labels));
  return {&set.gauge("flow_channel_queued", "Messages that are due and wait for their turn", labels),
          &set.counter("flow_channel_waited_ms_total", "Milliseconds that handed-over messages waited for their turn",
                       labels),
          &set.counter("flow_channel_turns_total", "Attempts that were given their turn", labels),
          &set.counter("flow_channel_expired_total", "Messages whose time was over before their turn came", labels),
          &set.gauge("flow_channel_wait_ms", "Milliseconds that a message added now is likely to wait", labels)};
}

void Gates::set_share(double share) {
  const std::lock_guard lock(mutex_);
  share_ = share;
  for (const auto& [channel, gate] : gates_) gate->limiter().set_share(share);
}

void Gates::refresh() {
  const std::lock_guard lock(mutex_);
  for (const auto& [channel, gate] : gates_) {
    const auto policy = transport_.policy(channel);
    if (!policy) continue;
    gate->set_policy(*policy);
    gate->breaker().set_settings(in_service_time(policy->breaker));
  }
}

}  // namespace flow::outbox
