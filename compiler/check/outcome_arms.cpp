#include "compiler/check/outcome_arms.h"

#include <algorithm>

#include "base/limits.h"

namespace flow::check {

using catalogue::OutcomeId;

void OutcomeArms::read(const syntax::Entry& line) {
  refuse_other_parts(scope_.sink(), line, kArrow, "an arm");
  const syntax::Item& first = line.head.items[0];
  const auto target = check_arrow(scope_, line, first.is_else ? "else" : first.exprs[0].text);
  fine_ &= target.has_value();
  for (const syntax::Item& item : line.head.items) read_item(item, target.value_or(Target{}));
}

void OutcomeArms::read_item(const syntax::Item& item, const Target& target) {
  if (take_own(item, target)) return;
  const auto found = item.is_else ? std::nullopt : match(item.exprs, outcome_patterns());
  if (!found) {
    unclear();
    if (item.is_else)
      scope_.sink()
          .report(Code::unknown_outcome, item.span, "`else` covers no outcome of `{}`", messages_.name)
          .hint(std::string(messages_.else_hint));
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
  if (!possible(outcome)) {
    unclear();
    scope_.sink()
        .add(Code::impossible_outcome, item.span, impossible(outcome))
        .hint(std::string(messages_.impossible_hint));
    return;
  }
  TimedArm arm{0, target, item.span};
  if (!found->holes.empty()) {
    FlowValues values(scope_);
    const auto ms = check_duration(values, *found->holes[0], fmt::format("`{}`", catalogue::word_of(outcome.id)), 1000,
                                   limits::kExpiresMsMax);
    if (ms) arm.after_ms = *ms;
  }
  const auto [place, is_new] = arms_.emplace(outcome.id, arm);
  if (!is_new) dead(item.span, catalogue::word_of(outcome.id), place->second.span);
}

void OutcomeArms::dead(Span span, std::string_view name, Span before) {
  scope_.sink()
      .report(Code::dead_arm, span, "`{}` has an arm already", name)
      .label("this one never matches")
      .also(before, "this one comes first")
      .hint("take one of them out");
}

void OutcomeArms::take_otherwise(OutcomeId id) {
  if (arms_.contains(id)) return;
  const auto rule = std::ranges::find(scope_.otherwise, id, &Otherwise::outcome);
  if (rule == scope_.otherwise.end()) return;
  rule->used = true;
  fine_ &= rule->target.has_value();
  arms_.emplace(id, TimedArm{rule->after_ms, rule->target.value_or(Target{}), rule->span});
}

bool OutcomeArms::complete(std::span<const OutcomeId> required,
                           const std::function<std::string(const std::vector<OutcomeId>&)>& hint) {
  if (unclear_) return false;
  std::vector<OutcomeId> missing;
  std::vector<std::string> words;
  for (const OutcomeId id : required) {
    if (arms_.contains(id)) continue;
    missing.push_back(id);
    words.emplace_back(catalogue::word_of(id));
  }
  if (missing.empty()) return fine_;
  fine_ = false;
  scope_.sink()
      .report(Code::unhandled_outcome, entry_.colon->span, "`{}` does not handle {}", single_name(entry_.head)->text,
              quoted(words))
      .label(missing.size() == 1 ? "an outcome without an arm" : "outcomes without an arm")
      .hint(hint(missing));
  return false;
}

}  // namespace flow::check
