#include "compiler/diagnostics/render.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace flow::diagnostics {
namespace {

// One file, and diagnostics at words of it.
class Case {
 public:
  explicit Case(std::string text) : file_(sources_.add("otp.flow", std::move(text))) {}
  source::Span span(std::string_view words) const {
    const std::size_t at = sources_.file(file_).text().find(words);
    EXPECT_NE(at, std::string_view::npos) << words;
    return {file_, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + words.size())};
  }
  Sink::Builder error(source::Span span, std::string message = "m") {
    return sink.add(Code::unknown_step, span, std::move(message));
  }
  // Without title line and empty lines around.
  std::string excerpt() const {
    const std::string all = render(sources_, sink.sorted().front());
    return all.substr(all.find('\n') + 1);
  }
  source::SourceMap& sources() { return sources_; }

  Sink sink;

 private:
  source::SourceMap sources_;
  source::FileId file_;
};

TEST(Render, TitlePlaceExcerptHint) {
  Case c("sms: send sms {\n  failed => smss\n}\n");
  c.error(c.span("smss"), "there is no step `smss`").label("no step of this name").hint("did you mean `sms`?");
  EXPECT_EQ(render(c.sources(), c.sink),
            "error[F0202]: there is no step `smss`\n"
            " --> otp.flow:2:13\n"
            "  |\n"
            "2 |   failed => smss\n"
            "  |             ^^^^ no step of this name\n"
            "  |\n"
            "  = hint: did you mean `sms`?\n"
            "\n"
            "1 error\n");
}

TEST(Render, SecondaryLabelsFarAndInOtherFiles) {
  Case c("a => x\n\n\n\nb => y\nc\nd => z\n");
  const auto other = c.sources().add("workspace.flow", "channel x\n");
  c.error(c.span("b")).also(c.span("a"), "first").also(c.span("d"), "last").also({other, 8, 9}, "declared here");
  EXPECT_EQ(c.excerpt(),
            " --> otp.flow:5:1\n"
            "  |\n"
            "1 | a => x\n"
            "  | - first\n"
            "...\n"
            "5 | b => y\n"
            "  | ^\n"
            "6 | c\n"
            "7 | d => z\n"
            "  | - last\n"
            " ::: workspace.flow:1:9\n"
            "  |\n"
            "1 | channel x\n"
            "  |         - declared here\n");
}

TEST(Render, SeveralLabelsOnALine) {
  Case c("one two three\n");
  c.error(c.span("two")).label("second").also(c.span("one"), "first").also(c.span("three"), "third");
  EXPECT_EQ(c.excerpt(),
            " --> otp.flow:1:5\n"
            "  |\n"
            "1 | one two three\n"
            "  | --- ^^^ ----- third\n"
            "  | |   |\n"
            "  | |   second\n"
            "  | first\n");
}

TEST(Render, SpansOfSeveralLines) {
  Case c("a: send sms {\n  x\n  y\n  z\n} // end\n");
  c.error(c.span("send sms {\n  x\n  y\n  z\n}")).label("all of it");
  EXPECT_EQ(c.excerpt(),
            " --> otp.flow:1:4\n"
            "  |\n"
            "1 | a: send sms {\n"
            "  |    ^^^^^^^^^^\n"
            "...\n"
            "5 | } // end\n"
            "  | ^ all of it\n");
}

TEST(Render, TabsWideAndCombiningCharactersKeepTheCaretInPlace) {
  Case c("\ttext \"\u4e2d\u6587 e\u0301\" bad\n");
  c.error(c.span("bad"));
  EXPECT_EQ(c.excerpt(),
            " --> otp.flow:1:15\n"
            "  |\n"
            "1 |     text \"\u4e2d\u6587 e\u0301\" bad\n"
            "  |                   ^^^\n");
}

