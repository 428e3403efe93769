// How many attempts of a channel may be under way at a time, for all shards of a node together.
//
// Permits go to those who wait in the order in which they began to wait, one at a time, so that shards get equal shares
// and none is passed over. Who waits is woken: nobody asks again and again.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace flow::outbox {

// One shard that may wait for one channel. Stays where it is while it is known to a Concurrency or a Breaker.
struct Waiter {
  std::function<void()> wake;             // any thread, under a lock: it only posts to the shard
  std::atomic<std::uint32_t> granted{0};  // permits that are its own
};

// Waiters in their order. Guarded by whoever holds it.
class WaitingLine {
 public:
  bool empty() const { return line_.empty(); }
  std::size_t size() const { return line_.size(); }
  void add(Waiter& waiter);  // at the end, unless it stands there already
  bool remove(Waiter& waiter);
  Waiter& pop();
  void wake_all();

 private:
  std::vector<Waiter*> line_;  // at most the shards of a node
};

// Any thread.
class Concurrency {
 public:
  explicit Concurrency(std::size_t max) : max_(max) {}

  // False: all are taken, and the waiter stands in line for one.
  bool acquire(Waiter& waiter);
  // `self`: who releases; it is not woken, as it will ask anyway.
  void release(const Waiter* self = nullptr);
  // The waiter wants no more: it leaves the line, and what was granted to it goes on.
  void leave(Waiter& waiter);

  std::size_t taken() const { return taken_.load(std::memory_order_relaxed); }
  std::size_t max() const { return max_.load(std::memory_order_relaxed); }
  // More may begin at once; fewer as permits come back.
  void set_max(std::size_t max);

 private:
  bool take();
  void hand_on(const Waiter* self);  // REQUIRES: mutex_ held

  std::atomic<std::size_t> max_;
  std::atomic<std::size_t> taken_{0};  // granted ones included
  std::atomic<std::size_t> waiting_{0};
  std::mutex mutex_;
  WaitingLine line_;
};

}  // namespace flow::outbox
