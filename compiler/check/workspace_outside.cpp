// What a workspace says of the outside: functions, desks, secrets.
#include <algorithm>

#include "compiler/check/operation.h"
#include "compiler/diagnostics/suggest.h"

namespace flow::check {
namespace {

void declare_function(WorkspaceScope& scope, const syntax::Entry& entry, const syntax::Expr& name,
                      const syntax::Expr& address) {
  refuse_other_parts(scope.sink, entry, kNoPart, "function");
  RemoteFunction function;
  function.name = name.text;
  function.span = name.span;
  const bool fine = constant_address(scope, address, function.address, function.secure);
  WorkspaceName* place = declare_workspace_name(scope, name.text, name.span, WorkspaceName::Kind::function, "function");
  if (place == nullptr) return;
  place->bad |= !fine;
  place->index = scope.workspace.functions.size();
  scope.workspace.functions.push_back(std::move(function));
}

}  // namespace

WorkspaceName* declare_workspace_name(WorkspaceScope& scope, const std::string& name, Span span,
                                      WorkspaceName::Kind kind, std::string_view what) {
  const bool fits = check_name_length(scope.sink, name, span, what);
  const auto [place, is_new] = scope.names.try_emplace(name, WorkspaceName{kind, 0, span, !fits});
  if (is_new) return &place->second;
  scope.sink.report(Code::duplicate_name, span, "`{}` is declared twice", name)
      .label("declared again here")
      .also(place->second.span, "first declared here")
      .hint("channels, templates and constants share one set of names");
  return nullptr;
}

const WorkspaceName* find_workspace_name(FlowScope& scope, const std::string& name, Span span, WorkspaceName::Kind kind,
                                         std::string_view what, Code code, std::string_view example) {
  const auto& all = scope.shared.names;
  const auto found = all.find(name);
  if (found != all.end() && found->second.kind == kind) return found->second.bad ? nullptr : &found->second;
  std::vector<std::string> names;
  for (const auto& [other, declared] : all)
    if (declared.kind == kind) names.push_back(other);
  std::string help = diagnostics::did_you_mean(name, names);
  if (help.empty()) help = fmt::format("`{}` in workspace.flow declares it", example);
  auto report = scope.sink().report(code, span, "there is no {} `{}`", what, name);
  if (found != all.end()) report.also(found->second.span, "this is something else");
  report.hint(help);
  return nullptr;
}

bool constant_address(WorkspaceScope& scope, const syntax::Expr& written, std::string& address, bool& secure) {
  WorkspaceValues values(scope);
  std::vector<Operation::Argument> pieces;
  if (!url_arguments(values, scope.workspace.allowed_hosts, written, pieces, secure)) return false;
  if (pieces.size() == 1) {
    address = std::move(pieces[0].value.text);
    return true;
  }
  scope.sink.report(Code::malformed_value, written.span, "this address has a value behind its beginning")
      .hint("written out, or a constant and the rest: `\"{{base}}/path\"`");
  return false;
}

bool check_outside_entry(WorkspaceScope& scope, const syntax::Entry& entry, catalogue::Workspace id,
                         const Match& found) {
  const syntax::Expr& name = *found.holes[0];
  switch (id) {
    case catalogue::Workspace::function:
      declare_function(scope, entry, name, *found.holes[1]);
      return true;
    case catalogue::Workspace::desk: {
      refuse_other_parts(scope.sink, entry, kNoPart, "desk");
      WorkspaceName* place = declare_workspace_name(scope, name.text, name.span, WorkspaceName::Kind::desk, "desk");
      if (place == nullptr) return true;
      place->index = scope.workspace.desks.size();
      scope.workspace.desks.push_back({name.text, name.span});
      return true;
    }
    case catalogue::Workspace::secret:
      refuse_other_parts(scope.sink, entry, kNoPart, "secret");
      declare_workspace_name(scope, name.text, name.span, WorkspaceName::Kind::secret, "secret");
      return true;
    default:
      return false;
  }
}

}  // namespace flow::check
