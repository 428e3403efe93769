#include "runtime/store/embedded/embedded.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "runtime/store/embedded/faulty_vfs.h"
#include "runtime/store/embedded/folder.h"

namespace flow::store::embedded {
namespace {

namespace fs = std::filesystem;

class EmbeddedStore : public testing::Test {
 protected:
  EmbeddedStore() {
    std::string pattern = (fs::temp_directory_path() / "flow-store-XXXXXX").string();
    top_ = ::mkdtemp(pattern.data());
    folder_ = top_ / "data";
  }
  ~EmbeddedStore() override {
    fail_from_write(0);
    fs::remove_all(top_);
  }

  std::unique_ptr<Store> open_store(const std::string& vfs = "") {
    auto store = open({.folder = folder_, .vfs = vfs});
    if (!store) {
      ADD_FAILURE() << store.error().message;
      return nullptr;
    }
    return *std::move(store);
  }

  Error refusal() {
    Options options{.folder = folder_, .vfs = "", .lock_patience = std::chrono::milliseconds(20)};
    auto store = open(options);
    if (!store) return store.error();
    ADD_FAILURE() << "it was opened";
    return {};
  }

  // Every file with its bytes.
  std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      std::ifstream in(entry.path(), std::ios::binary);
      std::ostringstream bytes;
      bytes << in.rdbuf();
      files[entry.path().filename().string()] = bytes.str();
    }
    return files;
  }

