#include "runtime/outbox/limiter.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace flow::outbox {
namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr double kSecondNs = 1e9;
constexpr double kIntervalNsMax = 1e12;  // no slower, so that no sum of instants overflows

}  // namespace

Limiter::Limiter(RateLimit limit, double clock_rate) : limit_(limit), clock_rate_(clock_rate) {
  apply();
}

void Limiter::set_share(double share) {
  FLOW_CHECK(share > 0 && share <= 1, "a node's share of a rate is more than 0 and at most 1");
  share_ = share;
  apply();
}

void Limiter::set_limit(RateLimit limit) {
  limit_ = limit;
  apply();
}

void Limiter::apply() {
  if (limit_.per_second == 0) return limited_.store(false, std::memory_order_release);
  const double interval = std::min(kSecondNs * clock_rate_ / (limit_.per_second * share_), kIntervalNsMax);
  const double burst = std::max(1.0, std::floor(limit_.burst * share_));
  interval_ns_.store(std::max<std::int64_t>(1, std::llround(interval)), std::memory_order_relaxed);
  tolerance_ns_.store(std::llround((burst - 1) * interval), std::memory_order_relaxed);
  limited_.store(true, std::memory_order_release);
}

Limiter::Slots Limiter::reserve(std::int64_t now_ms, std::uint32_t wanted) {
  const std::int64_t interval = interval_ns_.load(std::memory_order_relaxed);
  const std::int64_t block = std::max<std::int64_t>(1, kBlockMs * kMs / interval);
  const std::int64_t count = std::min<std::int64_t>(wanted, block);
  std::int64_t next = next_ns_.load(std::memory_order_relaxed);
  std::int64_t from = 0;
  do {
    from = std::max(next, now_ms * kMs);
  } while (!next_ns_.compare_exchange_weak(next, from + count * interval, std::memory_order_relaxed));
  return {from - tolerance_ns_.load(std::memory_order_relaxed), interval, static_cast<std::uint32_t>(count)};
}

void Limiter::give_back(const Slots& unused) {
  const std::int64_t from = unused.first_ns + tolerance_ns_.load(std::memory_order_relaxed);
  std::int64_t expected = from + unused.interval_ns * unused.count;
  next_ns_.compare_exchange_strong(expected, from, std::memory_order_relaxed);
}

std::int64_t Limiter::wait_ms(std::int64_t now_ms, std::uint64_t ahead) const {
  if (!limited()) return 0;
  const std::int64_t now_ns = now_ms * kMs;
  const std::int64_t first = std::max(next_ns_.load(std::memory_order_relaxed), now_ns) - now_ns -
                             tolerance_ns_.load(std::memory_order_relaxed);
  const double wait = static_cast<double>(first) +
                      static_cast<double>(ahead) * static_cast<double>(interval_ns_.load(std::memory_order_relaxed));
  return static_cast<std::int64_t>(std::ceil(std::clamp(wait / kMs, 0.0, 1e15)));
}

}  // namespace flow::outbox
