// Things to do later, on a thread of their own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace flow::simulator {

// Any thread may add. What is due at the same time is done in the order of adding.
class Agenda {
 public:
  using Clock = std::chrono::steady_clock;

  Agenda() : thread_([this] { run(); }) {}
  ~Agenda() { stop(); }
  Agenda(const Agenda&) = delete;
  Agenda& operator=(const Agenda&) = delete;

  void add(std::chrono::microseconds delay, std::function<void()> task) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      tasks_.emplace(Clock::now() + delay, std::move(task));
    }
    changed_.notify_all();
  }

  // Drops what is not done yet; from then on add() does nothing. Not from a task.
  void stop() {
    std::multimap<Clock::time_point, std::function<void()>> dropped;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
    dropped.swap(tasks_);
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (tasks_.empty()) {
        changed_.wait(lock);
      } else if (tasks_.begin()->first > Clock::now()) {
        changed_.wait_until(lock, Clock::time_point(tasks_.begin()->first));
      } else {
        auto task = std::move(tasks_.extract(tasks_.begin()).mapped());
        lock.unlock();
        task();
        lock.lock();
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Clock::time_point, std::function<void()>> tasks_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace flow::simulator
