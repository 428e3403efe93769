// Samples of every format through `flowc import`: what it says and what it writes, and that no wrong import of them
// would be taken for a right one.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "compiler/driver/front_end.h"
#include "compiler/driver/import_flows.h"
#include "compiler/driver/import_proof.h"
#include "compiler/driver/import_workspace.h"
#include "compiler/import/fidelity/flow_graph.h"
#include "tests/golden/case.h"
#include "tests/importing/mutants.h"
#include "tests/support/run_program.h"

namespace flow::importing {
namespace {

namespace fs = std::filesystem;
using testing_support::Outcome;
using testing_support::TemporaryFolder;

std::vector<std::string> samples() {
  std::vector<std::string> result;
  for (const auto& one : fs::directory_iterator(fs::path(FLOW_SOURCE_DIR) / "tests/importing/samples"))
    if (one.path().extension() == ".json") result.push_back(one.path().string());
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
              const DraftFlow& draft) {
  const auto text = write(draft);
  if (!text) return {};
  source::SourceMap sources;
  diagnostics::Sink sink;
  driver::WorkspaceFiles files;
  files.workspace = sources.add("workspace.flow", workspace_text);
  files.flows.push_back(sources.add(draft.name + ".flow", *text));
  const auto checked = driver::check_files(files, sources, sink);
  if (sink.has_errors()) return {};
  return {fidelity::graph_of(*checked.workspace->flows.at(0), *checked.workspace),
          driver::prove_import(file, *checked.workspace).at(flow).proven};
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

TEST(Samples, NoWrongImportIsTakenForARightOne) {
  std::size_t mutants = 0;
  for (const std::string& sample : samples()) {
    const auto run = driver::import_files({.paths = {sample}, .from = "", .name = "", .folder = "/nowhere"});
    ASSERT_TRUE(run) << run.error().message;
    if (run->failed()) continue;
    const driver::ImportedFile& file = run->files.at(0);
    for (std::size_t i = 0; i < file.imported.flows.size(); ++i) {
      const DraftFlow& draft = file.imported.flows[i].flow;
      const Tried right = attempt(file, run->workspace.text, i, draft);
      if (!right.proven) continue;  // the goldens show why
      for (const Mutant& mutant : mutants_of(draft)) {
        // What the import has made up or added is told, and not compared: Vonage's texts, a time to wait for reports.
        const bool made_up = mutant.what.find(" code: {{code}}") != std::string::npos ||
                             mutant.what.find("`undelivered after 1d`") != std::string::npos;
        if (made_up) continue;
        const Tried tried = attempt(file, run->workspace.text, i, mutant.flow);
        if (tried.graph && same_graph(*right.graph, *tried.graph)) continue;
        ++mutants;
        EXPECT_FALSE(tried.proven) << sample << ": " << mutant.what;
      }
    }
  }
  EXPECT_GT(mutants, 300U);
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

}  // namespace
}  // namespace flow::importing
