#include "runtime/outbox/schedule.h"

#include <algorithm>

namespace flow::outbox {

Schedule::Lane& Schedule::lane(std::string_view channel) {
  const auto found = lanes_.find(channel);
  if (found != lanes_.end()) return found->second;
  Lane& made = lanes_[std::string(channel)];
  if (const auto policy = transport_.policy(channel))
    made.in_flight_max = std::max<std::size_t>(1, policy->in_flight_max);
  return made;
}

void Schedule::add(const Name& name, std::string_view channel, std::int64_t at_ms) {
  waiting_.push({at_ms, order_++, name, &lane(channel)});
}

std::vector<Turn> Schedule::take(std::int64_t now_ms) {
  for (; !waiting_.empty() && waiting_.top().at_ms <= now_ms; waiting_.pop()) {
    waiting_.top().lane->ready.push_back(waiting_.top().name);
  }
  std::vector<Turn> turns;
  for (auto& [channel, lane] : lanes_) {
    for (; !lane.ready.empty() && lane.in_flight < lane.in_flight_max; ++lane.in_flight) {
      turns.push_back({lane.ready.front(), channel});
      lane.ready.pop_front();
    }
  }
  return turns;
}

void Schedule::finished(std::string_view channel) {
  Lane& of = lane(channel);
  if (of.in_flight > 0) --of.in_flight;
}

std::size_t Schedule::queued() const {
  std::size_t count = waiting_.size();
  for (const auto& [channel, lane] : lanes_) count += lane.ready.size();
  return count;
}

std::size_t Schedule::in_flight() const {
  std::size_t count = 0;
  for (const auto& [channel, lane] : lanes_) count += lane.in_flight;
  return count;
}

std::int64_t backoff_ms(const SendResult& result, std::uint32_t attempt, double clock_rate, core::Random& random) {
  constexpr std::int64_t kFirstMs = 500;
  constexpr std::int64_t kFirstThrottledMs = 2000;
  constexpr std::int64_t kMostMs = 30'000;
  const std::int64_t first = result.result == SendClass::throttled ? kFirstThrottledMs : kFirstMs;
  const std::uint32_t doublings = std::min<std::uint32_t>(attempt > 0 ? attempt - 1 : 0, 10);
  const std::int64_t whole = std::min(first << doublings, kMostMs);
  const std::int64_t chosen =
      whole / 2 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(whole / 2) + 1));
  constexpr std::int64_t kAskedMostMs = 3'600'000;
  const std::int64_t asked = std::min(result.retry_after_ms, kAskedMostMs);
  return std::max(chosen, static_cast<std::int64_t>(static_cast<double>(asked) * clock_rate));
}

}  // namespace flow::outbox
