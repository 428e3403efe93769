// What the checks of one workspace and of one flow share; compiler/test uses what is said about entries and names.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/catalogue/catalogue.h"
#include "compiler/check/checked.h"
#include "compiler/check/flow_files.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/source/source.h"
#include "compiler/syntax/tree.h"

namespace flow::check {

using diagnostics::Code;
using diagnostics::Sink;

// A declared name of the workspace. `bad`: its declaration was reported, so nothing more is said where it is used.
struct WorkspaceName {
  enum class Kind : std::uint8_t { channel, message_template, constant, function, model, desk, secret };
  Kind kind{};
  std::size_t index = 0;  // in the workspace's list of its kind; of a constant in WorkspaceScope::constants
  Span span;
  bool bad = false;
};

// `wording NAME(parameters) { LANGUAGE "text" }`. The texts belong to the syntax tree.
struct Wording {
  Span span;
  std::vector<std::pair<std::string, Type>> parameters;
  // By language, the workspace's first language first; no part of a file's tree, for that of the workspace is gone when
  // flows are checked.
  std::vector<std::pair<std::string, std::shared_ptr<const syntax::Expr>>> texts;
  bool bad = false;  // reported
};
using Wordings = std::map<std::string, Wording, std::less<>>;

// What a flow shows to those that start it.
struct Signature {
  struct Value {
    std::string name;
    Type type;
    Span span;
  };
  Span span;  // its name
  std::vector<Value> inputs;
  std::vector<Value> outputs;
  std::vector<std::string> outcomes;
  bool ends = false;    // some arrow leads to a plain `end`
  bool starts = false;  // another flow may start it: `trigger manual` or `trigger call`
  bool bad = false;     // something of it has mistakes, which its own check reports
};

struct WorkspaceScope {
  WorkspaceScope(const source::SourceMap& all, Sink& to, Workspace& result)
      : sources(all), sink(to), workspace(result) {}

  const source::SourceMap& sources;
  Sink& sink;
  Workspace& workspace;
  bool has_file = false;        // a workspace.flow was among the files
  bool faulty = false;          // it has errors: what flows take from it may be wrong
  bool zone_bad = false;        // `zone` was reported
  bool regions_stated = false;  // `allow regions` was there, whatever it said
  Span regions_span{};
  std::map<std::string, WorkspaceName, std::less<>> names;
  std::vector<Expr> constants;
  std::map<std::string, Span, std::less<>> flow_names;
  Wordings wordings;
  std::vector<Span> template_bodies;  // by TemplateId
  FlowFiles* files = nullptr;
  std::map<std::string, Signature, std::less<>> signatures;  // of flows that were asked for, or checked
};

// Beside Flow::variables, by VariableId.
struct VariableNotes {
  bool bad = false;  // declaration reported, or of no type
  bool used = false;
  bool typed = false;                       // a `let` with a type of its own
  std::optional<Expr> constant;             // of a `let` whose value is known
  std::vector<const syntax::Expr*> values;  // what `set` assigns to it, in source order
  enum class Inference : std::uint8_t { done, open, running } inference = Inference::done;
  bool from_step = false;               // made by `as NAME`
  bool said = false;                    // what the customer wrote, or what a model made of it
  std::optional<VariableId> member_of;  // `spot.latitude`: whoever reads it reads `spot`
};

struct OutcomeNotes {
  Span span{};
  bool used = false;
};

// An item of `otherwise`, its target resolved once for all steps.
struct Otherwise {
  catalogue::OutcomeId outcome{};
  std::int64_t after_ms = 0;
  std::optional<Target> target;  // none: reported
  Span span{};
  bool used = false;
};

struct FlowScope {
  FlowScope(WorkspaceScope& of, const syntax::File& tree, Flow& result) : shared(of), file(tree), flow(result) {}

  WorkspaceScope& shared;
  const syntax::File& file;
  Flow& flow;
  std::map<std::string, VariableId, std::less<>> variables;
  std::vector<VariableNotes> notes;  // by VariableId
  std::map<std::string, StepId, std::less<>> steps;
  std::vector<const syntax::Entry*> step_entries;  // by StepId
  std::vector<Step> made;                          // out of tables; their ids come after those of the entries
  bool in_table = false;                           // `next`, `reached` and `exhausted` are targets here
  std::vector<const syntax::Entry*> header;        // the other entries
  std::map<std::string, std::uint32_t, std::less<>> outcomes;
  std::vector<OutcomeNotes> outcome_notes;  // by index in Flow::outcomes
  std::vector<Otherwise> otherwise;
  Wordings wordings;
  std::map<catalogue::Header, Span> header_once;  // entries that stand once, where they stand
  bool purpose_bad = false;                       // `purpose` was reported
  bool zone_bad = false;                          // `zone` was reported
  bool language_bad = false;                      // `language` was reported
  bool language_open = false;                     // `language` is made of lets, which are not read yet
  bool expires_stated = false;
  bool trigger_bad = false;  // `trigger` was reported
  Span expires_span{};
  // False once a target, a component or an arm was reported: what paths there are is then unknown, and the checks of
  // paths stay silent.
  bool structure_known = true;

  Sink& sink() const { return shared.sink; }
};

// Where a new name of a kind may not stand twice: reports and answers false, else records it.
bool declare(Sink& sink, std::map<std::string, Span, std::less<>>& names, const std::string& name, Span span,
             std::string_view what);

// Reports a name that is too long; false then.
bool check_name_length(Sink& sink, const std::string& name, Span span, std::string_view what);

// Reports `name` as not of this release, at `span`.
void report_not_yet(Sink& sink, Span span, std::string_view name);

// "`a`, `b` and `c`".
std::string quoted(const std::vector<std::string>& words, std::string_view conjunction = "and");

// The keys of a map, for "did you mean".
template <typename Map>
std::vector<std::string> keys(const Map& map) {
  std::vector<std::string> result;
  result.reserve(map.size());
  for (const auto& entry : map) result.push_back(entry.first);
  return result;
}

// The text of a duration, as written in the language.
std::string duration_words(std::int64_t ms);

// "a number", "a text", …
std::string_view type_words(ValueType type);

// Parts that an entry may have after its head.
enum Part : unsigned { kNoPart = 0, kColon = 1, kValue = 2, kBlock = 4, kArrow = 8 };

// Reports each part of `entry` that is not in `parts`, naming it after `what`; false when there was one.
bool refuse_other_parts(Sink& sink, const syntax::Entry& entry, unsigned parts, std::string_view what);

// The single expression of a clause; null when there are several items or expressions (not reported).
const syntax::Expr* single(const syntax::Clause& clause);
const syntax::Expr* single_name(const syntax::Clause& clause);

}  // namespace flow::check
