#include "runtime/core/executor.h"

#include <utility>

namespace flow::core {

ThreadExecutor::ThreadExecutor() {
  const std::lock_guard lock(mutex_);  // so that the thread sees thread_
  thread_ = std::thread([this] { run(); });
}

ThreadExecutor::~ThreadExecutor() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void ThreadExecutor::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
}

void ThreadExecutor::on_round(Round round) {
  if (inside()) {
    round_ = std::move(round);
  } else {
    post([this, round = std::move(round)]() mutable { round_ = std::move(round); });
  }
}

void ThreadExecutor::run() {
  std::optional<std::chrono::nanoseconds> most;
  for (bool first = true, ending = false; !ending; first = false) {
    std::vector<Task> tasks;
    {
      std::unique_lock lock(mutex_);
      const auto something = [this] { return !tasks_.empty() || ending_; };
      if (most) {
        changed_.wait_for(lock, *most, something);
      } else if (!first) {
        changed_.wait(lock, something);
      }
      tasks.swap(tasks_);
      ending = ending_ && tasks.empty();
    }
    for (Task& task : tasks) task();
    if (round_) most = round_();
  }
}

}  // namespace flow::core
