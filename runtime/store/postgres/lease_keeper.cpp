#include "runtime/store/postgres/lease_keeper.h"

#include <algorithm>

#include "runtime/core/log.h"
#include "runtime/store/postgres/lease_plan.h"

namespace flow::store::postgres {

namespace {

using std::chrono::milliseconds;

// Node and leases are renewed by one statement: they are over at the same instant. `now()` is the database's, and no
// later than the instant at which the statement is carried out.
constexpr Statement kRenew = {
    "renew",
    "with me as (insert into flowd.nodes (id, name, address, release, format, draining, registry, seen) "
    "values ($1, $2, $3, $4, $5, $6, $7, now()) on conflict (id) do update "
    "set draining = excluded.draining, registry = excluded.registry, seen = excluded.seen) "
    "update flowd.leases l set until = now() + $8::int8 * interval '1 millisecond' "
    "from unnest($9::int2[], $10::int8[]) as h(slot, token) "
    "where l.slot = h.slot and l.token = h.token and l.node = $1 returning l.slot, l.token"};
constexpr Statement kNodes = {
    "nodes",
    "select id, name, address, format, draining, registry, seen + $1::int8 * interval '1 millisecond' > now() "
    "from flowd.nodes where seen > now() - 3 * $1::int8 * interval '1 millisecond' order by id"};
constexpr Statement kLeases = {
    "leases",
    "select slot, last_slot, token, format, case when until > now() then node end from flowd.leases order by slot"};
constexpr Statement kVersion = {"version", "select registry from flowd.meta"};
constexpr Statement kForgetNodes = {"forget_nodes", "delete from flowd.nodes where seen < now() - interval '1 day'"};
constexpr Statement kLeave = {"leave", "delete from flowd.nodes where id = $1"};

constexpr milliseconds kPauseMost{500};

}  // namespace

LeaseKeeper::LeaseKeeper(LeaseBook& book, KeeperOptions options)
    : book_(book),
      options_(std::move(options)),
      pause_(std::min(book.lease() / 4, kPauseMost)),
      view_(std::make_shared<const ClusterView>()) {
  thread_ = std::thread([this] { run(); });
}

LeaseKeeper::~LeaseKeeper() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  interrupt_.raise();
  wake_.notify_all();
  thread_.join();
}

void LeaseKeeper::watch(ClusterWatcher watcher) {
  {
    const std::scoped_lock lock(watching_);
    watcher_ = std::move(watcher);
  }
  look();
}

void LeaseKeeper::unwatch() {
  const std::scoped_lock lock(watching_);
  watcher_ = {};
}

void LeaseKeeper::drain() {
  {
    const std::scoped_lock lock(mutex_);
    draining_ = true;
  }
  look();
}

void LeaseKeeper::look() {
  {
    const std::scoped_lock lock(mutex_);
    look_now_ = true;
  }
  wake_.notify_all();
}

std::shared_ptr<const ClusterView> LeaseKeeper::view() const {
  const std::scoped_lock lock(mutex_);
  return view_;
}

bool LeaseKeeper::connected() const {
  return book_.now_ms() - answered_ms_.load(std::memory_order_acquire) < book_.lease().count();
}

void LeaseKeeper::run() {
  Backoff backoff(std::max(book_.lease() / 8, milliseconds(50)));
  while (true) {
    const auto done = round();
    milliseconds pause = pause_;
    if (done) {
      backoff.reset();
    } else if (!interrupt_.raised()) {
      core::log::warning("leases_not_renewed", {{"reason", done.error().error.message}});
      pause = std::min(pause_, backoff.next());
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, pause, [&] { return stopping_ || (look_now_ && done.has_value()); });
    look_now_ = false;
    if (stopping_) break;
  }
  // Who leaves says so: the others need not wait for it to be missed. What it still holds, they wait for.
  if (connection_ && connection_->usable() && book_.held().empty()) {
    connection_.reset();
    auto made = Connection::connect(options_.target, {.name = "flowd leaves", .patience = pause_ * 2});
    if (made) static_cast<void>((*made)->run(kLeave, Parameters().uuid(options_.self), pause_ * 2));
  }
}

