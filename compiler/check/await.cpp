// `await signal NAME { received => a; silent after 9m => b }`.
#include <algorithm>
#include <array>

#include "compiler/check/outcome_arms.h"

namespace flow::check {
namespace {

using catalogue::OutcomeId;

class SignalArms : public OutcomeArms {
 public:
  SignalArms(FlowScope& scope, const syntax::Entry& entry)
      : OutcomeArms(scope, entry,
                    {"await signal", "name it: `received => STEP`, `silent after 9m => STEP`",
                     "its outcomes are `received` and `silent after`"}) {}

  // A handler is first, and one that ends the flow leaves nothing.
  void refuse_what_a_handler_takes(const std::string& signal) {
    if (!has(OutcomeId::received)) return;
    const auto& handlers = scope().flow.handlers;
    const auto handler = std::ranges::find_if(handlers, [&](const Handler& one) {
      return one.kind == Handler::Kind::signal && one.signal == signal && one.target.kind != Target::Kind::step &&
             one.target.kind != Target::Kind::jump;
    });
    if (handler == handlers.end()) return;
    refuse();
    scope()
        .sink()
        .report(Code::impossible_outcome, arm(OutcomeId::received).span,
                "`received` cannot happen: the flow has ended by then")
        .also(handler->span, "this is before every step")
        .hint("take one of them out, or give one signal another name");
  }

 private:
  bool possible(const catalogue::Outcome& outcome) const override { return outcome.of == catalogue::OutcomeOf::signal; }
  std::string impossible(const catalogue::Outcome& outcome) const override {
    return fmt::format("`{}` cannot happen: `await signal` sends no message", catalogue::word_of(outcome.id));
  }
};

std::string missing_hint(const std::vector<OutcomeId>& missing) {
  if (missing.size() > 1) return "`received => STEP; silent after 9m => STEP`";
  return missing[0] == OutcomeId::silent ? "`silent after 9m => STEP`: no wait is without an end"
                                         : "`received => STEP`";
}

}  // namespace

std::optional<StepBody> check_await_signal(FlowScope& scope, const WrittenStep& step) {
  const syntax::Entry& entry = step.entry;
  const syntax::Expr& signal = step.hole(0);
  AwaitSignal body;
  body.signal = signal.text;
  check_name_length(scope.sink(), signal.text, signal.span, "signal");
  if (!entry.block) {
    scope.sink()
        .report(Code::missing_part, entry.colon->span, "`await signal` has no arms")
        .hint("a block: `{ received => STEP; silent after 9m => STEP }`");
    return std::nullopt;
  }
  refuse_other_parts(scope.sink(), entry, kColon | kBlock, "await signal");
  SignalArms arms(scope, entry);
  for (const syntax::Entry& line : entry.block->entries) arms.read(line);
  arms.take_otherwise(OutcomeId::silent);
  arms.refuse_what_a_handler_takes(body.signal);
  if (!arms.complete(std::array{OutcomeId::received, OutcomeId::silent}, missing_hint)) return std::nullopt;
  body.received = arms.arm(OutcomeId::received).target;
  body.silent = arms.arm(OutcomeId::silent);
  return body;
}

}  // namespace flow::check
