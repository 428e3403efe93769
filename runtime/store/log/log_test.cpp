#include "runtime/store/log/log.h"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/run_program.h"
#include "tests/support/simulated_disk.h"

namespace flow::store::log {
namespace {

namespace fs = std::filesystem;
using testing_support::SimulatedDisk;
using testing_support::TemporaryFolder;

ExecutionRecord record(std::uint8_t slot, std::uint64_t name, std::uint32_t revision, std::int64_t ended_at_ms = 0,
                       std::string_view image = "image") {
  ExecutionRecord record;
  record.id.bytes[0] = slot;
  for (std::size_t i = 0; i < 8; ++i) record.id.bytes[8 + i] = static_cast<std::uint8_t>(name >> (8 * i));
  record.revision = revision;
  record.bundle = static_cast<std::uint32_t>(1 + name % 2);
  record.flow = static_cast<std::uint32_t>(1 + name % 3);
  record.order = name;
  record.changed_at_ms = ended_at_ms != 0 ? ended_at_ms : 1000 + revision;
  record.ended_at_ms = ended_at_ms;
  record.party = name % 7 + 1;
  record.key = name + 1000;
  record.image = image;
  return record;
}

Batch batch(const std::vector<ExecutionRecord>& records) {
  Batch batch;
  for (const ExecutionRecord& each : records) batch.add(each);
  return batch;
}

template <typename T>
Result<T> wait(std::function<void(LookupDone<T>)> ask) {
  std::promise<Result<T>> promise;
  auto future = promise.get_future();
  ask([&](Result<T> result) { promise.set_value(std::move(result)); });
  return future.get();
}

class LogStore : public testing::Test {
 protected:
  std::unique_ptr<Storage> open_store(bool threads = true) {
    auto store = open({.folder = data_, .threads = threads});
    if (!store) {
      ADD_FAILURE() << store.error().message;
      return nullptr;
    }
    return *std::move(store);
  }

