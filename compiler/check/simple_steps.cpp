// `set { x = 1 } => STEP`, `wait 30s => STEP`, `jump STEP max N else TARGET`.
#include <algorithm>

#include "base/limits.h"
#include "compiler/check/composite.h"
#include "compiler/check/stages.h"
#include "runtime/program/info.h"
#include "runtime/program/money.h"

namespace flow::check {
namespace {

std::optional<Set::Assignment> check_assignment(FlowScope& scope, const syntax::Entry& entry) {
  refuse_other_parts(scope.sink(), entry, kValue, "an assignment");
  const syntax::Expr* name = single_name(entry.head);
  const syntax::Expr* written = entry.value ? single(*entry.value) : nullptr;
  if (name == nullptr || written == nullptr) {
    scope.sink()
        .report(Code::malformed_value, name == nullptr ? entry.head.span : entry.span, "this is no assignment")
        .hint("`NAME = VALUE`");
    return std::nullopt;
  }
  const auto found = scope.variables.find(name->text);
  FlowValues values(scope);
  auto value = check_value(values, *written, {std::nullopt, fmt::format("`{}`", name->text)});
  if (found == scope.variables.end() || scope.notes[index(found->second)].bad) return std::nullopt;
  const VariableId id = found->second;
  const Variable& variable = scope.flow.variables[index(id)];
  if (variable.role != program::FieldRole::variable) {
    scope.sink()
        .report(Code::fixed_variable, name->span, "`{}` keeps its value: it is an input or a let", name->text)
        .also(variable.span, "declared here")
        .hint("assign to a variable of another name");
    return std::nullopt;
  }
  if (!value) return std::nullopt;
  if (value->type.kind != variable.type.kind) {
    scope.sink()
        .report(Code::type_mismatch, written->span, "`{}` is {}, and this is {}", name->text,
                type_words(variable.type.kind), type_words(value->type.kind))
        .also(variable.span, "its first value is here")
        .hint("a variable keeps the type of its first value");
    return std::nullopt;
  }
  if (!same_parts(value->type, variable.type))
    return report_other_parts(scope, id, value->type, written->span), std::nullopt;
  if (value->type.currency != variable.type.currency) {
    scope.sink()
        .report(Code::currency, written->span, "`{}` is in {}, and this is in {}", name->text,
                program::currency_text(variable.type.currency), program::currency_text(value->type.currency))
        .also(variable.span, "its first value is here")
        .hint("two currencies never meet: nothing is converted");
    return std::nullopt;
  }
  if (value->type.secret && !variable.type.secret) {
    scope.sink()
        .report(Code::secret_use, written->span, "this is a secret, and `{}` is not", name->text)
        .also(variable.span, "its first value is no secret")
        .hint("keep secrets in a variable of their own");
    return std::nullopt;
  }
  // Callers rely on what an output's type says.
  const bool output = std::ranges::find(scope.flow.outputs, id, &Output::variable) != scope.flow.outputs.end();
  if (const std::string problem = output ? misfit(*value, variable.type) : std::string(); !problem.empty()) {
    scope.sink()
        .report(Code::type_mismatch, written->span, "this {}, and the output `{}` {}", problem, name->text,
                bounds_text(variable.type))
        .also(variable.span, "declared here")
        .hint("bound the value's type, or shorten it with `left(…)`");
    return std::nullopt;
  }
  return Set::Assignment{id, std::move(*value), name->span};
}

}  // namespace

std::optional<StepBody> check_set(FlowScope& scope, const WrittenStep& step) {
  const syntax::Entry& entry = step.entry;
  refuse_other_parts(scope.sink(), entry, kColon | kBlock | kArrow, "set");
  Set body;
  if (!entry.block || entry.block->entries.empty()) {
    scope.sink()
        .report(Code::missing_part, entry.colon->span, "`set` assigns nothing")
        .hint("`set { count = 0 } => STEP`");
    return std::nullopt;
  }
  for (const syntax::Entry& assignment : entry.block->entries)
    if (auto checked = check_assignment(scope, assignment)) body.assignments.push_back(std::move(*checked));
  const auto target = check_arrow(scope, entry, "set");
  if (!target) return std::nullopt;
  body.target = *target;
  return body;
}

std::optional<StepBody> check_wait(FlowScope& scope, const WrittenStep& step) {
  const syntax::Entry& entry = step.entry;
  const syntax::Expr& duration = step.hole(0);
  refuse_other_parts(scope.sink(), entry, kColon | kArrow, "wait");
  Wait body;
  FlowValues values(scope);
  if (const auto ms = check_duration(values, duration, "`wait`", 1, limits::kExpiresMsMax)) body.ms = *ms;
  const auto target = check_arrow(scope, entry, "wait");
  if (!target) return std::nullopt;
  body.target = *target;
  return body;
}

std::optional<StepBody> check_jump(FlowScope& scope, const WrittenStep& step) {
  const syntax::Entry& entry = step.entry;
  refuse_other_parts(scope.sink(), entry, kColon, "jump");
  const auto target = check_target(scope, *entry.colon);
  if (!target) return std::nullopt;
  return JumpStep{target->jump};
}

}  // namespace flow::check
