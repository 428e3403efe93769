#include "tests/oracle/evaluate.h"

#include "base/check.h"

namespace flow::oracle {
namespace {

using check::Expr;
using check::ExprKind;
using check::Function;

std::int64_t scalar(const Value& value) {
  return std::get<std::int64_t>(value);
}
const std::string& text(const Value& value) {
  return std::get<std::string>(value);
}
Value truth(bool value) {
  return Value{std::int64_t{value ? 1 : 0}};
}

Value call(Function function, const std::vector<Value>& values) {
  switch (function) {
    case Function::days:
      return duration_in(scalar(values.at(0)), 86'400'000);
    case Function::hours:
      return duration_in(scalar(values.at(0)), 3'600'000);
    case Function::minutes:
      return duration_in(scalar(values.at(0)), 60'000);
    case Function::seconds:
      return duration_in(scalar(values.at(0)), 1000);
    case Function::lower:
      return lower(text(values.at(0)));
    case Function::upper:
      return upper(text(values.at(0)));
    case Function::trim:
      return trim(text(values.at(0)));
    case Function::left:
      return left(text(values.at(0)), scalar(values.at(1)));
    case Function::round:
      return round_number(scalar(values.at(0)));
    case Function::length:
      return length(text(values.at(0)));
  }
  FLOW_CHECK(false, "function {}", static_cast<int>(function));
  return {};
}

// What needs all its operands.
Value combine(const Expr& expr, const std::vector<Value>& values) {
  switch (expr.kind) {
    case ExprKind::equal:
      return truth(values.at(0) == values.at(1));
    case ExprKind::not_equal:
      return truth(values.at(0) != values.at(1));
    case ExprKind::less:
      return truth(scalar(values.at(0)) < scalar(values.at(1)));
    case ExprKind::less_equal:
      return truth(scalar(values.at(0)) <= scalar(values.at(1)));
    case ExprKind::greater:
      return truth(scalar(values.at(0)) > scalar(values.at(1)));
    case ExprKind::greater_equal:
      return truth(scalar(values.at(0)) >= scalar(values.at(1)));
    case ExprKind::fold_equal:
      return truth(fold_equal(text(values.at(0)), text(values.at(1))));
    case ExprKind::contains:
      return truth(text(values.at(0)).find(text(values.at(1))) != std::string::npos);
    case ExprKind::starts_with:
      return truth(text(values.at(0)).starts_with(text(values.at(1))));
    case ExprKind::ends_with:
      return truth(text(values.at(0)).ends_with(text(values.at(1))));
    case ExprKind::add:
      return add(scalar(values.at(0)), scalar(values.at(1)));
    case ExprKind::subtract:
      return subtract(scalar(values.at(0)), scalar(values.at(1)));
    case ExprKind::multiply:
      return multiply(scalar(values.at(0)), scalar(values.at(1)));
    case ExprKind::interpolate: {
      std::vector<std::string> parts;
      for (std::size_t i = 0; i < values.size(); ++i) parts.push_back(to_text(values[i], expr.children[i].type.kind));
      return concatenate(parts);
    }
    case ExprKind::call:
      return call(expr.function, values);
    default:
      FLOW_CHECK(false, "expression kind {}", static_cast<int>(expr.kind));
      return {};
  }
}

}  // namespace

std::optional<Value> evaluate(const Expr& expr, const std::vector<std::optional<Value>>& variables) {
  const auto child = [&](std::size_t i) { return evaluate(expr.children.at(i), variables); };
  switch (expr.kind) {
    case ExprKind::constant:
      if (program::is_text(expr.type.kind)) return Value{expr.text};
      return Value{expr.scalar};
    case ExprKind::variable: {
      const std::optional<Value>& value = variables.at(check::index(expr.variable));
      FLOW_CHECK(value || expr.type.optional, "variable {} has no value where it must", check::index(expr.variable));
      return value;
    }
    case ExprKind::negation:
      return truth(!holds(expr.children.at(0), variables));
    case ExprKind::logical_and:
      return truth(holds(expr.children.at(0), variables) && holds(expr.children.at(1), variables));
    case ExprKind::logical_or:
      return truth(holds(expr.children.at(0), variables) || holds(expr.children.at(1), variables));
    case ExprKind::is_set:
      return truth(child(0).has_value());
    case ExprKind::is_blank: {
      const std::optional<Value> value = child(0);
      return truth(!value || (std::holds_alternative<std::string>(*value) && is_blank(text(*value))));
    }
    case ExprKind::coalesce: {
      std::optional<Value> value = child(0);
      return value ? value : child(1);
    }
    default: {
      std::vector<Value> values;
      for (std::size_t i = 0; i < expr.children.size(); ++i) {
        std::optional<Value> value = child(i);
        if (!value) return std::nullopt;
        values.push_back(std::move(*value));
      }
      return combine(expr, values);
    }
  }
}

bool holds(const Expr& expr, const std::vector<std::optional<Value>>& variables) {
  const std::optional<Value> value = evaluate(expr, variables);
  return value && scalar(*value) != 0;
}

}  // namespace flow::oracle