Answer<void> LeaseKeeper::round() {
  if (!connection_ || !connection_->usable()) {
    connection_.reset();
    auto made = Connection::connect(
        options_.target,
        {.name = "flowd leases " + options_.node_name, .patience = book_.lease() / 3, .interrupt = &interrupt_});
    if (!made) return std::unexpected(made.error());
    connection_ = std::move(*made);
    if (const auto gone = connection_->run(kForgetNodes, {}, book_.lease() / 3); !gone) {
      return std::unexpected(gone.error());
    }
  }
  if (const auto renewed = renew(*connection_); !renewed) return renewed;
  auto seen = read(*connection_);
  if (!seen) return std::unexpected(seen.error());
  auto view = std::make_shared<ClusterView>(std::move(*seen));
  {
    const std::scoped_lock lock(mutex_);
    view->generation = view_->generation + 1;
    view_ = view;
  }
  tell(*view);
  return {};
}

Answer<void> LeaseKeeper::renew(Connection& connection) {
  const std::vector<HeldLease> asked = book_.held();
  Array slots(kInt2Array);
  Array tokens(kInt8Array);
  for (const HeldLease& each : asked) {
    slots.int2(each.slot);
    tokens.int8(each.token);
  }
  bool draining = false;
  {
    const std::scoped_lock lock(mutex_);
    draining = draining_;
  }
  Parameters parameters;
  parameters.uuid(options_.self)
      .text(options_.node_name)
      .text(options_.address)
      .text(options_.release)
      .int4(options_.format)
      .boolean(draining)
      .int8(static_cast<std::int64_t>(options_.registry_read()))
      .int8(book_.lease().count())
      .array(slots)
      .array(tokens);
  const std::int64_t sent_ms = book_.now_ms();
  const auto rows = connection.run(kRenew, parameters, book_.lease() / 2);
  if (!rows) return std::unexpected(rows.error());
  std::vector<HeldLease> renewed;
  for (int row = 0; row < rows->size(); ++row) {
    renewed.push_back({static_cast<std::uint8_t>(rows->integer(row, 0)), rows->integer(row, 1)});
  }
  answered_ms_.store(sent_ms, std::memory_order_release);
  const auto changed = book_.settle(sent_ms, asked, renewed);
  if (!changed.empty()) options_.leases_changed(changed);
  return {};
}

Answer<ClusterView> LeaseKeeper::read(Connection& connection) {
  const milliseconds patience = book_.lease() / 2;
  const auto nodes = connection.run(kNodes, Parameters().int8(book_.lease().count()), patience);
  if (!nodes) return std::unexpected(nodes.error());
  const auto leases = connection.run(kLeases, {}, patience);
  if (!leases) return std::unexpected(leases.error());
  const auto version = connection.run(kVersion, {}, patience);
  if (!version) return std::unexpected(version.error());
  if (version->size() == 1) options_.registry_changed(static_cast<std::uint64_t>(version->integer(0, 0)));
  ClusterView view;
  view.self = options_.self;
  for (int row = 0; row < nodes->size(); ++row) {
    ClusterNode node;
    node.id = nodes->uuid(row, 0);
    node.name = nodes->text(row, 1);
    node.address = nodes->text(row, 2);
    node.format = static_cast<int>(nodes->integer(row, 3));
    node.draining = nodes->integer(row, 4) != 0;
    node.registry = static_cast<std::uint64_t>(nodes->integer(row, 5));
    node.alive = nodes->integer(row, 6) != 0;
    view.nodes.push_back(std::move(node));
  }
  for (int row = 0; row < leases->size(); ++row) {
    ClusterShard shard;
    shard.slots = {static_cast<std::uint8_t>(leases->integer(row, 0)),
                   static_cast<std::uint8_t>(leases->integer(row, 1))};
    shard.token = leases->integer(row, 2);
    shard.format = static_cast<int>(leases->integer(row, 3));
    if (!leases->is_null(row, 4)) shard.owner = leases->uuid(row, 4);
    view.shards.push_back(shard);
  }
  return view;
}

void LeaseKeeper::tell(const ClusterView& view) {
  const std::scoped_lock lock(watching_);
  if (watcher_.changed) watcher_.changed();
  if (!watcher_.take) return;
  const LeasePlan plan = plan_for_self(view);
  for (const SlotRange& slots : plan.give_back) watcher_.give_back(slots);
  for (const SlotRange& slots : plan.take) watcher_.take(slots);
}

}  // namespace flow::store::postgres
