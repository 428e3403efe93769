// A store that is moved from a folder to a database.
#include "runtime/store/move.h"

#include <list>
#include <map>
#include <optional>

#include <gtest/gtest.h>

#include "runtime/store/log/log.h"
#include "runtime/store/postgres/postgres.h"
#include "tests/support/postgres_server.h"
#include "tests/support/storage_contract.h"

namespace flow::store {
namespace {

using HashKey = std::array<std::uint8_t, 16>;

// The contract's helpers, on the store that is the source.
class SourceFolder final : public StorageUnderTest {
 public:
  std::unique_ptr<Storage> open() override {
    return *log::open({.folder = folder_.file("data"), .index_interval = std::chrono::milliseconds(1)});
  }
  std::vector<SlotRange> ranges() const override { return {{0, 127}, {128, 255}}; }

 private:
  testing_support::TemporaryFolder folder_;
};

class Move : public StorageContract {
 protected:
  static std::string new_database() {
    static testing_support::PostgresServer server;
    static int number = 0;
    return server.url("move" + std::to_string(++number));
  }

  Result<std::unique_ptr<postgres::PostgresStorage>> open_database(const std::optional<HashKey>& moved) {
    postgres::PostgresOptions options;
    options.node_name = "move";
    options.shards = 4;
    options.keys = &keys_;
    options.moved_hash_key = moved;
    return postgres::PostgresStorage::open(*postgres::Target::parse(url_, ""), options);
  }

