// A message that was given up must not arrive beside its fallback: the time to live that is asked of the provider, and
// a warning where it leaves a window open.
#include <algorithm>

#include "compiler/check/graph.h"
#include "compiler/check/stages.h"

namespace flow::check {
namespace {

// What the provider takes; 0..0: it cannot be told.
std::pair<std::int64_t, std::int64_t> bounds(const WorkspaceScope& shared, const Send& send) {
  if (send.message_template) {
    const Template& known = shared.workspace.templates[index(*send.message_template)];
    return {known.ttl_min_ms, known.ttl_max_ms};
  }
  const auto& channel = catalogue::channel(shared.workspace.channels[index(send.channel)].kind);
  return {channel.ttl_min_ms, channel.ttl_max_ms};
}

// By step: is it a send, or does it lead to one?
std::vector<bool> steps_that_send(const Flow& flow) {
  std::vector<std::vector<std::size_t>> before(flow.steps.size());
  std::vector<std::size_t> open;
  std::vector<bool> result(flow.steps.size(), false);
  for (std::size_t i = 0; i < flow.steps.size(); ++i) {
    for (const Exit& exit : unnamed_exits(flow, flow.steps[i]))
      if (exit.to) before[index(*exit.to)].push_back(i);
    // What another flow sends is not looked at: it may be the same message once more.
    if (std::holds_alternative<Send>(flow.steps[i].body) || started_flow(flow.steps[i]) != nullptr) open.push_back(i);
  }
  while (!open.empty()) {
    const std::size_t i = open.back();
    open.pop_back();
    if (result[i]) continue;
    result[i] = true;
    open.insert(open.end(), before[i].begin(), before[i].end());
  }
  return result;
}

bool leads_to_send(const Flow& flow, const Target& target, const std::vector<bool>& sends) {
  return std::ranges::any_of(exits_of_target(flow, target),
                             [&](const Exit& exit) { return exit.to && sends[index(*exit.to)]; });
}

void check_send_window(FlowScope& scope, Send& send, const std::vector<bool>& sends) {
  const WorkspaceScope& shared = scope.shared;
  const Channel& channel = shared.workspace.channels[index(send.channel)];
  const std::string_view kind = catalogue::channel(channel.kind).name;
  const std::int64_t after = send.undelivered->after_ms;
  const std::int64_t wish = after - channel.receipts_within_ms;
  const auto [least, most] = bounds(shared, send);
  if (most != 0) send.ttl_ms = std::clamp(wish, least, most);
  const bool open = most == 0 || wish < least;
  if (!open || !leads_to_send(scope.flow, send.undelivered->target, sends)) return;
  const Span place = send.undelivered->span;
  const auto promise = std::ranges::find(scope.flow.guarantees, Guarantee::Kind::no_double_charge, &Guarantee::kind);
  const bool promised = promise != scope.flow.guarantees.end();
  const Code code = promised ? Code::charged_twice : Code::double_charge;
  if (most == 0) {
    auto builder =
        scope.sink().report(code, place, "the message may still arrive after `undelivered after {}` has sent another",
                            duration_words(after));
    builder.label("both may be read, and paid for");
    if (promised) builder.also(promise->span, "promised here");
    if (send.message_template) {
      const Template& known = shared.workspace.templates[index(*send.message_template)];
      builder.also(known.span, "no `valid` here")
          .hint("`valid 30s..15m` in the template says what time to live its provider takes");
    } else {
      builder.hint(fmt::format("{} cannot be told how long to try", kind));
    }
    return;
  }
  const std::string less = channel.receipts_within_ms == 0
                               ? std::string()
                               : fmt::format(", and receipts take {} more", duration_words(channel.receipts_within_ms));
  auto report =
      scope.sink()
          .report(code, place, "for {} the message may still arrive beside its fallback", duration_words(least - wish))
          .label(fmt::format("{} takes a time to live of at least {}{}", kind, duration_words(least), less))
          .hint(fmt::format("`undelivered after {}` leaves no window",
                            duration_words(least + channel.receipts_within_ms)));
  if (promised) report.also(promise->span, "promised here");
}

}  // namespace

void check_time_to_live(FlowScope& scope) {
  if (!scope.structure_known) return;
  const std::vector<bool> sends = steps_that_send(scope.flow);
  for (Step& step : scope.flow.steps) {
    Send* send = std::get_if<Send>(&step.body);
    if (send != nullptr && send->undelivered && index(send->channel) < scope.shared.workspace.channels.size())
      check_send_window(scope, *send, sends);
  }
}

}  // namespace flow::check
