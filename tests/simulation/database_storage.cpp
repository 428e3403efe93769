#include "tests/simulation/database_storage.h"

#include <algorithm>
#include <utility>

#include "runtime/store/postgres/lease_plan.h"

namespace flow::simulation {

namespace {

using store::postgres::HeldLease;
using store::postgres::LeaseBook;

constexpr std::int64_t kStatementPatienceMs = 2000;

// A shard's batches on their way.
struct Queue {
  std::shared_ptr<store::postgres::Lease> lease;
  std::uint64_t count = 0;  // in the database, as this node knows it
  std::function<void()> wake;
  std::uint64_t appended = 0;
  std::uint64_t durable = 0;
  std::size_t queued_bytes = 0;
  std::deque<store::Batch> batches;
  bool in_flight = false;
  bool open = true;
  std::optional<store::LogFailure> failure;
};

// What outlives the storage, for answers that are still on the road.
struct Shared {
  explicit Shared(DatabaseParts given)
      : parts(std::move(given)),
        book(parts.boot_clock, std::chrono::milliseconds(parts.lease_ms)),
        view(std::make_shared<const store::ClusterView>()) {}

  DatabaseParts parts;
  LeaseBook book;
  std::shared_ptr<const store::ClusterView> view;
  store::ClusterWatcher watcher;
  bool alive = true;
  bool draining = false;
  std::int64_t answered_ms = INT64_MIN / 2;
  std::uint64_t registry_version = 0;
  std::map<std::uint8_t, std::shared_ptr<Queue>> queues;  // by first slot
  std::uint64_t commits = 0;

  Stage& stage() { return parts.stage; }
  Database& database() { return parts.database; }
  std::int64_t delay() { return parts.stage.random.between(0, parts.road.delay_ms_max); }
};
using SharedPtr = std::shared_ptr<Shared>;

// A statement: over the road, carried out, and its answer back; nothing when it or its answer is lost.
template <typename T>
void statement(const SharedPtr& shared, std::function<T()> carry_out, std::function<void(std::optional<T>)> done) {
  Stage& stage = shared->stage();
  const auto lost = [shared, done] {
    shared->stage().agenda.in(kStatementPatienceMs, [shared, done] {
      if (shared->alive) done(std::nullopt);
    });
  };
  if (shared->parts.road.cut) return lost();
  stage.agenda.in(shared->delay(), [shared, carry_out = std::move(carry_out), done, lost] {
    const T result = carry_out();
    if (shared->parts.road.cut) return lost();
    shared->stage().agenda.in(shared->delay(), [shared, result, done] {
      if (shared->alive) done(result);
    });
  });
}

// ---- Writing

void write_next(const SharedPtr& shared, const std::shared_ptr<Queue>& queue) {
  if (queue->in_flight || queue->failure || queue->batches.empty() || !shared->alive) return;
  queue->in_flight = true;
  const std::uint8_t slot = queue->lease->slots().first;
  statement<Database::Written>(
      shared,
      [shared, queue, slot, count = queue->count, batch = queue->batches.front()] {
        return shared->database().write(slot, queue->lease->token(), count, batch);
      },
      [shared, queue](std::optional<Database::Written> written) {
        queue->in_flight = false;
        if (!queue->open) return;
        if (written == Database::Written::fenced) {
          LeaseBook::lose(*queue->lease);
          queue->failure = store::LogFailure{{ErrorCode::failed_precondition, "another node has the shard"}, true};
        } else if (written) {
          ++queue->count;
          ++queue->durable;
          ++shared->commits;
          queue->queued_bytes -= queue->batches.front().bytes().size();
          queue->batches.pop_front();
        }
        // Unknown: it is sent again as it was.
        queue->wake();
        shared->parts.wake();
        write_next(shared, queue);
      });
}

class Log final : public store::ShardLog {
 public:
  Log(SharedPtr shared, std::shared_ptr<Queue> queue) : shared_(std::move(shared)), queue_(std::move(queue)) {}
  ~Log() override {
    queue_->open = false;
    const store::SlotRange slots = queue_->lease->slots();
    shared_->book.remove(queue_->lease);
    shared_->queues.erase(slots.first);
    if (!shared_->alive || queue_->failure || queue_->lease->lost()) return;
    // The real one waits; here what is still queued arrives at once, if it arrives at all.
    const auto& road = shared_->parts.road;
    while (!road.cut && !queue_->batches.empty()) {
      if (shared_->database().write(slots.first, queue_->lease->token(), queue_->count, queue_->batches.front()) ==
          Database::Written::fenced)
        return;
      ++queue_->count;
      queue_->batches.pop_front();
    }
    if (!road.cut) shared_->database().release(slots, shared_->parts.self, queue_->lease->token());
  }

