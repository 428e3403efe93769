// `schedule { 2026-12-25 => a; mon..fri 09:00..18:00, sat => b; else => c }`: conditions on the clocks of the flow's
// zone, so what is left of it is a branch.
#include <algorithm>
#include <map>
#include <utility>

#include "base/limits.h"
#include "compiler/check/arms.h"
#include "compiler/check/clock.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/syntax/format.h"

namespace flow::check {
namespace {

using SyntaxKind = syntax::ExprKind;
using Bounds = std::pair<std::int64_t, std::int64_t>;

// Days of an item: from a date to a date, or from a weekday (0: Monday) to a weekday, both included.
struct Days {
  enum class Kind : std::uint8_t { all, dates, weekdays };
  Kind kind = Kind::all;
  Bounds bounds;
};

class ItemReader {
 public:
  explicit ItemReader(FlowScope& scope) : scope_(scope) {}

  // The condition that an item stands for; nothing when it was reported.
  std::optional<Expr> read(const syntax::Item& item) {
    const auto& words = item.exprs;
    Days days;
    std::optional<Bounds> hours;
    std::size_t at = 0;
    if (!is_hours(words[0])) {
      if (!read_days(words[0], days)) return std::nullopt;
      ++at;
    }
    if (at < words.size()) {
      hours = read_hours(words[at]);
      if (!hours) return std::nullopt;
      ++at;
    }
    if (at < words.size()) {
      malformed(words[at].span);
      return std::nullopt;
    }
    return condition(days, hours, item.span);
  }

 private:
  void malformed(Span span) {
    scope_.sink()
        .report(Code::malformed_value, span, "an arm of `schedule` does not go on like this")
        .hint("days, hours, or both: `2026-12-25`, `mon..fri 09:00..18:00`, `22:00..06:00`");
  }

  static const syntax::Expr& first_of(const syntax::Expr& written) {
    return written.kind == SyntaxKind::binary ? written.children[0] : written;
  }
  static bool is_range(const syntax::Expr& written) {
    return written.kind == SyntaxKind::binary && written.op == syntax::BinaryOp::range;
  }
  static bool is_hours(const syntax::Expr& written) { return first_of(written).kind == SyntaxKind::time; }

  bool read_days(const syntax::Expr& written, Days& days) {
    days.kind = first_of(written).kind == SyntaxKind::date ? Days::Kind::dates : Days::Kind::weekdays;
    const auto one = [&](const syntax::Expr& day) { return days.kind == Days::Kind::dates ? date(day) : weekday(day); };
    if (!is_range(written)) {
      const auto day = one(written);
      if (day) days.bounds = {*day, *day};
      return day.has_value();
    }
    const auto from = one(written.children[0]);
    const auto to = one(written.children[1]);
    if (!from || !to) return false;
    days.bounds = {*from, *to};
    if (days.kind == Days::Kind::weekdays || *from <= *to) return true;
    scope_.sink()
        .report(Code::out_of_range, written.span, "these days end before they begin")
        .hint("the earlier day stands first");
    return false;
  }

  std::optional<std::int64_t> date(const syntax::Expr& written) {
    FlowValues values(scope_);
    const auto value = check_constant(values, written, {ValueType::date, "`schedule`"});
    return value ? std::optional(value->scalar) : std::nullopt;
  }

  std::optional<std::int64_t> weekday(const syntax::Expr& written) {
    if (written.kind != SyntaxKind::name) {
      malformed(written.span);
      return std::nullopt;
    }
    const auto days = catalogue::weekdays();
    const auto found = std::ranges::find(days, std::string_view(written.text));
    if (found != days.end()) return found - days.begin();
    const std::vector<std::string> names(days.begin(), days.end());
    // `monday` and `Mon` begin with what is meant.
    std::string begin = written.text.substr(0, 3);
    std::ranges::transform(begin, begin.begin(), [](char c) { return static_cast<char>(c | 0x20); });
    std::string help =
        diagnostics::did_you_mean(std::ranges::find(names, begin) != names.end() ? begin : written.text, names);
    if (help.empty()) help = "days are `mon`, `tue`, `wed`, `thu`, `fri`, `sat` and `sun`, or dates: `2026-12-25`";
    scope_.sink().report(Code::malformed_value, written.span, "`{}` is no day", written.text).hint(help);
    return std::nullopt;
  }

  std::optional<Bounds> read_hours(const syntax::Expr& written) {
    if (!is_range(written) || written.children[0].kind != SyntaxKind::time) {
      scope_.sink()
          .report(Code::malformed_value, written.span, "these are no hours")
          .hint("from a time to a time: `09:00..18:00`; without them a day counts as a whole");
      return std::nullopt;
    }
    FlowValues values(scope_);
    const auto from = check_constant(values, written.children[0], {ValueType::time, "`schedule`"});
    const auto to = check_constant(values, written.children[1], {ValueType::time, "`schedule`"});
    if (!from || !to) return std::nullopt;
    if (from->scalar != to->scalar) return Bounds{from->scalar, to->scalar};
    scope_.sink()
        .report(Code::out_of_range, written.span, "these hours end when they begin")
        .hint("leave them out for a whole day");
    return std::nullopt;
  }

