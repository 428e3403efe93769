#include "compiler/driver/waivers.h"

#include <gtest/gtest.h>

#include "compiler/syntax/parse.h"

namespace flow::driver {
namespace {

using diagnostics::Code;

// The waivers of a text, and what they cover: places are marked in it by words.
class Waived {
 public:
  explicit Waived(std::string text) : id_(sources_.add("a.flow", std::move(text))) {
    const auto tree = syntax::parse(sources_, id_, sink_);
    EXPECT_TRUE(tree.has_value());
    if (tree) waivers_.add(*tree, sources_, sink_);
  }
  bool at(std::string_view word, Code code = Code::several_parts) {
    const auto begin = static_cast<std::uint32_t>(sources_.file(id_).text().find(word));
    return waivers_.waives(code, {id_, begin, begin + 1});
  }
  std::string said() {
    std::string result;
    for (const diagnostics::Diagnostic& each : sink_.sorted()) {
      result += diagnostics::code_text(each.code) + " " + each.message + "\n";
    }
    return result;
  }
  std::size_t unused() {
    diagnostics::Sink sink;
    waivers_.report_unused(sink);
    return sink.warnings();
  }

 private:
  source::SourceMap sources_;
  diagnostics::Sink sink_;
  source::FileId id_;
  Waivers waivers_;
};

TEST(Waivers, AboveAnEntryCoverItUpToItsBlock) {
  Waived waived("before\n// allow(F0703): why\n\n// more\nhead word {\n  inside\n}\nbehind\n");
  EXPECT_TRUE(waived.at("word"));
  for (const char* other : {"before", "inside", "behind"}) EXPECT_FALSE(waived.at(other)) << other;
  EXPECT_FALSE(waived.at("word", Code::text_unbounded)) << "another code";
  EXPECT_EQ(waived.unused(), 0U);
  EXPECT_EQ(waived.said(), "");
}

TEST(Waivers, AboveAnEntryOnOneLineCoverAllOfIt) {
  EXPECT_TRUE(Waived("// allow(F0703): why\nhead { inside } => there\n").at("inside"));
  EXPECT_TRUE(Waived("// allow(F0703): why\nhead => there\n").at("there"));
  EXPECT_TRUE(Waived("head {\n  // allow(F0703): why\n  inside\n}\n").at("inside"));
}

TEST(Waivers, BehindABraceTheyCoverWhatStandsBeforeIt) {
  Waived waived("head word { // allow(F0703): why\n  inside\n}\n");
  EXPECT_TRUE(waived.at("word"));
  EXPECT_FALSE(waived.at("inside"));
}

TEST(Waivers, BehindAnEntryTheyCoverItAndItsLine) {
  Waived waived("before\nfirst; second // allow(F0703): why\nbehind\n");
  EXPECT_TRUE(waived.at("first"));
  EXPECT_TRUE(waived.at("second"));
  EXPECT_FALSE(waived.at("before"));
  EXPECT_FALSE(waived.at("behind"));
  Waived block("head {\n  inside\n} => there // allow(F0703): why\nbehind\n");
  EXPECT_TRUE(block.at("inside"));
  EXPECT_TRUE(block.at("there"));
  EXPECT_FALSE(block.at("behind"));
}

TEST(Waivers, InEachOtherTheInnermostIsUsed) {
  Waived waived("head {\n  a // allow(F0703): one\n  b\n} // allow(F0703): two\nc\n");
  EXPECT_TRUE(waived.at("a "));
  EXPECT_EQ(waived.unused(), 1U);
  EXPECT_TRUE(waived.at("b\n"));
  EXPECT_EQ(waived.unused(), 0U);
  EXPECT_FALSE(waived.at("c\n"));
}

TEST(Waivers, SayWhatIsWrongWithThem) {
  EXPECT_EQ(Waived("a // allow(F0703)\n").said(), "F1102 this waiver of `F0703` does not say why\n");
  EXPECT_EQ(Waived("a // allow(F0703):  \n").said(), "F1102 this waiver of `F0703` does not say why\n");
  EXPECT_EQ(Waived("a // allow(F0703) why\n").said(), "F1102 this waiver of `F0703` does not say why\n");
  EXPECT_EQ(Waived("a // allow(F0202): why\n").said(), "F1103 `F0202` cannot be waived\n");
  EXPECT_EQ(Waived("a // allow(F1101): why\n").said(), "F1103 `F1101` cannot be waived\n");
  EXPECT_EQ(Waived("a // allow(F703): why\n").said(), "F1104 there is no code `F703`\n");
  EXPECT_EQ(Waived("a // allow(F0703, F0709): why\n").said(), "F1104 there is no code `F0703, F0709`\n");
  EXPECT_EQ(Waived("a // allow(F0703\n").said(), "F1102 this waiver of `F0703` does not say why\n");
}

TEST(Waivers, AreOnlyCommentsThatLookLikeOne) {
  for (const char* text : {"// allowed(F0703)\na\n", "/// allow(F0703): a doc\na\n", "// to allow(F0703): x\na\n",
                           "a \"// allow(F0703): a text\"\n", "// allow\na\n"}) {
    Waived waived(text);
    EXPECT_FALSE(waived.at("a\n")) << text;
    EXPECT_EQ(waived.said(), "") << text;
    EXPECT_EQ(waived.unused(), 0U) << text;
  }
}

TEST(Waivers, ThatStandBeforeNothingAreUnused) {
  EXPECT_EQ(Waived("a\n// allow(F0703): why\n").unused(), 1U);
  EXPECT_EQ(Waived("a {\n  b\n  // allow(F0703): why\n}\n").unused(), 1U);
}

}  // namespace
}  // namespace flow::driver
