// A thread that works in rounds: tasks that others post, then whoever asked to be called at the end of each round.
//
// The service runs its shards on such threads. In flowd they are the event loops of HTTP, so that a request, its
// shard and the answer meet on one thread without being handed over; in tests ThreadExecutor will do.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace flow::core {

class Executor {
 public:
  using Task = std::move_only_function<void()>;
  // Returns after how long it wants to be called again at the latest; nothing: when something happens.
  using Round = std::move_only_function<std::optional<std::chrono::nanoseconds>()>;

  virtual ~Executor() = default;

  // Any thread. Runs the task on the executor's, soon; a round follows.
  virtual void post(Task task) = 0;
  // Whether the caller is a task or a round of this executor.
  virtual bool inside() const = 0;
  // From now on, at the end of each round. Once; before the executor is given work, or from inside.
  virtual void on_round(Round round) = 0;
};

// A plain thread.
class ThreadExecutor final : public Executor {
 public:
  ThreadExecutor();
  ~ThreadExecutor() override;  // runs what was posted before
  ThreadExecutor(const ThreadExecutor&) = delete;
  ThreadExecutor& operator=(const ThreadExecutor&) = delete;

  void post(Task task) override;
  bool inside() const override { return std::this_thread::get_id() == thread_.get_id(); }
  void on_round(Round round) override;

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Task> tasks_;
  Round round_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace flow::core