  Status load(const std::function<Status(const store::ExecutionRecord&)>& each) override {
    if (!shared_->alive || shared_->parts.road.cut) return fail(ErrorCode::unavailable, "the database does not answer");
    Status status;
    shared_->database().each_running(queue_->lease->slots(), [&](const StoredExecution& stored) {
      if (!status) return;
      const store::EndedRow& row = stored.row;
      status = each({.id = row.id,
                     .revision = row.revision,
                     .bundle = row.bundle,
                     .flow = row.flow,
                     .order = row.order,
                     .changed_at_ms = row.changed_at_ms,
                     .ended_at_ms = 0,
                     .party = row.party,
                     .key = row.key,
                     .image = row.image});
    });
    return status;
  }
  std::uint64_t append(store::Batch batch) override {
    if (queue_->failure || !shared_->alive) return ++queue_->appended;
    queue_->queued_bytes += batch.bytes().size();
    queue_->batches.push_back(std::move(batch));
    shared_->parts.wake();
    return ++queue_->appended;
  }
  std::uint64_t durable_through() const override { return queue_->durable; }
  std::uint64_t indexed_through() const override { return queue_->durable; }
  std::size_t queued_bytes() const override { return queue_->queued_bytes; }
  std::optional<store::LogFailure> failure() const override {
    if (queue_->failure) return queue_->failure;
    if (!queue_->lease->lost()) return std::nullopt;
    return store::LogFailure{{ErrorCode::failed_precondition, "another node has the shard"}, true};
  }
  bool may_act() const override { return shared_->alive && !queue_->failure && queue_->lease->may_act(); }
  std::uint64_t rewrite_before() const override { return 0; }
  std::uint64_t purge() override { return queue_->appended + 1; }
  std::uint64_t purged_before() const override { return queue_->durable + 1; }

 private:
  SharedPtr shared_;
  std::shared_ptr<Queue> queue_;
};

// ---- Bundles

class DatabaseRegistry final : public store::Registry {
 public:
  explicit DatabaseRegistry(SharedPtr shared) : shared_(std::move(shared)) {}

  Result<std::vector<store::RegisteredBundle>> bundles() override {
    if (Status ok = reach(); !ok) return std::unexpected(ok.error());
    std::vector<store::RegisteredBundle> all;
    for (const auto& row : database().bundles) all.push_back(row.bundle);
    return all;
  }
  Result<std::vector<store::PublishedFlow>> published() override {
    if (Status ok = reach(); !ok) return std::unexpected(ok.error());
    std::vector<store::PublishedFlow> all;
    for (const auto& [flow, row] : database().published) all.push_back(row);
    return all;
  }
  Result<std::string> bundle_bytes(std::uint32_t number) override {
    if (Status ok = reach(); !ok) return std::unexpected(ok.error());
    if (number == 0 || number > database().bundles.size()) return fail(ErrorCode::not_found, "no bundle {}", number);
    return database().bundles[number - 1].bytes;
  }
  Result<store::RegisteredBundle> deploy(std::string_view version, std::string_view bytes,
                                         const std::vector<std::string>& flows, std::int64_t at_ms,
                                         bool* known) override {
    if (Status ok = reach(); !ok) return std::unexpected(ok.error());
    *known = true;
    for (const auto& row : database().bundles)
      if (row.bundle.version == version) return row.bundle;
    *known = false;
    Database::BundleRow& row = database().bundles.emplace_back();
    row.bundle.number = static_cast<std::uint32_t>(database().bundles.size());
    row.bundle.version = version;
    row.bundle.at_ms = at_ms;
    row.bytes = bytes;
    for (const std::string& flow : flows) {
      const auto number = static_cast<std::uint32_t>(database().flow_numbers.size() + 1);
      row.bundle.flows.push_back({database().flow_numbers.try_emplace(flow, number).first->second, flow});
    }
    changed();
    return row.bundle;
  }
  Status publish(const store::PublishedFlow& row) override {
    if (Status ok = reach(); !ok) return ok;
    database().published[row.flow] = row;
    changed();
    return {};
  }
  std::uint64_t version() const override { return shared_->registry_version; }
  std::array<std::uint8_t, 16> hash_key() const override { return shared_->database().hash_key; }
  core::ClockBase saved_clock() const override { return shared_->database().clock; }
  Status save_clock(const core::ClockBase& base) override {
    if (Status ok = reach(); !ok) return ok;
    if (database().clock == core::ClockBase{}) database().clock = base;
    return {};
  }

 private:
  Database& database() { return shared_->database(); }
  Status reach() const {
    if (!shared_->alive || shared_->parts.road.cut) return fail(ErrorCode::unavailable, "the database does not answer");
    return {};
  }
  void changed() { shared_->registry_version = ++database().registry_version; }

