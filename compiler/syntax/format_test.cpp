// The canonical layout (docs/language/layout.md).
#include "compiler/syntax/format.h"

#include <gtest/gtest.h>

#include "compiler/syntax/dump.h"
#include "compiler/syntax/test_support.h"

namespace flow::syntax {
namespace {

// Formats, and checks on the way that meaning and comments stay and that doing it again changes nothing.
std::string formatted(const std::string& text) {
  const Parsed parsed = parse_text(text);
  EXPECT_EQ(parsed.errors(), "") << text;
  const std::string once = format(*parsed.file);
  const Parsed again = parse_text(once);
  EXPECT_EQ(again.errors(), "") << once;
  EXPECT_EQ(dump(*again.file), dump(*parsed.file)) << once;
  EXPECT_EQ(format(*again.file), once);
  return once;
}

TEST(Format, OneSpaceBetweenWordsAndTwoALevel) {
  EXPECT_EQ(formatted("sms :send   sms{\nfrom\tsms_otp\n   failed ,undelivered after 30s=>end\n}\n"),
            "sms: send sms {\n  from sms_otp\n  failed, undelivered after 30s => end\n}\n");
  EXPECT_EQ(formatted("let a:text( 4 .. 8 )?=b+c*d ??  e"), "let a: text(4..8)? = b + c * d ?? e\n");
  EXPECT_EQ(formatted("x: f( a :b , ..9 ,\"c d\" : [ 1,2 ] )"), "x: f(a: b, ..9, \"c d\": [1, 2])\n");
  EXPECT_EQ(formatted("a  is   not\nset"), "a is not set\n");
  EXPECT_EQ(formatted("a? ? => b"), "a? ? => b\n");
}

TEST(Format, AtMostOneEmptyLine) {
  EXPECT_EQ(formatted("\n\n\na\n\n\n\nb\nc {\n\n  d\n\n\n  e\n\n}\n\n\n"), "a\n\nb\nc {\n  d\n\n  e\n}\n");
}

TEST(Format, BlocksOnOneLineStaySoWhileTheyFit) {
  EXPECT_EQ(formatted("a {b;c;}=>d\n"), "a { b; c } => d\n");
  EXPECT_EQ(formatted("a {b {c}; d\n}\n"), "a {\n  b { c }; d\n}\n");
  EXPECT_EQ(formatted("a {}\nb {\n\n}\n"), "a {}\nb {}\n");
  const std::string name(40, 'x');
  const std::string fits = "a { " + name + "; " + name + "; " + std::string(28, 'y') + " }";
  ASSERT_EQ(fits.size(), 118U);
  EXPECT_EQ(formatted(fits), fits + "\n");
  EXPECT_EQ(formatted("b" + fits + " => c\n"),
            "ba {\n  " + name + "; " + name + "; " + std::string(28, 'y') + "\n} => c\n");
}

TEST(Format, EntriesThatShareALineStayTogetherWhileTheyFit) {
  EXPECT_EQ(formatted("a;b ;c // d\ne"), "a; b; c // d\ne\n");
  EXPECT_EQ(formatted("a // x\n; b"), "a // x\nb\n");
  const std::string name(59, 'x');
  EXPECT_EQ(formatted(name + ";" + name), name + "; " + name + "\n");
  EXPECT_EQ(formatted(name + "; x" + name), name + "\nx" + name + "\n");
}

TEST(Format, KeepsEveryComment) {
  EXPECT_EQ(formatted("//a\n\n\n  // b   \nx {// c\n// d\ny// e\n\n// f\n}// g\n// h"),
            "//a\n\n// b\nx { // c\n  // d\n  y // e\n\n  // f\n} // g\n// h\n");
  EXPECT_EQ(formatted("a, // one\n  b, // two\n  c // three\n"), "// one\n// two\na, b, c // three\n");
  EXPECT_EQ(formatted("f( // one\n a)\n"), "// one\nf(a)\n");
  EXPECT_EQ(formatted("x { // c\n}\n"), "x { // c\n}\n");
  EXPECT_EQ(formatted("x {\n // c\n}\n"), "x {\n  // c\n}\n");
  EXPECT_EQ(formatted("// a\n\nx\n"), "// a\n\nx\n");
  EXPECT_EQ(formatted("x {\n\n  // a\n\n  y\n}\n"), "x {\n  // a\n\n  y\n}\n");
}

TEST(Format, LongListsBreakAfterCommas) {
  std::string list = "allow regions PH";
  for (int i = 0; i < 40; ++i) list += ", MY";
  const std::string out = formatted(list + "\n");
  std::size_t begin = 0;
  int lines = 0;
  for (std::size_t end = out.find('\n'); end != std::string::npos; end = out.find('\n', begin)) {
    EXPECT_LE(end - begin, 120U);
    EXPECT_EQ(out.substr(begin, 4), lines == 0 ? "allo" : "    ");
    begin = end + 1;
    ++lines;
  }
  EXPECT_EQ(lines, 2);
}

TEST(Format, TextsOfSeveralLinesFollowTheirEntry) {
  EXPECT_EQ(formatted("a {\ntext \"\"\"\n        one\n\n          two {{ x }}\n        \"\"\"\n}\n"),
            "a {\n  text \"\"\"\n    one\n\n      two {{x}}\n    \"\"\"\n}\n");
  EXPECT_EQ(formatted("t f(\"\"\"\n  a\n  \"\"\", b)\n"), "t f(\"\"\"\n  a\n  \"\"\", b)\n");
  EXPECT_EQ(formatted("t \"\"\"\n\n\n\n\"\"\"\n"), "t \"\"\"\n\n\n\n  \"\"\"\n");
  EXPECT_EQ(formatted("t \"\"\"\na \n\"\"\"\n"), "t \"\"\"\n  a \n  \"\"\"\n");
}

TEST(Format, LineEndsBecomePlain) {
  EXPECT_EQ(formatted("\xEF\xBB\xBF"
                      "a {\r\n  b // c\r\n}\r\n"),
            "a {\n  b // c\n}\n");
}

TEST(Format, QuotesOnOneLine) {
  const Parsed parsed = parse_text("a: \"\"\"\n  say \"x\"\n  {{ y }}\n  \"\"\" => b\n");
  ASSERT_EQ(parsed.errors(), "");
  EXPECT_EQ(format(*parsed.file->entries[0].colon), "\"say \\\"x\\\"\\n{{y}}\"");
}

}  // namespace
}  // namespace flow::syntax
