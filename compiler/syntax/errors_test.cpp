// What authors read when the grammar does not know their text.
#include <gtest/gtest.h>

#include "base/limits.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/test_support.h"

namespace flow::syntax {
namespace {

std::string errors_of(const std::string& text) {
  return parse_text(text).errors();
}

TEST(SyntaxErrors, SayWhatBelongsThere) {
  EXPECT_EQ(errors_of("start =>\nx: y\n"), "F0101 1:9 expected a target after `=>`, found the end of the line\n");
  EXPECT_EQ(errors_of("x: branch {\n  a == => b\n}\n"), "F0101 2:8 expected a value after `==`, found `=>`\n");
  EXPECT_EQ(errors_of("a, ; b\n"), "F0101 1:3 expected another one after the comma, found `;`\n");
  EXPECT_EQ(errors_of("x is nice\n"), "F0101 1:6 expected `set` or `blank` after `is`, found `nice`\n");
  EXPECT_EQ(errors_of("x starts \"a\"\n"), "F0101 1:3 expected `starts with`, found `starts`\n");
  EXPECT_EQ(errors_of("l [a b]\n"), "F0101 1:6 expected a comma or the closing bracket, found `b`\n");
  EXPECT_EQ(errors_of("t \"{{ }}\"\n"), "F0101 1:7 expected a value after `{{`, found `}}`\n");
  EXPECT_EQ(errors_of("t \"{{a b}}\"\n"), "F0101 1:8 expected `}}` after the value, found `b`\n");
  EXPECT_EQ(errors_of("f(a b: c)\n"), "F0101 1:3 expected a name before `:`, found `a b`\n");
  EXPECT_EQ(errors_of("a.\"b\"\n"), "F0101 1:3 expected a name after `.`, found a text\n");
  EXPECT_EQ(errors_of("sms:\n"),
            "F0101 1:5 expected a component, a kind or a type after `:`, found the end of the line\n");
  EXPECT_EQ(errors_of("x { a } y\n"), "F0101 1:9 expected the end of the line, or `;`, found `y`\n");
  EXPECT_EQ(errors_of("=> z\n"), "F0101 1:1 `=>` without anything before it\n");
  EXPECT_EQ(errors_of("x\n{ y }\n"), "F0101 2:1 `{` at the beginning of a line\n");
  EXPECT_EQ(errors_of("a => b => c\n"), "F0101 1:8 a second `=>` on one line\n");
  EXPECT_EQ(errors_of("jump x max 2 else y\n"), "F0101 1:14 `else` where no target is\n");
}

TEST(SyntaxErrors, NameTheOtherHalfOfBrackets) {
  EXPECT_EQ(errors_of("sms: send {\n  a\n"), "F0105 1:11 this `{` is never closed\n");
  EXPECT_EQ(errors_of("x {\n  y {\n    z\n}\na => b\n"), "F0105 2:5 this `{` is never closed\n");
  EXPECT_EQ(errors_of("f(a, b\nx => y\n"), "F0105 1:2 this `(` is never closed\n");
  EXPECT_EQ(errors_of("f(a, [b, c)\nd\n"), "F0105 1:6 this `[` is never closed\n");
  EXPECT_EQ(errors_of("a )\n"), "F0105 1:3 this `)` closes nothing\n");
  EXPECT_EQ(errors_of("a\n}\nb\n"), "F0105 2:1 this `}` closes nothing\n");
  EXPECT_EQ(errors_of("f({a: 1,\n b: 2})\n"), "F0105 1:3 `{` inside brackets\n");
  EXPECT_EQ(errors_of("t \"{{f(}} y\"\n"), "F0105 1:7 this `(` is never closed\n");
}

TEST(SyntaxErrors, FindWhereTextsWereLeftOpen) {
  EXPECT_EQ(errors_of("text \"abc\nnext \"x\"\n"), "F0104 1:6 this text never ends\n");
  EXPECT_EQ(errors_of("text \"abc {{x\"\nnext y\n"), "F0104 1:11 this `{{` is never closed\n");
  EXPECT_EQ(errors_of("text f(\"abc\nnext y\n"), "F0104 1:8 this text never ends\n");
  EXPECT_EQ(errors_of("x\ntext \"\"\"\n  abc\n"), "F0104 2:6 this text never ends\n");
  EXPECT_EQ(errors_of("text \"\"\"\n  {{ a\n  b\n  \"\"\"\nnext y\n"), "F0104 2:3 this `{{` is never closed\n");
  EXPECT_EQ(errors_of("r /abc\nb /x/\n"), "F0111 1:3 this regular expression never ends\n");
}

TEST(SyntaxErrors, KnowTheHabitsOfOtherLanguages) {
  for (const auto& [text, hint] : std::vector<std::pair<std::string, std::string>>{
           {"a -> b", "an arrow is written `=>`"},
           {"c && d", "write `and`"},
           {"if !g", "write `not`"},
           {"t 'x'", "a text stands in double quotes"},
           {"x # c", "a comment begins with `//`"},
           {"50 %", "a percent sign touches its number: `50%`"},
           {"t \"{{a | b}}\"", "inside `{{ }}` stands one expression; write a function, `upper(name)`"}}) {
    const Parsed parsed = parse_text(text + "\n");
    const auto found = parsed.sink.sorted();
    ASSERT_EQ(found.size(), 1U) << text << "\n" << parsed.errors();
    EXPECT_EQ(diagnostics::code_text(found[0].code), "F0106") << text;
    EXPECT_EQ(found[0].hint, hint) << text;
  }
}

TEST(SyntaxErrors, SeeUnitsNumbersAndMinuses) {
  EXPECT_EQ(errors_of("wait 30 s => x\n"), "F0109 1:6 `30 s`: a unit touches its number\n");
  EXPECT_EQ(errors_of("time 9:00\n"), "F0109 1:6 `9:00` is neither a number, nor a date, nor a time\n");
  EXPECT_EQ(errors_of("n 1.2.3\n"), "F0109 1:3 `1.2.3` is neither a number, nor a date, nor a time\n");
  EXPECT_EQ(errors_of("n 12ab3\n"), "F0109 1:3 `12ab3` is neither a number, nor a date, nor a time\n");
  EXPECT_EQ(errors_of("x = a-b\n"), "F0110 1:6 a minus without spaces round it\n");
  EXPECT_EQ(errors_of("x = a-5\n"), "F0110 1:6 a minus without spaces round it\n");
  EXPECT_EQ(errors_of("x = a - b\nmessages 5 within 1h\n"), "");
}

TEST(SyntaxErrors, RefuseReservedWordsAsNames) {
  const std::string is_reserved = "is a reserved word, not a name\n";
  EXPECT_EQ(errors_of("input in: text\n"), "F0108 1:7 `in` " + is_reserved);
  EXPECT_EQ(errors_of("let matches = 5\n"), "F0108 1:5 `matches` " + is_reserved);
  EXPECT_EQ(errors_of("contains: send sms\n"), "F0108 1:1 `contains` " + is_reserved);
  EXPECT_EQ(errors_of("start => or\n"), "F0108 1:10 `or` " + is_reserved);
}

TEST(SyntaxErrors, CheckEscapesAndBlockTexts) {
  EXPECT_EQ(errors_of("t \"\\q \\u{110000} \\n\"\n"),
            "F0107 1:4 `\\q` is not an escape\nF0107 1:7 `\\u{110000}` is not an escape\n");
  EXPECT_EQ(errors_of("t \"\"\"a\n  \"\"\"\n"), "F0112 1:3 text right after `\"\"\"`\n");
  EXPECT_EQ(errors_of("t \"\"\"\n  a\"\"\"\n"), "F0112 2:4 text before the closing `\"\"\"`\n");
  EXPECT_EQ(errors_of("t \"\"\"\n  a\n b\n  \"\"\"\n"),
            "F0112 3:2 a line with less indentation than the closing `\"\"\"`\n");
}

TEST(SyntaxErrors, LeaveTheRestOfTheFile) {
  const Parsed parsed = parse_text("a => b\nc =>\nd {\n  e ==\n  ; f => g\n}\nh == { i => j }\nk\n");
  EXPECT_EQ(parsed.sink.errors(), 3U) << parsed.errors();
  ASSERT_TRUE(parsed.file);
  EXPECT_EQ(format(*parsed.file), "a => b\nd {\n  f => g\n}\nk\n");
}

TEST(SyntaxErrors, StopAfterEnough) {
  std::string text;
  for (std::size_t i = 0; i < limits::kSyntaxErrorsMax * 3; ++i) text += "a ==\n;b => => c\n";
  const Parsed parsed = parse_text(text);
  EXPECT_FALSE(parsed.file);
  EXPECT_EQ(parsed.sink.errors(), limits::kSyntaxErrorsMax + 1);
  EXPECT_EQ(parsed.sink.sorted().back().code, diagnostics::Code::too_many_errors);
}

TEST(SyntaxErrors, RefuseBytesThatAreNotText) {
  EXPECT_EQ(errors_of("a => b\n\"\xFF\"\n"), "F0113 2:2 the byte 0xFF is not part of UTF-8 text\n");
  EXPECT_EQ(errors_of(std::string("a\0b\n", 4)), "F0113 1:2 the byte 0x00 is not part of UTF-8 text\n");
  EXPECT_EQ(errors_of("caf\xC3\xA9: x\n"), "F0106 1:4 `\xC3\xA9` (U+00E9) is not used in this language\n");
  EXPECT_EQ(errors_of("a\xE2\x80\xAE: x\n"), "F0106 1:2 the character U+202E is not used in this language\n");
}

}  // namespace
}  // namespace flow::syntax
