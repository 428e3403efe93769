// `limit each recipient 5 messages within 1h for authentication`, `limit each prefix(7) 200 messages within 10m`.
#include <algorithm>

#include "base/limits.h"
#include "compiler/check/pattern.h"
#include "compiler/check/stages.h"
#include "compiler/diagnostics/suggest.h"

namespace flow::check {
namespace {

class LimitChecker {
 public:
  explicit LimitChecker(WorkspaceScope& scope) : scope_(scope), values_(scope) {}

  void run(const syntax::Entry& entry, const Match& found) {
    refuse_other_parts(sink(), entry, kNoPart, "limit");
    limit_.span = entry.head.span;
    std::span<const syntax::Expr* const> holes = found.holes;
    bool fine = true;
    if (!catalogue::workspace_entries()[found.entry].pattern.starts_with("limit each recipient")) {
      fine = set_prefix(*holes[0]);
      holes = holes.subspan(1);
    }
    const auto messages = check_whole(values_, *holes[0], "`limit`", 1, limits::kLimitMessagesMax);
    const auto within =
        check_duration(values_, *holes[1], "`within`", limits::kLimitWithinMsMin, limits::kLimitWithinMsMax);
    for (const syntax::Expr* purpose : holes.subspan(2)) fine &= add_purpose(*purpose);
    for (const syntax::Expr* purpose : found.more) fine &= add_purpose(*purpose);
    if (!fine || !messages || !within) return;
    limit_.messages = static_cast<std::uint32_t>(*messages);
    limit_.within_ms = *within;
    if (is_duplicate() || is_too_many()) return;
    scope_.workspace.limits.push_back(std::move(limit_));
  }

 private:
  Sink& sink() { return scope_.sink; }

  bool set_prefix(const syntax::Expr& written) {
    if (written.text != "prefix") {
      sink()
          .report(Code::malformed_value, written.span, "there is no limit for each `{}`", written.text)
          .hint("`each recipient`, or `each prefix(7)`: all phone numbers with the same first digits");
      return false;
    }
    const bool one = written.kind == syntax::ExprKind::call && written.args.size() == 1 &&
                     written.args[0].name.empty() && !written.args[0].spread && written.args[0].values.size() == 1;
    if (!one) {
      sink()
          .report(Code::wrong_arguments, written.span, "`prefix` takes one number of digits")
          .hint("`each prefix(7)`: the calling code and the digits behind it, seven together");
      return false;
    }
    const auto digits = check_whole(values_, written.args[0].values[0], "`prefix`", 1, limits::kLimitDigitsMax);
    limit_.prefix = static_cast<std::uint32_t>(digits.value_or(0));
    return digits.has_value();
  }

  bool add_purpose(const syntax::Expr& written) {
    const auto purposes = catalogue::purposes();
    if (written.kind != syntax::ExprKind::name || std::ranges::find(purposes, written.text) == purposes.end()) {
      sink()
          .report(Code::malformed_value, written.span, "there is no purpose `{}`", scope_.sources.text(written.span))
          .hint(diagnostics::did_you_mean(written.text, {purposes.begin(), purposes.end()}));
      return false;
    }
    if (std::ranges::find(limit_.purposes, written.text) != limit_.purposes.end()) {
      sink().report(Code::duplicate_name, written.span, "the purpose `{}` stands here twice", written.text);
      return false;
    }
    limit_.purposes.push_back(written.text);
    return true;
  }

  // The same messages have another maximum in the same time.
  bool is_duplicate() {
    for (const Limit& other : scope_.workspace.limits) {
      if (other.prefix != limit_.prefix || other.within_ms != limit_.within_ms) continue;
      for (const std::string_view purpose : catalogue::purposes()) {
        if (other.purposes.empty() != limit_.purposes.empty()) continue;  // one of all together, one of some
        if (!other.concerns(purpose) || !limit_.concerns(purpose)) continue;
        sink()
            .report(Code::duplicate_name, limit_.span, "messages of `{}` have a limit for this time already", purpose)
            .also(other.span, "the first one")
            .hint("keep one of them");
        return true;
      }
    }
    return false;
  }

  bool is_too_many() {
    if (scope_.workspace.limits.size() < limits::kMessageLimitsMax) return false;
    sink()
        .report(Code::too_many, limit_.span, "more than {} limits", limits::kMessageLimitsMax)
        .hint("one limit may name several purposes");
    return true;
  }

  WorkspaceScope& scope_;
  WorkspaceValues values_;
  Limit limit_;
};

// Whoever keeps `strict` keeps `limit`.
bool implies(const Limit& strict, const Limit& limit) {
  return strict.prefix == limit.prefix && strict.messages <= limit.messages && strict.within_ms >= limit.within_ms &&
         std::ranges::all_of(catalogue::purposes(), [&](std::string_view purpose) {
           return !limit.concerns(purpose) || strict.concerns(purpose);
         });
}

}  // namespace

void declare_limit(WorkspaceScope& scope, const syntax::Entry& entry, const Match& found) {
  LimitChecker(scope).run(entry, found);
}

void report_needless_limits(WorkspaceScope& scope) {
  const auto& all = scope.workspace.limits;
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < all.size(); ++j) {
      if (i == j || !implies(all[j], all[i]) || (implies(all[i], all[j]) && i < j)) continue;
      scope.sink.report(Code::needless_limit, all[i].span, "nothing ever comes to this limit")
          .also(all[j].span, "this one lets through no more, in no shorter time")
          .hint("take it out, or let it allow less");
      break;
    }
  }
}

}  // namespace flow::check
