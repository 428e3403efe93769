#include "compiler/import/fidelity/flow_graph.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/check/replies.h"
#include "compiler/import/fidelity/expression_words.h"
#include "compiler/import/fidelity/words.h"

namespace flow::importing::fidelity {
namespace {

using check::index;
using check::StepId;
using check::Target;

constexpr std::string_view kNext = "next";
constexpr std::string_view kIgnoreCase = "(?i)";

std::string_view channel_word(program::ChannelKind kind) {
  constexpr std::string_view kWords[] = {"viber", "whatsapp", "sms", "messenger", "instagram", "email"};
  return kWords[static_cast<std::size_t>(kind)];
}

class Builder {
 public:
  Builder(const check::Flow& flow, const check::WorkspaceSettings& workspace)
      : flow_(flow), workspace_(workspace), words_(flow) {}

  Graph run() {
    // Steps have their own numbers, then come jumps, then what is added as it is met.
    graph_.states.resize(flow_.steps.size() + flow_.jumps.size());
    for (std::size_t i = 0; i < flow_.steps.size(); ++i) {
      graph_.states[i].name = flow_.steps[i].name;
      at_ = static_cast<std::uint32_t>(i);
      std::visit(*this, flow_.steps[i].body);
      // What holds a message back until the quiet hours are over belongs to the workspace, not to the flow.
      if (flow_.steps[i].component == check::kQuietHours) silence(graph_.states[i]);
    }
    for (std::size_t i = 0; i < flow_.jumps.size(); ++i) make_jump(i);
    make_start();
    return std::move(graph_);
  }

  void operator()(const check::RecognizeRegion& body) {
    const std::string number = words_.value(body.number);
    say(Action("choice"));
    for (const auto& arm : body.arms) {
      std::vector<std::string> regions = arm.regions;
      std::sort(regions.begin(), regions.end());
      add(fmt::format("{} in {}", number, fmt::join(regions, ", ")), arm.target);
    }
    add("else", body.otherwise);
  }
  void operator()(const check::RecognizeCallingCode& body) {
    const std::string number = words_.value(body.number);
    say(Action("choice"));
    for (const auto& arm : body.arms) {
      std::vector<std::uint32_t> codes;
      for (const auto& code : arm.codes) codes.push_back(code.code);
      std::sort(codes.begin(), codes.end());
      add(fmt::format("{} begins with {}", number, fmt::join(codes, ", ")), arm.target);
    }
    add("else", body.otherwise);
  }
  void operator()(const check::Branch& body) {
    say(Action("choice"));
    for (const auto& arm : body.arms) add(words_.condition(arm.condition), arm.target);
    add("else", body.otherwise);
  }
  void operator()(const check::Random& body) {
    Action action("random");
    if (!body.draws) action.with("by", words_.value(body.key));
    say(action);
    for (std::size_t i = 0; i < body.arms.size(); ++i)
      add(fmt::format("{}: {}%", i + 1, body.arms[i].share), body.arms[i].target);
  }
  void operator()(const check::Set& body) {
    Action action("set");
    for (const auto& assignment : body.assignments)
      action.with(words_.variable(assignment.variable), words_.value(assignment.value));
    say(action);
    add(kNext, body.target);
  }
  void operator()(const check::Wait& body) {
    Action action("wait");
    if (body.until)
      action.with("until", words_.value(*body.until));
    else
      action.with("for", fmt::format("{}", body.ms));
    say(action);
    add(body.past ? "reached" : kNext, body.target);
    if (body.past) add("past", *body.past);
  }
  void operator()(const check::AwaitSignal& body) {
    say(Action("signal").with("name", quoted(body.signal)));
    add("received", body.received);
    add(after("silent", body.silent.after_ms), body.silent.target);
  }
  void operator()(const check::AwaitReply& body) {
    Action action("reply");
    for (const auto& take : body.takes)
      if (take.value == program::ReplyValue::text) action.with("keeps", words_.variable(take.variable));
    say(action);
    const std::uint32_t waiting = at_;
    if (body.arms.empty()) {
      add("reply", body.otherwise);
    } else {
      link(waiting, "reply", add_state("choice", graph_.states[waiting].name));
      at_ = graph_.states[waiting].transitions.back().to;
      for (const auto& arm : body.arms) add(reply_condition(body, arm), arm.target);
      add("else", body.otherwise);
      at_ = waiting;
    }
    add(after("silent", body.silent.after_ms), body.silent.target);
  }
  void operator()(const check::JumpStep& body) {
    Target target;
    target.kind = Target::Kind::jump;
    target.jump = body.jump;
    add(kNext, target);
  }
  void operator()(const check::Send& body) {
    constexpr std::string_view kMilestones[] = {"sent", "delivered", "read"};
    say(message(body));
    add("failed", body.failed);
    if (body.opted_out) add("opted out", *body.opted_out);
    if (body.undelivered) add(after("undelivered", body.undelivered->after_ms), body.undelivered->target);
    if (body.unread) add(after("unread", body.unread->after_ms), body.unread->target);
    add(kMilestones[static_cast<std::size_t>(body.milestone)], body.reached);
  }
  void operator()(const check::Extern& body) {
    Action action("extern");
    action.with("type", quoted(body.name));
    if (body.into) action.with("makes", words_.variable(*body.into));
    for (const auto& setting : body.settings) action.with(setting_name(setting.name), words_.value(setting.value));
    say(action);
    for (const auto& arm : body.arms)
      for (const std::string& event : arm.events) add(event, arm.target);
  }
  void operator()(const check::Operation& body) {
    const bool http = body.kind == program::OperationKind::http;
    Action action(program::to_string(body.kind));
    action.with(http ? "method" : "target", quoted(body.target));
    for (const auto& [name, text] : arguments_of(body)) action.with(name, text.words());
    for (const auto& read : body.reads) action.with("read " + read.path, words_.variable(read.variable));
    say(action);
    const bool one_arrow = body.kind == program::OperationKind::subscribe ||
                           body.kind == program::OperationKind::unsubscribe ||
                           body.kind == program::OperationKind::typing;
    if (one_arrow) return add(kNext, body.arms.front().target);
    for (const auto& arm : body.arms) add(program::outcome_text(body.kind, arm.outcome), arm.target);
    if (body.late) add(after("late", body.late->after_ms), body.late->target);
  }
  void operator()(const check::Launch& body) {
    Action action("launch");
    action.with("target", quoted(body.flow));
    for (const auto& argument : body.arguments) action.with(argument.name, words_.value(argument.value));
    say(action);
    add(kNext, body.target);
  }

