// Writes what shards append: a thread with a connection, one transaction at a time, which carries everything that was
// queued while the one before it ran.
//
// Exactly once: each shard's row in the database counts its transactions. A transaction names the shard's fencing token
// and the count that it expects; another token, or another count, and nothing of that shard is written. So a
// transaction whose outcome is unknown is simply sent again, as it was.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "runtime/crypto/seal.h"
#include "runtime/store/postgres/connection.h"
#include "runtime/store/postgres/lease_book.h"
#include "runtime/store/shard_log.h"

namespace flow::store::postgres {

// What the writer and the shard's log share.
struct ShardQueue {
  ShardQueue(std::shared_ptr<Lease> held, std::int64_t batches_before, std::int64_t listed_before,
             std::function<void()> wake_shard)
      : lease(std::move(held)), batches(batches_before), listed(listed_before), wake(std::move(wake_shard)) {}

  const std::shared_ptr<Lease> lease;
  std::int64_t batches;  // the count in the database; the writer's
  std::int64_t listed;   // the greatest place in lists that was given away; the writer's
  const std::function<void()> wake;

  std::atomic<std::uint64_t> appended{0};
  std::atomic<std::uint64_t> durable{0};
  std::atomic<std::size_t> queued_bytes{0};
  std::atomic<bool> failed{false};
  std::atomic<bool> abandoned{false};  // nobody waits for what is queued any more

  std::mutex mutex;
  std::condition_variable changed;   // durable, failure, in_flight
  std::deque<Batch> batches_queued;  // under mutex, as what follows
  bool in_flight = false;
  std::optional<LogFailure> failure;

  void fail(LogFailure reason);
};

struct WriterOptions {
  Target target;
  std::string name;  // of the connection
  std::chrono::milliseconds lease;
  std::size_t shards_a_transaction = 0;
  const crypto::Keyring* keys = nullptr;
};

struct WriterStatistics {
  std::uint64_t commits = 0;
  double seconds = 0;
};

class Writer {
 public:
  explicit Writer(WriterOptions options);
  ~Writer();  // REQUIRES: no shard is left
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void add(const std::shared_ptr<ShardQueue>& shard);
  // Nothing of it is under way when it returns, nor will be.
  void remove(const std::shared_ptr<ShardQueue>& shard);
  // Something was queued. Any thread.
  void notify();
  WriterStatistics statistics() const;

 private:
  struct Part;
  struct Transaction;

  void run();
  std::optional<Transaction> collect();
  void carry_out(Transaction& transaction);
  bool look_at(Connection& connection, Transaction& transaction);
  void settle(Part& part);
  static void give_up(Part& part, const LogFailure& reason);
  Connection* connected(Backoff& backoff);

  const WriterOptions options_;
  Interrupt interrupt_;
  std::unique_ptr<Connection> connection_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::vector<std::shared_ptr<ShardQueue>> shards_;
  std::size_t next_shard_ = 0;
  bool pending_ = false;
  bool stopping_ = false;
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> nanoseconds_{0};
  std::thread thread_;
};

}  // namespace flow::store::postgres
