#include "compiler/diagnostics/display.h"

#include <gtest/gtest.h>

namespace flow::diagnostics {
namespace {

TEST(Cells, TabsGoToTheNextStop) {
  const auto line = cells("a\tb");
  ASSERT_EQ(line.size(), 3U);
  EXPECT_EQ(line[1].text, "   ");
  EXPECT_EQ(line[2].column, 4U);
}

TEST(Cells, WideAndCombiningCharacters) {
  const auto line = cells("\u4e2de\u0301\U0001F44Bx");
  ASSERT_EQ(line.size(), 5U);
  EXPECT_EQ(line[0].width, 2U);
  EXPECT_EQ(line[2].width, 0U);
  EXPECT_EQ(line[3].width, 2U);
  EXPECT_EQ(line[4].column, 5U);
}

TEST(Printable, LeavesNothingThatSteersATerminal) {
  EXPECT_EQ(printable("a\x1b[31mb\n"), "a\u241B[31mb\u240A");
  EXPECT_EQ(printable("a\u202Eb"), "a\uFFFDb");
  EXPECT_EQ(deceptive_front("\u202Eb"), std::pair(char32_t{0x202E}, std::size_t{3}));
  EXPECT_EQ(deceptive_front("\u009B1m"), std::pair(char32_t{0x9B}, std::size_t{2}));
  for (const char* harmless : {"a\u202E", "é", "\n", "\x9B", "ก"}) EXPECT_FALSE(deceptive_front(harmless)) << harmless;
  EXPECT_EQ(printable("\x7F"), "\u2421");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\u2400");
}

TEST(Printable, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(printable("\xC3("), "\uFFFD(");
  EXPECT_EQ(printable("\xE2\x82"), "\uFFFD\uFFFD");
  EXPECT_EQ(printable("\xFF"), "\uFFFD");
}

}  // namespace
}  // namespace flow::diagnostics
