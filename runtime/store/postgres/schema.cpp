#include "runtime/store/postgres/schema.h"

#include <algorithm>

#include "runtime/crypto/random.h"

namespace flow::store::postgres {

namespace {

// Serializes those who create: "flowd" as a number.
constexpr const char* kLock = "select pg_advisory_xact_lock(439721161572)";

// Every table that grows has `slot` at the front of its key and of each index, so that it can be distributed by it.
constexpr const char* kTables = R"sql(
create schema if not exists flowd;
create table flowd.meta (
  one smallint primary key check (one = 1), version int not null, hash_key bytea not null,
  clock_base_ms bigint not null default 0, clock_real_ms bigint not null default 0,
  clock_rate double precision not null default 0, registry bigint not null default 1);
create table flowd.bundles (
  number int primary key, version text not null unique, at_ms bigint not null, flows text not null,
  checksum bigint not null, bytes bytea not null);
create table flowd.flows (number int primary key, name text not null unique);
create table flowd.published (flow text primary key, bundle text not null, at_ms bigint not null);
create table flowd.nodes (
  id uuid primary key, name text not null, address text not null, release text not null, format int not null,
  draining boolean not null, registry bigint not null, seen timestamptz not null);
create table flowd.leases (
  slot smallint primary key, last_slot smallint not null, node uuid, token bigint not null, format int not null,
  until timestamptz not null);
create table flowd.shards (
  slot smallint primary key, token bigint not null, batch bigint not null, listed bigint not null,
  changed_at bigint not null) with (fillfactor = 10);
create table flowd.executions (
  slot smallint not null, id uuid not null, revision int not null, bundle int not null, flow int not null,
  start_order bigint not null, changed_at bigint not null, party bigint not null, key bigint not null,
  image bytea not null, primary key (slot, id)) with (fillfactor = 70);
create table flowd.ended (
  slot smallint not null, id uuid not null, revision int not null, bundle int not null, flow int not null,
  start_order bigint not null, changed_at bigint not null, party bigint not null, key bigint not null,
  image bytea not null, ended_at bigint not null, listed bigint not null, primary key (slot, id));
create index ended_listed on flowd.ended (slot, flow, listed);
create index ended_party on flowd.ended (slot, party) where party <> 0;
create index ended_key on flowd.ended (slot, key, id) include (ended_at) where key <> 0;
)sql";

constexpr Statement kFindMeta = {"find_meta",
                                 "select count(*) from pg_tables where schemaname = 'flowd' and tablename = 'meta'"};
constexpr Statement kReadMeta = {"read_meta", "select version, hash_key from flowd.meta"};
constexpr Statement kReadShards = {"read_shards", "select slot, last_slot from flowd.leases order by slot"};
constexpr Statement kAddMeta = {"add_meta", "insert into flowd.meta (one, version, hash_key) values (1, $1, $2)"};
// An installation that was made and not used: a move may have it.
constexpr Statement kIsUnused = {
    "is_unused",
    "select not exists (select from flowd.bundles) and not exists (select from flowd.executions) and "
    "not exists (select from flowd.ended) and not exists (select from flowd.leases where until > now()) "
    "from flowd.meta where version = $1"};
constexpr Statement kGiveToMove = {"give_to_move", "update flowd.meta set version = $1, hash_key = $2"};
constexpr Statement kAddLease = {"add_lease",
                                 "insert into flowd.leases (slot, last_slot, token, format, until) "
                                 "values ($1, $2, 0, 0, 'epoch')"};
constexpr Statement kAddShard = {
    "add_shard", "insert into flowd.shards (slot, token, batch, listed, changed_at) values ($1, 0, 0, 0, 0)"};
constexpr Statement kSettings = {"settings",
                                 "select current_setting('synchronous_commit'), current_setting('fsync'), "
                                 "pg_is_in_recovery()"};

class Opener {
 public:
  Opener(Connection& connection, const SchemaOptions& options) : connection_(connection), options_(options) {}

  Result<Installation> open() {
    if (const Status safe = check_settings(); !safe) return std::unexpected(safe.error());
    const auto found = run(kFindMeta, {});
    if (!found) return std::unexpected(found.error());
    if (found->integer(0, 0) == 0 || options_.moved_hash_key) {
      if (const Status made = create(); !made) return std::unexpected(made.error());
    }
    return read();
  }

 private:
  Result<Rows> run(const Statement& statement, const Parameters& parameters) {
    auto rows = connection_.run(statement, parameters, options_.patience);
    if (!rows) return std::unexpected(rows.error().error);
    return std::move(*rows);
  }
  Status script(const std::string& sql) {
    const auto rows = connection_.script(sql, options_.patience);
    if (!rows) return std::unexpected(rows.error().error);
    return {};
  }

