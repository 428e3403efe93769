#include "runtime/outbox/breaker.h"

#include <algorithm>

#include "runtime/program/abi.h"

namespace flow::outbox {

std::optional<Breaker::Pass> Breaker::admit(std::int64_t now_ms, Waiter& waiter) {
  // The epoch first: a pass from before a change that comes in between is worth nothing, and does no harm.
  const std::uint32_t epoch = epoch_.load(std::memory_order_acquire);
  if (state() == State::closed) return Pass{epoch, false};
  const std::lock_guard lock(mutex_);
  if (state() == State::closed) return Pass{epoch_.load(), false};
  if (state() == State::open) {
    if (now_ms < retry_ms()) return std::nullopt;  // time alone decides
    probes_begun_ = probes_answered_ = 0;
    change(State::half_open);
  }
  if (probes_begun_ >= settings_.probes) {
    line_.add(waiter);
    return std::nullopt;
  }
  if (++probes_begun_ >= settings_.probes) retry_ms_.store(program::kNever, std::memory_order_release);
  return Pass{epoch_.load(), true};
}

void Breaker::report(Pass pass, SendClass result, std::int64_t now_ms) {
  const bool failed = result == SendClass::transient || result == SendClass::unknown;
  const std::lock_guard lock(mutex_);
  if (pass.epoch != epoch_.load()) return;
  if (state() == State::closed) return count(failed, now_ms);
  if (failed) return open(now_ms);
  if (++probes_answered_ < settings_.probes) return;
  openings_ = consecutive_ = 0;
  window_attempts_ = window_failed_ = 0;
  window_begin_ms_ = now_ms;
  change(State::closed);
}

void Breaker::cancel(Pass pass) {
  const std::lock_guard lock(mutex_);
  if (!pass.probe || pass.epoch != epoch_.load()) return;
  --probes_begun_;
  retry_ms_.store(0, std::memory_order_release);
  line_.wake_all();
}

void Breaker::set_settings(const BreakerSettings& settings) {
  const std::lock_guard lock(mutex_);
  if (settings == settings_) return;
  settings_ = settings;
  // Fewer probes than are under way would wait for answers that nobody asks for, more for probes that nobody makes.
  if (state() != State::half_open) return;
  probes_begun_ = probes_answered_ = 0;
  change(State::half_open);
}

void Breaker::leave(Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  line_.remove(waiter);
}

void Breaker::count(bool failed, std::int64_t now_ms) {
  consecutive_ = failed ? consecutive_ + 1 : 0;
  if (now_ms - window_begin_ms_ >= settings_.window_ms) {
    window_begin_ms_ = now_ms;
    window_attempts_ = window_failed_ = 0;
  }
  ++window_attempts_;
  if (failed) ++window_failed_;
  const bool too_many =
      window_attempts_ >= settings_.window_attempts_min &&
      std::uint64_t{window_failed_} * 100 >= std::uint64_t{window_attempts_} * settings_.failure_percent;
  if (failed && (consecutive_ >= settings_.consecutive_failures || too_many)) open(now_ms);
}

void Breaker::open(std::int64_t now_ms) {
  retry_ms_.store(now_ms + pause_ms(), std::memory_order_release);
  ++openings_;
  for (const Shown& shown : shown_) shown.opened->add();
  change(State::open);
}

void Breaker::change(State to) {
  epoch_.fetch_add(1);
  if (to != State::open) retry_ms_.store(0, std::memory_order_release);
  state_.store(to, std::memory_order_release);
  for (const Shown& shown : shown_) shown.state->set(static_cast<double>(to));
  line_.wake_all();
}

// Doubling with each opening in a row; the later half of it by chance.
std::int64_t Breaker::pause_ms() {
  const std::uint32_t doublings = std::min<std::uint32_t>(openings_, 20);
  const std::int64_t whole = std::min(settings_.pause_ms << doublings, settings_.pause_ms_max);
  chance_ += 0x9e3779b97f4a7c15;  // splitmix64
  std::uint64_t mixed = chance_;
  mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
  mixed ^= mixed >> 31;
  return whole / 2 + static_cast<std::int64_t>(mixed % static_cast<std::uint64_t>(whole - whole / 2 + 1));
}

void Breaker::show(core::Metric& state, core::Metric& opened) {
  const std::lock_guard lock(mutex_);
  shown_.push_back({&state, &opened});
  state.set(static_cast<double>(this->state()));
}

}  // namespace flow::outbox