  TemporaryFolder folder_;
  std::string data_ = folder_.file("data");
};

// The last record of each execution that runs.
std::map<std::string, std::uint32_t> running(ShardLog& log) {
  std::map<std::string, std::uint32_t> all;
  const Status loaded = log.load([&](const ExecutionRecord& record) -> Status {
    all[core::to_string(record.id)] = record.revision;
    if (record.ended_at_ms != 0) all.erase(core::to_string(record.id));
    return {};
  });
  EXPECT_TRUE(loaded) << loaded.error().message;
  return all;
}

std::string name(std::uint8_t slot, std::uint64_t name) {
  return core::to_string(record(slot, name, 1).id);
}

void wait_for(const std::function<bool()>& done) {
  while (!done()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

TEST_F(LogStore, AFreshFolderIsPrivateAndEmpty) {
  const auto store = open_store();
  ASSERT_TRUE(store);
  struct stat info{};
  ASSERT_EQ(::stat(data_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
  EXPECT_EQ(store->last_change_ms(), 0);
  EXPECT_EQ(store->registry().saved_clock(), core::ClockBase{});
  EXPECT_TRUE(store->registry().bundles()->empty());
  EXPECT_NE(store->registry().hash_key(), (std::array<std::uint8_t, 16>{}));
}

TEST_F(LogStore, WhatWasAppendedIsThereAfterOpeningAgain) {
  {
    const auto store = open_store();
    std::atomic<int> wakes = 0;
    auto log = store->open_shard({0, 127}, [&] { ++wakes; });
    auto other = store->open_shard({128, 255}, [] {});
    ASSERT_TRUE(log && other);
    EXPECT_TRUE(running(**log).empty());
    EXPECT_EQ((*log)->append(batch({record(1, 1, 1), record(2, 2, 1)})), 1U);
    EXPECT_EQ((*log)->append(batch({record(1, 1, 2), record(2, 2, 2, 2500)})), 2U);
    EXPECT_EQ((*other)->append(batch({record(200, 3, 1)})), 1U);
    wait_for([&] { return (*log)->durable_through() == 2 && (*other)->durable_through() == 1; });
    wait_for([&] { return wakes > 0; });
    EXPECT_EQ((*log)->queued_bytes(), 0U);
    const auto found = wait<std::optional<EndedRow>>(
        [&](auto done) { store->lookups().execution(record(2, 2, 1).id, std::move(done)); });
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->revision, 2U);
  }
  const auto store = open_store();
  EXPECT_EQ(store->last_change_ms(), 2500);
  auto log = store->open_shard({0, 255}, [] {});
  ASSERT_TRUE(log);
  EXPECT_EQ(running(**log), (std::map<std::string, std::uint32_t>{{name(1, 1), 2}, {name(200, 3), 1}}));
  const auto found =
      wait<std::optional<EndedRow>>([&](auto done) { store->lookups().find_key(2, 1002, std::move(done)); });
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->id, record(2, 2, 1).id);
  EXPECT_EQ((*found)->image, "image");
}

TEST_F(LogStore, TheRegistryKeepsBundlesAndTheClock) {
  std::array<std::uint8_t, 16> key{};
  {
    const auto store = open_store();
    key = store->registry().hash_key();
    const std::uint64_t version = store->registry().version();
    bool known = true;
    const auto bundle = store->registry().deploy("b1", "bytes", {"otp", "survey"}, 5, &known);
    ASSERT_TRUE(bundle);
    EXPECT_FALSE(known);
    EXPECT_EQ(bundle->flows, (std::vector<RegisteredFlow>{{1, "otp"}, {2, "survey"}}));
    ASSERT_TRUE(store->registry().deploy("b2", "more", {"survey", "new"}, 6, &known));
    ASSERT_TRUE(store->registry().deploy("b1", "bytes", {"otp", "survey"}, 7, &known));
    EXPECT_TRUE(known);
    ASSERT_TRUE(store->registry().publish({"otp", "b1", 8}));
    ASSERT_TRUE(store->registry().save_clock({10, 20, 30.5}));
    EXPECT_GT(store->registry().version(), version);
  }
  const auto store = open_store();
  EXPECT_EQ(store->registry().hash_key(), key);
  EXPECT_EQ(store->registry().saved_clock(), (core::ClockBase{10, 20, 30.5}));
  EXPECT_EQ(store->last_change_ms(), 8);
  const auto bundles = store->registry().bundles();
  ASSERT_TRUE(bundles);
  ASSERT_EQ(bundles->size(), 2U);
  EXPECT_EQ((*bundles)[1], (RegisteredBundle{2, "b2", 6, {{2, "survey"}, {3, "new"}}}));
  EXPECT_EQ(*store->registry().bundle_bytes(1), "bytes");
  EXPECT_EQ(store->registry().bundle_bytes(9).error().code, ErrorCode::not_found);
  EXPECT_EQ(*store->registry().published(), (std::vector<PublishedFlow>{{"otp", "b1", 8}}));
}

// For the thread sanitizer: two shards append, look up, rewrite and purge at once, with threads and small segments.
TEST_F(LogStore, ShardsWorkAtOnce) {
  constexpr std::uint64_t kBatches = 150;
  Options options;
  options.folder = data_;
  options.segment_bytes = 1 << 16;
  options.index_interval = std::chrono::milliseconds(5);
  {
    auto store = open(options);
    ASSERT_TRUE(store) << store.error().message;
    std::vector<std::thread> threads;
    for (int shard = 0; shard < 2; ++shard) {
      threads.emplace_back([&, shard] {
        const auto first = static_cast<std::uint8_t>(shard * 128);
        std::atomic<std::uint64_t> wakes = 0;
        auto log = *(*store)->open_shard({first, static_cast<std::uint8_t>(first + 127)}, [&] { ++wakes; });
        const std::string image(400, 'i');
        std::vector<std::uint64_t> batches(10);
        for (std::uint64_t n = 1; n <= kBatches; ++n) {
          const auto revision = static_cast<std::uint32_t>(n);
          batches[n % 10] =
              log->append(batch({record(first, n % 10, revision, 0, image),
                                 record(first, 1000 + n, 1, 5000 + static_cast<std::int64_t>(n), image)}));
          if (n == kBatches / 2) (void)log->purge();
          if (const std::uint64_t before = log->rewrite_before(); before != 0) {
            log->report(5000, *std::ranges::min_element(batches) < before ? 0 : before);
          }
          (*store)->lookups().execution(record(first, 1000 + n, 1).id, [](auto) {});
          (void)(*store)->sizes();
          if (n % 8 == 0) wait_for([&] { return log->durable_through() >= n; });
        }
        wait_for([&] { return log->indexed_through() >= kBatches; });
        EXPECT_GT(wakes, 0U);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  auto store = open(options);
  ASSERT_TRUE(store) << store.error().message;
  auto log = *(*store)->open_shard({0, 255}, [] {});
  EXPECT_EQ(running(*log).size(), 20U);
  const auto page = wait<EndedPage>([&](auto done) {
    EndedFilter all;
    all.limit = 1000;
    (*store)->lookups().list(all, std::move(done));
  });
  ASSERT_TRUE(page);
  EXPECT_EQ(page->rows.size(), 2 * kBatches);
}

TEST(SimulatedLogStore, LivesOnASimulatedDisk) {
  SimulatedDisk disk;
  ASSERT_TRUE(disk.make_folder("/d"));
  const Options options{.folder = "/d/data", .disk = &disk, .threads = false, .segment_bytes = 4096};
  for (int round = 0; round < 3; ++round) {
    auto store = open(options);
    ASSERT_TRUE(store) << store.error().message;
    auto log = (*store)->open_shard({0, 255}, [] {});
    EXPECT_EQ(running(**log).size(), static_cast<std::size_t>(round));
    (*log)->append(batch({record(1, static_cast<std::uint64_t>(round), 1), record(2, 77, 3, 50)}));
    EXPECT_EQ((*log)->durable_through(), 0U);
    EXPECT_TRUE((*store)->pump());
    EXPECT_EQ((*log)->durable_through(), 1U);
    EXPECT_EQ((*log)->indexed_through(), 1U);
    EXPECT_FALSE((*store)->pump());
  }
}

// A store of format 2, as the first flowd that wrote one left it; `FLOW_WRITE_SAMPLE=1` makes it anew.
TEST_F(LogStore, AStoreOfTheFirstVersionIsRead) {
  const std::string sample = std::string(FLOW_SOURCE_DIR) + "/tests/formats/store_v2";
  Options options;
  options.segment_bytes = 4096;
  if (std::getenv("FLOW_WRITE_SAMPLE") != nullptr) {
    fs::remove_all(sample);
    options.folder = sample;
    auto store = open(options);
    ASSERT_TRUE(store) << store.error().message;
    bool known = false;
    ASSERT_TRUE((*store)->registry().deploy("v1", "bundle bytes", {"otp"}, 5, &known));
    ASSERT_TRUE((*store)->registry().publish({"otp", "v1", 6}));
    ASSERT_TRUE((*store)->registry().save_clock({1, 2, 3}));
    auto log = *(*store)->open_shard({0, 255}, [] {});
    log->append(batch({record(1, 1, 1), record(2, 2, 1)}));
    log->append(batch({record(1, 1, 2), record(2, 2, 2, 2500)}));
  }
  fs::copy(sample, data_, fs::copy_options::recursive);
  options.folder = data_;
  auto store = open(options);
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ(*(*store)->registry().bundle_bytes(1), "bundle bytes");
  EXPECT_EQ(*(*store)->registry().published(), (std::vector<PublishedFlow>{{"otp", "v1", 6}}));
  EXPECT_EQ((*store)->registry().saved_clock(), (core::ClockBase{1, 2, 3}));
  EXPECT_EQ((*store)->last_change_ms(), 2500);
  auto log = *(*store)->open_shard({0, 255}, [] {});
  EXPECT_EQ(running(*log), (std::map<std::string, std::uint32_t>{{name(1, 1), 2}}));
  const auto found =
      wait<std::optional<EndedRow>>([&](auto done) { (*store)->lookups().find_key(2, 1002, std::move(done)); });
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->image, "image");
  const std::uint64_t next = log->append(batch({record(1, 1, 3, 3000)}));
  wait_for([&] { return log->durable_through() == next; });
}

}  // namespace
}  // namespace flow::store::log
