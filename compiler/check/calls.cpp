// Functions.
#include <algorithm>

#include "base/limits.h"
#include "calendar/format.h"
#include "compiler/check/expression_checker.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/syntax/format.h"
#include "runtime/program/text.h"

namespace flow::check {

std::optional<Expr> Checker::function_call(const syntax::Expr& expr) {
  const auto table = catalogue::functions();
  const auto entry = std::ranges::find(table, expr.text, &catalogue::FunctionEntry::name);
  if (const Wording* wording = values_.wording(expr.text)) return wording_text(expr, *wording);
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
  switch (entry->special) {
    case catalogue::Special::reveal:
      return reveal(expr);
    case catalogue::Special::json:
      return json_object(expr);
    case catalogue::Special::form:
      return form(expr);
    case catalogue::Special::count:
      return count_of(expr);
    case catalogue::Special::item:
      return item_at(expr);
    case catalogue::Special::each:
      return each_of(expr);
    case catalogue::Special::none:
      break;
  }
  return arguments(expr, *entry);
}

std::optional<Expr> Checker::reveal(const syntax::Expr& expr) {
  if (expr.args.size() != 1 || expr.args[0].values.size() != 1 || !expr.args[0].name.empty() || expr.args[0].spread) {
    values_.sink().report(Code::wrong_arguments, expr.span, "`reveal` takes one value");
    return std::nullopt;
  }
  auto result = value(expr.args[0].values[0], {});
  if (!result) return std::nullopt;
  if (!result->type.secret) {
    values_.sink()
        .report(Code::type_mismatch, result->span, "this is no secret, so there is nothing to reveal")
        .hint("leave out `reveal`");
    return std::nullopt;
  }
  values_.revealed(expr.span);
  result->type.secret = false;
  result->span = expr.span;
  return result;
}

std::optional<Expr> Checker::as_json(Expr value, Span span) {
  const ValueType kind = value.type.kind;
  std::optional<Expr> written = kind == ValueType::json ? std::move(value) : as_text(std::move(value), span, true);
  if (!written || kind == ValueType::json || kind == ValueType::number || kind == ValueType::boolean) return written;
  std::vector<Expr> operands;
  operands.push_back(std::move(*written));
  written = make_call(Function::json_quote, ValueType::text, span, std::move(operands));
  if (!fold(values_.sink(), *written)) return std::nullopt;
  return written;
}

std::optional<Expr> json_text(Values& values, Expr value, Span span) {
  return Checker(values).as_json(std::move(value), span);
}

const catalogue::FunctionEntry* Checker::overload(const catalogue::FunctionEntry& first, const Expr& argument) {
  std::vector<std::string> takes;
  for (const auto& row : catalogue::functions()) {
    if (row.name != first.name) continue;
    const ValueType wanted = row.argument[0];
    if (wanted == argument.type.kind || (wanted == ValueType::text && is_plain_text(argument.type.kind))) return &row;
    takes.emplace_back(type_words(wanted));
  }
  std::string list;
  for (std::size_t i = 0; i < takes.size(); ++i)
    list += (i == 0 ? "" : i + 1 == takes.size() ? " or " : ", ") + takes[i];
  values_.sink().report(Code::type_mismatch, argument.span, "`{}` needs {}, and this is {}", first.name, list,
                        type_words(argument.type.kind));
  return nullptr;
}

std::optional<Expr> Checker::arguments(const syntax::Expr& expr, const catalogue::FunctionEntry& first) {
  const auto odd = std::ranges::find_if(
      expr.args, [](const syntax::Argument& arg) { return !arg.name.empty() || arg.spread || arg.values.size() != 1; });
  if (odd != expr.args.end()) {
    values_.sink().report(Code::wrong_arguments, odd->span, "`{}` takes plain values", first.name);
    return std::nullopt;
  }
  if (expr.args.size() != first.arguments) {
    values_.sink().report(Code::wrong_arguments, expr.span, "`{}` takes {} {}, and {} {} given", first.name,
                          first.arguments, first.arguments == 1 ? "value" : "values", expr.args.size(),
                          expr.args.size() == 1 ? "is" : "are");
    return std::nullopt;
  }
  const catalogue::FunctionEntry* entry = &first;
  const bool several = std::ranges::count(catalogue::functions(), first.name, &catalogue::FunctionEntry::name) > 1;
  std::vector<Expr> operands;
  for (std::size_t i = 0; i < first.arguments; ++i) {
    const bool chooses = several && i == 0;
    Want want{std::nullopt, fmt::format("`{}`", first.name)};
    if (!chooses) want.type = entry->argument[i];
    auto argument = value(expr.args[i].values[0], want);
    if (argument && chooses) entry = overload(first, *argument);
    if (!argument || entry == nullptr) {
      // The others may have mistakes of their own.
      for (std::size_t k = i + 1; k < first.arguments; ++k)
        value(expr.args[k].values[0], {first.argument[k], fmt::format("`{}`", first.name)});
      return std::nullopt;
    }
    operands.push_back(std::move(*argument));
  }
  if (first.name == "format" && !check_pattern(operands[0].type.kind, operands[1])) return std::nullopt;
  Expr result = make_call(*entry->id, entry->result, expr.span, std::move(operands));
  if (!add_extras(*entry, result)) return std::nullopt;
  if (entry->result == ValueType::text) bound_result(result);
  return fold(values_.sink(), result) ? std::optional(std::move(result)) : std::nullopt;
}

bool Checker::add_extras(const catalogue::FunctionEntry& entry, Expr& call) {
  for (const char extra : entry.extras) {
    auto operand = extra == 'z' ? values_.zone(call.span) : values_.language(call.span);
    if (!operand) return false;
    call.children.push_back(std::move(*operand));
  }
  return true;
}

bool Checker::check_pattern(ValueType kind, const Expr& pattern) {
  if (!is_constant(pattern)) {
    values_.sink()
        .report(Code::not_constant, pattern.span, "the pattern of `format` must be known before the start")
        .hint("`format(day, \"d MMM yyyy\")`");
    return false;
  }
  const bool number = kind == ValueType::number || kind == ValueType::money;
  const Status status = number
                            ? calendar::check_number_pattern(pattern.text)
                            : calendar::check_pattern(pattern.text, kind == ValueType::date   ? calendar::Parts::date
                                                                    : kind == ValueType::time ? calendar::Parts::time
                                                                                              : calendar::Parts::both);
  if (status) return true;
  values_.sink()
      .report(Code::bad_pattern, pattern.span, "this pattern cannot be used: {}", status.error().message)
      .hint(number ? "such as `0.00` or `#,##0.##`"
                   : "such as `d MMM yyyy`, `EEEE` or `HH:mm`; plain words stand between apostrophes: `d 'de' MMMM`");
  return false;
}

// The longest text that can come out.
void Checker::bound_result(Expr& call) {
  using enum program::FunctionId;
  switch (call.function) {
    case format_date:
    case format_time:
    case format_instant:
      call.type.chars_max = static_cast<std::uint32_t>(calendar::longest_formatted(call.children[1].text));
      return;
    case format_number:
      call.type.chars_max = 32;  // a sign, 12 digits, 3 signs between them, 6 decimals, and room for long signs
      return;
    case lower:  // character by character
    case upper:
    case trim:  // these only shorten
    case left:
    case right:
      call.type.chars_max = characters_max(call.children[0].type);
      break;
    default:
      return;
  }
  if ((call.function != left && call.function != right) || !is_constant(call.children[1])) return;
  const std::int64_t count = std::max<std::int64_t>(call.children[1].scalar / limits::kNumberScale, 1);
  const auto limit = static_cast<std::uint32_t>(std::min<std::int64_t>(count, limits::kTextValueBytesMax));
  call.type.chars_max = call.type.chars_max == 0 ? limit : std::min(call.type.chars_max, limit);
}

}  // namespace flow::check
