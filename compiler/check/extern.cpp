// `extern "say-play" as NAME { setting VALUE; event => STEP }`: a component of another system, kept from an import.
// What it does is not known; its settings are read as values, its events as arms.
#include <map>

#include "base/limits.h"
#include "compiler/check/stages.h"
#include "compiler/syntax/format.h"

namespace flow::check {
namespace {

class ExternChecker {
 public:
  ExternChecker(FlowScope& scope, const syntax::Entry& entry) : scope_(scope), entry_(entry), sink_(scope.sink()) {}

  std::optional<StepBody> run(const syntax::Expr& name, const syntax::Expr* into) {
    FlowValues values(scope_);
    if (auto text = check_text(values, name, "`extern`")) body_.name = std::move(*text);
    if (into != nullptr) body_.into = result_variable(scope_, *into, ValueType::text);
    if (!entry_.block) {
      sink_.report(Code::missing_part, entry_.colon->span, "`extern` has no events")
          .hint("a block: `{ setting VALUE; event => STEP }`");
      return std::nullopt;
    }
    refuse_other_parts(sink_, entry_, kColon | kBlock, "extern");
    for (const syntax::Entry& line : entry_.block->entries) {
      if (line.arrow)
        read_events(line);
      else
        read_setting(line);
    }
    if (body_.arms.empty() && fine_) {
      sink_.report(Code::unhandled_outcome, entry_.colon->span, "`{}` has no events", single_name(entry_.head)->text)
          .hint("what it reports, each with an arm: `done => STEP`");
      return std::nullopt;
    }
    if (!fine_) return std::nullopt;
    return std::move(body_);
  }

 private:
  void read_setting(const syntax::Entry& line) {
    refuse_other_parts(sink_, line, kNoPart, "a setting");
    FlowValues values(scope_);
    const auto& words = line.head.items[0].exprs;
    const std::string name = words.empty() ? std::string() : words[0].text;
    for (const syntax::Item& item : line.head.items) {
      if (item.is_else) {
        sink_.report(Code::unexpected_part, item.span, "`else` is no setting");
        continue;
      }
      // The first word is the setting's name.
      for (std::size_t i = &item == line.head.items.data() ? 1 : 0; i < item.exprs.size(); ++i) {
        auto value = check_value(values, item.exprs[i], {});
        if (!value) continue;
        if (value->type.secret) {
          sink_.report(Code::secret_use, item.exprs[i].span, "nobody knows what a component of another system shows")
              .hint("secrets reach messages, and nothing else");
          continue;
        }
        body_.settings.push_back({name, std::move(*value)});
      }
    }
  }

  void read_events(const syntax::Entry& line) {
    refuse_other_parts(sink_, line, kArrow, "an arm");
    const auto target = check_arrow(scope_, line, "an arm");
    fine_ &= target.has_value();
    Extern::Arm arm;
    arm.span = line.head.span;
    arm.target = target.value_or(Target{});
    for (const syntax::Item& item : line.head.items) {
      const bool name = !item.is_else && item.exprs.size() == 1 && item.exprs[0].kind == syntax::ExprKind::name;
      if (!name) {
        fine_ = false;
        sink_.report(Code::unknown_outcome, item.span, "an event of `extern` is one name")
            .hint("`done => STEP`, or `speech, timeout => STEP`");
        continue;
      }
      const std::string& event = item.exprs[0].text;
      check_name_length(sink_, event, item.span, "event");
      const auto [place, is_new] = seen_.emplace(event, item.span);
      if (is_new) {
        arm.events.push_back(event);
        continue;
      }
      sink_.report(Code::dead_arm, item.span, "`{}` has an arm already", event)
          .label("this one never matches")
          .also(place->second, "this one comes first")
          .hint("take one of them out");
    }
    body_.arms.push_back(std::move(arm));
  }

  FlowScope& scope_;
  const syntax::Entry& entry_;
  Sink& sink_;
  Extern body_;
  std::map<std::string, Span> seen_;
  bool fine_ = true;
};

}  // namespace

std::optional<StepBody> check_extern_(FlowScope& scope, const WrittenStep& step) {
  return ExternChecker(scope, step.entry).run(step.hole(0), step.hole_if_any(1));
}

}  // namespace flow::check
