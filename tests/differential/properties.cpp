#include "tests/differential/properties.h"

#include <fmt/format.h>

#include <utility>

#include "base/limits.h"

namespace flow::differential {

using program::Effect;
using program::EffectKind;
using program::Receipt;
using program::Timer;
using program::Verdict;

std::string Properties::check_effect(const Event& event, const Effect& effect) {
  if (ends_ > 0 && effect.kind != EffectKind::late_receipt) return "an effect after the end";
  switch (effect.kind) {
    case EffectKind::send:
      if (effect.message != sent_) return fmt::format("message {} after {} messages", effect.message, sent_);
      ++sent_;
      if (sent_ > limits::kMessagesPerExecutionMax) return "too many messages";
      if (effect.to.empty()) return "a message to nobody";
      if ((effect.template_index < 0) != effect.language.empty()) return "a template without language";
      return {};
    case EffectKind::withdraw:
      if (effect.message >= sent_) return "a withdrawn message that was not sent";
      if (handed_over_.contains(effect.message)) return "a withdrawn message that the channel has";
      if (!withdrawn_.insert(effect.message).second) return "a message withdrawn twice";
      return {};
    case EffectKind::timer:
      if (effect.timer == Timer::expires) return "an effect for `expires`";
      if (effect.due_ms < event.at_ms) return "a timer in the past";
      return {};
    case EffectKind::late_receipt:
      if (effect.message >= sent_) return "a late receipt of no message";
      if (effect.message != event.message || std::to_underlying(effect.receipt) != event.receipt)
        return "a late receipt that was not reported";
      return {};
    case EffectKind::end:
      ++ends_;
      return ends_ > 1 ? "a second end" : "";
    case EffectKind::request:
    case EffectKind::launch:
      if (effect.operation != requested_) return "an operation out of turn";
      ++requested_;
      return {};
    case EffectKind::cancel:
      if (effect.operation + 1 != requested_) return "a cancelled operation that is not the last";
      return {};
    case EffectKind::enter:
      return {};
  }
  return "an effect of no kind";
}

// Where an execution rests, exactly the timers of that step may be armed.
std::string Properties::check_rest(const oracle::State& state) const {
  if (state.ended) {
    if (!state.deadlines.empty()) return "a deadline after the end";
    for (std::size_t v = 0; v < flow_.variables.size(); ++v)
      if (flow_.variables[v].type.secret && state.values[v]) return "a secret after the end";
    return {};
  }
  if (state.operation && (!state.resting || state.ended)) return "an operation of no step";
  if (!state.resting) return "neither resting nor ended";
  if (!state.deadlines.contains(Timer::expires)) return "`expires` is not armed";
  const check::StepBody& body = flow_.steps.at(check::index(*state.resting)).body;
  std::set<Timer> possible = {Timer::expires};
  if (std::holds_alternative<check::Wait>(body) || std::holds_alternative<check::AwaitSignal>(body)) {
    if (!state.deadlines.contains(Timer::wait)) return "a wait without end";
    possible.insert(Timer::wait);
    if (state.current) return "a message of a wait";
  } else if (const auto* send = std::get_if<check::Send>(&body)) {
    if (state.deadlines.size() < 2) return "a send without bound";
    possible.insert(Timer::handover);
    if (send->undelivered) possible.insert(Timer::undelivered);
    if (send->unread) possible.insert(Timer::unread);
    if (!state.current || state.messages.at(*state.current).left) return "a send without message";
  } else if (std::holds_alternative<check::AwaitReply>(body)) {
    if (!state.deadlines.contains(Timer::silent)) return "an await without end";
    possible.insert(Timer::silent);
    if (state.current) return "a message of an await";
  } else if (std::holds_alternative<check::Extern>(body)) {
    if (state.current) return "a message of an extern";
  } else if (const auto* operation = std::get_if<check::Operation>(&body)) {
    if (!state.operation) return "an operation that is answered";
    if (operation->late) possible.insert(Timer::late);
    if (operation->late && !state.deadlines.contains(Timer::late)) return "an operation without bound";
    if (state.current) return "a message of an operation";
  } else {
    return "it rests in a step that does not rest";
  }
  for (const auto& [timer, due] : state.deadlines)
    if (!possible.contains(timer)) return "a timer that is not of this step";
  return {};
}

std::string Properties::check(const Event& event, Verdict verdict, const std::vector<Effect>& effects,
                              const oracle::State& state) {
  if (verdict == Verdict::ignored && !effects.empty()) return "effects of an ignored event";
  if (event.kind == program::EventKind::receipt && event.message < sent_ &&
      (event.receipt == std::to_underlying(Receipt::failed) ||
       event.receipt == std::to_underlying(Receipt::opted_out) ||
       (event.receipt >= std::to_underlying(Receipt::sent) && event.receipt <= std::to_underlying(Receipt::read))))
    handed_over_.insert(event.message);
  for (const Effect& effect : effects)
    if (std::string wrong = check_effect(event, effect); !wrong.empty()) return wrong;
  if (before_) {
    for (std::size_t m = 0; m < before_->messages.size(); ++m) {
      const oracle::Message& now = state.messages.at(m);
      const oracle::Message& then = before_->messages[m];
      if (now.status < then.status || (then.failed && !now.failed) || (then.left && !now.left))
        return "a message that went back";
    }
  }
  before_ = state;
  if ((ends_ == 1) != state.ended) return "an end without effect";
  return check_rest(state);
}

}  // namespace flow::differential
