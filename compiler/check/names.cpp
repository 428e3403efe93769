// Names: of variables, in expressions, and their style.
#include <algorithm>

#include "base/limits.h"
#include "compiler/check/stages.h"

namespace flow::check {
namespace {

// What a bare word of this name means already; empty when nothing.
std::string meaning_of(std::string_view name) {
  if (const auto* region = catalogue::find_region(name)) return fmt::format("the region {}", region->name);
  if (name.size() == 2)
    if (const auto* language = catalogue::find_language(name)) return fmt::format("the language {}", language->name);
  for (const auto& channel : catalogue::channels())
    if (channel.name == name) return "a kind of channel";
  if (std::ranges::find(catalogue::weekdays(), name) != catalogue::weekdays().end()) return "a day of the week";
  return {};
}

}  // namespace

bool check_variable_name(FlowScope& scope, const std::string& name, Span span) {
  if (!check_name_length(scope.sink(), name, span, "variable")) return false;
  if (const std::string meaning = meaning_of(name); !meaning.empty()) {
    scope.sink()
        .report(Code::reserved_name, span, "`{}` is {}, so no variable can have this name", name, meaning)
        .hint("a longer name is clearer");
    return false;
  }
  const auto found = scope.shared.names.find(name);
  if (found != scope.shared.names.end()) {
    scope.sink()
        .report(Code::hides_workspace_name, span, "the variable `{}` hides a name of the workspace", name)
        .also(found->second.span, "declared here")
        .hint("give the variable another name");
    return false;
  }
  return true;
}

void check_snake_case(Sink& sink, const std::string& name, Span span, std::string_view what) {
  const bool snake =
      std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
  if (snake) return;
  std::string better;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool big = name[i] >= 'A' && name[i] <= 'Z';
    if (big && i > 0 && name[i - 1] != '_' && !(name[i - 1] >= 'A' && name[i - 1] <= 'Z')) better += '_';
    better += big ? static_cast<char>(name[i] - 'A' + 'a') : name[i];
  }
  sink.report(Code::name_style, span, "the {} `{}` is not in snake_case", what, name).hint(fmt::format("`{}`", better));
}

Values::Found FlowValues::find(std::string_view name, Span span) {
  Found found;
  const auto variable = scope_.variables.find(name);
  if (variable == scope_.variables.end()) {
    WorkspaceValues workspace(scope_.shared);
    return workspace.find(name, span);
  }
  const VariableId id = variable->second;
  VariableNotes& notes = scope_.notes[index(id)];
  notes.used = true;
  if (notes.inference != VariableNotes::Inference::done) infer(scope_, id);
  if (notes.bad || notes.inference == VariableNotes::Inference::running) {
    found.kind = Found::Kind::bad;
    return found;
  }
  found.kind = Found::Kind::value;
  if (notes.constant) {
    found.expr = *notes.constant;
  } else {
    found.expr.kind = ExprKind::variable;
    found.expr.variable = id;
    found.expr.type = scope_.flow.variables[index(id)].type;
    found.expr.text = std::string(name);
  }
  found.expr.span = span;
  return found;
}

std::vector<std::string> FlowValues::names() const {
  std::vector<std::string> result = WorkspaceValues(scope_.shared).names();
  const std::vector<std::string> own = keys(scope_.variables);
  result.insert(result.end(), own.begin(), own.end());
  return result;
}

Values::Found WorkspaceValues::find(std::string_view name, Span span) {
  Found found;
  const auto declared = scope_.names.find(name);
  if (declared == scope_.names.end() || declared->second.kind != WorkspaceName::Kind::constant) return found;
  if (declared->second.bad) {
    found.kind = Found::Kind::bad;
    return found;
  }
  found.kind = Found::Kind::value;
  found.expr = scope_.constants[declared->second.index];
  found.expr.span = span;
  return found;
}

std::vector<std::string> WorkspaceValues::names() const {
  std::vector<std::string> result;
  for (const auto& [name, declared] : scope_.names)
    if (declared.kind == WorkspaceName::Kind::constant) result.push_back(name);
  return result;
}

}  // namespace flow::check
