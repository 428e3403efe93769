// Expressions: names resolved, types told, constants folded.
#include <algorithm>

#include "base/limits.h"
#include "compiler/check/values.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/syntax/format.h"
#include "runtime/program/text.h"

namespace flow::check {
namespace {

using syntax::BinaryOp;

// What an operator takes, so that one function checks them all.
struct OperatorRule {
  BinaryOp op;
  ExprKind kind;
  enum class Operands : std::uint8_t { same, ordered, texts, numbers, sums, truths } operands;
  bool condition;      // the result is true or false
  bool reads_secrets;  // the result of a secret operand is no secret and may be seen
};

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
    {BinaryOp::multiply, ExprKind::multiply, OperatorRule::Operands::numbers, false, false},
    {BinaryOp::coalesce, ExprKind::coalesce, OperatorRule::Operands::same, false, false},
};

const OperatorRule* rule_of(BinaryOp op) {
  const auto found = std::ranges::find(kRules, op, &OperatorRule::op);
  return found == std::end(kRules) ? nullptr : found;
}

static_assert(static_cast<int>(Function::length) == static_cast<int>(catalogue::FunctionId::length),
              "check::Function mirrors catalogue::FunctionId");

Expr make(ExprKind kind, ValueType type, Span span) {
  Expr result;
  result.kind = kind;
  result.type.kind = type;
  result.span = span;
  return result;
}

class Checker {
 public:
  explicit Checker(Values& values) : values_(values) {}

  std::optional<Expr> value(const syntax::Expr& expr, const Want& want) {
    auto result = dispatch(expr, want);
    if (!result) return std::nullopt;
    return fit(std::move(*result), expr, want);
  }

 private:
  std::optional<Expr> dispatch(const syntax::Expr& expr, const Want& want) {
    using enum syntax::ExprKind;
    switch (expr.kind) {
      case name:
        return named(expr, want);
      case number:
        return literal(expr, ValueType::number, parse_number_literal(expr.raw),
                       "numbers have at most 12 digits before and 6 after the point");
      case quantity:
        return quantity_literal(expr);
      case boolean:
        return literal(expr, ValueType::boolean, expr.text == "true" ? 1 : 0, "");
      case string:
        return text(expr);
      case paren:
        return value(expr.children[0], want);
      case binary:
        return binary_operator(expr, want);
      case unary_not:
        return negation(expr);
      case is:
        return state(expr);
      case call:
        return function_call(expr);
      case time:
        return later(expr, "time");
      case date:
        return later(expr, "date");
      case datetime:
        return later(expr, "datetime");
      case regex:
        return later(expr, "regular expression");
      case member:
        return member_of(expr);
      case list:
        values_.sink()
            .report(Code::type_mismatch, expr.span, "a list does not fit here")
            .hint("lists stand after `in` and `~=`");
        return std::nullopt;
      case optional:
        values_.sink()
            .report(Code::unexpected_part, expr.span, "`?` marks a type, and this is a value")
            .hint("`x is set` asks whether there is a value, `x ?? y` supplies one");
        return std::nullopt;
    }
    return std::nullopt;
  }

  std::optional<Expr> later(const syntax::Expr& expr, std::string_view what) {
    report_not_yet(values_.sink(), expr.span, what);
    return std::nullopt;
  }

  std::optional<Expr> literal(const syntax::Expr& expr, ValueType type, std::optional<std::int64_t> scalar,
                              std::string_view hint) {
    if (!scalar) {
      values_.sink()
          .report(Code::malformed_value, expr.span, "`{}` is not {}", expr.raw, type_words(type))
          .hint(std::string(hint));
      return std::nullopt;
    }
    Expr result = make(ExprKind::constant, type, expr.span);
    result.scalar = *scalar;
    return result;
  }

