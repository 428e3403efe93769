#include "compiler/driver/line_diff.h"

#include <gtest/gtest.h>

namespace flow::driver {
namespace {

TEST(LineDiff, EqualTextsHaveNone) {
  EXPECT_EQ(unified_diff("x", "a\nb\n", "a\nb\n"), "");
}

TEST(LineDiff, ShowsAChangeWithItsSurroundings) {
  EXPECT_EQ(unified_diff("x.flow", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            "--- x.flow\n+++ x.flow\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(LineDiff, KeepsDistantChangesApart) {
  std::string before;
  for (int i = 1; i <= 30; ++i) before += std::to_string(i) + "\n";
  std::string after = "0\n" + before.substr(0, before.size() - 3);
  EXPECT_EQ(unified_diff("x", before, after),
            "--- x\n+++ x\n@@ -1,3 +1,4 @@\n+0\n 1\n 2\n 3\n@@ -27,4 +28,3 @@\n 27\n 28\n 29\n-30\n");
}

TEST(LineDiff, KnowsMissingLineEndsAndEmptyTexts) {
  EXPECT_EQ(unified_diff("x", "a", "a\n"), "--- x\n+++ x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
  EXPECT_EQ(unified_diff("x", "", "a\n"), "--- x\n+++ x\n@@ -0,0 +1 @@\n+a\n");
  EXPECT_EQ(unified_diff("x", "a\n", ""), "--- x\n+++ x\n@@ -1 +0,0 @@\n-a\n");
}

TEST(LineDiff, IsBoundedOnLargeTexts) {
  std::string before;
  std::string after;
  for (int i = 0; i < 20'000; ++i) {
    before += std::to_string(i) + "\n";
    after += std::to_string(-i) + "\n";
  }
  const std::string diff = unified_diff("x", before, after);
  EXPECT_EQ(static_cast<int>(std::count(diff.begin(), diff.end(), '\n')), 2 + 1 + 1 + 2 * 19'999);
}

}  // namespace
}  // namespace flow::driver
