// Operators: what they take and what they make.
#include <algorithm>

#include "base/limits.h"
#include "compiler/check/composite.h"
#include "compiler/check/expression_checker.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/syntax/format.h"
#include "runtime/program/money.h"
#include "runtime/program/text.h"

namespace flow::check {
namespace {

using syntax::BinaryOp;

constexpr OperatorRule kRules[] = {
    {BinaryOp::equal, ExprKind::equal, OperatorRule::Operands::same, true, true},
    {BinaryOp::not_equal, ExprKind::not_equal, OperatorRule::Operands::same, true, true},
    {BinaryOp::fold_equal, ExprKind::fold_equal, OperatorRule::Operands::texts, true, false},
    {BinaryOp::less, ExprKind::less, OperatorRule::Operands::ordered, true, false},
    {BinaryOp::less_equal, ExprKind::less_equal, OperatorRule::Operands::ordered, true, false},
    {BinaryOp::greater, ExprKind::greater, OperatorRule::Operands::ordered, true, false},
    {BinaryOp::greater_equal, ExprKind::greater_equal, OperatorRule::Operands::ordered, true, false},
    {BinaryOp::contains, ExprKind::contains, OperatorRule::Operands::texts, true, false},
    {BinaryOp::starts_with, ExprKind::starts_with, OperatorRule::Operands::texts, true, false},
    {BinaryOp::ends_with, ExprKind::ends_with, OperatorRule::Operands::texts, true, false},
    {BinaryOp::logical_and, ExprKind::logical_and, OperatorRule::Operands::truths, true, true},
    {BinaryOp::logical_or, ExprKind::logical_or, OperatorRule::Operands::truths, true, true},
    {BinaryOp::add, ExprKind::add, OperatorRule::Operands::sums, false, false},
    {BinaryOp::subtract, ExprKind::subtract, OperatorRule::Operands::sums, false, false},
    {BinaryOp::multiply, ExprKind::multiply, OperatorRule::Operands::products, false, false},
    {BinaryOp::coalesce, ExprKind::coalesce, OperatorRule::Operands::same, false, false},
};

const OperatorRule* rule_of(BinaryOp op) {
  const auto found = std::ranges::find(kRules, op, &OperatorRule::op);
  return found == std::end(kRules) ? nullptr : found;
}

// What arithmetic makes of which types.
struct ArithmeticRule {
  BinaryOp op;
  ValueType left;
  ValueType right;
  ValueType result;
  ExprKind kind;
  Function function{};  // of a call
};

constexpr std::int64_t kDayMs = 86'400'000;

constexpr ArithmeticRule kArithmetic[] = {
    {BinaryOp::add, ValueType::number, ValueType::number, ValueType::number, ExprKind::add},
    {BinaryOp::add, ValueType::duration, ValueType::duration, ValueType::duration, ExprKind::add},
    {BinaryOp::add, ValueType::money, ValueType::money, ValueType::money, ExprKind::add},
    {BinaryOp::add, ValueType::date, ValueType::duration, ValueType::date, ExprKind::call, Function::date_add},
    {BinaryOp::add, ValueType::datetime, ValueType::duration, ValueType::datetime, ExprKind::call,
     Function::instant_add},
    {BinaryOp::subtract, ValueType::number, ValueType::number, ValueType::number, ExprKind::subtract},
    {BinaryOp::subtract, ValueType::duration, ValueType::duration, ValueType::duration, ExprKind::subtract},
    {BinaryOp::subtract, ValueType::money, ValueType::money, ValueType::money, ExprKind::subtract},
    {BinaryOp::subtract, ValueType::date, ValueType::duration, ValueType::date, ExprKind::call,
     Function::date_subtract},
    {BinaryOp::subtract, ValueType::date, ValueType::date, ValueType::duration, ExprKind::call, Function::date_between},
    {BinaryOp::subtract, ValueType::datetime, ValueType::duration, ValueType::datetime, ExprKind::call,
     Function::instant_subtract},
    {BinaryOp::subtract, ValueType::datetime, ValueType::datetime, ValueType::duration, ExprKind::subtract},
    {BinaryOp::multiply, ValueType::number, ValueType::number, ValueType::number, ExprKind::multiply},
    {BinaryOp::multiply, ValueType::money, ValueType::number, ValueType::money, ExprKind::multiply},
};

bool has_order(ValueType kind) {
  switch (kind) {
    case ValueType::number:
    case ValueType::duration:
    case ValueType::money:
    case ValueType::date:
    case ValueType::time:
    case ValueType::datetime:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::optional<Expr> Checker::binary_operator(const syntax::Expr& expr, const Want& want) {
  if (expr.op == BinaryOp::range) {
    values_.sink().report(Code::type_mismatch, expr.span, "a range does not fit here");
    return std::nullopt;
  }
  const bool regex = expr.children[1].kind == syntax::ExprKind::regex;
  if (expr.op == BinaryOp::matches || (expr.op == BinaryOp::contains && regex)) return pattern_match(expr);
  const bool listed = expr.children[1].kind == syntax::ExprKind::list;
  if (expr.op == BinaryOp::in || expr.op == BinaryOp::not_in || (expr.op == BinaryOp::fold_equal && listed))
    return membership(expr);
  const OperatorRule* rule = rule_of(expr.op);
  std::optional<Expr> left, right;
  if (!operands(expr.children[0], expr.children[1], *rule, want, left, right)) return std::nullopt;
  return combine(*rule, std::move(*left), std::move(*right), expr.span, syntax::spelling(expr.op));
}

std::optional<Expr> Checker::pattern_match(const syntax::Expr& expr) {
  const bool whole = expr.op == BinaryOp::matches;
  auto left = value(expr.children[0], {ValueType::text, fmt::format("`{}`", syntax::spelling(expr.op))});
  const syntax::Expr& right = expr.children[1];
  if (right.kind != syntax::ExprKind::regex) {
    values_.sink()
        .report(Code::type_mismatch, right.span, "`matches` needs a regular expression")
        .hint("written between slashes: `/\\d{4}/`; texts are compared with `==` or `~=`");
    return std::nullopt;
  }
  auto pattern = check_regex(values_.sink(), right);
  if (!left || !pattern) return std::nullopt;
  if (left->type.secret) return secret_read(*left, syntax::spelling(expr.op));
  Expr result = match_of(std::move(*left), std::move(*pattern), whole, expr.span);
  return fold(values_.sink(), result) ? std::optional(std::move(result)) : std::nullopt;
}

// A bare code takes the type of the other side.
bool Checker::operands(const syntax::Expr& a, const syntax::Expr& b, const OperatorRule& rule, const Want& want,
                       std::optional<Expr>& left, std::optional<Expr>& right) {
  const std::string place = fmt::format("`{}`", syntax::spelling(rule.op));
  Want first{std::nullopt, place};
  switch (rule.operands) {
    case OperatorRule::Operands::texts:
      first.type = ValueType::text;
      break;
    case OperatorRule::Operands::truths:
      first.type = ValueType::boolean;
      break;
    case OperatorRule::Operands::same:
      if (!rule.condition) first.type = want.type;
      break;
    default:
      break;
  }
  const bool right_first = !first.type && is_bare(a) && !is_bare(b);
  std::optional<Expr>& one = right_first ? right : left;
  std::optional<Expr>& other = right_first ? left : right;
  one = value(right_first ? b : a, first);
  Want second = first;
  if (one && !first.type) {
    const ValueType kind = one->type.kind;
    const bool codes = kind == ValueType::region || kind == ValueType::language;
    const syntax::Expr& beside = right_first ? a : b;
    if (codes && (is_bare(beside) || beside.kind == syntax::ExprKind::string)) second.type = kind;
  }
  other = value(right_first ? a : b, second);
  return left && right;
}

std::optional<Expr> Checker::combine(const OperatorRule& rule, Expr left, Expr right, Span span, std::string_view op) {
  const bool sums = rule.operands == OperatorRule::Operands::sums || rule.operands == OperatorRule::Operands::products;
  if (sums) return arithmetic(rule, std::move(left), std::move(right), span, op);
  const bool both_texts = is_plain_text(left.type.kind) && is_plain_text(right.type.kind);
  if (left.type.kind != right.type.kind && !both_texts) return mismatch(left, right, op), std::nullopt;
  if (program::is_composite(left.type.kind) && !composites(rule, left, right, op)) return std::nullopt;
  if (left.type.currency != right.type.currency) return two_currencies(left, right, op), std::nullopt;
  if (rule.operands == OperatorRule::Operands::ordered && !has_order(left.type.kind)) {
    values_.sink().report(Code::type_mismatch, left.span, "`{}` needs values that have an order, and this is {}", op,
                          type_words(left.type.kind));
    return std::nullopt;
  }
  if (rule.condition && !rule.reads_secrets) {
    if (left.type.secret) return secret_read(left, op);
    if (right.type.secret) return secret_read(right, op);
  }
  if ((rule.op == BinaryOp::equal || rule.op == BinaryOp::not_equal) && !possible(left, right)) return std::nullopt;
  Expr result = make_expr(rule.kind, rule.condition ? ValueType::boolean : left.type.kind, span);
  if (!rule.condition) {
    result.type.currency = left.type.currency;
    result.type.items_max = left.type.items_max;
    result.type.parts = left.type.parts;
    result.type.names = left.type.names;
    carry_marks(result, left, right);
  }
  result.children.push_back(std::move(left));
  result.children.push_back(std::move(right));
  return fold(values_.sink(), result) ? std::optional(std::move(result)) : std::nullopt;
}

bool Checker::composites(const OperatorRule& rule, const Expr& left, const Expr& right, std::string_view op) {
  const bool list = left.type.kind == ValueType::list;
  if (rule.op != BinaryOp::coalesce) {
    values_.sink()
        .report(Code::type_mismatch, left.span, "`{}` does not take {}", op, type_words(left.type.kind))
        .hint(list ? "`count(xs) == 0`, or an item of it: `item(xs, 1)`" : "compare its members");
    return false;
  }
  if (same_parts(left.type, right.type)) return true;
  values_.sink()
      .report(Code::type_mismatch, right.span, "`{}` with two types of {}", op, list ? "lists" : "records")
      .label(fmt::format("`{}`", written_type(right.type)))
      .also(left.span, fmt::format("`{}`", written_type(left.type)));
  return false;
}

void Checker::mismatch(const Expr& left, const Expr& right, std::string_view op) {
  auto builder = values_.sink().report(Code::type_mismatch, right.span, "`{}` with {} on one side and {} on the other",
                                       op, type_words(left.type.kind), type_words(right.type.kind));
  builder.label(fmt::format("this is {}", type_words(right.type.kind)))
      .also(left.span, fmt::format("this is {}", type_words(left.type.kind)));
  const auto either = [&](ValueType kind) { return left.type.kind == kind || right.type.kind == kind; };
  if (either(ValueType::datetime) && either(ValueType::date)) builder.hint("`date(x)` is the day of a point in time");
  if (either(ValueType::text) && either(ValueType::number)) builder.hint("`number(x)` reads a text as a number");
  if (either(ValueType::text) && either(ValueType::date)) builder.hint("`date(x)` reads a text as a date");
  if (either(ValueType::text) && either(ValueType::time)) builder.hint("`time(x)` reads a text as a clock time");
  if (either(ValueType::money) && either(ValueType::number))
    builder.hint("amounts are written with their currency: `10USD`");
}

void Checker::two_currencies(const Expr& left, const Expr& right, std::string_view op) {
  values_.sink()
      .report(Code::currency, right.span, "`{}` with amounts in {} and in {}", op,
              program::currency_text(left.type.currency), program::currency_text(right.type.currency))
      .also(left.span, fmt::format("this is in {}", program::currency_text(left.type.currency)))
      .hint("two currencies never meet: nothing is converted");
}

std::optional<Expr> Checker::arithmetic(const OperatorRule& rule, Expr left, Expr right, Span span,
                                        std::string_view op) {
  const ArithmeticRule* found = nullptr;
  for (int turn = 0; turn < 2 && found == nullptr; ++turn) {
    if (turn == 1 && rule.op == BinaryOp::subtract) break;
    if (turn == 1) std::swap(left, right);  // `1d + day` is `day + 1d`
    const auto* row = std::ranges::find_if(kArithmetic, [&](const ArithmeticRule& one) {
      return one.op == rule.op && one.left == left.type.kind && one.right == right.type.kind;
    });
    if (row != std::end(kArithmetic)) found = row;
    if (turn == 1 && found == nullptr) std::swap(left, right);
  }
  if (found == nullptr) return no_arithmetic(left, right, span, op), std::nullopt;
  if (found->left == ValueType::money && found->right == ValueType::money && left.type.currency != right.type.currency)
    return two_currencies(left, right, op), std::nullopt;
  if (found->left == ValueType::date && found->right == ValueType::duration && !whole_days(right)) return std::nullopt;
  Expr result = make_expr(found->kind, found->result, span);
  result.function = found->function;
  result.type.currency = found->result == ValueType::money ? left.type.currency : 0;
  carry_marks(result, left, right);
  result.children.push_back(std::move(left));
  result.children.push_back(std::move(right));
  return fold(values_.sink(), result) ? std::optional(std::move(result)) : std::nullopt;
}

void Checker::no_arithmetic(const Expr& left, const Expr& right, Span span, std::string_view op) {
  const ValueType a = left.type.kind, b = right.type.kind;
  const bool known_left = std::ranges::any_of(
      kArithmetic, [&](const ArithmeticRule& one) { return syntax::spelling(one.op) == op && one.left == a; });
  if (known_left && a != b) return mismatch(left, right, op);
  auto builder = values_.sink().report(Code::type_mismatch, a == b ? span : left.span, "`{}` makes nothing of {}{}", op,
                                       type_words(a), a == b ? " and another" : fmt::format(" and {}", type_words(b)));
  if (op == "+" && program::is_text(a) && program::is_text(b))
    builder.hint("texts are joined inside one text: \"{{a}}{{b}}\"");
  else if (a == ValueType::time || b == ValueType::time)
    builder.hint("`at(DATE, TIME)` is a point in time, to which durations may be added");
}

// A date moves by whole days.
bool Checker::whole_days(const Expr& duration) {
  if (!is_constant(duration) || duration.scalar % kDayMs == 0) return true;
  values_.sink()
      .report(Code::out_of_range, duration.span, "a date moves by whole days, not by {}",
              duration_words(duration.scalar))
      .hint("`at(DATE, 09:00)` is a point in time, which moves by any duration");
  return false;
}

void Checker::carry_marks(Expr& result, const Expr& left, const Expr& right) {
  result.type.secret = left.type.secret || right.type.secret;
  result.type.personal = left.type.personal || right.type.personal;
  if (!is_plain_text(result.type.kind)) return;
  if (left.type.kind != right.type.kind) result.type.kind = ValueType::text;
  const std::uint32_t a = characters_max(left.type), b = characters_max(right.type);
  result.type.chars_max = a == 0 || b == 0 ? 0 : std::max(a, b);
}

// A constant that the other side can never be is a slip of the pen.
bool Checker::possible(const Expr& left, const Expr& right) {
  for (const auto& [variable, constant] : {std::pair(&left, &right), std::pair(&right, &left)}) {
    if (is_constant(*variable) || !is_constant(*constant) || constant->type.kind != ValueType::text) continue;
    const Type& type = variable->type;
    if (!type.choices.empty() && std::ranges::find(type.choices, constant->text) == type.choices.end()) {
      values_.sink()
          .report(Code::never_equal, constant->span, "this is none of the choices of `{}`", word(*variable))
          .hint(diagnostics::did_you_mean(constant->text, type.choices));
      return false;
    }
    const auto length = program::count_characters(constant->text);
    const bool too_long = type.choices.empty() && type.chars_max != 0 && length > type.chars_max;
    if (variable->kind == ExprKind::variable && (too_long || length < type.chars_min)) {
      values_.sink()
          .report(Code::never_equal, constant->span, "`{}` never has {} {}", word(*variable), length,
                  length == 1 ? "character" : "characters")
          .hint(type.chars_min == type.chars_max ? fmt::format("it has {}", type.chars_min)
                                                 : fmt::format("it has {} to {}", type.chars_min, type.chars_max));
      return false;
    }
  }
  return true;
}

std::string Checker::word(const Expr& expr) const {
  return expr.text.empty() ? "it" : expr.text;
}

// `x in [a, b]`: an `or` of comparisons.
std::optional<Expr> Checker::membership(const syntax::Expr& expr) {
  const std::string_view op = syntax::spelling(expr.op);
  const syntax::Expr& list = expr.children[1];
  if (list.kind != syntax::ExprKind::list) {
    values_.sink()
        .report(Code::type_mismatch, list.span, "`{}` needs a list", op)
        .hint("written `x in [\"a\", \"b\"]`");
    return std::nullopt;
  }
  const OperatorRule& rule = *rule_of(expr.op == BinaryOp::fold_equal ? BinaryOp::fold_equal : BinaryOp::equal);
  const bool texts = rule.operands == OperatorRule::Operands::texts;
  const auto left =
      value(expr.children[0], {texts ? std::optional(ValueType::text) : std::nullopt, fmt::format("`{}`", op)});
  if (!left) return std::nullopt;
  if (list.children.empty()) {
    values_.sink().report(Code::never_equal, list.span, "nothing is in an empty list");
    return std::nullopt;
  }
  Want want{texts ? std::optional(ValueType::text) : std::nullopt, fmt::format("`{}`", op)};
  if (left->type.kind == ValueType::region || left->type.kind == ValueType::language) want.type = left->type.kind;
  std::vector<Expr> comparisons;
  for (const syntax::Expr& item : list.children) {
    auto right = value(item, want);
    auto one = right ? combine(rule, *left, std::move(*right), item.span, op) : std::nullopt;
    if (!one) return std::nullopt;
    comparisons.push_back(std::move(*one));
  }
  Expr result = any_of(comparisons, expr.span);
  if (expr.op != BinaryOp::not_in) return result;
  Expr outer = make_expr(ExprKind::negation, ValueType::boolean, expr.span);
  outer.children.push_back(std::move(result));
  fold(values_.sink(), outer);
  return outer;
}

// A balanced tree: a long list is not a deep one.
Expr Checker::any_of(std::span<Expr> conditions, Span span) {
  if (conditions.size() == 1) return std::move(conditions[0]);
  Expr result = make_expr(ExprKind::logical_or, ValueType::boolean, span);
  result.children.push_back(any_of(conditions.first(conditions.size() / 2), span));
  result.children.push_back(any_of(conditions.subspan(conditions.size() / 2), span));
  fold(values_.sink(), result);
  return result;
}

}  // namespace flow::check