  // ---- The condition

  Expr truth(ExprKind kind, Expr a, Expr b, Span span) {
    Expr result = make_expr(kind, ValueType::boolean, span);
    result.children.push_back(std::move(a));
    result.children.push_back(std::move(b));
    return result;
  }
  Expr both(Expr a, Expr b, Span span) { return truth(ExprKind::logical_and, std::move(a), std::move(b), span); }
  Expr either(Expr a, Expr b, Span span) { return truth(ExprKind::logical_or, std::move(a), std::move(b), span); }

  // Is the day in them? `back`: the day before.
  Expr on(const Days& days, bool back, Expr today, Span span) {
    const auto [first, last] = days.bounds;
    const std::int64_t shift = back ? 1 : 0;
    const bool dates = days.kind == Days::Kind::dates;
    const ValueType type = dates ? ValueType::date : ValueType::number;
    const auto day = [&](std::int64_t value) {
      return scalar_constant(type, dates ? value + shift : (value + shift) % 7 * limits::kNumberScale, span);
    };
    if (!dates) {
      std::vector<Expr> operands;
      operands.push_back(std::move(today));
      today = make_call(Function::weekday, ValueType::number, span, std::move(operands));
    }
    if (first == last) return truth(ExprKind::equal, std::move(today), day(first), span);
    Expr copy = today;
    // From Friday to Monday: not before one or not after the other. All seven days are `either`, too.
    const bool wraps = !dates && (first + shift) % 7 > (last + shift) % 7;
    Expr from = truth(ExprKind::greater_equal, std::move(today), day(first), span);
    Expr to = truth(ExprKind::less_equal, std::move(copy), day(last), span);
    return wraps ? either(std::move(from), std::move(to), span) : both(std::move(from), std::move(to), span);
  }

  std::optional<Expr> condition(const Days& days, const std::optional<Bounds>& hours, Span span) {
    auto today = clock_value(scope_, Function::date_in, ValueType::date, span);
    auto time = clock_value(scope_, Function::time_in, ValueType::time, span);
    if (!today || !time) return std::nullopt;
    const bool every_day = days.kind == Days::Kind::all;
    if (!hours) return on(days, false, std::move(*today), span);
    const auto hour = [&](ExprKind kind, std::int64_t at) {
      return truth(kind, *time, scalar_constant(ValueType::time, at, span), span);
    };
    Expr begun = hour(ExprKind::greater_equal, hours->first);
    Expr open = hour(ExprKind::less, hours->second);
    // Over midnight: the hours belong to the day on which they begin.
    if (hours->first > hours->second) {
      if (every_day) return either(std::move(begun), std::move(open), span);
      Expr evening = both(on(days, false, *today, span), std::move(begun), span);
      Expr morning = both(on(days, true, *today, span), std::move(open), span);
      return either(std::move(evening), std::move(morning), span);
    }
    Expr within = both(std::move(begun), std::move(open), span);
    return every_day ? within : both(on(days, false, std::move(*today), span), std::move(within), span);
  }

  FlowScope& scope_;
};

}  // namespace

std::optional<StepBody> check_schedule(FlowScope& scope, const WrittenStep& step) {
  const syntax::Entry& entry = step.entry;
  const auto arms = collect_arms(scope, entry, "schedule", "`else => STEP` says what comes at all other times");
  if (!arms) return std::nullopt;
  Branch body;
  body.at_now = true;
  bool fine = true;
  std::map<std::string, Span> seen;
  for (const syntax::Entry* written : arms->arms) {
    Branch::Arm arm;
    arm.span = written->head.span;
    const auto target = check_arrow(scope, *written, "an arm");
    fine &= target.has_value();
    if (target) arm.target = *target;
    arm.name = std::string(scope.shared.sources.text(written->head.span));
    std::optional<Expr> condition;
    for (const syntax::Item& item : written->head.items) {
      auto one = ItemReader(scope).read(item);
      if (!one) continue;
      std::string words;
      for (const syntax::Expr& word : item.exprs) words += syntax::format(word) + " ";
      const auto [place, is_new] = seen.emplace(words, item.span);
      if (!is_new)
        scope.sink()
            .report(Code::dead_arm, item.span, "these times have an arm already")
            .label("this one never matches")
            .also(place->second, "this one comes first")
            .hint("take one of them out");
      if (!condition) {
        condition = std::move(one);
        continue;
      }
      Expr joined = make_expr(ExprKind::logical_or, ValueType::boolean, arm.span);
      joined.children.push_back(std::move(*condition));
      joined.children.push_back(std::move(*one));
      condition = std::move(joined);
    }
    if (condition) arm.condition = std::move(*condition);
    body.arms.push_back(std::move(arm));
  }
  if (!fine) return std::nullopt;
  body.otherwise = *arms->otherwise;
  return body;
}

}  // namespace flow::check
