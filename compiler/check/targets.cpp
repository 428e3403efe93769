// Targets: a step, `end`, `end failed "why"`, `end OUTCOME`, `jump STEP max N else TARGET`.
#include <algorithm>
#include <limits>
#include <utility>

#include "base/limits.h"
#include "compiler/check/stages.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/syntax/format.h"

namespace flow::check {
namespace {

using SyntaxKind = syntax::ExprKind;

bool is_word(const syntax::Expr& expr, std::string_view word) {
  return expr.kind == SyntaxKind::name && expr.text == word;
}

std::nullopt_t refuse(FlowScope& scope) {
  scope.structure_known = false;
  return std::nullopt;
}

std::nullopt_t malformed(FlowScope& scope, Span span, std::string_view what, std::string_view hint) {
  scope.sink().report(Code::malformed_target, span, "{}", what).hint(std::string(hint));
  return refuse(scope);
}

// What a message of a table may lead to besides steps; null: no such word.
const StepId* table_target(std::string_view name) {
  if (name == "next") return &kNextStep;
  if (name == "reached") return &kReachedStep;
  return name == "exhausted" ? &kExhaustedStep : nullptr;
}

std::optional<StepId> find_step(FlowScope& scope, const syntax::Expr& name) {
  const auto found = scope.steps.find(name.text);
  if (found != scope.steps.end()) return found->second;
  scope.structure_known = false;
  if (table_target(name.text) != nullptr) {
    scope.sink()
        .report(Code::malformed_target, name.span, "`{}` is no target here", name.text)
        .hint("it stands behind an arrow of a message in a `deliver` table, and in no jump");
    return std::nullopt;
  }
  scope.sink()
      .report(Code::unknown_step, name.span, "there is no step `{}`", name.text)
      .hint(diagnostics::did_you_mean(name.text, keys(scope.steps)));
  return std::nullopt;
}

std::optional<Target> end_target(FlowScope& scope, const std::vector<syntax::Expr>& words, Target target) {
  if (words.size() == 1) {
    target.kind = Target::Kind::end;
    return target;
  }
  if (is_word(words[1], "failed")) {
    target.kind = Target::Kind::end_failed;
    if (words.size() == 2)
      return malformed(scope, words[1].span, "`end failed` has no reason",
                       "`end failed \"no channel reached the user\"`");
    if (words.size() > 3)
      return malformed(scope, words[3].span, "`end failed` takes one reason", "`end failed \"why\"`");
    FlowValues values(scope);
    auto reason = check_text(values, words[2], "`end failed`");
    if (!reason) return std::nullopt;
    target.reason = std::move(*reason);
    return target;
  }
  if (words.size() > 2 || words[1].kind != SyntaxKind::name)
    return malformed(scope, words[1].span, "`end` does not go on like this",
                     "`end`, `end failed \"why\"` or `end OUTCOME`");
  const auto outcome = scope.outcomes.find(words[1].text);
  if (outcome == scope.outcomes.end()) {
    std::string help = diagnostics::did_you_mean(words[1].text, scope.flow.outcomes);
    if (help.empty()) help = fmt::format("declare it: `outcome {}`", words[1].text);
    scope.sink()
        .report(Code::unknown_flow_outcome, words[1].span, "the flow has no outcome `{}`", words[1].text)
        .hint(help);
    return std::nullopt;
  }
  target.kind = Target::Kind::end_outcome;
  target.outcome = outcome->second;
  scope.outcome_notes[outcome->second].used = true;
  return target;
}

// A whole number; what counts to nothing or too far is F0504's to say.
std::optional<std::uint32_t> jump_max(FlowValues& values, const syntax::Expr& written) {
  const auto value = check_constant(values, written, {ValueType::number, "`max`"});
  if (!value) return std::nullopt;
  const std::int64_t whole = value->scalar / limits::kNumberScale;
  if (value->scalar % limits::kNumberScale == 0 && whole >= 0)
    return static_cast<std::uint32_t>(std::min<std::int64_t>(whole, std::numeric_limits<std::uint32_t>::max()));
  values.sink()
      .report(Code::out_of_range, written.span, "`max` cannot be {}", syntax::format(written))
      .hint(fmt::format("a whole number from 1 to {}", limits::kJumpMax));
  return std::nullopt;
}

std::optional<Target> jump_target(FlowScope& scope, const syntax::Target& written, Target target) {
  constexpr std::string_view kForm = "`jump STEP max N else TARGET`";
  const auto& words = written.clause.items[0].exprs;
  if (words.size() < 2 || words[1].kind != SyntaxKind::name)
    return malformed(scope, words.size() < 2 ? words[0].span : words[1].span, "`jump` names no step", kForm);
  if (words.size() < 4 || !is_word(words[2], "max"))
    return malformed(scope, words.size() < 3 ? written.clause.span : words[2].span, "this `jump` has no bound", kForm);
  if (words.size() > 4) return malformed(scope, words[4].span, "`jump` does not go on like this", kForm);
  const auto step = find_step(scope, words[1]);
  FlowValues values(scope);
  const auto max = jump_max(values, words[3]);
  if (written.otherwise == nullptr)
    return malformed(scope, written.span, "this `jump` does not say what comes when it has run out", kForm);
  const auto otherwise = check_target(scope, *written.otherwise);
  if (!step || !max || !otherwise) return refuse(scope);
  Jump jump;
  jump.step = *step;
  jump.max = *max;
  jump.otherwise = *otherwise;
  jump.span = written.span;
  target.kind = Target::Kind::jump;
  target.jump = JumpId{static_cast<std::uint32_t>(scope.flow.jumps.size())};
  scope.flow.jumps.push_back(std::move(jump));
  return target;
}

}  // namespace

std::optional<Target> check_target(FlowScope& scope, const syntax::Target& written) {
  Target target;
  target.span = written.span;
  if (written.clause.items.size() > 1)
    return malformed(scope, written.clause.items[1].span, "an arrow leads to one place", "take one of them out");
  if (written.clause.items.empty() || written.clause.items[0].is_else || written.clause.items[0].exprs.empty())
    return malformed(scope, written.span, "this is no target",
                     "a step, `end`, `end failed \"why\"` or `jump STEP max N else TARGET`");
  const auto& words = written.clause.items[0].exprs;
  if (is_word(words[0], "jump")) {
    // A jump counts for all places of the table together, so what comes after it cannot differ between them.
    const bool in_table = std::exchange(scope.in_table, false);
    auto jump = jump_target(scope, written, target);
    scope.in_table = in_table;
    return jump;
  }
  if (written.otherwise != nullptr)
    return malformed(scope, written.otherwise->span, "only a `jump` has an `else`", "take it out");
  if (is_word(words[0], "end")) return end_target(scope, words, target);
  if (words[0].kind != SyntaxKind::name || words.size() > 1) {
    const Span span = words[0].kind != SyntaxKind::name ? words[0].span : words[1].span;
    return malformed(scope, span, "this is no target",
                     "a step, `end`, `end failed \"why\"` or `jump STEP max N else TARGET`");
  }
  const StepId* placeholder = scope.in_table ? table_target(words[0].text) : nullptr;
  const auto step = placeholder != nullptr ? std::optional(*placeholder) : find_step(scope, words[0]);
  if (!step) return std::nullopt;
  target.kind = Target::Kind::step;
  target.step = *step;
  return target;
}

std::optional<Target> check_arrow(FlowScope& scope, const syntax::Entry& entry, std::string_view what) {
  if (entry.arrow) return check_target(scope, *entry.arrow);
  scope.sink()
      .report(Code::missing_part, entry.colon ? entry.colon->span : entry.head.span, "`{}` leads nowhere", what)
      .hint("`=> STEP`, or `=> end`");
  return refuse(scope);
}

}  // namespace flow::check
