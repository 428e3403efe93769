// The shape that the tree gives to the text.
#include "compiler/syntax/parse.h"

#include <gtest/gtest.h>

#include "compiler/syntax/format.h"
#include "compiler/syntax/test_support.h"

namespace flow::syntax {
namespace {

// The head of the first entry, its expressions in brackets where operators bind.
std::string shape(const Expr& expr) {
  const auto child = [&](std::size_t i) { return shape(expr.children[i]); };
  switch (expr.kind) {
    case ExprKind::binary:
      return fmt::format("({} {} {})", child(0), spelling(expr.op), child(1));
    case ExprKind::unary_not:
      return fmt::format("(not {})", child(0));
    case ExprKind::is:
      return fmt::format("({} is {}{})", child(0), expr.negated ? "not " : "", expr.text);
    case ExprKind::member:
      return fmt::format("({} . {})", child(0), expr.text);
    case ExprKind::optional:
      return fmt::format("({} ?)", child(0));
    default:
      return format(expr);
  }
}

std::string shapes(const std::string& line) {
  const Parsed parsed = parse_text(line + "\n", true);
  if (!parsed.file || parsed.sink.has_errors() || parsed.statistics.second_pass || parsed.statistics.ambiguities > 0) {
    return "refused: " + parsed.errors();
  }
  std::string out;
  for (const Item& item : parsed.file->entries.at(0).head.items) {
    if (!out.empty()) out += ", ";
    bool first = true;
    for (const Expr& expr : item.exprs) {
      if (!first) out += " | ";
      first = false;
      out += shape(expr);
    }
    if (item.is_else) out += "else";
  }
  return out;
}

TEST(Parse, WordsAndValuesStandSideBySide) {
  EXPECT_EQ(shapes("recognize region of customerPhoneNumber as regionCode"),
            "recognize | region | of | customerPhoneNumber | as | regionCode");
  EXPECT_EQ(shapes("failed, undelivered after 30s, else"), "failed, undelivered | after | 30s, else");
  EXPECT_EQ(shapes("mon..fri 09:00..18:00"), "(mon .. fri) | (09:00 .. 18:00)");
  EXPECT_EQ(shapes("on reply ~= [\"stop\", \"no\"]"), "on | (reply ~= [\"stop\", \"no\"])");
  EXPECT_EQ(shapes("a -5 (b) f(c) g (d)"), "a | -5 | (b) | f(c) | g | (d)");
  EXPECT_EQ(shapes("2026-12-25T09:00 1h30m 0.15USD 50% -6.2 /a\\/b/ true"),
            "2026-12-25T09:00 | 1h30m | 0.15USD | 50% | -6.2 | /a\\/b/ | true");
}

TEST(Parse, OperatorsBindInTheirOrder) {
  EXPECT_EQ(shapes("a + b * c - d"), "((a + (b * c)) - d)");
  EXPECT_EQ(shapes("a ?? b + c == d ?? e"), "((a ?? (b + c)) == (d ?? e))");
  EXPECT_EQ(shapes("not a == b and c or d"), "(((not (a == b)) and c) or d)");
  EXPECT_EQ(shapes("a is not set and b.c is blank"), "((a is not set) and ((b . c) is blank))");
  EXPECT_EQ(shapes("a not in [b, c] or d starts with e"), "((a not in [b, c]) or (d starts with e))");
  EXPECT_EQ(shapes("x..y + 1"), "(x .. (y + 1))");
  EXPECT_EQ(shapes("date? ?? e"), "((date ?) ?? e)");
  EXPECT_EQ(shapes("a contains /x/ or b ends with \"c\""), "((a contains /x/) or (b ends with \"c\"))");
}

TEST(Parse, OtherWordsAreNames) {
  EXPECT_EQ(shapes("text text with end set blank"), "text | text | with | end | set | blank");
}

TEST(Parse, AnEntryHasItsParts) {
  const Parsed parsed =
      parse_text("sms: send sms { from a; sent => end } => jump sms max 2 else end failed \"x\"\nlet a: url = b\n");
  ASSERT_TRUE(parsed.file);
  ASSERT_EQ(parsed.errors(), "");
  ASSERT_EQ(parsed.file->entries.size(), 2U);
  const Entry& step = parsed.file->entries[0];
  EXPECT_EQ(format(step.head), "sms");
  EXPECT_EQ(format(*step.colon), "send sms");
  ASSERT_TRUE(step.block);
  EXPECT_TRUE(step.block->one_line);
  ASSERT_EQ(step.block->entries.size(), 2U);
  EXPECT_TRUE(step.block->entries[1].semicolon_before);
  EXPECT_EQ(format(*step.block->entries[1].arrow), "end");
  EXPECT_EQ(format(step.arrow->clause), "jump sms max 2");
  ASSERT_NE(step.arrow->otherwise, nullptr);
  EXPECT_EQ(format(*step.arrow->otherwise), "end failed \"x\"");
  const Entry& let = parsed.file->entries[1];
  EXPECT_EQ(format(*let.colon), "url");
  EXPECT_EQ(format(*let.value), "b");
  EXPECT_FALSE(let.block);
}

TEST(Parse, SpansAreBytesOfTheFile) {
  const std::string text = "// \xC3\xA4\na: \"\xC3\xA4\xC3\xB6\" => b\n";
  const Parsed parsed = parse_text(text);
  ASSERT_TRUE(parsed.file);
  const Entry& entry = parsed.file->entries.at(0);
  EXPECT_EQ(parsed.sources.text(entry.span), "a: \"\xC3\xA4\xC3\xB6\" => b");
  EXPECT_EQ(parsed.sources.text(entry.colon->span), "\"\xC3\xA4\xC3\xB6\"");
  EXPECT_EQ(parsed.sources.text(entry.arrow->span), "b");
  EXPECT_EQ(parsed.sources.text(entry.leading.at(0).span), "// \xC3\xA4");
}

TEST(Parse, ArgumentsHaveNamesAndSpreads) {
  const Parsed parsed = parse_text("json(a: b c, \"x-y\": [1], ..9, read: 1..2, d)\n");
  ASSERT_EQ(parsed.errors(), "");
  const Expr& call = parsed.file->entries.at(0).head.items.at(0).exprs.at(0);
  ASSERT_EQ(call.args.size(), 5U);
  EXPECT_EQ(call.args[0].name, "a");
  EXPECT_EQ(call.args[0].values.size(), 2U);
  EXPECT_EQ(call.args[1].name, "x-y");
  EXPECT_TRUE(call.args[1].quoted);
  EXPECT_TRUE(call.args[2].spread);
  EXPECT_EQ(format(call.args[2].values.at(0)), "9");
  EXPECT_EQ(call.args[3].values.at(0).op, BinaryOp::range);
  EXPECT_TRUE(call.args[4].name.empty());
}

const Expr& first_text(const Parsed& parsed) {
  return parsed.file->entries.at(0).head.items.at(0).exprs.at(1);
}

TEST(Parse, TextsHavePiecesWithTheirMeaning) {
  const Parsed parsed = parse_text("text \"a\\t{ \\{{ {{f(x, \"in {{y}}\")}} }} \\u{1F44B}\"\n");
  ASSERT_EQ(parsed.errors(), "");
  const Expr& text = first_text(parsed);
  ASSERT_EQ(text.pieces.size(), 3U);
  EXPECT_EQ(text.pieces[0].raw, "a\\t{ \\{{ ");
  EXPECT_EQ(text.pieces[0].text, "a\t{ {{ ");
  ASSERT_NE(text.pieces[1].expr, nullptr);
  EXPECT_EQ(format(*text.pieces[1].expr), "f(x, \"in {{y}}\")");
  EXPECT_EQ(text.pieces[2].text, " }} \xF0\x9F\x91\x8B");
}

TEST(Parse, BlockTextsLoseTheIndentationOfTheirEnd) {
  const Parsed parsed = parse_text("text \"\"\"\n    one \"quoted\"\n\n      two {{x}}\n  \n    three\n    \"\"\"\n");
  ASSERT_EQ(parsed.errors(), "");
  const Expr& text = first_text(parsed);
  ASSERT_TRUE(text.block_string);
  ASSERT_EQ(text.pieces.size(), 3U);
  EXPECT_EQ(text.pieces[0].text, "one \"quoted\"\n\n  two ");
  EXPECT_EQ(text.pieces[2].text, "\n\nthree");
}

TEST(Parse, BlockTextsMayBeEmptyOrHaveWindowsLineEnds) {
  const Parsed empty = parse_text("text \"\"\"\n  \"\"\"\n");
  ASSERT_EQ(empty.errors(), "");
  EXPECT_TRUE(first_text(empty).pieces.empty());
  const Parsed windows = parse_text("text \"\"\"\r\n  a\r\n\r\n  b\r\n  \"\"\"\r\nx => y\r\n");
  ASSERT_EQ(windows.errors(), "");
  ASSERT_EQ(windows.file->entries.size(), 2U);
  EXPECT_EQ(first_text(windows).pieces.at(0).text, "a\n\nb");
}

TEST(Parse, LinesGoOnAfterCommasOperatorsAndInBrackets) {
  const Parsed parsed = parse_text("a,\n\n // c\n b\nx +\n y\nf(\n a,\n b\n)\nlast\n");
  ASSERT_EQ(parsed.errors(), "");
  ASSERT_EQ(parsed.file->entries.size(), 4U);
  EXPECT_EQ(format(parsed.file->entries[0].head), "a, b");
  EXPECT_EQ(format(parsed.file->entries[1].head), "x + y");
  EXPECT_EQ(format(parsed.file->entries[2].head), "f(a, b)");
  EXPECT_EQ(parsed.file->entries[0].leading.at(0).text, "// c");
}

TEST(Parse, CommentsBelongToEntries) {
  const Parsed parsed =
      parse_text("// one\n\n/// two\n///three\nx: a { // brace\n  // inner\n  b // b\n  // last\n} // x\n\n// end\n");
  ASSERT_EQ(parsed.errors(), "");
  const Entry& entry = parsed.file->entries.at(0);
  EXPECT_EQ(entry.leading.size(), 3U);
  EXPECT_EQ(entry.doc(), "two\nthree");
  EXPECT_TRUE(entry.leading[1].blank_before);
  EXPECT_EQ(entry.after_brace->text, "// brace");
  EXPECT_EQ(entry.trailing->text, "// x");
  EXPECT_EQ(entry.block->entries.at(0).leading.at(0).text, "// inner");
  EXPECT_EQ(entry.block->entries.at(0).trailing->text, "// b");
  EXPECT_EQ(entry.block->dangling.at(0).text, "// last");
  EXPECT_EQ(parsed.file->dangling.at(0).text, "// end");
}

TEST(Parse, EmptyFilesAndByteOrderMarksAreFine) {
  for (const char* text : {"", "\n\n", "// only\n", "\xEF\xBB\xBF", "  \t \r\n"}) {
    const Parsed parsed = parse_text(text);
    EXPECT_EQ(parsed.errors(), "") << text;
    ASSERT_TRUE(parsed.file);
    EXPECT_TRUE(parsed.file->entries.empty());
  }
  const Parsed marked = parse_text("\xEF\xBB\xBF// c\nstart => a");
  EXPECT_EQ(marked.errors(), "");
  EXPECT_TRUE(marked.file->entries.at(0).leading.at(0).own_line);
}

}  // namespace
}  // namespace flow::syntax
