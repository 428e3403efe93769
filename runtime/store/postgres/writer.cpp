#include "runtime/store/postgres/writer.h"

#include <algorithm>

#include "base/check.h"
#include "base/limits.h"
#include "runtime/core/log.h"
#include "runtime/store/postgres/merge.h"

namespace flow::store::postgres {

namespace {

using std::chrono::milliseconds;

constexpr Statement kLook = {"look", "select slot, token, batch from flowd.shards where slot = any($1::int2[])"};
// A commit of our own behind one that was found done: when it is confirmed, so is what came before it, by the standbys
// that the database waits for as well.
constexpr Statement kConfirm = {
    "confirm",
    "update flowd.shards s set changed_at = s.changed_at from unnest($1::int2[]) as f(slot) where s.slot = f.slot"};

// Rows are found by their keys, whatever the statistics say: nodes hold few rows of a table that may be large.
constexpr const char* kSettings =
    "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c enable_bitmapscan=off -c jit=off "
    "-c plan_cache_mode=force_generic_plan -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 "
    "-c tcp_keepalives_count=3";

}  // namespace

void ShardQueue::fail(LogFailure reason) {
  {
    const std::scoped_lock lock(mutex);
    if (failure) return;
    failure = std::move(reason);
    batches_queued.clear();
    failed.store(true, std::memory_order_release);
  }
  changed.notify_all();
  wake();
}

// What one shard has in a transaction.
struct Writer::Part {
  std::shared_ptr<ShardQueue> shard;
  std::deque<Batch> batches = {};
  std::uint64_t through = 0;  // sequence of the last
  std::size_t bytes = 0;
  std::int64_t batch = 0;  // the count that it gives the shard's row
  std::int64_t listed = 0;
  bool done = false;
};

struct Writer::Transaction {
  std::vector<Part> parts;
  Parameters parameters;

  bool done() const { return std::ranges::all_of(parts, &Part::done); }
  Array open_slots() const {
    Array slots(kInt2Array);
    for (const Part& part : parts) {
      if (!part.done) slots.int2(part.shard->lease->slots().first);
    }
    return slots;
  }
};

Writer::Writer(WriterOptions options) : options_(std::move(options)) {
  thread_ = std::thread([this] { run(); });
}

Writer::~Writer() {
  {
    const std::scoped_lock lock(mutex_);
    FLOW_CHECK(shards_.empty(), "{} shards are still open", shards_.size());
    stopping_ = true;
  }
  interrupt_.raise();
  work_.notify_all();
  thread_.join();
}

void Writer::add(const std::shared_ptr<ShardQueue>& shard) {
  const std::scoped_lock lock(mutex_);
  shards_.push_back(shard);
}

void Writer::remove(const std::shared_ptr<ShardQueue>& shard) {
  {
    const std::scoped_lock lock(mutex_);
    std::erase(shards_, shard);
  }
  shard->abandoned.store(true, std::memory_order_release);
  std::unique_lock lock(shard->mutex);
  shard->changed.wait(lock, [&] { return !shard->in_flight; });
}

void Writer::notify() {
  {
    const std::scoped_lock lock(mutex_);
    pending_ = true;
  }
  work_.notify_one();
}

WriterStatistics Writer::statistics() const {
  return {commits_.load(std::memory_order_relaxed),
          static_cast<double>(nanoseconds_.load(std::memory_order_relaxed)) / 1e9};
}

void Writer::run() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      work_.wait(lock, [&] { return pending_ || stopping_; });
      if (stopping_) return;
      pending_ = false;
    }
    while (std::optional<Transaction> transaction = collect()) carry_out(*transaction);
  }
}

// Takes what is queued, within the bounds of one transaction, beginning with another shard each time.
std::optional<Writer::Transaction> Writer::collect() {
  std::vector<std::shared_ptr<ShardQueue>> shards;
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_ || shards_.empty()) return std::nullopt;
    next_shard_ = (next_shard_ + 1) % shards_.size();
    for (std::size_t i = 0; i < shards_.size(); ++i) shards.push_back(shards_[(next_shard_ + i) % shards_.size()]);
  }
  Transaction transaction;
  std::size_t records = 0;
  std::size_t bytes = 0;
  const auto full = [&] { return records >= limits::kTransactionRecordsMax || bytes >= limits::kTransactionBytesMax; };
  for (const auto& shard : shards) {
    if (options_.shards_a_transaction != 0 && transaction.parts.size() >= options_.shards_a_transaction) break;
    const std::scoped_lock lock(shard->mutex);
    if (shard->failure || shard->batches_queued.empty() || shard->abandoned.load(std::memory_order_acquire)) continue;
    Part part{.shard = shard, .through = shard->durable.load(std::memory_order_relaxed), .listed = shard->listed};
    part.batch = shard->batches + 1;
    while (!shard->batches_queued.empty() && !full()) {
      Batch batch = std::move(shard->batches_queued.front());
      shard->batches_queued.pop_front();
      records += batch.size();
      bytes += batch.bytes().size();
      part.bytes += batch.bytes().size();
      ++part.through;
      part.batches.push_back(std::move(batch));
    }
    shard->in_flight = true;
    transaction.parts.push_back(std::move(part));
    if (full()) break;
  }
  if (transaction.parts.empty()) return std::nullopt;
  return transaction;
}

