// One thread's event loop: sockets, timers, and tasks that other threads hand over.
//
// It works in rounds. A round takes everything that is ready (sockets, then posted tasks, then timers that are due),
// and ends with the functions of on_round(). Who collects work during a round and does it there, does it as one batch:
// that is how a shard makes one commit of all that arrived together.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace flow::http {

class Loop {
 public:
  using Clock = std::chrono::steady_clock;
  using Duration = std::chrono::nanoseconds;
  using Task = std::move_only_function<void()>;
  // Called at the end of each round. Returns after how long it wants to be called again if nothing happens until then;
  // nothing: only when something happens.
  using Round = std::move_only_function<std::optional<Duration>()>;
  // Told what epoll said of its descriptor.
  class Watcher {
   public:
    virtual void on_ready(std::uint32_t events) = 0;

   protected:
    ~Watcher() = default;
  };
  // Of a timer or of a round's function; never 0.
  using Id = std::uint64_t;

  Loop();
  // REQUIRES: run() is not running, and whatever uses this loop (Server, Client) is gone.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Handles events on the calling thread until stop(); then the tasks that were posted before it returns. Tasks, timers
  // and watchers must not throw and must not block. May be called again after it returned.
  void run();

  // Any thread. A stop() before run() ends that run() after one round.
  void stop();

  // Whether the caller is a task, timer, watcher or round of this loop.
  bool inside() const { return current() == this; }
  // Whether a thread is in run(). Any thread; it may change at once.
  bool is_running() const;
  // The loop that runs on this thread, or null.
  static Loop* current();

  // Any thread: `task` runs on the loop's thread, in the order of the posts, in this round or the next one. Costs a
  // system call only when the loop sleeps and nobody has woken it yet. Tasks that are posted while the loop does not
  // run wait for the next run(); what is left at the destructor is destroyed without being run.
  void post(Task task);

  // Any thread: runs `task` on the loop's thread and waits for its end; at once when called inside, or when the loop
  // does not run (then on this thread, as if inside).
  void call(Task task);

  // What follows: inside only, or while the loop does not run.

  // Calls `round` at the end of each round, after those that were added before it.
  Id on_round(Round round);
  void remove_round(Id id);

  // Runs `task` once, `delay` from now (rounded up to a millisecond).
  Id after(Duration delay, Task task);
  bool cancel(Id timer);  // false: it has run, or never was

  // The time at which this round began; costs nothing.
  Clock::time_point now() const;

  // epoll's events, as given. A watcher must be removed before it goes, and is not called any more from then on.
  // False: the kernel refused (no memory, no such descriptor).
  bool watch(int fd, std::uint32_t events, Watcher& watcher);
  // For a descriptor that is watched edge-triggered: what is ready is said anew, in a later round.
  bool watch_again(int fd, std::uint32_t events, Watcher& watcher);
  void unwatch(int fd, Watcher& watcher);

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace flow::http
