// What a shard makes durable: batches of execution records, in order. One writer a shard, ever.
//
// append() only queues: the shard goes on with the next events while the disk (or the database) works, and carries out
// what a batch brings (answers, sends) when durable_through() has reached it. All that wait, wait for one fsync.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/core/execution_id.h"

namespace flow::store {

// Slots [first, last] of core::kSlots: what a shard owns.
struct SlotRange {
  std::uint8_t first = 0;
  std::uint8_t last = 255;

  bool contains(std::uint8_t slot) const { return first <= slot && slot <= last; }
  friend bool operator==(const SlotRange&, const SlotRange&) = default;
};

// An execution after one event. The store knows of it what look-ups need; `image` are bytes that only the service reads
// (runtime/service/image.h). All of it but id, revision, times and image is the same in every record of an execution.
struct ExecutionRecord {
  core::ExecutionId id;
  std::uint32_t revision = 0;      // from 1; a record of a higher one replaces the lower
  std::uint32_t bundle = 0;        // RegisteredBundle::number
  std::uint32_t flow = 0;          // RegisteredFlow::number
  std::uint64_t order = 0;         // of starting: unique in its slot, ascending within a shard
  std::int64_t changed_at_ms = 0;  // service time, as all times here
  std::int64_t ended_at_ms = 0;    // 0: it runs
  std::uint64_t party = 0;         // keyed hash of the recipient, see Registry::hash_key(); 0: none
  std::uint64_t key = 0;           // keyed hash of the idempotency key (with the recipient); 0: none
  std::string_view image;          // valid as long as what it was taken from
};

// Records that are committed as one. Holds their bytes; moved into append().
class Batch {
 public:
  // The image is copied. REQUIRES: revision > 0.
  void add(const ExecutionRecord& record);
  // In the order of adding; stops at the first error.
  Status each(const std::function<Status(const ExecutionRecord&)>& each) const;
  std::size_t size() const { return count_; }
  std::size_t ended() const { return ended_; }                  // how many of them have ended
  std::int64_t last_change_ms() const { return last_change_; }  // the greatest of their times; 0 in an empty one
  bool empty() const { return count_ == 0; }
  const std::string& bytes() const { return bytes_; }
  // Leaves it empty.
  std::string take_bytes() &&;
  // Bytes from a disk: data_loss when they are not exactly such records (checksums are the caller's matter).
  static Result<Batch> from_bytes(std::string bytes);

 private:
  void count(const ExecutionRecord& record);

  std::string bytes_;
  std::size_t count_ = 0;
  std::size_t ended_ = 0;
  std::int64_t last_change_ = 0;
};

// Batch::each() for bytes that are elsewhere.
Status each_record(std::string_view bytes, const std::function<Status(const ExecutionRecord&)>& each);

// Why a shard's log takes nothing any more; final.
struct LogFailure {
  Error error;
  // The shard belongs to another node now (its lease is over): nothing is wrong with the store. Else what is on the
  // disk is not known: the process should end, and a restart reads what is there.
  bool lost = false;
};

// The shard's thread calls; what says so may be called from any.
class ShardLog {
 public:
  virtual ~ShardLog() = default;

  // Every execution of the shard that has not ended, before the first append(). Records come in the order of their
  // commits: a later one of an execution replaces the earlier, and one with ended_at_ms != 0 takes it out.
  virtual Status load(const std::function<Status(const ExecutionRecord&)>& each) = 0;

  // Queues a batch and returns its sequence number: 1, 2, 3, … in this opening. Never blocks. After a failure it is
  // dropped.
  virtual std::uint64_t append(Batch batch) = 0;
  // Batches up to here are on disk. Any thread.
  virtual std::uint64_t durable_through() const = 0;
  // Executions that ended in batches up to here are found by Lookups, for good. Any thread.
  virtual std::uint64_t indexed_through() const = 0;
  // Bytes queued and not yet durable, for back-pressure. Any thread.
  virtual std::size_t queued_bytes() const = 0;
  virtual std::optional<LogFailure> failure() const = 0;

  // Whether effects of durable batches may be carried out at this instant. False: the lease may be over; nothing is
  // answered or sent now, ask again at the next wake-up.
  virtual bool may_act() const = 0;
  // So that old parts of the log can go: executions whose last record is of a batch before this are to be appended
  // again as they are, a few at a time. 0: none. Load counts as batch 0.
  virtual std::uint64_t rewrite_before() const = 0;
  // The shard says, when it has done that and now and then (once a second is often enough): the last records of all
  // that runs have so many bytes, roughly (half or twice as many do no harm), and none of them is of a batch before
  // `none_before`. Only by this does the store know. Never blocks.
  virtual void report(std::uint64_t /*live_bytes*/, std::uint64_t /*none_before*/) {}
  // Everything that was appended until now shall leave the disk as soon as it has been rewritten or indexed (a person
  // is being erased): rewrite_before() asks for it at once, and may ask all shards, which must be open. Returns the
  // number below which that is then; it is done when purged_before() has reached it.
  virtual std::uint64_t purge() = 0;
  virtual std::uint64_t purged_before() const = 0;
};

}  // namespace flow::store
