#include "compiler/check/check.h"

#include <algorithm>

#include "base/limits.h"
#include "compiler/check/graph.h"
#include "compiler/check/graph_reports.h"
#include "compiler/check/pattern.h"
#include "compiler/check/presence.h"
#include "compiler/check/signature.h"
#include "compiler/check/stages.h"

namespace flow::check {
namespace {

std::string_view base_name(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1);
}

bool is_workspace_file(const source::SourceMap& sources, const syntax::File& file) {
  return base_name(sources.file(file.file).path()) == "workspace.flow";
}

// The `flow NAME "title"` entry; null when there is none.
const syntax::Entry* flow_entry(const syntax::File& file) {
  for (const syntax::Entry& entry : file.entries) {
    const auto& items = entry.head.items;
    if (!items.empty() && !items[0].exprs.empty() && items[0].exprs[0].kind == syntax::ExprKind::name &&
        items[0].exprs[0].text == "flow")
      return &entry;
  }
  return nullptr;
}

bool is_test(const syntax::File& file) {
  return std::ranges::any_of(file.entries, [](const syntax::Entry& entry) {
    const auto& items = entry.head.items;
    return !items.empty() && items[0].exprs.size() > 1 && items[0].exprs[0].text == "test" &&
           items[0].exprs[1].kind == syntax::ExprKind::string;
  });
}

// Name and title; false when the file holds no flow.
bool begin_flow(WorkspaceScope& shared, const syntax::File& file, Flow& flow) {
  flow.file = file.file;
  const syntax::Entry* entry = flow_entry(file);
  if (entry == nullptr) {
    if (is_test(file)) {
      shared.sink.report(Code::not_a_flow, file.entries[0].head.span, "this file holds tests, and no flow")
          .hint("the name of a file of tests ends in `.test.flow`");
      return false;
    }
    const Span span = file.entries.empty() ? Span{file.file, 0, 0} : file.entries[0].head.span;
    shared.sink.report(Code::not_a_flow, span, "this file holds no flow").hint("it begins with `flow NAME \"title\"`");
    return false;
  }
  refuse_other_parts(shared.sink, *entry, kNoPart, "flow");
  flow.doc = entry->doc();
  const auto& words = entry->head.items[0].exprs;
  if (words.size() < 2 || words[1].kind != syntax::ExprKind::name) {
    shared.sink.report(Code::not_a_flow, words[0].span, "this flow has no name").hint("`flow NAME \"title\"`");
    return false;
  }
  flow.name = words[1].text;
  flow.span = words[1].span;
  if (words.size() > 2) {
    WorkspaceValues values(shared);
    if (const auto title = check_text(values, words[2], "`flow`")) flow.title = *title;
  }
  return true;
}

void check_flow_name(WorkspaceScope& shared, const Flow& flow) {
  declare(shared.sink, shared.flow_names, flow.name, flow.span, "flow");
  check_name_length(shared.sink, flow.name, flow.span, "flow");
  check_snake_case(shared.sink, flow.name, flow.span, "flow");
  const std::string file(base_name(shared.sources.file(flow.file).path()));
  if (file != flow.name + ".flow")
    shared.sink.report(Code::name_style, flow.span, "the flow `{}` is in the file `{}`", flow.name, file)
        .hint(fmt::format("a flow's file has its name: `{}.flow`", flow.name));
}

void report_unused_otherwise(FlowScope& scope) {
  const bool sends = std::ranges::any_of(scope.flow.steps, [](const Step& step) {
    return std::holds_alternative<Send>(step.body) || std::holds_alternative<AwaitSignal>(step.body) ||
           std::holds_alternative<AwaitReply>(step.body);
  });
  for (const Otherwise& rule : scope.otherwise)
    if (!rule.used && scope.structure_known)
      scope.sink()
          .report(Code::unused_otherwise, rule.span, "no step needs this `otherwise`")
          .hint(sends ? "every step has an arm of its own" : "no step can have this outcome");
}

void report_foreign(FlowScope& scope) {
  const auto report = [&](Span span, std::string_view what) {
    scope.sink()
        .report(Code::not_deployable, span, "{} of another system, kept from an import", what)
        .label("no runtime has it")
        .hint("`flowc build` refuses the flow until it is replaced by what the language has");
  };
  if (scope.flow.foreign_trigger) report(*scope.flow.foreign_trigger, "a trigger");
  for (const Step& step : scope.flow.steps)
    if (std::holds_alternative<Extern>(step.body)) report(step.span, "a component");
}

void check_flow(WorkspaceScope& shared, const syntax::File& file) {
  auto flow = std::make_unique<Flow>();
  if (!begin_flow(shared, file, *flow)) return;
  check_flow_name(shared, *flow);
  flow->expires_ms = limits::kExpiresMsDefault;
  shared.signatures.insert_or_assign(flow->name, read_signature(file));
  FlowScope scope(shared, file, *flow);
  const std::size_t errors_before = shared.sink.errors();
  collect_entries(scope);
  check_header(scope);
  declare_step_variables(scope);
  check_header_targets(scope);
  check_steps(scope);
  if (scope.step_entries.empty()) {
    scope.structure_known = false;
    if (scope.header_once.contains(catalogue::Header::start) && shared.sink.errors() == errors_before)
      shared.sink.report(Code::missing_header, flow->span, "the flow `{}` has no steps", flow->name);
  }
  check_header_presence(scope);
  check_presence(scope);
  check_time_to_live(scope);
  check_text_times(scope);
  check_region_labels(scope);
  check_regions_allowed(scope);
  report_foreign(scope);
  // What nothing seems to use may be used by what was refused.
  if (shared.sink.errors() == errors_before) {
    report_unused_otherwise(scope);
    check_written_values(scope);
    report_unused(scope);
  }
  check_cost_currency(scope);
  // From here on every channel that a step names is looked at.
  const bool sound = !shared.faulty && shared.sink.errors() == errors_before;
  if (sound) check_prices_known(scope);
  if (sound && scope.structure_known && shared.sink.errors() == errors_before)
    report_graph(shared.workspace, *flow, shared.sink);
  if (scope.structure_known) apply_quiet_hours(scope);
  shared.workspace.flows.push_back(std::move(flow));
}

}  // namespace

