// `guarantee …`: resolved here, proven in compiler/prove.
#include <algorithm>

#include "base/limits.h"
#include "compiler/check/pattern.h"
#include "compiler/check/stages.h"
#include "compiler/check/words.h"
#include "compiler/diagnostics/suggest.h"

namespace flow::check {
namespace {

bool resolve_channel(FlowScope& scope, const syntax::Expr& word, Guarantee& guarantee) {
  guarantee.channel = check_channel_kind(scope.sink(), word);
  return guarantee.channel.has_value();
}

bool resolve_step(FlowScope& scope, const syntax::Expr& word, Guarantee& guarantee) {
  const auto found = scope.steps.find(step_name(word));
  if (found != scope.steps.end()) {
    guarantee.step = found->second;
    return true;
  }
  scope.sink()
      .report(Code::unknown_step, word.span, "there is no step `{}`", step_name(word))
      .hint(diagnostics::did_you_mean(word.text, keys(scope.steps)));
  return false;
}

}  // namespace

void check_guarantee(FlowScope& scope, const syntax::Entry& entry, std::span<const syntax::Expr> words) {
  refuse_other_parts(scope.sink(), entry, kNoPart, "guarantee");
  const Span span = source::join(words.front().span, words.back().span);
  const Patterns& patterns = guarantee_patterns();
  const auto found = match(words, patterns);
  if (!found) {
    report_unmatched(scope.sink(), words, span, patterns, Code::malformed_value, "guarantee",
                     "docs/language/reference.md lists the guarantees");
    return;
  }
  const auto& known = catalogue::guarantees()[found->entry];
  if (known.support == catalogue::Support::not_yet) {
    report_not_yet(scope.sink(), span, scope.shared.sources.text(span));
    return;
  }
  Guarantee guarantee;
  guarantee.span = span;
  FlowValues values(scope);
  const auto messages = [&](const syntax::Expr& number) {
    guarantee.kind = Guarantee::Kind::messages;
    const auto limit = check_whole(values, number, "`messages`", 0, limits::kMessagesPerExecutionMax);
    if (limit) guarantee.limit = *limit;
    return limit.has_value();
  };
  bool fine = false;
  switch (known.id) {
    case catalogue::Guarantee::messages:
      fine = messages(*found->holes[0]);
      break;
    case catalogue::Guarantee::channel_messages:
      fine = resolve_channel(scope, *found->holes[0], guarantee) && messages(*found->holes[1]);
      break;
    case catalogue::Guarantee::last_send: {
      guarantee.kind = Guarantee::Kind::last_send;
      const auto ms = check_duration(values, *found->holes[0], "`last send within`", 0, limits::kExpiresMsMax);
      if (ms) guarantee.limit = *ms;
      fine = ms.has_value();
      break;
    }
    case catalogue::Guarantee::end: {
      guarantee.kind = Guarantee::Kind::end;
      const auto ms = check_duration(values, *found->holes[0], "`end within`", 0, limits::kExpiresMsMax);
      if (ms) guarantee.limit = *ms;
      fine = ms.has_value();
      break;
    }
    case catalogue::Guarantee::no_double_charge:
      guarantee.kind = Guarantee::Kind::no_double_charge;
      fine = true;
      break;
    case catalogue::Guarantee::every_region_reaches:
      guarantee.kind = Guarantee::Kind::every_region_reaches;
      fine = resolve_step(scope, *found->holes[0], guarantee);
      break;
    case catalogue::Guarantee::cost: {
      guarantee.kind = Guarantee::Kind::cost;
      const auto most = check_constant(values, *found->holes[0], {ValueType::money, "`cost`"});
      fine = most && most->scalar >= 0;
      if (most && most->scalar < 0)
        scope.sink().report(Code::out_of_range, found->holes[0]->span, "a cost below nothing").hint("0 or more");
      if (!fine) break;
      guarantee.limit = most->scalar;
      guarantee.currency = most->type.currency;
      break;
    }
    case catalogue::Guarantee::none:
      break;
  }
  if (!fine) return;
  const auto same = std::ranges::find_if(scope.flow.guarantees, [&](const Guarantee& other) {
    return other.kind == guarantee.kind && other.channel == guarantee.channel && other.step == guarantee.step &&
           other.limit == guarantee.limit;
  });
  if (same != scope.flow.guarantees.end()) {
    scope.sink()
        .report(Code::repeated_setting, span, "this guarantee is there already")
        .also(same->span, "the first one")
        .hint("take one of them out");
    return;
  }
  scope.flow.guarantees.push_back(guarantee);
  if (scope.flow.guarantees.size() == limits::kGuaranteesMax + 1)
    scope.sink().report(Code::too_many, entry.head.span, "the flow has more than {} guarantees",
                        limits::kGuaranteesMax);
}

}  // namespace flow::check
