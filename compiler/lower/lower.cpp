#include "compiler/lower/lower.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/check/graph.h"
#include "compiler/lower/context.h"

namespace flow::lower {
namespace {

// Ids first: functions may call those that are lowered later.
void number_functions(Context& context) {
  const check::Flow& flow = context.flow;
  FunctionTable& table = context.functions;
  std::uint32_t next = 0;
  context.out.start = next++;
  context.out.ended = next++;
  for (std::size_t i = 0; i < flow.steps.size(); ++i) table.enter.push_back(next++);
  for (std::size_t i = 0; i < flow.jumps.size(); ++i) table.jump.push_back(next++);
  for (std::size_t i = 0; i < flow.handlers.size(); ++i) table.on.push_back(next++);
  bool read = false;
  bool delivered = false;
  bool signal = false;
  for (const check::Handler& handler : flow.handlers) {
    signal = signal || handler.kind == check::Handler::Kind::signal;
    read = read || handler.kind == check::Handler::Kind::read;
    delivered = delivered || handler.kind == check::Handler::Kind::delivered;
  }
  if (signal) table.signal = next++;
  if (delivered) table.late_delivered = next++;
  if (read) table.late_read = next++;
  if (read && delivered) table.late_both = next++;
}

struct Enter {
  Context& context;
  Builder& builder;
  check::StepId id;

