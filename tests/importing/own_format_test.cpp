// What `flowc export` writes, imported: proven, and no wrong import of it is.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "compiler/driver/import_flows.h"
#include "tests/differential/generate.h"
#include "tests/differential/write_source.h"
#include "tests/importing/mutants.h"
#include "tests/importing/round_trip.h"
#include "tests/importing/wrong_imports.h"
#include "tests/support/run_program.h"
#include "tests/support/sanitized.h"

namespace flow::importing {
namespace {

namespace fs = std::filesystem;
using testing_support::TemporaryFolder;

constexpr std::size_t kMutantsPerFlow = testing_support::kSanitized ? 20 : 60;

struct Count {
  std::size_t flows = 0;
  std::size_t mutants = 0;
};

// `texts[flow]`, without comments, out and back: proven as it is, and not when something in it is changed.
void try_wrong_imports(const Texts& texts, std::size_t flow, std::size_t most, Count& count) {
  const std::string text = canonical(without_comments(texts[flow].second));
  const auto json = exported(text);
  ASSERT_TRUE(json) << texts[flow].first;
  const TemporaryFolder folder;
  const std::string name = fs::path(texts[flow].first).stem().string();
  const std::string path = folder.write(name + ".json", json->dump());
  const auto run =
      driver::import_files({.paths = {path}, .from = "console", .name = "", .folder = folder.path(), .force = false});
  ASSERT_TRUE(run) << run.error().message;
  ASSERT_FALSE(run->failed()) << name;
  const driver::ImportedFile& file = run->files.at(0);
  Texts beside = texts;
  beside.erase(beside.begin() + static_cast<std::ptrdiff_t>(flow));
  const Tried right = attempt(file, beside, 0, text);
  if (!right.graph) return;  // one that is refused as it is
  EXPECT_TRUE(right.proven) << name << ": " << right.why << "\n" << text;
  if (!right.proven) return;
  ++count.flows;
  for (const Mutant& mutant : mutants_of(text, most)) {
    const Tried tried = attempt(file, beside, 0, mutant.text);
    if (!tried.graph || same_graph(*right.graph, *tried.graph)) continue;
    ++count.mutants;
    EXPECT_FALSE(tried.proven) << name << ": " << mutant.what;
  }
}

Texts workspace_in(const fs::path& folder) {
  Texts out;
  for (const auto& one : fs::directory_iterator(folder)) {
    const std::string name = one.path().filename().string();
    if (name.ends_with(".flow") && !name.ends_with(".test.flow"))
      out.emplace_back(name, testing_support::read_file(one.path().string()));
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST(OwnFormat, NoWrongImportOfAFlowOfTheProjectIsTakenForARightOne) {
  Count count;
  for (const auto& folder : fs::directory_iterator(fs::path(FLOW_SOURCE_DIR) / "flows")) {
    if (!folder.is_directory()) continue;
    const Texts texts = workspace_in(folder.path());
    for (std::size_t i = 0; i < texts.size(); ++i)
      if (texts[i].first != "workspace.flow") try_wrong_imports(texts, i, kMutantsPerFlow, count);
  }
  EXPECT_GT(count.flows, 25U);
  EXPECT_GT(count.mutants, testing_support::kSanitized ? 200U : 500U);
}

TEST(OwnFormat, NoWrongImportOfARandomFlowIsTakenForARightOne) {
  constexpr std::uint64_t kWorkspaces = 60;
  constexpr std::size_t kMost = testing_support::kSanitized ? 8 : 20;
  generate::Options options;
  options.as_written = true;
  options.traps = false;
  Count count;
  for (std::uint64_t seed = 0; seed < kWorkspaces; ++seed) {
    const Texts texts = generate::write_source(generate::workspace(seed, options));
    for (std::size_t i = 0; i < texts.size(); ++i)
      if (!texts[i].first.ends_with("workspace.flow")) try_wrong_imports(texts, i, kMost, count);
  }
  EXPECT_GT(count.flows, 40U);
  EXPECT_GT(count.mutants, testing_support::kSanitized ? 100U : 300U);
}

}  // namespace
}  // namespace flow::importing
