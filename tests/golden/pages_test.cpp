// docs/diagnostics: a page for each code, whose examples are compiled, and an index of them.
#include <gtest/gtest.h>

#include <map>

#include "tests/golden/case.h"

namespace flow::golden {
namespace {

namespace fs = std::filesystem;
using diagnostics::CodeInfo;

// Codes whose example is not a text that a page can hold; they have a case in tests/golden/cases instead.
const std::map<std::string, std::string>& without_example() {
  static const std::map<std::string, std::string> reasons = {
      {"F0103", "needs more errors than a page should show"},
      {"F0113", "a page cannot hold such bytes"},
      {"F0905", "needs hundreds of lines"},
  };
  return reasons;
}

fs::path pages() {
  return source_folder() / "docs/diagnostics";
}

// The text of a section, without its heading; empty when there is none.
std::string section(const std::string& page, const std::string& title) {
  const std::string heading = "\n## " + title + "\n";
  const std::size_t begin = page.find(heading);
  if (begin == std::string::npos) return {};
  const std::size_t text = begin + heading.size();
  return page.substr(text, page.find("\n## ", text) - text);
}

std::string block(const std::string& text) {
  const std::string fence = "```flow\n";
  const std::size_t begin = text.find(fence);
  if (begin == std::string::npos) return {};
  const std::size_t end = text.find("\n```", begin);
  return text.substr(begin + fence.size(), end + 1 - begin - fence.size());
}

class Pages : public testing::TestWithParam<const CodeInfo*> {};

TEST_P(Pages, TellTheTruth) {
  const CodeInfo& info = *GetParam();
  const std::string code = diagnostics::code_text(info.code);
  ASSERT_TRUE(fs::exists(pages() / (code + ".md"))) << code << " has no page";
  const std::string page = read_text(pages() / (code + ".md"));
  EXPECT_TRUE(page.starts_with(fmt::format("# {}: {}\n", code, info.title))) << page.substr(0, page.find('\n'));
  for (const char* title : {"What", "Why", "Wrong", "Right"}) {
    EXPECT_FALSE(section(page, title).empty()) << code << " has no section `" << title << "`";
  }
  if (without_example().contains(code)) return;
  const std::string wrong = block(section(page, "Wrong"));
  ASSERT_FALSE(wrong.empty()) << code << " has no ```flow block under Wrong";
  const Outcome bad = compile(wrong);
  // One mistake gives one message: nothing but this code may come of it.
  EXPECT_EQ(bad.codes, std::set<std::string>{code}) << bad.rendered;
  expect_golden(source_folder() / "tests/golden/pages" / (code + ".expected"), bad.rendered);
  const std::string right = block(section(page, "Right"));
  ASSERT_FALSE(right.empty()) << code << " has no ```flow block under Right";
  const Outcome good = compile(right);
  EXPECT_EQ(good.rendered, "") << code;
}

std::vector<const CodeInfo*> codes() {
  std::vector<const CodeInfo*> result;
  for (const CodeInfo& info : diagnostics::all_codes()) result.push_back(&info);
  return result;
}

INSTANTIATE_TEST_SUITE_P(Golden, Pages, testing::ValuesIn(codes()),
                         [](const auto& param) { return diagnostics::code_text(param.param->code); });

TEST(Pages, AnExampleThatIsMissingIsACaseInstead) {
  for (const auto& [code, reason] : without_example()) {
    bool found = false;
    for (const auto& entry : fs::directory_iterator(source_folder() / "tests/golden/cases")) {
      const std::string name = entry.path().filename().string();
      found = found || (name.starts_with(code + "_") && name.ends_with(".flow"));
    }
    EXPECT_TRUE(found) << code << " has neither an example on its page (" << reason << ") nor a case";
  }
}

TEST(Pages, AreOfCodesThatThereAre) {
  std::set<std::string> known = {"README.md"};
  for (const CodeInfo* info : codes()) known.insert(diagnostics::code_text(info->code) + ".md");
  for (const auto& entry : fs::directory_iterator(pages())) {
    EXPECT_TRUE(known.contains(entry.path().filename().string())) << entry.path();
  }
}

std::string severity_word(diagnostics::Severity severity) {
  switch (severity) {
    case diagnostics::Severity::error:
      return "error";
    case diagnostics::Severity::warning:
      return "warning";
    case diagnostics::Severity::information:
      break;
  }
  return "note";
}

// The index is made from codes.def; what stands before it is written by hand.
TEST(Pages, AreListedInTheIndex) {
  const std::string text = read_text(pages() / "README.md");
  const std::string mark = "<!-- The rest is made by scripts/update-golden. -->\n";
  const std::size_t at = text.find(mark);
  ASSERT_NE(at, std::string::npos);
  std::string expected = text.substr(0, at) + mark + "\n| Code | | Meaning |\n| --- | --- | --- |\n";
  for (const CodeInfo* info : codes()) {
    const std::string code = diagnostics::code_text(info->code);
    expected += fmt::format("| [{}]({}.md) | {} | {} |\n", code, code, severity_word(info->severity), info->title);
  }
  expect_golden(pages() / "README.md", expected);
}

}  // namespace
}  // namespace flow::golden
