#include "compiler/prove/values.h"

#include <string_view>
#include <utility>

#include "base/limits.h"
#include "runtime/program/chance.h"
#include "runtime/program/frame.h"
#include "runtime/program/functions.h"
#include "runtime/program/number.h"
#include "runtime/program/text.h"

namespace flow::prove {
namespace {

using check::Expr;
using check::ExprKind;
using check::ValueType;

Value boolean(bool value) {
  return Value::known(std::int64_t{value ? 1 : 0});
}

bool is_symbolic(const Expr& expr) {
  return expr.type.kind == ValueType::phone;
}

Value logical(const Expr& expr, const Valuation& values) {
  const bool is_and = expr.kind == ExprKind::logical_and;
  const std::optional<bool> first = truth(evaluate(expr.children[0], values));
  if (first && *first != is_and) return boolean(*first);
  const std::optional<bool> second = truth(evaluate(expr.children[1], values));
  // An unknown first half leaves the result open unless the second decides alone.
  if (second && *second != is_and) return boolean(*second);
  if (first && second) return boolean(*second);
  return {};
}

Value compare_texts(ExprKind kind, const std::string& a, const std::string& b) {
  switch (kind) {
    case ExprKind::equal:
      return boolean(a == b);
    case ExprKind::not_equal:
      return boolean(a != b);
    case ExprKind::fold_equal:
      return boolean(program::fold_equal(a, b));
    case ExprKind::contains:
      return boolean(a.find(b) != std::string::npos);
    case ExprKind::starts_with:
      return boolean(a.starts_with(b));
    case ExprKind::ends_with:
      return boolean(a.ends_with(b));
    default:
      return {};
  }
}

Value compare_scalars(ExprKind kind, const Value& a, const Value& b) {
  // Two regions that the flow does not name may be the same or not.
  if (a.other && b.other) return {};
  switch (kind) {
    case ExprKind::equal:
      return boolean(a.scalar == b.scalar);
    case ExprKind::not_equal:
      return boolean(a.scalar != b.scalar);
    case ExprKind::less:
      return boolean(a.scalar < b.scalar);
    case ExprKind::less_equal:
      return boolean(a.scalar <= b.scalar);
    case ExprKind::greater:
      return boolean(a.scalar > b.scalar);
    case ExprKind::greater_equal:
      return boolean(a.scalar >= b.scalar);
    default:
      return {};
  }
}

Value arithmetic(ExprKind kind, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (kind == ExprKind::add && program::number_add(a, b, result)) return Value::known(result);
  if (kind == ExprKind::subtract && program::number_subtract(a, b, result)) return Value::known(result);
  if (kind == ExprKind::multiply) {
    // Rounding is of no interest to bounds: only products that need none are told.
    const program::WideInteger product = static_cast<program::WideInteger>(a) * b;
    if (product % limits::kNumberScale != 0) return {};
    if (program::number_multiply(a, b, result)) return Value::known(result);
  }
  return {};
}

Value binary(const Expr& expr, const Valuation& values) {
  const Value a = evaluate(expr.children[0], values);
  if (a.state == Value::State::absent) return a;
  const Value b = evaluate(expr.children[1], values);
  if (a.is_present() && b.state == Value::State::absent) return b;
  if (a.is_unknown() || b.is_unknown()) return {};
  if (is_symbolic(expr.children[0]) || is_symbolic(expr.children[1])) return {};
  const bool sums = expr.kind == ExprKind::add || expr.kind == ExprKind::subtract || expr.kind == ExprKind::multiply;
  if (sums) return arithmetic(expr.kind, a.scalar, b.scalar);
  return program::is_text(expr.children[0].type.kind) ? compare_texts(expr.kind, a.text, b.text)
                                                      : compare_scalars(expr.kind, a, b);
}

Value is_blank(const Expr& operand, const Valuation& values) {
  const Value value = evaluate(operand, values);
  if (value.state == Value::State::absent) return boolean(true);
  if (value.is_unknown()) return {};
  if (is_symbolic(operand) || !program::is_text(operand.type.kind)) return boolean(false);
  return boolean(program::is_blank(value.text));
}

// The text of a present value; nothing when it is not known.
std::optional<std::string> text_of(const Expr& expr, const Value& value) {
  switch (expr.type.kind) {
    case ValueType::number:
      return program::number_text(value.scalar);
    case ValueType::boolean:
      return value.scalar != 0 ? "true" : "false";
    case ValueType::duration:
      return program::duration_text(value.scalar);
    case ValueType::region:
      return value.other ? std::nullopt : std::optional(program::region_text(value.scalar));
    case ValueType::phone:
      return std::nullopt;
    default:
      return value.text;  // the rest has become a text by a call
  }
}

Value interpolate(const Expr& expr, const Valuation& values) {
  std::string result;
  bool open = false;
  for (const Expr& part : expr.children) {
    const Value value = evaluate(part, values);
    if (value.state == Value::State::absent && !open) return Value::none();
    const std::optional<std::string> text = value.is_present() ? text_of(part, value) : std::nullopt;
    if (text)
      result += *text;
    else
      open = true;
    if (result.size() > limits::kTextValueBytesMax) return {};
  }
  return open ? Value{} : Value::known(std::move(result));
}

Value call(const Expr& expr, const Valuation& values) {
  std::vector<Value> args;
  for (const Expr& child : expr.children) {
    args.push_back(evaluate(child, values));
    if (args.back().state == Value::State::absent) return Value::none();
    if (args.back().is_unknown() || is_symbolic(child)) return {};
  }
  const program::FunctionInfo& function = program::info(expr.function);
  if (function.zoned()) return {};  // another machine may have other rules
  if (is_symbolic(expr)) return {};
  std::vector<program::FlowValue> operands(args.size());
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (args[i].other) return {};
    if (function.takes_text(i))
      operands[i].text = {args[i].text.data(), args[i].text.size()};
    else
      operands[i].scalar = args[i].scalar;
  }
  program::Arena arena;
  program::FlowValue out{};
  if (program::call_function(expr.function, arena, operands.data(), out) != program::kCallGood) return {};
  if (!function.gives_text()) return out.scalar == program::kAbsentScalar ? Value::none() : Value::known(out.scalar);
  return out.text.data == nullptr ? Value::none() : Value::known(std::string(out.text.data, out.text.size));
}

}  // namespace