 private:
  // ---- States ----

  std::uint32_t add_state(std::string action, std::string name = {}) {
    graph_.states.push_back({std::move(action), std::move(name), {}});
    return static_cast<std::uint32_t>(graph_.states.size() - 1);
  }
  void say(const Action& action) { graph_.states[at_].action = action.words(); }
  void link(std::uint32_t from, std::string_view label, std::uint32_t to) {
    graph_.states[from].transitions.push_back({std::string(label), to});
  }
  void add(std::string_view label, const Target& target) {
    const std::uint32_t to = state_of(target);
    // A jump is told apart by the first step that has it.
    if (target.kind == Target::Kind::jump && graph_.states[to].name.empty())
      graph_.states[to].name = graph_.states[at_].name;
    link(at_, label, to);
  }

  std::uint32_t jump_state(check::JumpId jump) const {
    return static_cast<std::uint32_t>(flow_.steps.size() + index(jump));
  }
  std::uint32_t state_of(const Target& target) {
    if (target.kind == Target::Kind::step) return static_cast<std::uint32_t>(index(target.step));
    if (target.kind == Target::Kind::jump) return jump_state(target.jump);
    Action action("end");
    if (target.kind == Target::Kind::end) action.with("done", "true");
    if (target.kind == Target::Kind::end_failed) action.with("failed", quoted(target.reason));
    if (target.kind == Target::Kind::end_outcome) action.with("outcome", quoted(flow_.outcomes.at(target.outcome)));
    const auto [known, first] = ends_.try_emplace(action.words(), 0);
    if (first) known->second = add_state(action.words(), "end");
    return known->second;
  }

  void make_jump(std::size_t number) {
    const check::Jump& jump = flow_.jumps[number];
    at_ = jump_state(check::JumpId{static_cast<std::uint32_t>(number)});
    say(Action("jump").with("max", fmt::format("{}", jump.max)));
    link(at_, "again", static_cast<std::uint32_t>(index(jump.step)));
    add("else", jump.otherwise);
  }

