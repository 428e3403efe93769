// The real workspaces of the project, with what `flowc check` says about them.
#include <gtest/gtest.h>

#include "compiler/diagnostics/render.h"
#include "compiler/driver/front_end.h"
#include "tests/golden/case.h"

namespace flow::golden {
namespace {

TEST(Workspaces, OtpHasNoErrorsAndItsWarningsAreKnown) {
  // Paths are printed as a person in the project's folder names them.
  std::filesystem::current_path(source_folder());
  source::SourceMap sources;
  const auto workspaces = driver::load_workspaces({"flows/otp"}, sources);
  ASSERT_TRUE(workspaces.has_value()) << workspaces.error().message;
  diagnostics::Sink sink;
  const driver::CheckedWorkspace checked = driver::check_files(workspaces->front(), sources, sink);
  EXPECT_EQ(sink.errors(), 0U);
  ASSERT_EQ(checked.certificates.size(), 1U);
  for (const prove::GuaranteeResult& result : checked.certificates[0].guarantees) {
    EXPECT_EQ(result.verdict, prove::Verdict::proven);
  }
  EXPECT_TRUE(checked.certificates[0].messages.exact());
  EXPECT_TRUE(checked.certificates[0].last_send_ms.exact());
  const std::string certificate = prove::to_json(*checked.workspace->flows[0], checked.certificates[0]);
  expect_golden(source_folder() / "tests/golden/workspaces/otp.expected",
                diagnostics::render(sources, sink) + "\n" + certificate);
}

// The workspace in flows/NAME.
void expect_known(const std::string& name) {
  std::filesystem::current_path(source_folder());
  source::SourceMap sources;
  const auto workspaces = driver::load_workspaces({"flows/" + name}, sources);
  ASSERT_TRUE(workspaces.has_value()) << workspaces.error().message;
  diagnostics::Sink sink;
  const driver::CheckedWorkspace checked = driver::check_files(workspaces->front(), sources, sink);
  EXPECT_EQ(sink.errors(), 0U);
  for (const prove::Certificate& certificate : checked.certificates)
    for (const prove::GuaranteeResult& result : certificate.guarantees)
      EXPECT_EQ(result.verdict, prove::Verdict::proven);
  std::string text = diagnostics::render(sources, sink);
  for (std::size_t i = 0; i < checked.certificates.size(); ++i)
    text += "\n" + prove::to_json(*checked.workspace->flows[i], checked.certificates[i]);
  expect_golden(source_folder() / "tests/golden/workspaces" / (name + ".expected"), text);
}

TEST(Workspaces, ShopHasNoErrorsAndItsWarningsAreKnown) {
  expect_known("shop");
}

TEST(Workspaces, FlowsThatStartEachOtherAreProvenTogether) {
  expect_known("signup");
}

TEST(Workspaces, SupportAndClinicHaveNoErrorsAndTheirWarningsAreKnown) {
  expect_known("support");
  expect_known("clinic");
}

TEST(Workspaces, SelfServiceHasNoErrorsAndItsWarningsAreKnown) {
  expect_known("selfservice");
}

}  // namespace
}  // namespace flow::golden
