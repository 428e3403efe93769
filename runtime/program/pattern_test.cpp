#include "runtime/program/pattern.h"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.h"

namespace flow::program {
namespace {

TEST(Pattern, WholeTextsAndParts) {
  EXPECT_TRUE(matches_whole("10-4432", R"(\d{2}-\d{4})"));
  EXPECT_FALSE(matches_whole(" 10-4432", R"(\d{2}-\d{4})"));
  EXPECT_TRUE(matches_part("order 10-4432, please", R"(\d{2}-\d{4})"));
  EXPECT_TRUE(matches_whole("a person", "(a )?(human|person)"));
  EXPECT_FALSE(matches_whole("A person", "(a )?(human|person)"));
  EXPECT_TRUE(matches_whole("A person", "(?i)(a )?(human|person)"));
  EXPECT_TRUE(matches_whole("", ""));
  EXPECT_TRUE(matches_part("x", ""));
  EXPECT_TRUE(matches_whole("\u20ac", "."));
  EXPECT_FALSE(matches_whole("yes\n", "yes"));
  EXPECT_FALSE(matches_whole("\xff", "."));
}

TEST(Pattern, WhatIsNoneIsRefusedAndMatchesNothing) {
  for (const char* bad : {"(", "[", "a{2,1}", "*", R"(\1)", "(?=a)", "a{1001}"}) {
    EXPECT_FALSE(check_regex(bad)) << bad;
    EXPECT_FALSE(matches_part("a", bad)) << bad;
  }
  EXPECT_TRUE(check_regex(std::string(limits::kPatternBytesMax, 'a')));
  EXPECT_FALSE(check_regex(std::string(limits::kPatternBytesMax + 1, 'a')));
  EXPECT_FALSE(matches_part("a", std::string(limits::kPatternBytesMax + 1, 'a')));
  // kPatternMemoryBytesMax
  EXPECT_FALSE(check_regex("((a{100}){100}){100}"));
  EXPECT_FALSE(check_regex(R"((\pL{500}\pN{500}){2})"));
}

TEST(Pattern, TextsThatMakeOthersBacktrackTakeLinearTime) {
  const std::string text(limits::kTextValueBytesMax, 'a');
  EXPECT_FALSE(matches_whole(text, "(a*)*b"));
  EXPECT_FALSE(matches_part(text, "(a|aa)+$b"));
}

TEST(Pattern, MoreThanAreKeptAreMadeAnew) {
  for (std::size_t i = 0; i <= limits::kPatternsKeptMax; ++i)
    EXPECT_TRUE(matches_part("x7", "x" + std::string(i % 2, '7')));
  for (std::size_t i = 0; i <= limits::kPatternsKeptMax; ++i) {
    const std::string number = std::to_string(i);
    EXPECT_TRUE(matches_whole(number, number));
  }
  EXPECT_TRUE(matches_whole("0", "0"));
}

TEST(Pattern, FindsATextThatMatches) {
  for (const char* pattern : {"\\d{2}-\\d{4}", "a|b", "(?i)yes", "[^0-9]*", "x+y?", "caf\u00e9", ""}) {
    const auto text = text_that_matches(pattern);
    ASSERT_TRUE(text.has_value()) << pattern;
    EXPECT_TRUE(matches_whole(*text, pattern)) << pattern << " by " << *text;
  }
  EXPECT_EQ(text_that_matches("(").has_value(), false);
  EXPECT_EQ(text_that_matches("[^\\x00-\\x{10FFFF}]").has_value(), false);  // nothing does
}

}  // namespace
}  // namespace flow::program
