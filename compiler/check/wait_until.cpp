// `wait until 09:00 => STEP`, `wait until POINT_IN_TIME { reached => STEP; past => STEP }`.
#include <map>
#include <utility>

#include "base/limits.h"
#include "compiler/check/clock.h"
#include "compiler/check/pattern.h"

namespace flow::check {
namespace {

using catalogue::OutcomeId;

// At most so long until the clocks of any zone show a time again: a day, one more that a zone may skip by crossing the
// date line (Samoa, 30 December 2011), and an hour of summer time.
constexpr std::int64_t kNextTimeMsMax = 49LL * 3600 * 1000;

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
    for (const syntax::Entry& line : entry_.block->entries) read(line);
    if (!report_missing()) return std::nullopt;
    Wait body;
    body.until = std::move(until);
    body.most_ms = limits::kExpiresMsMax;
    body.target = arms_.at(OutcomeId::wait_reached).first;
    body.past = arms_.at(OutcomeId::past).first;
    return body;
  }

  void read(const syntax::Entry& line) {
    refuse_other_parts(scope_.sink(), line, kArrow, "an arm");
    const bool otherwise = line.head.items[0].is_else;
    const auto target = check_arrow(scope_, line, otherwise ? "else" : line.head.items[0].exprs[0].text);
    fine_ &= target.has_value();
    for (const syntax::Item& item : line.head.items) read_item(item, target.value_or(Target{}));
  }

  void read_item(const syntax::Item& item, const Target& target) {
    const auto found = item.is_else ? std::nullopt : match(item.exprs, outcome_patterns());
    const auto* outcome = found ? &catalogue::outcomes()[found->entry] : nullptr;
    if (outcome == nullptr || outcome->of != catalogue::OutcomeOf::clock) {
      unclear_ = true;
      constexpr std::string_view kHint = "its outcomes are `reached` and `past`";
      if (item.is_else)
        scope_.sink()
            .report(Code::unknown_outcome, item.span, "`else` covers no outcome of `wait until`")
            .hint(std::string(kHint));
      else if (outcome != nullptr)
        scope_.sink()
            .report(Code::impossible_outcome, item.span, "this cannot happen: `wait until` only waits")
            .hint(std::string(kHint));
      else
        report_unmatched(scope_.sink(), item.exprs, item.span, outcome_patterns(), Code::unknown_outcome, "outcome");
      return;
    }
    const auto [place, is_new] = arms_.emplace(outcome->id, std::pair(target, item.span));
    if (is_new) return;
    scope_.sink()
        .report(Code::dead_arm, item.span, "`{}` has an arm already", catalogue::word_of(outcome->id))
        .label("this one never matches")
        .also(place->second.second, "this one comes first")
        .hint("take one of them out");
  }

  bool report_missing() {
    if (unclear_) return false;
    const bool reached = arms_.contains(OutcomeId::wait_reached);
    const bool past = arms_.contains(OutcomeId::past);
    if (reached && past) return fine_;
    scope_.sink()
        .report(Code::unhandled_outcome, entry_.colon->span, "`{}` does not handle {}", single_name(entry_.head)->text,
                reached ? "`past`"
                : past  ? "`reached`"
                        : "`reached` and `past`")
        .label(reached || past ? "an outcome without an arm" : "outcomes without an arm")
        .hint(reached ? "`past => STEP`: where an execution goes that comes here too late"
              : past  ? "`reached => STEP`"
                      : "`reached => STEP; past => STEP`");
    return false;
  }

  FlowScope& scope_;
  const syntax::Entry& entry_;
  std::map<OutcomeId, std::pair<Target, Span>> arms_;
  bool unclear_ = false;  // an outcome that could not be read may be the one that seems to be missing
  bool fine_ = true;
};

}  // namespace

std::optional<StepBody> check_wait_until(FlowScope& scope, const syntax::Entry& entry, const syntax::Expr& value) {
  return UntilChecker(scope, entry).run(value);
}

}  // namespace flow::check
