// `await reply as NAME { "a text", containing "b" => x; location => y; else => z; silent after 1d => end }`, and
// `ask sms as NAME { settings; the same arms; failed => f }`: a message, and a step `STEP.answer` that awaits.
#include <algorithm>

#include "base/limits.h"
#include "compiler/check/pattern.h"
#include "compiler/check/replies.h"
#include "compiler/check/stages.h"
#include "compiler/diagnostics/suggest.h"
#include "runtime/program/text.h"

namespace flow::check {
namespace {

using catalogue::OutcomeId;
using Match = AwaitReply::Match;

std::string arms_hint() {
  return "arms are texts (`\"yes\"`, `containing \"yes\"`, `/\\d+/`), kinds (`image`, `location`), `replied`, `else` "
         "and "
         "`silent after 1d`";
}

class ReplyChecker {
 public:
  ReplyChecker(FlowScope& scope, const syntax::Entry& entry, std::string name, bool asks)
      : scope_(scope), entry_(entry), name_(std::move(name)), asks_(asks) {}

  std::optional<AwaitReply> run(const syntax::Expr* into) {
    if (!entry_.block) {
      scope_.sink()
          .report(Code::missing_part, entry_.colon->span, "`{}` has no arms", name_)
          .hint("a block: `{ replied => STEP; silent after 1d => STEP }`");
      return std::nullopt;
    }
    refuse_other_parts(scope_.sink(), entry_, kColon | kBlock, name_);
    for (const syntax::Entry& line : entry_.block->entries)
      if (!asks_ || is_arm(line)) read(line);
    take_otherwise();
    if (!report_missing()) return std::nullopt;
    body_.otherwise = *last_;
    body_.silent = *silent_;
    report_dead();
    if (into != nullptr && !take_into(*into)) return std::nullopt;
    return body_;
  }

  // Of an `ask`. `opted out` is possible when the question is marketing.
  const Target& failed() const { return *failed_; }
  const std::optional<Target>& opted_out() const { return opted_out_; }
  void ask_for(std::string_view purpose) { purpose_ = purpose; }

 private:
  void read(const syntax::Entry& line) {
    refuse_other_parts(scope_.sink(), line, kArrow, "an arm");
    const auto target = check_arrow(scope_, line, "an arm");
    fine_ &= target.has_value();
    AwaitReply::Arm arm{{}, target.value_or(Target{}), line.head.span};
    for (const syntax::Item& item : line.head.items) read_item(item, arm);
    if (arm.matches.empty()) return;
    if (last_) dead(arm.span, "nothing is left for this arm", *last_span_);
    body_.arms.push_back(std::move(arm));
  }

  void read_item(const syntax::Item& item, AwaitReply::Arm& arm) {
    if (item.is_else) return take_last(item.span, arm.target);
    const Words words = item.exprs;
    const syntax::Expr& first = words[0];
    if (words.size() == 1 && first.kind == syntax::ExprKind::string) return text(first, Match::Kind::text, arm);
    if (words.size() == 1 && first.kind == syntax::ExprKind::regex) return pattern(first, arm);
    if (first.kind != syntax::ExprKind::name) return unknown(item);
    if (words.size() == 2 && first.text == "containing") return text(words[1], Match::Kind::containing, arm);
    if (words.size() == 1 && first.text == "replied") return take_last(item.span, arm.target);
    if (const auto kind = program::reply_kind(first.text); kind && words.size() == 1) {
      arm.matches.push_back({Match::Kind::kind, {}, *kind});
      return;
    }
    outcome(item, arm.target);
  }

  void text(const syntax::Expr& written, Match::Kind kind, AwaitReply::Arm& arm) {
    FlowValues values(scope_);
    auto value = check_text(values, written, "an arm");
    if (!value) {
      unclear_ = true;
      return;
    }
    if (program::is_blank(*value)) {
      scope_.sink()
          .report(Code::out_of_range, written.span, "the text is empty")
          .hint("`text` is the kind of all replies that are written");
      unclear_ = true;
      return;
    }
    arm.matches.push_back({kind, std::move(*value), {}});
  }

  void pattern(const syntax::Expr& written, AwaitReply::Arm& arm) {
    auto pattern = check_regex(scope_.sink(), written);
    if (pattern)
      arm.matches.push_back({Match::Kind::pattern, std::move(*pattern), {}});
    else
      unclear_ = true;
  }

  void take_last(Span span, const Target& target) {
    if (last_) return dead(span, "every other reply has an arm already", *last_span_);
    last_ = target;
    last_span_ = span;
  }

  void dead(Span span, std::string_view why, Span before) {
    scope_.sink()
        .add(Code::dead_arm, span, std::string(why))
        .label("this one never matches")
        .also(before, "this one comes first")
        .hint("take one of them out");
  }

