#include "compiler/import/fidelity/expression_words.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "compiler/import/fidelity/words.h"
#include "runtime/program/functions.h"
#include "runtime/program/text.h"

namespace flow::importing::fidelity {
namespace {

using check::Expr;
using check::ExprKind;
using check::Function;
using check::ValueType;

constexpr std::size_t kLetBytesMax = 4096;  // a longer one stays a name
constexpr std::string_view kIgnoreCase = "(?i)";

bool is_call(const Expr& expr, Function function) {
  return expr.kind == ExprKind::call && expr.function == function;
}

bool is_empty_text(const Expr& expr) {
  return expr.kind == ExprKind::constant && program::is_text(expr.type.kind) && expr.text.empty();
}

// Without what only makes it a value of the type that is wanted.
const Expr& bare(const Expr& expr) {
  const Expr* at = &expr;
  for (;;) {
    if (at->kind == ExprKind::coalesce && is_empty_text(at->children[1])) {
      at = &at->children[0];
    } else if (at->kind == ExprKind::coalesce && !program::is_text(at->type.kind) &&
               at->children[1].kind == ExprKind::constant && at->children[1].scalar == 0) {
      at = &at->children[0];
    } else if (at->kind == ExprKind::coalesce && is_call(at->children[0], Function::json_quote)) {
      at = &at->children[0];  // JSON has a `null` of its own
    } else if (is_call(*at, Function::text_of_date) || is_call(*at, Function::text_of_time) ||
               is_call(*at, Function::text_of_instant) || is_call(*at, Function::text_of_money) ||
               is_call(*at, Function::text_of_duration)) {
      at = &at->children[0];  // a value in a text
    } else if (is_call(*at, Function::read_number) || is_call(*at, Function::read_time) ||
               is_call(*at, Function::read_date) || is_call(*at, Function::text_of_number) ||
               is_call(*at, Function::text_of_boolean) || is_call(*at, Function::text_of_region)) {
      at = &at->children[0];
    } else if (is_call(*at, Function::trim) && at->children[0].type.kind == ValueType::language) {
      at = &at->children[0];  // a language in a text
    } else if (is_call(*at, Function::format_number) && at->children[1].text == "0") {
      at = &at->children[0];  // a whole number in a text
    } else if (at->kind == ExprKind::interpolate && at->children.size() == 1) {
      at = &at->children[0];
    } else {
      return *at;
    }
  }
}

// Of an operand of `~=` and the like: neither case nor outer space counts.
const Expr& unfolded(const Expr& expr) {
  const Expr* at = &bare(expr);
  while (is_call(*at, Function::lower) || is_call(*at, Function::upper) || is_call(*at, Function::trim))
    at = &bare(at->children[0]);
  return *at;
}

bool is_folded(const Expr& expr) {
  const Expr& inner = bare(expr);
  if (is_call(inner, Function::trim)) return is_folded(inner.children[0]);
  return is_call(inner, Function::lower) || is_call(inner, Function::upper);
}

void flatten(const Expr& expr, ExprKind kind, std::vector<const Expr*>& out) {
  if (expr.kind != kind) return out.push_back(&expr);
  for (const Expr& child : expr.children) flatten(child, kind, out);
}

bool holds(ExprKind kind, std::int64_t left, std::int64_t right) {
  switch (kind) {
    case ExprKind::equal:
      return left == right;
    case ExprKind::not_equal:
      return left != right;
    case ExprKind::less:
      return left < right;
    case ExprKind::less_equal:
      return left <= right;
    case ExprKind::greater:
      return left > right;
    default:
      return left >= right;
  }
}

// Of `(x ?? 0) > 5` it is x: what is absent fails, as a comparison does. Where what stands in for it passes, it counts.
bool stands_in_and_passes(const Expr& side, const Expr& other, bool is_left, ExprKind kind) {
  if (side.kind != ExprKind::coalesce || program::is_text(side.type.kind) ||
      side.children[1].kind != ExprKind::constant || other.kind != ExprKind::constant)
    return false;
  const std::int64_t constant = side.children[1].scalar;
  return is_left ? holds(kind, constant, other.scalar) : holds(kind, other.scalar, constant);
}

std::string_view spelling(ExprKind kind) {
  switch (kind) {
    case ExprKind::equal:
      return "==";
    case ExprKind::not_equal:
      return "!=";
    case ExprKind::less:
      return "<";
    case ExprKind::less_equal:
      return "<=";
    case ExprKind::greater:
      return ">";
    case ExprKind::greater_equal:
      return ">=";
    case ExprKind::contains:
      return "contains";
    case ExprKind::starts_with:
      return "starts with";
    case ExprKind::ends_with:
      return "ends with";
    case ExprKind::add:
      return "+";
    case ExprKind::subtract:
      return "-";
    case ExprKind::multiply:
      return "*";
    default:
      return "??";
  }
}

}  // namespace

ExpressionWords::ExpressionWords(const check::Flow& flow) : flow_(flow) {
  for (const auto& [variable, expr] : flow.lets) {
    // An instant, a number drawn: what is not the same twice stays a name.
    std::string words = value(expr);
    if (words.size() <= kLetBytesMax) lets_.emplace(variable, std::move(words));
  }
}

std::string ExpressionWords::variable(check::VariableId id) const {
  return fidelity::value(flow_.variables.at(check::index(id)).name);
}

std::string ExpressionWords::constant(const Expr& expr) const {
  if (program::is_text(expr.type.kind)) return quoted(expr.text);
  switch (expr.type.kind) {
    case ValueType::number:
      return number(expr.scalar);
    case ValueType::boolean:
      return expr.scalar != 0 ? "true" : "false";
    case ValueType::region:
      return quoted(program::region_text(expr.scalar));
    default:
      return fmt::format("{}", expr.scalar);
  }
}

// `lower(x) contains "a"` says what `x ~contains "a"` says; of another side in capitals neither would be true.
std::string ExpressionWords::folding(const Expr& expr, std::string_view operation) const {
  const Expr& pattern = expr.children[1];
  const std::string right =
      pattern.kind == ExprKind::constant ? quoted(folded(pattern.text)) : value(unfolded(pattern));
  return fmt::format("{} {} {}", value(unfolded(expr.children[0])), operation, right);
}

std::string ExpressionWords::call(const Expr& expr) const {
  const bool whole = expr.function == Function::text_matches;
  if (whole || expr.function == Function::text_finds) {
    std::string_view pattern = expr.children[1].text;
    const bool folds = pattern.starts_with(kIgnoreCase);
    if (folds) pattern.remove_prefix(kIgnoreCase.size());
    const std::string_view operation = whole ? "matches" : "finds";
    return fmt::format("{} {}{} {}", value(folds ? unfolded(expr.children[0]) : bare(expr.children[0])),
                       folds ? "~" : "", operation, fidelity::pattern(pattern));
  }
  std::string out = fmt::format("{}(", program::info(expr.function).name);
  for (std::size_t i = 0; i < expr.children.size(); ++i)
    out += fmt::format("{}{}", i == 0 ? "" : ", ", value(expr.children[i]));
  return out + ")";
}

void ExpressionWords::add_to(Text& text, const Expr& given) const {
  const Expr& expr = bare(given);
  if (!is_call(expr, Function::json_quote)) return text.add_value(value(expr));
  text.add("\"");
  add_to(text, expr.children[0]);
  text.add("\"");
}

std::string ExpressionWords::value(const Expr& given) const {
  const Expr& expr = bare(given);
  switch (expr.kind) {
    case ExprKind::constant:
      return constant(expr);
    case ExprKind::variable: {
      const auto let = lets_.find(expr.variable);
      return let != lets_.end() ? let->second : variable(expr.variable);
    }
    case ExprKind::interpolate: {
      Text text;
      for (const Expr& child : expr.children) {
        if (child.kind == ExprKind::constant && program::is_text(child.type.kind))
          text.add(child.text);
        else
          add_to(text, child);
      }
      return text.words();
    }
    case ExprKind::call:
      return call(expr);
    case ExprKind::add:
    case ExprKind::subtract:
    case ExprKind::multiply:
    case ExprKind::coalesce:
      return fmt::format("({} {} {})", value(expr.children[0]), spelling(expr.kind), value(expr.children[1]));
    case ExprKind::choose:
    case ExprKind::each: {
      std::string out = expr.kind == ExprKind::each ? "each(" : "choose(";
      for (const Expr& child : expr.children) out += value(child) + ", ";
      return out + ")";
    }
    case ExprKind::item:
      return fidelity::value("item");
    case ExprKind::position:
      return fidelity::value("position");
    default:
      return condition(expr);
  }
}

// `x is set` beside another condition of x only makes that one possible.
std::string ExpressionWords::conjunction(const Expr& expr) const {
  std::vector<const Expr*> parts;
  flatten(expr, ExprKind::logical_and, parts);
  std::vector<std::string> others;
  for (const Expr* part : parts)
    if (part->kind != ExprKind::is_set) others.push_back(condition(*part));
  std::vector<std::string> words;
  std::size_t next = 0;
  for (const Expr* part : parts) {
    if (part->kind != ExprKind::is_set) {
      words.push_back(others[next++]);
      continue;
    }
    const std::string of = value(part->children[0]);
    const bool told = std::any_of(others.begin(), others.end(),
                                  [&](const std::string& other) { return other.find(of) != std::string::npos; });
    if (!told) words.push_back(condition(*part));
  }
  return all_of(words);
}

// What stands in for an absent value is left where the comparison does not pass with it.
std::string ExpressionWords::side(const Expr& given, bool counts) const {
  const bool stands_in = given.kind == ExprKind::coalesce && !program::is_text(given.type.kind) &&
                         given.children[1].kind == ExprKind::constant;
  const std::string words = value(stands_in ? given.children[0] : given);
  return counts ? fmt::format("({} ?? {})", words, constant(given.children[1])) : words;
}

std::string ExpressionWords::comparison(const Expr& expr) const {
  const Expr& left = expr.children[0];
  const Expr& right = expr.children[1];
  return fmt::format("{} {} {}", side(left, stands_in_and_passes(left, right, true, expr.kind)), spelling(expr.kind),
                     side(right, stands_in_and_passes(right, left, false, expr.kind)));
}

std::string ExpressionWords::condition(const Expr& expr) const {
  switch (expr.kind) {
    case ExprKind::logical_and:
      return conjunction(expr);
    case ExprKind::logical_or: {
      std::vector<const Expr*> parts;
      flatten(expr, ExprKind::logical_or, parts);
      std::vector<std::string> words;
      for (const Expr* part : parts) words.push_back(condition(*part));
      return any_of(words);
    }
    case ExprKind::negation:
      return none_of(condition(expr.children[0]));
    case ExprKind::fold_equal:
      return folding(expr, "~=");
    case ExprKind::contains:
    case ExprKind::starts_with:
    case ExprKind::ends_with:
      if (is_folded(expr.children[0])) {
        return folding(expr, expr.kind == ExprKind::contains      ? "~contains"
                             : expr.kind == ExprKind::starts_with ? "~starts"
                                                                  : "~ends");
      }
      [[fallthrough]];
    case ExprKind::equal:
    case ExprKind::not_equal:
    case ExprKind::less:
    case ExprKind::less_equal:
    case ExprKind::greater:
    case ExprKind::greater_equal:
      return comparison(expr);
    case ExprKind::is_set: {
      // Of what is no plain text, it is that there is one.
      const bool text = expr.children[0].type.kind == ValueType::text;
      const std::string of = value(expr.children[0]);
      return text ? of + " is set" : none_of(of + " is blank");
    }
    case ExprKind::is_blank:
      return value(expr.children[0]) + " is blank";
    default:
      return value(expr);
  }
}

}  // namespace flow::importing::fidelity
