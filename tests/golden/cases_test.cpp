// Every case in tests/golden/cases against the text beside it. One alone: golden_test --gtest_filter='*/F0202_*'
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/golden/case.h"

namespace flow::golden {
namespace {

namespace fs = std::filesystem;

fs::path folder() {
  return source_folder() / "tests/golden/cases";
}

std::vector<std::string> names(const char* extension) {
  std::vector<std::string> result;
  for (const auto& entry : fs::directory_iterator(folder())) {
    if (entry.path().extension() == extension) result.push_back(entry.path().stem().string());
  }
  std::sort(result.begin(), result.end());
  return result;
}

class Cases : public testing::TestWithParam<std::string> {};

TEST_P(Cases, SayWhatIsExpected) {
  const std::string& name = GetParam();
  const Outcome outcome = compile(read_text(folder() / (name + ".flow")));
  if (name.starts_with("ok_")) {
    EXPECT_EQ(outcome.rendered, "") << name;
    return;
  }
  const std::string code = name.substr(0, name.find('_'));
  EXPECT_TRUE(outcome.codes.contains(code)) << name << " does not show " << code << ":\n" << outcome.rendered;
  expect_golden(folder() / (name + ".expected"), outcome.rendered);
}

INSTANTIATE_TEST_SUITE_P(Golden, Cases, testing::ValuesIn(names(".flow")),
                         [](const auto& param) { return param.param; });

TEST(Golden, NoExpectedTextIsLeftWithoutItsCase) {
  const std::vector<std::string> cases = names(".flow");
  for (const std::string& name : names(".expected")) {
    EXPECT_TRUE(std::binary_search(cases.begin(), cases.end(), name)) << name << ".expected has no case";
  }
}

}  // namespace
}  // namespace flow::golden
