// What every store keeps to, whatever it is made of: the contracts of runtime/store/{storage,shard_log,registry,
// lookups}.h as tests. Included by one .cpp of each store's tests, which instantiates StorageContract.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/core/random.h"
#include "runtime/store/storage.h"

namespace flow::store {

// A store under test. One at a time is open.
class StorageUnderTest {
 public:
  virtual ~StorageUnderTest() = default;
  // Opens what is there; the first time a fresh one. REQUIRES: what was opened before is gone.
  virtual std::unique_ptr<Storage> open() = 0;
  // Ranges that can be open at a time, two or more.
  virtual std::vector<SlotRange> ranges() const = 0;
};

using MakeStorageUnderTest = std::function<std::unique_ptr<StorageUnderTest>()>;

class StorageContract : public testing::TestWithParam<MakeStorageUnderTest> {
 protected:
  void SetUp() override {
    under_test_ = GetParam()();
    reopen();
    bool known = false;
    bundle_ = *storage_->registry().deploy("v1", "bytes of v1", {"otp", "news"}, 1'000, &known);
  }
  void TearDown() override {
    logs_.clear();
    storage_.reset();
  }

  void reopen() {
    logs_.clear();
    storage_.reset();
    storage_ = under_test_->open();
    ASSERT_NE(storage_, nullptr);
  }

  std::vector<SlotRange> ranges() const { return under_test_->ranges(); }

  ShardLog& shard(std::size_t number = 0) {
    if (!logs_.contains(number)) {
      auto log = storage_->open_shard(ranges()[number], [this] {
        const std::scoped_lock lock(mutex_);
        woken_.notify_all();
      });
      EXPECT_TRUE(log) << (log ? "" : log.error().message);
      std::map<core::ExecutionId, ExecutionRecord> running;
      std::map<core::ExecutionId, std::string> images;
      const Status loaded = (*log)->load([&](const ExecutionRecord& record) -> Status {
        if (record.ended_at_ms != 0) {
          running.erase(record.id);
          return {};
        }
        running[record.id] = record;
        images[record.id] = record.image;
        return {};
      });
      EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().message);
      for (auto& [id, record] : running) record.image = loaded_images_[id] = images[id];
      loaded_[number] = std::move(running);
      logs_[number] = std::move(*log);
    }
    return *logs_[number];
  }

  // What load() gave when the shard was opened.
  const std::map<core::ExecutionId, ExecutionRecord>& loaded(std::size_t number = 0) {
    shard(number);
    return loaded_[number];
  }

