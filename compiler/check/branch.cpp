// `branch { CONDITION => a; else => b }`.
#include <map>

#include "compiler/check/arms.h"
#include "compiler/syntax/format.h"

namespace flow::check {
namespace {

bool is_length(const Expr& expr) {
  return expr.kind == ExprKind::call && expr.function == Function::length;
}

// Whether the condition is known before the start: a constant, or a length held against a number below it.
std::optional<bool> decided(const Expr& condition) {
  if (is_constant(condition)) return condition.scalar != 0;
  if (condition.children.size() != 2) return std::nullopt;
  const Expr& left = condition.children[0];
  const Expr& right = condition.children[1];
  const bool below = is_length(left) && is_constant(right) && right.scalar < 0;
  const bool zero = is_length(left) && is_constant(right) && right.scalar == 0;
  if (condition.kind == ExprKind::less && (below || zero)) return false;
  if (condition.kind == ExprKind::greater_equal && (below || zero)) return true;
  if (condition.kind == ExprKind::less_equal && below) return false;
  if (condition.kind == ExprKind::greater && below) return true;
  return std::nullopt;
}

void check_decided(FlowScope& scope, const Expr& condition) {
  const std::optional<bool> known = decided(condition);
  if (!known) return;
  const bool truth = *known;
  scope.sink()
      .report(Code::dead_arm, condition.span, "this condition is always {}", truth ? "true" : "false")
      .label(truth ? "no arm after it ever matches" : "this arm never matches")
      .hint("take the arm out, or compare something that differs between executions");
}

}  // namespace

std::optional<StepBody> check_branch(FlowScope& scope, const WrittenStep& step) {
  const syntax::Entry& entry = step.entry;
  const auto arms = collect_arms(scope, entry, "branch", "`else => STEP` says what comes when no condition is true");
  if (!arms) return std::nullopt;
  Branch body;
  FlowValues values(scope);
  bool fine = true;
  std::map<std::string, Span> seen;
  for (const syntax::Entry* written : arms->arms) {
    Branch::Arm arm;
    arm.span = written->head.span;
    const auto target = check_arrow(scope, *written, "an arm");
    fine &= target.has_value();
    if (target) arm.target = *target;
    const syntax::Expr* condition = single(written->head);
    if (condition == nullptr) {
      const auto& first = written->head.items[0];
      const Span trouble = written->head.items.size() > 1 ? written->head.items[1].span : first.exprs[1].span;
      scope.sink()
          .report(Code::unexpected_part, trouble, "a condition does not go on like this")
          .hint("conditions are joined with `and` and `or`");
      continue;
    }
    auto value = check_value(values, *condition, {ValueType::boolean, "a condition"});
    if (!value) continue;
    if (value->type.secret) {
      scope.sink().report(Code::secret_use, condition->span, "which arm is taken would show a secret");
      continue;
    }
    const auto [place, is_new] = seen.emplace(syntax::format(*condition), condition->span);
    if (is_new) {
      check_decided(scope, *value);
    } else {
      scope.sink()
          .report(Code::dead_arm, condition->span, "this condition has an arm already")
          .label("this one never matches")
          .also(place->second, "this one comes first")
          .hint("take one of them out");
    }
    arm.condition = std::move(*value);
    body.arms.push_back(std::move(arm));
  }
  if (!fine) return std::nullopt;
  body.otherwise = *arms->otherwise;
  return body;
}

}  // namespace flow::check
