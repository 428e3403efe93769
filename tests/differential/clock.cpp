#include "tests/differential/clock.h"

#include <utility>

#include "base/limits.h"

namespace flow::generate {
namespace {

using check::Expr;
using check::ExprKind;
using check::ValueType;
using program::FunctionId;

Expr node(ExprKind kind, ValueType type, std::vector<Expr> children) {
  Expr expr;
  expr.kind = kind;
  expr.type.kind = type;
  expr.children = std::move(children);
  return expr;
}

Expr constant(ValueType type, std::int64_t scalar) {
  Expr expr = node(ExprKind::constant, type, {});
  expr.scalar = scalar;
  return expr;
}

Expr read(check::VariableId now) {
  Expr expr = node(ExprKind::variable, ValueType::datetime, {});
  expr.variable = now;
  return expr;
}

}  // namespace

Expr call(FunctionId function, ValueType type, std::vector<Expr> operands) {
  Expr expr = node(ExprKind::call, type, std::move(operands));
  expr.function = function;
  return expr;
}

// A day that comes twice, and an hour more.
constexpr std::int64_t kNextTimeMsMax = 49LL * 3'600'000;

Expr next_time(check::VariableId now, Expr time, Expr zone) {
  return call(FunctionId::next_time, ValueType::datetime,
              {read(now), std::move(time), std::move(zone), constant(ValueType::duration, kNextTimeMsMax)});
}

Expr clock_condition(Random& random, check::VariableId now, const Expr& zone) {
  if (random.chance(50)) {
    const auto time = static_cast<std::int64_t>(random.below(24 * 60)) * 60'000;
    return node(random.chance(50) ? ExprKind::less : ExprKind::greater_equal, ValueType::boolean,
                {call(FunctionId::time_in, ValueType::time, {read(now), zone}), constant(ValueType::time, time)});
  }
  Expr day = call(FunctionId::date_in, ValueType::date, {read(now), zone});
  const auto weekday = static_cast<std::int64_t>(random.below(7)) * limits::kNumberScale;
  return node(random.chance(50) ? ExprKind::equal : ExprKind::less_equal, ValueType::boolean,
              {call(FunctionId::weekday, ValueType::number, {std::move(day)}), constant(ValueType::number, weekday)});
}

}  // namespace flow::generate
