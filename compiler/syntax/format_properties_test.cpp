// What `flowc fmt` promises, over generated and over mutated programs: the same tree before and after, a second run
// changes nothing, no comment is lost. FLOW_TEST_LONG=1 looks at twenty times as many.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/limits.h"
#include "compiler/syntax/dump.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/test_support.h"
#include "compiler/syntax/text_generator.h"
#include "compiler/syntax/tokens.h"
#include "tests/support/long_run.h"

namespace flow::syntax {
namespace {

constexpr std::size_t kGenerated = 5000;
constexpr std::size_t kMutants = 10000;

std::size_t times() {
  return testing_support::long_run() ? 20 : 1;
}

std::vector<std::string> comments_of(const std::string& text) {
  diagnostics::Sink sink;
  Report report(source::FileId{}, sink);
  std::vector<std::string> result;
  for (const Comment& comment : tokenize(text, report).comments) result.push_back(comment.text);
  std::sort(result.begin(), result.end());
  return result;
}

bool has_long_line(const std::string& text) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (end - begin > 120) return true;
    begin = end + 1;
  }
  return false;
}

// False when the text has errors: then it is not laid out at all.
bool keeps_its_promises(const std::string& text) {
  const Parsed parsed = parse_text(text);
  if (!parsed.file || parsed.sink.has_errors()) {
    EXPECT_TRUE(parsed.sink.has_errors()) << text;
    return false;
  }
  const std::string once = format(*parsed.file);
  const Parsed again = parse_text(once);
  EXPECT_EQ(again.errors(), "") << text << "\n-- laid out as\n" << once;
  if (!again.file) return true;
  EXPECT_EQ(dump(*again.file), dump(*parsed.file)) << text << "\n-- laid out as\n" << once;
  EXPECT_EQ(format(*again.file), once) << text;
  EXPECT_EQ(comments_of(once), comments_of(text)) << text << "\n-- laid out as\n" << once;
  return true;
}

TEST(FormatProperties, HoldForGeneratedPrograms) {
  std::size_t wide = 0;
  for (std::uint64_t seed = 0; seed < kGenerated * times(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const std::string text = random_text(seed);
    ASSERT_TRUE(keeps_its_promises(text)) << parse_text(text).errors() << text;
    if (has_long_line(text)) ++wide;
    if (HasFailure()) return;
  }
  EXPECT_GT(wide, kGenerated / 20) << "lines that must be broken come up";
}

TEST(FormatProperties, HoldForMutatedPrograms) {
  std::size_t without_error = 0;
  for (std::uint64_t seed = 0; seed < kMutants * times(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    if (keeps_its_promises(mutated(random_text(seed % kGenerated), seed))) ++without_error;
    if (HasFailure()) return;
  }
  EXPECT_GT(without_error, kMutants * times() / 5) << "most mutants have errors, but not all";
}

TEST(FormatProperties, HoldForMutatedExamples) {
  const std::vector<Example> all = examples();
  std::size_t without_error = 0;
  for (std::uint64_t seed = 0; seed < 1000 * times(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    if (keeps_its_promises(mutated(all[seed % all.size()].text, seed))) ++without_error;
    if (HasFailure()) return;
  }
  EXPECT_GT(without_error, 100U);
}

}  // namespace
}  // namespace flow::syntax