  void unknown(const syntax::Item& item) {
    unclear_ = true;
    scope_.sink().report(Code::unknown_outcome, item.span, "this is no reply").hint(arms_hint());
  }

  void outcome(const syntax::Item& item, const Target& target) {
    const auto found = match(item.exprs, outcome_patterns());
    const bool known = found && catalogue::outcomes()[found->entry].support == catalogue::Support::supported;
    if (known && catalogue::outcomes()[found->entry].id == OutcomeId::silent) return silent(item, *found, target);
    if (known && asks_ && catalogue::outcomes()[found->entry].id == OutcomeId::failed) {
      if (failed_) return dead(item.span, "`failed` has an arm already", *failed_span_);
      failed_ = target;
      failed_span_ = item.span;
      return;
    }
    if (known && asks_ && catalogue::outcomes()[found->entry].id == OutcomeId::opted_out) {
      if (opted_out_) return dead(item.span, "`opted out` has an arm already", *opted_out_span_);
      opted_out_ = target;
      opted_out_span_ = item.span;
      if (purpose_.empty() || purpose_ == "marketing") return;
      fine_ = false;
      scope_.sink()
          .report(Code::impossible_outcome, item.span, "`opted out` cannot happen: this message is for {}", purpose_)
          .hint("only marketing is kept from who has unsubscribed");
      return;
    }
    unclear_ = true;
    if (known) {
      scope_.sink()
          .report(Code::impossible_outcome, item.span, "`{}` cannot happen: `{}` waits for an answer",
                  catalogue::word_of(catalogue::outcomes()[found->entry].id), name_)
          .hint(arms_hint());
      return;
    }
    std::vector<std::string> names = {"containing", "replied", "silent"};
    for (std::size_t i = 0; i < program::kReplyKinds; ++i)
      names.emplace_back(program::to_string(static_cast<program::ReplyKind>(i)));
    std::string help = diagnostics::did_you_mean(item.exprs[0].text, names);
    scope_.sink()
        .report(Code::unknown_outcome, item.span, "there is no kind of reply `{}`", item.exprs[0].text)
        .hint(help.empty() ? arms_hint() : help);
  }

  void silent(const syntax::Item& item, const check::Match& found, const Target& target) {
    TimedArm arm{0, target, item.span};
    FlowValues values(scope_);
    const auto ms = check_duration(values, *found.holes[0], "`silent`", 1000, limits::kExpiresMsMax);
    if (ms) arm.after_ms = *ms;
    if (silent_) return dead(item.span, "`silent` has an arm already", silent_->span);
    silent_ = arm;
  }

  Otherwise* otherwise(OutcomeId id) {
    const auto rule = std::ranges::find(scope_.otherwise, id, &Otherwise::outcome);
    if (rule == scope_.otherwise.end()) return nullptr;
    rule->used = true;
    fine_ &= rule->target.has_value();
    return &*rule;
  }

  void take_otherwise() {
    if (!silent_) {
      if (const Otherwise* rule = otherwise(OutcomeId::silent))
        silent_ = TimedArm{rule->after_ms, rule->target.value_or(Target{}), rule->span};
    }
    if (asks_ && !failed_) {
      if (const Otherwise* rule = otherwise(OutcomeId::failed)) failed_ = rule->target.value_or(Target{});
    }
    if (purpose_ == "marketing" && !opted_out_) {
      if (const Otherwise* rule = otherwise(OutcomeId::opted_out)) opted_out_ = rule->target.value_or(Target{});
    }
  }

  bool report_missing() {
    if (unclear_) return false;
    if (asks_ && !failed_) {
      scope_.sink()
          .report(Code::unhandled_outcome, entry_.colon->span, "`{}` does not handle `failed`",
                  single_name(entry_.head)->text)
          .label("an outcome without an arm")
          .hint("`failed => STEP`: the question may not reach anybody");
      fine_ = false;
    }
    if (last_ && silent_) return fine_;
    auto builder = scope_.sink().report(Code::unhandled_outcome, entry_.colon->span, "`{}` does not handle {}",
                                        single_name(entry_.head)->text,
                                        silent_ ? "every reply"
                                        : last_ ? "`silent`"
                                                : "every reply, nor `silent`");
    builder.label(last_ || silent_ ? "an outcome without an arm" : "outcomes without an arm");
    builder.hint(last_     ? "`silent after 1d => STEP`: no wait is without an end"
                 : silent_ ? (body_.arms.empty() ? "`replied => STEP`" : "`else => STEP`")
                           : "`replied => STEP; silent after 1d => STEP`");
    return false;
  }

