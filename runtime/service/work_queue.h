// A queue between threads: bounded for what comes from outside, and always open for what the inside owes an answer to.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>

namespace flow::service {

template <typename Job>
class WorkQueue {
 public:
  // Room for `count` more jobs from outside, which push() will bring; false: full, or closed.
  bool reserve(std::size_t count, std::size_t most) {
    const std::lock_guard lock(mutex_);
    if (closed_ || outside_ + count > most) return false;
    outside_ += count;
    return true;
  }
  // Gives back what reserve() took, once the jobs were taken out and run.
  void release(std::size_t count) {
    const std::lock_guard lock(mutex_);
    outside_ -= count;
  }

  // False: closed, and the job is gone.
  bool push(Job job) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return false;
      jobs_.push_back(std::move(job));
    }
    ready_.notify_one();
    return true;
  }

  // All there is, at once.
  std::deque<Job> take() {
    const std::lock_guard lock(mutex_);
    awake_ = false;
    return std::exchange(jobs_, {});
  }

  // Until there is something, or wake() or close(), or the time is over.
  void wait(std::chrono::milliseconds most) {
    std::unique_lock lock(mutex_);
    ready_.wait_for(lock, most, [this] { return !jobs_.empty() || closed_ || awake_; });
  }
  void wake() {
    {
      const std::lock_guard lock(mutex_);
      awake_ = true;
    }
    ready_.notify_one();
  }

  // Nothing can be pushed any more; what is there can still be taken.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    ready_.notify_all();
  }
  bool closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }
  bool idle() const {
    const std::lock_guard lock(mutex_);
    return jobs_.empty();
  }
  std::size_t reserved() const {
    const std::lock_guard lock(mutex_);
    return outside_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Job> jobs_;
  std::size_t outside_ = 0;
  bool closed_ = false;
  bool awake_ = false;
};

}  // namespace flow::service
