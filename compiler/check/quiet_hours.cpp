// `quiet hours 21:00..08:00 for marketing`: a message that they hold back gets two steps before it, a branch on the
// clock and a wait for their end. Whatever led to the message leads to the branch, so nothing below the checks knows of
// them.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "calendar/zone.h"
#include "compiler/check/clock.h"
#include "compiler/check/pattern.h"
#include "compiler/check/words.h"

namespace flow::check {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
// Clocks are set back by an hour or two; where the zone is known only at the start, a crossing of the date line is
// reckoned with.
constexpr std::int64_t kSetBackMsMax = 25 * 3'600'000LL;
// 2026-01-01T00:00Z: executions are later.
constexpr std::int64_t kFromMs = 1'767'225'600'000;

bool set_hours(WorkspaceScope& scope, const syntax::Expr& written, QuietHours& quiet) {
  if (written.kind != syntax::ExprKind::binary || written.op != syntax::BinaryOp::range) {
    scope.sink.report(Code::malformed_value, written.span, "these are no hours")
        .hint("from a time to a time: `quiet hours 21:00..08:00`");
    return false;
  }
  WorkspaceValues values(scope);
  const auto from = check_constant(values, written.children[0], {ValueType::time, "`quiet hours`"});
  const auto to = check_constant(values, written.children[1], {ValueType::time, "`quiet hours`"});
  if (!from || !to) return false;
  quiet.from_ms = from->scalar;
  quiet.to_ms = to->scalar;
  if (quiet.from_ms != quiet.to_ms) return true;
  scope.sink.report(Code::out_of_range, written.span, "these hours end when they begin")
      .hint("messages that must never go out are not sent by any step");
  return false;
}

bool add_purpose(WorkspaceScope& scope, const syntax::Expr& written, QuietHours& quiet) {
  auto purpose = check_purpose(scope.sink, written);
  if (purpose) quiet.purposes.push_back(*std::move(purpose));
  return purpose.has_value();
}

bool concerns(const QuietHours& quiet, std::string_view purpose) {
  return quiet.purposes.empty() || std::ranges::find(quiet.purposes, purpose) != quiet.purposes.end();
}

// Messages that go out by themselves; an answer goes to somebody who is awake.
bool is_held_back(const Step& step, const QuietHours& quiet) {
  const auto* send = std::get_if<Send>(&step.body);
  return send != nullptr && concerns(quiet, send->purpose) && step.component != "reply" && step.component != "ask";
}

class Applier {
 public:
  Applier(FlowScope& scope, const QuietHours& quiet) : scope_(scope), flow_(scope.flow), quiet_(quiet) {}

  void hold_back(std::size_t place) {
    declare_now(scope_);
    const StepId gate{static_cast<std::uint32_t>(place)};
    const StepId wait{static_cast<std::uint32_t>(flow_.steps.size())};
    const StepId send{static_cast<std::uint32_t>(flow_.steps.size() + 1)};
    const Span span = flow_.steps[place].span;
    const std::string name = flow_.steps[place].name;
    auto quiet = is_quiet(span);
    auto until = their_end(span);
    if (!quiet || !until) return;
    Step waiting{name + ".quiet", std::string(kQuietHours), span, Wait{}};
    auto& body = std::get<Wait>(waiting.body);
    body.until = std::move(*until);
    body.most_ms = body.until->children.back().scalar;
    body.target = to(send, span);
    Branch branch;
    branch.at_now = true;
    branch.arms.push_back({std::move(*quiet), to(wait, span), span, "quiet hours"});
    branch.otherwise = to(send, span);
    Step message =
        std::exchange(flow_.steps[place], Step{name + ".hours", std::string(kQuietHours), span, std::move(branch)});
    flow_.steps.push_back(std::move(waiting));
    flow_.steps.push_back(std::move(message));
    for (Guarantee& guarantee : flow_.guarantees) {
      const bool names = guarantee.kind == Guarantee::Kind::every_region_reaches;
      if (names && guarantee.step == gate) guarantee.step = send;
    }
  }

