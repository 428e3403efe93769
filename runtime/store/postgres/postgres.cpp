#include "runtime/store/postgres/postgres.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "runtime/core/log.h"
#include "runtime/crypto/random.h"
#include "runtime/store/postgres/control.h"
#include "runtime/store/postgres/lease_keeper.h"
#include "runtime/store/postgres/lookups.h"
#include "runtime/store/postgres/registry.h"
#include "runtime/store/postgres/schema.h"
#include "runtime/store/postgres/stored_image.h"
#include "runtime/store/postgres/writer.h"

namespace flow::store::postgres {

namespace {

using std::chrono::milliseconds;

// The lease and the fencing token change together; the second waits for a transaction of the owner before, and sees
// what it wrote.
constexpr Statement kTake = {
    "take",
    "with taken as (update flowd.leases set node = $2, token = token + 1, format = greatest(format, $3::int4), "
    "until = now() + $4::int8 * interval '1 millisecond' where slot = $1 and last_slot = $5 and format <= $3::int4 and "
    "(node is null or until < now() or node = $2) returning slot, token) "
    "update flowd.shards s set token = t.token from taken t where s.slot = t.slot "
    "returning s.token, s.batch, s.listed, s.changed_at"};
constexpr Statement kRelease = {
    "release", "update flowd.leases set node = null, until = 'epoch' where slot = $1 and node = $2 and token = $3"};
constexpr Statement kLoad = {"load",
                             "select id, revision, bundle, flow, start_order, changed_at, party, key, image "
                             "from flowd.executions where slot = $1 and id > $2 order by id limit 2000"};
constexpr Statement kLastChange = {"last_change", "select coalesce(max(changed_at), 0) from flowd.shards"};
// Connections that hold a shard's row and wait for a client that does not come back.
constexpr Statement kEndStuck = {
    "end_stuck",
    "select count(pg_terminate_backend(a.pid)) from pg_locks l join pg_stat_activity a on a.pid = l.pid "
    "where l.relation = 'flowd.shards'::regclass and a.pid <> pg_backend_pid() and a.wait_event_type = 'Client'"};
constexpr std::string_view kLockNotAvailable = "55P03";

NodeId new_node_id() {
  NodeId id{};
  std::ranges::copy(crypto::random_bytes(id.size()), id.begin());
  return id;
}

class Database final : public PostgresStorage {
 public:
  Database(Target target, PostgresOptions options, Installation installation)
      : target_(std::move(target)),
        options_(std::move(options)),
        installation_(std::move(installation)),
        self_(new_node_id()),
        book_(options_.boot_clock, options_.lease),
        control_(target_, {.name = "flowd control " + options_.node_name,
                           .settings = fmt::format("-c lock_timeout={}", options_.lease.count() / 4)}),
        registry_(control_, installation_.hash_key) {}
  ~Database() override { FLOW_CHECK(open_.empty(), "{} shards are still open", open_.size()); }

  Status begin();

  Registry& registry() override { return registry_; }
  Lookups& lookups() override { return *lookups_; }
  Result<std::unique_ptr<ShardLog>> open_shard(SlotRange slots, std::function<void()> wake) override;
  std::int64_t last_change_ms() const override { return last_change_ms_; }
  StorageSizes sizes() const override;
  bool pump() override { return false; }

  const std::vector<SlotRange>& shards() const override { return installation_.shards; }
  NodeId self() const override { return self_; }
  Status take_over(Registry& from) override { return registry_.take_over(from); }
  Status finish_move() override { return registry_.finish_move(); }

  void watch(ClusterWatcher watcher) override { keeper_->watch(std::move(watcher)); }
  void unwatch() override { keeper_->unwatch(); }
  void drain() override { keeper_->drain(); }
  void look() override { keeper_->look(); }
  std::shared_ptr<const ClusterView> view() const override { return keeper_->view(); }
  milliseconds lease() const override { return options_.lease; }
  bool connected() const override { return keeper_->connected(); }

  // For the logs.
  Status load(SlotRange slots, const std::function<Status(const ExecutionRecord&)>& each);
  void close(const std::shared_ptr<ShardQueue>& queue, Writer& writer);

 private:
  Answer<Rows> take(SlotRange slots, std::int64_t* sent_ms);
  void wake_owners(const std::vector<std::shared_ptr<Lease>>& leases);

  const Target target_;
  const PostgresOptions options_;
  const Installation installation_;
  const NodeId self_;
  LeaseBook book_;
  Control control_;
  PostgresRegistry registry_;
  std::int64_t last_change_ms_ = 0;
  std::vector<std::unique_ptr<Writer>> writers_;
  std::unique_ptr<PostgresLookups> lookups_;
  mutable std::mutex mutex_;
  std::map<std::uint8_t, std::shared_ptr<ShardQueue>> open_;  // by first slot
  std::set<std::uint8_t> opening_;
  std::unique_ptr<LeaseKeeper> keeper_;  // the last: it calls the others
};

class Log final : public ShardLog {
 public:
  Log(Database& storage, Writer& writer, std::shared_ptr<ShardQueue> queue)
      : storage_(storage), writer_(writer), queue_(std::move(queue)) {}
  ~Log() override { storage_.close(queue_, writer_); }

