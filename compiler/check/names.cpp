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

Expr zone_constant(const std::string& name, Span span) {
  Expr zone = constant_text(name, span);
  zone.type = {};
  zone.type.kind = ValueType::zone;
  return zone;
}

// The flow's language where it has one, else the workspace's first, else English.
Expr language_or_default(const Workspace& workspace, const Expr* own, Span span) {
  Expr first;
  first.kind = ExprKind::constant;
  first.type.kind = ValueType::language;
  first.text = workspace.languages.empty() ? "en" : workspace.languages.front();
  first.span = span;
  if (own == nullptr) return first;
  Expr language = *own;
  language.span = span;
  if (is_constant(language)) return language;
  Expr either;
  either.kind = ExprKind::coalesce;
  either.type = language.type;
  either.type.optional = false;
  either.span = span;
  either.children.push_back(std::move(language));
  either.children.push_back(std::move(first));
  return either;
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
  auto variable = scope_.variables.find(name);
  // A message where a text is expected is its text.
  if (variable == scope_.variables.end()) variable = scope_.variables.find(std::string(name) + ".text");
  if (variable == scope_.variables.end()) {
    if (is_secret_name(name)) {
      sink()
          .report(Code::secret_use, span, "`{}` is a secret of the runtime, and has no value here", name)
          .hint(
              "it stands in headers and bodies of requests: `json(key: crm_token)`, "
              "`header \"Authorization\" = \"Bearer {{crm_token}}\"`");
      found.kind = Found::Kind::bad;
      return found;
    }
    WorkspaceValues workspace(scope_.shared);
    return workspace.find(name, span);
  }
  const VariableId id = variable->second;
  VariableNotes& notes = scope_.notes[index(id)];
  notes.used = true;
  if (notes.member_of) scope_.notes[index(*notes.member_of)].used = true;
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

bool FlowValues::is_secret_name(std::string_view name) const {
  const auto declared = scope_.shared.names.find(name);
  return declared != scope_.shared.names.end() && declared->second.kind == WorkspaceName::Kind::secret &&
         !scope_.variables.contains(name);
}

std::optional<Expr> FlowValues::zone(Span place) {
  if (scope_.zone_bad) return std::nullopt;
  if (scope_.flow.zone) {
    Expr zone = *scope_.flow.zone;
    zone.span = place;
    return zone;
  }
  if (!scope_.shared.workspace.zone.empty()) return zone_constant(scope_.shared.workspace.zone, place);
  if (scope_.shared.zone_bad) return std::nullopt;
  sink()
      .report(Code::zone_missing, place, "this depends on a time zone, and the flow has none")
      .hint("`zone \"Asia/Manila\"` in the flow or in the workspace, or an input: `zone customerZone`");
  return std::nullopt;
}

std::optional<Expr> FlowValues::language(Span place) {
  if (scope_.language_bad) return std::nullopt;
  if (scope_.language_open) {
    sink()
        .report(Code::header_order, place, "this depends on the flow's `language`, which is made of a `let` itself")
        .hint("make the language of inputs alone");
    return std::nullopt;
  }
  return language_or_default(scope_.shared.workspace, scope_.flow.language ? &*scope_.flow.language : nullptr, place);
}

std::vector<std::string> FlowValues::names() const {
  std::vector<std::string> result = WorkspaceValues(scope_.shared).names();
  const std::vector<std::string> own = keys(scope_.variables);
  result.insert(result.end(), own.begin(), own.end());
  return result;
}

bool FlowValues::has(std::string_view name) const {
  return scope_.variables.contains(name) || WorkspaceValues(scope_.shared).has(name);
}

std::vector<std::string> FlowValues::secret_path(const Expr& expr) {
  std::vector<std::string> lines;
  std::vector<bool> seen(scope_.flow.variables.size(), false);
  const auto follow = [&](const auto& self, const Expr& part) -> bool {
    if (part.kind == ExprKind::variable && part.type.secret && !seen[index(part.variable)]) {
      seen[index(part.variable)] = true;
      const Variable& variable = scope_.flow.variables[index(part.variable)];
      for (const auto& [id, value] : scope_.flow.lets)
        if (id == part.variable && self(self, value)) {
          lines.push_back(fmt::format("let {}, made with it", variable.name));
          return true;
        }
      lines.push_back(fmt::format("{} {}, a secret", variable.role == program::FieldRole::input ? "input" : "variable",
                                  variable.name));
      return true;
    }
    return std::ranges::any_of(part.children, [&](const Expr& child) { return self(self, child); });
  };
  follow(follow, expr);
  return lines;
}

void FlowValues::revealed(Span place) {
  if (sink_ != nullptr) return;
  scope_.flow.reveals.push_back(place);
  scope_.sink().report(Code::revealed, place, "a secret is made visible here").label("from here on an ordinary value");
}

const Wording* FlowValues::wording(std::string_view name) const {
  const auto own = scope_.wordings.find(name);
  return own != scope_.wordings.end() ? &own->second : WorkspaceValues(scope_.shared).wording(name);
}

const Wording* WorkspaceValues::wording(std::string_view name) const {
  const auto found = scope_.wordings.find(name);
  return found == scope_.wordings.end() ? nullptr : &found->second;
}

std::vector<std::string> WorkspaceValues::secret_path(const Expr&) {
  return {};
}

void WorkspaceValues::revealed(Span) {}

std::optional<Expr> WorkspaceValues::zone(Span place) {
  if (!scope_.workspace.zone.empty()) return zone_constant(scope_.workspace.zone, place);
  if (!scope_.zone_bad)
    scope_.sink.report(Code::zone_missing, place, "this depends on a time zone, and the workspace has none")
        .hint("`zone \"Asia/Manila\"`");
  return std::nullopt;
}

std::optional<Expr> WorkspaceValues::language(Span place) {
  return language_or_default(scope_.workspace, nullptr, place);
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

bool WorkspaceValues::has(std::string_view name) const {
  const auto found = scope_.names.find(name);
  return found != scope_.names.end() && found->second.kind == WorkspaceName::Kind::constant;
}

}  // namespace flow::check
