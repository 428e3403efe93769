// `trigger whatsapp on waba_shop when incomingMessage ~= "parcel"`: a message that somebody writes starts the flow.
// What it says are inputs of fixed names.
#include <algorithm>

#include "compiler/check/stages.h"
#include "compiler/diagnostics/suggest.h"

namespace flow::check {
namespace {

Variable input(std::string_view name, ValueType type, bool optional, Span span) {
  Variable variable;
  variable.name = std::string(name);
  variable.role = program::FieldRole::input;
  variable.span = span;
  variable.type.kind = type;
  variable.type.optional = optional;
  variable.type.personal = true;
  return variable;
}

bool takes_numbers(std::string_view kind) {
  const auto channels = catalogue::channels();
  const auto found = std::ranges::find(channels, kind, &catalogue::Channel::name);
  return found != channels.end() && found->kind && program::takes_numbers(*found->kind);
}

VariableId add(FlowScope& scope, Variable variable) {
  const VariableId id{static_cast<std::uint32_t>(scope.flow.variables.size())};
  VariableNotes notes;
  notes.used = true;  // read or not, it comes
  notes.said = variable.name.starts_with("incomingMessage");
  scope.variables.emplace(variable.name, id);
  scope.flow.variables.push_back(std::move(variable));
  scope.notes.push_back(std::move(notes));
  return id;
}

// Where the flow stands among those of its channel; nothing when it does not (reported).
std::optional<std::uint32_t> position(FlowScope& scope, const Channel& channel, Span span) {
  const auto found = std::ranges::find(channel.flows, scope.flow.name, &std::pair<std::string, Span>::first);
  if (found != channel.flows.end()) return static_cast<std::uint32_t>(found - channel.flows.begin());
  scope.sink()
      .report(Code::trigger_channel, span, "no message of `{}` starts this flow", channel.name)
      .also(channel.span, "its `flows` do not name it")
      .hint(fmt::format("`channel {}: … {{ …; flows {} }}` in workspace.flow", channel.name, scope.flow.name));
  return std::nullopt;
}

const Channel* find_channel(FlowScope& scope, std::string_view kind, const syntax::Expr& written, ChannelId& id) {
  const auto& names = scope.shared.names;
  const auto found = names.find(written.text);
  if (found == names.end() || found->second.kind != WorkspaceName::Kind::channel) {
    std::vector<std::string> candidates;
    for (const Channel& channel : scope.shared.workspace.channels)
      if (catalogue::channel(channel.kind).name == kind) candidates.push_back(channel.name);
    scope.sink()
        .report(Code::unknown_channel, written.span, "there is no channel `{}`", written.text)
        .hint(diagnostics::did_you_mean(written.text, candidates));
    return nullptr;
  }
  if (found->second.bad) return nullptr;
  id = ChannelId{static_cast<std::uint32_t>(found->second.index)};
  const Channel& channel = scope.shared.workspace.channels[found->second.index];
  const std::string_view own = catalogue::channel(channel.kind).name;
  if (own == kind) return &channel;
  scope.sink()
      .report(Code::channel_kind, written.span, "`{}` is a channel of {}, not of {}", written.text, own, kind)
      .also(found->second.span, "declared here")
      .hint(fmt::format("`trigger {}`, or another channel", own));
  return nullptr;
}

}  // namespace

void declare_trigger(FlowScope& scope, const syntax::Entry& entry, std::string_view kind, const syntax::Expr& written,
                     const syntax::Expr* when) {
  refuse_other_parts(scope.sink(), entry, kNoPart, "trigger");
  const Span span = entry.head.span;
  Trigger trigger;
  trigger.span = span;
  // Where people have no number they are known by an id, of the page or account that they write to.
  const bool number = takes_numbers(kind);
  trigger.customer = add(scope, input("customerPhoneNumber", number ? ValueType::phone : ValueType::text, false, span));
  add(scope, input("incomingMessage", ValueType::text, false, span));
  add(scope, input("incomingMessageType", ValueType::text, false, span));
  add(scope, input("customerName", ValueType::text, true, span));
  if (kind == "whatsapp") {
    add(scope, input("wabaId", ValueType::text, true, span));
    add(scope, input("wabaPhoneNumber", ValueType::text, true, span));
  }
  if (kind == "viber") add(scope, input("serviceId", ValueType::text, true, span));
  const Channel* channel = find_channel(scope, kind, written, trigger.channel);
  const auto place = channel == nullptr ? std::nullopt : position(scope, *channel, written.span);
  if (when != nullptr) {
    // Before there are lets: it is asked before anything is computed.
    FlowValues values(scope);
    auto condition = check_value(values, *when, {ValueType::boolean, "`when`"});
    if (condition) trigger.when = std::move(*condition);
  }
  scope.trigger_bad = !place;
  if (place) trigger.position = *place;
  scope.flow.trigger = std::move(trigger);
}

// What a channel starts must be there and want it.
void check_channel_flows(WorkspaceScope& scope, bool whole) {
  std::vector<std::string> names;
  for (const auto& flow : scope.workspace.flows) names.push_back(flow->name);
  for (std::size_t c = 0; c < scope.workspace.channels.size(); ++c) {
    for (const auto& [name, span] : scope.workspace.channels[c].flows) {
      const auto flow = std::ranges::find_if(scope.workspace.flows, [&](const auto& one) { return one->name == name; });
      if (flow == scope.workspace.flows.end()) {
        if (whole)
          scope.sink.report(Code::unknown_flow, span, "there is no flow `{}`", name)
              .hint(diagnostics::did_you_mean(name, names));
        continue;
      }
      const auto& trigger = (*flow)->trigger;
      if ((*flow)->foreign_trigger || (trigger && index(trigger->channel) == c)) continue;
      scope.sink.report(Code::trigger_channel, span, "`{}` is not started by messages of this channel", name)
          .also(trigger ? trigger->span : (*flow)->span, trigger ? "its trigger" : "it has another trigger")
          .hint(fmt::format("`trigger {} on {}` in the flow, or leave it out here",
                            catalogue::channel(scope.workspace.channels[c].kind).name,
                            scope.workspace.channels[c].name));
    }
  }
}

}  // namespace flow::check
