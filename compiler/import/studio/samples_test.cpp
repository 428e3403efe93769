// Samples, one for each family of widgets and each trap, and what becomes of them: testdata/NAME.golden.
// FLOW_UPDATE_GOLDEN=1 writes them anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "compiler/import/studio/import_test_support.h"

namespace flow::importing::studio {
namespace {

namespace fs = std::filesystem;

fs::path folder() {
  return fs::path(FLOW_SOURCE_DIR) / "compiler/import/studio/testdata";
}

std::vector<fs::path> samples() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(folder()))
    if (entry.path().extension() != ".golden") out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

std::string name_of(const fs::path& path) {
  const std::string file = path.filename().string();
  return file.substr(0, file.find('.'));
}

std::string outcome(const Checked& checked) {
  std::string out;
  for (const std::string& text : checked.texts) out += text + "\n";
  out += "==== workspace.flow\n" + checked.workspace + "\n==== report\n" + checked.imported.report.text();
  for (const ImportedFlow& flow : checked.imported.flows)
    out += "\n==== " + flow.flow.name + ".layout.json\n" + to_json(flow.layout).dump(1) + "\n";
  std::string findings = checked.findings();
  return out + "\n==== findings\n" + findings;
}

class Samples : public testing::TestWithParam<fs::path> {};

TEST_P(Samples, BecomeWhatTheyMean) {
  const Checked checked = import_and_check(read_file(GetParam()), "sample");
  EXPECT_EQ(checked.refused(), "");
  EXPECT_FALSE(checked.sink.has_errors()) << checked.findings();
  ASSERT_FALSE(checked.proofs.empty());
  for (const std::string& difference : checked.proofs) EXPECT_EQ(difference, "");
  const fs::path golden = folder() / (name_of(GetParam()) + ".golden");
  if (std::getenv("FLOW_UPDATE_GOLDEN") != nullptr) std::ofstream(golden, std::ios::binary) << outcome(checked);
  EXPECT_EQ(outcome(checked), read_file(golden));
}

INSTANTIATE_TEST_SUITE_P(Studio, Samples, testing::ValuesIn(samples()),
                         [](const auto& sample) { return name_of(sample.param); });

}  // namespace
}  // namespace flow::importing::studio