  void report_dead() {
    const ArmIndex arms(body_);
    for (std::size_t i = 0; i < body_.arms.size(); ++i) {
      if (arms.may_match(i)) continue;
      scope_.sink()
          .report(Code::dead_arm, body_.arms[i].span, "arms before this one take all that it would")
          .label("this one never matches")
          .hint("take it out, or put it first");
    }
    if (!body_.arms.empty() && !arms.sample_for(body_.arms.size()))
      scope_.sink()
          .report(Code::dead_arm, *last_span_, "every reply has an arm already")
          .label("this one never matches")
          .hint("leave one of the kinds to it");
  }

  bool take_into(const syntax::Expr& name) {
    if (!result_variable(scope_, name, ValueType::text)) return false;
    for (std::size_t i = 0; i < program::kReplyParts; ++i) {
      const auto value = static_cast<program::ReplyValue>(i);
      const std::string full = i == 0 ? name.text : fmt::format("{}.{}", name.text, program::to_string(value));
      body_.takes.push_back({value, scope_.variables.at(full)});
    }
    return true;
  }

  FlowScope& scope_;
  const syntax::Entry& entry_;
  std::string name_;
  bool asks_;
  AwaitReply body_;
  std::optional<Target> failed_;
  std::optional<Span> failed_span_;
  std::optional<Target> opted_out_;
  std::optional<Span> opted_out_span_;
  std::string purpose_;         // of the question; empty: it is not known
  std::optional<Target> last_;  // `else` or `replied`
  std::optional<Span> last_span_;
  std::optional<TimedArm> silent_;
  bool unclear_ = false;  // what could not be read may be what seems to be missing
  bool fine_ = true;
};

// An execution lives where its recipient's answers come in. Whoever starts the flow says who that is: by the first
// phone input, or without any by the first text input that every start has.
void report_recipient(FlowScope& scope, ChannelKind kind, const Expr& to) {
  const auto& variables = scope.flow.variables;
  const auto input_of = [](const Variable& one, ValueType type) {
    return one.role == program::FieldRole::input && one.type.kind == type;
  };
  const auto number = std::ranges::find_if(variables, [&](const auto& one) { return input_of(one, ValueType::phone); });
  const auto first = std::ranges::find_if(variables, [&](const auto& one) {
    return input_of(one, ValueType::text) && !one.type.optional && !one.type.secret;
  });
  const bool finds = number == variables.end() && first != variables.end() && to.kind == ExprKind::variable &&
                     index(to.variable) == static_cast<std::size_t>(first - variables.begin());
  if (finds || scope.shared.faulty) return;
  auto report = scope.sink().report(Code::answer_elsewhere, to.span, "an answer on {} would not find this flow",
                                    catalogue::channel(kind).name);
  if (number != variables.end())
    report.also(number->span, "its executions are kept by this number");
  else if (first != variables.end())
    report.also(first->span, "its executions are kept by this input");
  report.hint("ask in a flow that has no `phone` input, and whose first text input is the person's id");
}

}  // namespace

std::optional<StepBody> check_await_reply(FlowScope& scope, const WrittenStep& step) {
  auto body = ReplyChecker(scope, step.entry, "await reply", false).run(step.hole_if_any(0));
  return body ? std::optional<StepBody>(std::move(*body)) : std::nullopt;
}

std::optional<StepBody> check_ask(FlowScope& scope, const WrittenStep& step) {
  const syntax::Entry& entry = step.entry;
  std::optional<ChannelKind> kind = step.component.channel;  // nothing for one to whoever started the flow
  std::optional<Conversation> with;
  const std::string name_of_it = kind ? fmt::format("ask {}", catalogue::channel(*kind).name) : "ask";
  if (!kind) {
    with = conversation(scope, entry.colon->span, "ask");
    if (!with) return std::nullopt;
    kind = with->kind;
  }
  auto send = check_message(scope, entry, *kind, with ? &*with : nullptr);
  if (!entry.block) return std::nullopt;
  if (send && !with && !program::takes_numbers(*kind)) report_recipient(scope, *kind, send->to);
  ReplyChecker checker(scope, entry, name_of_it, true);
  if (send) checker.ask_for(send->purpose);
  auto answer = checker.run(step.hole_if_any(0));
  if (!send || !answer) return std::nullopt;
  const syntax::Expr& name = *single_name(entry.head);
  const StepId id{static_cast<std::uint32_t>(scope.step_entries.size() + scope.made.size())};
  send->milestone = Milestone::sent;
  send->failed = checker.failed();
  send->opted_out = checker.opted_out();
  send->reached.kind = Target::Kind::step;
  send->reached.step = id;
  send->reached.span = name.span;
  send->answer = id;
  Step made;
  made.name = name.text + ".answer";
  made.component = "await reply";
  made.span = name.span;
  made.body = std::move(*answer);
  scope.made.push_back(std::move(made));
  return StepBody(std::move(*send));
}

}  // namespace flow::check