  Status check_settings() {
    const auto rows = run(kSettings, {});
    if (!rows) return std::unexpected(rows.error());
    if (rows->integer(0, 2) != 0) {
      return fail(ErrorCode::unavailable,
                  "the database is a standby: the URL must lead to the primary (with several "
                  "hosts: target_session_attrs=read-write)");
    }
    for (int column = 0; column < 2; ++column) {
      if (rows->bytes(0, column) != "off" || options_.allow_unsafe) continue;
      return fail(ErrorCode::failed_precondition,
                  "the database has {} off, so that it loses what it confirmed when it stops: set it on, or say "
                  "`allow_unsafe_database = true` in [cluster]",
                  column == 0 ? "synchronous_commit" : "fsync");
    }
    return {};
  }

  Status create() {
    Status done = script("begin");
    if (done) done = script(kLock);
    if (done) done = create_locked();
    if (done) return script("commit");
    static_cast<void>(connection_.script("rollback", options_.patience));
    return done;
  }

  Status create_locked() {
    const auto found = run(kFindMeta, {});  // while we waited, another node may have made them
    if (!found) return std::unexpected(found.error());
    if (found->integer(0, 0) != 0) return options_.moved_hash_key ? give_to_move() : Status();
    if (const Status made = script(kTables); !made) return made;
    for (const SlotRange& shard : divide_slots(options_.shards)) {
      const auto lease = run(kAddLease, Parameters().int2(shard.first).int2(shard.last));
      if (!lease) return std::unexpected(lease.error());
      const auto row = run(kAddShard, Parameters().int2(shard.first));
      if (!row) return std::unexpected(row.error());
    }
    const std::string key = options_.moved_hash_key ? moved_hash_key() : crypto::random_bytes(16);
    const auto meta = run(kAddMeta, Parameters().int4(wanted_version()).bytes(key));
    if (!meta) return std::unexpected(meta.error());
    return {};
  }

  int wanted_version() const { return options_.moved_hash_key ? kMovingVersion : kSchemaVersion; }
  std::string moved_hash_key() const { return {options_.moved_hash_key->begin(), options_.moved_hash_key->end()}; }

  Status give_to_move() {
    const auto unused = run(kIsUnused, Parameters().int4(kSchemaVersion));
    if (!unused) return std::unexpected(unused.error());
    if (unused->size() != 1) {
      const auto meta = run(kReadMeta, {});
      if (!meta) return std::unexpected(meta.error());
      return check_version(*meta);
    }
    if (unused->integer(0, 0) == 0) {
      return fail(
          ErrorCode::failed_precondition,
          "the database holds an installation of flowd that was used: a store is moved only into one that holds "
          "nothing; give another database");
    }
    const auto given = run(kGiveToMove, Parameters().int4(kMovingVersion).bytes(moved_hash_key()));
    if (!given) return std::unexpected(given.error());
    return {};
  }

  Status check_version(const Rows& meta) const {
    if (meta.size() == 1 && meta.integer(0, 0) == kMovingVersion) {
      return fail(ErrorCode::failed_precondition,
                  "a move into this database was cut short or is under way: end it, or run `drop schema flowd cascade` "
                  "in the database and move again");
    }
    return fail(ErrorCode::failed_precondition,
                "the tables of the database have version {}, this flowd knows {}: use the flowd that made them, or a "
                "newer one",
                meta.size() == 1 ? meta.integer(0, 0) : 0, kSchemaVersion);
  }

  Result<Installation> read() {
    const auto meta = run(kReadMeta, {});
    if (!meta) return std::unexpected(meta.error());
    if (meta->size() != 1 || meta->bytes(0, 1).size() != 16) {
      return fail(ErrorCode::data_loss, "the table flowd.meta of the database is damaged: restore it from a backup");
    }
    if (meta->integer(0, 0) != wanted_version()) return std::unexpected(check_version(*meta).error());
    Installation installation;
    std::ranges::copy(meta->bytes(0, 1), installation.hash_key.begin());
    const auto shards = run(kReadShards, {});
    if (!shards) return std::unexpected(shards.error());
    int next = 0;
    for (int row = 0; row < shards->size(); ++row) {
      const auto first = shards->integer(row, 0);
      const auto last = shards->integer(row, 1);
      if (first != next || last < first || last >= core::kSlots) break;
      installation.shards.push_back({static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(last)});
      next = static_cast<int>(last) + 1;
    }
    if (next != core::kSlots) {
      return fail(ErrorCode::data_loss,
                  "the table flowd.leases of the database is damaged: its rows do not cover all "
                  "slots; restore it from a backup");
    }
    return installation;
  }

  Connection& connection_;
  const SchemaOptions& options_;
};

}  // namespace

Result<Installation> open_schema(Connection& connection, const SchemaOptions& options) {
  if (options.shards < 1 || options.shards > core::kSlots) {
    return fail(ErrorCode::invalid_argument, "there can be 1 to {} shards", core::kSlots);
  }
  return Opener(connection, options).open();
}

std::vector<SlotRange> divide_slots(int shards) {
  std::vector<SlotRange> ranges;
  for (int i = 0; i < shards; ++i) {
    ranges.push_back({static_cast<std::uint8_t>(i * core::kSlots / shards),
                      static_cast<std::uint8_t>((i + 1) * core::kSlots / shards - 1)});
  }
  return ranges;
}

}  // namespace flow::store::postgres
