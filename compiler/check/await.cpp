// `await signal NAME { received => a; silent after 9m => b }`.
#include <algorithm>
#include <map>

#include "base/limits.h"
#include "compiler/check/pattern.h"
#include "compiler/check/stages.h"

namespace flow::check {
namespace {

using catalogue::OutcomeId;

class AwaitChecker {
 public:
  AwaitChecker(FlowScope& scope, const syntax::Entry& entry) : scope_(scope), entry_(entry) {}

  std::optional<StepBody> run(const syntax::Expr& signal) {
    AwaitSignal body;
    body.signal = signal.text;
    check_name_length(scope_.sink(), signal.text, signal.span, "signal");
    if (!entry_.block) {
      scope_.sink()
          .report(Code::missing_part, entry_.colon->span, "`await signal` has no arms")
          .hint("a block: `{ received => STEP; silent after 9m => STEP }`");
      return std::nullopt;
    }
    refuse_other_parts(scope_.sink(), entry_, kColon | kBlock, "await signal");
    for (const syntax::Entry& line : entry_.block->entries) read(line);
    take_otherwise();
    refuse_what_a_handler_takes(body.signal);
    if (!report_missing()) return std::nullopt;
    body.received = arms_.at(OutcomeId::received).target;
    body.silent = arms_.at(OutcomeId::silent);
    return body;
  }

 private:
  void read(const syntax::Entry& line) {
    refuse_other_parts(scope_.sink(), line, kArrow, "an arm");
    const bool otherwise = line.head.items[0].is_else;
    const auto target = check_arrow(scope_, line, otherwise ? "else" : line.head.items[0].exprs[0].text);
    fine_ &= target.has_value();
    for (const syntax::Item& item : line.head.items) read_item(item, target.value_or(Target{}));
  }

  void read_item(const syntax::Item& item, const Target& target) {
    const auto found = item.is_else ? std::nullopt : match(item.exprs, outcome_patterns());
    if (!found) {
      unclear_ = true;
      if (item.is_else)
        scope_.sink()
            .report(Code::unknown_outcome, item.span, "`else` covers no outcome of `await signal`")
            .hint("name it: `received => STEP`, `silent after 9m => STEP`");
      else
        report_unmatched(scope_.sink(), item.exprs, item.span, outcome_patterns(), Code::unknown_outcome, "outcome");
      return;
    }
    const auto& outcome = catalogue::outcomes()[found->entry];
    if (outcome.support == catalogue::Support::not_yet) {
      unclear_ = true;
      report_later(scope_.sink(), item.exprs, outcome.pattern);
      return;
    }
    if (outcome.of != catalogue::OutcomeOf::signal) {
      unclear_ = true;
      scope_.sink()
          .report(Code::impossible_outcome, item.span, "`{}` cannot happen: `await signal` sends no message",
                  catalogue::word_of(outcome.id))
          .hint("its outcomes are `received` and `silent after`");
      return;
    }
    TimedArm arm{0, target, item.span};
    if (!found->holes.empty()) {
      FlowValues values(scope_);
      const auto ms = check_duration(values, *found->holes[0], "`silent`", 1000, limits::kExpiresMsMax);
      if (ms) arm.after_ms = *ms;
    }
    const auto [place, is_new] = arms_.emplace(outcome.id, arm);
    if (is_new) return;
    scope_.sink()
        .report(Code::dead_arm, item.span, "`{}` has an arm already", catalogue::word_of(outcome.id))
        .label("this one never matches")
        .also(place->second.span, "this one comes first")
        .hint("take one of them out");
  }

  void take_otherwise() {
    if (arms_.contains(OutcomeId::silent)) return;
    const auto rule = std::ranges::find(scope_.otherwise, OutcomeId::silent, &Otherwise::outcome);
    if (rule == scope_.otherwise.end()) return;
    rule->used = true;
    fine_ &= rule->target.has_value();
    arms_.emplace(OutcomeId::silent, TimedArm{rule->after_ms, rule->target.value_or(Target{}), rule->span});
  }

  // A handler is first, and one that ends the flow leaves nothing.
  void refuse_what_a_handler_takes(const std::string& signal) {
    const auto received = arms_.find(OutcomeId::received);
    if (received == arms_.end()) return;
    const auto handler = std::ranges::find_if(scope_.flow.handlers, [&](const Handler& one) {
      return one.kind == Handler::Kind::signal && one.signal == signal && one.target.kind != Target::Kind::step &&
             one.target.kind != Target::Kind::jump;
    });
    if (handler == scope_.flow.handlers.end()) return;
    fine_ = false;
    scope_.sink()
        .report(Code::impossible_outcome, received->second.span, "`received` cannot happen: the flow has ended by then")
        .also(handler->span, "this is before every step")
        .hint("take one of them out, or give one signal another name");
  }

  bool report_missing() {
    if (unclear_) return false;
    const bool received = arms_.contains(OutcomeId::received);
    const bool silent = arms_.contains(OutcomeId::silent);
    if (received && silent) return fine_;
    auto builder = scope_.sink().report(Code::unhandled_outcome, entry_.colon->span, "`{}` does not handle {}",
                                        single_name(entry_.head)->text,
                                        received ? "`silent`"
                                        : silent ? "`received`"
                                                 : "`received` and `silent`");
    builder.label(received || silent ? "an outcome without an arm" : "outcomes without an arm");
    builder.hint(received ? "`silent after 9m => STEP`: no wait is without an end"
                 : silent ? "`received => STEP`"
                          : "`received => STEP; silent after 9m => STEP`");
    return false;
  }

  FlowScope& scope_;
  const syntax::Entry& entry_;
  std::map<OutcomeId, TimedArm> arms_;
  bool unclear_ = false;  // an outcome that could not be read may be the one that seems to be missing
  bool fine_ = true;
};

}  // namespace

std::optional<StepBody> check_await_signal(FlowScope& scope, const syntax::Entry& entry, const syntax::Expr& signal) {
  return AwaitChecker(scope, entry).run(signal);
}

}  // namespace flow::check
