// Steps: each is matched against the catalogue and checked by its component's own file.
#include "compiler/check/pattern.h"
#include "compiler/check/stages.h"

namespace flow::check {
namespace {

using catalogue::Component;

std::optional<StepBody> check_body(FlowScope& scope, const syntax::Entry& entry,
                                   const catalogue::ComponentInfo& component, const Match& match) {
  switch (component.id) {
    case Component::recognize_region:
      return check_recognize_region(scope, entry, *match.holes[0], match.holes.size() > 1 ? match.holes[1] : nullptr);
    case Component::recognize_calling_code:
      return check_recognize_calling_code(scope, entry, *match.holes[0],
                                          match.holes.size() > 1 ? match.holes[1] : nullptr);
    case Component::recognize_email:
    case Component::recognize_phone:
    case Component::recognize_language:
      return check_recognize_text(scope, entry, component.id, *match.holes[0], *match.holes[1]);
    case Component::branch:
      return check_branch(scope, entry);
    case Component::random:
      return check_random(scope, entry, match.holes.empty() ? nullptr : match.holes[0]);
    case Component::set:
      return check_set(scope, entry);
    case Component::wait:
      return check_wait(scope, entry, *match.holes[0]);
    case Component::wait_until:
      return check_wait_until(scope, entry, *match.holes[0]);
    case Component::schedule:
      return check_schedule(scope, entry);
    case Component::await_signal:
      return check_await_signal(scope, entry, *match.holes[0]);
    case Component::http:
      return check_http(scope, entry, *match.holes[0], *match.holes[1]);
    case Component::call_function:
      return check_call_function(scope, entry, *match.holes[0]);
    case Component::classify:
      return check_classify(scope, entry, *match.holes[0], *match.holes[1],
                            match.holes.size() > 2 ? match.holes[2] : nullptr);
    case Component::generate:
      return check_generate(scope, entry, *match.holes[0], *match.holes[1]);
    case Component::contact:
      return check_contact(scope, entry, *match.holes[0]);
    case Component::subscribe:
    case Component::unsubscribe:
      return check_subscription(scope, entry, component.id, *match.holes[0]);
    case Component::hand_over:
      return check_hand_over(scope, entry, *match.holes[0]);
    case Component::call_flow:
      return check_call_flow(scope, entry, *match.holes[0], match.holes.size() > 1 ? match.holes[1] : nullptr);
    case Component::launch_flow:
      return check_launch_flow(scope, entry, *match.holes[0]);
    case Component::forward_flow:
      return check_forward_flow(scope, entry, *match.holes[0]);
    case Component::typing:
      return check_typing(scope, entry);
    case Component::await_reply:
      return check_await_reply(scope, entry, match.holes.empty() ? nullptr : match.holes[0]);
    case Component::reply:
      return check_reply(scope, entry);
    case Component::ask:
      return check_ask(scope, entry, component.channel, match.holes.empty() ? nullptr : match.holes[0]);
    case Component::jump:
      return check_jump(scope, entry);
    case Component::extern_:
      return check_extern(scope, entry, *match.holes[0], match.holes.size() > 1 ? match.holes[1] : nullptr);
    case Component::deliver:
      return check_deliver(scope, entry, *match.holes[0], match.holes.size() > 1 ? match.holes[1] : nullptr);
    case Component::send:
      return check_send(scope, entry, *component.channel);
    case Component::none:
      break;
  }
  return std::nullopt;
}

void check_step(FlowScope& scope, const syntax::Entry& entry, Step& step) {
  const Patterns& patterns = component_patterns();
  const auto found = match(entry.colon->clause, patterns);
  if (!found) {
    scope.structure_known = false;
    report_unmatched(scope.sink(), entry.colon->clause, patterns, Code::unknown_component, "component",
                     "docs/language/reference.md lists the components");
    return;
  }
  const auto& component = catalogue::components()[found->entry];
  if (component.support == catalogue::Support::not_yet) {
    scope.structure_known = false;
    report_later(scope.sink(), entry.colon->clause.items[0].exprs, component.pattern);
    return;
  }
  step.component = component.name;
  if (entry.colon->otherwise != nullptr && component.id != Component::jump) {
    scope.sink().report(Code::unexpected_part, entry.colon->otherwise->span, "`{}` has no `else` here", component.name);
    scope.structure_known = false;
    return;
  }
  auto body = check_body(scope, entry, component, *found);
  if (body)
    step.body = std::move(*body);
  else
    scope.structure_known = false;
}

}  // namespace

void check_steps(FlowScope& scope) {
  for (std::size_t i = 0; i < scope.step_entries.size(); ++i) {
    const syntax::Entry& entry = *scope.step_entries[i];
    const syntax::Expr& name = *single_name(entry.head);
    Step step;
    step.name = name.text;
    step.span = name.span;
    check_step(scope, entry, step);
    scope.flow.steps.push_back(std::move(step));
  }
  for (Step& step : scope.made) scope.flow.steps.push_back(std::move(step));
}

}  // namespace flow::check
