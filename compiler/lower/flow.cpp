// What a flow says of itself, and the functions that it has whatever its steps are.
#include <algorithm>

#include "base/check.h"
#include "compiler/check/fields.h"
#include "compiler/lower/context.h"

namespace flow::lower {

std::uint32_t Context::text(std::string_view value) {
  const auto known = texts.find(value);
  if (known != texts.end()) return known->second;
  const auto id = static_cast<std::uint32_t>(out.texts.size());
  out.texts.emplace_back(value);
  texts.emplace(value, id);
  return id;
}

namespace {

program::FieldInfo field_info(const check::Variable& variable) {
  program::FieldInfo field = check::field_of(variable.type, variable.name, variable.role);
  field.optional = variable.role == program::FieldRole::input && variable.type.optional;
  field.secret = variable.type.secret;
  field.personal = variable.type.personal;
  return field;
}

void add_channel(Context& context, program::FlowInfo& info, check::ChannelId id) {
  if (!context.channels.emplace(id, static_cast<std::uint32_t>(info.channels.size())).second) return;
  const check::Channel& channel = context.workspace.channels[check::index(id)];
  info.channels.push_back({channel.name, channel.kind, channel.sender, channel.handover_ms});
}

void add_template(Context& context, program::FlowInfo& info, check::TemplateId id) {
  if (!context.templates.emplace(id, static_cast<std::uint32_t>(info.templates.size())).second) return;
  const check::Template& form = context.workspace.templates[check::index(id)];
  program::TemplateInfo made;
  made.name = form.name;
  for (const auto& [name, type] : form.parameters) made.parameters.push_back(name);
  made.languages = form.languages;
  info.templates.push_back(std::move(made));
}

}  // namespace

bool waits_for_replies(const check::Flow& flow) {
  const auto on_reply = [](const check::Handler& handler) { return handler.kind == check::Handler::Kind::reply; };
  const auto awaits = [](const check::Step& step) { return std::holds_alternative<check::AwaitReply>(step.body); };
  return std::any_of(flow.handlers.begin(), flow.handlers.end(), on_reply) ||
         std::any_of(flow.steps.begin(), flow.steps.end(), awaits);
}

// The runtime's secrets that a request names.
void add_secrets(program::FlowInfo& info, const check::Operation& operation) {
  for (const auto& argument : operation.arguments) {
    if (!argument.name.starts_with(program::kSecretPlace)) continue;
    const std::string& name = argument.value.text;
    if (std::find(info.secrets.begin(), info.secrets.end(), name) == info.secrets.end()) info.secrets.push_back(name);
  }
}

// Those that a message of the flow counts for.
void add_message_limits(const Context& context, program::FlowInfo& info) {
  for (const check::Limit& limit : context.workspace.limits) {
    const bool counts = std::any_of(context.flow.steps.begin(), context.flow.steps.end(), [&](const check::Step& step) {
      const auto* send = std::get_if<check::Send>(&step.body);
      return send != nullptr && limit.concerns(send->purpose);
    });
    if (counts) info.message_limits.push_back(limit);
  }
}

program::FlowInfo flow_info(Context& context) {
  const check::Flow& flow = context.flow;
  FLOW_CHECK(flow.handlers.size() <= 64, "{} has {} handlers", flow.name, flow.handlers.size());
  program::FlowInfo info;
  info.name = flow.name;
  info.title = flow.title;
  info.purpose = flow.purpose;
  info.expires_ms = flow.expires_ms;
  for (const check::Variable& variable : flow.variables) info.fields.push_back(field_info(variable));
  for (const check::Handler& handler : flow.handlers) {
    if (handler.kind != check::Handler::Kind::signal) continue;
    if (std::find(info.signals.begin(), info.signals.end(), handler.signal) == info.signals.end())
      info.signals.push_back(handler.signal);
  }
  for (const check::Step& step : flow.steps) {
    const auto* await = std::get_if<check::AwaitSignal>(&step.body);
    if (await != nullptr && std::find(info.signals.begin(), info.signals.end(), await->signal) == info.signals.end())
      info.signals.push_back(await->signal);
    const auto* foreign = std::get_if<check::Extern>(&step.body);
    if (foreign == nullptr) continue;
    for (const auto& arm : foreign->arms)
      for (const std::string& event : arm.events) info.signals.push_back(step.name + "." + event);
  }
  context.signal_names = info.signals;
  info.outcomes = flow.outcomes;
  for (const check::Step& step : flow.steps) {
    info.steps.push_back({step.name, step.component, {}});
    if (const auto* operation = std::get_if<check::Operation>(&step.body)) {
      const auto id = static_cast<check::StepId>(info.steps.size() - 1);
      context.operations.emplace(id, static_cast<std::int64_t>(info.operations.size()));
      info.operations.push_back(operation_info(id, *operation));
      add_secrets(info, *operation);
    } else if (const auto* launch = std::get_if<check::Launch>(&step.body)) {
      const auto id = static_cast<check::StepId>(info.steps.size() - 1);
      context.operations.emplace(id, static_cast<std::int64_t>(info.operations.size()));
      info.operations.push_back(launch_info(id, *launch));
    }
    const auto* send = std::get_if<check::Send>(&step.body);
    if (send == nullptr) continue;
    info.steps.back().report_to = send->report_to;
    add_channel(context, info, send->channel);
    if (send->message_template) add_template(context, info, *send->message_template);
  }
  info.counters = static_cast<std::uint32_t>(flow.jumps.size());
  info.handlers = static_cast<std::uint32_t>(flow.handlers.size());
  if (!context.workspace.all_regions) info.allowed_regions = context.workspace.allowed_regions;
  add_message_limits(context, info);
  const bool reports = std::ranges::any_of(info.steps, [](const auto& step) { return !step.report_to.empty(); });
  if (!info.operations.empty() || reports) info.allowed_hosts = context.workspace.allowed_hosts;
  info.called = flow.called;
  for (const check::Output& output : flow.outputs)
    info.outputs.push_back(static_cast<std::uint32_t>(check::index(output.variable)));
  info.replies = waits_for_replies(flow);
  if (flow.trigger)
    info.trigger = program::TriggerInfo{context.workspace.channels.at(check::index(flow.trigger->channel)).name,
                                        flow.trigger->position};
  return info;
}

ir::Function lower_start(Context& context) {
  Builder builder("start");
  if (context.flow.trigger && context.flow.trigger->when) {
    const BlockId wanted = builder.block();
    const BlockId other = builder.block();
    lower_condition(context, builder, *context.flow.trigger->when, wanted, other);
    builder.at(other);
    builder.ignore();
    builder.at(wanted);
  }
  builder.effect(Op::begin);
  if (context.flow.seed)
    builder.effect(Op::store, static_cast<std::int64_t>(check::index(*context.flow.seed)),
                   builder.integer(Op::event_seed));
  for (const auto& [variable, value] : context.flow.lets) lower_assignment(context, builder, variable, value);
  builder.tail(context.functions.enter[check::index(context.flow.start)]);
  return builder.take();
}

ir::Function lower_ended() {
  Builder builder("ended");
  const BlockId receipt = builder.block();
  const BlockId news = builder.block();
  const BlockId nothing = builder.block();
  builder.switch_on(builder.integer(Op::event_kind), {static_cast<std::int64_t>(program::EventKind::receipt)},
                    {receipt}, nothing);
  builder.at(nothing);
  builder.ignore();
  builder.at(receipt);
  builder.branch(builder.integer(Op::receipt), news, nothing);
  builder.at(news);
  builder.effect(Op::late);
  builder.rest();
  return builder.take();
}

}  // namespace flow::lower