Value evaluate(const Expr& expr, const Valuation& values) {
  switch (expr.kind) {
    case ExprKind::constant:
      if (is_symbolic(expr)) return {};
      return program::is_text(expr.type.kind) ? Value::known(expr.text) : Value::known(expr.scalar);
    case ExprKind::variable:
      return values.at(check::index(expr.variable));
    case ExprKind::negation: {
      const std::optional<bool> operand = truth(evaluate(expr.children[0], values));
      return operand ? boolean(!*operand) : Value{};
    }
    case ExprKind::logical_and:
    case ExprKind::logical_or:
      return logical(expr, values);
    case ExprKind::is_set: {
      const Value value = evaluate(expr.children[0], values);
      return value.is_unknown() ? Value{} : boolean(value.is_present());
    }
    case ExprKind::is_blank:
      return is_blank(expr.children[0], values);
    case ExprKind::coalesce: {
      const Value first = evaluate(expr.children[0], values);
      return first.state == Value::State::absent ? evaluate(expr.children[1], values) : first;
    }
    case ExprKind::interpolate:
      return interpolate(expr, values);
    case ExprKind::call:
      return call(expr, values);
    case ExprKind::choose:
    case ExprKind::item:
    case ExprKind::position:
      return {};
    case ExprKind::each:
      return evaluate(expr.children[0], values).state == Value::State::absent ? Value::none() : Value{};
    default:
      return binary(expr, values);
  }
}

std::optional<bool> truth(const Value& value) {
  if (value.is_unknown()) return std::nullopt;
  return value.is_present() && value.scalar != 0;
}

Value region_of(const Expr& number, const Valuation& values) {
  const Value value = evaluate(number, values);
  if (value.is_unknown()) return {};
  if (!value.is_present() || value.scalar == 0) return Value::none();
  return {Value::State::present, value.other, value.scalar, {}};
}

std::int64_t bucket(const check::Flow& flow, check::StepId step, std::string_view key) {
  return program::bucket_of(flow.name + "\n" + flow.steps.at(check::index(step)).name + "\n", key);
}

}  // namespace flow::prove