  SharedPtr shared_;
};

// ---- Look-ups: answered within pump(), after the road there and back

class DatabaseLookups final : public store::Lookups {
 public:
  explicit DatabaseLookups(SharedPtr shared) : shared_(std::move(shared)) {}
  ~DatabaseLookups() override { close(); }

  void execution(const core::ExecutionId& id, store::LookupDone<std::optional<store::EndedRow>> done) override {
    ask(std::move(done), [this, id]() -> std::optional<store::EndedRow> {
      const StoredExecution* stored = shared_->database().find(id);
      if (stored == nullptr || stored->place == 0) return std::nullopt;
      return stored->row;
    });
  }
  void find_key(std::uint8_t slot, std::uint64_t key, store::LookupDone<std::optional<store::EndedRow>> done) override {
    ask(std::move(done), [this, slot, key] { return shared_->database().find_key(slot, key); });
  }
  void list(store::EndedFilter filter, store::LookupDone<store::EndedPage> done) override {
    ask(std::move(done), [this, filter] { return shared_->database().list(filter); });
  }
  void each_key(store::SlotRange slots, std::function<void(KeyPortion)> portion,
                store::LookupDone<std::monostate> done) override {
    ask(std::move(done), [this, slots, portion = std::move(portion)] {
      portion(shared_->database().keys(slots));
      return std::monostate{};
    });
  }
  void each_ended(store::SlotRange slots, std::function<Status(const RowPortion&)> portion,
                  store::LookupDone<std::monostate> done) override {
    ask(std::move(done), [this, slots, portion = std::move(portion)] {
      static_cast<void>(portion(shared_->database().ended(slots)));
      return std::monostate{};
    });
  }
  void forget_ended(store::SlotRange slots, store::Retention retention, std::int64_t now_ms, std::size_t limit,
                    store::LookupDone<std::size_t> done) override {
    ask(std::move(done), [this, slots, retention = std::move(retention), now_ms, limit] {
      return shared_->database().forget_ended(slots, retention, now_ms, limit);
    });
  }
  void erase_party(std::uint64_t party, store::LookupDone<std::size_t> done) override {
    ask(std::move(done), [this, party] { return shared_->database().erase_party(party); });
  }

  // Answers what has come back. False: nothing has.
  bool pump() {
    const std::int64_t now = shared_->stage().agenda.now_ms();
    bool some = false;
    while (!waiting_.empty() && waiting_.front().at_ms <= now) {
      Waiting next = std::move(waiting_.front());
      waiting_.pop_front();
      some = true;
      next.run(!shared_->alive || shared_->parts.road.cut);
    }
    return some;
  }
  void close() {
    while (!waiting_.empty()) {
      Waiting next = std::move(waiting_.front());
      waiting_.pop_front();
      next.run(true);
    }
  }

 private:
  struct Waiting {
    std::int64_t at_ms = 0;
    std::move_only_function<void(bool lost)> run;
  };

  template <typename T, typename Read>
  void ask(store::LookupDone<T> done, Read read) {
    std::int64_t at = shared_->stage().agenda.now_ms() + shared_->delay() + shared_->delay();
    if (!waiting_.empty()) at = std::max(at, waiting_.back().at_ms);
    waiting_.push_back({at, [done = std::move(done), read = std::move(read)](bool lost) mutable {
                          if (lost) return done(fail(ErrorCode::unavailable, "the database does not answer"));
                          done(read());
                        }});
    shared_->stage().agenda.at(at, [shared = shared_] {
      if (shared->alive) shared->parts.wake();
    });
  }

