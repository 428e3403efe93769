#include "compiler/driver/import_proof.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "compiler/import/fidelity/flow_graph.h"
#include "compiler/import/fidelity/same_text.h"

namespace flow::driver {
namespace {

namespace fidelity = importing::fidelity;
using importing::Json;
using importing::NoteKind;

std::vector<fidelity::Pairing> pairings_of(const importing::DraftFlow& flow) {
  std::vector<fidelity::Pairing> result;
  for (const importing::DraftStep& step : flow.steps)
    if (!step.id.empty()) result.push_back({step.id, step.name});
  return result;
}

// Steps whose changes the report tells; of a table `otp`, its messages `otp.sms`.
class Declared {
 public:
  explicit Declared(const importing::Report& report) {
    std::size_t all = 0;
    for (const NoteKind kind : {NoteKind::not_understood, NoteKind::defect, NoteKind::changed, NoteKind::kept,
                                NoteKind::left_out, NoteKind::no_effect})
      all += report.of(kind);
    complete_ = all == report.notes().size();
    for (const importing::Note& note : report.notes())
      if (note.kind == NoteKind::changed || note.kind == NoteKind::defect) steps_.insert(note.step);
  }
  bool has(std::string_view step) const {
    return !complete_ || steps_.contains(step) || steps_.contains(step.substr(0, step.find('.')));
  }

 private:
  bool complete_ = true;  // notes beyond the most were dropped: then nothing can be said
  std::set<std::string, std::less<>> steps_;
};

bool says_sender(const importing::DraftEntry& line) {
  constexpr std::string_view kWords[] = {"sender", "service", "number", "page", "account"};
  const std::string_view word = std::string_view(line.head).substr(0, line.head.find(' '));
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

// Of `channel main_sms: sms` its name; of anything else nothing.
std::string_view channel_of(const importing::DraftEntry& entry) {
  constexpr std::string_view kWord = "channel ";
  const std::string_view head = entry.head;
  const std::size_t colon = head.find(':');
  return head.starts_with(kWord) && colon != std::string_view::npos ? head.substr(kWord.size(), colon - kWord.size())
                                                                    : std::string_view();
}

// With the senders that the import says: a channel that workspace.flow had already is its owner's, and told.
check::WorkspaceSettings settings_of(const ImportedFile& file, const check::Workspace& workspace) {
  check::WorkspaceSettings settings = workspace;
  std::unordered_map<std::string_view, check::Channel*> channels;
  for (check::Channel& channel : settings.channels) channels.emplace(channel.name, &channel);
  for (const importing::DraftEntry& entry : file.imported.workspace) {
    const auto found = channels.find(channel_of(entry));
    if (found == channels.end()) continue;
    check::Channel& channel = *found->second;
    for (const importing::DraftEntry& line : entry.block) {
      const std::size_t quote = line.head.find('"');
      if (!says_sender(line) || quote == std::string::npos) continue;
      // As it is written, which is as good as any other where it is not the same.
      const std::string written = line.head.substr(quote);
      if (written != importing::one_line(channel.sender)) channel.sender = written.substr(1, written.size() - 2);
    }
  }
  return settings;
}

// What the verdicts on all flows of a file need; `file` and `workspace` outlive it.
class Prover {
 public:
  Prover(const ImportedFile& file, const check::Workspace& workspace)
      : settings_(settings_of(file, workspace)), declared_(file.imported.report) {
    for (const auto& flow : workspace.flows) flows_.emplace(flow->name, flow.get());
  }

  Verdict prove(const importing::DraftFlow& draft, const fidelity::Graph& original) const {
    Verdict verdict;
    verdict.flow = draft.name;
    const auto found = flows_.find(draft.name);
    if (found == flows_.end()) {
      verdict.why = "the checks found errors in it";
      return verdict;
    }
    verdict.comparison = fidelity::compare(original, fidelity::graph_of(*found->second, settings_), pairings_of(draft));
    verdict.why = verdict.comparison.difference;
    verdict.proven = verdict.comparison.same;
    for (const fidelity::Addition& addition : verdict.comparison.additions) {
      if (!verdict.proven || declared_.has(addition.step)) continue;
      verdict.proven = false;
      verdict.why = fmt::format("`{}` has `{}`, which the original has not and the report does not tell", addition.step,
                                addition.what);
    }
    return verdict;
  }

 private:
  const check::WorkspaceSettings settings_;
  const Declared declared_;
  std::unordered_map<std::string_view, const check::Flow*> flows_;
};

std::string plural(std::size_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

std::vector<Verdict> prove_import(const ImportedFile& file, const check::Workspace& workspace) {
  return prove_import(file, file.source.format->originals(file.source.json), workspace);
}

std::vector<Verdict> prove_import(const ImportedFile& file, const Originals& originals,
                                  const check::Workspace& workspace) {
  const auto& graphs = originals.graphs;
  const auto& texts = originals.texts;
  const auto& flows = file.imported.flows;
  const Prover prover(file, workspace);
  std::vector<Verdict> result;
  for (std::size_t i = 0; i < flows.size(); ++i) {
    if (graphs && graphs->size() <= flows.size() && i < graphs->size()) {
      Verdict& verdict = result.emplace_back();
      verdict = prover.prove(flows[i].flow, (*graphs)[i]);
      if (!verdict.proven || i >= texts.size()) continue;
      verdict.why = fidelity::text_difference(texts[i], file.flows.at(i).text);
      verdict.proven = verdict.why.empty();
      continue;
    }
    Verdict& verdict = result.emplace_back();
    verdict.flow = flows[i].flow.name;
    verdict.stands_in = graphs && graphs->size() < flows.size();
    verdict.compared = graphs.has_value();
    if (!graphs)
      verdict.why = graphs.error().message;
    else
      verdict.why = fmt::format("the original has {}, and the import {}", plural(graphs->size(), "flow"), flows.size());
  }
  return result;
}

std::string text_of(const Verdict& verdict) {
  const fidelity::Comparison& comparison = verdict.comparison;
  if (verdict.proven) {
    std::string out =
        fmt::format("{}: proven: does what the original does, outcome by outcome ({}, {})\n", verdict.flow,
                    plural(comparison.states, "state"), plural(comparison.transitions, "transition"));
    for (const std::string& name : comparison.left_out)
      out += fmt::format("  not compared, because nothing leads there: `{}`\n", importing::shown(name));
    return out;
  }
  if (verdict.stands_in)
    return fmt::format("{}: stands in for a flow that the file only names: nothing to compare with\n", verdict.flow);
  if (!verdict.compared) return fmt::format("{}: not compared with the original: {}\n", verdict.flow, verdict.why);
  std::string out = fmt::format("{}: not proven: {}\n", verdict.flow, verdict.why);
  if (!comparison.path.empty()) out += "  the way to it:\n";
  for (const std::string& label : comparison.path) out += fmt::format("    {}\n", importing::shown(label));
  return out;
}

Json json_of(const Verdict& verdict) {
  const fidelity::Comparison& comparison = verdict.comparison;
  Json out = {{"name", verdict.flow},           {"proven", verdict.proven},    {"compared", verdict.compared},
              {"stands_in", verdict.stands_in}, {"states", comparison.states}, {"transitions", comparison.transitions},
              {"additions", Json::array()}};
  for (const auto& addition : comparison.additions)
    out["additions"].push_back({{"step", addition.step}, {"what", addition.what}});
  if (!comparison.left_out.empty()) out["not_compared"] = comparison.left_out;
  if (verdict.proven || verdict.stands_in) return out;
  out["difference"] = verdict.why;
  out["path"] = comparison.path;
  return out;
}

}  // namespace flow::driver
