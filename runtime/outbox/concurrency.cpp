#include "runtime/outbox/concurrency.h"

#include <algorithm>

namespace flow::outbox {

void WaitingLine::add(Waiter& waiter) {
  if (std::ranges::find(line_, &waiter) == line_.end()) line_.push_back(&waiter);
}

bool WaitingLine::remove(Waiter& waiter) {
  return std::erase(line_, &waiter) > 0;
}

Waiter& WaitingLine::pop() {
  Waiter& first = *line_.front();
  line_.erase(line_.begin());
  return first;
}

void WaitingLine::wake_all() {
  for (Waiter* waiter : line_) {
    if (waiter->wake) waiter->wake();
  }
  line_.clear();
}

bool Concurrency::take() {
  std::size_t taken = taken_.load();
  while (taken < max()) {
    if (taken_.compare_exchange_weak(taken, taken + 1)) return true;
  }
  return false;
}

void Concurrency::hand_on(const Waiter* self) {
  while (!line_.empty() && take()) {
    Waiter& first = line_.pop();
    first.granted.fetch_add(1);
    if (first.wake && &first != self) first.wake();
  }
  waiting_.store(line_.size());
}

bool Concurrency::acquire(Waiter& waiter) {
  // Only the waiter's own shard takes from `granted`.
  if (waiter.granted.load() > 0) {
    waiter.granted.fetch_sub(1);
    return true;
  }
  if (waiting_.load() == 0 && take()) return true;
  const std::lock_guard lock(mutex_);
  if (waiter.granted.load() == 0) {
    if (line_.empty() && take()) return true;
    line_.add(waiter);
    waiting_.store(line_.size());
    // Who released before the store above may not have seen the line.
    if (!take()) return false;
    taken_.fetch_sub(1);
    hand_on(&waiter);
    if (waiter.granted.load() == 0) return false;
  }
  waiter.granted.fetch_sub(1);
  return true;
}

void Concurrency::release(const Waiter* self) {
  taken_.fetch_sub(1);
  if (waiting_.load() == 0) return;
  const std::lock_guard lock(mutex_);
  hand_on(self);
}

void Concurrency::set_max(std::size_t max) {
  const std::lock_guard lock(mutex_);
  max_.store(max);
  hand_on(nullptr);
}

void Concurrency::leave(Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  line_.remove(waiter);
  taken_.fetch_sub(waiter.granted.exchange(0));
  hand_on(&waiter);
}

}  // namespace flow::outbox