  SharedPtr shared_;
  std::deque<Waiting> waiting_;
};

// ---- Leases

void tell(const SharedPtr& shared) {
  if (shared->watcher.changed) shared->watcher.changed();
  if (!shared->watcher.take) return;
  const auto plan = store::postgres::plan_for_self(*shared->view);
  for (const store::SlotRange& slots : plan.give_back) shared->watcher.give_back(slots);
  for (const store::SlotRange& slots : plan.take) shared->watcher.take(slots);
  shared->parts.wake();
}

struct Round {
  std::vector<std::pair<std::uint8_t, std::int64_t>> renewed;
  store::ClusterView view;
  std::uint64_t registry = 0;
};

void keep_leases(const SharedPtr& shared) {
  if (!shared->alive) return;
  const auto next = [shared] {
    shared->stage().agenda.in(shared->parts.lease_ms / 4, [shared] { keep_leases(shared); });
  };
  // A node that stands still goes on where it was, and what it then does it does late.
  if (shared->parts.road.standing_still || shared->parts.road.renewals_lost) return next();
  store::ClusterNode self{
      .id = shared->parts.self, .name = shared->parts.name, .address = "", .draining = shared->draining};
  self.format = 1;
  self.registry = shared->registry_version;
  const std::vector<HeldLease> asked = shared->book.held();
  std::vector<std::pair<std::uint8_t, std::int64_t>> held;
  for (const HeldLease& each : asked) held.emplace_back(each.slot, each.token);
  const std::int64_t sent_ms = shared->book.now_ms();
  statement<Round>(
      shared,
      [shared, self, held] {
        Round round;
        round.renewed = shared->database().renew(self, held);
        round.view = shared->database().view();
        round.registry = shared->database().registry_version;
        return round;
      },
      [shared, asked, sent_ms, next](std::optional<Round> round) {
        next();
        if (!round) return;
        std::vector<HeldLease> renewed;
        for (const auto& [slot, token] : round->renewed) renewed.push_back({slot, token});
        shared->answered_ms = sent_ms;
        for (const auto& lease : shared->book.settle(sent_ms, asked, renewed))
          if (const auto queue = shared->queues.find(lease->slots().first); queue != shared->queues.end())
            queue->second->wake();
        shared->registry_version = std::max(shared->registry_version, round->registry);
        auto view = std::make_shared<store::ClusterView>(std::move(round->view));
        view->self = shared->parts.self;
        view->generation = shared->view->generation + 1;
        shared->view = std::move(view);
        tell(shared);
      });
}

class NodeStorage final : public DatabaseStorage {
 public:
  explicit NodeStorage(DatabaseParts parts)
      : shared_(std::make_shared<Shared>(std::move(parts))), registry_(shared_), lookups_(shared_) {
    shared_->registry_version = shared_->database().registry_version;
    last_change_ms_ = shared_->database().last_change_ms();
    for (const store::ClusterShard& shard : shared_->database().view().shards) shards_.push_back(shard.slots);
    keep_leases(shared_);
  }
  ~NodeStorage() override {
    lookups_.close();
    shared_->alive = false;
  }

  store::Registry& registry() override { return registry_; }
  store::Lookups& lookups() override { return lookups_; }
  Result<std::unique_ptr<store::ShardLog>> open_shard(store::SlotRange slots, std::function<void()> wake) override {
    if (!shared_->alive || shared_->parts.road.cut) return fail(ErrorCode::unavailable, "the database does not answer");
    if (shared_->queues.contains(slots.first)) return fail(ErrorCode::failed_precondition, "the shard is open already");
    const std::int64_t sent_ms = shared_->book.now_ms();
    const auto taken = shared_->database().take(slots, shared_->parts.self);
    if (!taken) return fail(ErrorCode::failed_precondition, "the shard belongs to another node");
    auto queue = std::make_shared<Queue>();
    queue->lease = shared_->book.add(slots, taken->token, sent_ms);
    queue->count = taken->batches;
    queue->wake = std::move(wake);
    shared_->queues[slots.first] = queue;
    return std::make_unique<Log>(shared_, queue);
  }
  std::int64_t last_change_ms() const override { return last_change_ms_; }
  store::StorageSizes sizes() const override {
    store::StorageSizes sizes;
    sizes.commits = shared_->commits;
    return sizes;
  }
  bool pump() override {
    bool some = lookups_.pump();
    if (!shared_->alive) return some;
    for (const auto& [slot, queue] : shared_->queues) {
      if (queue->in_flight || queue->failure || queue->batches.empty()) continue;
      write_next(shared_, queue);
      some = true;
    }
    return some;
  }

  void watch(store::ClusterWatcher watcher) override {
    shared_->watcher = std::move(watcher);
    shared_->stage().agenda.in(0, [shared = shared_] {
      if (shared->alive) tell(shared);
    });
  }
  void unwatch() override { shared_->watcher = {}; }
  void drain() override { shared_->draining = true; }
  void look() override {}
  std::shared_ptr<const store::ClusterView> view() const override { return shared_->view; }
  std::chrono::milliseconds lease() const override { return std::chrono::milliseconds(shared_->parts.lease_ms); }
  bool connected() const override { return shared_->book.now_ms() - shared_->answered_ms < shared_->parts.lease_ms; }

  void abandon() override {
    shared_->alive = false;
    shared_->watcher = {};
  }
  bool quiet() const override {
    return std::ranges::all_of(shared_->queues, [](const auto& each) { return each.second->batches.empty(); });
  }
  const std::vector<store::SlotRange>& shards() const override { return shards_; }

 private:
  SharedPtr shared_;
  DatabaseRegistry registry_;
  DatabaseLookups lookups_;
  std::int64_t last_change_ms_ = 0;
  std::vector<store::SlotRange> shards_;
};

}  // namespace

std::unique_ptr<DatabaseStorage> DatabaseStorage::open(DatabaseParts parts) {
  return std::make_unique<NodeStorage>(std::move(parts));
}

}  // namespace flow::simulation
