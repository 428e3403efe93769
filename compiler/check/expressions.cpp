// Expressions: names resolved, types told, constants folded.
#include <algorithm>

#include "base/instant.h"
#include "base/limits.h"
#include "calendar/civil.h"
#include "calendar/zone.h"
#include "compiler/check/alternatives.h"
#include "compiler/check/composite.h"
#include "compiler/check/expression_checker.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/syntax/format.h"
#include "runtime/program/addresses.h"
#include "runtime/program/money.h"
#include "runtime/program/pattern.h"
#include "runtime/program/text.h"

namespace flow::check {
namespace {

// Types whose constants are texts.
bool is_written_as_text(ValueType type) {
  switch (type) {
    case ValueType::region:
    case ValueType::language:
    case ValueType::phone:
    case ValueType::email:
    case ValueType::url:
    case ValueType::zone:
    case ValueType::datetime:  // with how far it is from UTC
      return true;
    default:
      return false;
  }
}

}  // namespace

Expr make_expr(ExprKind kind, ValueType type, Span span) {
  Expr result;
  result.kind = kind;
  result.type.kind = type;
  result.span = span;
  return result;
}

Expr make_call(Function function, ValueType type, Span span, std::vector<Expr> operands) {
  Expr result = make_expr(ExprKind::call, type, span);
  result.function = function;
  for (const Expr& operand : operands) {
    result.type.secret |= operand.type.secret;
    result.type.personal |= operand.type.personal;
  }
  result.children = std::move(operands);
  return result;
}

Expr scalar_constant(ValueType kind, std::int64_t scalar, Span span) {
  Expr result = make_expr(ExprKind::constant, kind, span);
  result.scalar = scalar;
  return result;
}

std::optional<Expr> Checker::value(const syntax::Expr& expr, const Want& want) {
  auto result = dispatch(expr, want);
  if (!result) return std::nullopt;
  return fit(std::move(*result), expr, want);
}

std::optional<Expr> Checker::dispatch(const syntax::Expr& expr, const Want& want) {
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
      return text(expr, want.context);
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
      return literal(expr, ValueType::time, calendar::parse_time(expr.raw), "clock times go from 00:00 to 23:59");
    case date:
      return literal(expr, ValueType::date, calendar::parse_date(expr.raw),
                     "written `2026-12-25`, a day that there is");
    case datetime:
      return instant(expr);
    case regex:
      values_.sink()
          .report(Code::type_mismatch, expr.span, "a regular expression does not fit here")
          .hint("it stands after `matches` and `contains`");
      return std::nullopt;
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

std::optional<Expr> Checker::later(const syntax::Expr& expr, std::string_view what) {
  report_not_yet(values_.sink(), expr.span, what);
  return std::nullopt;
}

std::optional<Expr> Checker::literal(const syntax::Expr& expr, ValueType type, std::optional<std::int64_t> scalar,
                                     std::string_view hint) {
  if (!scalar) {
    values_.sink()
        .report(Code::malformed_value, expr.span, "`{}` is not {}", expr.raw.empty() ? syntax::format(expr) : expr.raw,
                type_words(type))
        .hint(std::string(hint));
    return std::nullopt;
  }
  Expr result = make_expr(ExprKind::constant, type, expr.span);
  result.scalar = *scalar;
  return result;
}

std::optional<Expr> Checker::quantity_literal(const syntax::Expr& expr) {
  if (expr.raw.ends_with('%')) {
    values_.sink()
        .report(Code::malformed_value, expr.span, "`{}` is no value: only `random` has percentages", expr.raw)
        .hint("a part of a number is written as one: `0.5`");
    return std::nullopt;
  }
  const std::string_view raw = expr.raw;
  // Units of time are small letters.
  const std::string_view unit = raw.substr(std::min(raw.find_first_not_of("-.0123456789"), raw.size()));
  const bool amount = unit.size() >= 3 && std::ranges::all_of(unit, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (amount) return money(expr, raw);
  return literal(expr, ValueType::duration, parse_duration_literal(raw),
                 "written `30s`, `500ms`, `1h30m` or `7d`, whole numbers, the largest unit first");
}

// A name that the scope has not, and that a wanted type may turn into a constant.
bool Checker::is_bare(const syntax::Expr& expr) {
  return expr.kind == syntax::ExprKind::name && !values_.has(expr.text);
}

std::optional<Expr> Checker::named(const syntax::Expr& expr, const Want& want) {
  Values::Found found = values_.find(expr.text, expr.span);
  if (found.kind == Values::Found::Kind::value) {
    found.expr.span = expr.span;
    return std::move(found.expr);
  }
  if (found.kind == Values::Found::Kind::bad) return std::nullopt;
  if (const Wording* wording = values_.wording(expr.text)) return wording_text(expr, *wording);
  if (want.type == ValueType::region) return region(expr);
  if (want.type == ValueType::language) return language(expr);
  std::string hint = diagnostics::did_you_mean(expr.text, values_.names());
  if (hint.empty() && catalogue::find_region(expr.text) != nullptr)
    hint = fmt::format("the region {} counts as a value only beside a region", expr.text);
  if (hint.empty()) hint = fmt::format("texts stand in quotes: \"{}\"", expr.text);
  values_.sink().report(Code::unknown_variable, expr.span, "there is no variable `{}`", expr.text).hint(hint);
  return std::nullopt;
}

std::optional<Expr> Checker::region(const syntax::Expr& expr) {
  const auto code = check_region(values_.sink(), expr);
  if (!code) return std::nullopt;
  Expr result = make_expr(ExprKind::constant, ValueType::region, expr.span);
  result.scalar = region_scalar((*code)[0], (*code)[1]);
  return result;
}

std::optional<Expr> Checker::language(const syntax::Expr& expr) {
  auto code = check_language(values_.sink(), expr);
  if (!code) return std::nullopt;
  Expr result = make_expr(ExprKind::constant, ValueType::language, expr.span);
  result.text = std::move(*code);
  return result;
}

// The value as the place wants it, or a report.
std::optional<Expr> Checker::fit(Expr value, const syntax::Expr& expr, const Want& want) {
  if (!want.type) return value;
  if (value.type.kind == *want.type) {
    if (want.currency == 0 || value.type.currency == want.currency) return value;
    values_.sink()
        .report(Code::currency, expr.span, "{} is in {}, and this is in {}", want.place,
                program::currency_text(want.currency), program::currency_text(value.type.currency))
        .hint("two currencies never meet: nothing is converted");
    return std::nullopt;
  }
  if (*want.type == ValueType::text && is_plain_text(value.type.kind)) return value;
  if (is_constant(value) && value.type.kind == ValueType::text && is_written_as_text(*want.type))
    return converted(std::move(value), expr, *want.type);
  if (*want.type == ValueType::text && !refuse_in_text(values_.sink(), value, expr.span)) return std::nullopt;
  auto builder = values_.sink().report(Code::type_mismatch, expr.span, "{} needs {}, and this is {}", want.place,
                                       type_words(*want.type), type_words(value.type.kind));
  if (*want.type == ValueType::text)
    builder.hint(fmt::format("as a text: \"{{{{{}}}}}\"", syntax::format(expr)));
  else if (*want.type == ValueType::duration && value.type.kind == ValueType::number)
    builder.hint(fmt::format("a unit touches its number: `{}s`", syntax::format(expr)));
  else if (*want.type == ValueType::money && value.type.kind == ValueType::number)
    builder.hint(fmt::format("a currency touches its number: `{}USD`", syntax::format(expr)));
  return std::nullopt;
}

std::optional<Expr> Checker::converted(Expr value, const syntax::Expr& expr, ValueType type) {
  if (type == ValueType::region) return region(expr);
  if (type == ValueType::language) return language(expr);
  if (type == ValueType::phone) return phone(std::move(value), expr);
  if (type == ValueType::datetime) {
    const auto at = parse_instant(value.text);
    return literal(expr, type, at && calendar::is_instant(*at) ? std::optional(*at) : std::nullopt,
                   "written `2026-12-25T09:00`, or with how far it is from UTC \"2026-12-25T09:00:00+08:00\"");
  }
  const bool good = type == ValueType::email ? program::is_email(value.text)
                    : type == ValueType::url ? program::is_url(value.text)
                                             : calendar::Zone::find(value.text) != nullptr;
  if (!good) {
    auto builder = values_.sink().report(type == ValueType::zone ? Code::unknown_zone : Code::malformed_address,
                                         expr.span, "`{}` is not {}", value.text, type_words(type));
    builder.hint(type == ValueType::email ? "written \"name@host.example\""
                 : type == ValueType::url ? "written \"https://host.example/path\", other characters as %20"
                                          : "zones are named as in the time zone database, such as \"Asia/Manila\"");
    return std::nullopt;
  }
  value.type = {};
  value.type.kind = type;
  value.type.personal = type == ValueType::email;
  return value;
}

std::optional<Expr> Checker::money(const syntax::Expr& expr, std::string_view raw) {
  const std::string_view code = raw.substr(raw.find_first_not_of("-.0123456789"));
  if (catalogue::find_currency(code) == nullptr) {
    Span span = expr.span;
    span.begin = span.end - static_cast<std::uint32_t>(code.size());
    report_unknown_currency(values_.sink(), span, code);
    return std::nullopt;
  }
  raw.remove_suffix(code.size());
  auto result = literal(expr, ValueType::money, parse_number_literal(raw),
                        "amounts have at most 12 digits before and 6 after the point");
  if (result) result->type.currency = program::currency_of(code);
  return result;
}

// A point in time as the flow's clocks show it.
std::optional<Expr> Checker::instant(const syntax::Expr& expr) {
  const std::string_view raw = expr.raw;
  const std::size_t middle = std::min(raw.find('T'), raw.size());
  const auto date = calendar::parse_date(raw.substr(0, middle));
  const auto time = middle < raw.size() ? calendar::parse_time(raw.substr(middle + 1)) : std::nullopt;
  if (!date || !time)
    return literal(expr, ValueType::datetime, std::nullopt,
                   "written `2026-12-25T09:00`, a day and a time that there are");
  if (const calendar::Zone* clocks = values_.clocks()) {
    const std::int64_t at = clocks->instant_of(*date * calendar::kDayMs + *time);
    return scalar_constant(ValueType::datetime, std::clamp(at, calendar::kInstantMin, calendar::kInstantMax),
                           expr.span);
  }
  auto zone = values_.zone(expr.span);
  if (!zone) return std::nullopt;
  std::vector<Expr> operands;
  operands.push_back(scalar_constant(ValueType::date, *date, expr.span));
  operands.push_back(scalar_constant(ValueType::time, *time, expr.span));
  operands.push_back(std::move(*zone));
  return make_call(Function::at, ValueType::datetime, expr.span, std::move(operands));
}

// Numbers, booleans, durations and regions become text by themselves; of the others it is told here how.
std::optional<Expr> Checker::as_piece(Expr value, Span span) {
  if (!refuse_in_text(values_.sink(), value, span)) return std::nullopt;
  std::vector<Expr> operands;
  const std::uint32_t longest = characters_max(value.type);
  const ValueType kind = value.type.kind;
  const auto made = [&](Function function) {
    Expr piece = make_call(function, ValueType::text, span, std::move(operands));
    piece.type.chars_max = longest;
    fold(values_.sink(), piece);
    return piece;
  };
  switch (kind) {
    case ValueType::date:
    case ValueType::time:
      operands.push_back(std::move(value));
      return made(kind == ValueType::date ? Function::text_of_date : Function::text_of_time);
    case ValueType::datetime: {
      auto zone = values_.zone(span);
      if (!zone) return std::nullopt;
      operands.push_back(std::move(value));
      operands.push_back(std::move(*zone));
      return made(Function::text_of_instant);
    }
    case ValueType::money: {
      const std::int64_t currency = value.type.currency;
      operands.push_back(std::move(value));
      operands.push_back(scalar_constant(ValueType::number, currency, span));
      return made(Function::text_of_money);
    }
    default:
      return value;
  }
}

std::optional<Expr> Checker::phone(Expr value, const syntax::Expr& expr) {
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

std::optional<Expr> Checker::as_text(Expr value, Span span, bool utc) {
  Function function{};
  switch (value.type.kind) {
    case ValueType::number:
      function = Function::text_of_number;
      break;
    case ValueType::boolean:
      function = Function::text_of_boolean;
      break;
    case ValueType::duration:
      function = Function::text_of_duration;
      break;
    case ValueType::region:
      function = Function::text_of_region;
      break;
    case ValueType::datetime:
      if (!utc) return as_piece(std::move(value), span);
      function = Function::text_of_instant_utc;
      break;
    default:
      return as_piece(std::move(value), span);
  }
  const std::uint32_t longest = characters_max(value.type);
  std::vector<Expr> operands;
  operands.push_back(std::move(value));
  Expr result = make_call(function, ValueType::text, span, std::move(operands));
  result.type.chars_max = longest;
  fold(values_.sink(), result);
  return result;
}

std::optional<Expr> Checker::escaped(Expr value, Span span, Context context) {
  auto written = as_text(std::move(value), span, context == Context::json);
  if (!written) return std::nullopt;
  const Function function = context == Context::json   ? Function::escape_json
                            : context == Context::url  ? Function::escape_url
                            : context == Context::html ? Function::escape_html
                                                       : Function::escape_header;
  std::vector<Expr> operands;
  const std::uint32_t longest = characters_max(written->type);
  operands.push_back(std::move(*written));
  Expr result = make_call(function, ValueType::text, span, std::move(operands));
  if (context == Context::header) result.type.chars_max = longest;  // a character for a character
  return fold(values_.sink(), result) ? std::optional(std::move(result)) : std::nullopt;
}

// Only a constant of type `url` may begin an address as it is.
static bool begins_url(const syntax::StringPiece& piece, const syntax::Expr& whole, const Expr& value,
                       Context context) {
  return context == Context::url && &piece == whole.pieces.data() && is_constant(value) &&
         value.type.kind == ValueType::url;
}

std::optional<Expr> Checker::text(const syntax::Expr& expr, Context context) {
  Expr result = make_expr(ExprKind::interpolate, ValueType::text, expr.span);
  bool fine = true, bounded = true;
  std::uint64_t longest = 0;
  for (const syntax::StringPiece& piece : expr.pieces) {
    std::optional<Expr> part;
    if (piece.expr != nullptr) {
      part = value(*piece.expr, {});
      if (part)
        part = context == Context::text || begins_url(piece, expr, *part, context)
                   ? as_piece(std::move(*part), piece.expr->span)
                   : escaped(std::move(*part), piece.expr->span, context);
    } else {
      part = constant_text(piece.text, piece.span);
    }
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

std::optional<Expr> Checker::negation(const syntax::Expr& expr) {
  auto child = condition(expr.children[0], "`not`");
  if (!child) return std::nullopt;
  Expr result = make_expr(ExprKind::negation, ValueType::boolean, expr.span);
  result.children.push_back(std::move(*child));
  fold(values_.sink(), result);
  return result;
}

std::optional<Expr> Checker::condition(const syntax::Expr& expr, std::string_view place) {
  return value(expr, {ValueType::boolean, std::string(place)});
}

std::optional<Expr> Checker::state(const syntax::Expr& expr) {
  const bool set = expr.text == "set";
  auto child = value(expr.children[0], set ? Want{} : Want{ValueType::text, "`is blank`"});
  if (!child) return std::nullopt;
  if (!set && child->type.secret) return secret_read(*child, "is blank");
  Expr result = make_expr(set ? ExprKind::is_set : ExprKind::is_blank, ValueType::boolean, expr.span);
  result.children.push_back(std::move(*child));
  if (expr.negated) {
    Expr outer = make_expr(ExprKind::negation, ValueType::boolean, expr.span);
    outer.children.push_back(std::move(result));
    result = std::move(outer);
  }
  return result;
}

std::optional<Expr> Checker::secret_read(const Expr& operand, std::string_view op) {
  values_.sink()
      .report(Code::secret_use, operand.span, "`{}` would show something of a secret", op)
      .label("this is a secret, or made with one")
      .path(values_.secret_path(operand))
      .hint("secrets may be compared with `==`, sent in a text and given to a template");
  return std::nullopt;
}

std::optional<Expr> Checker::reply_part(const syntax::Expr& base, const std::string& part, const Expr& whole) {
  const auto kind =
      values_.find(base.text + "." + std::string(program::to_string(program::ReplyValue::kind)), base.span);
  if (kind.kind != Values::Found::Kind::value) return std::nullopt;
  if (part == program::to_string(program::ReplyValue::text)) return whole;
  auto found = values_.find(base.text + "." + part, base.span);
  if (found.kind != Values::Found::Kind::value) return std::nullopt;
  return std::move(found.expr);
}

std::optional<Expr> Checker::member_of(const syntax::Expr& expr) {
  // `answer.text`: what a step makes has a variable for each of its parts.
  std::string path = expr.text;
  const syntax::Expr* base = &expr.children[0];
  for (; base->kind == syntax::ExprKind::member; base = &base->children[0]) path.insert(0, base->text + ".");
  if (base->kind != syntax::ExprKind::name) {
    auto whole = value(expr.children[0], {});
    if (whole && whole->type.kind == ValueType::record) return record_member(*whole, expr, expr.text);
    if (whole)
      values_.sink()
          .report(Code::unknown_member, expr.span, "this has no parts")
          .hint(fmt::format("it is {}", type_words(whole->type.kind)));
    return std::nullopt;
  }
  Values::Found whole = values_.find(base->text + "." + path, expr.span);
  if (whole.kind == Values::Found::Kind::value) {
    whole.expr.span = expr.span;
    (void)values_.find(base->text, base->span);  // it is read by that
    return std::move(whole.expr);
  }
  const auto found = values_.find(base->text, base->span);
  if (found.kind == Values::Found::Kind::bad || whole.kind == Values::Found::Kind::bad) return std::nullopt;
  const auto has_parts = [&](const std::string& name) { return name.starts_with(base->text + "."); };
  if (found.kind == Values::Found::Kind::none && std::ranges::none_of(values_.names(), has_parts))
    return named(*base, {});
  if (found.expr.type.kind == ValueType::record) return record_member(found.expr, expr, path);
  if (auto part = reply_part(*base, path, found.expr)) {
    part->span = expr.span;
    return part;
  }
  std::vector<std::string> parts;
  for (const std::string& name : values_.names())
    if (name.starts_with(base->text + ".")) parts.push_back(name.substr(base->text.size() + 1));
  auto builder = values_.sink().report(Code::unknown_member, expr.span, "`{}` has no part `{}`", base->text, path);
  if (parts.empty())
    builder.hint(fmt::format("`{}` is {}", base->text, type_words(found.expr.type.kind)));
  else
    builder.hint(diagnostics::did_you_mean(path, parts));
  return std::nullopt;
}

std::optional<Expr> Checker::record_member(const Expr& record, const syntax::Expr& expr, const std::string& name) {
  if (auto member = member_of_record(record, name, expr.span)) return member;
  values_.sink()
      .report(Code::unknown_member, expr.span, "{} has no member `{}`",
              record.text.empty() ? "this record" : fmt::format("`{}`", record.text), name)
      .hint(diagnostics::did_you_mean(name, record.type.names));
  return std::nullopt;
}

std::optional<std::string> check_regex(Sink& sink, const syntax::Expr& expr) {
  if (expr.kind != syntax::ExprKind::regex) {
    sink.report(Code::type_mismatch, expr.span, "this is no regular expression").hint("written `/\\d{4}/`");
    return std::nullopt;
  }
  if (const Status status = program::check_regex(expr.text); !status) {
    sink.report(Code::bad_pattern, expr.span, "this regular expression cannot be used: {}", status.error().message)
        .hint("regular expressions are those of RE2: no references back, no looking around");
    return std::nullopt;
  }
  if (has_empty_alternative(expr.text)) {
    sink.report(Code::bad_pattern, expr.span, "this regular expression has an empty alternative")
        .label("it matches the empty text as well")
        .hint("between `|` and its neighbours stands something; `(a|b)?` says that it may be missing");
    return std::nullopt;
  }
  return expr.text;
}

Expr match_of(Expr text, std::string pattern, bool whole, Span span) {
  std::vector<Expr> operands;
  operands.push_back(std::move(text));
  operands.push_back(constant_text(std::move(pattern), span));
  Expr result =
      make_call(whole ? Function::text_matches : Function::text_finds, ValueType::boolean, span, std::move(operands));
  result.type.personal = false;
  return result;
}

std::optional<Expr> check_piece(Values& values, Expr value, Span place) {
  return Checker(values).as_piece(std::move(value), place);
}

std::optional<Expr> check_value(Values& values, const syntax::Expr& expr, const Want& want) {
  return Checker(values).value(expr, want);
}

}  // namespace flow::check
