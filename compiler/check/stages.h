// The stages of check_workspace, a concern each, in the order in which they run. Internal to compiler/check.
#pragma once

#include "compiler/check/pattern.h"
#include "compiler/check/scope.h"
#include "compiler/check/values.h"

namespace flow::check {

// workspace.cpp: the entries of workspace.flow.
void check_workspace_file(WorkspaceScope& scope, const syntax::File& file);
// message_limits.cpp: `limit each recipient NUMBER messages within DURATION for PURPOSE …`.
void declare_limit(WorkspaceScope& scope, const syntax::Entry& entry, const Match& found);
// When all are known.
void report_needless_limits(WorkspaceScope& scope);
// quiet_hours.cpp: `quiet hours RANGE for PURPOSE …`.
void declare_quiet_hours(WorkspaceScope& scope, const syntax::Entry& entry, const Match& found);
// Puts a wait before every message that they hold back. After all checks of the steps: what it makes is right.
void apply_quiet_hours(FlowScope& scope);
// workspace_templates.cpp: `template NAME(…) on CHANNEL { … }`. After all channels.
void declare_template(WorkspaceScope& scope, const syntax::Entry& entry, const Match& found);
// workspace_prices.cpp: `price KIND PURPOSE { … }`; `purpose` may be null.
void declare_price(WorkspaceScope& scope, const syntax::Entry& entry, const syntax::Expr& kind,
                   const syntax::Expr* purpose);
// That a guarantee of cost is in the currency of the prices; and, of a flow without errors, that there is a price for
// whatever it adds up.
void check_cost_currency(FlowScope& scope);
void check_prices_known(FlowScope& scope);

// The name's place among those of the workspace; null when it stands there already, which is reported.
WorkspaceName* declare_workspace_name(WorkspaceScope& scope, const std::string& name, Span span,
                                      WorkspaceName::Kind kind, std::string_view what);
// One that a step names; null when there is none such (reported, by `code`) or its declaration was reported.
const WorkspaceName* find_workspace_name(FlowScope& scope, const std::string& name, Span span, WorkspaceName::Kind kind,
                                         std::string_view what, Code code, std::string_view example);
// workspace_outside.cpp: entries for what is asked of the outside; false: it is another entry.
// The address of a constant, of a host that is allowed; false when that was reported.
bool constant_address(WorkspaceScope& scope, const syntax::Expr& written, std::string& address, bool& secure);
bool check_outside_entry(WorkspaceScope& scope, const syntax::Entry& entry, catalogue::Workspace id,
                         const Match& found);

// header.cpp: sorts the entries, declares inputs, lets, outcomes and steps, reads the rest of the header.
void collect_entries(FlowScope& scope);
void check_header(FlowScope& scope);          // before steps: names, purpose, expires, inputs, lets, outcomes
void check_header_targets(FlowScope& scope);  // after all names are known: start, on, otherwise, guarantees

// trigger.cpp: `trigger whatsapp on CHANNEL when CONDITION`, and the variables that it brings.
void declare_trigger(FlowScope& scope, const syntax::Entry& entry, std::string_view kind, const syntax::Expr& channel,
                     const syntax::Expr* when);
// `whole`: a flow that was not read is not there.
void check_channel_flows(WorkspaceScope& scope, bool whole);
// on_reply.cpp: the condition of `on reply`; false when it was reported.
bool check_reply_condition(FlowScope& scope, const syntax::Expr& written, Handler& handler);
// way_out.cpp: marketing in a workspace whose flows unsubscribe nobody.
void check_way_out(WorkspaceScope& scope);
// conversation.cpp: where `what`, a `reply`, plain `ask` or `typing` at `use`, speaks, and to whom.
struct Conversation {
  ChannelId channel{};
  ChannelKind kind{};
  Expr to;
};
// Nothing: there is none, or more than one (reported), or what makes it was reported.
std::optional<Conversation> conversation(FlowScope& scope, Span use, std::string_view what);

// variables.cpp: what steps make, with types.
void declare_step_variables(FlowScope& scope);
void report_unused(FlowScope& scope);
// Flow::now, for what reads the clock.
void declare_now(FlowScope& scope);
// The variable that `as NAME` makes, of this type; nothing when it cannot be that, which is reported.
std::optional<VariableId> result_variable(FlowScope& scope, const syntax::Expr& name, ValueType type);
// The same of a type that may have parts.
std::optional<VariableId> result_variable(FlowScope& scope, const syntax::Expr& name, const Type& type);
// Reports a value of other parts (composite.h) than those of the variable's first.
void report_other_parts(FlowScope& scope, VariableId id, const Type& type, Span span);

// steps.cpp: each step to its component's own file.
void check_steps(FlowScope& scope);

// targets.cpp: reports and answers nothing when `target` leads nowhere known.
std::optional<Target> check_target(FlowScope& scope, const syntax::Target& target);
// The arrow of an entry that must have one.
std::optional<Target> check_arrow(FlowScope& scope, const syntax::Entry& entry, std::string_view what);

// What `next`, `reached` and `exhausted` lead to while a message of a table is checked (FlowScope::in_table).
inline constexpr StepId kNextStep{UINT32_MAX - 2};
inline constexpr StepId kReachedStep{UINT32_MAX - 1};
inline constexpr StepId kExhaustedStep{UINT32_MAX};

// A step as it is written, once its component is known.
struct WrittenStep {
  const syntax::Entry& entry;
  const catalogue::ComponentInfo& component;
  const Match& found;