  void operator()(const check::RecognizeRegion& step) const { enter_recognize(context, builder, step); }
  void operator()(const check::RecognizeCallingCode& step) const { enter_recognize_code(context, builder, step); }
  void operator()(const check::Branch& step) const { enter_branch(context, builder, step); }
  void operator()(const check::Random& step) const { enter_random(context, builder, id, step); }
  void operator()(const check::Set& step) const { enter_set(context, builder, step); }
  void operator()(const check::Wait& step) const { enter_wait(context, builder, step); }
  void operator()(const check::AwaitSignal& step) const { enter_await(builder, step); }
  void operator()(const check::AwaitReply& step) const { enter_await_reply(builder, step); }
  void operator()(const check::JumpStep& step) const { builder.tail(context.functions.jump[check::index(step.jump)]); }
  void operator()(const check::Extern&) const { builder.rest(); }
  void operator()(const check::Send& step) const { enter_send(context, builder, id, step); }
  void operator()(const check::Operation& step) const { enter_operation(context, builder, id, step); }
  void operator()(const check::Launch& step) const { enter_launch(context, builder, id, step); }
};

ir::Function lower_enter(Context& context, std::size_t index) {
  const check::Step& step = context.flow.steps[index];
  Builder builder("enter " + step.name);
  builder.effect(Op::enter, static_cast<std::int64_t>(index));
  std::visit(Enter{context, builder, static_cast<check::StepId>(index)}, step.body);
  return builder.take();
}

void add_handle(Context& context, std::size_t index) {
  const check::Step& step = context.flow.steps[index];
  ir::Flow& out = context.out;
  if (const auto* wait = std::get_if<check::Wait>(&step.body)) {
    out.functions.push_back(handle_wait(context, step.name, *wait));
  } else if (const auto* await = std::get_if<check::AwaitSignal>(&step.body)) {
    out.functions.push_back(handle_await(context, step.name, *await));
  } else if (const auto* reply = std::get_if<check::AwaitReply>(&step.body)) {
    out.functions.push_back(handle_await_reply(context, step.name, *reply));
  } else if (const auto* foreign = std::get_if<check::Extern>(&step.body)) {
    out.functions.push_back(handle_extern(context, step.name, *foreign));
  } else if (const auto* send = std::get_if<check::Send>(&step.body)) {
    out.functions.push_back(handle_send(context, step.name, *send));
  } else if (const auto* operation = std::get_if<check::Operation>(&step.body)) {
    out.functions.push_back(handle_operation(context, static_cast<check::StepId>(index), *operation));
  } else {
    out.handle.push_back(-1);
    return;
  }
  out.handle.push_back(static_cast<std::int32_t>(out.functions.size() - 1));
}

ir::Guarantee lower_guarantee(const check::Guarantee& one) {
  using To = ir::Guarantee::Kind;
  using From = check::Guarantee::Kind;
  ir::Guarantee result;
  switch (one.kind) {
    case From::messages:
      result.kind = To::messages;
      break;
    case From::last_send:
      result.kind = To::last_send;
      break;
    case From::end:
      result.kind = To::end;
      break;
    case From::no_double_charge:
      result.kind = To::no_double_charge;
      break;
    case From::every_region_reaches:
      result.kind = To::reaches;
      break;
    case From::cost:
      result.kind = To::cost;
      break;
  }
  result.channel = one.channel;
  result.limit = one.limit;
  result.step = static_cast<std::int32_t>(check::index(one.step));
  result.currency = one.currency;
  return result;
}

// The flows that promise a cost, and those that these start, by name: what they cost counts as well.
std::set<std::string_view> priced(const check::Workspace& workspace) {
  std::map<std::string_view, const check::Flow*> flows;
  for (const auto& flow : workspace.flows) flows.emplace(flow->name, flow.get());
  std::set<std::string_view> result;
  std::vector<const check::Flow*> open;
  const auto add = [&](const check::Flow& flow) {
    if (result.insert(flow.name).second) open.push_back(&flow);
  };
  for (const auto& flow : workspace.flows)
    if (std::ranges::count(flow->guarantees, check::Guarantee::Kind::cost, &check::Guarantee::kind) > 0) add(*flow);
  while (!open.empty()) {
    const check::Flow& flow = *open.back();
    open.pop_back();
    for (const check::Step& step : flow.steps) {
      const std::string* name = check::started_flow(step);
      const auto started = name == nullptr ? flows.end() : flows.find(*name);
      if (started != flows.end()) add(*started->second);
    }
  }
  return result;
}

ir::Flow lower_flow(const check::Workspace& workspace, const check::Flow& flow, bool priced) {
  ir::Flow out;
  Context context{workspace, flow, out, {}, {}, {}, {}, {}, {}, {}, priced};
  out.info = flow_info(context);
  for (const check::Guarantee& one : flow.guarantees) out.guarantees.push_back(lower_guarantee(one));
  number_functions(context);
  std::vector<ir::Function>& functions = out.functions;
  functions.push_back(lower_start(context));
  functions.push_back(lower_ended());
  for (std::size_t i = 0; i < flow.steps.size(); ++i) functions.push_back(lower_enter(context, i));
  for (std::size_t i = 0; i < flow.jumps.size(); ++i) functions.push_back(lower_jump(context, i));
  for (std::size_t i = 0; i < flow.handlers.size(); ++i) functions.push_back(lower_on(context, i));
  const FunctionTable& table = context.functions;
  if (table.signal != UINT32_MAX) functions.push_back(lower_signal(context));
  if (table.late_delivered != UINT32_MAX)
    functions.push_back(lower_late(context, "late delivered", program::kReceiptDelivered));
  if (table.late_read != UINT32_MAX) functions.push_back(lower_late(context, "late read", program::kReceiptRead));
  if (table.late_both != UINT32_MAX)
    functions.push_back(lower_late(context, "late both", program::kReceiptRead | program::kReceiptDelivered));
  for (std::size_t i = 0; i < flow.steps.size(); ++i) add_handle(context, i);
  return out;
}

}  // namespace

ir::Module lower(const check::Workspace& workspace) {
  ir::Module module;
  const std::set<std::string_view> with_prices = priced(workspace);
  for (const auto& flow : workspace.flows)
    module.flows.push_back(lower_flow(workspace, *flow, with_prices.contains(flow->name)));
  return module;
}

}  // namespace flow::lower
