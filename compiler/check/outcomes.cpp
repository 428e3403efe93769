// The arms of a send: known outcomes, possible on the channel, none twice, none left out.
#include <algorithm>
#include <map>

#include "base/limits.h"
#include "compiler/check/pattern.h"
#include "compiler/check/stages.h"

namespace flow::check {
namespace {

using catalogue::OutcomeId;
using catalogue::OutcomeKind;

struct Arm {
  Target target;
  std::int64_t after_ms = 0;
  Span span;
};

class ArmChecker {
 public:
  ArmChecker(FlowScope& scope, const syntax::Entry& entry, ChannelKind kind, const std::string& purpose)
      : scope_(scope), entry_(entry), channel_(catalogue::channel(kind)), purpose_(purpose) {}

  bool run(const std::vector<const syntax::Entry*>& lines, Send& send) {
    for (const syntax::Entry* line : lines) read(*line);
    refuse_what_cannot_happen();
    take_otherwise();
    report_unhandled();
    if (!fine_) return false;
    fill(send);
    return true;
  }

 private:
  std::string step() const { return single_name(entry_.head)->text; }

  void read(const syntax::Entry& line) {
    refuse_other_parts(scope_.sink(), line, kArrow, "an arm");
    const auto target =
        check_arrow(scope_, line, line.head.items[0].is_else ? "else" : line.head.items[0].exprs[0].text);
    if (!target) fine_ = false;
    for (const syntax::Item& item : line.head.items) read_item(item, target);
  }

  void read_item(const syntax::Item& item, const std::optional<Target>& target) {
    const Patterns& patterns = outcome_patterns();
    if (item.is_else) {
      fine_ = false;
      scope_.sink()
          .report(Code::unknown_outcome, item.span, "`else` covers no outcome of a message")
          .hint("name them: `failed, undelivered after 30s => STEP`");
      return;
    }
    const auto found = match(item.exprs, patterns);
    if (!found) {
      fine_ = false;
      report_unmatched(scope_.sink(), item.exprs, item.span, patterns, Code::unknown_outcome, "outcome");
      mention(item);
      return;
    }
    const auto& outcome = catalogue::outcomes()[found->entry];
    if (outcome.support == catalogue::Support::not_yet) {
      fine_ = false;
      report_later(scope_.sink(), item.exprs, outcome.pattern);
      return;
    }
    if (outcome.of != catalogue::OutcomeOf::message) {
      fine_ = false;
      unclear_ = true;
      scope_.sink()
          .report(Code::impossible_outcome, item.span, "`{}` cannot happen: a `send` waits for {}",
                  catalogue::word_of(outcome.id), outcome.of == catalogue::OutcomeOf::clock ? "no clock" : "no answer")
          .hint("`undelivered after` and `unread after` bound how long it waits");
      return;
    }
    Arm arm{target.value_or(Target{}), 0, item.span};
    if (!found->holes.empty()) {
      FlowValues values(scope_);
      const auto ms = check_duration(values, *found->holes[0], fmt::format("`{}`", catalogue::word_of(outcome.id)),
                                     1000, limits::kExpiresMsMax);
      if (ms) arm.after_ms = *ms;
    }
    const auto [place, is_new] = arms_.emplace(outcome.id, arm);
    if (is_new) return;
    scope_.sink()
        .report(Code::dead_arm, item.span, "`{}` has an arm already", catalogue::word_of(outcome.id))
        .label("this one never matches")
        .also(place->second.span, "this one comes first")
        .hint("take one of them out");
  }

  // A misspelt outcome is not left out as well.
  void mention(const syntax::Item& item) {
    if (item.exprs.empty() || item.exprs[0].kind != syntax::ExprKind::name) return;
    for (const auto& outcome : catalogue::outcomes())
      if (item.exprs[0].text == outcome.pattern.substr(0, outcome.pattern.find(' '))) mentioned_.push_back(outcome.id);
    unclear_ = true;
  }

  bool has(OutcomeId id) const { return arms_.contains(id); }

  void impossible(OutcomeId id, std::string_view why, std::string_view hint) {
    fine_ = false;
    scope_.sink()
        .add(Code::impossible_outcome, arms_.at(id).span,
             fmt::format("`{}` cannot happen: {}", catalogue::word_of(id), why))
        .hint(std::string(hint));
    refused_.push_back(id);
    arms_.erase(id);
  }

  void refuse_unreported(OutcomeId id, bool reported, std::string_view receipt) {
    if (!has(id) || reported) return;
    impossible(id, fmt::format("{} reports no `{}`", channel_.name, receipt),
               channel_.reports_delivered ? "wait for `delivered`, or for `sent`" : "wait for `sent`");
  }

