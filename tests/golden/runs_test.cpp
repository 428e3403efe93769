// Tests of flows, run: tests/golden/runs holds cases as tests/golden/cases does, and what `flowc test` says of each.
#include <gtest/gtest.h>

#include <algorithm>

#include "compiler/driver/compile.h"
#include "compiler/interpret/interpreter.h"
#include "compiler/test/coverage.h"
#include "compiler/test/report.h"
#include "tests/golden/case.h"

namespace flow::golden {
namespace {

namespace fs = std::filesystem;

fs::path folder() {
  return source_folder() / "tests/golden/runs";
}

class Runs : public testing::TestWithParam<std::string> {};

TEST_P(Runs, ShowWhatIsExpected) {
  Checked checked;
  check(read_text(folder() / (GetParam() + ".flow")), checked);
  ASSERT_TRUE(checked.result.sound) << compile(read_text(folder() / (GetParam() + ".flow"))).rendered;
  ASSERT_FALSE(checked.result.tests.empty());
  const check::Workspace& workspace = *checked.result.workspace;
  const check::Flow& flow = *workspace.flows.front();
  const auto program = interpret::make_interpreter(driver::lower_checked(workspace), 0);
  test::Coverage coverage(workspace, flow);
  const auto counted = interpret::make_interpreter(driver::lower_checked(coverage.workspace()), 0);
  std::string text;
  std::vector<test::Report> reports;
  for (const test::Test& one : checked.result.tests) {
    ASSERT_EQ(one.flow, &flow);
    reports.push_back({&one, {}, test::run(one, workspace, *program)});
    const test::Report& report = reports.back();
    text += report.outcome.passed ? "ok: " + one.name + "\n" : test::failure(report, checked.sources);
    // Counting changes nothing of what is seen.
    const test::Outcome other = test::run(one, workspace, *counted);
    EXPECT_EQ(test::timeline(one, other, checked.sources), test::timeline(one, report.outcome, checked.sources));
    coverage.count(other);
  }
  text += "\n";
  for (const test::Arm& arm : coverage.arms()) text += fmt::format("{} x {}\n", arm.taken, arm.name);
  text += "\n" + test::junit(reports, checked.sources);
  expect_golden(folder() / (GetParam() + ".expected"), text);
}

INSTANTIATE_TEST_SUITE_P(Golden, Runs, testing::ValuesIn(cases_in(folder())),
                         [](const auto& param) { return param.param; });

}  // namespace
}  // namespace flow::golden
