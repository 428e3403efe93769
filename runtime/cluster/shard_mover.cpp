#include "runtime/cluster/shard_mover.h"

#include "runtime/core/log.h"

namespace flow::cluster {

ShardMover::ShardMover(Move open, Move close) : open_(std::move(open)), close_(std::move(close)) {
  thread_ = std::thread([this] { run(); });
}

ShardMover::~ShardMover() {
  stop();
}

void ShardMover::take(store::SlotRange slots) {
  const std::scoped_lock lock(mutex_);
  if (stopping_ || !shards_.try_emplace(slots.first, State::opening).second) return;
  orders_.push_back({true, slots});
  changed_.notify_all();
}

void ShardMover::give_back(store::SlotRange slots) {
  const std::scoped_lock lock(mutex_);
  const auto found = shards_.find(slots.first);
  if (stopping_ || found == shards_.end() || found->second != State::open) return;
  found->second = State::closing;
  orders_.push_back({false, slots});
  changed_.notify_all();
}

void ShardMover::lost(store::SlotRange slots) {
  const std::scoped_lock lock(mutex_);
  const auto found = shards_.find(slots.first);
  if (found == shards_.end()) return;
  if (found->second == State::opening) found->second = State::lost_while_opening;
  if (found->second != State::open) return;
  found->second = State::closing;
  orders_.push_back({false, slots});
  changed_.notify_all();
}

bool ShardMover::wait_until_empty(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, most, [&] { return shards_.empty(); });
}

std::size_t ShardMover::open_count() {
  const std::scoped_lock lock(mutex_);
  return shards_.size();
}

void ShardMover::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void ShardMover::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || !orders_.empty(); });
    if (stopping_) return;
    const Order order = orders_.front();
    orders_.pop_front();
    lock.unlock();
    const Status done = order.open ? open_(order.slots) : close_(order.slots);
    if (!done && done.error().code != ErrorCode::failed_precondition && done.error().code != ErrorCode::not_found) {
      core::log::warning(order.open ? "shard_not_opened" : "shard_not_closed",
                         {{"first_slot", std::int64_t{order.slots.first}}, {"reason", done.error().message}});
    }
    lock.lock();
    State& state = shards_[order.slots.first];
    if (order.open && done && state == State::lost_while_opening) {
      state = State::closing;
      orders_.push_back({false, order.slots});
    } else if (order.open && done) {
      state = State::open;
    } else {
      shards_.erase(order.slots.first);  // what could not be opened is told again, if it is still to be done
    }
    changed_.notify_all();
  }
}

}  // namespace flow::cluster
