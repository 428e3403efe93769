// Whom `reply`, a plain `ask` and `typing` speak to: whoever started the flow; in a flow that no message starts,
// whoever its questions are put to.
#include <algorithm>

#include "compiler/check/pattern.h"
#include "compiler/check/stages.h"
#include "compiler/syntax/format.h"

namespace flow::check {
namespace {

using catalogue::Component;

Expr value_of(const FlowScope& scope, VariableId id, Span use) {
  Expr value;
  value.kind = ExprKind::variable;
  value.type = scope.flow.variables[index(id)].type;
  value.span = use;
  value.text = scope.flow.variables[index(id)].name;
  value.variable = id;
  return value;
}

// A message that may be answered, as it is written.
struct Question {
  const syntax::Expr* from = nullptr;
  const syntax::Expr* to = nullptr;
};

Question question_of(const syntax::Block& block) {
  Question question;
  for (const syntax::Entry& line : block.entries) {
    const auto found = match(line.head, setting_patterns());
    if (!found || found->holes.empty()) continue;
    const auto id = catalogue::send_settings()[found->entry].id;
    if (id == catalogue::SettingId::from && found->holes.size() == 1) question.from = found->holes[0];
    if (id == catalogue::SettingId::to) question.to = found->holes[0];
  }
  return question;
}

// `ask` on a channel; when the flow has an `await reply`, whatever it sends as well.
std::vector<Question> questions(const FlowScope& scope) {
  std::vector<Question> asked;
  std::vector<Question> sent;
  bool awaits = false;
  for (const syntax::Entry* entry : scope.step_entries) {
    const auto found = entry->colon ? match(entry->colon->clause, component_patterns()) : std::nullopt;
    if (!found) continue;
    const auto& component = catalogue::components()[found->entry];
    awaits |= component.id == Component::await_reply;
    if (!component.channel || !entry->block) continue;
    const Question question = question_of(*entry->block);
    if (question.from == nullptr || question.to == nullptr) continue;
    (component.id == Component::ask ? asked : sent).push_back(question);
  }
  if (awaits) asked.insert(asked.end(), sent.begin(), sent.end());
  return asked;
}

bool alike(const Question& one, const Question& other) {
  return syntax::format(*one.from) == syntax::format(*other.from) &&
         syntax::format(*one.to) == syntax::format(*other.to);
}

void report_none(FlowScope& scope, Span use, std::string_view what) {
  const auto trigger = scope.header_once.find(catalogue::Header::trigger_manual);
  if (trigger == scope.header_once.end()) return;
  scope.sink()
      .report(Code::trigger_channel, use, "`{}` answers whoever started the flow, and nobody wrote to start this one",
              what)
      .also(trigger->second, "its trigger")
      .hint(what == "typing" ? std::string("leave it out, or let a message start the flow: `trigger whatsapp on …`")
                             : fmt::format("`{0} viber`, `{0} whatsapp` or `{0} sms`, with `from` and `to`",
                                           what == "ask" ? "ask" : "send"));
}

std::optional<Conversation> of_questions(FlowScope& scope, Span use, std::string_view what) {
  const std::vector<Question> all = questions(scope);
  if (all.empty()) {
    report_none(scope, use, what);
    return std::nullopt;
  }
  const auto other = std::ranges::find_if(all, [&](const Question& one) { return !alike(one, all.front()); });
  if (other != all.end()) {
    scope.sink()
        .report(Code::trigger_channel, use, "`{}` may have to answer in more than one conversation", what)
        .also(all.front().from->span, "the flow speaks with somebody here")
        .also(other->from->span, "and here on another channel, or with somebody else")
        .hint("say which: `send sms` and its like, with `from` and `to`");
    return std::nullopt;
  }
  // What is wrong with them is reported where they stand.
  const auto channel = scope.shared.names.find(all.front().from->text);
  const auto to = scope.variables.find(all.front().to->text);
  if (channel == scope.shared.names.end() || channel->second.kind != WorkspaceName::Kind::channel ||
      channel->second.bad)
    return std::nullopt;
  if (all.front().to->kind != syntax::ExprKind::name) {
    scope.sink()
        .report(Code::trigger_channel, use, "whom `{}` answers is computed elsewhere", what)
        .also(all.front().to->span, "this is no variable")
        .hint("keep it in a variable, or use `send` with `from` and `to`");
    return std::nullopt;
  }
  if (to == scope.variables.end() || scope.notes[index(to->second)].bad) return std::nullopt;
  const ChannelId id{static_cast<std::uint32_t>(channel->second.index)};
  return Conversation{id, scope.shared.workspace.channels[index(id)].kind, value_of(scope, to->second, use)};
}

}  // namespace

std::optional<Conversation> conversation(FlowScope& scope, Span use, std::string_view what) {
  if (scope.trigger_bad) return std::nullopt;
  if (!scope.flow.trigger) return of_questions(scope, use, what);
  const ChannelId id = scope.flow.trigger->channel;
  return Conversation{id, scope.shared.workspace.channels[index(id)].kind,
                      value_of(scope, scope.flow.trigger->customer, use)};
}

}  // namespace flow::check