TEST(Render, EndOfFileIsShownBehindTheLastCharacter) {
  for (const char* text : {"a: b {", "a: b {\n", "a: b {\r\n"}) {
    Case c(text);
    const auto end = static_cast<std::uint32_t>(std::string_view(text).size());
    c.error({source::FileId{0}, end, end});
    EXPECT_EQ(c.excerpt(), " --> otp.flow:1:7\n  |\n1 | a: b {\n  |       ^\n") << text;
  }
  Case empty("");
  empty.error({source::FileId{0}, 0, 0});
  EXPECT_EQ(empty.excerpt(), " --> otp.flow:1:1\n  |\n1 |\n  | ^\n");
}

TEST(Render, CrLfLinesEndBeforeTheirEnd) {
  Case c("one\r\ntwo x\r\n");
  c.error(c.span("two x\r\n"));
  EXPECT_EQ(c.excerpt(), " --> otp.flow:2:1\n  |\n2 | two x\n  | ^^^^^\n");
}

TEST(Render, VeryLongLinesAreCutAroundTheMark) {
  Case c(std::string(5000, 'a') + " bad " + std::string(5000, 'b'));
  c.error(c.span("bad")).label("here");
  const std::string text = c.excerpt();
  EXPECT_NE(text.find(" bad "), std::string::npos);
  EXPECT_LT(text.size(), 500U);
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  ASSERT_EQ(lines.size(), 4U);
  // The cut's sign is one cell and three bytes.
  EXPECT_EQ(lines[2].find("bad") - 2, lines[3].find("^^^"));
}

TEST(Render, SourceCannotSteerTheTerminal) {
  Case c("a \x1b[2J b\n");
  c.error(c.span("b"), "no `\x1b[31m`").label("\x1b[1m").hint("\x1b[0m").step("\x07");
  EXPECT_EQ(render(c.sources(), c.sink).find('\x1b'), std::string::npos);
  EXPECT_EQ(render(c.sources(), c.sink).find('\x07'), std::string::npos);
}

TEST(Render, PathsAreNumberedAndHintsMayHaveLines) {
  Case c("a\n");
  auto d = c.error(c.span("a"));
  for (int i = 0; i < 10; ++i) d.step("go");
  d.hint("write\n  => b");
  const std::string text = c.excerpt();
  EXPECT_NE(text.find("  = path:\n       1. go\n"), std::string::npos) << text;
  EXPECT_NE(text.find("      10. go\n  = hint: write\n            => b\n"), std::string::npos) << text;
}

TEST(Render, ColorOnlyWhenAsked) {
  Case c("a\n");
  c.error(c.span("a")).hint("h");
  EXPECT_EQ(render(c.sources(), c.sink).find('\x1b'), std::string::npos);
  EXPECT_NE(render(c.sources(), c.sink, {.color = true}).find("\x1b[1;31merror[F0202]\x1b[0m"), std::string::npos);
}

TEST(Render, SpansOutsideTheFileDoNotCrash) {
  Case c("ab");
  c.error({source::FileId{0}, 50, 60});
  c.error({source::FileId{0}, 1, 60});
  c.error({source::FileId{9}, 0, 1}, "nowhere").hint("h");
  EXPECT_NE(render(c.sources(), c.sink).find("nowhere"), std::string::npos);
}

TEST(Summary, CountsAndSaysWhatIsNotShown) {
  Sink sink;
  EXPECT_EQ(summary(sink), "");
  Sink mixed;
  mixed.report(Code::several_parts, {}, "m");
  EXPECT_EQ(summary(mixed), "1 note");
  mixed.report(Code::unreachable_step, {}, "m");
  mixed.report(Code::unknown_step, {}, "m");
  EXPECT_EQ(summary(mixed), "1 error, 1 warning, 1 note");
  for (std::size_t i = 0; i < limits::kDiagnosticsMax + 1; ++i) sink.report(Code::unknown_step, {}, "m{}", i);
  // The same once more is not told again.
  sink.report(Code::unknown_step, {}, "m0");
  EXPECT_EQ(summary(sink), fmt::format("{} errors, 1 of them not shown", limits::kDiagnosticsMax + 1));
}

}  // namespace
}  // namespace flow::diagnostics
