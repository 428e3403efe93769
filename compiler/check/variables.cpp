// Variables that steps make (`as x`, `set { x = … }`): declared from the syntax, typed by their first value.
#include <algorithm>

#include "base/limits.h"
#include "compiler/check/composite.h"
#include "compiler/check/operation.h"
#include "compiler/check/pattern.h"
#include "compiler/check/signature.h"
#include "compiler/check/stages.h"

namespace flow::check {
namespace {

using Inference = VariableNotes::Inference;

// The variable `name`, made now when it is new; nothing when its name was refused.
std::optional<VariableId> step_variable(FlowScope& scope, const syntax::Expr& name) {
  const auto known = scope.variables.find(name.text);
  if (known != scope.variables.end()) return known->second;
  const VariableId id{static_cast<std::uint32_t>(scope.flow.variables.size())};
  Variable variable;
  variable.name = name.text;
  variable.role = program::FieldRole::variable;
  variable.span = name.span;
  variable.type.optional = true;
  scope.flow.variables.push_back(std::move(variable));
  VariableNotes notes;
  notes.bad = !check_variable_name(scope, name.text, name.span);
  scope.notes.push_back(std::move(notes));
  scope.variables.emplace(name.text, id);
  return id;
}

bool is_fixed(const FlowScope& scope, VariableId id) {
  return scope.flow.variables[index(id)].role != program::FieldRole::variable;
}

// `as NAME` of a component whose result has one type.
void declare_result(FlowScope& scope, const syntax::Expr& name, ValueType type) {
  const auto id = step_variable(scope, name);
  if (!id || is_fixed(scope, *id)) return;  // reported by the step
  VariableNotes& notes = scope.notes[index(*id)];
  if (notes.from_step) return;  // the first tells the type
  notes.from_step = true;
  if (notes.inference == Inference::open && !notes.values.empty()) return;
  scope.flow.variables[index(*id)].type.kind = type;
}

void declare_made(FlowScope& scope, const syntax::Expr& name, const catalogue::ComponentInfo& component) {
  declare_result(scope, name, *component.makes);
  if (component.makes_chars_max == 0) return;
  const auto made = scope.variables.find(name.text);
  if (made != scope.variables.end() && !is_fixed(scope, made->second))
    scope.flow.variables[index(made->second)].type.chars_max = component.makes_chars_max;
}

// `answer` is the text of the reply; `answer.url` and its like stand beside it, read or not.
void declare_reply(FlowScope& scope, const syntax::Expr& name) {
  declare_result(scope, name, ValueType::text);
  const auto made = scope.variables.find(name.text);
  if (made == scope.variables.end() || is_fixed(scope, made->second)) return;
  scope.flow.variables[index(made->second)].type.personal = true;
  scope.notes[index(made->second)].said = true;
  for (std::size_t i = 1; i < program::kReplyParts; ++i) {
    const auto value = static_cast<program::ReplyValue>(i);
    std::string full = fmt::format("{}.{}", name.text, program::to_string(value));
    if (scope.variables.contains(full)) continue;
    scope.variables.emplace(full, VariableId{static_cast<std::uint32_t>(scope.flow.variables.size())});
    Variable variable;
    variable.name = std::move(full);
    variable.role = program::FieldRole::variable;
    variable.span = name.span;
    variable.type.kind = program::is_number(value)          ? ValueType::number
                         : value == program::ReplyValue::at ? ValueType::datetime
                                                            : ValueType::text;
    variable.type.optional = true;
    variable.type.personal = true;
    scope.flow.variables.push_back(std::move(variable));
    VariableNotes notes;
    notes.used = true;
    notes.from_step = true;
    notes.member_of = made->second;
    notes.bad = scope.notes[index(made->second)].bad;
    scope.notes.push_back(std::move(notes));
  }
}

// A text that a model makes of what customers write.
void declare_said(FlowScope& scope, const syntax::Expr& name, std::uint32_t chars_max) {
  declare_result(scope, name, ValueType::text);
  const auto made = scope.variables.find(name.text);
  if (made == scope.variables.end() || is_fixed(scope, made->second)) return;
  Type& type = scope.flow.variables[index(made->second)].type;
  type.chars_max = chars_max;
  type.personal = true;
  scope.notes[index(made->second)].said = true;
}

void declare_assignments(FlowScope& scope, const syntax::Block& block) {
  for (const syntax::Entry& entry : block.entries) {
    const syntax::Expr* name = single_name(entry.head);
    const syntax::Expr* value = entry.value ? single(*entry.value) : nullptr;
    if (name == nullptr || value == nullptr) continue;  // reported by the step
    const auto id = step_variable(scope, *name);
    if (!id || is_fixed(scope, *id)) continue;
    VariableNotes& notes = scope.notes[index(*id)];
    if (!notes.from_step) notes.inference = Inference::open;
    notes.values.push_back(value);
  }
}

// `read NAME: TYPE = …` of a request.
void declare_reads(FlowScope& scope, const syntax::Block& block) {
  Sink quiet;  // what is wrong with a type is said where the step is checked
  for (const syntax::Entry& line : block.entries) {
    const syntax::Expr* name = read_name(line);
    if (name == nullptr) continue;
    const auto id = step_variable(scope, *name);
    if (!id || is_fixed(scope, *id)) continue;
    VariableNotes& notes = scope.notes[index(*id)];
    auto type = check_type(quiet, *line.colon);
    if (!type) {
      if (!notes.from_step && notes.values.empty()) notes.bad = true;
      continue;
    }
    if (notes.from_step) continue;  // the first tells the type
    notes.from_step = true;
    if (notes.inference == Inference::open && !notes.values.empty()) continue;
    type->optional = true;
    scope.flow.variables[index(*id)].type = std::move(*type);
  }
}

// `v.eta`, for each output of the flow that is called; `v` alone is no value.
void declare_outputs(FlowScope& scope, const syntax::Expr& call, const syntax::Expr& name) {
  Sink quiet;  // what is wrong with the flow's name is said where the step is checked
  const Signature* signature = find_flow(scope, call, &quiet);
  if (signature == nullptr) {
    // What it would have made is not unknown as well.
    if (const auto id = step_variable(scope, name); id && !is_fixed(scope, *id)) scope.notes[index(*id)].bad = true;
    return;
  }
  const bool good = check_variable_name(scope, name.text, name.span);
  for (const auto& output : signature->outputs) {
    std::string full = fmt::format("{}.{}", name.text, output.name);
    if (scope.variables.contains(full)) continue;  // of another call
    scope.variables.emplace(full, VariableId{static_cast<std::uint32_t>(scope.flow.variables.size())});
    Variable variable;
    variable.name = std::move(full);
    variable.role = program::FieldRole::variable;
    variable.span = name.span;
    variable.type = output.type;
    variable.type.optional = true;
    scope.flow.variables.push_back(std::move(variable));
    VariableNotes notes;
    notes.used = true;
    notes.from_step = true;
    notes.bad = !good;
    scope.notes.push_back(std::move(notes));
  }
}

// What steps keep for themselves. `name`: none that an author can write is like it.
void declare_hidden(FlowScope& scope, std::optional<VariableId>& id, const char* name, ValueType type) {
  if (id) return;
  id = VariableId{static_cast<std::uint32_t>(scope.flow.variables.size())};
  Variable variable;
  variable.name = name;
  variable.role = program::FieldRole::let;
  variable.span = scope.flow.span;
  variable.type.kind = type;
  scope.flow.variables.push_back(std::move(variable));
  VariableNotes notes;
  notes.used = true;
  scope.notes.push_back(std::move(notes));
}

// What a component that is refused as "not yet" would have made is not unknown as well.
void declare_refused(FlowScope& scope, const syntax::Entry& entry, const catalogue::ComponentInfo& component,
                     const Match& match) {
  const auto refused = [&](const syntax::Expr& name) {
    if (const auto id = step_variable(scope, name); id && !is_fixed(scope, *id)) scope.notes[index(*id)].bad = true;
  };
  if (component.pattern.ends_with("as NAME") && match.holes.back()->kind == syntax::ExprKind::name)
    refused(*match.holes.back());
  if (!entry.block) return;
  for (const syntax::Entry& line : entry.block->entries) {
    if (line.head.items.empty() || line.head.items[0].exprs.size() != 2) continue;
    const auto& words = line.head.items[0].exprs;
    if (words[0].text == "read" && words[1].kind == syntax::ExprKind::name) refused(words[1]);
  }
}

}  // namespace

void infer(FlowScope& scope, VariableId id) {
  if (scope.notes[index(id)].inference != Inference::open) return;
  scope.notes[index(id)].inference = Inference::running;
  Sink quiet;  // what is wrong with a value is said where the step is checked
  FlowValues values(scope, &quiet);
  std::optional<Type> type;
  bool bounded = true;
  const std::vector<const syntax::Expr*> assigned = scope.notes[index(id)].values;
  for (const syntax::Expr* expr : assigned) {
    const auto value = check_value(values, *expr, {});
    if (!value) {
      bounded = false;  // depends on itself, or is wrong
      continue;
    }
    if (!type) {
      type = value->type;
      type->choices.clear();
      type->chars_min = 0;
    } else if (type->kind == value->type.kind) {
      type->personal |= value->type.personal;
      bounded &= value->type.chars_max != 0;
      type->chars_max = std::max(type->chars_max, value->type.chars_max);
    }
  }
  VariableNotes& notes = scope.notes[index(id)];
  notes.inference = Inference::done;
  Variable& variable = scope.flow.variables[index(id)];
  if (!type) {
    const bool was_bad = notes.bad;
    notes.bad = true;
    // Only a variable that is made of itself has no other message.
    if (!was_bad && !quiet.has_errors())
      scope.sink()
          .report(Code::type_unknown, variable.span, "the type of `{}` cannot be told", variable.name)
          .label("its first value depends on itself")
          .hint("give it a first value in a step before, such as `set { count = 0 }`");
    return;
  }
  if (type->kind == ValueType::text && !bounded) type->chars_max = 0;
  type->optional = true;
  variable.type = *type;
}

void declare_now(FlowScope& scope) {
  declare_hidden(scope, scope.flow.now, "clock.now", ValueType::datetime);
}

void declare_step_variables(FlowScope& scope) {
  for (const syntax::Entry* entry : scope.step_entries) {
    if (!entry->colon) continue;
    const auto found = match(entry->colon->clause, component_patterns());
    if (!found) continue;
    const auto& component = catalogue::components()[found->entry];
    if (component.makes) declare_made(scope, *found->holes.back(), component);
    if (component.reads_clock) declare_now(scope);
    if (component.id == catalogue::Component::call_flow && found->holes.size() == 2)
      declare_outputs(scope, *found->holes[0], *found->holes[1]);
    using enum catalogue::Component;
    const bool reads = component.id == http || component.id == call_function || component.id == contact;
    if (reads && entry->block) declare_reads(scope, *entry->block);
    if (component.id == catalogue::Component::classify && found->holes.size() > 2)
      declare_said(scope, *found->holes[2], limits::kNameCharsMax);
    if (component.id == catalogue::Component::generate)
      declare_said(scope, *found->holes[1], entry->block ? generated_max(scope, *entry->block) : 0);
    if (component.id == catalogue::Component::random && found->holes.empty())
      declare_hidden(scope, scope.flow.seed, "random.seed", ValueType::number);
    const bool replies = component.id == catalogue::Component::await_reply || component.id == catalogue::Component::ask;
    if (replies && !found->holes.empty()) declare_reply(scope, *found->holes[0]);
    if (component.id == catalogue::Component::set && entry->block) declare_assignments(scope, *entry->block);
    if (component.support == catalogue::Support::not_yet) declare_refused(scope, *entry, component, *found);
  }
  // Inferring looks at names; only what the flow itself reads counts as used.
  std::vector<bool> used;
  used.reserve(scope.notes.size());
  for (const VariableNotes& notes : scope.notes) used.push_back(notes.used);
  for (std::size_t i = 0; i < scope.flow.variables.size(); ++i) infer(scope, VariableId{static_cast<std::uint32_t>(i)});
  for (std::size_t i = 0; i < scope.notes.size(); ++i) scope.notes[i].used = used[i];
  if (scope.flow.variables.size() > limits::kVariablesMax)
    scope.sink()
        .report(Code::too_many, scope.flow.variables[limits::kVariablesMax].span, "the flow has {} variables",
                scope.flow.variables.size())
        .hint(fmt::format("at most {}", limits::kVariablesMax));
}

std::optional<VariableId> result_variable(FlowScope& scope, const syntax::Expr& name, const Type& type) {
  const auto id = result_variable(scope, name, type.kind);
  if (!id || same_parts(scope.flow.variables[index(*id)].type, type)) return id;
  report_other_parts(scope, *id, type, name.span);
  return std::nullopt;
}

void report_other_parts(FlowScope& scope, VariableId id, const Type& type, Span span) {
  const Variable& variable = scope.flow.variables[index(id)];
  Type first = variable.type, other = type;
  first.optional = other.optional = false;
  scope.sink()
      .report(Code::type_mismatch, span, "`{}` is made of other parts than this", variable.name)
      .label(fmt::format("`{}`", written_type(other)))
      .also(variable.span, fmt::format("its first value is `{}`", written_type(first)))
      .hint("keep it in a variable of another name");
}

std::optional<VariableId> result_variable(FlowScope& scope, const syntax::Expr& name, ValueType type) {
  const auto found = scope.variables.find(name.text);
  if (found == scope.variables.end() || scope.notes[index(found->second)].bad) return std::nullopt;
  const Variable& variable = scope.flow.variables[index(found->second)];
  if (variable.role != program::FieldRole::variable) {
    scope.sink()
        .report(Code::fixed_variable, name.span, "`{}` keeps its value: it is an input or a let", name.text)
        .also(variable.span, "declared here")
        .hint("keep the result in a variable of another name");
    return std::nullopt;
  }
  if (variable.type.kind != type) {
    scope.sink()
        .report(Code::type_mismatch, name.span, "`{}` is {}, and this would make it {}", name.text,
                type_words(variable.type.kind), type_words(type))
        .also(variable.span, "its first value is here");
    return std::nullopt;
  }
  return found->second;
}

void report_unused(FlowScope& scope) {
  for (std::size_t i = 0; i < scope.flow.variables.size(); ++i) {
    const Variable& variable = scope.flow.variables[i];
    const VariableNotes& notes = scope.notes[i];
    if (notes.used || notes.bad) continue;
    auto builder = scope.sink().report(Code::unused_name, variable.span, "nothing reads `{}`", variable.name);
    if (notes.from_step && notes.values.empty())
      builder.hint(fmt::format("leave out `as {}`", variable.name));
    else
      builder.hint("take it out, or use it");
  }
  for (std::size_t i = 0; i < scope.flow.outcomes.size(); ++i)
    if (!scope.outcome_notes[i].used)
      scope.sink()
          .report(Code::unused_name, scope.outcome_notes[i].span, "no arrow ends with `{}`", scope.flow.outcomes[i])
          .hint(fmt::format("`=> end {}` makes it", scope.flow.outcomes[i]));
}

}  // namespace flow::check
