// What only a store of several nodes does: leases, fencing, transactions whose outcome is unknown, databases that go
// away. With a server of the test's own and a bad network between.
#include "runtime/store/postgres/postgres.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <random>
#include <thread>

#include "base/limits.h"
#include "runtime/store/postgres/connection.h"
#include "tests/support/postgres_server.h"
#include "tests/support/tcp_proxy.h"

namespace flow::store::postgres {
namespace {

using namespace std::chrono_literals;
using testing_support::PostgresServer;
using testing_support::TcpProxy;

constexpr SlotRange kFirst{0, 127};
constexpr SlotRange kSecond{128, 255};

PostgresServer& server() {
  static PostgresServer one;
  return one;
}

std::string new_database() {
  static int number = 0;
  return "store" + std::to_string(++number);
}

template <typename Ready>
bool wait_until(Ready ready, std::chrono::milliseconds most = 60s) {
  const auto until = std::chrono::steady_clock::now() + most;
  while (!ready()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

ExecutionRecord record(std::uint8_t slot, std::uint64_t number, std::uint32_t revision, std::string_view image,
                       std::int64_t ended_at_ms = 0) {
  ExecutionRecord made;
  made.id.bytes[0] = slot;
  for (int i = 0; i < 8; ++i)
    made.id.bytes[static_cast<std::size_t>(15 - i)] = static_cast<std::uint8_t>(number >> (8 * i));
  made.revision = revision;
  made.bundle = made.flow = 1;
  made.order = number;
  made.changed_at_ms = ended_at_ms != 0 ? ended_at_ms : 1'000;
  made.ended_at_ms = ended_at_ms;
  made.image = image;
  return made;
}

Batch batch_of(const ExecutionRecord& one) {
  Batch batch;
  batch.add(one);
  return batch;
}

class Node {
 public:
  explicit Node(const Target& target, std::chrono::milliseconds lease = 1s, int format = 1) {
    PostgresOptions options;
    options.node_name = "n";
    options.shards = 2;
    options.lease = lease;
    options.format = format;
    auto opened = PostgresStorage::open(target, options);
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
    storage = std::move(*opened);
  }

  ShardLog* open(SlotRange slots) {
    auto opened = storage->open_shard(slots, [] {});
    if (!opened) {
      last_error = opened.error();
      return nullptr;
    }
    logs.push_back(std::move(*opened));
    return logs.back().get();
  }
  std::map<std::uint64_t, std::uint32_t> load(ShardLog& log) {
    std::map<std::uint64_t, std::uint32_t> revisions;
    const Status loaded = log.load([&](const ExecutionRecord& each) -> Status {
      revisions[each.order] = each.revision;
      return {};
    });
    EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().message);
    return revisions;
  }

  std::unique_ptr<PostgresStorage> storage;
  std::vector<std::unique_ptr<ShardLog>> logs;
  Error last_error{};
};

struct Database {
  std::string name = new_database();
  Target direct = *Target::parse(server().url(name), "");
  TcpProxy proxy{{server().socket() + "/.s.PGSQL.5432"}};
  Target through_proxy = direct.with("host", "127.0.0.1")
                             .with("port", std::to_string(proxy.port()))
                             .with("sslmode", "disable")
                             .with("gssencmode", "disable");

  std::string sql(const std::string& text) const { return server().sql(name, text); }
};

TEST(Postgres, AShardHasOneOwner) {
  const Database database;
  Node first(database.direct);
  Node second(database.direct);
  ShardLog* log = first.open(kFirst);
  ASSERT_NE(log, nullptr);
  EXPECT_EQ(second.open(kFirst), nullptr);
  EXPECT_EQ(second.last_error.code, ErrorCode::failed_precondition);
  EXPECT_NE(second.open(kSecond), nullptr);
  EXPECT_EQ(first.open({0, 15}), nullptr);
  EXPECT_EQ(first.last_error.code, ErrorCode::invalid_argument);
  // Given back, it is free at once.
  first.logs.clear();
  EXPECT_NE(second.open(kFirst), nullptr);
}

TEST(Postgres, ALeaseIsRenewedAsLongAsTheNodeLives) {
  const Database database;
  Node node(database.direct, 300ms);
  ShardLog* log = node.open(kFirst);
  ASSERT_NE(log, nullptr);
  const auto until = std::chrono::steady_clock::now() + 1s;
  while (std::chrono::steady_clock::now() < until) {
    ASSERT_FALSE(log->failure());
    std::this_thread::sleep_for(10ms);
  }
  Node other(database.direct, 300ms);
  EXPECT_EQ(other.open(kFirst), nullptr);
}

TEST(Postgres, ANodeBehindAPartitionStopsActingAndIsFenced) {
  Database database;
  Node hung(database.through_proxy);
  ShardLog* lost = hung.open(kFirst);
  ASSERT_NE(lost, nullptr);
  lost->append(batch_of(record(1, 1, 1, "kept")));
  ASSERT_TRUE(wait_until([&] { return lost->durable_through() == 1; }));
  database.proxy.set(TcpProxy::Mode::stall);
  lost->append(batch_of(record(1, 1, 2, "never")));

  Node other(database.direct);
  ShardLog* taken = nullptr;
  ASSERT_TRUE(wait_until([&] {
    const bool could_act = lost->may_act();
    taken = other.open(kFirst);
    if (taken != nullptr) EXPECT_FALSE(could_act);  // asked before: whoever may act is the only one
    return taken != nullptr;
  }));
  EXPECT_FALSE(lost->may_act());
  EXPECT_EQ(other.load(*taken), (std::map<std::uint64_t, std::uint32_t>{{1, 1}}));
  taken->append(batch_of(record(1, 1, 2, "the other's")));
  ASSERT_TRUE(wait_until([&] { return taken->durable_through() == 1; }));

  database.proxy.set(TcpProxy::Mode::pass);
  ASSERT_TRUE(wait_until([&] { return lost->failure().has_value(); }));
  EXPECT_TRUE(lost->failure()->lost);
  EXPECT_EQ(lost->durable_through(), 1U);
  EXPECT_FALSE(lost->may_act());
  EXPECT_EQ(database.sql("select count(*) from flowd.executions where revision = 2"), "1\n");
  taken->append(batch_of(record(1, 1, 3, "goes on")));
  EXPECT_TRUE(wait_until([&] { return taken->durable_through() == 2; }));
}

TEST(Postgres, ATransactionOfAFencedNodeWritesNothing) {
  const Database database;
  Node node(database.direct, 60s);
  ShardLog* log = node.open(kFirst);
  ShardLog* other_shard = node.open(kSecond);
  ASSERT_NE(log, nullptr);
  ASSERT_NE(other_shard, nullptr);
  // As if another node had taken one of the two over while this one hung.
  database.sql("update flowd.shards set token = token + 1 where slot = 0");
  log->append(batch_of(record(1, 1, 1, "fenced")));
  other_shard->append(batch_of(record(200, 2, 1, "good")));
  ASSERT_TRUE(wait_until([&] { return log->failure().has_value(); }));
  EXPECT_TRUE(log->failure()->lost);
  EXPECT_FALSE(log->may_act());
  ASSERT_TRUE(wait_until([&] { return other_shard->durable_through() == 1; }));
  EXPECT_EQ(database.sql("select start_order from flowd.executions"), "2\n");
}

// The database does its work, and nobody hears of it: each batch is carried out exactly once all the same.
TEST(Postgres, OutcomesThatAreUnknownAreFoundOut) {
  Database database;
  Node node(database.through_proxy, 1s);
  ShardLog* log = node.open(kFirst);
  ASSERT_NE(log, nullptr);
  std::uint64_t appended = 0;
  std::mt19937_64 random(7);
  for (int round = 0; round < 12; ++round) {
    for (int i = 0; i < 20; ++i) {
      const bool ends = i % 4 == 3;
      ++appended;
      log->append(batch_of(record(1, ends ? appended - 1 : appended, ends ? 2 : 1, "image", ends ? 5'000 : 0)));
      if (random() % 4 == 0) std::this_thread::sleep_for(1ms);
      if (i == 10 && round % 3 == 0) database.proxy.set(TcpProxy::Mode::swallow);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 20));
    database.proxy.cut();
    database.proxy.set(TcpProxy::Mode::pass);
    ASSERT_TRUE(wait_until([&] { return log->durable_through() == appended || log->failure(); }));
    ASSERT_FALSE(log->failure()) << log->failure()->error.message;
  }
  EXPECT_EQ(database.sql("select count(*) from flowd.ended"), std::to_string(appended / 4) + "\n");
  EXPECT_EQ(database.sql("select count(*) from flowd.executions"), std::to_string(appended / 2) + "\n");
}

TEST(Postgres, ADatabaseThatRestartsLosesNothing) {
  Database database;
  Node node(database.direct, 60s);
  ShardLog* log = node.open(kFirst);
  ASSERT_NE(log, nullptr);
  std::uint64_t appended = 0;
  for (int round = 0; round < 2; ++round) {
    const auto write = [&] { log->append(batch_of(record(1, 1, static_cast<std::uint32_t>(++appended), "image"))); };
    for (int i = 0; i < 10; ++i) write();
    if (round == 0)
      server().stop();
    else
      server().kill();
    for (int i = 0; i < 10; ++i) write();
    server().start();
    ASSERT_TRUE(wait_until([&] { return log->durable_through() == appended; }));
    EXPECT_TRUE(wait_until([&] { return node.storage->connected() && log->may_act(); }));
  }
  EXPECT_EQ(database.sql("select revision, count(*) from flowd.executions group by 1"), "40|1\n");
}

TEST(Postgres, NodesSeeEachOtherAndShareTheShards) {
  const Database database;
  Node first(database.direct);
  Node second(database.direct);
  std::atomic<int> first_told{0};
  std::atomic<int> second_told{0};
  first.storage->watch({.take = [&](SlotRange) { ++first_told; }, .give_back = {}, .changed = {}});
  ASSERT_TRUE(wait_until([&] { return second.storage->view()->nodes.size() == 2 && first_told > 0; }));
  second.storage->watch({.take = [&](SlotRange) { ++second_told; }, .give_back = {}, .changed = {}});
  EXPECT_TRUE(wait_until([&] { return second_told > 0; }));
  first.storage->unwatch();
  second.storage->unwatch();
  // One that leaves is not waited for.
  first.storage.reset();
  EXPECT_TRUE(wait_until([&] { return second.storage->view()->nodes.size() == 1; }));
}

TEST(Postgres, ANodeThatDrainsIsAskedForAll) {
  const Database database;
  Node node(database.direct);
  Node other(database.direct);
  ASSERT_NE(node.open(kFirst), nullptr);
  ASSERT_NE(node.open(kSecond), nullptr);
  std::atomic<unsigned> asked{0};
  node.storage->watch({.take = [](SlotRange) {},
                       .give_back = [&](SlotRange slots) { asked |= slots == kFirst ? 1U : 2U; },
                       .changed = {}});
  ASSERT_TRUE(wait_until([&] { return asked != 0; }));  // the other's share
  EXPECT_NE(asked, 3U);
  node.storage->drain();
  EXPECT_TRUE(wait_until([&] { return asked == 3U; }));
  node.storage->unwatch();
}

TEST(Postgres, AnOlderNodeDoesNotTakeWhatANewerOneWrote) {
  const Database database;
  Node newer(database.direct, 1s, 2);
  Node older(database.direct, 1s, 1);
  ASSERT_NE(newer.open(kFirst), nullptr);
  newer.logs.clear();
  EXPECT_EQ(older.open(kFirst), nullptr);
  EXPECT_NE(older.open(kSecond), nullptr);
  EXPECT_NE(newer.open(kFirst), nullptr);
}

TEST(Postgres, ChangesOfOtherNodesAreSeen) {
  const Database database;
  Node first(database.direct);
  Node second(database.direct);
  const std::uint64_t before = second.storage->registry().version();
  bool known = false;
  ASSERT_TRUE(first.storage->registry().deploy("v1", "bytes", {"otp"}, 1, &known));
  EXPECT_TRUE(wait_until([&] { return second.storage->registry().version() > before; }));
}

TEST(Postgres, NodesThatStartTogetherMakeOneInstallation) {
  const Database database;
  std::vector<std::future<std::array<std::uint8_t, 16>>> keys;
  for (int i = 0; i < 4; ++i) {
    keys.push_back(
        std::async(std::launch::async, [&] { return Node(database.direct).storage->registry().hash_key(); }));
  }
  const auto key = keys[0].get();
  for (std::size_t i = 1; i < keys.size(); ++i) EXPECT_EQ(keys[i].get(), key);
}

TEST(Postgres, NodesThatDeployTogetherTakeDifferentNumbers) {
  const Database database;
  Node first(database.direct);
  Node second(database.direct);
  std::vector<std::future<std::uint32_t>> numbers;
  for (int i = 0; i < 8; ++i) {
    numbers.push_back(std::async(std::launch::async, [&, i] {
      bool known = false;
      const std::string version = "v" + std::to_string(i / 2);
      Registry& registry = (i % 2 == 0 ? first : second).storage->registry();
      const auto bundle = registry.deploy(version, "bytes", {"f" + std::to_string(i % 3)}, 1, &known);
      return bundle ? bundle->number : 0;
    }));
  }
  std::map<std::uint32_t, int> seen;
  for (auto& number : numbers) ++seen[number.get()];
  EXPECT_EQ(seen.size(), 4U);
  EXPECT_FALSE(seen.contains(0));
}

TEST(Postgres, RefusesADatabaseThatForgets) {
  const Database database;
  const Target careless = database.direct.with("options", "-c synchronous_commit=off");
  PostgresOptions options;
  const auto refused = PostgresStorage::open(careless, options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::failed_precondition);
  EXPECT_NE(refused.error().message.find("synchronous_commit"), std::string::npos);
  options.allow_unsafe = true;
  EXPECT_TRUE(PostgresStorage::open(careless, options));
}

TEST(Postgres, RefusesTablesOfANewerRelease) {
  const Database database;
  {
    const Node node(database.direct);
  }
  database.sql("update flowd.meta set version = 99");
  const auto refused = PostgresStorage::open(database.direct, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::failed_precondition);
}

TEST(Postgres, DamagedRowsAreNamedAndNotUsed) {
  const Database database;
  Node node(database.direct);
  ShardLog* log = node.open(kFirst);
  log->append(batch_of(record(1, 1, 1, "image")));
  ASSERT_TRUE(wait_until([&] { return log->durable_through() == 1; }));
  database.sql("update flowd.executions set image = set_byte(image, 6, 255)");
  const Status loaded = log->load([](const ExecutionRecord&) -> Status { return {}; });
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::data_loss);
}

// A session that waits for its client in the middle of a transaction, as of a node that hangs, holds up nobody for
// long.
TEST(Postgres, AStuckConnectionIsEnded) {
  const Database database;
  Node node(database.direct, 1s);
  auto stuck = Connection::connect(database.direct, {.name = "stuck"});
  ASSERT_TRUE(stuck);
  ASSERT_TRUE((*stuck)->script("begin; update flowd.shards set batch = batch where slot = 0", 5s));
  EXPECT_NE(node.open(kFirst), nullptr) << node.last_error.message;
  EXPECT_FALSE((*stuck)->script("commit", 5s));
}

TEST(Postgres, LookUpsAreBounded) {
  Database database;
  Node node(database.through_proxy, 10s);
  database.proxy.set(TcpProxy::Mode::stall);
  std::atomic<std::size_t> refused{0};
  std::atomic<std::size_t> answered{0};
  const std::size_t asked = limits::kDatabaseLookupsQueuedMax + 10;
  for (std::size_t i = 0; i < asked; ++i) {
    node.storage->lookups().execution(record(1, i, 1, "").id, [&](const Result<std::optional<EndedRow>>& row) {
      ++answered;
      if (!row && row.error().code == ErrorCode::resource_exhausted) ++refused;
    });
  }
  EXPECT_GE(refused, 8U);
  EXPECT_LE(refused, 10U);
  node.storage.reset();
  EXPECT_EQ(answered, asked);
}

// What is queued beyond the bounds of one transaction goes with the next.
TEST(Postgres, TransactionsAreBounded) {
  const Database database;
  Node node(database.direct, 60s);
  ShardLog* log = node.open(kFirst);
  ASSERT_NE(log, nullptr);
  const std::uint64_t commits = node.storage->sizes().commits;
  const std::string image(limits::kTransactionBytesMax / 8, 'i');
  for (std::uint64_t i = 1; i <= 16; ++i) log->append(batch_of(record(1, i, 1, image)));
  ASSERT_TRUE(wait_until([&] { return log->durable_through() == 16; }));
  EXPECT_GE(node.storage->sizes().commits - commits, 2U);
  for (std::uint64_t i = 1; i <= 2 * limits::kTransactionRecordsMax; ++i) log->append(batch_of(record(2, i, 1, "i")));
  ASSERT_TRUE(wait_until([&] { return log->durable_through() == 16 + 2 * limits::kTransactionRecordsMax; }));
  EXPECT_GE(node.storage->sizes().commits - commits, 4U);
}

TEST(Target, NeverShowsOrTakesAPassword) {
  const auto refused = Target::parse("postgres://flowd:hush@db.example/flowd", "");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("hush"), std::string::npos);
  const auto target = Target::parse("postgresql://flowd@db.example:6432/flows?sslmode=verify-full", "hush");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->shown(), "postgres://db.example:6432/flows");
  for (const char* bad : {"", "postgres://[", "mysql://x", "postgres://h/d?nonsense=1"}) {
    EXPECT_FALSE(Target::parse(bad, "")) << bad;
  }
  EXPECT_TRUE(is_postgres_url("postgres://x"));
  EXPECT_FALSE(is_postgres_url("/var/lib/flowd"));
}

}  // namespace
}  // namespace flow::store::postgres
