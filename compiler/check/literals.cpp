// Literals, regions, languages and constants of a kind.
#include <algorithm>
#include <cctype>
#include <limits>

#include "base/limits.h"
#include "compiler/check/region_names.h"
#include "compiler/check/values.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/syntax/format.h"

namespace flow::check {
namespace {

// A bare name, or a text without `{{…}}`: what codes are written as.
std::optional<std::string> code_text(const syntax::Expr& expr) {
  if (expr.kind == syntax::ExprKind::name) return expr.text;
  if (expr.kind != syntax::ExprKind::string) return std::nullopt;
  std::string text;
  for (const auto& piece : expr.pieces) {
    if (piece.expr != nullptr) return std::nullopt;
    text += piece.text;
  }
  return text;
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string region_hint(const std::string& code) {
  const auto say = [](const catalogue::Region& region) {
    return fmt::format("did you mean `{}` ({})?", region.code, region.name);
  };
  if (code == "all") return "`all` stands alone, after `allow regions`";
  const std::string big = upper(code);
  if (const auto* region = catalogue::find_region(big)) return say(*region);
  for (const auto& region : catalogue::regions())
    if (region.code3 == big) return say(region);
  if (const auto* region = region_of_name(code)) return say(*region);
  return "regions are the two letters of ISO 3166-1, such as `PH`";
}

bool is_language_tag(std::string_view tag) {
  if (tag.empty() || tag.size() > 35) return false;
  std::size_t part = 0;
  for (const char c : tag) {
    if (c == '-' || c == '_') {
      if (part == 0) return false;
      part = 0;
    } else if (std::isalnum(static_cast<unsigned char>(c)) == 0 || ++part > 8) {
      return false;
    }
  }
  return part > 0;
}

}  // namespace

std::optional<std::int64_t> parse_duration_literal(std::string_view raw) {
  std::int64_t total = 0;
  std::int64_t last_unit = std::numeric_limits<std::int64_t>::max();
  while (!raw.empty()) {
    std::size_t digits = 0;
    std::int64_t count = 0;
    for (; digits < raw.size() && raw[digits] >= '0' && raw[digits] <= '9'; ++digits) {
      if (digits > 12) return std::nullopt;
      count = count * 10 + (raw[digits] - '0');
    }
    std::size_t end = digits;
    while (end < raw.size() && std::isalpha(static_cast<unsigned char>(raw[end])) != 0) ++end;
    const std::string_view unit = raw.substr(digits, end - digits);
    const auto table = catalogue::units();
    const auto entry = std::ranges::find(table, unit, &catalogue::Unit::name);
    if (digits == 0 || entry == table.end() || entry->ms == 0 || entry->ms >= last_unit) return std::nullopt;
    std::int64_t part = 0;
    if (__builtin_mul_overflow(count, entry->ms, &part) || __builtin_add_overflow(total, part, &total))
      return std::nullopt;
    last_unit = entry->ms;
    raw.remove_prefix(end);
  }
  return total;
}

std::optional<std::int64_t> parse_number_literal(std::string_view raw) {
  const bool negative = raw.starts_with('-');
  if (negative) raw.remove_prefix(1);
  std::int64_t units = 0;
  int decimals = -1;
  for (const char c : raw) {
    if (c == '.' && decimals < 0) {
      decimals = 0;
      continue;
    }
    if (c < '0' || c > '9' || decimals == 6) return std::nullopt;
    if (decimals >= 0) ++decimals;
    units = units * 10 + (c - '0');
    if (units > limits::kNumberUnitsMax) return std::nullopt;
  }
  for (int i = std::max(decimals, 0); i < 6; ++i) {
    units *= 10;
    if (units > limits::kNumberUnitsMax) return std::nullopt;
  }
  return negative ? -units : units;
}

std::optional<std::string> check_region(Sink& sink, const syntax::Expr& expr) {
  const auto code = code_text(expr);
  if (!code) {
    sink.report(Code::unknown_region, expr.span, "`{}` is no region", syntax::format(expr))
        .hint("regions are the two letters of ISO 3166-1, such as `PH`");
    return std::nullopt;
  }
  if (catalogue::find_region(*code) != nullptr) return code;
  sink.report(Code::unknown_region, expr.span, "there is no region `{}`", *code).hint(region_hint(*code));
  return std::nullopt;
}

std::optional<std::string> check_language(Sink& sink, const syntax::Expr& expr) {
  const auto code = code_text(expr);
  if (code && is_language_tag(*code) && catalogue::find_language(*code) != nullptr) return code;
  const std::string shown = code ? *code : syntax::format(expr);
  std::string hint = "languages are tags of BCP 47, such as `en`, `ms_MY` or `\"zh-Hant\"`";
  for (const auto& language : catalogue::languages())
    if (code && upper(std::string(language.name)) == upper(*code))
      hint = fmt::format("did you mean `{}`?", language.code);
  sink.report(Code::unknown_language, expr.span, "there is no language `{}`", shown).hint(hint);
  return std::nullopt;
}

void report_unknown_currency(Sink& sink, Span span, std::string_view code) {
  std::vector<std::string> names;
  for (const auto& currency : catalogue::currencies()) names.emplace_back(currency.code);
  const std::string help = diagnostics::did_you_mean(std::string(code), names);
  sink.report(Code::currency, span, "there is no currency `{}`", code)
      .hint(help.empty() ? "currencies are the three letters of ISO 4217, such as `USD`" : help);
}

Want want_of(const Type& type, std::string place) {
  return {type.kind, std::move(place), type.currency};
}

std::optional<Expr> check_constant(Values& values, const syntax::Expr& expr, const Want& want) {
  auto value = check_value(values, expr, want);
  if (!value || is_constant(*value)) return value;
  values.sink()
      .report(Code::not_constant, expr.span, "{} needs a value that is known before the start", want.place)
      .label("this depends on the execution")
      .hint("write it out, or use a `let` of constants");
  return std::nullopt;
}

std::optional<std::int64_t> check_duration(Values& values, const syntax::Expr& expr, std::string_view place,
                                           std::int64_t min_ms, std::int64_t max_ms) {
  const auto value = check_constant(values, expr, {ValueType::duration, std::string(place)});
  if (!value) return std::nullopt;
  if (value->scalar >= min_ms && value->scalar <= max_ms) return value->scalar;
  values.sink()
      .report(Code::out_of_range, expr.span, "{} cannot be {}", place, duration_words(value->scalar))
      .hint(fmt::format("from {} to {}", duration_words(min_ms), duration_words(max_ms)));
  return std::nullopt;
}

std::optional<std::int64_t> check_whole(Values& values, const syntax::Expr& expr, std::string_view place,
                                        std::int64_t min, std::int64_t max) {
  const auto value = check_constant(values, expr, {ValueType::number, std::string(place)});
  if (!value) return std::nullopt;
  const std::int64_t whole = value->scalar / limits::kNumberScale;
  if (value->scalar % limits::kNumberScale == 0 && whole >= min && whole <= max) return whole;
  values.sink()
      .report(Code::out_of_range, expr.span, "{} cannot be {}", place, syntax::format(expr))
      .hint(fmt::format("a whole number from {} to {}", min, max));
  return std::nullopt;
}

std::optional<std::string> check_text(Values& values, const syntax::Expr& expr, std::string_view place) {
  auto value = check_constant(values, expr, {ValueType::text, std::string(place)});
  if (!value) return std::nullopt;
  return std::move(value->text);
}

}  // namespace flow::check