  Status load(const std::function<Status(const ExecutionRecord&)>& each) override {
    return storage_.load(queue_->lease->slots(), each);
  }
  std::uint64_t append(Batch batch) override {
    const std::size_t bytes = batch.bytes().size();
    {
      const std::scoped_lock lock(queue_->mutex);
      if (queue_->failure) return queue_->appended.fetch_add(1) + 1;
      queue_->queued_bytes.fetch_add(bytes, std::memory_order_acq_rel);
      queue_->batches_queued.push_back(std::move(batch));
    }
    const std::uint64_t sequence = queue_->appended.fetch_add(1) + 1;
    writer_.notify();
    return sequence;
  }
  std::uint64_t durable_through() const override { return queue_->durable.load(std::memory_order_acquire); }
  std::uint64_t indexed_through() const override { return durable_through(); }
  std::size_t queued_bytes() const override { return queue_->queued_bytes.load(std::memory_order_acquire); }
  std::optional<LogFailure> failure() const override {
    if (queue_->failed.load(std::memory_order_acquire)) {
      const std::scoped_lock lock(queue_->mutex);
      return queue_->failure;
    }
    if (!queue_->lease->lost()) return std::nullopt;
    return LogFailure{{ErrorCode::failed_precondition, "another node has taken over the shard"}, true};
  }
  bool may_act() const override { return !queue_->failed.load(std::memory_order_acquire) && queue_->lease->may_act(); }
  // Rows are replaced where they lie: nothing old is left behind that had to be rewritten.
  std::uint64_t rewrite_before() const override { return 0; }
  std::uint64_t purge() override { return queue_->appended.load(std::memory_order_acquire) + 1; }
  std::uint64_t purged_before() const override { return durable_through() + 1; }