struct Checker::State {
  State(const source::SourceMap& sources, Sink& sink, std::string environment) : shared(sources, sink, *workspace) {
    workspace->environment = std::move(environment);
  }

  std::unique_ptr<Workspace> workspace = std::make_unique<Workspace>();
  WorkspaceScope shared;
  bool missing_reported = false;
};

Checker::Checker(const source::SourceMap& sources, Sink& sink, std::string environment, FlowFiles* files)
    : state_(std::make_unique<State>(sources, sink, std::move(environment))) {
  state_->shared.files = files;
}
Checker::~Checker() = default;

void Checker::add(const syntax::File& file) {
  WorkspaceScope& shared = state_->shared;
  check_secret_literals(shared.sink, file);
  if (is_workspace_file(shared.sources, file)) {
    shared.has_file = true;
    const std::size_t errors_before = shared.sink.errors();
    check_workspace_file(shared, file);
    shared.faulty = shared.sink.errors() != errors_before;
  } else if (shared.has_file) {
    check_flow(shared, file);
  } else if (!state_->missing_reported) {
    // Without its channels and regions a flow would be wrong all over.
    state_->missing_reported = true;
    shared.sink.report(Code::workspace_missing, {file.file, 0, 0}, "there is no workspace.flow beside this file")
        .hint("it declares the channels, templates and regions of the flows in its folder");
  }
}

std::unique_ptr<Workspace> Checker::finish(bool whole) {
  // What was left out for its syntax is not missing as well.
  const bool complete = whole && !state_->shared.sink.has_errors();
  check_channel_flows(state_->shared, complete);
  if (complete) check_way_out(state_->shared);
  std::ranges::stable_sort(state_->workspace->flows, {},
                           [](const auto& flow) -> const std::string& { return flow->name; });
  report_call_cycles(*state_->workspace, state_->shared.sink);
  return std::move(state_->workspace);
}

std::string_view flow_name(const syntax::File& file) {
  const syntax::Entry* entry = flow_entry(file);
  if (entry == nullptr || entry->head.items[0].exprs.size() < 2) return {};
  return entry->head.items[0].exprs[1].text;
}

namespace {

class GivenFiles final : public FlowFiles {
 public:
  explicit GivenFiles(std::span<const syntax::File> files) : files_(files) {}
  Found find(std::string_view flow) override {
    const auto found = std::ranges::find(files_, flow, flow_name);
    return found == files_.end() ? Found{} : Found{true, &*found};
  }
  std::vector<std::string> names() override {
    std::vector<std::string> result;
    for (const syntax::File& file : files_)
      if (!flow_name(file).empty()) result.emplace_back(flow_name(file));
    return result;
  }

 private:
  std::span<const syntax::File> files_;
};

}  // namespace

std::unique_ptr<Workspace> check_workspace(std::span<const syntax::File> files, const source::SourceMap& sources,
                                           Sink& sink) {
  GivenFiles given(files);
  Checker checker(sources, sink, {}, &given);
  for (const bool workspace : {true, false}) {
    for (const syntax::File& file : files) {
      if (is_workspace_file(sources, file) == workspace) checker.add(file);
    }
  }
  return checker.finish();
}

}  // namespace flow::check
