#include "runtime/core/clock.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace flow::core {

std::int64_t ClockBase::at(std::int64_t real_ms) const {
  const std::int64_t passed = real_ms - base_real_ms;
  if (rate == 1) return base_ms + passed;
  return base_ms + std::llround(static_cast<double>(passed) * rate);
}

ClockBase continue_clock(const ClockBase& previous, std::int64_t real_ms, double rate, std::int64_t last_seen_ms) {
  const bool fresh = previous == ClockBase{};
  const std::int64_t now = fresh ? real_ms : previous.at(real_ms);
  return ClockBase{std::max(now, last_seen_ms), real_ms, rate};
}

std::int64_t real_now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::int64_t RealClock::now_ms() const {
  const std::int64_t now = base_.at(real_now_ms());
  std::int64_t last = last_.load(std::memory_order_relaxed);
  while (last < now && !last_.compare_exchange_weak(last, now, std::memory_order_relaxed)) {
  }
  return std::max(last, now);
}

}  // namespace flow::core
