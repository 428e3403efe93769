#include "runtime/store/move.h"

#include <array>
#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "base/crc32c.h"

namespace flow::store {

namespace {

constexpr std::size_t kBatchRecords = 500;
constexpr std::size_t kQueuedBytesMax = 16 << 20;
constexpr std::uint64_t kBehindMax = 200'000;
constexpr std::uint64_t kProgressRecords = 1000;

using Take = std::function<Status(const ExecutionRecord&)>;

std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

// Two checksums of the record with all that look-ups need, as one number.
std::uint64_t checksum_of(const ExecutionRecord& record) {
  std::string numbers(record.id.bytes.begin(), record.id.bytes.end());
  for (const std::uint64_t number :
       {std::uint64_t{record.revision}, std::uint64_t{record.bundle}, std::uint64_t{record.flow}, record.order,
        static_cast<std::uint64_t>(record.changed_at_ms), static_cast<std::uint64_t>(record.ended_at_ms), record.party,
        record.key, std::uint64_t{record.image.size()}}) {
    for (int shift = 0; shift < 64; shift += 8) numbers.push_back(static_cast<char>(number >> shift));
  }
  const std::uint64_t head = crc32c(numbers);
  return mixed(head << 32 | crc32c(record.image, static_cast<std::uint32_t>(head)));
}

class Sum {
 public:
  explicit Sum(const MoveProgress& progress) : progress_(progress) {}

  void add(const ExecutionRecord& record) {
    ++(record.ended_at_ms == 0 ? sum_.running : sum_.ended);
    sum_.checksum += checksum_of(record);
    if (progress_ && (sum_.running + sum_.ended) % kProgressRecords == 0) progress_(sum_);
  }
  const MovedExecutions& sum() const { return sum_; }

 private:
  const MoveProgress& progress_;
  MovedExecutions sum_;
};

Status each_ended(Storage& storage, const Take& take) {
  std::promise<Status> ended;
  storage.lookups().each_ended(
      {},
      [&](const Lookups::RowPortion& rows) -> Status {
        for (const EndedRow& row : rows) {
          if (Status taken = take(record_of(row)); !taken) return taken;
        }
        return {};
      },
      [&](Result<std::monostate> done) { ended.set_value(done ? Status() : std::unexpected(done.error())); });
  return ended.get_future().get();
}

// Once to know the last record of each execution, and once more to hand those on.
Status each_running(Storage& storage, const SlotRange& slots, const Take& take) {
  Result<std::unique_ptr<ShardLog>> log = storage.open_shard(slots, [] {});
  if (!log) return std::unexpected(log.error());
  std::unordered_map<core::ExecutionId, std::uint32_t> last;
  Status read = (*log)->load([&](const ExecutionRecord& record) -> Status {
    if (record.ended_at_ms == 0) {
      last[record.id] = record.revision;
    } else {
      last.erase(record.id);
    }
    return {};
  });
  if (!read || last.empty()) return read;
  read = (*log)->load([&](const ExecutionRecord& record) -> Status {
    const auto found = last.find(record.id);
    if (found == last.end() || found->second != record.revision || record.ended_at_ms != 0) return {};
    last.erase(found);
    return take(record);
  });
  if (read && !last.empty()) return fail(ErrorCode::internal, "{} executions were there only once", last.size());
  return read;
}

Status each_execution(Storage& storage, const std::vector<SlotRange>& shards, const Take& take) {
  if (Status read = each_ended(storage, take); !read) return read;
  for (const SlotRange& slots : shards) {
    if (Status read = each_running(storage, slots, take); !read) return read;
  }
  return {};
}

// The shards of the store that gets everything.
class Receiver {
 public:
  explicit Receiver(Storage& storage) : storage_(storage) {}

  Status open(const std::vector<SlotRange>& shards) {
    for (const SlotRange& slots : shards) {
      auto log = storage_.open_shard(slots, [this] { wake_up(); });
      if (!log) return std::unexpected(log.error());
      for (int slot = slots.first; slot <= slots.last; ++slot) {
        shard_of_[static_cast<std::size_t>(slot)] = shards_.size();
      }
      shards_.push_back({*std::move(log), {}, 0});
    }
    return {};
  }

  Status take(const ExecutionRecord& record) {
    Shard& shard = shards_[shard_of_[record.id.slot()]];
    shard.batch.add(record);
    return shard.batch.size() < kBatchRecords ? Status() : append(shard);
  }

  // Everything is durable, and found by look-ups.
  Status finish() {
    for (Shard& shard : shards_) {
      if (shard.batch.empty()) continue;
      if (Status done = append(shard); !done) return done;
    }
    return wait([this] {
      for (const Shard& shard : shards_) {
        if (shard.log->durable_through() < shard.last || shard.log->indexed_through() < shard.last) return false;
      }
      return true;
    });
  }

 private:
  struct Shard {
    std::unique_ptr<ShardLog> log;
    Batch batch;
    std::uint64_t last = 0;
  };

  Status append(Shard& shard) {
    shard.last = shard.log->append(std::exchange(shard.batch, {}));
    return wait([this] {
      std::size_t queued = 0;
      for (const Shard& each : shards_) queued += each.log->queued_bytes();
      return queued < kQueuedBytesMax && storage_.sizes().executions_behind < kBehindMax;
    });
  }

  template <typename Good>
  Status wait(Good good) {
    while (true) {
      const std::uint64_t seen = wakes();
      for (const Shard& shard : shards_) {
        if (const auto failed = shard.log->failure()) return std::unexpected(failed->error);
      }
      if (good()) return {};
      if (storage_.pump()) continue;
      // The end of the wait is for what wakes nobody.
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, std::chrono::milliseconds(100), [&] { return wakes_ != seen; });
    }
  }

  std::uint64_t wakes() {
    const std::scoped_lock lock(mutex_);
    return wakes_;
  }
  void wake_up() {
    const std::scoped_lock lock(mutex_);
    ++wakes_;
    changed_.notify_one();
  }

  Storage& storage_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t wakes_ = 0;
  std::array<std::size_t, core::kSlots> shard_of_{};
  std::vector<Shard> shards_;  // last: they wake it until they are gone
};

}  // namespace

Result<MovedExecutions> move_executions(Storage& from, const std::vector<SlotRange>& from_shards, Storage& to,
                                        const std::vector<SlotRange>& to_shards, const MoveProgress& progress) {
  Receiver receiver(to);
  if (Status opened = receiver.open(to_shards); !opened) return std::unexpected(opened.error());
  Sum sum(progress);
  Status done = each_execution(from, from_shards, [&](const ExecutionRecord& record) {
    sum.add(record);
    return receiver.take(record);
  });
  if (done) done = receiver.finish();
  if (!done) return std::unexpected(done.error());
  return sum.sum();
}

Result<MovedExecutions> sum_executions(Storage& storage, const std::vector<SlotRange>& shards,
                                       const MoveProgress& progress) {
  Sum sum(progress);
  const Status done = each_execution(storage, shards, [&](const ExecutionRecord& record) -> Status {
    sum.add(record);
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return sum.sum();
}

}  // namespace flow::store