  void make_start() {
    Action action("start");
    for (const check::Variable& variable : flow_.variables)
      if (variable.role == program::FieldRole::input) action.with(input_name(variable.name), value(variable.name));
    at_ = graph_.start = add_state(action.words(), "start");
    link(at_, "start", static_cast<std::uint32_t>(index(flow_.start)));
    for (const check::Handler& handler : flow_.handlers) {
      const bool arms = handler.kind == check::Handler::Kind::reply && !handler.matches.empty();
      std::vector<std::string> conditions;
      for (const auto& match : handler.matches) conditions.push_back(match_condition(value("reply"), match));
      add(arms ? fmt::format("on reply {}", any_of(conditions)) : check::handler_text(handler), handler.target);
    }
  }

  // The way on is the one to the message.
  static void silence(State& state) {
    state.action.clear();
    if (state.transitions.size() > 1) state.transitions.erase(state.transitions.begin(), state.transitions.end() - 1);
  }

  // ---- Words ----

  // A value may be written in several pieces; one that the runtime holds is a name.
  std::vector<std::pair<std::string, Text>> arguments_of(const check::Operation& body) const {
    constexpr std::string_view kSecret = "secret ";
    std::vector<std::pair<std::string, Text>> arguments;
    for (const auto& argument : body.arguments) {
      std::string_view name = argument.name;
      const bool secret = name.starts_with(kSecret);
      if (secret) name.remove_prefix(kSecret.size());
      if (name == "url value") name = "url";
      if (name == "text" || name == "json" || name == "json text") name = "body";
      if (arguments.empty() || arguments.back().first != name) arguments.emplace_back(name, Text());
      Text& text = arguments.back().second;
      if (secret)
        text.add_value(value(argument.value.text));
      else
        words_.add_to(text, argument.value);
    }
    return arguments;
  }

  static std::string match_condition(const std::string& reply, const check::AwaitReply::Match& match) {
    using Kind = check::AwaitReply::Match::Kind;
    switch (match.kind) {
      case Kind::text:
        return fmt::format("{} ~= {}", reply, quoted(folded(match.text)));
      case Kind::containing:
        return fmt::format("{} ~contains {}", reply, quoted(folded(match.text)));
      case Kind::pattern:
        return match.text.starts_with(kIgnoreCase)
                   ? fmt::format("{} ~matches {}", reply,
                                 pattern(std::string_view(match.text).substr(kIgnoreCase.size())))
                   : fmt::format("{} matches {}", reply, pattern(match.text));
      case Kind::kind:
        break;
    }
    return fmt::format("{} is a {}", reply, program::to_string(match.reply));
  }

  std::string reply_condition(const check::AwaitReply& body, const check::AwaitReply::Arm& arm) const {
    const auto text = std::find_if(body.takes.begin(), body.takes.end(),
                                   [](const auto& take) { return take.value == program::ReplyValue::text; });
    const std::string reply =
        text != body.takes.end() ? words_.variable(text->variable) : value(graph_.states[at_].name + ".reply");
    std::vector<std::string> conditions;
    for (const auto& match : arm.matches) conditions.push_back(match_condition(reply, match));
    return any_of(conditions);
  }

  Action message(const check::Send& body) const {
    const check::Channel& channel = workspace_.channels.at(index(body.channel));
    Action action("message");
    action.with("channel", channel_word(channel.kind)).with("from", quoted(channel.name));
    const bool own_sender = std::any_of(body.parts.begin(), body.parts.end(),
                                        [](const auto& part) { return part.kind == program::PartKind::sender; });
    if (!own_sender) action.with("sender", quoted(channel.sender));
    action.with("to", words_.value(body.to)).with("purpose", body.purpose);
    if (body.body) action.with("text", words_.value(*body.body));
    if (body.message_template) {
      action.with("template", quoted(workspace_.templates.at(index(*body.message_template)).name));
      for (std::size_t i = 0; i < body.parameters.size(); ++i)
        action.with(fmt::format("template {}", i + 1), words_.value(body.parameters[i]));
    }
    for (const auto& part : body.parts) action.with(program::to_string(part.kind), words_.value(part.value));
    return action;
  }

  const check::Flow& flow_;
  const check::WorkspaceSettings& workspace_;
  ExpressionWords words_;
  Graph graph_;
  std::uint32_t at_ = 0;
  std::map<std::string, std::uint32_t> ends_;
};

}  // namespace

Graph graph_of(const check::Flow& flow, const check::WorkspaceSettings& workspace) {
  return Builder(flow, workspace).run();
}

}  // namespace flow::importing::fidelity
