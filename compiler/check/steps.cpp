// Steps: each is matched against the catalogue and checked by its component's own file.
#include "compiler/check/pattern.h"
#include "compiler/check/stages.h"

namespace flow::check {
namespace {

using catalogue::Component;

std::optional<StepBody> check_body(FlowScope& scope, const WrittenStep& step) {
  switch (step.component.id) {
#define FLOW_COMPONENT(id) \
  case Component::id:      \
    return check_##id(scope, step);
#include "compiler/catalogue/components.def"
#undef FLOW_COMPONENT
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
  auto body = check_body(scope, {entry, component, *found});
  if (body)
    step.body = std::move(*body);
  else
    scope.structure_known = false;
}

}  // namespace

void check_steps(FlowScope& scope) {
  scope.flow.steps.reserve(scope.step_entries.size());
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
