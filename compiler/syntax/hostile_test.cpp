// Text that was not written by an author: it is refused or parsed, in bounded time, and nothing else.
#include <gtest/gtest.h>

#include <ctime>
#include <random>

#include "base/limits.h"
#include "compiler/syntax/dump.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/test_support.h"

namespace flow::syntax {
namespace {

// What must hold for any text.
void expect_sane(const std::string& text) {
  const Parsed parsed = parse_text(text);
  EXPECT_LE(parsed.sink.errors(), limits::kSyntaxErrorsMax + 1);
  if (!parsed.file) {
    EXPECT_TRUE(parsed.sink.has_errors()) << text;
    return;
  }
  const std::string printed = format(*parsed.file);
  if (parsed.sink.has_errors()) return;
  const Parsed again = parse_text(printed);
  ASSERT_EQ(again.errors(), "") << text << "\n-- printed as\n" << printed;
  ASSERT_EQ(dump(*again.file), dump(*parsed.file)) << text << "\n-- printed as\n" << printed;
  ASSERT_EQ(format(*again.file), printed) << text;
}

// Processor time, so that a busy machine fails no test.
double seconds_of_cpu() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

constexpr std::size_t kLarge = 1 << 20;

std::string repeated(std::string_view part, std::size_t times) {
  std::string out;
  out.reserve(part.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += part;
  return out;
}

TEST(Hostile, DeepNestingIsRefused) {
  for (const char* opener : {"(", "[", "f(", "x {", "x {\n", "x [(", "t \"{{", "\"{{f(", "not ", "a + ", "a ?? ",
                             "a and ", "a.", "? ", "else a ", "a is set == ", "-1 * "}) {
    const double begin = seconds_of_cpu();
    const std::size_t times = std::min<std::size_t>(100'000, (kLarge - 100) / std::string_view(opener).size());
    const Parsed parsed = parse_text("x => a " + repeated(opener, times) + "a");
    const double elapsed = seconds_of_cpu() - begin;
    EXPECT_FALSE(parsed.file) << opener;
    const auto found = parsed.sink.sorted();
    const bool refused = std::any_of(found.begin(), found.end(), [](const diagnostics::Diagnostic& each) {
      return each.code == diagnostics::Code::nested_too_deep;
    });
    EXPECT_TRUE(refused) << opener << "\n" << parsed.errors();
    EXPECT_LT(elapsed, 10) << opener;
  }
}

TEST(Hostile, TheLimitIsWhereItSays) {
  const auto nested = [](std::size_t depth) { return "x " + repeated("(", depth) + "a" + repeated(")", depth); };
  EXPECT_TRUE(parse_text(nested(limits::kNestingDepthMax - 1)).file);
  EXPECT_FALSE(parse_text(nested(limits::kNestingDepthMax)).file);
  const auto chain = [](std::size_t operators) { return "x = a" + repeated(" + a", operators); };
  EXPECT_TRUE(parse_text(chain(limits::kNestingDepthMax - 2)).file);
  EXPECT_FALSE(parse_text(chain(limits::kNestingDepthMax - 1)).file);
}

void expect_quick(std::string_view part, std::size_t size, double limit) {
  const double begin = seconds_of_cpu();
  const Parsed parsed = parse_text(repeated(part, size / part.size()));
  if (parsed.file) {
    EXPECT_EQ(format(*parsed.file).empty(), parsed.file->entries.empty() && parsed.file->dangling.empty()) << part;
  }
  EXPECT_LT(seconds_of_cpu() - begin, limit) << part;
}

// Eight times the size takes about eight times as long: a part that took its square would not get there.
TEST(Hostile, LargeFilesAreQuick) {
  for (const char* part : {"a => b\n",
                           "a, ",
                           "a ",
                           "f(a), ",
                           "{}",
                           "x {}\n",
                           "\"{{a}}\" ",
                           "// c\n",
                           "a // c\n",
                           "\n",
                           " ",
                           "\xC3\xA4",
                           "\"\xC3\xA4\" ",
                           "a ==\n;",
                           ")",
                           "}",
                           "\"",
                           "/",
                           "\"\"\"",
                           "\\",
                           "0",
                           "a-",
                           "1 s ",
                           "[a, b] ",
                           "x: y { z; w }\n",
                           "\"\"\"\n  a\n  \"\"\" "}) {
    expect_quick(part, kLarge / 8, 15);
  }
  for (const char* part : {"x: y { z; w }\n", "a ", "{}", "\"", "// c\n"}) {
    expect_quick(part, kLarge, 60);
  }
}

TEST(Hostile, LargerFilesAreRefused) {
  const Parsed larger = parse_text(std::string(limits::kSourceBytesMax + 1, ' '));
  EXPECT_FALSE(larger.file);
  EXPECT_EQ(larger.errors(), fmt::format("F0101 1:1 a file of more than {} bytes\n", limits::kSourceBytesMax));
}

TEST(Hostile, EveryTruncationIsSane) {
  for (const Example& example : examples()) {
    // The two that nest texts in texts at each byte, the others at some.
    const bool all = example.name == "studio_shift_finder.flow" || example.name == "payment_received.flow";
    for (std::size_t at = 0; at < example.text.size(); at += all ? 1 : 61) expect_sane(example.text.substr(0, at));
  }
}

class Mutation : public ::testing::TestWithParam<unsigned> {};

TEST_P(Mutation, IsSane) {
  std::mt19937 random(GetParam());
  const auto below = [&](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  };
  const std::vector<Example> all = examples();
  const std::vector<std::string> parts = {
      "{",    "}",  "(",  ")",   "[",      "]",  "\"",  "\"\"\"",   "{{",           "}}",
      "=>",   ":",  "=",  ",",   ";",      "\n", "//",  "else",     "in",           "/",
      "\\",   "..", "??", "not", "is set", "-",  "30s", "\xC3\xA9", "\xE2\x80\x9C", " ",
      "\r\n", "f(", "a",  "?",   "."};
  for (int round = 0; round < 250; ++round) {
    std::string text = all[below(all.size())].text;
    const std::size_t changes = 1 + below(4);
    for (std::size_t i = 0; i < changes && !text.empty(); ++i) {
      const std::size_t at = below(text.size());
      const std::size_t length = std::min(text.size() - at, 1 + below(12));
      switch (below(5)) {
        case 0:
          text.erase(at, length);
          break;
        case 1:
          text.insert(at, text.substr(at, length));
          break;
        case 2:
          text.insert(at, parts[below(parts.size())]);
          break;
        case 3:
          text[at] = static_cast<char>(below(256));
          break;
        default: {
          const std::string moved = text.substr(at, length);
          text.erase(at, length);
          text.insert(below(text.size() + 1), moved);
        }
      }
    }
    SCOPED_TRACE("seed " + std::to_string(GetParam()) + ", round " + std::to_string(round));
    expect_sane(text);
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Mutation, ::testing::Range(1U, 9U));

}  // namespace
}  // namespace flow::syntax
