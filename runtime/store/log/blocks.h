// A few blocks of bytes on their way from one thread to another.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"

namespace flow::store::log {

class Blocks {
 public:
  // Waits while many are under way. False: nobody takes them any more.
  bool put(std::string block) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || blocks_.size() < kMost; });
    if (stopped_) return false;
    blocks_.push_back(std::move(block));
    changed_.notify_all();
    return true;
  }
  // That was the last one, or why there is no more.
  void end(Status how) {
    const std::lock_guard lock(mutex_);
    ended_ = std::move(how);
    changed_.notify_all();
  }

  // Waits for the next one. Nothing: there is none, and how() says why.
  std::optional<std::string> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_ || !blocks_.empty(); });
    if (blocks_.empty()) return std::nullopt;
    std::string block = std::move(blocks_.front());
    blocks_.pop_front();
    changed_.notify_all();
    return block;
  }
  // After the end.
  Status how() const { return *ended_; }
  // None is taken any more.
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

 private:
  static constexpr std::size_t kMost = 8;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> blocks_;
  std::optional<Status> ended_;
  bool stopped_ = false;
};

}  // namespace flow::store::log
