// Import of an export is the flow again: the same tree and, in the canonical layout, the same text.
#include <gtest/gtest.h>

#include <cstdint>

#include "compiler/syntax/text_generator.h"
#include "tests/importing/round_trip.h"

namespace flow::importing {
namespace {

// Nothing, or what the two ways make of the text.
std::string difference(const std::string& text) {
  const auto json = exported(text);
  if (!json) return "no text";
  const Read read = read_console(*json);
  const std::string wanted = canonical(text);
  if (read.report.failed()) return read.report.text() + "\n---- of\n" + wanted;
  if (read.report.of(NoteKind::left_out) != 0) return read.report.text() + "\n---- of\n" + wanted;
  if (read.text != wanted) return "---- is\n" + read.text + "---- and was\n" + wanted;
  if (tree_of(read.text) != tree_of(text)) return "the trees differ of\n" + wanted;
  const auto again = exported(read.text, read.layout);
  const auto first = exported(wanted, read.layout);
  if (*again != *first) return "exported again it is something else:\n" + wanted;
  return {};
}

TEST(RoundTrip, EveryFlowOfTheProjectComesBack) {
  std::size_t count = 0;
  for (const Text& each : texts_of_the_project()) {
    EXPECT_EQ(difference(each.text), "") << each.name;
    ++count;
  }
  EXPECT_GT(count, 300U);
}

TEST(RoundTrip, EveryShapeOfTheLanguageComesBack) {
  constexpr std::uint64_t kTexts = 3000;
  for (std::uint64_t seed = 0; seed < kTexts; ++seed) {
    const std::string text = syntax::random_text(seed);
    ASSERT_EQ(difference(text), "") << "seed " << seed << "\n" << text;
  }
}

TEST(RoundTrip, ALayoutComesBackToo) {
  const std::string text = "flow f\ntrigger manual\n\nstart => a\n\na: wait 1s => b\nb: wait 2s => end\n";
  auto json = *exported(text);
  Read read = read_console(json);
  ASSERT_FALSE(read.report.failed()) << read.report.text();
  EXPECT_EQ(read.layout.steps.size(), 4U);  // with `start` and `end`
  read.layout.steps["a"].position = Position{-7.5, 12};
  read.layout.steps["b"].id = "Wait#ours0001";
  read.layout.steps["b"].properties = {{"/colour", "red"}};
  read.layout.properties["graph"] = {{"/zoom", 2}};
  const Read again = read_console(*exported(read.text, read.layout));
  ASSERT_FALSE(again.report.failed()) << again.report.text();
  EXPECT_EQ(to_json(again.layout), to_json(read.layout));
}

}  // namespace
}  // namespace flow::importing
