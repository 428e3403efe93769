#include "compiler/import/draft.h"

#include <gtest/gtest.h>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/syntax/parse.h"

namespace flow::importing {
namespace {

DraftStep step(std::string name, std::string head, std::string arrow) {
  DraftStep made;
  made.name = std::move(name);
  made.entry = line(std::move(head), arrow);
  made.leads_to = {std::move(arrow)};
  return made;
}

TEST(Draft, IsWrittenInTheCanonicalLayout) {
  DraftFlow flow;
  flow.comments = {"From a file."};
  flow.header = {line("flow hello \"Hello\""), line("trigger   manual"), line("input phone: phone")};
  flow.header[0].doc = {"Says hello."};
  flow.start = "greet";
  DraftStep greet;
  greet.name = "greet";
  greet.entry.head = "send sms";
  greet.entry.block = {line("from main"), line("to phone"), line("text " + literal("Hello,\n  \"you\" {{x}}")),
                       line("failed", "pause"), line("sent", "end")};
  greet.entry.block[3].comments = {"Added: the original says nothing."};
  greet.leads_to = {"pause"};
  flow.steps = {step("lost", "wait 1h", "end"), step("pause", "wait " + duration(90'500), "greet"), greet};
  order_steps(flow);
  EXPECT_EQ(write(flow).value(), R"(// From a file.

/// Says hello.
flow hello "Hello"
trigger manual
input phone: phone

start => greet

greet: send sms {
  from main
  to phone
  text """
    Hello,
      "you" \{{x}}
    """
  // Added: the original says nothing.
  failed => pause
  sent => end
}

pause: wait 1m30s500ms => greet

lost: wait 1h => end
)");
}

TEST(Draft, ThatIsWrittenAlreadyIsGivenBack) {
  DraftFlow flow;
  flow.text = "flow f\n";
  EXPECT_EQ(write(flow).value(), "flow f\n");
  flow.text = "";
  EXPECT_EQ(write(flow).value(), "");
}

TEST(Draft, ThatIsNoTextOfTheLanguageIsAnError) {
  DraftFlow flow;
  flow.header = {line("flow \"")};
  flow.start = "x";
  EXPECT_EQ(write(flow).error().code, ErrorCode::internal);
}

// What a text is once it has been written, read, and its escapes undone.
std::string read_back(const std::string& literal) {
  source::SourceMap sources;
  diagnostics::Sink sink;
  const auto written = write({line("text " + literal)});
  if (!written) return "not written: " + written.error().message;
  const auto file = syntax::parse(sources, sources.add("x", *written), sink);
  if (!file || sink.has_errors() || file->entries.size() != 1) return "not read";
  std::string out;
  for (const auto& piece : file->entries[0].head.items[0].exprs[1].pieces)
    out += piece.expr == nullptr ? piece.text : "<" + piece.expr->text + ">";
  return out;
}

TEST(Draft, TextsMeanWhatTheyMeant) {
  const std::string texts[] = {"",         "plain",       "a \"b\" \\ c", "{{x}}",      "{",          "x {",
                               "a\nb",     "a\n\n  b\nc", "a \nb",        "\n",         "a\n",        "\na",
                               "a\r\nb",   "\"\"\"\na",   "a\n\"",        "tab\there",  "\x01\x7F\n", "ü €\n😀",
                               "{{{{\n{{", "  a\n    b",  "a\nb\\",       "// none\nx", "a\nb{",      "a\n \nb"};
  for (const std::string& text : texts) {
    EXPECT_EQ(read_back(literal(text)), text) << literal(text);
    EXPECT_EQ(read_back(one_line(text)), text) << one_line(text);
    TextWriter writer;
    writer.add(text);
    writer.add_value("name");
    writer.add(text);
    EXPECT_EQ(read_back(writer.literal()), text + "<name>" + text) << writer.literal();
    EXPECT_EQ(read_back(writer.one_line()), text + "<name>" + text) << writer.one_line();
  }
  // What a terminal or a reviewer would not see as it is, is spelled out.
  EXPECT_EQ(one_line("a\u202Eb\u009B"), "\"a\\u{202E}b\\u{9B}\"");
  EXPECT_EQ(read_back(one_line("a\u202Eb\u009B")), "a\u202Eb\u009B");
  EXPECT_EQ(read_back(literal("\xFFx\xC3")), "\xEF\xBF\xBDx\xEF\xBF\xBD");
}

TEST(Draft, PatternsStandBetweenSlashes) {
  EXPECT_EQ(pattern("[a-z]+/\\d\\/"), "/[a-z]+\\/\\d\\//");
  EXPECT_EQ(pattern(""), std::nullopt);
  EXPECT_EQ(pattern("a\nb"), std::nullopt);
  EXPECT_EQ(pattern("a\\"), std::nullopt);
  EXPECT_EQ(pattern("*"), std::nullopt);
  EXPECT_EQ(pattern(std::string(100'000, 'a')), std::nullopt);
}

TEST(Draft, CommentsAreCutIntoLines) {
  EXPECT_EQ(comment_lines("one two\nthree\x01 four", 8), (std::vector<std::string>{"one two", "three", "four"}));
  EXPECT_TRUE(comment_lines(" \n ").empty());
}

TEST(Draft, DurationsHaveUnits) {
  EXPECT_EQ(duration(86'400'000), "1d");
  EXPECT_EQ(duration(3'661'001), "1h1m1s1ms");
}

}  // namespace
}  // namespace flow::importing
