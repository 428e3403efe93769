#include <algorithm>

#include "compiler/check/graph.h"
#include "compiler/check/graph_reports.h"

namespace flow::check {
namespace {

const Send* send_at(const Flow& flow, const Target& target) {
  return target.kind == Target::Kind::step ? std::get_if<Send>(&step_of(flow, target.step).body) : nullptr;
}

bool same_message(const Send& a, const Send& b) {
  if (a.channel != b.channel || !same_expr(a.to, b.to) || a.message_template != b.message_template) return false;
  if (a.body.has_value() != b.body.has_value() || a.kind != b.kind) return false;
  const auto same_part = [](const MessagePart& x, const MessagePart& y) {
    return x.kind == y.kind && same_expr(x.value, y.value);
  };
  return std::ranges::equal(a.parts, b.parts, same_part) && (!a.body || same_expr(*a.body, *b.body)) &&
         std::ranges::equal(a.parameters, b.parameters, same_expr);
}

}  // namespace

bool same_expr(const Expr& a, const Expr& b) {
  return a.kind == b.kind && a.scalar == b.scalar && a.text == b.text && a.variable == b.variable &&
         a.function == b.function && std::ranges::equal(a.children, b.children, same_expr);
}

void report_early_fallbacks(const Flow& flow, diagnostics::Sink& sink) {
  for (const Step& step : flow.steps) {
    const auto* send = std::get_if<Send>(&step.body);
    if (send == nullptr || send->milestone != Milestone::sent || send->reached.kind != Target::Kind::end) continue;
    if (send_at(flow, send->failed) == nullptr) continue;
    sink.report(diagnostics::Code::early_fallback, send->reached.span,
                "`{}` ends the flow when it is sent, before anybody knows whether it arrives", step.name)
        .label("a phone that is off or a wrong number ends here, too")
        .also(send->failed.span, fmt::format("so `{}` follows only when the channel refuses the message at once",
                                             step_of(flow, send->failed.step).name))
        .hint("wait for `delivered`, with `undelivered after` leading to the fallback");
  }
}

void report_repeated_messages(const Flow& flow, diagnostics::Sink& sink) {
  for (const Step& step : flow.steps) {
    const auto* send = std::get_if<Send>(&step.body);
    if (send == nullptr) continue;
    const Send* next = send_at(flow, send->reached);
    if (next == nullptr || next == send || !same_message(*send, *next)) continue;
    const Step& other = step_of(flow, send->reached.step);
    sink.report(diagnostics::Code::repeated_message, send->reached.span,
                "`{}` sends the same message again as soon as `{}` has got through", other.name, step.name)
        .also(other.span, "to the same number, on the same channel")
        .hint("lead this arm elsewhere, or say something else in one of them");
  }
}

}  // namespace flow::check
