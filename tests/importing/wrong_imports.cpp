#include "tests/importing/wrong_imports.h"

#include <algorithm>
#include <map>

#include "compiler/check/check.h"
#include "compiler/driver/import_proof.h"
#include "compiler/import/fidelity/flow_graph.h"
#include "compiler/syntax/parse.h"

namespace flow::importing {
namespace {

// Without the words of a reason, which are the import's own.
std::string action_of(const fidelity::State& state) {
  return state.action.starts_with("end\nfailed") ? "end failed" : state.action;
}

}  // namespace

Texts texts_beside(const driver::ImportedFile& file, const std::string& workspace_text, std::size_t flow) {
  Texts out = {{"workspace.flow", workspace_text}};
  for (std::size_t i = 0; i < file.flows.size(); ++i)
    if (i != flow) out.emplace_back(file.flows[i].name + ".flow", file.flows[i].text);
  return out;
}

Tried attempt(const driver::ImportedFile& file, const Texts& beside, std::size_t flow, const std::string& text) {
  source::SourceMap sources;
  diagnostics::Sink sink;
  std::vector<syntax::File> files;
  const auto add = [&](const std::string& name, const std::string& content) {
    if (auto parsed = syntax::parse(sources, sources.add(name, content), sink)) files.push_back(std::move(*parsed));
  };
  for (const auto& [name, content] : beside) add(name, content);
  add(file.flows[flow].name + ".flow", text);
  if (sink.has_errors()) return {};
  const auto checked = check::check_workspace(files, sources, sink);
  if (sink.has_errors()) return {};
  const auto& flows = checked->flows;
  const auto found =
      std::find_if(flows.begin(), flows.end(), [&](const auto& one) { return one->name == file.flows[flow].name; });
  if (found == flows.end()) return {};
  driver::ImportedFile wrong = file;
  wrong.flows[flow].text = text;
  const driver::Verdict verdict = driver::prove_import(wrong, *checked).at(flow);
  return {fidelity::graph_of(**found, *checked), verdict.proven, verdict.why};
}

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

}  // namespace flow::importing
