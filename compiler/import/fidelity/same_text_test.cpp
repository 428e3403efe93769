#include "compiler/import/fidelity/same_text.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace flow::importing::fidelity {
namespace {

constexpr const char* kText =
    "flow f\ntrigger manual\nstart => a\na: http GET \"https://a.example/\" { read x: text; ok => end; failed => a }\n";

TEST(SameText, CommentsAndLinesDoNotCount) {
  EXPECT_EQ(text_difference(kText, kText), "");
  EXPECT_EQ(text_difference(kText,
                            "// one\nflow f // two\n\ntrigger manual\n\nstart => a\n"
                            "a: http GET \"https://a.example/\" { // three\n  read x: text\n  // four\n"
                            "  ok => end\n  failed => a\n  // five\n}\n// six\n"),
            "");
}

TEST(SameText, EveryWordDoes) {
  const std::string text = kText;
  for (const auto& [is, was] :
       {std::pair("read x", "read y"), std::pair("ok => end", "ok => a"),
        std::pair("ok => end; failed => a", "failed => a; ok => end"), std::pair("a.example/", "b.example/"),
        std::pair("start => a", "start => b"), std::pair("; failed => a", ""), std::pair("flow f", "flow g")}) {
    std::string other = text;
    other.replace(other.find(is), std::string_view(is).size(), was);
    EXPECT_NE(text_difference(text, other), "") << was;
  }
  EXPECT_EQ(text_difference("flow f\nstart => a\n", "flow f\nstart => b\n"),
            "it says `start => b`, and was `start => a`");
  EXPECT_NE(text_difference("flow f\nstart => a\n", "flow f\n"), "");
  EXPECT_NE(text_difference("{", "{"), "");
}

}  // namespace
}  // namespace flow::importing::fidelity
