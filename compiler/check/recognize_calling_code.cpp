// `recognize calling code of NUMBER as NAME { 63, 95 => a; else => b }`.
#include <map>

#include "base/limits.h"
#include "compiler/check/arms.h"
#include "compiler/syntax/format.h"
#include "numbers/numbers.h"

namespace flow::check {
namespace {

constexpr std::int64_t kCallingCodeMax = 999;

// `PH` and `"+63"` mean a code, too, but it is not written so.
std::string hint_for(const syntax::Expr& written) {
  std::string digits;
  if (written.kind == syntax::ExprKind::name) {
    for (const std::uint32_t code : numbers::calling_codes())
      for (const std::string& region : numbers::regions_of_calling_code(code))
        if (region == written.text) return fmt::format("the calling code of {} is `{}`", region, code);
  }
  if (written.kind == syntax::ExprKind::string)
    for (const syntax::StringPiece& piece : written.pieces)
      for (const char c : piece.text)
        if (c >= '0' && c <= '9') digits += c;
  if (!digits.empty() && digits.size() <= 3) return fmt::format("write `{}`", digits);
  return "calling codes are numbers, as in `63, 95 => STEP`";
}

std::optional<RecognizeCallingCode::Code> check_code(FlowScope& scope, const syntax::Expr& written) {
  std::optional<std::int64_t> number;
  if (written.kind == syntax::ExprKind::number) number = parse_number_literal(written.raw);
  if (!number) {
    scope.sink()
        .report(Code::unknown_calling_code, written.span, "`{}` is no calling code", syntax::format(written))
        .hint(hint_for(written));
    return std::nullopt;
  }
  RecognizeCallingCode::Code result;
  const std::int64_t whole = *number / limits::kNumberScale;
  if (*number % limits::kNumberScale == 0 && whole > 0 && whole <= kCallingCodeMax) {
    result.code = static_cast<std::uint32_t>(whole);
    result.regions = numbers::regions_of_calling_code(result.code);
  }
  if (!result.regions.empty()) return result;
  scope.sink()
      .report(Code::unknown_calling_code, written.span, "no region has the calling code {}", syntax::format(written))
      .hint(whole > kCallingCodeMax
                ? "an area code, as in +1 809, is no part of it: `recognize region` tells such regions apart"
                : "codes such as 63 or 1; numbers of networks that belong to no region take `else`");
  return std::nullopt;
}

}  // namespace

std::optional<StepBody> check_recognize_calling_code(FlowScope& scope, const WrittenStep& step) {
  const syntax::Entry& entry = step.entry;
  const syntax::Expr& number = step.hole(0);
  const syntax::Expr* into = step.hole_if_any(1);
  constexpr std::string_view kName = "recognize calling code";
  RecognizeCallingCode body;
  FlowValues values(scope);
  auto value = check_value(values, number, {ValueType::phone, "`recognize calling code`"});
  if (value && value->type.secret) {
    scope.sink().report(Code::secret_use, number.span, "the calling code would show something of a secret");
  } else if (value) {
    body.number = std::move(*value);
  }
  if (into != nullptr) body.into = result_variable(scope, *into, ValueType::number);
  const auto arms = collect_arms(scope, entry, kName, "`else => STEP` takes numbers of every other calling code");
  if (!arms) return std::nullopt;
  bool fine = true;
  std::map<std::uint32_t, Span> seen;
  for (const syntax::Entry* written : arms->arms) {
    RecognizeCallingCode::Arm arm;
    arm.span = written->head.span;
    for (const syntax::Item& item : written->head.items) {
      if (item.exprs.size() != 1) {
        scope.sink()
            .report(Code::unexpected_part, item.exprs[1].span, "calling codes stand between commas")
            .hint("`63, 95 => STEP`");
        fine = false;
        continue;
      }
      auto code = check_code(scope, item.exprs[0]);
      if (!code) continue;
      const auto [place, is_new] = seen.emplace(code->code, item.span);
      if (is_new) {
        arm.codes.push_back(std::move(*code));
        continue;
      }
      scope.sink()
          .report(Code::dead_arm, item.span, "the calling code {} has an arm already", code->code)
          .label("this one never matches")
          .also(place->second, "this one comes first")
          .hint("take one of them out");
    }
    const auto target = check_arrow(scope, *written, "an arm");
    fine &= target.has_value();
    if (target) arm.target = *target;
    body.arms.push_back(std::move(arm));
  }
  if (!fine) return std::nullopt;
  body.otherwise = *arms->otherwise;
  return body;
}

}  // namespace flow::check
