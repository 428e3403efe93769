// What the store keeps, lets go of, copies and refuses.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "runtime/store/log/folder.h"
#include "runtime/store/log/log.h"
#include "tests/support/run_program.h"
#include "tests/support/simulated_disk.h"

namespace flow::store::log {
namespace {

using testing_support::SimulatedDisk;

std::shared_ptr<const crypto::Keyring> keyring(const char* id) {
  return std::make_shared<const crypto::Keyring>(
      *crypto::Keyring::make({{id, std::string(crypto::kSealingKeyBytes, id[0])}}));
}

class LogKeeping : public testing::Test {
 protected:
  LogKeeping() {
    (void)disk_.make_folder("/d");
    options_.folder = "/d/data";
    options_.disk = &disk_;
    options_.threads = false;
    options_.segment_bytes = 16'384;
    options_.reserve_bytes = 0;
  }
  ~LogKeeping() override { close(); }

  void open() {
    auto store = log::open(options_);
    ASSERT_TRUE(store) << store.error().message;
    store_ = *std::move(store);
    log_ = *store_->open_shard({0, 255}, [] {});
  }
  void close() {
    log_.reset();
    store_.reset();
  }
  Error refusal() {
    auto store = log::open(options_);
    if (!store) return store.error();
    ADD_FAILURE() << "it was opened";
    return {};
  }

  static ExecutionRecord record(std::uint32_t name, std::uint32_t revision, std::int64_t ended_at_ms = 0) {
    ExecutionRecord record;
    record.id.bytes[0] = static_cast<std::uint8_t>(name);
    for (std::size_t i = 0; i < 4; ++i) record.id.bytes[12 + i] = static_cast<std::uint8_t>(name >> (8 * i));
    record.revision = revision;
    record.flow = 1 + name % 2;
    record.bundle = 1 + name % 3;
    record.order = name;
    record.changed_at_ms = ended_at_ms != 0 ? ended_at_ms : 100 + revision;
    record.ended_at_ms = ended_at_ms;
    record.party = 0x5151515100000000 + name % 5;
    record.key = 7000 + name;
    record.image = "the image of it";
    return record;
  }
  std::uint64_t append(const std::vector<ExecutionRecord>& records) {
    Batch batch;
    for (const ExecutionRecord& each : records) batch.add(each);
    return log_->append(std::move(batch));
  }
  template <typename T>
  Result<T> ask(std::function<void(LookupDone<T>)> call) {
    std::optional<Result<T>> answer;
    call([&](Result<T> result) { answer = std::move(result); });
    store_->pump();
    if (!answer) return fail(ErrorCode::internal, "no answer");
    return *std::move(answer);
  }
  std::vector<std::uint64_t> list(EndedFilter filter) {
    std::vector<std::uint64_t> orders;
    do {
      const auto page = ask<EndedPage>([&](auto done) { store_->lookups().list(filter, std::move(done)); });
      EXPECT_TRUE(page) << page.error().message;
      if (!page) break;
      for (const EndedRow& row : page->rows) orders.push_back(row.order);
      filter.before = page->next;
    } while (filter.before != 0);
    return orders;
  }
  std::size_t forget(std::int64_t now_ms, Retention retention, std::size_t limit = 1000) {
    const auto count = ask<std::size_t>(
        [&](auto done) { store_->lookups().forget_ended({}, retention, now_ms, limit, std::move(done)); });
    EXPECT_TRUE(count);
    return count ? *count : 0;
  }
  bool anywhere(std::string_view bytes) const {
    return std::ranges::any_of(disk_.files(),
                               [&](const auto& file) { return file.second.find(bytes) != std::string::npos; });
  }

