// The pages of the syntax errors tell the truth: what they call wrong has that error, what they call right has none.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "compiler/syntax/test_support.h"

namespace flow::syntax {
namespace {

std::string section(const std::string& page, const std::string& title) {
  const std::size_t begin = page.find("\n## " + title + "\n");
  if (begin == std::string::npos) return {};
  return page.substr(begin + 1, page.find("\n## ", begin + 1) - begin);
}

// The code block of a section, if it has one.
std::string example(const std::string& text) {
  const std::string fence = "```flow\n";
  const std::size_t begin = text.find(fence);
  if (begin == std::string::npos) return {};
  const std::size_t end = text.find("```", begin + fence.size());
  return text.substr(begin + fence.size(), end - begin - fence.size());
}

TEST(Pages, OfSyntaxErrorsTellTheTruth) {
  std::size_t checked = 0;
  for (const diagnostics::CodeInfo& info : diagnostics::all_codes()) {
    if (info.number >= 200) continue;
    const std::string code = diagnostics::code_text(info.code);
    const auto path = std::filesystem::path(FLOW_SOURCE_DIR) / "docs/diagnostics" / (code + ".md");
    std::ifstream in(path);
    const std::string page((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    EXPECT_TRUE(page.starts_with("# " + code + ": " + info.title + "\n")) << path;
    const std::string right = example(section(page, "Right"));
    EXPECT_FALSE(right.empty()) << code;
    EXPECT_EQ(parse_text(right).errors(), "") << code;
    const std::string wrong = example(section(page, "Wrong"));
    if (wrong.empty()) {
      EXPECT_EQ(info.code, diagnostics::Code::not_utf8) << "a page cannot hold such bytes; others show an example";
      continue;
    }
    const Parsed parsed = parse_text(wrong);
    ASSERT_TRUE(parsed.sink.has_errors()) << code;
    EXPECT_EQ(parsed.sink.sorted().back().code, info.code) << parsed.errors();
    ++checked;
  }
  EXPECT_GE(checked, 12U);
}

}  // namespace
}  // namespace flow::syntax
