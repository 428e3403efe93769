// `recognize region of NUMBER as NAME { PH, MM => a; else => b }`.
#include "compiler/check/arms.h"

namespace flow::check {
bool check_region_arm(FlowScope& scope, const syntax::Entry& entry, std::map<std::string, Span>& seen,
                      std::vector<std::string>& regions) {
  bool fine = true;
  for (const syntax::Item& item : entry.head.items) {
    if (item.exprs.size() != 1) {
      scope.sink()
          .report(Code::unexpected_part, item.exprs[1].span, "regions stand between commas")
          .hint("`PH, MM => STEP`");
      fine = false;
      continue;
    }
    const auto code = check_region(scope.sink(), item.exprs[0]);
    if (!code) continue;
    const auto [place, is_new] = seen.emplace(*code, item.span);
    if (is_new) {
      regions.push_back(*code);
      continue;
    }
    scope.sink()
        .report(Code::dead_arm, item.span, "the region {} has an arm already", *code)
        .label("this one never matches")
        .also(place->second, "this one comes first")
        .hint("take one of them out");
  }
  return fine;
}

std::optional<StepBody> check_recognize_region(FlowScope& scope, const WrittenStep& step) {
  const syntax::Entry& entry = step.entry;
  const syntax::Expr& number = step.hole(0);
  const syntax::Expr* into = step.hole_if_any(1);
  RecognizeRegion body;
  FlowValues values(scope);
  auto value = check_value(values, number, {ValueType::phone, "`recognize region`"});
  if (value && value->type.secret) {
    scope.sink().report(Code::secret_use, number.span, "the region would show something of a secret");
  } else if (value) {
    body.number = std::move(*value);
  }
  if (into != nullptr) body.into = result_variable(scope, *into, ValueType::region);
  const auto arms =
      collect_arms(scope, entry, "recognize region", "`else => STEP` takes numbers of every other region");
  if (!arms) return std::nullopt;
  bool fine = true;
  std::map<std::string, Span> seen;
  for (const syntax::Entry* written : arms->arms) {
    RecognizeRegion::Arm arm;
    arm.span = written->head.span;
    fine &= check_region_arm(scope, *written, seen, arm.regions);
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
