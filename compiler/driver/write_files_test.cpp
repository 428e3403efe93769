#include "compiler/driver/write_files.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/run_program.h"

namespace flow::driver {
namespace {

namespace fs = std::filesystem;
using testing_support::read_file;
using testing_support::TemporaryFolder;

std::size_t files_in(const TemporaryFolder& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()));
}

TEST(WriteFiles, AllAreThere) {
  const TemporaryFolder folder;
  const std::string old = folder.write("old", "before");
  fs::permissions(old, fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("old", folder.file("link"));
  ASSERT_TRUE(write_all_or_none({{folder.file("new"), "1", false}, {folder.file("link"), "2", true}}));
  EXPECT_EQ(read_file(folder.file("new")), "1");
  EXPECT_EQ(read_file(old), "2");
  EXPECT_TRUE(fs::is_symlink(folder.file("link")));
  EXPECT_EQ(fs::status(old).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(files_in(folder), 3U);
}

TEST(WriteFiles, OrNone) {
  const TemporaryFolder folder;
  const std::string old = folder.write("old", "before");
  const auto refused = write_all_or_none({{old, "1", true}, {folder.file("new"), "2"}, {old, "3", false}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::already_exists);
  EXPECT_EQ(read_file(old), "before");
  EXPECT_EQ(files_in(folder), 1U);
  const auto nowhere = write_all_or_none({{folder.file("new"), "2"}, {folder.file("none/at/all"), "3"}});
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().message, "cannot write `" + folder.file("none/at/all") + "`: No such file or directory");
  EXPECT_EQ(files_in(folder), 1U);
  fs::create_directory(folder.file("folder"));
  ASSERT_FALSE(write_all_or_none({{folder.file("new"), "2"}, {old, "1", true}, {folder.file("folder"), "3", true}}));
  EXPECT_EQ(read_file(old), "before");
  EXPECT_EQ(files_in(folder), 2U);
}

// One that is found only when the first have their names.
TEST(WriteFiles, WhatWasDoneIsUndone) {
  const TemporaryFolder folder;
  const std::string old = folder.write("old", "before");
  const std::string fresh = folder.file("new");
  const auto refused = write_all_or_none({{old, "2", true}, {old, "3", true}, {fresh, "1"}, {fresh, "2"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "`" + fresh + "` is there already");
  EXPECT_EQ(read_file(old), "before");
  EXPECT_EQ(files_in(folder), 1U);
}

}  // namespace
}  // namespace flow::driver