 private:
  Database& storage_;
  Writer& writer_;
  const std::shared_ptr<ShardQueue> queue_;
};

Status Database::begin() {
  if (const Status begun = registry_.begin(); !begun) return begun;
  const auto last = control_.run(kLastChange, {}, milliseconds(10'000));
  if (!last) return std::unexpected(last.error().error);
  last_change_ms_ = last->integer(0, 0);
  for (std::size_t i = 0; i < options_.writers; ++i) {
    writers_.push_back(
        std::make_unique<Writer>(WriterOptions{target_, fmt::format("flowd writer {} {}", i, options_.node_name),
                                               options_.lease, options_.shards_a_transaction, options_.keys}));
  }
  lookups_ = std::make_unique<PostgresLookups>(target_, "flowd look-ups " + options_.node_name, options_.readers,
                                               options_.keys);
  keeper_ = std::make_unique<LeaseKeeper>(
      book_, KeeperOptions{.target = target_,
                           .self = self_,
                           .node_name = options_.node_name,
                           .address = options_.address,
                           .release = options_.release,
                           .format = options_.format,
                           .shards = installation_.shards,
                           .leases_changed = [this](const auto& leases) { wake_owners(leases); },
                           .registry_changed = [this](std::uint64_t version) { registry_.saw_version(version); },
                           .registry_read = [this] { return registry_.read_version(); }});
  return {};
}

void Database::wake_owners(const std::vector<std::shared_ptr<Lease>>& leases) {
  std::vector<std::shared_ptr<ShardQueue>> queues;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [slot, queue] : open_) {
      if (std::ranges::find(leases, queue->lease) != leases.end()) queues.push_back(queue);
    }
  }
  for (const auto& queue : queues) queue->wake();
}

Answer<Rows> Database::take(SlotRange slots, std::int64_t* sent_ms) {
  Parameters parameters;
  parameters.int2(slots.first).uuid(self_).int4(options_.format).int8(options_.lease.count()).int2(slots.last);
  for (int i = 0;; ++i) {
    *sent_ms = book_.now_ms();
    auto rows = control_.try_once(kTake, parameters, options_.lease / 2);
    if (rows || i == 3) return rows;
    if (rows.error().sqlstate == kLockNotAvailable) {
      const auto ended = control_.try_once(kEndStuck, {}, options_.lease / 2);
      core::log::warning("stuck_connections_ended", {{"count", ended ? ended->integer(0, 0) : -1}});
    } else if (rows.error().kind == Failure::Kind::refused) {
      return rows;
    }
  }
}

Result<std::unique_ptr<ShardLog>> Database::open_shard(SlotRange slots, std::function<void()> wake) {
  if (std::ranges::find(installation_.shards, slots) == installation_.shards.end()) {
    return fail(ErrorCode::invalid_argument, "slots {} to {} are no shard of this installation, which has {}",
                slots.first, slots.last, installation_.shards.size());
  }
  {
    const std::scoped_lock lock(mutex_);
    if (open_.contains(slots.first) || !opening_.insert(slots.first).second) {
      return fail(ErrorCode::failed_precondition, "the shard of slot {} is open already", slots.first);
    }
  }
  std::int64_t sent_ms = 0;
  const auto rows = take(slots, &sent_ms);
  const std::scoped_lock lock(mutex_);
  opening_.erase(slots.first);
  if (!rows) return std::unexpected(rows.error().error);
  if (rows->size() == 0) {
    return fail(ErrorCode::failed_precondition, "the shard of slot {} belongs to another node", slots.first);
  }
  auto lease = book_.add(slots, rows->integer(0, 0), sent_ms);
  auto queue = std::make_shared<ShardQueue>(lease, rows->integer(0, 1), rows->integer(0, 2), std::move(wake));
  const auto place = std::ranges::find(installation_.shards, slots) - installation_.shards.begin();
  Writer& writer = *writers_[static_cast<std::size_t>(place) % writers_.size()];
  writer.add(queue);
  open_[slots.first] = queue;
  core::log::info("shard_taken", {{"slot", std::int64_t{slots.first}}, {"token", lease->token()}});
  return std::make_unique<Log>(*this, writer, queue);
}

// What was appended is waited for as long as the lease may last; then the shard is free for others at once. Without
// that, they wait until the lease is over.
void Database::close(const std::shared_ptr<ShardQueue>& queue, Writer& writer) {
  bool drained = false;
  {
    std::unique_lock lock(queue->mutex);
    drained = queue->changed.wait_for(
        lock, options_.lease, [&] { return queue->failure || (queue->batches_queued.empty() && !queue->in_flight); });
    drained = drained && !queue->failure;
  }
  writer.remove(queue);
  book_.remove(queue->lease);
  const SlotRange slots = queue->lease->slots();
  if (drained && !queue->lease->lost()) {
    Parameters parameters;
    parameters.int2(slots.first).uuid(self_).int8(queue->lease->token());
    const auto released = control_.try_once(kRelease, parameters, options_.lease / 2);
    if (!released) core::log::warning("shard_not_released", {{"reason", released.error().error.message}});
  }
  core::log::info("shard_left", {{"slot", std::int64_t{slots.first}}, {"lost", queue->lease->lost()}});
  const std::scoped_lock lock(mutex_);
  open_.erase(slots.first);
}

Status Database::load(SlotRange slots, const std::function<Status(const ExecutionRecord&)>& each) {
  auto connection = Connection::connect(
      target_, {.name = "flowd load " + options_.node_name, .settings = "-c enable_seqscan=off -c jit=off"});
  if (!connection) return std::unexpected(connection.error().error);
  for (int slot = slots.first; slot <= slots.last; ++slot) {
    std::array<std::uint8_t, 16> after{};
    while (true) {
      const auto rows = (*connection)
                            ->run(kLoad, Parameters().int2(static_cast<std::int16_t>(slot)).uuid(after),
                                  std::max(options_.lease, milliseconds(10'000)));
      if (!rows) return std::unexpected(rows.error().error);
      for (int row = 0; row < rows->size(); ++row) {
        ExecutionRecord record;
        record.id.bytes = rows->uuid(row, 0);
        record.revision = static_cast<std::uint32_t>(rows->integer(row, 1));
        record.bundle = static_cast<std::uint32_t>(rows->integer(row, 2));
        record.flow = static_cast<std::uint32_t>(rows->integer(row, 3));
        record.order = static_cast<std::uint64_t>(rows->integer(row, 4));
        record.changed_at_ms = rows->integer(row, 5);
        record.party = static_cast<std::uint64_t>(rows->integer(row, 6));
        record.key = static_cast<std::uint64_t>(rows->integer(row, 7));
        const auto image = read_image(record.id, rows->bytes(row, 8), options_.keys);
        if (!image) return std::unexpected(image.error());
        record.image = *image;
        if (const Status taken = each(record); !taken) return taken;
      }
      if (rows->size() == 0) break;
      after = rows->uuid(rows->size() - 1, 0);
    }
  }
  return {};
}

StorageSizes Database::sizes() const {
  StorageSizes sizes;
  for (const auto& writer : writers_) {
    const WriterStatistics statistics = writer->statistics();
    sizes.commits += statistics.commits;
    sizes.commit_seconds += statistics.seconds;
  }
  return sizes;
}

}  // namespace

Result<std::unique_ptr<PostgresStorage>> PostgresStorage::open(Target target, PostgresOptions options) {
  if (options.lease < milliseconds(300) || options.writers == 0 || options.readers == 0) {
    return fail(ErrorCode::invalid_argument, "a lease lasts 300 ms or more, and there is a writer and a reader");
  }
  auto connection = Connection::connect(target, {.name = "flowd opens " + options.node_name});
  if (!connection) return std::unexpected(connection.error().error);
  if (!(*connection)->is_private()) core::log::warning("database_not_encrypted", {{"database", target.shown()}});
  auto installation = open_schema(
      **connection,
      {.shards = options.shards, .allow_unsafe = options.allow_unsafe, .moved_hash_key = options.moved_hash_key});
  if (!installation) return std::unexpected(installation.error());
  auto storage = std::make_unique<Database>(std::move(target), std::move(options), std::move(*installation));
  if (const Status begun = storage->begin(); !begun) return std::unexpected(begun.error());
  return storage;
}

}  // namespace flow::store::postgres