  // Lets the store work until `ready`, a minute at most.
  bool wait_until(const std::function<bool()>& ready) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!ready()) {
      if (std::chrono::steady_clock::now() > until) return false;
      if (storage_->pump()) continue;
      std::unique_lock lock(mutex_);
      woken_.wait_for(lock, std::chrono::milliseconds(2));
    }
    return true;
  }
  void settle(std::size_t number, std::uint64_t sequence) {
    ASSERT_TRUE(wait_until([&] { return shard(number).durable_through() >= sequence; }));
    ASSERT_TRUE(wait_until([&] { return shard(number).indexed_through() >= sequence; }));
  }

  template <typename T>
  Result<T> ask(const std::function<void(LookupDone<T>)>& question) {
    std::optional<Result<T>> answer;
    std::mutex mutex;
    question([&](Result<T> value) {
      const std::scoped_lock lock(mutex);
      answer.emplace(std::move(value));
    });
    const bool answered = wait_until([&] {
      const std::scoped_lock lock(mutex);
      return answer.has_value();
    });
    if (!answered) return fail(ErrorCode::internal, "no answer came");
    return std::move(*answer);
  }
  std::optional<EndedRow> find(const core::ExecutionId& id) {
    auto row = ask<std::optional<EndedRow>>([&](auto done) { storage_->lookups().execution(id, std::move(done)); });
    EXPECT_TRUE(row) << (row ? "" : row.error().message);
    return row ? std::move(*row) : std::nullopt;
  }
  std::optional<EndedRow> find_key(std::uint8_t slot, std::uint64_t key) {
    auto row =
        ask<std::optional<EndedRow>>([&](auto done) { storage_->lookups().find_key(slot, key, std::move(done)); });
    EXPECT_TRUE(row) << (row ? "" : row.error().message);
    return row ? std::move(*row) : std::nullopt;
  }
  EndedPage list(EndedFilter filter) {
    auto page = ask<EndedPage>([&](auto done) { storage_->lookups().list(filter, std::move(done)); });
    EXPECT_TRUE(page) << (page ? "" : page.error().message);
    return page ? std::move(*page) : EndedPage();
  }
  std::size_t forget(SlotRange slots, Retention retention, std::int64_t now_ms, std::size_t limit) {
    const auto count = ask<std::size_t>(
        [&](auto done) { storage_->lookups().forget_ended(slots, retention, now_ms, limit, std::move(done)); });
    EXPECT_TRUE(count) << (count ? "" : count.error().message);
    return count.value_or(0);
  }

  core::ExecutionId id_in(SlotRange slots) {
    std::array<std::uint8_t, 15> bytes{};
    random_.fill(bytes);
    const auto slot = slots.first + random_.below(static_cast<std::uint64_t>(slots.last - slots.first) + 1);
    return core::make_execution_id(static_cast<std::uint8_t>(slot), bytes);
  }
  ExecutionRecord record(const core::ExecutionId& id, std::uint32_t revision, std::int64_t ended_at_ms,
                         std::string_view image) {
    ExecutionRecord made;
    made.id = id;
    made.revision = revision;
    made.bundle = bundle_.number;
    made.flow = bundle_.flows.at(0).number;
    made.order = ++order_;
    made.changed_at_ms = ended_at_ms == 0 ? 5'000 + revision : ended_at_ms;
    made.ended_at_ms = ended_at_ms;
    made.party = 0xFEDC'BA98'7654'3210;
    made.key = 0;
    made.image = image;
    return made;
  }
  std::uint64_t append(std::size_t number, const std::vector<ExecutionRecord>& records) {
    Batch batch;
    for (const ExecutionRecord& each : records) batch.add(each);
    return shard(number).append(std::move(batch));
  }
  // Ended, and in the tables.
  ExecutionRecord end(std::size_t number, std::int64_t at_ms, std::uint64_t party = 7, std::uint64_t key = 0,
                      std::size_t flow = 0) {
    ExecutionRecord made = record(id_in(ranges()[number]), 2, at_ms, "ended image");
    made.party = party;
    made.key = key;
    made.flow = bundle_.flows.at(flow).number;
    settle(number, append(number, {made}));
    return made;
  }

  std::unique_ptr<StorageUnderTest> under_test_;
  std::unique_ptr<Storage> storage_;
  RegisteredBundle bundle_;
  core::SeededRandom random_{42};

 private:
  std::map<std::size_t, std::unique_ptr<ShardLog>> logs_;
  std::map<std::size_t, std::map<core::ExecutionId, ExecutionRecord>> loaded_;
  std::map<core::ExecutionId, std::string> loaded_images_;
  std::mutex mutex_;
  std::condition_variable woken_;
  std::uint64_t order_ = 0;
};

inline constexpr SlotRange kAllSlots{0, 255};

// ---- Logs

