// Every example of the language parses on the fast pass, without an ambiguity, and prints back.
#include <gtest/gtest.h>

#include <algorithm>

#include "compiler/syntax/dump.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/test_support.h"

namespace flow::syntax {
namespace {

std::size_t comments_in(const std::string& dump) {
  std::size_t count = 0;
  for (const char* kind : {"leading //", "trailing //", "dangling //", "after brace //"}) {
    for (std::size_t at = dump.find(kind); at != std::string::npos; at = dump.find(kind, at + 1)) ++count;
  }
  return count;
}

TEST(Examples, ThereAreSome) {
  EXPECT_GE(examples().size(), 30U);
}

TEST(Examples, ParseOnTheFastPassWithoutAmbiguity) {
  for (const Example& example : examples()) {
    const Parsed parsed = parse_text(example.text, true);
    ASSERT_TRUE(parsed.file.has_value()) << example.name << "\n" << parsed.errors();
    EXPECT_EQ(parsed.errors(), "") << example.name;
    EXPECT_FALSE(parsed.statistics.second_pass) << example.name;
    EXPECT_EQ(parsed.statistics.ambiguities, 0U) << example.name;
  }
}

TEST(Examples, AreInTheCanonicalLayout) {
  for (const Example& example : examples()) {
    const Parsed parsed = parse_text(example.text);
    ASSERT_TRUE(parsed.file.has_value()) << example.name;
    EXPECT_EQ(format(*parsed.file), example.text) << example.name;
  }
}

TEST(Examples, KeepTheirCommentsAndMeaning) {
  for (const Example& example : examples()) {
    const Parsed parsed = parse_text(example.text);
    const std::string printed = format(*parsed.file);
    const Parsed again = parse_text(printed);
    ASSERT_TRUE(again.file.has_value()) << example.name;
    EXPECT_EQ(dump(*again.file), dump(*parsed.file)) << example.name;
    // No text of the examples holds `//` but in addresses.
    std::size_t written = 0;
    for (std::size_t at = example.text.find("//"); at != std::string::npos; at = example.text.find("//", at + 1)) {
      const bool address = at > 0 && example.text[at - 1] == ':';
      const bool third = at > 0 && example.text[at - 1] == '/';
      if (!address && !third) ++written;
    }
    EXPECT_EQ(comments_in(dump(*parsed.file)), written) << example.name;
  }
}

}  // namespace
}  // namespace flow::syntax
