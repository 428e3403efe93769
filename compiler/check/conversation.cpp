// With whom a flow talks, for `reply`, a plain `ask` and `typing`: whoever started it, or, in a flow that the API
// starts, the one that all of its questions go to.
#include <algorithm>

#include "compiler/check/pattern.h"
#include "compiler/check/stages.h"

namespace flow::check {
namespace {

// `from` and `to` of a question, as far as both are names.
struct Asked {
  std::string from;
  std::string to;
  friend bool operator==(const Asked&, const Asked&) = default;
};

std::optional<Asked> asked_by(const syntax::Block& block) {
  Asked asked;
  for (const syntax::Entry& line : block.entries) {
    const auto found = match(line.head, setting_patterns());
    if (!found || found->holes.empty() || found->holes[0]->kind != syntax::ExprKind::name) continue;
    const catalogue::SettingId id = catalogue::send_settings()[found->entry].id;
    if (id == catalogue::SettingId::from && found->holes.size() == 1) asked.from = found->holes[0]->text;
    if (id == catalogue::SettingId::to) asked.to = found->holes[0]->text;
  }
  return asked.from.empty() || asked.to.empty() ? std::nullopt : std::optional(std::move(asked));
}

// The only one whom the flow asks something by `ask CHANNEL`; nothing: nobody, or several.
std::optional<Asked> only_one_asked(const FlowScope& scope) {
  std::optional<Asked> only;
  for (const syntax::Entry* entry : scope.step_entries) {
    if (!entry->colon) continue;
    const auto found = match(entry->colon->clause, component_patterns());
    if (!found) continue;
    const auto& component = catalogue::components()[found->entry];
    if (component.id != catalogue::Component::ask || !component.channel) continue;
    auto asked = entry->block ? asked_by(*entry->block) : std::nullopt;
    if (!asked || (only && *only != *asked)) return std::nullopt;
    only = std::move(asked);
  }
  return only;
}

}  // namespace

std::optional<Conversation> conversation(FlowScope& scope, Span use, std::string_view what) {
  if (!scope.flow.trigger && !scope.trigger_bad) {
    if (const auto asked = only_one_asked(scope)) {
      const auto name = scope.shared.names.find(asked->from);
      const auto to = scope.variables.find(asked->to);
      const bool known = name != scope.shared.names.end() && name->second.kind == WorkspaceName::Kind::channel &&
                         to != scope.variables.end();
      if (!known || name->second.bad || scope.notes[index(to->second)].bad) return std::nullopt;  // said there
      const Variable& variable = scope.flow.variables[index(to->second)];
      if (variable.role == program::FieldRole::input && !variable.type.optional) {
        Expr value;
        value.kind = ExprKind::variable;
        value.type = variable.type;
        value.span = use;
        value.text = variable.name;
        value.variable = to->second;
        return Conversation{ChannelId{static_cast<std::uint32_t>(name->second.index)}, std::move(value)};
      }
    }
  }
  auto started = customer(scope, use, what);
  if (!started || scope.trigger_bad) return std::nullopt;
  return Conversation{scope.flow.trigger->channel, std::move(*started)};
}

}  // namespace flow::check