void Writer::give_up(Part& part, const LogFailure& reason) {
  part.shard->fail(reason);
  part.done = true;
}

// Its batches are in the database, for good.
void Writer::settle(Part& part) {
  ShardQueue& shard = *part.shard;
  shard.batches = part.batch;
  shard.listed = part.listed;
  shard.queued_bytes.fetch_sub(part.bytes, std::memory_order_acq_rel);
  shard.durable.store(part.through, std::memory_order_release);
  part.done = true;
  shard.wake();
}

Connection* Writer::connected(Backoff& backoff) {
  if (connection_ && connection_->usable()) return connection_.get();
  connection_.reset();
  auto made = Connection::connect(options_.target, {.name = options_.name,
                                                    .patience = std::max(options_.lease / 2, milliseconds(500)),
                                                    .settings = kSettings,
                                                    .interrupt = &interrupt_});
  if (made) {
    connection_ = std::move(*made);
    return connection_.get();
  }
  core::log::warning("database_unavailable", {{"connection", options_.name}, {"reason", made.error().error.message}});
  interrupt_.wait(backoff.next());
  return nullptr;
}

void Writer::carry_out(Transaction& transaction) {
  std::vector<MergePart> merged;
  for (const Part& part : transaction.parts) {
    const Lease& lease = *part.shard->lease;
    merged.push_back({lease.slots().first, lease.token(), part.batch, part.listed, &part.batches});
  }
  const auto parameters = merge(merged, options_.keys);
  FLOW_CHECK(parameters, "a batch of our own cannot be read: {}", parameters.error().message);
  for (std::size_t i = 0; i < merged.size(); ++i) transaction.parts[i].listed = merged[i].listed;

  Backoff backoff(std::max(options_.lease / 4, milliseconds(100)));
  while (!transaction.done()) {
    for (Part& part : transaction.parts) {
      if (part.done) continue;
      if (interrupt_.raised() || part.shard->abandoned.load(std::memory_order_acquire)) {
        give_up(part, {{ErrorCode::unavailable, "the store was closed before the batch was durable"}, false});
      } else if (part.shard->lease->lost()) {
        give_up(part, {{ErrorCode::failed_precondition, "another node has taken over the shard"}, true});
      }
    }
    if (transaction.done()) break;
    Connection* connection = connected(backoff);
    if (connection == nullptr) continue;
    const auto begin = Clock::now();
    const auto rows = connection->run(kCommit, *parameters, options_.lease);
    nanoseconds_.fetch_add(static_cast<std::uint64_t>((Clock::now() - begin).count()), std::memory_order_relaxed);
    if (rows) {
      commits_.fetch_add(1, std::memory_order_relaxed);
      for (int row = 0; row < rows->size(); ++row) {
        for (Part& part : transaction.parts) {
          if (!part.done && part.shard->lease->slots().first == rows->integer(row, 0)) settle(part);
        }
      }
      if (!transaction.done() && !look_at(*connection, transaction)) interrupt_.wait(backoff.next());
      continue;
    }
    const Failure& failure = rows.error();
    core::log::warning("commit_failed", {{"connection", options_.name}, {"reason", failure.error.message}});
    if (failure.kind == Failure::Kind::refused) {
      for (Part& part : transaction.parts) {
        if (!part.done) give_up(part, {failure.error, false});
      }
      break;
    }
    interrupt_.wait(backoff.next());
  }
  for (Part& part : transaction.parts) {
    {
      const std::scoped_lock lock(part.shard->mutex);
      part.shard->in_flight = false;
    }
    part.shard->changed.notify_all();
  }
}

// The statement passed over some shards: because they are another node's, or because it had been carried out before,
// when no answer came. False: ask again later.
bool Writer::look_at(Connection& connection, Transaction& transaction) {
  Array slots = transaction.open_slots();
  const auto rows = connection.run(kLook, Parameters().array(slots), options_.lease);
  if (!rows) return false;
  std::vector<Part*> found_done;
  for (int row = 0; row < rows->size(); ++row) {
    for (Part& part : transaction.parts) {
      const Lease& lease = *part.shard->lease;
      if (part.done || lease.slots().first != rows->integer(row, 0)) continue;
      if (rows->integer(row, 1) != lease.token()) {
        LeaseBook::lose(*part.shard->lease);
        give_up(part, {{ErrorCode::failed_precondition, "another node has taken over the shard"}, true});
      } else if (rows->integer(row, 2) == part.batch) {
        found_done.push_back(&part);
      }
    }
  }
  if (found_done.empty()) return true;
  Array done_slots(kInt2Array);
  for (const Part* part : found_done) done_slots.int2(part->shard->lease->slots().first);
  if (!connection.run(kConfirm, Parameters().array(done_slots), options_.lease)) return false;
  for (Part* part : found_done) settle(*part);
  return true;
}

}  // namespace flow::store::postgres
