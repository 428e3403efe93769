#include "tests/support/simulated_disk.h"

#include <set>

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace flow::testing_support {
namespace {

using store::log::OpenFile;

TEST(SimulatedDisk, KeepsWhatWasSyncedAndTearsTheRest) {
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 1; seed <= 64; ++seed) {
    SimulatedDisk disk(seed);
    ASSERT_TRUE(disk.make_folder("/d"));
    auto file = disk.open("/d/f", OpenFile::create);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->write(0, std::string(1024, 'a')));
    ASSERT_TRUE((*file)->sync());
    ASSERT_TRUE(disk.sync_folder("/d"));
    ASSERT_TRUE((*file)->write(256, std::string(512, 'b')));
    disk.crash();
    EXPECT_FALSE((*file)->write(0, "x")) << "a file of before the crash";
    const std::string bytes = disk.files().at("/d/f");
    ASSERT_EQ(bytes.size(), 1024U);
    EXPECT_EQ(bytes.substr(0, 256), std::string(256, 'a'));
    EXPECT_EQ(bytes.substr(768), std::string(256, 'a'));
    outcomes.insert(std::string{bytes[256], bytes[512]});
    EXPECT_EQ(bytes.substr(256, 256), std::string(256, bytes[256])) << "torn within a sector";
  }
  EXPECT_EQ(outcomes, (std::set<std::string>{"aa", "ab", "ba", "bb"}));
}

TEST(SimulatedDisk, NamesAreDurableAfterSyncFolderOnly) {
  std::set<std::size_t> counts;
  for (std::uint64_t seed = 1; seed <= 32; ++seed) {
    SimulatedDisk disk(seed);
    ASSERT_TRUE(disk.make_folder("/d"));
    for (const char* name : {"/d/1", "/d/2"}) ASSERT_TRUE(disk.open(name, OpenFile::create));
    disk.crash();
    const auto files = disk.files();
    counts.insert(files.size());
    EXPECT_TRUE(files.empty() || files.contains("/d/1")) << "out of order";
  }
  EXPECT_EQ(counts, (std::set<std::size_t>{0, 1, 2}));
}

TEST(SimulatedDisk, FailsWhatItIsToldToFail) {
  SimulatedDisk disk;
  ASSERT_TRUE(disk.make_folder("/d"));
  auto file = disk.open("/d/f", OpenFile::create);
  ASSERT_TRUE(file);
  disk.fail_change(2);
  EXPECT_TRUE((*file)->write(0, "a"));
  EXPECT_FALSE((*file)->sync());
  EXPECT_TRUE((*file)->sync());
  disk.fail_changes_from(2);
  EXPECT_TRUE((*file)->sync());
  EXPECT_FALSE((*file)->sync());
  EXPECT_FALSE((*file)->sync());
  disk.fail_changes_from(0);
  disk.set_capacity(10);
  EXPECT_TRUE((*file)->write(0, std::string(10, 'x')));
  const Status full = (*file)->write(0, std::string(11, 'x'));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::resource_exhausted);
  EXPECT_EQ(*disk.free_bytes("/d"), 0U);
}

TEST(SimulatedDisk, CarriesSqliteThroughCrashes) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SimulatedDisk disk(seed);
    ASSERT_TRUE(disk.make_folder("/d"));
    int committed = 0;
    for (int round = 0; round < 3; ++round) {
      sqlite3* handle = nullptr;
      ASSERT_EQ(sqlite3_open_v2("/d/t.sqlite", &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                                disk.sqlite_vfs().c_str()),
                SQLITE_OK);
      ASSERT_EQ(sqlite3_exec(handle,
                             "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                             "CREATE TABLE IF NOT EXISTS t(n)",
                             nullptr, nullptr, nullptr),
                SQLITE_OK)
          << sqlite3_errmsg(handle);
      int found = 0;
      sqlite3_exec(
          handle, "SELECT count(*) FROM t",
          [](void* out, int, char** values, char**) {
            *static_cast<int*>(out) = std::stoi(values[0]);
            return 0;
          },
          &found, nullptr);
      EXPECT_GE(found, committed);
      committed = found;
      disk.fail_changes_from(5 + seed);
      while (sqlite3_exec(handle, "INSERT INTO t VALUES(randomblob(700))", nullptr, nullptr, nullptr) == SQLITE_OK) {
        ++committed;
      }
      sqlite3_close(handle);
      disk.crash();
    }
  }
}

}  // namespace
}  // namespace flow::testing_support