  // Running ones of which the log has older records, ended ones with late changes, one that was forgotten.
  void fill() {
    for (std::uint32_t i = 0; i < 40; ++i) {
      const auto id = id_in(ranges()[i % 2]);
      ExecutionRecord first = record(id, 1, 0, "first image");
      ExecutionRecord last = first;
      last.revision = 2 + i;
      last.changed_at_ms = 7'000 + i;
      last.image = images_.emplace_back(fmt::format("image {}", i));
      last.key = i + 1;
      append(i % 2, {first});
      settle(i % 2, append(i % 2, {last}));
      running_[id] = last;
    }
    const auto forgotten = end(0, 1'000);
    for (int i = 0; i < 60; ++i) ended_.push_back(end(0, 8'000 + i / 4, 7, static_cast<std::uint64_t>(1'000 + i)));
    ended_[3].revision = 9;
    ended_[3].changed_at_ms = 9'000;
    ended_[3].image = "with a late receipt";
    settle(0, append(0, {ended_[3]}));
    ASSERT_EQ(forget({0, 255}, {.default_ms = 1'000, .by_flow = {}}, 3'000, 10), 1U);
    ASSERT_FALSE(find(forgotten.id));
    ASSERT_TRUE(storage_->registry().publish({"otp", "v1", 1'500}));
    ASSERT_TRUE(storage_->registry().save_clock({.base_ms = 1, .base_real_ms = 2, .rate = 3}));
  }

  std::size_t shard_of(const core::ExecutionId& id) const { return ranges()[0].contains(id.slot()) ? 0 : 1; }

  const std::string url_ = new_database();
  const crypto::Keyring keys_ = *crypto::Keyring::make({{"k1", std::string(crypto::kSealingKeyBytes, 'k')}});
  const std::vector<SlotRange> parts_ = {{0, 99}, {100, 255}};
  std::map<core::ExecutionId, ExecutionRecord> running_;
  std::vector<ExecutionRecord> ended_;
  std::list<std::string> images_;
};

TEST_P(Move, EverythingIsInTheDatabaseAsItWas) {
  fill();
  reopen();
  const HashKey key = storage_->registry().hash_key();
  {
    auto to = open_database(key);
    ASSERT_TRUE(to) << to.error().message;
    ASSERT_TRUE((*to)->take_over(storage_->registry()));
    std::uint64_t told = 0;
    const auto moved = move_executions(*storage_, parts_, **to, (*to)->shards(),
                                       [&](const MovedExecutions& sum) { told = sum.running + sum.ended; });
    ASSERT_TRUE(moved) << moved.error().message;
    EXPECT_EQ(moved->running, running_.size());
    EXPECT_EQ(moved->ended, ended_.size());
    EXPECT_EQ(told, 0U) << "so few are told at the end";
    const auto seen = sum_executions(**to, (*to)->shards(), {});
    ASSERT_TRUE(seen) << seen.error().message;
    EXPECT_EQ(*seen, *moved);
    ASSERT_TRUE((*to)->finish_move());
  }
  const auto source_bundles = *storage_->registry().bundles();
  auto opened = open_database({});
  ASSERT_TRUE(opened) << opened.error().message;
  postgres::PostgresStorage& there = **opened;
  EXPECT_EQ(there.registry().hash_key(), key);
  EXPECT_EQ(*there.registry().bundles(), source_bundles);
  EXPECT_EQ(*there.registry().bundle_bytes(1), "bytes of v1");
  EXPECT_EQ((*there.registry().published())[0], (PublishedFlow{"otp", "v1", 1'500}));
  EXPECT_EQ(there.registry().saved_clock().rate, 3);
  EXPECT_GE(there.last_change_ms(), 9'000);
  std::size_t loaded = 0;
  for (const SlotRange& slots : there.shards()) {
    auto log = there.open_shard(slots, [] {});
    ASSERT_TRUE(log) << log.error().message;
    ASSERT_TRUE((*log)->load([&](const ExecutionRecord& record) -> Status {
      const ExecutionRecord& expected = running_.at(record.id);
      EXPECT_EQ(record.revision, expected.revision);
      EXPECT_EQ(record.order, expected.order);
      EXPECT_EQ(record.key, expected.key);
      EXPECT_EQ(record.party, expected.party);
      EXPECT_EQ(record.image, expected.image);
      ++loaded;
      return {};
    }));
  }
  EXPECT_EQ(loaded, running_.size());
  std::promise<Result<EndedPage>> page;
  there.lookups().list({.limit = 100}, [&](Result<EndedPage> rows) { page.set_value(std::move(rows)); });
  const auto rows = page.get_future().get();
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->rows.size(), ended_.size());
  // Those of one millisecond may lie in different shards, which have no order among them.
  for (std::size_t i = 1; i < rows->rows.size(); ++i) {
    EXPECT_GE(rows->rows[i - 1].ended_at_ms, rows->rows[i].ended_at_ms);
  }
}

TEST_P(Move, ADifferenceChangesTheSum) {
  fill();
  reopen();
  const auto before = sum_executions(*storage_, {{0, 255}}, {});
  ASSERT_TRUE(before) << before.error().message;
  EXPECT_EQ(*sum_executions(*storage_, parts_, {}), *before) << "however it is divided";
  ExecutionRecord changed = running_.begin()->second;
  ++changed.revision;
  settle(shard_of(changed.id), append(shard_of(changed.id), {changed}));
  reopen();
  const auto after = sum_executions(*storage_, {{0, 255}}, {});
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(after->running, before->running);
  EXPECT_NE(after->checksum, before->checksum);
}

TEST_P(Move, WhatWasCutShortIsRefusedAndSaysWhatToDo) {
  const HashKey key = storage_->registry().hash_key();
  ASSERT_TRUE(open_database(key));
  for (const std::optional<HashKey>& how : {std::optional<HashKey>(), std::optional<HashKey>(key)}) {
    const auto refused = open_database(how);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::failed_precondition);
    EXPECT_NE(refused.error().message.find("drop schema flowd cascade"), std::string::npos) << refused.error().message;
  }
}

TEST_P(Move, AnUnusedInstallationTakesAStoreAndAUsedOneDoesNot) {
  ASSERT_TRUE(open_database({}));
  const HashKey key = storage_->registry().hash_key();
  {
    auto to = open_database(key);
    ASSERT_TRUE(to) << to.error().message;
    ASSERT_TRUE((*to)->take_over(storage_->registry()));
    ASSERT_TRUE((*to)->finish_move());
  }
  const auto refused = open_database(key);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("was used"), std::string::npos) << refused.error().message;
  EXPECT_TRUE(open_database({})) << "and it serves as before";
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StorageContract);
INSTANTIATE_TEST_SUITE_P(Store, Move, testing::Values([] { return std::make_unique<SourceFolder>(); }));

}  // namespace
}  // namespace flow::store