  std::optional<Expr> quantity_literal(const syntax::Expr& expr) {
    if (expr.raw.ends_with('%')) {
      values_.sink()
          .report(Code::malformed_value, expr.span, "`{}` is no value: only `random` has percentages", expr.raw)
          .hint("a part of a number is written as one: `0.5`");
      return std::nullopt;
    }
    const std::string_view raw = expr.raw;
    const bool money =
        raw.size() > 3 && std::ranges::all_of(raw.substr(raw.size() - 3), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (money) return later(expr, "money");
    return literal(expr, ValueType::duration, parse_duration_literal(raw),
                   "written `30s`, `500ms`, `1h30m` or `7d`, whole numbers, the largest unit first");
  }

  // A name that the scope has not, and that a wanted type may turn into a constant.
  bool is_bare(const syntax::Expr& expr) {
    if (expr.kind != syntax::ExprKind::name) return false;
    const auto names = values_.names();
    return std::ranges::find(names, expr.text) == names.end();
  }

  std::optional<Expr> named(const syntax::Expr& expr, const Want& want) {
    Values::Found found = values_.find(expr.text, expr.span);
    if (found.kind == Values::Found::Kind::value) {
      found.expr.span = expr.span;
      return std::move(found.expr);
    }
    if (found.kind == Values::Found::Kind::bad) return std::nullopt;
    if (want.type == ValueType::region) return region(expr);
    if (want.type == ValueType::language) return language(expr);
    std::string hint = diagnostics::did_you_mean(expr.text, values_.names());
    if (hint.empty() && catalogue::find_region(expr.text) != nullptr)
      hint = fmt::format("the region {} counts as a value only beside a region", expr.text);
    if (hint.empty()) hint = fmt::format("texts stand in quotes: \"{}\"", expr.text);
    values_.sink().report(Code::unknown_variable, expr.span, "there is no variable `{}`", expr.text).hint(hint);
    return std::nullopt;
  }

  std::optional<Expr> region(const syntax::Expr& expr) {
    const auto code = check_region(values_.sink(), expr);
    if (!code) return std::nullopt;
    Expr result = make(ExprKind::constant, ValueType::region, expr.span);
    result.scalar = region_scalar((*code)[0], (*code)[1]);
    return result;
  }

  std::optional<Expr> language(const syntax::Expr& expr) {
    auto code = check_language(values_.sink(), expr);
    if (!code) return std::nullopt;
    Expr result = make(ExprKind::constant, ValueType::language, expr.span);
    result.text = std::move(*code);
    return result;
  }

  // The value as the place wants it, or a report.
  std::optional<Expr> fit(Expr value, const syntax::Expr& expr, const Want& want) {
    if (!want.type || value.type.kind == *want.type) return value;
    if (*want.type == ValueType::text && program::is_text(value.type.kind)) return value;
    const bool text_constant = is_constant(value) && value.type.kind == ValueType::text;
    if (text_constant && *want.type == ValueType::region) return region(expr);
    if (text_constant && *want.type == ValueType::language) return language(expr);
    if (text_constant && *want.type == ValueType::phone) return phone(std::move(value), expr);
    auto builder = values_.sink().report(Code::type_mismatch, expr.span, "{} needs {}, and this is {}", want.place,
                                         type_words(*want.type), type_words(value.type.kind));
    if (*want.type == ValueType::text)
      builder.hint(fmt::format("as a text: \"{{{{{}}}}}\"", syntax::format(expr)));
    else if (*want.type == ValueType::duration && value.type.kind == ValueType::number)
      builder.hint(fmt::format("a unit touches its number: `{}s`", syntax::format(expr)));
    return std::nullopt;
  }

  std::optional<Expr> phone(Expr value, const syntax::Expr& expr) {
    const std::string& number = value.text;
    const bool digits = number.size() >= 8 && number.size() <= 16 && number[0] == '+' && number[1] != '0' &&
                        std::ranges::all_of(number.substr(1), [](char c) { return c >= '0' && c <= '9'; });
    if (!digits) {
      values_.sink()
          .report(Code::malformed_phone, expr.span, "`{}` is no phone number", number)
          .hint("`+`, the calling code and the number, digits only: \"+639171234567\"");
      return std::nullopt;
    }
    value.type = {};
    value.type.kind = ValueType::phone;
    value.type.personal = true;
    return value;
  }

  std::optional<Expr> text(const syntax::Expr& expr) {
    Expr result = make(ExprKind::interpolate, ValueType::text, expr.span);
    bool fine = true, bounded = true;
    std::uint64_t longest = 0;
    for (const syntax::StringPiece& piece : expr.pieces) {
      std::optional<Expr> part;
      if (piece.expr != nullptr)
        part = value(*piece.expr, {});
      else
        part = constant_text(piece.text, piece.span);
      if (!part) {
        fine = false;
        continue;
      }
      const std::uint64_t most = is_constant(*part) && program::is_text(part->type.kind)
                                     ? program::count_characters(part->text)
                                     : characters_max(part->type);
      bounded &= most > 0 || is_constant(*part);
      longest += most;
      result.type.secret |= part->type.secret;
      result.type.personal |= part->type.personal;
      result.children.push_back(std::move(*part));
    }
    if (!fine) return std::nullopt;
    const bool fits = longest <= limits::kTextValueBytesMax;
    result.type.chars_max = bounded && fits ? static_cast<std::uint32_t>(std::max<std::uint64_t>(longest, 1)) : 0;
    return fold(values_.sink(), result) ? std::optional(std::move(result)) : std::nullopt;
  }

  std::optional<Expr> negation(const syntax::Expr& expr) {
    auto child = condition(expr.children[0], "`not`");
    if (!child) return std::nullopt;
    Expr result = make(ExprKind::negation, ValueType::boolean, expr.span);
    result.children.push_back(std::move(*child));
    fold(values_.sink(), result);
    return result;
  }

  std::optional<Expr> condition(const syntax::Expr& expr, std::string_view place) {
    return value(expr, {ValueType::boolean, std::string(place)});
  }

  std::optional<Expr> state(const syntax::Expr& expr) {
    const bool set = expr.text == "set";
    auto child = value(expr.children[0], set ? Want{} : Want{ValueType::text, "`is blank`"});
    if (!child) return std::nullopt;
    if (!set && child->type.secret) return secret_read(*child, "is blank");
    Expr result = make(set ? ExprKind::is_set : ExprKind::is_blank, ValueType::boolean, expr.span);
    result.children.push_back(std::move(*child));
    if (expr.negated) {
      Expr outer = make(ExprKind::negation, ValueType::boolean, expr.span);
      outer.children.push_back(std::move(result));
      result = std::move(outer);
    }
    return result;
  }

  std::optional<Expr> secret_read(const Expr& operand, std::string_view op) {
    values_.sink()
        .report(Code::secret_use, operand.span, "`{}` would show something of a secret", op)
        .label("this is a secret, or made with one")
        .hint("secrets may be compared with `==`, sent in a text and given to a template");
    return std::nullopt;
  }

  std::optional<Expr> member_of(const syntax::Expr& expr) {
    const syntax::Expr& base = expr.children[0];
    if (base.kind == syntax::ExprKind::name) {
      const auto found = values_.find(base.text, base.span);
      if (found.kind == Values::Found::Kind::bad) return std::nullopt;
      if (found.kind == Values::Found::Kind::none) return named(base, {});
    }
    return later(expr, "." + expr.text);
  }

  std::optional<Expr> function_call(const syntax::Expr& expr) {
    const auto table = catalogue::functions();
    const auto entry = std::ranges::find(table, expr.text, &catalogue::FunctionEntry::name);
    if (entry == table.end() && values_.is_refused_function(expr.text)) return std::nullopt;
    if (entry == table.end()) {
      std::vector<std::string> names;
      for (const auto& candidate : table)
        if (candidate.support == catalogue::Support::supported) names.emplace_back(candidate.name);
      Span name = expr.span;
      name.end = name.begin + static_cast<std::uint32_t>(expr.text.size());
      std::string help = diagnostics::did_you_mean(expr.text, names);
      values_.sink()
          .report(Code::unknown_function, name, "there is no function `{}`", expr.text)
          .hint(!help.empty() ? help : "there are " + quoted(names));
      return std::nullopt;
    }
    if (entry->support == catalogue::Support::not_yet) {
      Span name = expr.span;
      name.end = name.begin + static_cast<std::uint32_t>(expr.text.size());
      report_not_yet(values_.sink(), name, entry->name);
      return std::nullopt;
    }
    return arguments(expr, *entry);
  }

  std::optional<Expr> arguments(const syntax::Expr& expr, const catalogue::FunctionEntry& entry) {
    const auto odd = std::ranges::find_if(expr.args, [](const syntax::Argument& arg) {
      return !arg.name.empty() || arg.spread || arg.values.size() != 1;
    });
    if (odd != expr.args.end()) {
      values_.sink().report(Code::wrong_arguments, odd->span, "`{}` takes plain values", entry.name);
      return std::nullopt;
    }
    if (expr.args.size() != entry.arguments) {
      values_.sink().report(Code::wrong_arguments, expr.span, "`{}` takes {} {}, and {} {} given", entry.name,
                            entry.arguments, entry.arguments == 1 ? "value" : "values", expr.args.size(),
                            expr.args.size() == 1 ? "is" : "are");
      return std::nullopt;
    }
    Expr result = make(ExprKind::call, entry.result, expr.span);
    result.function = static_cast<Function>(entry.id);
    bool fine = true;
    for (std::size_t i = 0; i < entry.arguments; ++i) {
      auto argument = value(expr.args[i].values[0], {entry.argument[i], fmt::format("`{}`", entry.name)});
      if (!argument) {
        fine = false;
        continue;
      }
      result.type.secret |= argument->type.secret;
      result.type.personal |= argument->type.personal;
      result.children.push_back(std::move(*argument));
    }
    if (!fine) return std::nullopt;
    if (entry.result == ValueType::text) bound_result(result);
    return fold(values_.sink(), result) ? std::optional(std::move(result)) : std::nullopt;
  }

  // Case mapping is character by character, `trim` and `left` only shorten.
  static void bound_result(Expr& call) {
    call.type.chars_max = characters_max(call.children[0].type);
    if (call.function != Function::left || !is_constant(call.children[1])) return;
    const std::int64_t count = std::max<std::int64_t>(call.children[1].scalar / limits::kNumberScale, 1);
    const auto limit = static_cast<std::uint32_t>(std::min<std::int64_t>(count, limits::kTextValueBytesMax));
    call.type.chars_max = call.type.chars_max == 0 ? limit : std::min(call.type.chars_max, limit);
  }

  std::optional<Expr> binary_operator(const syntax::Expr& expr, const Want& want) {
    if (expr.op == BinaryOp::range) {
      values_.sink().report(Code::type_mismatch, expr.span, "a range does not fit here");
      return std::nullopt;
    }
    if (expr.op == BinaryOp::matches) return later(expr, "matches");
    const bool listed = expr.children[1].kind == syntax::ExprKind::list;
    if (expr.op == BinaryOp::in || expr.op == BinaryOp::not_in || (expr.op == BinaryOp::fold_equal && listed))
      return membership(expr);
    const OperatorRule* rule = rule_of(expr.op);
    std::optional<Expr> left, right;
    if (!operands(expr.children[0], expr.children[1], *rule, want, left, right)) return std::nullopt;
    return combine(*rule, std::move(*left), std::move(*right), expr.span, syntax::spelling(expr.op));
  }

  // A bare code takes the type of the other side.
  bool operands(const syntax::Expr& a, const syntax::Expr& b, const OperatorRule& rule, const Want& want,
                std::optional<Expr>& left, std::optional<Expr>& right) {
    const std::string place = fmt::format("`{}`", syntax::spelling(rule.op));
    Want first{std::nullopt, place};
    switch (rule.operands) {
      case OperatorRule::Operands::texts:
        first.type = ValueType::text;
        break;
      case OperatorRule::Operands::numbers:
        first.type = ValueType::number;
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

  std::optional<Expr> combine(const OperatorRule& rule, Expr left, Expr right, Span span, std::string_view op) {
    const bool both_texts = program::is_text(left.type.kind) && program::is_text(right.type.kind);
    if (left.type.kind != right.type.kind && !both_texts) {
      values_.sink()
          .report(Code::type_mismatch, right.span, "`{}` with {} on one side and {} on the other", op,
                  type_words(left.type.kind), type_words(right.type.kind))
          .label(fmt::format("this is {}", type_words(right.type.kind)))
          .also(left.span, fmt::format("this is {}", type_words(left.type.kind)));
      return std::nullopt;
    }
    const bool countable = left.type.kind == ValueType::number || left.type.kind == ValueType::duration;
    if ((rule.operands == OperatorRule::Operands::ordered || rule.operands == OperatorRule::Operands::sums) &&
        !countable) {
      auto builder =
          values_.sink().report(Code::type_mismatch, left.span, "`{}` needs numbers or durations, and this is {}", op,
                                type_words(left.type.kind));
      if (rule.op == BinaryOp::add && both_texts) builder.hint("texts are joined inside one text: \"{{a}}{{b}}\"");
      return std::nullopt;
    }
    if (rule.condition && !rule.reads_secrets) {
      if (left.type.secret) return secret_read(left, op);
      if (right.type.secret) return secret_read(right, op);
    }
    if ((rule.op == BinaryOp::equal || rule.op == BinaryOp::not_equal) && !possible(left, right)) return std::nullopt;
    Expr result = make(rule.kind, rule.condition ? ValueType::boolean : left.type.kind, span);
    if (!rule.condition) carry_marks(result, left, right);
    result.children.push_back(std::move(left));
    result.children.push_back(std::move(right));
    return fold(values_.sink(), result) ? std::optional(std::move(result)) : std::nullopt;
  }

  static void carry_marks(Expr& result, const Expr& left, const Expr& right) {
    result.type.secret = left.type.secret || right.type.secret;
    result.type.personal = left.type.personal || right.type.personal;
    if (!program::is_text(result.type.kind)) return;
    if (left.type.kind != right.type.kind) result.type.kind = ValueType::text;
    const std::uint32_t a = characters_max(left.type), b = characters_max(right.type);
    result.type.chars_max = a == 0 || b == 0 ? 0 : std::max(a, b);
  }

  // A constant that the other side can never be is a slip of the pen.
  bool possible(const Expr& left, const Expr& right) {
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

  std::string word(const Expr& expr) const { return expr.text.empty() ? "it" : expr.text; }

  // `x in [a, b]`: an `or` of comparisons.
  std::optional<Expr> membership(const syntax::Expr& expr) {
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
    Expr outer = make(ExprKind::negation, ValueType::boolean, expr.span);
    outer.children.push_back(std::move(result));
    fold(values_.sink(), outer);
    return outer;
  }

  // A balanced tree: a long list is not a deep one.
  Expr any_of(std::span<Expr> conditions, Span span) {
    if (conditions.size() == 1) return std::move(conditions[0]);
    Expr result = make(ExprKind::logical_or, ValueType::boolean, span);
    result.children.push_back(any_of(conditions.first(conditions.size() / 2), span));
    result.children.push_back(any_of(conditions.subspan(conditions.size() / 2), span));
    fold(values_.sink(), result);
    return result;
  }

  Values& values_;
};

}  // namespace

std::optional<Expr> check_value(Values& values, const syntax::Expr& expr, const Want& want) {
  return Checker(values).value(expr, want);
}

}  // namespace flow::check
