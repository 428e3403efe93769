// `wait until 09:00 => STEP`, `wait until POINT_IN_TIME { reached => STEP; past => STEP }`.
#include <array>
#include <utility>

#include "base/limits.h"
#include "compiler/check/clock.h"
#include "compiler/check/outcome_arms.h"

namespace flow::check {
namespace {

using catalogue::OutcomeId;

// At most so long until the clocks of any zone show a time again: a day, one more that a zone may skip by crossing the
// date line (Samoa, 30 December 2011), and an hour of summer time.
constexpr std::int64_t kNextTimeMsMax = 49LL * 3600 * 1000;

class ClockArms : public OutcomeArms {
 public:
  ClockArms(FlowScope& scope, const syntax::Entry& entry)
      : OutcomeArms(scope, entry,
                    {"wait until", "its outcomes are `reached` and `past`", "its outcomes are `reached` and `past`"}) {}

 private:
  bool possible(const catalogue::Outcome& outcome) const override { return outcome.of == catalogue::OutcomeOf::clock; }
  std::string impossible(const catalogue::Outcome&) const override {
    return "this cannot happen: `wait until` only waits";
  }
};

std::string missing_hint(const std::vector<OutcomeId>& missing) {
  if (missing.size() > 1) return "`reached => STEP; past => STEP`";
  return missing[0] == OutcomeId::past ? "`past => STEP`: where an execution goes that comes here too late"
                                       : "`reached => STEP`";
}

class UntilChecker {
 public:
  UntilChecker(FlowScope& scope, const syntax::Entry& entry) : scope_(scope), entry_(entry) {}

  std::optional<StepBody> run(const syntax::Expr& written) {
    FlowValues values(scope_);
    auto value = check_value(values, written, {std::nullopt, "`wait until`"});
    if (!value) return skip();
    if (value->type.kind == ValueType::time) return clock_time(std::move(*value), written.span);
    if (value->type.kind == ValueType::datetime) return instant(std::move(*value));
    scope_.sink()
        .report(Code::type_mismatch, written.span, "`wait until` takes a point in time or a clock time, and this is {}",
                type_words(value->type.kind))
        .hint("`wait until 09:00`, `wait until appointment - 1d`, `wait until at(day, 18:00)`");
    return skip();
  }

 private:
  // What the arrows lead to is checked all the same.
  std::nullopt_t skip() {
    if (entry_.block) {
      for (const syntax::Entry& line : entry_.block->entries) check_arrow(scope_, line, "an arm");
    } else {
      check_arrow(scope_, entry_, "wait until");
    }
    return std::nullopt;
  }

  std::optional<StepBody> clock_time(Expr time, Span span) {
    if (entry_.block) {
      scope_.sink()
          .report(Code::unexpected_part, entry_.block->span, "a clock time always comes: it needs no arms")
          .hint("`wait until 09:00 => STEP`");
      return skip();
    }
    refuse_other_parts(scope_.sink(), entry_, kColon | kArrow, "wait until");
    FlowValues values(scope_);
    auto zone = values.zone(span);
    const auto target = check_arrow(scope_, entry_, "wait until");
    if (!zone || !target) return std::nullopt;
    std::vector<Expr> operands;
    operands.push_back(now_of(scope_, span));
    operands.push_back(std::move(time));
    operands.push_back(std::move(*zone));
    operands.push_back(scalar_constant(ValueType::duration, kNextTimeMsMax, span));
    Wait body;
    body.until = make_call(Function::next_time, ValueType::datetime, span, std::move(operands));
    body.most_ms = kNextTimeMsMax;
    body.target = *target;
    return body;
  }

  std::optional<StepBody> instant(Expr until) {
    if (!entry_.block) {
      scope_.sink()
          .report(Code::missing_part, entry_.colon->span, "`wait until` does not say what comes when it is past")
          .hint("a block: `{ reached => STEP; past => STEP }`");
      return skip();
    }
    refuse_other_parts(scope_.sink(), entry_, kColon | kBlock, "wait until");
    ClockArms arms(scope_, entry_);
    for (const syntax::Entry& line : entry_.block->entries) arms.read(line);
    if (!arms.complete(std::array{OutcomeId::wait_reached, OutcomeId::past}, missing_hint)) return std::nullopt;
    Wait body;
    body.until = std::move(until);
    body.most_ms = limits::kExpiresMsMax;
    body.target = arms.arm(OutcomeId::wait_reached).target;
    body.past = arms.arm(OutcomeId::past).target;
    return body;
  }

  FlowScope& scope_;
  const syntax::Entry& entry_;
};

}  // namespace

std::optional<StepBody> check_wait_until(FlowScope& scope, const WrittenStep& step) {
  return UntilChecker(scope, step.entry).run(step.hole(0));
}

}  // namespace flow::check
