// Opens and closes shards, which takes time, on a thread of its own, as it is told again and again what is to be done.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "base/result.h"
#include "runtime/store/shard_log.h"

namespace flow::cluster {

class ShardMover {
 public:
  using Move = std::function<Status(store::SlotRange)>;
  ShardMover(Move open, Move close);
  ~ShardMover();
  ShardMover(const ShardMover&) = delete;
  ShardMover& operator=(const ShardMover&) = delete;

  // Any thread; what is done or under way already is not done again.
  void take(store::SlotRange slots);
  void give_back(store::SlotRange slots);
  // It does nothing any more, and is closed.
  void lost(store::SlotRange slots);

  // False: something is still open.
  bool wait_until_empty(std::chrono::milliseconds most);
  // Ends what is under way; does nothing more.
  void stop();
  std::size_t open_count();

 private:
  enum class State : std::uint8_t { opening, lost_while_opening, open, closing };
  struct Order {
    bool open = false;
    store::SlotRange slots;
  };

  void run();

  const Move open_;
  const Move close_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint8_t, State> shards_;  // by first slot
  std::deque<Order> orders_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace flow::cluster
