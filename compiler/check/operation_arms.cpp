// The arms of what asks the outside: ok, failed, late, and what a component has besides.
#include "compiler/check/operation.h"

#include <algorithm>
#include <map>

#include "base/limits.h"
#include "compiler/check/pattern.h"

namespace flow::check {
namespace {

using catalogue::OutcomeId;
using Kind = program::OperationOutcome::Kind;

class OperationArms {
 public:
  OperationArms(FlowScope& scope, const syntax::Entry& entry, std::string_view name)
      : scope_(scope), entry_(entry), name_(name) {}

  bool run(const std::vector<const syntax::Entry*>& lines, Operation& operation) {
    for (const syntax::Entry* line : lines) read(*line);
    take_otherwise(OutcomeId::failed);
    take_otherwise(OutcomeId::late);
    report_missing();
    if (!fine_) return false;
    operation.late = once_.at(OutcomeId::late);
    const TimedArm& failed = once_.at(OutcomeId::failed);
    const TimedArm& ok = once_.at(OutcomeId::ok);
    operation.arms.push_back({{Kind::failed, 0}, failed.target, failed.span});
    operation.arms.push_back({{Kind::ok, 0}, ok.target, ok.span});
    for (auto& arm : statuses_) operation.arms.push_back(std::move(arm));
    return true;
  }

 private:
  void read(const syntax::Entry& line) {
    refuse_other_parts(scope_.sink(), line, kArrow, "an arm");
    const syntax::Item& first = line.head.items[0];
    const auto target = check_arrow(scope_, line, first.is_else ? "else" : first.exprs[0].text);
    fine_ &= target.has_value();
    for (const syntax::Item& item : line.head.items) read_item(item, target.value_or(Target{}));
  }

  void read_item(const syntax::Item& item, const Target& target) {
    const auto found = item.is_else ? std::nullopt : match(item.exprs, outcome_patterns());
    if (!found) {
      unclear();
      if (item.is_else)
        scope_.sink()
            .report(Code::unknown_outcome, item.span, "`else` covers no outcome of `{}`", name_)
            .hint("name them: `failed, late after 5s => STEP`");
      else
        report_unmatched(scope_.sink(), item.exprs, item.span, outcome_patterns(), Code::unknown_outcome, "outcome");
      return;
    }
    const auto& outcome = catalogue::outcomes()[found->entry];
    if (outcome.support == catalogue::Support::not_yet) {
      unclear();
      report_later(scope_.sink(), item.exprs, outcome.pattern);
      return;
    }
    if (outcome.of != catalogue::OutcomeOf::operation && outcome.id != OutcomeId::failed) {
      unclear();
      scope_.sink()
          .report(Code::impossible_outcome, item.span, "`{}` cannot happen: `{}` is answered, or it is not",
                  catalogue::word_of(outcome.id), name_)
          .hint("its outcomes are `ok`, `status NUMBER`, `failed` and `late after`");
      return;
    }
    if (outcome.id == OutcomeId::status) return add_status(item, *found->holes[0], target);
    TimedArm arm{0, target, item.span};
    if (!found->holes.empty()) {
      FlowValues values(scope_);
      const auto ms = check_duration(values, *found->holes[0], "`late`", 1000, limits::kExpiresMsMax);
      if (ms) arm.after_ms = *ms;
    }
    const auto [place, is_new] = once_.emplace(outcome.id, arm);
    if (!is_new) dead(item.span, catalogue::word_of(outcome.id), place->second.span);
  }

  void add_status(const syntax::Item& item, const syntax::Expr& written, const Target& target) {
    FlowValues values(scope_);
    const auto status = check_whole(values, written, "`status`", 200, 599);
    if (!status) return unclear();
    const std::string name = fmt::format("status {}", *status);
    const auto same = std::ranges::find(statuses_, *status, [](const auto& arm) { return arm.outcome.status; });
    if (same != statuses_.end()) return dead(item.span, name, same->span);
    if (const auto ok = once_.find(OutcomeId::ok); ok != once_.end() && *status < 300)
      return dead(item.span, name, ok->second.span);
    statuses_.push_back({{Kind::status, static_cast<std::int32_t>(*status)}, target, item.span});
  }

  void dead(Span span, std::string_view name, Span before) {
    scope_.sink()
        .report(Code::dead_arm, span, "`{}` has an arm already", name)
        .label("this one never matches")
        .also(before, "this one comes first")
        .hint("take one of them out");
  }

  void take_otherwise(OutcomeId id) {
    if (once_.contains(id)) return;
    const auto rule = std::ranges::find(scope_.otherwise, id, &Otherwise::outcome);
    if (rule == scope_.otherwise.end()) return;
    rule->used = true;
    fine_ &= rule->target.has_value();
    once_.emplace(id, TimedArm{rule->after_ms, rule->target.value_or(Target{}), rule->span});
  }

  void report_missing() {
    if (unclear_) return;
    std::vector<std::string> missing;
    for (const OutcomeId id : {OutcomeId::ok, OutcomeId::failed, OutcomeId::late})
      if (!once_.contains(id)) missing.emplace_back(catalogue::word_of(id));
    if (missing.empty()) return;
    fine_ = false;
    scope_.sink()
        .report(Code::unhandled_outcome, entry_.colon->span, "`{}` does not handle {}", single_name(entry_.head)->text,
                quoted(missing))
        .label(missing.size() == 1 ? "an outcome without an arm" : "outcomes without an arm")
        .hint("`ok => STEP; failed, late after 5s => STEP`: no wait is without an end");
  }

  void unclear() {
    unclear_ = true;
    fine_ = false;
  }

  FlowScope& scope_;
  const syntax::Entry& entry_;
  std::string_view name_;
  std::map<OutcomeId, TimedArm> once_;
  std::vector<Operation::Arm> statuses_;
  bool unclear_ = false;  // an outcome that could not be read may be the one that seems to be missing
  bool fine_ = true;
};

}  // namespace

bool check_operation_arms(FlowScope& scope, const syntax::Entry& entry, std::string_view name,
                          const std::vector<const syntax::Entry*>& lines, Operation& operation) {
  return OperationArms(scope, entry, name).run(lines, operation);
}

}  // namespace flow::check
