// A value that is replaced as a whole while others use it: they keep the one that they took.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace flow {

// Any thread. (Not std::atomic<std::shared_ptr>: that is a lock as well, and one that ThreadSanitizer cannot see.)
template <typename T>
class Snapshot {
 public:
  explicit Snapshot(std::shared_ptr<const T> first) : now_(std::move(first)) {}
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  std::shared_ptr<const T> take() const {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  void replace(std::shared_ptr<const T> next) {
    {
      const std::lock_guard lock(mutex_);
      now_.swap(next);
    }
    // The old one, when nobody else has it, goes here: not under the lock.
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> now_;
};

}  // namespace flow
