// Real exports, where they lie beside the project (../shared/corpora/studio): data that the project must not contain.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "compiler/import/studio/import_test_support.h"

namespace flow::importing::studio {
namespace {

namespace fs = std::filesystem;

// For people who look at what comes out: FLOW_IMPORT_DUMP names a folder.
void dump(const fs::path& path, const Checked& checked) {
  const char* folder = std::getenv("FLOW_IMPORT_DUMP");
  if (folder == nullptr) return;
  std::ofstream out(fs::path(folder) / (path.stem().string() + ".txt"));
  for (const std::string& text : checked.texts) out << text << "\n----\n";
  out << checked.workspace << "\n----\n" << checked.imported.report.text() << "\n----\n" << checked.findings();
}

bool is_messaging(const Checked& checked) {
  for (const std::string& text : checked.texts)
    if (text.find("\ntrigger extern") != std::string::npos) return false;
  return true;
}

TEST(StudioCorpus, EveryFileImportsAndChecks) {
  fs::path folder = fs::path(FLOW_SOURCE_DIR) / "../shared/corpora/studio";
  if (!fs::exists(folder)) folder = fs::path(FLOW_SOURCE_DIR) / "../../shared/corpora/studio";  // of a second work tree
  if (!fs::exists(folder)) {
    fmt::print("no real exports lie beside the project: nothing was tried\n");
    return;
  }
  std::size_t states = 0;
  std::size_t first_class = 0;
  std::size_t defects = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().filename().string());
    const Checked checked = import_and_check(read_file(entry.path()));
    dump(entry.path(), checked);
    EXPECT_EQ(checked.refused(), "");
    EXPECT_FALSE(checked.sink.has_errors()) << checked.findings();
    for (const std::string& difference : checked.proofs) EXPECT_EQ(difference, "");
    for (const Note& note : checked.imported.report.notes())
      defects += note.kind == NoteKind::defect && note.message.find("get_assignment_express") != std::string::npos;
    if (!is_messaging(checked)) continue;
    for (const auto& [type, count] : checked.imported.report.types()) {
      states += count.all;
      first_class += count.first_class;
    }
  }
  EXPECT_GE(100 * first_class, 90 * states) << first_class << " of " << states;
  EXPECT_GE(defects, 1U) << "a widget that does not exist is referred to in one of them";
}

}  // namespace
}  // namespace flow::importing::studio
