// `random { 50% => a; 50% => b }`, `random by KEY { … }`.
#include "base/limits.h"
#include "compiler/check/stages.h"
#include "compiler/syntax/format.h"

namespace flow::check {
namespace {

constexpr std::size_t kArmsMin = 2;
constexpr std::size_t kArmsMax = 5;

// The share of an arm; 0: reported.
std::uint32_t share_of(FlowScope& scope, const syntax::Entry& line) {
  const syntax::Item& item = line.head.items[0];
  if (item.is_else) {
    scope.sink()
        .report(Code::unexpected_part, item.span, "`random` has no rest for an `else`")
        .hint("give the arm a share: `50% => STEP`");
    return 0;
  }
  if (line.head.items.size() > 1 || item.exprs.size() > 1) {
    scope.sink()
        .report(Code::unexpected_part, line.head.items.size() > 1 ? line.head.items[1].span : item.exprs[1].span,
                "an arm has one share")
        .hint("`50% => STEP`");
    return 0;
  }
  const syntax::Expr& written = item.exprs[0];
  if (written.kind != syntax::ExprKind::quantity || !written.raw.ends_with('%')) {
    auto builder =
        scope.sink().report(Code::malformed_value, written.span, "`{}` is no share", syntax::format(written));
    if (written.kind == syntax::ExprKind::number)
      builder.hint(fmt::format("`{}%`", syntax::format(written)));
    else
      builder.hint("a share is a percentage: `50% => STEP`");
    return 0;
  }
  const auto share = parse_number_literal(std::string_view(written.raw).substr(0, written.raw.size() - 1));
  if (share && *share % limits::kNumberScale == 0 && *share > 0 && *share < 100 * limits::kNumberScale)
    return static_cast<std::uint32_t>(*share / limits::kNumberScale);
  scope.sink()
      .report(Code::out_of_range, written.span, "a share cannot be {}", written.raw)
      .hint("whole percents, from 1% to 99%");
  return 0;
}

std::optional<Expr> check_key(FlowScope& scope, const syntax::Expr& written) {
  FlowValues values(scope);
  auto key = check_value(values, written, {std::nullopt, "`random by`"});
  if (!key) return std::nullopt;
  if (key->type.secret) {
    scope.sink().report(Code::secret_use, written.span, "which arm is taken would show something of a secret");
    return std::nullopt;
  }
  if (is_constant(*key))
    scope.sink()
        .report(Code::dead_arm, written.span, "every execution has this key")
        .label("so all take the same arm")
        .hint("a key that differs, such as the recipient's number; without `by` each execution draws");
  auto piece = check_piece(values, std::move(*key), written.span);
  if (!piece) return std::nullopt;
  return as_text(scope.sink(), std::move(*piece));
}

void check_sum(FlowScope& scope, const syntax::Entry& entry, const Random& body) {
  std::uint32_t sum = 0;
  for (const Random::Arm& arm : body.arms) sum += arm.share;
  if (sum == 100) return;
  scope.sink()
      .report(Code::shares_sum, entry.colon->span, "the shares are {}% together, not 100%", sum)
      .hint(sum < 100 ? fmt::format("{}% are missing", 100 - sum) : fmt::format("{}% are too much", sum - 100));
}

}  // namespace

std::optional<StepBody> check_random(FlowScope& scope, const WrittenStep& step) {
  const syntax::Entry& entry = step.entry;
  const syntax::Expr* key = step.hole_if_any(0);
  Sink& sink = scope.sink();
  Random body;
  if (key != nullptr) {
    if (auto checked = check_key(scope, *key)) body.key = std::move(*checked);
  } else {
    body.draws = true;
  }
  if (!entry.block) {
    sink.report(Code::missing_part, entry.colon->span, "`random` has no arms")
        .hint("a block: `{ 50% => STEP; 50% => STEP }`");
    return std::nullopt;
  }
  refuse_other_parts(sink, entry, kColon | kBlock, "random");
  bool fine = true;
  const std::size_t arms = entry.block->entries.size();
  bool counted = arms >= kArmsMin;  // every share is known
  if (!counted)
    sink.report(Code::missing_part, entry.colon->span, "`random` has {}", arms == 0 ? "no arms" : "one arm")
        .hint(fmt::format("from {} to {} arms", kArmsMin, kArmsMax));
  for (const syntax::Entry& line : entry.block->entries) {
    refuse_other_parts(sink, line, kArrow, "an arm");
    Random::Arm arm;
    arm.span = line.head.span;
    if (arms >= kArmsMin) arm.share = share_of(scope, line);
    counted &= arm.share != 0;
    const auto target = check_arrow(scope, line, "an arm");
    fine &= target.has_value();
    if (target) arm.target = *target;
    body.arms.push_back(std::move(arm));
  }
  if (body.arms.size() > kArmsMax)
    sink.report(Code::too_many, body.arms[kArmsMax].span, "`random` has {} arms", body.arms.size())
        .hint(fmt::format("from {} to {} arms", kArmsMin, kArmsMax));
  if (counted) check_sum(scope, entry, body);
  if (!fine) return std::nullopt;
  return body;
}

}  // namespace flow::check
