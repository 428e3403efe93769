// What `flowc routes` says: of the tutorial, and of the cases in tests/golden/routes.
#include <gtest/gtest.h>

#include <algorithm>

#include "compiler/prove/routes.h"
#include "tests/golden/case.h"

namespace flow::golden {
namespace {

namespace fs = std::filesystem;

fs::path folder() {
  return source_folder() / "tests/golden/routes";
}

void expect_routes(const driver::CheckedWorkspace& checked, const std::string& name) {
  ASSERT_EQ(checked.certificates.size(), 1U);
  const check::Flow& flow = *checked.workspace->flows.front();
  const prove::Certificate& certificate = checked.certificates.front();
  const auto routes = prove::find_routes(*checked.workspace, flow, certificate);
  std::int64_t messages = 0;
  std::int64_t last_send_ms = 0;
  for (const prove::Route& route : routes) {
    messages = std::max(messages, route.messages);
    last_send_ms = std::max(last_send_ms, route.last_send_ms);
    for (const prove::RouteSend& send : route.sends) {
      EXPECT_LE(send.earliest_ms, send.latest_ms);
      EXPECT_LE(send.latest_ms, route.last_send_ms);
    }
  }
  // Taken together, the routes are the flow.
  EXPECT_EQ(messages, certificate.messages.at_most);
  EXPECT_EQ(last_send_ms, certificate.last_send_ms.at_most);
  expect_golden(folder() / (name + ".expected"), prove::routes_text(*checked.workspace, flow, routes) + "\n" +
                                                     prove::routes_json(*checked.workspace, flow, routes));
}

class Routes : public testing::TestWithParam<std::string> {};

TEST_P(Routes, AreAsExpected) {
  Checked checked;
  check(read_text(folder() / (GetParam() + ".flow")), checked);
  ASSERT_TRUE(checked.result.sound) << compile(read_text(folder() / (GetParam() + ".flow"))).rendered;
  expect_routes(checked.result, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Golden, Routes, testing::ValuesIn(cases_in(folder())),
                         [](const auto& param) { return param.param; });

TEST(Routes, OfTheTutorial) {
  source::SourceMap sources;
  const auto workspaces = driver::load_workspaces({(source_folder() / "flows/otp").string()}, sources);
  ASSERT_TRUE(workspaces.has_value()) << workspaces.error().message;
  diagnostics::Sink sink;
  expect_routes(driver::check_files(workspaces->front(), sources, sink), "otp");
}

}  // namespace
}  // namespace flow::golden