  // What stands for the pattern's holes, in its order.
  const syntax::Expr& hole(std::size_t i) const { return *found.holes[i]; }
  // Null: the pattern has no such hole.
  const syntax::Expr* hole_if_any(std::size_t i) const { return i < found.holes.size() ? found.holes[i] : nullptr; }
};

// One a component, in a file of its own: the checked step, or nothing when what it lacks was reported.
#define FLOW_COMPONENT(id) std::optional<StepBody> check_##id(FlowScope& scope, const WrittenStep& step);
#include "compiler/catalogue/components.def"
#undef FLOW_COMPONENT

// ask_model.cpp: the longest text that `max N` of a block asks for; 0: it says nothing that can be read.
std::uint32_t generated_max(FlowScope& scope, const syntax::Block& block);
// flow_calls.cpp: calls, launches and forwards form no circle.
void report_call_cycles(const Workspace& workspace, Sink& sink);
// send.cpp
// A line of a message's block that is an arm, and no setting.
bool is_arm(const syntax::Entry& line);
// A message with its arms. `to`: the recipient that it has from elsewhere; null: it says so itself.
std::optional<StepBody> check_send_to(FlowScope& scope, const syntax::Entry& entry, ChannelKind kind, const Expr* to);
// Only the settings; what comes after is the caller's.
std::optional<Send> check_message(FlowScope& scope, const syntax::Entry& entry, ChannelKind kind,
                                  const Conversation* with);

// outcomes.cpp: the arms of a send.
bool check_send_arms(FlowScope& scope, const syntax::Entry& entry, const std::vector<const syntax::Entry*>& arms,
                     ChannelKind kind, Send& send);

// text_length.cpp
// `most`: characters, where the channel counts them; 0: no bound. Answers of how many parts it is at most (SMS), or 1.
std::uint32_t check_text_length(FlowScope& scope, const Expr& body, Span place, ChannelKind kind, std::uint32_t most);
// validity.cpp: times written into texts against the flow's own.
void check_text_times(FlowScope& scope);
void check_template_times(FlowScope& scope, TemplateId id, Span use);
// double_charge.cpp: asks for a time to live, and warns of what it leaves open.
void check_time_to_live(FlowScope& scope);
// never_absent.cpp
void check_written_values(FlowScope& scope);
// secrets.cpp
void check_secret_literals(Sink& sink, const syntax::File& file);
// region_labels.cpp
void check_region_labels(FlowScope& scope);
void check_regions_allowed(FlowScope& scope);
// guarantees.cpp
void check_guarantee(FlowScope& scope, const syntax::Entry& entry, std::span<const syntax::Expr> words);

// wordings.cpp: reads one and its mistakes; it stands in `into` afterwards, good or bad.
void declare_wording(WorkspaceScope& scope, const syntax::Entry& entry, const syntax::Expr& call, Wordings& into);

// names.cpp: a variable's name.
bool check_variable_name(FlowScope& scope, const std::string& name, Span span);
void check_snake_case(Sink& sink, const std::string& name, Span span, std::string_view what);

// Names in a flow's expressions: its variables, then the workspace's constants.
class FlowValues : public Values {
 public:
  explicit FlowValues(FlowScope& scope, Sink* sink = nullptr) : scope_(scope), sink_(sink) {}
  Found find(std::string_view name, Span span) override;
  std::vector<std::string> names() const override;
  bool has(std::string_view name) const override;
  const Wording* wording(std::string_view name) const override;
  bool is_secret_name(std::string_view name) const override;
  Sink& sink() override { return sink_ != nullptr ? *sink_ : scope_.sink(); }
  std::optional<Expr> zone(Span place) override;
  std::optional<Expr> language(Span place) override;
  std::vector<std::string> secret_path(const Expr& expr) override;
  void revealed(Span place) override;

 private:
  FlowScope& scope_;
  Sink* sink_;  // another one than the flow's
};

// Names in the workspace's expressions: constants declared so far.
class WorkspaceValues : public Values {
 public:
  explicit WorkspaceValues(WorkspaceScope& scope) : scope_(scope) {}
  Found find(std::string_view name, Span span) override;
  std::vector<std::string> names() const override;
  bool has(std::string_view name) const override;
  const Wording* wording(std::string_view name) const override;
  Sink& sink() override { return scope_.sink; }
  std::optional<Expr> zone(Span place) override;
  std::optional<Expr> language(Span place) override;
  std::vector<std::string> secret_path(const Expr& expr) override;
  void revealed(Span place) override;

 private:
  WorkspaceScope& scope_;
};

// Gives the type of variable `id` when `set` has not told it yet; see declare_step_variables.
void infer(FlowScope& scope, VariableId id);

}  // namespace flow::check
