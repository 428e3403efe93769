// Samples of every format through `flowc import`: what it says and what it writes, and that no wrong import of them
// would be taken for a right one.
#include <gtest/gtest.h>
#include <sstream>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

#include "compiler/driver/import_flows.h"
#include "compiler/driver/import_workspace.h"
#include "tests/golden/case.h"
#include "tests/importing/mutants.h"
#include "tests/importing/wrong_imports.h"
#include "tests/support/run_program.h"
#include "tests/support/sanitized.h"

namespace flow::importing {
namespace {

namespace fs = std::filesystem;
using testing_support::Outcome;
using testing_support::TemporaryFolder;

std::vector<std::string> samples(const char* folder = "tests/importing/samples") {
  std::vector<std::string> result;
  for (const auto& one : fs::directory_iterator(fs::path(FLOW_SOURCE_DIR) / folder)) {
    if (one.path().extension() != ".golden" && one.path().extension() != ".expected")
      result.push_back(one.path().string());
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::string without(std::string text, const std::string& prefix) {
  for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at))
    text.erase(at, prefix.size());
  return text;
}

TEST(Samples, AreToldAndWritten) {
  for (const std::string& sample : samples()) {
    const TemporaryFolder folder;
    const Outcome outcome =
        testing_support::run_program({FLOW_BIN_DIR "/flowc", "import", sample, "-o", folder.file("out")});
    std::string text =
        without(without(outcome.output, fs::path(sample).parent_path().string() + "/"), folder.path() + "/");
    text += "exit code " + std::to_string(outcome.exit_code) + "\n";
    std::set<fs::path> written;
    if (fs::exists(folder.file("out")))
      for (const auto& one : fs::directory_iterator(folder.file("out"))) written.insert(one.path());
    for (const fs::path& path : written)
      text += "\n--- " + path.filename().string() + "\n" + testing_support::read_file(path.string());
    golden::expect_golden(fs::path(sample).replace_extension("expected"), text);
  }
}

constexpr std::size_t kMutantsPerFlow = testing_support::kSanitized ? 30 : 200;

// `main_sms` of `channel main_sms: sms`.
std::string channel_of(const DraftEntry& entry) {
  const std::string name = entry.head.substr(entry.head.find(' ') + 1);
  return name.substr(0, name.find(':'));
}

// Where the original says one.
bool change_sender(DraftEntry& entry) {
  if (!entry.head.starts_with("channel ") || !entry.comments.empty()) return false;
  for (DraftEntry& line : entry.block) {
    const bool made_up = !line.comments.empty() || !line.trailing_comment.empty();
    const std::size_t quote = line.head.find('"');
    if (made_up || quote == std::string::npos || line.head.starts_with("flows")) continue;
    line.head.insert(quote + 2, "7");
    return true;
  }
  return false;
}

// A setting of an `extern`, of which the second reader of lists looks at the type and the recipient only.
bool is_setting_of_extern(const std::string& text, const Mutant& mutant) {
  const std::size_t number = mutant.what.find("line ");
  if (number == std::string::npos || mutant.what.find("=>") != std::string::npos ||
      mutant.what.find("`  to ") != std::string::npos)
    return false;
  const int line = std::stoi(mutant.what.substr(number + 5));
  std::istringstream lines(text);
  std::string head;
  std::string one;
  for (int i = 0; i < line && std::getline(lines, one); ++i)
    if (one.ends_with(" {") && !one.starts_with(' ')) head = one;
  return head.find(": extern ") != std::string::npos && head != one;
}

// How many wrong imports were tried.
std::size_t try_wrong_imports(const std::string& sample, bool all_proven = false,
                              bool (*is_equal)(const std::string&, const Mutant&) = nullptr, bool values = false) {
  std::size_t mutants = 0;
  const auto run = driver::import_files({.paths = {sample}, .from = "", .name = "", .folder = "/nowhere"});
  EXPECT_TRUE(run) << run.error().message;
  if (!run || run->failed()) return 0;
  const driver::ImportedFile& file = run->files.at(0);
  for (std::size_t i = 0; i < file.imported.flows.size(); ++i) {
    const std::string& text = file.flows.at(i).text;
    const Tried right = attempt(file, texts_beside(file, run->workspace.text, i), i, text);
    EXPECT_TRUE(right.graph) << sample;
    const bool stands_in = i > 0;  // a flow that the file only names
    EXPECT_TRUE(right.proven || !all_proven || stands_in) << sample;
    if (!right.proven) continue;  // it stands in for another, or the goldens show why
    std::vector<Mutant> candidates = mutants_of(text, kMutantsPerFlow);
    if (values) {
      auto more = value_mutants_of(text, kMutantsPerFlow);
      std::move(more.begin(), more.end(), std::back_inserter(candidates));
    }
    for (const Mutant& mutant : candidates) {
      if (is_equal != nullptr && is_equal(text, mutant)) continue;
      const std::string_view format = file.source.format->name();
      const bool list = format == "8x8" || format == "sinch" || format == "infobip";
      if (list && is_setting_of_extern(text, mutant)) continue;
      // Vonage's own, which no file has.
      if (file.source.format->name() == "vonage" && mutant.what.find("`  subject ") != std::string::npos) continue;
      // A text that is read as a date is not told from one that is read as a number.
      if (format != "studio" && mutant.what.find("date(") != std::string::npos) continue;
      const Tried tried = attempt(file, texts_beside(file, run->workspace.text, i), i, mutant.text);
      if (!tried.graph || same_graph(*right.graph, *tried.graph)) continue;
      ++mutants;
      EXPECT_FALSE(tried.proven) << sample << ": " << mutant.what;
    }
    // The sender that the import says; what workspace.flow has is its owner's.
    for (std::size_t entry = 0; entry < file.imported.workspace.size(); ++entry) {
      driver::ImportedFile wrong = file;
      if (!change_sender(wrong.imported.workspace[entry])) continue;
      const Tried tried = attempt(wrong, texts_beside(file, run->workspace.text, i), i, text);
      const bool uses = text.find("from " + channel_of(file.imported.workspace[entry])) != std::string::npos;
      if (!tried.graph || !uses) continue;
      ++mutants;
      EXPECT_FALSE(tried.proven) << sample << ": another sender, " << file.imported.workspace[entry].head;
    }
  }
  return mutants;
}

TEST(Samples, NoWrongImportOfAListIsTakenForARightOne) {
  std::size_t mutants = 0;
  for (const std::string& sample : samples()) mutants += try_wrong_imports(sample);
  EXPECT_GT(mutants, testing_support::kSanitized ? 50U : 160U);
}

TEST(Samples, NoWrongImportOfACanvasIsTakenForARightOne) {
  std::size_t mutants = 0;
  for (const std::string& sample : samples("compiler/import/console/testdata"))
    mutants += try_wrong_imports(sample, true);
  EXPECT_GT(mutants, testing_support::kSanitized ? 50U : 160U);
}

// Deeper than the language nests.
TEST(Samples, WhatTheLanguageHasNoTextForIsNamed) {
  driver::ImportedFile file;
  ImportedFlow flow;
  flow.flow.name = "deep";
  flow.flow.header = {line("flow deep \"Deep\""), line("trigger manual")};
  flow.flow.start = "fine";
  for (const char* name : {"fine", "deep_1", "deep_2"}) {
    DraftStep step;
    step.name = name;
    step.pointer = std::string("/steps/") + name;
    step.entry = line("set");
    const std::string brackets(step.name == "fine" ? 1 : 100, '(');
    step.entry.block = {line("x = " + brackets + "1" + std::string(brackets.size(), ')'))};
    step.entry.arrow = "end";
    flow.flow.steps.push_back(std::move(step));
  }
  file.imported.flows = {flow};
  ASSERT_TRUE(driver::write_flows(file));
  EXPECT_TRUE(file.flows.empty());
  ASSERT_TRUE(file.imported.report.failed());
  const Note& note = file.imported.report.notes().at(0);
  EXPECT_EQ(note.pointer, "/steps/deep_1");
  EXPECT_TRUE(note.message.starts_with("the language has no text for it: ")) << note.message;
  // Without them, it has.
  file.imported.report = {};
  file.imported.flows[0].flow.steps.resize(1);
  ASSERT_TRUE(driver::write_flows(file));
  EXPECT_EQ(file.flows.size(), 1U);
}

// The second of two conditions of a branch that say the same, whatever their case, never decides.
bool is_decided(const std::string& text, const Mutant& mutant) {
  const auto lower = [](std::string line) {
    std::transform(line.begin(), line.end(), line.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return line.substr(0, line.find(" => "));
  };
  std::istringstream lines(text);
  std::set<std::string> branch;
  std::string line;
  for (int i = std::stoi(mutant.what.substr(mutant.what.find("line ") + 5)); i > 1 && std::getline(lines, line); --i) {
    if (!line.starts_with("  ")) branch.clear();
    branch.insert(lower(line));
  }
  return std::getline(lines, line) && line.find(" => ") != std::string::npos && branch.contains(lower(line));
}

TEST(Samples, NoWrongImportOfStudioIsTakenForARightOne) {
  std::size_t mutants = 0;
  for (const std::string& sample : samples("compiler/import/studio/testdata"))
    mutants += try_wrong_imports(sample, false, is_decided, true);
  EXPECT_GT(mutants, testing_support::kSanitized ? 50U : 300U);
}

}  // namespace
}  // namespace flow::importing
