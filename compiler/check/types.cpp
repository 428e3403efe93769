// Types as written.
#include <algorithm>

#include "base/limits.h"
#include "compiler/check/composite.h"
#include "compiler/check/values.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/syntax/format.h"
#include "runtime/program/addresses.h"
#include "runtime/program/money.h"
#include "runtime/program/text.h"

namespace flow::check {
namespace {

constexpr std::int64_t kTextCharsMax = limits::kTextValueBytesMax / 4;  // a character has at most 4 bytes

// Longest texts of values that are not texts.
constexpr std::uint32_t kNumberChars = 20;  // -999999999999.999999
constexpr std::uint32_t kBooleanChars = 5;
constexpr std::uint32_t kDurationChars = 28;  // -106751991167d7h12m55s807ms
constexpr std::uint32_t kPhoneChars = 16;     // + and 15 digits
constexpr std::uint32_t kRegionChars = 2;
constexpr std::uint32_t kLanguageChars = 35;  // RFC 5646, 4.4.1
constexpr std::uint32_t kDateChars = 10;
constexpr std::uint32_t kTimeChars = 12;
constexpr std::uint32_t kZoneChars = 64;

// `money(USD)`: the currency is the type's.
bool currency(Sink& sink, const syntax::Expr& expr, Type& type) {
  const bool one = expr.kind == syntax::ExprKind::call && expr.args.size() == 1 && expr.args[0].values.size() == 1 &&
                   expr.args[0].name.empty() && !expr.args[0].spread &&
                   expr.args[0].values[0].kind == syntax::ExprKind::name;
  if (!one) {
    sink.report(Code::currency, expr.span, "this amount has no currency")
        .hint("the currency is part of the type: `money(USD)`");
    return false;
  }
  const syntax::Expr& code = expr.args[0].values[0];
  if (catalogue::find_currency(code.text) == nullptr) {
    report_unknown_currency(sink, code.span, code.text);
    return false;
  }
  type.currency = program::currency_of(code.text);
  return true;
}

std::optional<std::int64_t> whole_number(const syntax::Expr& expr) {
  if (expr.kind != syntax::ExprKind::number) return std::nullopt;
  const auto units = parse_number_literal(expr.raw);
  if (!units || *units < 0 || *units % limits::kNumberScale != 0) return std::nullopt;
  return *units / limits::kNumberScale;
}

bool text_bounds(Sink& sink, const syntax::Expr& call, Type& type) {
  const auto wrong = [&](Span span) {
    sink.report(Code::malformed_value, span, "this is no length of a text")
        .hint("written `text(4..8)` or `text(..30)`, in characters");
    return false;
  };
  if (call.args.size() != 1 || call.args[0].values.size() != 1 || !call.args[0].name.empty()) return wrong(call.span);
  const syntax::Argument& arg = call.args[0];
  const syntax::Expr& value = arg.values[0];
  std::optional<std::int64_t> low = 0, high;
  if (arg.spread) {
    high = whole_number(value);
  } else if (value.kind == syntax::ExprKind::binary && value.op == syntax::BinaryOp::range) {
    low = whole_number(value.children[0]);
    high = whole_number(value.children[1]);
  }
  if (!low || !high) return wrong(arg.span);
  if (*low > *high || *high == 0 || *high > kTextCharsMax) {
    sink.report(Code::out_of_range, arg.span, "a text cannot have {} to {} characters", *low, *high)
        .hint(fmt::format("from the least to the most, at most {}", kTextCharsMax));
    return false;
  }
  type.chars_min = static_cast<std::uint32_t>(*low);
  type.chars_max = static_cast<std::uint32_t>(*high);
  return true;
}

bool choices(Sink& sink, const syntax::Expr& call, Type& type) {
  for (const syntax::Argument& arg : call.args) {
    const bool text =
        arg.name.empty() && !arg.spread && arg.values.size() == 1 && arg.values[0].kind == syntax::ExprKind::string &&
        std::ranges::none_of(arg.values[0].pieces, [](const auto& piece) { return piece.expr != nullptr; });
    if (!text) {
      sink.report(Code::malformed_value, arg.span, "a choice of `oneof` is a text")
          .hint("written `oneof(\"a\", \"b\")`");
      return false;
    }
    std::string choice;
    for (const auto& piece : arg.values[0].pieces) choice += piece.text;
    if (std::ranges::find(type.choices, choice) != type.choices.end()) {
      sink.report(Code::duplicate_name, arg.span, "the choice \"{}\" stands here twice", choice);
      return false;
    }
    type.chars_max = std::max(type.chars_max, static_cast<std::uint32_t>(program::count_characters(choice)));
    type.choices.push_back(std::move(choice));
  }
  if (type.choices.empty()) {
    sink.report(Code::malformed_value, call.span, "`oneof` has no choices").hint("written `oneof(\"a\", \"b\")`");
    return false;
  }
  type.chars_max = std::max<std::uint32_t>(type.chars_max, 1);
  return true;
}

std::optional<Type> named_type(Sink& sink, const syntax::Expr& expr) {
  const bool call = expr.kind == syntax::ExprKind::call;
  if (!call && expr.kind != syntax::ExprKind::name) {
    sink.report(Code::unknown_type, expr.span, "this is no type");
    return std::nullopt;
  }
  const auto table = catalogue::types();
  const auto entry = std::ranges::find(table, expr.text, &catalogue::TypeEntry::name);
  if (entry == table.end()) {
    std::vector<std::string> names;
    for (const auto& candidate : table) names.emplace_back(candidate.name);
    std::string help = diagnostics::did_you_mean(expr.text, names);
    if (expr.text == "string") help = "did you mean `text`?";
    if (expr.text == "int" || expr.text == "integer" || expr.text == "float") help = "did you mean `number`?";
    if (expr.text == "boolean") help = "did you mean `bool`?";
    sink.report(Code::unknown_type, expr.span, "there is no type `{}`", expr.text).hint(help);
    return std::nullopt;
  }
  if (entry->support == catalogue::Support::not_yet) {
    report_not_yet(sink, expr.span, entry->name);
    return std::nullopt;
  }
  Type type;
  type.kind = *entry->type;
  type.personal = entry->personal;
  if (type.kind == ValueType::list) return check_list_type(sink, expr);
  if (type.kind == ValueType::record) return check_record_type(sink, expr);
  if (entry->name == "oneof")
    return call && choices(sink, expr, type) ? std::optional(type) : [&]() -> std::optional<Type> {
      if (!call)
        sink.report(Code::malformed_value, expr.span, "`oneof` has no choices").hint("written `oneof(\"a\", \"b\")`");
      return std::nullopt;
    }();
  if (type.kind == ValueType::money) return currency(sink, expr, type) ? std::optional(type) : std::nullopt;
  if (!call) return type;
  if (entry->name == "text") return text_bounds(sink, expr, type) ? std::optional(type) : std::nullopt;
  sink.report(Code::unexpected_part, expr.args.empty() ? expr.span : expr.args[0].span,
              "`{}` takes nothing in brackets", expr.text);
  return std::nullopt;
}

}  // namespace

std::optional<Type> check_type(Sink& sink, std::span<const syntax::Expr> words, Span span) {
  bool secret = false, personal = false, optional = false;
  while (words.size() > 1) {
    const syntax::Expr& mark = words.front();
    const bool is_secret = mark.kind == syntax::ExprKind::name && mark.text == "secret";
    const bool is_personal = mark.kind == syntax::ExprKind::name && mark.text == "personal";
    if (!is_secret && !is_personal) {
      sink.report(Code::unknown_type, mark.span, "`{}` is no mark of a type", syntax::format(mark))
          .hint("the marks are `secret` and `personal`");
      return std::nullopt;
    }
    secret |= is_secret;
    personal |= is_personal;
    words = words.subspan(1);
  }
  if (words.empty()) {
    sink.report(Code::unknown_type, span, "there is no type here");
    return std::nullopt;
  }
  const syntax::Expr* expr = &words.front();
  if (expr->kind == syntax::ExprKind::optional) {
    optional = true;
    expr = &expr->children[0];
  }
  auto type = named_type(sink, *expr);
  if (!type) return std::nullopt;
  type->secret |= secret;
  type->personal |= personal;
  type->optional = optional;
  return type;
}

std::optional<Type> check_type(Sink& sink, const syntax::Target& target) {
  if (target.otherwise != nullptr || target.clause.items.size() != 1 || target.clause.items[0].is_else) {
    sink.report(Code::unknown_type, target.span, "this is no type").hint("one type, such as `text(..30)` or `phone`");
    return std::nullopt;
  }
  return check_type(sink, target.clause.items[0].exprs, target.span);
}

std::uint32_t characters_max(const Type& type) {
  switch (type.kind) {
    case ValueType::text:
      return type.chars_max;
    case ValueType::number:
      return kNumberChars;
    case ValueType::boolean:
      return kBooleanChars;
    case ValueType::duration:
      return kDurationChars;
    case ValueType::phone:
      return kPhoneChars;
    case ValueType::region:
      return kRegionChars;
    case ValueType::language:
      return kLanguageChars;
    case ValueType::date:
      return kDateChars;
    case ValueType::time:
      return kTimeChars;
    case ValueType::datetime:
      return kDateChars + 1 + kTimeChars;
    case ValueType::money:
      return kNumberChars + 4;
    case ValueType::email:
      return program::kEmailBytesMax;
    case ValueType::url:
      return program::kUrlBytesMax;
    case ValueType::zone:
      return kZoneChars;
    case ValueType::json:
    case ValueType::list:
    case ValueType::record:
      return 0;
  }
  return 0;
}

}  // namespace flow::check
