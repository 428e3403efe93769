// Samples of every format through `flowc import`: what it says and what it writes, and that no wrong import of them
// would be taken for a right one.
#include <gtest/gtest.h>
#include <sstream>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "compiler/check/check.h"
#include "compiler/driver/import_flows.h"
#include "compiler/driver/import_proof.h"
#include "compiler/driver/import_workspace.h"
#include "compiler/import/fidelity/flow_graph.h"
#include "compiler/syntax/parse.h"
#include "tests/golden/case.h"
#include "tests/importing/mutants.h"
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

// A flow's graph; nothing when it is no flow that passes the checks.
struct Tried {
  std::optional<fidelity::Graph> graph;
  bool proven = false;
};

Tried attempt(const driver::ImportedFile& file, const std::string& workspace_text, std::size_t flow,
              const std::string& text) {
  source::SourceMap sources;
  diagnostics::Sink sink;
  std::vector<syntax::File> files;
  const auto add = [&](const std::string& name, const std::string& content) {
    if (auto parsed = syntax::parse(sources, sources.add(name, content), sink)) files.push_back(std::move(*parsed));
  };
  add("workspace.flow", workspace_text);
  // Flows that it calls are there.
  for (std::size_t i = 0; i < file.flows.size(); ++i)
    add(file.flows[i].name + ".flow", i == flow ? text : file.flows[i].text);
  if (sink.has_errors()) return {};
  const auto checked = check::check_workspace(files, sources, sink);
  if (sink.has_errors()) return {};
  const auto& flows = checked->flows;
  const auto found =
      std::find_if(flows.begin(), flows.end(), [&](const auto& one) { return one->name == file.flows[flow].name; });
  return {fidelity::graph_of(**found, *checked), driver::prove_import(file, *checked).at(flow).proven};
}

// Without the words of a reason, which are the import's own.
std::string action_of(const fidelity::State& state) {
  return state.action.starts_with("end\nfailed") ? "end failed" : state.action;
}

// The same graph, state by state from the start: then a mutant says the same in other words (`end` for `reached`).
bool same_graph(const fidelity::Graph& a, const fidelity::Graph& b) {
  std::map<std::uint32_t, std::uint32_t> met = {{a.start, b.start}};
  std::vector<std::uint32_t> open = {a.start};
  while (!open.empty()) {
    const fidelity::State& ours = a.states.at(open.back());
    const fidelity::State& theirs = b.states.at(met.at(open.back()));
    open.pop_back();
    if (action_of(ours) != action_of(theirs) || ours.transitions.size() != theirs.transitions.size()) return false;
    for (std::size_t i = 0; i < ours.transitions.size(); ++i) {
      if (ours.transitions[i].label != theirs.transitions[i].label) return false;
      const auto [known, first] = met.emplace(ours.transitions[i].to, theirs.transitions[i].to);
      if (first) open.push_back(known->first);
      const bool same_end = action_of(a.states.at(known->first)) == "end failed" &&
                            action_of(b.states.at(theirs.transitions[i].to)) == "end failed";
      if (known->second != theirs.transitions[i].to && !same_end) return false;
    }
  }
  return true;
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
    const Tried right = attempt(file, run->workspace.text, i, text);
    EXPECT_TRUE(right.graph) << sample;
    const bool stands_in = i > 0;  // a flow that the file only names
    EXPECT_TRUE(right.proven || !all_proven || stands_in) << sample;
    if (!right.proven) continue;  // it stands in for another, or the goldens show why
    // What is asked of models and templates, and what is only recognized, is not compared.
    const bool only_proven = sample.ends_with("every_component.json");
    std::vector<Mutant> candidates = only_proven ? std::vector<Mutant>() : mutants_of(text, kMutantsPerFlow);
    if (values) {
      auto more = value_mutants_of(text, kMutantsPerFlow);
      std::move(more.begin(), more.end(), std::back_inserter(candidates));
    }
    for (const Mutant& mutant : candidates) {
      if (is_equal != nullptr && is_equal(text, mutant)) continue;
      const std::string_view format = file.source.format->name();
      const bool list = format == "8x8" || format == "sinch" || format == "infobip";
      if (list && is_setting_of_extern(text, mutant)) continue;
      // A step that only recognizes something may be passed over.
      if (mutant.what.find("`  done => h`") != std::string::npos) continue;
      // Vonage's own, which no file has.
      if (file.source.format->name() == "vonage" && mutant.what.find("`  subject ") != std::string::npos) continue;
      // A text that is read as a date is not told from one that is read as a number.
      if (format != "studio" && mutant.what.find("date(") != std::string::npos) continue;
      const Tried tried = attempt(file, run->workspace.text, i, mutant.text);
      if (!tried.graph || same_graph(*right.graph, *tried.graph)) continue;
      ++mutants;
      EXPECT_FALSE(tried.proven) << sample << ": " << mutant.what;
    }
    // The sender that the import says; what workspace.flow has is its owner's.
    for (std::size_t entry = 0; entry < file.imported.workspace.size(); ++entry) {
      driver::ImportedFile wrong = file;
      if (!change_sender(wrong.imported.workspace[entry])) continue;
      const Tried tried = attempt(wrong, run->workspace.text, i, text);
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