TEST_P(StorageContract, WhatRunsIsLoadedAsItWasLast) {
  const auto kept = id_in(ranges()[0]);
  const auto gone = id_in(ranges()[0]);
  const std::string image(3'000, 'i');
  ExecutionRecord last = record(kept, 3, 0, image);
  append(0, {record(kept, 1, 0, "first"), record(gone, 1, 0, "first")});
  append(0, {record(kept, 2, 0, "second")});
  append(0, {record(gone, 2, 6'000, "its end"), last});
  settle(0, append(0, {record(id_in(ranges()[0]), 1, 0, "")}));
  reopen();
  ASSERT_EQ(loaded().size(), 2U);
  const ExecutionRecord& seen = loaded().at(kept);
  EXPECT_EQ(seen.revision, 3U);
  EXPECT_EQ(seen.bundle, last.bundle);
  EXPECT_EQ(seen.flow, last.flow);
  EXPECT_EQ(seen.changed_at_ms, last.changed_at_ms);
  EXPECT_EQ(seen.party, last.party);
  EXPECT_EQ(seen.key, last.key);
  EXPECT_EQ(seen.image, image);
  EXPECT_FALSE(loaded().contains(gone));
  EXPECT_GE(storage_->last_change_ms(), 6'000);
}

TEST_P(StorageContract, SequencesCountFromOneInEachOpening) {
  EXPECT_EQ(append(0, {record(id_in(ranges()[0]), 1, 0, "a")}), 1U);
  EXPECT_EQ(append(0, {record(id_in(ranges()[0]), 1, 0, "b")}), 2U);
  settle(0, 2);
  EXPECT_EQ(shard().durable_through(), 2U);
  EXPECT_EQ(shard().queued_bytes(), 0U);
  EXPECT_FALSE(shard().failure());
  EXPECT_TRUE(shard().may_act());
  reopen();
  EXPECT_EQ(append(0, {record(id_in(ranges()[0]), 1, 0, "c")}), 1U);
  settle(0, 1);
}

TEST_P(StorageContract, AnEmptyBatchIsDurableToo) {
  settle(0, shard().append(Batch()));
  EXPECT_EQ(shard().durable_through(), 1U);
}

TEST_P(StorageContract, ManyBatchesOfManyShardsKeepTheirOrder) {
  constexpr std::uint32_t kRevisions = 300;
  const std::vector<core::ExecutionId> ids = {id_in(ranges()[0]), id_in(ranges()[1])};
  for (std::uint32_t revision = 1; revision <= kRevisions; ++revision) {
    for (std::size_t i = 0; i < ids.size(); ++i) append(i, {record(ids[i], revision, 0, std::to_string(revision))});
  }
  for (std::size_t i = 0; i < ids.size(); ++i) settle(i, kRevisions);
  reopen();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    ASSERT_TRUE(loaded(i).contains(ids[i]));
    EXPECT_EQ(loaded(i).at(ids[i]).image, std::to_string(kRevisions));
    EXPECT_EQ(loaded(i).size(), 1U);
  }
}

TEST_P(StorageContract, WhatWasAppendedBeforeALogIsGivenBackIsKept) {
  const auto id = id_in(ranges()[0]);
  for (std::uint32_t revision = 1; revision <= 50; ++revision) append(0, {record(id, revision, 0, "image")});
  reopen();  // without waiting
  ASSERT_TRUE(loaded().contains(id));
  EXPECT_EQ(loaded().at(id).revision, 50U);
}

TEST_P(StorageContract, LargeBatchesAndImages) {
  const auto id = id_in(ranges()[0]);
  const std::string image(200'000, 'x');
  std::vector<ExecutionRecord> records = {record(id, 1, 0, image)};
  for (int i = 0; i < 6'000; ++i) records.push_back(record(id_in(ranges()[0]), 1, 0, "small"));
  settle(0, append(0, records));
  settle(0, append(0, {record(id_in(ranges()[0]), 1, 0, "after")}));
  reopen();
  EXPECT_EQ(loaded().size(), 6'002U);
  EXPECT_EQ(loaded().at(id).image, image);
}

// ---- Look-ups

TEST_P(StorageContract, WhatEndedIsFoundByIdAndByKey) {
  const ExecutionRecord ended = end(0, 9'000, 0xFFFF'FFFF'FFFF'FFF0, 0x8000'0000'0000'0001);
  const auto by_id = find(ended.id);
  ASSERT_TRUE(by_id);
  EXPECT_EQ(by_id->id, ended.id);
  EXPECT_EQ(by_id->revision, ended.revision);
  EXPECT_EQ(by_id->bundle, ended.bundle);
  EXPECT_EQ(by_id->flow, ended.flow);
  EXPECT_EQ(by_id->order, ended.order);
  EXPECT_EQ(by_id->changed_at_ms, ended.changed_at_ms);
  EXPECT_EQ(by_id->ended_at_ms, ended.ended_at_ms);
  EXPECT_EQ(by_id->party, ended.party);
  EXPECT_EQ(by_id->key, ended.key);
  EXPECT_EQ(by_id->image, "ended image");
  const auto by_key = find_key(ended.id.slot(), ended.key);
  ASSERT_TRUE(by_key);
  EXPECT_EQ(by_key->id, ended.id);
  EXPECT_FALSE(find_key(ended.id.slot(), 12345));
  EXPECT_FALSE(find(id_in(ranges()[0])));
}

TEST_P(StorageContract, AnEndedExecutionTakesLateReceipts) {
  ExecutionRecord ended = end(0, 9'000);
  ended.revision = 3;
  ended.changed_at_ms = 9'500;
  ended.image = "with a late receipt";
  settle(0, append(0, {ended}));
  const auto row = find(ended.id);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->revision, 3U);
  EXPECT_EQ(row->image, "with a late receipt");
  EXPECT_EQ(row->ended_at_ms, 9'000);
  EXPECT_EQ(list({.slots = kAllSlots}).rows.size(), 1U);
}

TEST_P(StorageContract, ListsArePagedFromTheLastToEnd) {
  std::vector<core::ExecutionId> ended;
  for (int i = 0; i < 7; ++i) ended.push_back(end(static_cast<std::size_t>(i % 2), 10'000 + i * 10).id);
  std::vector<core::ExecutionId> listed;
  EndedFilter filter{.slots = kAllSlots, .limit = 3};
  int pages = 0;
  do {
    const EndedPage page = list(filter);
    ASSERT_LE(page.rows.size(), 3U);
    for (const EndedRow& row : page.rows) listed.push_back(row.id);
    filter.before = page.next;
    ASSERT_LT(++pages, 10);
  } while (filter.before != 0);
  const std::vector<core::ExecutionId> expected(ended.rbegin(), ended.rend());
  EXPECT_EQ(listed, expected);
  EXPECT_EQ(list({.slots = ranges()[0]}).rows.size(), 4U);
}

TEST_P(StorageContract, ListsAreFiltered) {
  const auto otp = end(0, 10'000, 11);
  const auto news = end(0, 10'100, 22, 0, 1);
  const auto elsewhere = end(1, 10'200, 11);
  const EndedPage by_flow = list({.slots = kAllSlots, .flow = news.flow});
  ASSERT_EQ(by_flow.rows.size(), 1U);
  EXPECT_EQ(by_flow.rows[0].id, news.id);
  const EndedPage by_party = list({.slots = kAllSlots, .party = 11});
  ASSERT_EQ(by_party.rows.size(), 2U);
  EXPECT_EQ(by_party.rows[0].id, elsewhere.id);
  EXPECT_EQ(by_party.rows[1].id, otp.id);
  EXPECT_EQ(list({.slots = kAllSlots, .flow = otp.flow, .party = 11}).rows.size(), 2U);
  EXPECT_EQ(list({.slots = kAllSlots, .bundle = bundle_.number}).rows.size(), 3U);
  EXPECT_TRUE(list({.slots = kAllSlots, .bundle = bundle_.number + 1}).rows.empty());
}

TEST_P(StorageContract, EveryKeyOfEndedExecutionsIsTold) {
  std::map<std::uint64_t, std::int64_t> expected;
  for (std::uint64_t i = 1; i <= 20; ++i) {
    const std::uint64_t key = i * 0x0CCC'CCCC'CCCC'CCCC + (i << 60);
    const auto at_ms = static_cast<std::int64_t>(20'000 + i);
    end(0, at_ms, 7, key);
    expected[key] = at_ms;
  }
  end(0, 30'000, 7, 0);
  end(1, 30'000, 7, 99);
  std::map<std::uint64_t, std::int64_t> told;
  std::mutex mutex;
  const auto done = ask<std::monostate>([&](auto answer) {
    storage_->lookups().each_key(
        ranges()[0],
        [&](const Lookups::KeyPortion& portion) {
          const std::scoped_lock lock(mutex);
          told.insert(portion.begin(), portion.end());
        },
        std::move(answer));
  });
  ASSERT_TRUE(done);
  EXPECT_EQ(told, expected);
}

TEST_P(StorageContract, EveryEndedExecutionIsToldInTheOrderOfItsSlot) {
  std::map<std::uint8_t, std::vector<core::ExecutionId>> expected;
  for (int i = 0; i < 30; ++i) {
    const ExecutionRecord ended = end(0, 20'000 + i / 3);
    expected[ended.id.slot()].push_back(ended.id);
  }
  const ExecutionRecord elsewhere = end(1, 20'000);
  std::map<std::uint8_t, std::vector<core::ExecutionId>> told;
  std::mutex mutex;
  const auto each = [&](SlotRange slots, const Status& verdict) {
    return ask<std::monostate>([&](auto answer) {
      storage_->lookups().each_ended(
          slots,
          [&, verdict](const Lookups::RowPortion& rows) -> Status {
            const std::scoped_lock lock(mutex);
            for (const EndedRow& row : rows) {
              EXPECT_EQ(row.image, "ended image");
              told[row.id.slot()].push_back(row.id);
            }
            return verdict;
          },
          std::move(answer));
    });
  };
  ASSERT_TRUE(each(ranges()[0], {}));
  EXPECT_EQ(told, expected);
  const auto refused = each(kAllSlots, fail(ErrorCode::resource_exhausted, "no room"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "no room");
  told.clear();
  ASSERT_TRUE(each(kAllSlots, {}));
  EXPECT_EQ(told[elsewhere.id.slot()].back(), elsewhere.id);
}

TEST_P(StorageContract, WhatEndedLongAgoIsForgottenByItsFlowsRetention) {
  const auto old_news = end(0, 10'000, 7, 0, 1);
  const auto old_otp = end(0, 10'000);
  for (int i = 0; i < 4; ++i) end(0, 11'000);
  const auto new_otp = end(0, 50'000);
  const Retention retention{.default_ms = 20'000, .by_flow = {{old_news.flow, 1'000'000}}};
  EXPECT_EQ(forget(ranges()[1], retention, 60'000, 3), 0U);
  EXPECT_EQ(forget(ranges()[0], retention, 60'000, 3), 3U);
  EXPECT_EQ(forget(ranges()[0], retention, 60'000, 3), 2U);
  EXPECT_EQ(forget(ranges()[0], retention, 60'000, 3), 0U);
  EXPECT_FALSE(find(old_otp.id));
  EXPECT_TRUE(find(new_otp.id));
  EXPECT_TRUE(find(old_news.id));
}

TEST_P(StorageContract, APersonIsErased) {
  const auto first = end(0, 10'000, 0xFFFF'0000'0000'0001);
  const auto second = end(1, 10'000, 0xFFFF'0000'0000'0001);
  const auto other = end(0, 10'000, 22);
  const auto count =
      ask<std::size_t>([&](auto done) { storage_->lookups().erase_party(0xFFFF'0000'0000'0001, std::move(done)); });
  ASSERT_TRUE(count);
  EXPECT_EQ(*count, 2U);
  EXPECT_FALSE(find(first.id));
  EXPECT_FALSE(find(second.id));
  EXPECT_TRUE(find(other.id));
}

TEST_P(StorageContract, PurgeIsDoneWhenEverythingBeforeItIsRewrittenOrIndexed) {
  const auto id = id_in(ranges()[0]);
  settle(0, append(0, {record(id, 1, 0, "before")}));
  const std::uint64_t below = shard().purge();
  // Shards may share files: each of them does what it is asked for.
  for (std::size_t i = 0; i < ranges().size(); ++i) shard(i);
  ASSERT_TRUE(wait_until([&] {
    if (shard().purged_before() >= below) return true;
    for (std::size_t i = 0; i < ranges().size(); ++i) {
      const std::uint64_t before = shard(i).rewrite_before();
      if (before == 0) continue;
      if (i == 0) append(0, {record(id, 1, 0, "before")});
      shard(i).report(1, before);
    }
    return false;
  }));
}

TEST_P(StorageContract, LookUpsThatAreOpenAtTheEndAreAnswered) {
  std::atomic<int> answers{0};
  for (int i = 0; i < 100; ++i) {
    storage_->lookups().execution(id_in(ranges()[0]), [&](const Result<std::optional<EndedRow>>&) { ++answers; });
  }
  reopen();
  EXPECT_EQ(answers, 100);
}

// ---- Registry

TEST_P(StorageContract, BundlesAndFlowsKeepTheirNumbers) {
  Registry& registry = storage_->registry();
  bool known = true;
  const auto second = registry.deploy("v2", std::string("b\0tes", 5), {"news", "late"}, 2'000, &known);
  ASSERT_TRUE(second);
  EXPECT_FALSE(known);
  EXPECT_GT(second->number, bundle_.number);
  EXPECT_EQ(second->flows.at(0), bundle_.flows.at(1));
  const auto again = registry.deploy("v2", std::string("b\0tes", 5), {"news", "late"}, 3'000, &known);
  ASSERT_TRUE(again);
  EXPECT_TRUE(known);
  EXPECT_EQ(*again, *second);
  reopen();
  const auto all = storage_->registry().bundles();
  ASSERT_TRUE(all);
  EXPECT_EQ(*all, (std::vector<RegisteredBundle>{bundle_, *second}));
  EXPECT_EQ(storage_->registry().bundle_bytes(second->number).value_or(""), std::string("b\0tes", 5));
  const auto none = storage_->registry().bundle_bytes(77);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::not_found);
}

TEST_P(StorageContract, WhatIsPublishedIsKeptAndCounted) {
  const std::uint64_t before = storage_->registry().version();
  ASSERT_TRUE(storage_->registry().publish({"otp", "v1", 5'000}));
  ASSERT_TRUE(storage_->registry().publish({"news", "v1", 5'500}));
  ASSERT_TRUE(storage_->registry().publish({"otp", "", 6'000}));
  EXPECT_GT(storage_->registry().version(), before);
  reopen();
  const auto rows = storage_->registry().published();
  ASSERT_TRUE(rows);
  std::map<std::string, PublishedFlow> by_flow;
  for (const PublishedFlow& row : *rows) by_flow[row.flow] = row;
  EXPECT_EQ(by_flow.at("otp"), (PublishedFlow{"otp", "", 6'000}));
  EXPECT_EQ(by_flow.at("news"), (PublishedFlow{"news", "v1", 5'500}));
}

TEST_P(StorageContract, KeyAndClockBelongToTheStore) {
  const auto key = storage_->registry().hash_key();
  EXPECT_NE(key, (std::array<std::uint8_t, 16>{}));
  EXPECT_EQ(storage_->registry().saved_clock(), core::ClockBase{});
  const core::ClockBase base{1'789'000'000'000, 1'789'000'000'123, 2.5};
  ASSERT_TRUE(storage_->registry().save_clock(base));
  reopen();
  EXPECT_EQ(storage_->registry().hash_key(), key);
  EXPECT_EQ(storage_->registry().saved_clock(), base);
}

}  // namespace flow::store
