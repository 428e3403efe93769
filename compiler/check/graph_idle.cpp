#include <algorithm>
#include <string_view>

#include "compiler/check/graph_reports.h"

namespace flow::check {
namespace {

bool same(const Target& a, const Target& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Target::Kind::step:
      return a.step == b.step;
    case Target::Kind::end:
      return true;
    case Target::Kind::end_failed:
      return a.reason == b.reason;
    case Target::Kind::end_outcome:
      return a.outcome == b.outcome;
    case Target::Kind::jump:
      break;
  }
  return false;  // each jump counts by itself
}

template <typename Arms>
bool all_lead_to(const Arms& arms, const Target& otherwise) {
  return std::ranges::all_of(arms, [&](const auto& arm) { return same(arm.target, otherwise); });
}

// Does what the step decides make no difference?
bool is_idle(const Step& step) {
  if (const auto* branch = std::get_if<Branch>(&step.body))
    return !branch->first && all_lead_to(branch->arms, branch->otherwise);
  if (const auto* recognize = std::get_if<RecognizeRegion>(&step.body)) {
    // One without arms is made of a table with a single row.
    return !recognize->into && !recognize->arms.empty() && all_lead_to(recognize->arms, recognize->otherwise);
  }
  return false;
}

const Target& way_on(const Step& step) {
  const auto* branch = std::get_if<Branch>(&step.body);
  return branch != nullptr ? branch->otherwise : std::get<RecognizeRegion>(step.body).otherwise;
}

bool reads(const Expr& expr, VariableId variable) {
  return (expr.kind == ExprKind::variable && expr.variable == variable) ||
         std::ranges::any_of(expr.children, [&](const Expr& child) { return reads(child, variable); });
}

// The assignment of the same step that overwrites the one at `place` before anything has read it; null: none does.
const Set::Assignment* overwriting(const Set& body, std::size_t place) {
  const VariableId variable = body.assignments[place].variable;
  for (std::size_t i = place + 1; i < body.assignments.size(); ++i) {
    if (reads(body.assignments[i].value, variable)) return nullptr;
    if (body.assignments[i].variable == variable) return &body.assignments[i];
  }
  return nullptr;
}

}  // namespace

void report_lost_assignments(const Flow& flow, diagnostics::Sink& sink) {
  for (const Step& step : flow.steps) {
    const auto* body = std::get_if<Set>(&step.body);
    for (std::size_t i = 0; body != nullptr && i < body->assignments.size(); ++i) {
      const Set::Assignment* later = overwriting(*body, i);
      if (later == nullptr) continue;
      sink.report(diagnostics::Code::lost_assignment, body->assignments[i].span, "nothing reads this value of `{}`",
                  flow.variables[index(body->assignments[i].variable)].name)
          .also(later->span, "it is replaced here")
          .hint("take one of the two out");
    }
  }
}

void report_idle_steps(const Flow& flow, diagnostics::Sink& sink) {
  for (const Step& step : flow.steps) {
    if (!is_idle(step)) continue;
    const Target& target = way_on(step);
    auto report = sink.report(diagnostics::Code::idle_step, step.span, "the step `{}` decides nothing", step.name);
    report.label("all of its arms lead to the same place").also(target.span, "here");
    report.hint("lead an arm elsewhere, or take the step out");
  }
}

}  // namespace flow::check
