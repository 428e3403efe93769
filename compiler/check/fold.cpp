// Constants: what can be computed before the start, with the engines' own functions.
#include <algorithm>

#include "base/instant.h"
#include "base/limits.h"
#include "calendar/civil.h"
#include "compiler/check/values.h"
#include "runtime/program/frame.h"
#include "runtime/program/functions.h"
#include "runtime/program/money.h"
#include "runtime/program/number.h"
#include "runtime/program/text.h"

namespace flow::check {
namespace {

std::string as_text(const Expr& value) {
  switch (value.type.kind) {
    case ValueType::number:
      return program::number_text(value.scalar);
    case ValueType::boolean:
      return value.scalar != 0 ? "true" : "false";
    case ValueType::duration:
      return program::duration_text(value.scalar);
    case ValueType::region:
      return program::region_text(value.scalar);
    case ValueType::date:
      return calendar::date_text(value.scalar);
    case ValueType::time:
      return calendar::time_text(value.scalar);
    case ValueType::datetime:
      return instant_text(value.scalar);
    case ValueType::money:
      return program::money_text(value.scalar, value.type.currency);
    default:
      return value.text;  // what is no text and not here has become one (Checker::as_piece)
  }
}

Expr constant_scalar(ValueType kind, std::int64_t scalar, Span span) {
  Expr result;
  result.kind = ExprKind::constant;
  result.type.kind = kind;
  result.scalar = scalar;
  result.span = span;
  return result;
}

// Texts side by side become one; constants become texts.
void fold_interpolation(Expr& expr) {
  std::vector<Expr> parts;
  for (Expr& child : expr.children) {
    if (!is_constant(child)) {
      parts.push_back(std::move(child));
      continue;
    }
    std::string text = as_text(child);
    if (!parts.empty() && is_constant(parts.back()))
      parts.back() = constant_text(parts.back().text + text, source::join(parts.back().span, child.span));
    else
      parts.push_back(constant_text(std::move(text), child.span));
  }
  if (parts.empty()) {
    expr = constant_text("", expr.span);
  } else if (parts.size() == 1 && is_constant(parts[0])) {
    expr = constant_text(std::move(parts[0].text), expr.span);
  } else {
    expr.children = std::move(parts);
  }
}

bool fold_arithmetic(Expr& expr, std::int64_t& out) {
  const std::int64_t a = expr.children[0].scalar, b = expr.children[1].scalar;
  switch (expr.kind) {
    case ExprKind::add:
      return program::number_add(a, b, out);
    case ExprKind::subtract:
      return program::number_subtract(a, b, out);
    case ExprKind::multiply:
      return program::number_multiply(a, b, out);
    default:
      return false;
  }
}

bool equal(const Expr& a, const Expr& b) {
  return program::is_text(a.type.kind) ? a.text == b.text : a.scalar == b.scalar;
}

// The value of a condition over constants; nothing for another kind of expression.
std::optional<bool> fold_condition(const Expr& expr) {
  const auto child = [&](std::size_t i) -> const Expr& { return expr.children[i]; };
  switch (expr.kind) {
    case ExprKind::negation:
      return child(0).scalar == 0;
    case ExprKind::logical_and:
      return child(0).scalar != 0 && child(1).scalar != 0;
    case ExprKind::logical_or:
      return child(0).scalar != 0 || child(1).scalar != 0;
    case ExprKind::equal:
      return equal(child(0), child(1));
    case ExprKind::not_equal:
      return !equal(child(0), child(1));
    case ExprKind::less:
      return child(0).scalar < child(1).scalar;
    case ExprKind::less_equal:
      return child(0).scalar <= child(1).scalar;
    case ExprKind::greater:
      return child(0).scalar > child(1).scalar;
    case ExprKind::greater_equal:
      return child(0).scalar >= child(1).scalar;
    case ExprKind::fold_equal:
      return program::fold_equal(child(0).text, child(1).text);
    case ExprKind::contains:
      return child(0).text.find(child(1).text) != std::string::npos;
    case ExprKind::starts_with:
      return child(0).text.starts_with(child(1).text);
    case ExprKind::ends_with:
      return child(0).text.ends_with(child(1).text);
    case ExprKind::is_set:
      return true;
    case ExprKind::is_blank:
      return program::is_text(child(0).type.kind) && program::is_blank(child(0).text);
    default:
      return std::nullopt;
  }
}

// False: it would trap.
bool fold_call(Expr& expr) {
  const program::FunctionInfo& function = program::info(expr.function);
  if (function.zoned()) return true;
  std::vector<program::FlowValue> operands;
  for (std::size_t i = 0; i < expr.children.size(); ++i) {
    program::FlowValue& value = operands.emplace_back();
    if (function.takes_text(i))
      value.text = {expr.children[i].text.data(), expr.children[i].text.size()};
    else
      value.scalar = expr.children[i].scalar;
  }
  program::Arena arena;
  program::FlowValue out{};
  if (program::call_function(expr.function, arena, operands.data(), out) != program::kCallGood) return false;
  if (function.gives_text() ? out.text.data == nullptr : out.scalar == program::kAbsentScalar) return true;
  Expr result = function.gives_text() ? constant_text({out.text.data, out.text.size}, expr.span)
                                      : constant_scalar(expr.type.kind, out.scalar, expr.span);
  result.type.currency = expr.type.currency;
  expr = std::move(result);
  return true;
}

}  // namespace

bool is_constant(const Expr& expr) {
  return expr.kind == ExprKind::constant;
}

Expr constant_text(std::string text, Span span) {
  Expr result;
  result.kind = ExprKind::constant;
  result.type.kind = ValueType::text;
  const auto characters = static_cast<std::uint32_t>(program::count_characters(text));
  result.type.chars_min = characters;
  result.type.chars_max = std::max<std::uint32_t>(characters, 1);  // 0 is no bound
  result.text = std::move(text);
  result.span = span;
  return result;
}

bool fold(Sink& sink, Expr& expr) {
  if (expr.kind == ExprKind::interpolate) {
    fold_interpolation(expr);
    return true;
  }
  if (expr.children.empty()) return true;
  if (expr.kind == ExprKind::coalesce && is_constant(expr.children[0])) {
    Expr first = std::move(expr.children[0]);
    expr = std::move(first);
    return true;
  }
  if (expr.kind == ExprKind::choose || expr.kind == ExprKind::each || !std::ranges::all_of(expr.children, is_constant))
    return true;
  if (const auto truth = fold_condition(expr)) {
    expr = constant_scalar(ValueType::boolean, *truth ? 1 : 0, expr.span);
    return true;
  }
  bool fits = true;
  if (expr.kind == ExprKind::call) {
    fits = fold_call(expr);
  } else if (expr.kind == ExprKind::add || expr.kind == ExprKind::subtract || expr.kind == ExprKind::multiply) {
    std::int64_t out = 0;
    fits = fold_arithmetic(expr, out);
    if (fits) {
      const program::Currency currency = expr.type.currency;
      expr = constant_scalar(expr.type.kind, out, expr.span);
      expr.type.currency = currency;
    }
  }
  if (!fits)
    sink.report(Code::out_of_range, expr.span, "the result of this is out of range")
        .hint("numbers have 12 digits before and 6 after the point; dates go from 0001-01-01 to 9999-12-31");
  return fits;
}

Expr as_text(Sink& sink, Expr value) {
  if (program::is_text(value.type.kind)) return value;
  Expr text;
  text.kind = ExprKind::interpolate;
  text.span = value.span;
  text.type.kind = ValueType::text;
  text.type.secret = value.type.secret;
  text.type.personal = value.type.personal;
  text.type.chars_max = characters_max(value.type);
  text.children.push_back(std::move(value));
  fold(sink, text);
  return text;
}

}  // namespace flow::check
