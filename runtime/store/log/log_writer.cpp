// The writer: whatever is queued becomes one frame, one write, one fsync.
#include <algorithm>

#include "base/check.h"
#include "runtime/core/bytes.h"
#include "runtime/core/failpoint.h"
#include "runtime/store/log/log_store.h"

namespace flow::store::log {

namespace {

constexpr std::size_t kFrameWanted = 4 << 20;  // bytes after which the rest waits for the next frame

}  // namespace

std::string seal_context(std::string_view store_id, std::uint64_t frame, const SlotRange& slots) {
  std::string context = "log ";
  context += store_id;
  core::ByteWriter writer(context);
  writer.u64(frame);
  writer.u8(slots.first);
  writer.u8(slots.last);
  return context;
}

void ShardState::wake_up() {
  const std::lock_guard lock(wake_mutex);
  if (wake) wake();
}

std::uint64_t LogStore::append(const std::shared_ptr<ShardState>& shard, Batch batch) {
  bool first = false;
  std::uint64_t sequence = 0;
  {
    const std::lock_guard lock(mutex_);
    sequence = shard->next_sequence++;
    if (failure_) return sequence;
    first = queue_.empty();
    shard->queued.fetch_add(batch.bytes().size(), std::memory_order_relaxed);
    behind_.fetch_add(batch.ended(), std::memory_order_relaxed);
    queue_.push_back({shard, sequence, std::move(batch)});
  }
  if (first) writer_wake_.notify_one();
  return sequence;
}

std::uint64_t LogStore::purge(const std::shared_ptr<ShardState>& shard) {
  std::uint64_t before = 0;
  {
    const std::lock_guard lock(mutex_);
    before = shard->next_sequence;
    shard->purges.push_back({before, ShardState::kNotWritten});
    rotate_ = true;
  }
  writer_wake_.notify_one();
  return before;
}

void LogStore::write_loop() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      writer_wake_.wait(lock, [&] { return stop_writer_ || !queue_.empty() || (rotate_ && !failure_); });
      if (stop_writer_ && queue_.empty()) return;
    }
    write_once();
  }
}

// Whole batches, as many as make a frame of a good size.
void LogStore::take_queue() {
  taken_.clear();
  const std::lock_guard lock(mutex_);
  std::size_t bytes = 0;
  std::size_t count = 0;
  while (count < queue_.size() && bytes < kFrameWanted) bytes += queue_[count++].batch.bytes().size();
  if (count == queue_.size()) {
    taken_.swap(queue_);
    return;
  }
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
  taken_.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
}

void LogStore::add_shard_part(const SlotRange& slots, std::uint64_t number) {
  if (part_.empty()) return;
  if (options_.keys == nullptr) {
    add_part(frame_, {slots, false, part_});
  } else {
    add_part(frame_, {slots, true, options_.keys->seal(part_, seal_context(store_id_, number, slots))});
  }
  part_.clear();
}

void LogStore::build_frame(std::uint64_t number) {
  frame_.assign(kFrameHeaderBytes, '\0');
  part_.clear();
  // Batches of a shard together, in their order.
  std::ranges::stable_sort(taken_, {}, [](const Queued& queued) { return queued.shard->slots.first; });
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    part_ += taken_[i].batch.bytes();
    log_change_ms_ = std::max(log_change_ms_, taken_[i].batch.last_change_ms());
    if (i + 1 == taken_.size() || taken_[i + 1].shard != taken_[i].shard) {
      add_shard_part(taken_[i].shard->slots, number);
    }
  }
}

Status LogStore::write_frame() {
  core::failpoint::reach("before_commit");
  const std::uint64_t number = segments_->next_frame();
  build_frame(number);
  if (frame_.size() - kFrameHeaderBytes > kFrameBytesMax) {
    return fail(ErrorCode::resource_exhausted, "a commit of {} bytes is larger than a frame of the log can be",
                frame_.size());
  }
  const auto began = std::chrono::steady_clock::now();
  if (Status done = segments_->append(frame_, FrameKind::records, log_change_ms_); !done) return done;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  commits_.fetch_add(1, std::memory_order_relaxed);
  commit_seconds_.store(commit_seconds_.load(std::memory_order_relaxed) + took.count(), std::memory_order_relaxed);
  core::failpoint::reach("after_commit");
  publish(number);
  return {};
}

bool LogStore::write_once() {
  bool rotate = false;
  {
    const std::lock_guard lock(mutex_);
    if (failure_) queue_.clear();
    rotate = rotate_ && !failure_;
    if (queue_.empty() && !rotate) return false;
  }
  take_queue();
  Status done = taken_.empty() ? Status() : write_frame();
  if (done && rotate) {
    // What is to leave the disk is all in segments that are not written any more.
    const SegmentInfo last = segments_->active();
    done = segments_->rotate();
    if (done) note_purges(last.next_frame == last.first_frame ? last.number - 1 : last.number);
  }
  if (!done) fail_all(done.error());
  return true;
}

void LogStore::note_purges(std::uint64_t segment) {
  const std::lock_guard lock(mutex_);
  rotate_ = false;
  for (const auto& shard : shards_) {
    for (ShardState::Purge& purge : shard->purges) {
      if (purge.segment != ShardState::kNotWritten) continue;
      if (purge.before <= shard->durable.load() + 1) {
        purge.segment = segment;
      } else {
        rotate_ = true;
      }
    }
  }
}

// The librarian has it before anybody may know that it is durable: whoever asks then, finds it.
void LogStore::publish(std::uint64_t frame) {
  const std::uint64_t segment = segments_->active().number;
  last_change_ms_.store(std::max(last_change_ms_.load(std::memory_order_relaxed), log_change_ms_),
                        std::memory_order_relaxed);
  written_items_.clear();
  bool wake_library = false;
  {
    const std::lock_guard lock(mutex_);
    for (Queued& queued : taken_) {
      ShardState& shard = *queued.shard;
      if (shard.began.empty() || shard.began.back().segment != segment) {
        shard.began.push_back({segment, queued.sequence});
      }
      shard.durable.store(queued.sequence, std::memory_order_release);
      shard.queued.fetch_sub(queued.batch.bytes().size(), std::memory_order_relaxed);
      Written written{queued.shard, queued.sequence, frame, queued.batch.ended(), {}};
      if (written.ended > 0) written.bytes = std::move(queued.batch).take_bytes();
      to_library_.push_back(std::move(written));
    }
    wake_library = to_library_.size() >= 4096;
  }
  written_.notify_all();
  if (wake_library) librarian_wake_.notify_one();
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    if (i + 1 == taken_.size() || taken_[i + 1].shard != taken_[i].shard) taken_[i].shard->wake_up();
  }
}

void LogStore::fail_all(const Error& error) {
  std::vector<std::shared_ptr<ShardState>> shards;
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = LogFailure{error, false};
    queue_.clear();
    rotate_ = false;
    shards = shards_;
  }
  written_.notify_all();
  librarian_wake_.notify_one();
  for (const auto& shard : shards) shard->wake_up();
}

}  // namespace flow::store::log
