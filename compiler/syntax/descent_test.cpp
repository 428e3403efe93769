// The parser's two short cuts against what ANTLR generated: the scanner gives the lexer's tokens for any bytes, and
// where recursive descent says yes, its tree is the generated parser's, places and all.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include <antlr4-runtime.h>

#include <FlowLexer.h>

#include "compiler/syntax/descent.h"
#include "compiler/syntax/dump.h"
#include "compiler/syntax/scanner.h"
#include "compiler/syntax/test_support.h"
#include "compiler/syntax/text_generator.h"
#include "tests/support/long_run.h"

namespace flow::syntax {
namespace {

std::size_t times() {
  return testing_support::long_run() ? 20 : 1;
}

// Every span of a tree, and what the layout says, in the order of the tree.
class Places {
 public:
  static std::string of(const File& file) {
    Places places;
    places.entries(file.entries, file.dangling);
    return places.out_;
  }

 private:
  void add(source::Span span, std::string_view flags = "") {
    out_ += fmt::format("{}-{}{} ", span.begin, span.end, flags);
  }
  void entries(const std::vector<Entry>& entries, const std::vector<Comment>& dangling) {
    for (const Entry& each : entries) entry(each);
    for (const Comment& comment : dangling) add(comment.span);
  }
  void entry(const Entry& entry) {
    add(entry.span, fmt::format("{:d}{:d}{:d}", entry.blank_before, entry.blank_after_leading, entry.semicolon_before));
    for (const Comment& comment : entry.leading) add(comment.span);
    clause(entry.head);
    if (entry.colon) target(*entry.colon);
    if (entry.value) clause(*entry.value);
    if (entry.block) {
      add(entry.block->span, entry.block->one_line ? "one line" : "");
      entries(entry.block->entries, entry.block->dangling);
    }
    if (entry.arrow) target(*entry.arrow);
  }
  void target(const Target& target) {
    add(target.span);
    clause(target.clause);
    if (target.otherwise) this->target(*target.otherwise);
  }
  void clause(const Clause& clause) {
    add(clause.span);
    for (const Item& item : clause.items) {
      add(item.span);
      for (const Expr& each : item.exprs) expr(each);
    }
  }
  void expr(const Expr& expr) {
    add(expr.span);
    for (const Expr& child : expr.children) this->expr(child);
    for (const Argument& argument : expr.args) {
      add(argument.span);
      for (const Expr& value : argument.values) this->expr(value);
    }
    for (const StringPiece& piece : expr.pieces) {
      add(piece.span);
      if (piece.expr != nullptr) this->expr(*piece.expr);
    }
  }
  std::string out_;
};

// By recursive descent where it can, and by the generated parser alone. True: without an error.
bool expect_same(const std::string& text) {
  const Parsed quick = parse_text(text);
  const Parsed generated = parse_text(text, true);
  EXPECT_EQ(quick.errors(), generated.errors()) << text;
  EXPECT_EQ(quick.file.has_value(), generated.file.has_value()) << text;
  if (!quick.file || !generated.file) return false;
  EXPECT_EQ(dump(*quick.file), dump(*generated.file)) << text;
  EXPECT_EQ(Places::of(*quick.file), Places::of(*generated.file)) << text;
  return !quick.sink.has_errors();
}

// The number of entries that are left to the generated parser.
std::size_t left_over(const std::string& text) {
  diagnostics::Sink sink;
  Report report(source::FileId{}, sink);
  const std::vector<Token> tokens = tokenize(text, report).tokens;
  Descent descent(text, source::FileId{}, tokens);
  std::size_t count = 0;
  for (std::size_t begin = 0; begin + 1 < tokens.size();) {
    const std::size_t end = end_of_entry(tokens, begin);
    if (!descent.entry(begin, end)) ++count;
    begin = end;
  }
  return count;
}

TEST(Descent, ReadsEveryExampleWithoutHelp) {
  for (const Example& example : examples()) {
    EXPECT_TRUE(expect_same(example.text)) << example.name;
    EXPECT_EQ(left_over(example.text), 0U) << example.name;
  }
}

TEST(Descent, ReadsGeneratedProgramsAsTheGeneratedParser) {
  for (std::uint64_t seed = 0; seed < 2000 * times(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const std::string text = random_text(seed);
    EXPECT_TRUE(expect_same(text));
    EXPECT_EQ(left_over(text), 0U) << text;
    if (HasFailure()) return;
  }
}

TEST(Descent, ReadsMutatedProgramsAsTheGeneratedParser) {
  std::size_t sound = 0;
  for (std::uint64_t seed = 0; seed < 4000 * times(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    if (expect_same(mutated(random_text(seed), seed))) ++sound;
    if (HasFailure()) return;
  }
  EXPECT_GT(sound, 800 * times());
}

// Each operator beside each other one: how tight they bind stands in the grammar, and once more by hand.
TEST(Descent, BindsOperatorsAsTheGrammar) {
  const std::vector<std::string> operators = {
      "*",  "+",        "-",       "..", "??",     "==",          "!=",        "~=",  "<",  "<=", ">", ">=",
      "in", "contains", "matches", "is", "not in", "starts with", "ends with", "and", "or", "?",  "."};
  const auto joined = [](const std::string& left, const std::string& with, const std::string& right) {
    if (with == "?") return left + "?";
    if (with == ".") return left + ".b";
    if (with == "is") return left + " is not set";
    return fmt::format("{} {} {}", left, with, right);
  };
  std::string text;
  for (const std::string& first : operators) {
    for (const std::string& second : operators) {
      if (first == "?" && second == "?") continue;  // another operator
      for (const char* before : {"", "not "}) {
        for (const char* between : {"", "not "}) {
          const std::string left = joined(before + std::string("a"), first, between + std::string("b"));
          text += fmt::format("x = {}\n", joined(left, second, "c"));
        }
      }
    }
  }
  EXPECT_TRUE(expect_same(text));
  EXPECT_EQ(left_over(text), 0U);
}

// Words and signs in any order: most of it is no text of the language, and both must say so alike.
TEST(Descent, SaysYesToNothingElse) {
  const std::vector<std::string> words = {"a",
                                          "b",
                                          "else",
                                          "not",
                                          "in",
                                          "is",
                                          "set",
                                          "and",
                                          "or",
                                          "contains",
                                          "f(",
                                          "(",
                                          ")",
                                          "[",
                                          "]",
                                          "{",
                                          "}",
                                          "\"t\"",
                                          "7",
                                          "30s",
                                          "/r/",
                                          ":",
                                          "=",
                                          "=>",
                                          ",",
                                          ";",
                                          "\n",
                                          "?",
                                          ".",
                                          "..",
                                          "??",
                                          "+",
                                          "-",
                                          "*",
                                          "==",
                                          "<=",
                                          "true",
                                          "\"a {{b}} c\\n\"",
                                          "12:30",
                                          "2026-12-25",
                                          "\n",
                                          "\n",
                                          "a",
                                          "b",
                                          "\"\"\"\nx {{y}}\n\"\"\"",
                                          "// c\n"};
  std::mt19937_64 random(7);
  std::size_t sound = 0;
  for (std::size_t i = 0; i < 20'000 * times(); ++i) {
    std::string text;
    for (std::size_t left = 1 + random() % 9; left > 0; --left) {
      text += words[random() % words.size()];
      if (random() % 4 != 0) text += ' ';
    }
    if (expect_same(text)) ++sound;
    if (HasFailure()) return;
  }
  EXPECT_GT(sound, 200 * times());
}

// "27 0-4 line 1 from 0", a token a line.
std::string scanned(std::string_view text) {
  std::string out;
  Scanner scanner(text);
  for (;;) {
    const Token token = scanner.next();
    if (token.type == antlr4::Token::EOF) return out + fmt::format("end on line {}", scanner.line());
    out +=
        fmt::format("{} {}-{} line {} from {}\n", token.type, token.begin, token.end, token.line, scanner.line_begin());
  }
}

std::string lexed(std::string_view text) {
  std::string symbols;
  for (const char c : text) symbols += static_cast<unsigned char>(c) < 0x80 ? c : '\x7F';
  if (text.starts_with("\xEF\xBB\xBF")) symbols.replace(0, 3, "   ");
  antlr4::ANTLRInputStream stream(symbols);
  grammar::FlowLexer lexer(&stream);
  lexer.removeErrorListeners();
  std::string out;
  for (;;) {
    const auto token = lexer.nextToken();
    if (token->getType() == antlr4::Token::EOF) return out + fmt::format("end on line {}", lexer.getLine());
    out +=
        fmt::format("{} {}-{} line {} from {}\n", token->getType(), token->getStartIndex(), token->getStopIndex() + 1,
                    token->getLine(), token->getStartIndex() - token->getCharPositionInLine());
  }
}

TEST(Scanner, GivesTheLexersTokens) {
  for (const Example& example : examples()) EXPECT_EQ(scanned(example.text), lexed(example.text)) << example.name;
  for (std::uint64_t seed = 0; seed < 500 * times() && !HasFailure(); ++seed) {
    const std::string text = mutated(random_text(seed), seed);
    EXPECT_EQ(scanned(text), lexed(text)) << text;
  }
  EXPECT_EQ(scanned("\xEF\xBB\xBF flow x\n"), lexed("\xEF\xBB\xBF flow x\n"));
  EXPECT_EQ(scanned(""), lexed(""));
}

// The lexer has a token for any byte in any mode, so there is none that the scanner stops at.
TEST(Scanner, GivesTheLexersTokensForAnyBytes) {
  constexpr std::string_view kOften = "\"\"\"{{}}\\/-.:09aTu\n\r =>_";
  std::mt19937_64 random(11);
  for (std::size_t i = 0; i < 5000 * times() && !HasFailure(); ++i) {
    std::string text;
    for (std::size_t left = random() % 60; left > 0; --left)
      text += random() % 4 == 0 ? static_cast<char>(random()) : kOften[random() % kOften.size()];
    EXPECT_EQ(scanned(text), lexed(text)) << testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace flow::syntax
