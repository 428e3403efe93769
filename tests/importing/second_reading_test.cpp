// The second reading goes on beside the first and the checks: the verdicts are those of one after the other. The thread
// sanitizer looks at it, too (scripts/test --long).
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "compiler/driver/front_end.h"
#include "compiler/driver/import_flows.h"
#include "compiler/driver/import_proof.h"

namespace flow::driver {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> samples() {
  std::vector<std::string> result;
  for (const auto& one : fs::directory_iterator(fs::path(FLOW_SOURCE_DIR) / "tests/importing/samples"))
    if (one.path().extension() == ".json") result.push_back(one.path().string());
  std::sort(result.begin(), result.end());
  return result;
}

// The flows of one run in their workspace.
struct Imported {
  explicit Imported(const ImportRun& run) {
    files.whole = true;
    files.workspace = sources.add(run.workspace_path, run.workspace.text);
    for (const ImportedFile& file : run.files)
      for (const FlowText& flow : file.flows) files.flows.push_back(sources.add(flow.name + ".flow", flow.text));
  }
  source::SourceMap sources;
  diagnostics::Sink sink;
  WorkspaceFiles files;
};

TEST(SecondReading, BesideTheChecksGivesTheVerdictsOfOneAfterTheOther) {
  std::size_t proven = 0;
  for (const std::string& sample : samples()) {
    auto run = import_files({.paths = {sample}, .from = {}, .name = {}, .folder = "nowhere", .proves = true});
    ASSERT_TRUE(run) << sample << ": " << run.error().message;
    if (run->failed()) continue;
    Imported imported(*run);
    std::string expected;
    {
      Imported alone(*run);
      const auto checked = check_files(alone.files, alone.sources, alone.sink);
      for (const Verdict& verdict : prove_import(run->files[0], *checked.workspace)) expected += text_of(verdict);
    }
    const auto checked = check_files(imported.files, imported.sources, imported.sink);
    const std::vector<Originals> originals = run->second->take();
    ASSERT_EQ(originals.size(), 1U);
    std::string told;
    for (const Verdict& verdict : prove_import(run->files[0], originals[0], *checked.workspace)) {
      told += text_of(verdict);
      if (verdict.proven) ++proven;
    }
    EXPECT_EQ(told, expected) << sample;
  }
  EXPECT_GE(proven, 10U);
}

}  // namespace
}  // namespace flow::driver