  void patch(const char* name, std::streamoff at, std::string_view bytes) const {
    std::fstream file(folder_ / name, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(at);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

  fs::path top_;
  fs::path folder_;
};

ExecutionRecord start(std::uint8_t n, std::string key = "") {
  ExecutionRecord record;
  record.id.bytes[15] = n;
  record.revision = 1;
  record.changed_at_ms = 1000 + n;
  record.summary = "s1";
  record.image = "i1";
  record.timeline = {"began", "sent"};
  record.flow = "otp";
  record.bundle = "b1";
  record.idempotency_key = std::move(key);
  record.fingerprint = record.idempotency_key.empty() ? "" : "print";
  return record;
}

ExecutionRecord change(std::uint8_t n, std::uint32_t revision, std::int64_t ended_at_ms = 0) {
  ExecutionRecord record;
  record.id.bytes[15] = n;
  record.revision = revision;
  record.changed_at_ms = 2000 + revision;
  record.ended_at_ms = ended_at_ms;
  record.summary = "s" + std::to_string(revision);
  record.image = "i" + std::to_string(revision);
  record.timeline = {"event " + std::to_string(revision)};
  return record;
}

core::ExecutionId id(std::uint8_t n) {
  return start(n).id;
}

TEST_F(EmbeddedStore, AFreshFolderIsPrivateAndEmpty) {
  const auto store = open_store();
  ASSERT_TRUE(store);
  struct stat info{};
  ASSERT_EQ(::stat(folder_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
  EXPECT_EQ(store->appended_through(), 0U);
  EXPECT_EQ(store->last_change_ms(), 0);
  EXPECT_EQ(store->saved_clock(), core::ClockBase{});
}

TEST_F(EmbeddedStore, WhatWasAppendedIsThereAfterOpeningAgain) {
  {
    const auto store = open_store();
    ASSERT_TRUE(store->append({BundleRecord{"b1", 5, {"otp", "survey"}, "bytes"}, PublishRecord{"otp", "b1", 6}}));
    ASSERT_TRUE(store->append({start(1, "key"), start(2)}));
    ASSERT_TRUE(store->append({change(1, 2), change(2, 2, 2500)}));
    ASSERT_TRUE(store->save_clock({10, 20, 30.5}));
  }  // never indexed
  const auto store = open_store();
  EXPECT_EQ(store->appended_through(), 3U);
  EXPECT_EQ(store->indexed_through(), 3U);
  EXPECT_EQ(store->last_change_ms(), 2002);
  EXPECT_EQ(store->saved_clock(), (core::ClockBase{10, 20, 30.5}));

  const auto row = store->execution(id(1));
  ASSERT_TRUE(row && *row);
  EXPECT_EQ((*row)->flow, "otp");
  EXPECT_EQ((*row)->revision, 2U);
  EXPECT_EQ((*row)->image, "i2");
  EXPECT_EQ(*store->timeline((*row)->number), (std::vector<std::string>{"began", "sent", "event 2"}));
  EXPECT_FALSE(*store->execution(id(3)));

  const auto key = store->find_idempotency("key");
  ASSERT_TRUE(key && *key);
  EXPECT_EQ((*key)->execution, id(1));
  EXPECT_EQ((*key)->fingerprint, "print");
  EXPECT_FALSE(*store->find_idempotency("other"));

  EXPECT_EQ(*store->bundle("b1"), "bytes");
  EXPECT_EQ((*store->bundles())[0].flows, (std::vector<std::string>{"otp", "survey"}));
  EXPECT_EQ(*store->published(), (std::vector<PublishRecord>{{"otp", "b1", 6}}));
  std::vector<core::ExecutionId> running;
  ASSERT_TRUE(store->each_running([&](const ExecutionRow& each) -> Status {
    running.push_back(each.id);
    return {};
  }));
  EXPECT_EQ(running, std::vector{id(1)});
}

TEST_F(EmbeddedStore, TheLibrarianSeesWhatIsNotYetCommitted) {
  const auto store = open_store();
  ASSERT_TRUE(store->append({start(1)}));
  ASSERT_TRUE(store->catch_up(false));
  EXPECT_EQ(store->indexed_through(), 0U);
  EXPECT_TRUE(*store->execution(id(1)));
  ASSERT_TRUE(store->catch_up(true));
  EXPECT_EQ(store->indexed_through(), 1U);
}

TEST_F(EmbeddedStore, TheJournalForgetsWhatTheTablesHave) {
  std::uintmax_t grown = 0;
  {
    const auto store = open_store();
    ExecutionRecord big = start(1);
    big.image = std::string(100'000, 'x');
    ASSERT_TRUE(store->append({big}));
    for (std::uint32_t revision = 2; revision < 600; ++revision) {
      ExecutionRecord next = change(1, revision);
      next.image = big.image;
      ASSERT_TRUE(store->append({next}));
      ASSERT_TRUE(store->catch_up(revision % 10 == 0));
    }
    grown = store->sizes().journal_bytes;
  }
  EXPECT_LT(grown, 20U << 20) << "60 MB went through it";
  const auto store = open_store();
  EXPECT_EQ(store->appended_through(), 599U);
  EXPECT_EQ((*store->execution(id(1)))->revision, 599U);
}

TEST_F(EmbeddedStore, ListsYoungestFirstByPage) {
  const auto store = open_store();
  std::vector<Record> records;
  for (std::uint8_t n = 1; n <= 9; ++n) records.push_back(start(n));
  records.push_back(change(4, 2, 2500));
  ASSERT_TRUE(store->append(std::move(records)));
  ASSERT_TRUE(store->catch_up(false));
  const auto first = store->list({.flow = "otp", .bundle = "", .ended = std::nullopt, .limit = 4});
  ASSERT_EQ(first->size(), 4U);
  EXPECT_EQ(first->front().id, id(9));
  const auto second = store->list(
      {.flow = "", .bundle = "b1", .ended = std::nullopt, .before_number = first->back().number, .limit = 100});
  ASSERT_EQ(second->size(), 5U);
  EXPECT_EQ(second->front().id, id(5));
  EXPECT_EQ(store->list({.flow = "", .bundle = "", .ended = true})->size(), 1U);
  EXPECT_EQ(store->list({.flow = "", .bundle = "", .ended = false})->size(), 8U);
  EXPECT_EQ(store->list({.flow = "none", .bundle = "", .ended = std::nullopt})->size(), 0U);
}

TEST_F(EmbeddedStore, ForgetsWhatEndedLongAgoWithEverythingOfIt) {
  const auto store = open_store();
  ASSERT_TRUE(store->append({start(1, "a"), start(2, "b"), change(1, 2, 100), change(2, 2, 200)}));
  ASSERT_TRUE(store->catch_up(true));
  const std::uint64_t number = (*store->execution(id(1)))->number;
  EXPECT_EQ(*store->forget_ended(150, 10), 1U);
  ASSERT_TRUE(store->catch_up(true));
  EXPECT_FALSE(*store->execution(id(1)));
  EXPECT_TRUE(store->timeline(number)->empty());
  EXPECT_FALSE(*store->find_idempotency("a"));
  EXPECT_TRUE(*store->find_idempotency("b"));
}

TEST_F(EmbeddedStore, IsHeldAgainstASecondOne) {
  const auto store = open_store();
  const Error error = refusal();
  EXPECT_EQ(error.code, ErrorCode::failed_precondition);
  EXPECT_NE(error.message.find("in use"), std::string::npos) << error.message;
}

TEST_F(EmbeddedStore, WaitsForOneThatIsJustEnding) {
  auto store = open_store();
  std::thread ending([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    store.reset();
  });
  EXPECT_TRUE(open_store());
  ending.join();
}

TEST_F(EmbeddedStore, AFolderOfSomethingElseIsLeftAlone) {
  fs::create_directory(folder_);
  std::ofstream(folder_ / "letters.txt") << "dear";
  const auto before = contents();
  EXPECT_NE(refusal().message.find("letters.txt"), std::string::npos);
  EXPECT_EQ(contents(), before);
}

TEST_F(EmbeddedStore, AnotherDatabaseAndAFileAreRefused) {
  fs::create_directory(folder_);
  std::ofstream(folder_ / kJournalName) << std::string(4096, 'x');
  EXPECT_EQ(refusal().code, ErrorCode::data_loss);
  fs::remove_all(folder_);
  std::ofstream(folder_) << "a file";
  EXPECT_NE(refusal().message.find("not a folder"), std::string::npos);
}

TEST_F(EmbeddedStore, ANewerOrForeignStoreIsRefusedUntouched) {
  {
    open_store();
  }
  for (const char* name : {kJournalName, kLookupName}) {
    const auto sound = contents();
    patch(name, 60, std::string_view("\0\0\0\x02", 4));
    auto before = contents();
    Error error = refusal();
    EXPECT_EQ(error.code, ErrorCode::failed_precondition);
    EXPECT_NE(error.message.find("newer"), std::string::npos) << error.message;
    EXPECT_EQ(contents(), before);
    patch(name, 60, std::string_view("\0\0\0\x01", 4));
    patch(name, 68, "ABCD");
    before = contents();
    EXPECT_NE(refusal().message.find("not made by flowd"), std::string::npos);
    EXPECT_EQ(contents(), before);
    patch(name, 68, std::string_view(sound.at(name)).substr(68, 4));
  }
  EXPECT_TRUE(open_store());
}

TEST_F(EmbeddedStore, ALostFileIsNotReplacedByAnEmptyOne) {
  {
    const auto store = open_store();
    ASSERT_TRUE(store->append({start(1)}));
    ASSERT_TRUE(store->catch_up(true));
  }
  for (const char* name : {kJournalName, kLookupName}) {
    fs::rename(folder_ / name, top_ / name);
    const auto before = contents();
    const Error error = refusal();
    EXPECT_EQ(error.code, ErrorCode::data_loss);
    EXPECT_NE(error.message.find("missing"), std::string::npos) << error.message;
    EXPECT_EQ(contents(), before);
    fs::rename(top_ / name, folder_ / name);
  }
  EXPECT_TRUE(open_store());
}

TEST_F(EmbeddedStore, FilesOfTwoStoresAreNotMixed) {
  {
    open_store();
  }
  const fs::path first = folder_;
  folder_ = top_ / "other";
  {
    open_store();
  }
  fs::copy_file(first / kLookupName, folder_ / kLookupName, fs::copy_options::overwrite_existing);
  const auto before = contents();
  EXPECT_NE(refusal().message.find("different stores"), std::string::npos);
  EXPECT_EQ(contents(), before);
}

TEST_F(EmbeddedStore, AStoreWhoseMakingWasCutShortIsMadeAgain) {
  {
    open_store();
  }
  fs::remove(folder_ / kJournalName);
  EXPECT_TRUE(open_store());
  fs::remove(folder_ / kJournalName);
  fs::rename(folder_ / kLookupName, folder_ / (std::string(kLookupName) + ".new"));
  EXPECT_TRUE(open_store());
}

// Whatever byte of the files is damaged: refused or harmless, never a crash, never a changed execution.
TEST_F(EmbeddedStore, DamageAnywhereIsNeverTakenForTruth) {
  {
    const auto store = open_store();
    ASSERT_TRUE(store->append({start(1, "key"), start(2)}));
    ASSERT_TRUE(store->catch_up(true));
    ASSERT_TRUE(store->append({change(1, 2)}));
  }
  const auto sound = contents();
  int refused = 0;
  for (const char* name : {kJournalName, kLookupName}) {
    const std::size_t size = sound.at(name).size();
    for (std::size_t at = 0; at < size; at += 211) {
      patch(name, static_cast<std::streamoff>(at), std::string(16, '\xa5'));
      const auto before = contents();
      auto store = open({.folder = folder_, .vfs = ""});
      if (!store) {
        ++refused;
        ASSERT_EQ(contents(), before) << name << " at " << at;
      } else if (const auto row = (*store)->execution(id(1)); row && *row) {
        ASSERT_EQ((*row)->image, "i2") << name << " at " << at;
      }
      store = fail(ErrorCode::internal, "closed");
      for (const auto& [file, bytes] : sound) {
        std::ofstream(folder_ / file, std::ios::binary | std::ios::trunc) << bytes;
      }
    }
  }
  EXPECT_GT(refused, 10);
}

TEST_F(EmbeddedStore, EveryFailingWriteIsReportedAndLosesNothingAcknowledged) {
  register_faulty_vfs();
  int nth = 1;
  for (bool failed = true; failed; ++nth) {
    fs::remove_all(folder_);
    {
      open_store();
    }
    std::uint32_t acknowledged = 0;
    {
      const auto store = open_store("faulty");
      ASSERT_TRUE(store);
      fail_from_write(nth);
      failed = false;
      for (std::uint32_t revision = 1; revision <= 6 && !failed; ++revision) {
        failed = !store->append({revision == 1 ? start(1) : change(1, revision)});
        if (!failed) acknowledged = revision;
        if (revision % 3 == 0) failed = !store->catch_up(true) || failed;
      }
      if (failed) {
        const bool writer_failed = acknowledged < 6 && acknowledged % 3 != 0;
        if (writer_failed) {
          EXPECT_FALSE(store->append({change(1, 9)})) << "the first failure is final";
        }
      }
    }
    fail_from_write(0);
    const auto store = open_store();
    ASSERT_TRUE(store) << "write " << nth;
    const auto row = store->execution(id(1));
    ASSERT_TRUE(row);
    // The batch that was refused may be there or not; nothing behind it may, nothing before it may be missing.
    const std::uint32_t found = *row ? (*row)->revision : 0;
    EXPECT_GE(found, acknowledged) << "write " << nth;
    EXPECT_LE(found, acknowledged + 1) << "write " << nth;
  }
  EXPECT_GT(nth, 10) << "the switch never failed a write";
}

// A power cut leaves a log that ends anywhere: each prefix of it is a store, with a prefix of the batches.
TEST_F(EmbeddedStore, EveryPrefixOfTheLogIsAStore) {
  std::map<std::string, std::string> torn;
  {
    const auto store = open_store();
    ASSERT_TRUE(store->append({start(1)}));
    for (std::uint32_t revision = 2; revision <= 5; ++revision) ASSERT_TRUE(store->append({change(1, revision)}));
    torn = contents();  // as a crash would leave it
  }
  const std::string wal = std::string(kJournalName) + "-wal";
  ASSERT_TRUE(torn.contains(wal));
  std::uint32_t last = 0;
  for (std::size_t size = 0; size <= torn[wal].size(); size += 1021) {
    for (const auto& entry : fs::directory_iterator(folder_)) fs::remove(entry.path());
    for (const auto& [file, bytes] : torn) {
      const std::string_view kept = file == wal ? std::string_view(bytes).substr(0, size) : std::string_view(bytes);
      std::ofstream(folder_ / file, std::ios::binary) << kept;
    }
    const auto store = open_store();
    ASSERT_TRUE(store) << size;
    const auto row = store->execution(id(1));
    const std::uint32_t found = row && *row ? (*row)->revision : 0;
    ASSERT_GE(found, last);
    last = found;
  }
  EXPECT_GE(last, 4U);
}

}  // namespace
}  // namespace flow::store::embedded
