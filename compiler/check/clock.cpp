#include "compiler/check/clock.h"

#include <utility>

namespace flow::check {

Expr now_of(FlowScope& scope, Span span) {
  Expr now = make_expr(ExprKind::variable, ValueType::datetime, span);
  now.variable = scope.flow.now.value();
  now.text = scope.flow.variables[index(now.variable)].name;
  return now;
}

std::optional<Expr> clock_value(FlowScope& scope, Function function, ValueType type, Span place) {
  FlowValues values(scope);
  auto zone = values.zone(place);
  if (!zone) return std::nullopt;
  std::vector<Expr> operands;
  operands.push_back(now_of(scope, place));
  operands.push_back(std::move(*zone));
  return make_call(function, type, place, std::move(operands));
}

}  // namespace flow::check
