// A shard's door: commands from its own thread go straight into a vector, those of others through a lock. Outlives the
// shard, for whoever answers late.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "runtime/core/executor.h"
#include "runtime/service/command.h"
#include "runtime/store/shard_log.h"

namespace flow::service {

class Mailbox : public std::enable_shared_from_this<Mailbox> {
 public:
  // `executor` runs the shard and outlives what is pushed; null: everything happens on one thread.
  Mailbox(store::SlotRange slots, core::Executor* executor) : slots_(slots), executor_(executor) {}

  const store::SlotRange& slots() const { return slots_; }
  core::Executor* executor() const { return executor_; }
  bool inside() const { return executor_ == nullptr || executor_->inside(); }

  // False: closed, and the command is untouched. Any thread.
  bool push(Command&& command) {
    if (closed_.load(std::memory_order_acquire)) return false;  // the executor may be gone
    if (inside()) {
      if (closed_.load(std::memory_order_relaxed)) return false;
      own_.push_back(std::move(command));
      return true;
    }
    {
      const std::lock_guard lock(mutex_);
      if (closed_.load(std::memory_order_relaxed)) return false;
      foreign_.push_back(std::move(command));
      some_foreign_.store(true, std::memory_order_release);
      wake();  // under the lock: until close() has had it, the executor is there
    }
    return true;
  }
  // Has a round follow. Any thread.
  void wake() {
    if (executor_ == nullptr || closed_.load(std::memory_order_acquire)) return;
    if (woken_.exchange(true, std::memory_order_acq_rel)) return;
    executor_->post([] {});
  }

  // The shard's thread.

  bool idle() const { return own_.empty() && !some_foreign_.load(std::memory_order_acquire); }
  // Behind what `out` has.
  void take(std::vector<Command>& out) {
    woken_.store(false, std::memory_order_release);
    move_all(own_, out);
    if (!some_foreign_.exchange(false, std::memory_order_acq_rel)) return;
    const std::lock_guard lock(mutex_);
    move_all(foreign_, out);
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_.store(true, std::memory_order_release);
  }

  // Places for requests that are not answered yet: bounds what comes from outside. Any thread.
  bool reserve(std::size_t count, std::size_t most) {
    if (owed_.fetch_add(count, std::memory_order_relaxed) + count <= most) return true;
    release(count);
    return false;
  }
  void release(std::size_t count) { owed_.fetch_sub(count, std::memory_order_release); }
  std::size_t owed() const { return owed_.load(std::memory_order_acquire); }

 private:
  static void move_all(std::vector<Command>& from, std::vector<Command>& out) {
    if (out.empty()) {
      out.swap(from);
      return;
    }
    for (Command& command : from) out.push_back(std::move(command));
    from.clear();
  }

  const store::SlotRange slots_;
  core::Executor* const executor_;
  std::vector<Command> own_;
  std::atomic<bool> woken_{false};
  std::atomic<bool> some_foreign_{false};
  std::atomic<bool> closed_{false};
  std::atomic<std::size_t> owed_{0};
  std::mutex mutex_;
  std::vector<Command> foreign_;
};

}  // namespace flow::service
