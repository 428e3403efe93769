// Steps: each is matched against the catalogue and checked by its component's own file.
#include <algorithm>
#include <variant>

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
    case Component::branch:
      return check_branch(scope, entry);
    case Component::set:
      return check_set(scope, entry);
    case Component::wait:
      return check_wait(scope, entry, *match.holes[0]);
    case Component::jump:
      return check_jump(scope, entry);
    case Component::send:
      return check_send(scope, entry, *component.channel);
    case Component::none:
      break;
  }
  return std::nullopt;
}

// The words of a component that is not of this release: those of the pattern that the author wrote.
void report_later(Sink& sink, const syntax::Entry& entry, const catalogue::ComponentInfo& component) {
  std::string words;
  for (std::string_view rest = component.pattern; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (word[0] >= 'A' && word[0] <= 'Z') break;
    words += (words.empty() ? "" : " ") + std::string(word);
    rest = rest.size() > word.size() ? rest.substr(word.size() + 1) : std::string_view();
  }
  const auto& exprs = entry.colon->clause.items[0].exprs;
  const auto count = static_cast<std::size_t>(std::count(words.begin(), words.end(), ' '));
  report_not_yet(sink, source::join(exprs.front().span, exprs[std::min(count, exprs.size() - 1)].span), words);
}

void check_step(FlowScope& scope, const syntax::Entry& entry, Step& step) {
  const auto patterns = patterns_of(catalogue::components());
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
    report_later(scope.sink(), entry, component);
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
}

}  // namespace flow::check