  SimulatedDisk disk_;
  Options options_;
  std::unique_ptr<Storage> store_;
  std::unique_ptr<ShardLog> log_;
};

TEST_F(LogKeeping, ListsYoungestFirstByPageAndFilter) {
  open();
  for (std::uint32_t name = 1; name <= 30; ++name) {
    append({record(name, 1), record(name, 2, 1000 + name)});
    if (name % 10 == 0) store_->pump();
  }
  EndedFilter filter;
  filter.limit = 7;
  EXPECT_EQ(list(filter).size(), 30U);
  EXPECT_EQ(list(filter).front(), 30U);
  filter.flow = 1;
  EXPECT_EQ(list(filter), (std::vector<std::uint64_t>{30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2}));
  filter.bundle = 1;
  EXPECT_EQ(list(filter), (std::vector<std::uint64_t>{30, 24, 18, 12, 6}));
  filter = {};
  filter.limit = 2;
  filter.party = record(3, 1).party;
  EXPECT_EQ(list(filter), (std::vector<std::uint64_t>{28, 23, 18, 13, 8, 3}));
  filter.slots = {0, 13};
  EXPECT_EQ(list(filter), (std::vector<std::uint64_t>{13, 8, 3}));
  std::size_t keys = 0;
  (void)ask<std::monostate>([&](auto done) {
    store_->lookups().each_key(
        {1, 10}, [&](const Lookups::KeyPortion& portion) { keys += portion.size(); }, std::move(done));
  });
  EXPECT_EQ(keys, 10U);
}

TEST_F(LogKeeping, ALateChangeReplacesTheRow) {
  open();
  append({record(1, 2, 500)});
  store_->pump();
  for (int i = 0; i < 3; ++i) {
    ExecutionRecord late = record(1, static_cast<std::uint32_t>(3 + i), 500);
    if (i > 0) late.changed_at_ms = 900;  // the first comes in the millisecond of the end
    append({late});
    if (i == 1) {
      close();
      open();
    }
    store_->pump();
  }
  EXPECT_EQ(list({}), (std::vector<std::uint64_t>{1}));
  const auto row =
      ask<std::optional<EndedRow>>([&](auto done) { store_->lookups().execution(record(1, 1).id, std::move(done)); });
  ASSERT_TRUE(row && *row);
  EXPECT_EQ((*row)->revision, 5U);
}

TEST_F(LogKeeping, ForgetsWhatItsFlowsRetentionSays) {
  open();
  for (std::uint32_t name = 1; name <= 40; ++name) append({record(name, 1, 1000 + name)});
  store_->pump();
  const Retention retention{100, {{2, 1000}}};
  EXPECT_EQ(forget(1100, retention), 0U);
  EXPECT_EQ(forget(1120, retention), 10U);
  EXPECT_EQ(forget(5000, retention, 4), 4U);
  EXPECT_EQ(forget(5000, retention), 26U);
  EXPECT_TRUE(list({}).empty());
  close();
  open();
  EXPECT_TRUE(list({}).empty());
}

TEST_F(LogKeeping, AChangeOfWhatWasForgottenHarmsNoOtherRow) {
  open();
  append({record(1, 1, 100), record(2, 1, 5000), record(3, 1, 5000)});
  store_->pump();
  for (std::uint32_t revision = 2; revision < 6; ++revision) {
    EXPECT_LE(forget(1000, {100, {}}), 1U);  // it may wait behind what came before it
    ExecutionRecord late = record(1, revision, 100);
    late.changed_at_ms = 200;
    append({late});
    store_->pump();
  }
  for (const std::uint32_t name : {1U, 2U, 3U}) {
    const auto row = ask<std::optional<EndedRow>>(
        [&](auto done) { store_->lookups().execution(record(name, 1).id, std::move(done)); });
    EXPECT_TRUE(row && *row) << name;
  }
}

TEST_F(LogKeeping, TheTablesReuseTheRoomOfWhatTheyForgot) {
  open();
  std::uint64_t most = 0;
  for (std::uint32_t name = 1; name <= 6000;) {
    std::vector<ExecutionRecord> records;
    for (int i = 0; i < 100; ++i, ++name) records.push_back(record(name, 1, name));
    append(records);
    log_->report(0, UINT64_MAX);
    store_->pump();
    forget(name, {500, {}});
    store_->pump();
    if (name == 1501) most = store_->sizes().lookup_bytes;
  }
  EXPECT_LE(store_->sizes().lookup_bytes, most + most / 2);
  EXPECT_LT(store_->sizes().log_bytes, 12U * options_.segment_bytes);
}

TEST_F(LogKeeping, APersonIsErasedWithoutATrace) {
  open();
  const std::string person = "a person's own words";
  ExecutionRecord mine = record(3, 2, 700);
  mine.image = person;
  ExecutionRecord running = record(8, 2);
  running.image = person;
  append({mine, running, record(4, 2, 701)});
  store_->pump();
  EXPECT_TRUE(anywhere(person));
  const auto erased = ask<std::size_t>([&](auto done) { store_->lookups().erase_party(mine.party, std::move(done)); });
  EXPECT_EQ(*erased, 1U);
  append({record(8, 3, 800)});
  const std::uint64_t before = log_->purge();
  EXPECT_LT(log_->purged_before(), before);
  store_->pump();
  store_->pump();
  EXPECT_EQ(log_->rewrite_before(), before);
  log_->report(0, before);
  store_->pump();
  store_->pump();
  EXPECT_GE(log_->purged_before(), before);
  EXPECT_FALSE(anywhere(person));
  EXPECT_EQ(list({}), (std::vector<std::uint64_t>{8, 4}));
}

TEST_F(LogKeeping, TheLogStaysWithinAMeasureOfWhatLives) {
  open();
  std::map<std::uint32_t, std::uint64_t> batches;  // of what waits for long
  std::uint64_t worst = 0;
  const auto put = [&](std::uint32_t name, std::uint32_t revision) {
    batches[name] = append({record(name, revision)});
  };
  for (std::uint32_t name = 1; name <= 800; ++name) put(name, 1);
  for (std::uint32_t round = 1; round <= 4000; ++round) {
    append({record(100'000 + round, 1), record(100'000 + round, 2, 1000)});
    if (round % 10 != 0) continue;
    store_->pump();
    const std::uint64_t before = log_->rewrite_before();
    if (before != 0) {
      for (auto& [name, batch] : batches) {
        if (batch < before) put(name, 1);
      }
    }
    log_->report(batches.size() * 130, before);
    worst = std::max(worst, store_->sizes().log_bytes);
  }
  EXPECT_LT(worst, 1'000'000U) << "100 KB live, 1 MB went through it several times";
  close();
  open();
  std::size_t found = 0;
  ASSERT_TRUE(log_->load([&](const ExecutionRecord& each) -> Status {
    if (each.ended_at_ms == 0 && each.order <= 800) ++found;
    return {};
  }));
  EXPECT_GE(found, 800U);
}

TEST_F(LogKeeping, NothingIsInClearWhenItIsSealed) {
  options_.keys = keyring("k1");
  open();
  append({record(1, 1), record(2, 2, 100)});
  store_->pump();
  close();
  EXPECT_FALSE(anywhere("the image of it"));
  open();
  const auto row =
      ask<std::optional<EndedRow>>([&](auto done) { store_->lookups().execution(record(2, 1).id, std::move(done)); });
  ASSERT_TRUE(row && *row);
  EXPECT_EQ((*row)->image, "the image of it");
  close();
  options_.keys = keyring("k2");
  EXPECT_EQ(refusal().code, ErrorCode::failed_precondition);
  options_.keys = nullptr;
  EXPECT_EQ(refusal().code, ErrorCode::failed_precondition);
}

TEST_F(LogKeeping, AStoreInClearIsSealedFromTheNextStartOn) {
  open();
  append({record(1, 1)});
  store_->pump();
  const auto key = store_->registry().hash_key();
  close();
  options_.keys = keyring("k1");
  open();
  EXPECT_EQ(store_->registry().hash_key(), key);
  EXPECT_FALSE(anywhere(std::string_view(reinterpret_cast<const char*>(key.data()), key.size())));
}

TEST_F(LogKeeping, LittleSpaceIsToldEarly) {
  options_.reserve_bytes = 100'000;
  open();
  EXPECT_FALSE(store_->sizes().low_space);
  std::uint64_t used = 0;
  for (const auto& [path, bytes] : disk_.files()) used += bytes.size();
  disk_.set_capacity(used + 90'000);
  append({record(1, 1)});
  store_->pump();
  EXPECT_TRUE(store_->sizes().low_space);
  EXPECT_EQ(log_->durable_through(), 1U);
}

// Each byte of a small store: refused, with a remedy and nothing changed, or without effect.
TEST_F(LogKeeping, NoDamagedByteIsBelieved) {
  open();
  bool known = false;
  ASSERT_TRUE(store_->registry().deploy("v1", "bundle bytes", {"f"}, 1, &known));
  append({record(1, 1), record(2, 1), record(3, 2, 900)});
  store_->pump();
  append({record(1, 2)});
  append({record(4, 1), record(5, 1, 901)});
  store_->pump();
  close();
  const std::map<std::string, std::string> files = disk_.files();
  const auto state = [&]() -> Result<std::string> {
    std::string all;
    std::map<std::string, std::uint32_t> running;
    const Status loaded = log_->load([&](const ExecutionRecord& each) -> Status {
      running[core::to_string(each.id)] = each.revision;
      if (each.ended_at_ms != 0) running.erase(core::to_string(each.id));
      return {};
    });
    if (!loaded) return std::unexpected(loaded.error());
    for (const auto& [id, revision] : running) all += fmt::format("{} {}, ", id, revision);
    for (const std::uint32_t name : {3U, 5U}) {
      const auto row = ask<std::optional<EndedRow>>(
          [&](auto done) { store_->lookups().execution(record(name, 1).id, std::move(done)); });
      if (!row) return std::unexpected(row.error());
      all += *row ? fmt::format("{} {} {}, ", (*row)->order, (*row)->revision, (*row)->image) : "none, ";
    }
    const auto bytes = store_->registry().bundle_bytes(1);
    if (!bytes) return std::unexpected(bytes.error());
    return all + *bytes;
  };
  open();
  const std::string expected = *state();
  close();
  std::size_t refused = 0;
  std::size_t harmless = 0;
  for (const auto& [path, bytes] : files) {
    for (std::size_t at = 0; at < bytes.size(); at += bytes[at] == 0 ? 61 : 3) {
      SimulatedDisk disk;
      for (const auto& [other, content] : files) disk.put(other, content);
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
      disk.put(path, damaged);
      const auto before = disk.files();
      Options options = options_;
      options.disk = &disk;
      auto store = log::open(options);
      if (!store) {
        ++refused;
        EXPECT_TRUE(store.error().code == ErrorCode::data_loss || store.error().code == ErrorCode::failed_precondition)
            << path << " " << at << ": " << store.error().message;
        EXPECT_EQ(disk.files(), before) << path << " " << at << ": changed although refused";
        continue;
      }
      store_ = *std::move(store);
      log_ = *store_->open_shard({0, 255}, [] {});
      const Result<std::string> now = state();
      if (now) {
        EXPECT_EQ(*now, expected) << path << " byte " << at;
      } else {
        EXPECT_EQ(now.error().code, ErrorCode::data_loss) << path << " " << at << ": " << now.error().message;
      }
      ++harmless;
      close();
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(refused, 100U);
  EXPECT_GT(harmless, 100U);
}

TEST_F(LogKeeping, AMissingFileIsRefused) {
  open();
  for (std::uint32_t name = 1; name <= 600; ++name) append({record(name, 1)});
  store_->pump();
  close();
  std::vector<std::string> segments;
  for (const auto& [path, bytes] : disk_.files()) {
    if (path.ends_with(".log")) segments.push_back(path);
  }
  ASSERT_GE(segments.size(), 1U);
  for (const auto& [path, bytes] : disk_.files()) {
    ASSERT_TRUE(disk_.remove(path));
    const Error error = refusal();
    EXPECT_EQ(error.code, ErrorCode::data_loss) << path << ": " << error.message;
    EXPECT_NE(error.message.find("restore"), std::string::npos) << error.message;
    disk_.put(path, bytes);
  }
  open();
}

TEST_F(LogKeeping, OtherFoldersAreRefusedAndLeftAlone) {
  disk_.put("/d/data/notes.txt", "mine");
  const auto before = disk_.files();
  EXPECT_EQ(refusal().code, ErrorCode::failed_precondition);
  EXPECT_EQ(disk_.files(), before);
  ASSERT_TRUE(disk_.remove("/d/data/notes.txt"));
  disk_.put("/d/data/journal.sqlite", "old");
  EXPECT_NE(refusal().message.find("format 1"), std::string::npos);
}

TEST(LogBackup, ACopyOfAStoreInUseIsAStore) {
  const testing_support::TemporaryFolder folder;
  Options options;
  options.folder = folder.file("data");
  options.segment_bytes = 1 << 16;
  const std::string copy = folder.file("copy");
  std::uint64_t appended = 0;
  {
    auto store = open(options);
    ASSERT_TRUE(store);
    auto log = (*store)->open_shard({0, 255}, [] {});
    bool known = false;
    ASSERT_TRUE((*store)->registry().deploy("v1", "bytes", {"f"}, 1, &known));
    const auto put = [&](std::uint64_t count) {
      for (std::uint64_t i = 0; i < count; ++i) {
        Batch batch;
        ExecutionRecord record;
        ++appended;
        for (std::size_t b = 0; b < 8; ++b) record.id.bytes[8 + b] = static_cast<std::uint8_t>(appended >> (8 * b));
        record.revision = 1;
        record.order = appended;
        record.ended_at_ms = appended % 2 == 0 ? 5 : 0;
        batch.add(record);
        (*log)->append(std::move(batch));
      }
    };
    put(500);
    while ((*log)->durable_through() < 500) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    put(2000);
    const Status copied = (*store)->backup(copy);
    ASSERT_TRUE(copied) << copied.error().message;
    EXPECT_FALSE((*store)->backup(copy)) << "it is not empty";
    put(10);
  }
  options.folder = copy;
  const auto verified = verify(options);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->bundles, 1U);
  auto store = open(options);
  ASSERT_TRUE(store) << store.error().message;
  auto log = (*store)->open_shard({0, 255}, [] {});
  std::uint64_t greatest = 0;
  std::uint64_t count = 0;
  ASSERT_TRUE((*log)->load([&](const ExecutionRecord& record) -> Status {
    greatest = std::max(greatest, record.order);
    ++count;
    return {};
  }));
  EXPECT_GE(count, 500U);
  EXPECT_EQ(count, greatest) << "a gap";
}

}  // namespace
}  // namespace flow::store::log
