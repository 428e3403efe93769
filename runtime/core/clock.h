// Time as the runtime sees it. Everything that decides something asks a Clock; nothing else reads the system's.
#pragma once

#include <atomic>
#include <cstdint>

namespace flow::core {

class Clock {
 public:
  virtual ~Clock() = default;
  // Milliseconds since the epoch, in service time. Any thread. Never goes back within one clock.
  virtual std::int64_t now_ms() const = 0;
  // How many milliseconds of service time pass in one real one; 1 except in demonstrations and tests.
  virtual double rate() const { return 1; }
};

// What a restart needs to continue the clock: service time = base + (real - base_real) * rate.
struct ClockBase {
  std::int64_t base_ms = 0;
  std::int64_t base_real_ms = 0;
  double rate = 1;

  std::int64_t at(std::int64_t real_ms) const;
  friend bool operator==(const ClockBase&, const ClockBase&) = default;
};

// The base to go on with at `real_ms`, after `previous` (may be none: all zero) and with `rate`: service time goes on
// from where the previous base has it, and never falls below `last_seen_ms`.
ClockBase continue_clock(const ClockBase& previous, std::int64_t real_ms, double rate, std::int64_t last_seen_ms);

// The system's clock, shifted and scaled by a base.
class RealClock final : public Clock {
 public:
  explicit RealClock(ClockBase base) : base_(base) {}
  std::int64_t now_ms() const override;
  double rate() const override { return base_.rate; }

 private:
  ClockBase base_;
  mutable std::atomic<std::int64_t> last_{0};
};

// Wall-clock milliseconds of the system, for ClockBase and for the age of what others signed.
std::int64_t real_now_ms();

// Moves only when told.
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(std::int64_t now_ms) : now_(now_ms) {}
  std::int64_t now_ms() const override { return now_.load(std::memory_order_acquire); }
  void advance(std::int64_t ms) { now_.fetch_add(ms, std::memory_order_acq_rel); }

 private:
  std::atomic<std::int64_t> now_;
};

}  // namespace flow::core