  void refuse_what_cannot_happen() {
    if (has(OutcomeId::opted_out) && !purpose_.empty() && purpose_ != "marketing")
      impossible(OutcomeId::opted_out, fmt::format("this message is for {}", purpose_),
                 "only marketing is kept from who has unsubscribed");
    refuse_unreported(OutcomeId::read, channel_.reports_read, "read");
    refuse_unreported(OutcomeId::unread, channel_.reports_read, "read");
    refuse_unreported(OutcomeId::delivered, channel_.reports_delivered, "delivered");
    refuse_unreported(OutcomeId::undelivered, channel_.reports_delivered, "delivered");
    // The lowest milestone is where the step is left; what lies above it never comes.
    for (const OutcomeId id : {OutcomeId::sent, OutcomeId::delivered, OutcomeId::read}) {
      if (!has(id)) continue;
      if (!milestone_) {
        milestone_ = id;
        continue;
      }
      fine_ = false;
      scope_.sink()
          .report(Code::several_milestones, arms_.at(id).span,
                  "`{}` cannot happen: the step is left when the message is `{}`", catalogue::word_of(id),
                  catalogue::word_of(*milestone_))
          .also(arms_.at(*milestone_).span, "left here")
          .hint(fmt::format("keep `{}` alone to wait for it", catalogue::word_of(id)));
      refused_.push_back(id);
      arms_.erase(id);
    }
    if (milestone_ == OutcomeId::sent && has(OutcomeId::undelivered))
      impossible(OutcomeId::undelivered, "the step is left when the message is `sent`",
                 "wait for `delivered` instead of `sent`");
    if ((milestone_ == OutcomeId::sent || milestone_ == OutcomeId::delivered) && has(OutcomeId::unread))
      impossible(OutcomeId::unread,
                 fmt::format("the step is left when the message is `{}`", catalogue::word_of(*milestone_)),
                 fmt::format("wait for `read` instead of `{}`", catalogue::word_of(*milestone_)));
  }

  // What the step must answer, in the order people read it.
  std::vector<OutcomeId> required() const {
    std::vector<OutcomeId> result{OutcomeId::failed};
    if (milestone_ && *milestone_ != OutcomeId::sent && channel_.reports_delivered)
      result.push_back(OutcomeId::undelivered);
    if (milestone_ == OutcomeId::read && channel_.reports_read) result.push_back(OutcomeId::unread);
    return result;
  }

  void take_otherwise() {
    std::vector<OutcomeId> wanted = required();
    if (purpose_ == "marketing") wanted.push_back(OutcomeId::opted_out);
    for (const OutcomeId id : wanted) {
      if (has(id)) continue;
      const auto rule = std::ranges::find(scope_.otherwise, id, &Otherwise::outcome);
      if (rule == scope_.otherwise.end()) continue;
      rule->used = true;
      fine_ &= rule->target.has_value();
      arms_.emplace(id, Arm{rule->target.value_or(Target{}), rule->after_ms, rule->span});
    }
  }

  void report_unhandled() {
    std::vector<std::string> missing, patterns;
    const auto add = [&](OutcomeId id) {
      if (std::ranges::find(mentioned_, id) != mentioned_.end()) return;
      missing.emplace_back(catalogue::word_of(id));
      std::string pattern(catalogue::pattern_of(id));
      if (const std::size_t hole = pattern.find("DURATION"); hole != std::string::npos) pattern.replace(hole, 8, "30s");
      patterns.push_back(std::move(pattern));
    };
    // An outcome that could not be read may be the one that seems to be missing.
    if (unclear_) return;
    for (const OutcomeId id : required())
      if (!has(id)) add(id);
    const bool waits = milestone_ || !refused_.empty();
    if (missing.empty() && waits) return;
    fine_ = false;
    std::vector<std::string> reports;
    if (channel_.reports_sent) reports.emplace_back("sent");
    if (channel_.reports_delivered) reports.emplace_back("delivered");
    if (channel_.reports_read) reports.emplace_back("read");
    if (missing.empty()) {
      scope_.sink()
          .report(Code::unhandled_outcome, entry_.colon->span, "`{}` does not say what it waits for", step())
          .hint(fmt::format("an arm for one of {}: `{} => end`", quoted(reports, "or"), reports.back()));
      return;
    }
    std::string arms;
    for (const std::string& pattern : patterns) arms += (arms.empty() ? "" : ", ") + pattern;
    auto builder = scope_.sink().report(Code::unhandled_outcome, entry_.colon->span, "`{}` does not handle {}{}",
                                        step(), quoted(missing), waits ? "" : ", and does not say what it waits for");
    builder.label(missing.size() == 1 ? "an outcome without an arm" : "outcomes without an arm");
    builder.hint(fmt::format("`{} => STEP`{}", arms,
                             waits ? "" : fmt::format(", and an arm for one of {}", quoted(reports, "or"))));
  }

  void fill(Send& send) {
    const auto timed = [&](OutcomeId id) -> std::optional<TimedArm> {
      const auto found = arms_.find(id);
      if (found == arms_.end()) return std::nullopt;
      return TimedArm{found->second.after_ms, found->second.target, found->second.span};
    };
    send.milestone = *milestone_ == OutcomeId::sent        ? Milestone::sent
                     : *milestone_ == OutcomeId::delivered ? Milestone::delivered
                                                           : Milestone::read;
    send.reached = arms_.at(*milestone_).target;
    send.failed = arms_.at(OutcomeId::failed).target;
    if (has(OutcomeId::opted_out)) send.opted_out = arms_.at(OutcomeId::opted_out).target;
    send.undelivered = timed(OutcomeId::undelivered);
    send.unread = timed(OutcomeId::unread);
  }

  FlowScope& scope_;
  const syntax::Entry& entry_;
  const catalogue::Channel& channel_;
  const std::string& purpose_;  // empty: unknown
  std::map<OutcomeId, Arm> arms_;
  std::optional<OutcomeId> milestone_;
  std::vector<OutcomeId> refused_;  // reported and taken out
  std::vector<OutcomeId> mentioned_;
  bool unclear_ = false;
  bool fine_ = true;
};

}  // namespace

bool check_send_arms(FlowScope& scope, const syntax::Entry& entry, const std::vector<const syntax::Entry*>& arms,
                     ChannelKind kind, Send& send) {
  return ArmChecker(scope, entry, kind, send.purpose).run(arms, send);
}

}  // namespace flow::check