 private:
  static Target to(StepId step, Span span) {
    Target target;
    target.kind = Target::Kind::step;
    target.step = step;
    target.span = span;
    return target;
  }

  std::optional<Expr> is_quiet(Span span) {
    auto time = clock_value(scope_, Function::time_in, ValueType::time, span);
    if (!time) return std::nullopt;
    const auto compare = [&](ExprKind kind, std::int64_t at) {
      Expr result = make_expr(kind, ValueType::boolean, span);
      result.children.push_back(*time);
      result.children.push_back(scalar_constant(ValueType::time, at, span));
      return result;
    };
    const bool midnight = quiet_.from_ms > quiet_.to_ms;
    Expr result = make_expr(midnight ? ExprKind::logical_or : ExprKind::logical_and, ValueType::boolean, span);
    result.children.push_back(compare(ExprKind::greater_equal, quiet_.from_ms));
    result.children.push_back(compare(ExprKind::less, quiet_.to_ms));
    return result;
  }

  std::optional<Expr> their_end(Span span) {
    FlowValues values(scope_);
    auto zone = values.zone(span);
    if (!zone) return std::nullopt;
    std::vector<Expr> operands;
    operands.push_back(now_of(scope_, span));
    operands.push_back(scalar_constant(ValueType::time, quiet_.to_ms, span));
    const std::int64_t most = longest(*zone);
    operands.push_back(std::move(*zone));
    operands.push_back(scalar_constant(ValueType::duration, most, span));
    return make_call(Function::next_time, ValueType::datetime, span, std::move(operands));
  }

  // From their beginning to their end.
  std::int64_t longest(const Expr& zone) const {
    const std::int64_t hours = (quiet_.to_ms - quiet_.from_ms + kDayMs) % kDayMs;
    const auto* known = is_constant(zone) ? calendar::Zone::find(zone.text) : nullptr;
    return hours + (known != nullptr ? known->set_back_ms(kFromMs) : kSetBackMsMax);
  }

  FlowScope& scope_;
  Flow& flow_;
  const QuietHours& quiet_;
};

}  // namespace

void declare_quiet_hours(WorkspaceScope& scope, const syntax::Entry& entry, const Match& found) {
  refuse_other_parts(scope.sink, entry, kNoPart, "quiet hours");
  QuietHours quiet;
  quiet.span = entry.head.span;
  bool fine = set_hours(scope, *found.holes[0], quiet);
  if (found.holes.size() > 1) fine &= add_purpose(scope, *found.holes[1], quiet);
  for (const syntax::Expr* more : found.more) fine &= add_purpose(scope, *more, quiet);
  if (!fine) return;
  for (const QuietHours& other : scope.workspace.quiet_hours) {
    for (const std::string_view purpose : catalogue::purposes()) {
      if (!concerns(other, purpose) || !concerns(quiet, purpose)) continue;
      scope.sink.report(Code::duplicate_name, quiet.span, "messages of `{}` have quiet hours already", purpose)
          .also(other.span, "the first ones")
          .hint("one entry for each purpose");
      return;
    }
  }
  if (!WorkspaceValues(scope).zone(quiet.span)) return;
  scope.workspace.quiet_hours.push_back(std::move(quiet));
}

void apply_quiet_hours(FlowScope& scope) {
  const std::size_t written = scope.flow.steps.size();
  for (const QuietHours& quiet : scope.shared.workspace.quiet_hours) {
    Applier applier(scope, quiet);
    for (std::size_t place = 0; place < written; ++place)
      if (is_held_back(scope.flow.steps[place], quiet)) applier.hold_back(place);
  }
  if (scope.flow.steps.size() > std::max(written, limits::kStepsMax))
    scope.sink()
        .report(Code::too_many, scope.flow.span, "with its quiet hours the flow has {} steps", scope.flow.steps.size())
        .hint(fmt::format("at most {}; each message that they hold back counts as three", limits::kStepsMax));
}

}  // namespace flow::check
