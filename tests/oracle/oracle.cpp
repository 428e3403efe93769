#include "tests/oracle/oracle.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "tests/oracle/evaluate.h"
#include "tests/oracle/notations.h"

namespace flow::oracle {
namespace {

using check::Handler;
using check::Milestone;
using check::Target;
using program::Effect;
using program::EffectKind;
using program::EndKind;
using program::EventKind;
using program::Receipt;
using program::Timer;
using program::Verdict;

// What a message has besides its text or template.
program::ContentInfo content_of(const check::Flow& flow, const check::Send& send) {
  program::ContentInfo content;
  content.kind = send.kind;
  if (send.purpose != flow.purpose) content.purpose = send.purpose;
  for (const check::MessagePart& part : send.parts) content.parts.push_back(part.kind);
  return content;
}

bool has_content(const check::Flow& flow, const check::Send& send) {
  using program::MessageKind;
  return !send.parts.empty() || send.purpose != flow.purpose ||
         (send.kind != MessageKind::text && send.kind != MessageKind::message_template);
}

// Reads one event. Chapters are those of docs/semantics.md.
class Reading {
 public:
  Reading(const check::Workspace& workspace, const check::Flow& flow, const Oracle::RegionOf& region_of,
          const std::vector<std::string>& signals, const std::vector<check::ChannelId>& channels,
          const std::vector<check::TemplateId>& templates, const std::vector<program::ContentInfo>& contents,
          State& state, const program::FlowEvent& event, std::vector<Effect>& effects)
      : workspace_(workspace),
        flow_(flow),
        region_of_(region_of),
        signals_(signals),
        channels_(channels),
        templates_(templates),
        contents_(contents),
        state_(state),
        event_(event),
        effects_(effects) {}

  Verdict read() {
    try {
      switch (static_cast<EventKind>(event_.kind)) {
        case EventKind::start:
          return start();
        case EventKind::receipt:
          return receipt();
        case EventKind::timer:
          return timer();
        case EventKind::signal:
          return signal();
        case EventKind::result:
          return result();
        case EventKind::reply:
          return reply();
      }
      return Verdict::ignored;
    } catch (const Trap& trap) {
      leave();
      finish(EndKind::failed, -1, trap.reason);
      return Verdict::changed;
    }
  }

 private:
  // Start.
  Verdict start() {
    if (state_.started) return Verdict::ignored;
    if (flow_.trigger && flow_.trigger->when && !holds(*flow_.trigger->when, state_.values)) return Verdict::ignored;
    state_.started = true;
    state_.started_at = event_.at_ms;
    state_.deadlines[Timer::expires] = event_.at_ms + flow_.expires_ms;
    if (flow_.seed) value(*flow_.seed) = std::int64_t{event_.seed} * 1'000'000;
    for (const auto& [variable, expr] : flow_.lets) value(variable) = evaluate(expr, state_.values);
    Target first;
    first.kind = Target::Kind::step;
    first.step = flow_.start;
    return go(first);
  }

  std::optional<Value>& value(check::VariableId variable) { return state_.values.at(check::index(variable)); }

  // Going to a target, and from there to the next, until the execution rests or ends.
  Verdict go(const Target& first) {
    const Target* target = &first;
    Target there;  // where a jump leads
    while (target != nullptr) {
      switch (target->kind) {
        case Target::Kind::step:
          target = enter(target->step);
          break;
        case Target::Kind::end:
          finish(EndKind::done, -1, "");
          return Verdict::changed;
        case Target::Kind::end_failed:
          finish(EndKind::failed, -1, target->reason);
          return Verdict::changed;
        case Target::Kind::end_outcome:
          finish(EndKind::outcome, static_cast<std::int32_t>(target->outcome), "");
          return Verdict::changed;
        case Target::Kind::jump: {
          const check::Jump& jump = flow_.jumps.at(check::index(target->jump));
          std::uint32_t& counter = state_.counters.at(check::index(target->jump));
          if (counter < jump.max) {
            ++counter;
            there = Target{};
            there.kind = Target::Kind::step;
            there.step = jump.step;
            target = &there;
          } else {
            target = &jump.otherwise;
          }
          break;
        }
      }
    }
    return Verdict::changed;
  }

  // Entering a step: the target that it goes on to, or none when it rests.
  const Target* enter(check::StepId id) {
    emit(EffectKind::enter, id);
    state_.resting = id;
    state_.entered_at = event_.at_ms;
    const check::StepBody& body = flow_.steps.at(check::index(id)).body;
    if (const auto* step = std::get_if<check::RecognizeRegion>(&body)) return recognize(*step);
    if (const auto* step = std::get_if<check::RecognizeCallingCode>(&body)) return recognize_code(*step);
    if (const auto* step = std::get_if<check::Branch>(&body)) {
      if (step->at_now) value(flow_.now.value()) = event_.at_ms;
      if (step->first) value(step->first->variable) = evaluate(step->first->value, state_.values);
      for (const auto& arm : step->arms)
        if (holds(arm.condition, state_.values)) return &arm.target;
      return &step->otherwise;
    }
    if (const auto* step = std::get_if<check::Random>(&body)) return by_chance(id, *step);
    if (const auto* step = std::get_if<check::Set>(&body)) {
      for (const auto& assignment : step->assignments)
        value(assignment.variable) = evaluate(assignment.value, state_.values);
      return &step->target;
    }
    if (const auto* step = std::get_if<check::JumpStep>(&body)) {
      jump_target_ = Target{};
      jump_target_.kind = Target::Kind::jump;
      jump_target_.jump = step->jump;
      return &jump_target_;
    }
    if (const auto* step = std::get_if<check::Wait>(&body)) {
      if (!step->until) {
        arm(Timer::wait, step->ms);
        return nullptr;
      }
      value(flow_.now.value()) = event_.at_ms;
      const std::int64_t until = std::get<std::int64_t>(evaluate(*step->until, state_.values).value());
      if (step->past && until < event_.at_ms) return &*step->past;
      arm(Timer::wait, until - event_.at_ms);
      return nullptr;
    }
    if (const auto* step = std::get_if<check::AwaitSignal>(&body)) {
      arm(Timer::wait, step->silent.after_ms);
      return nullptr;
    }
    if (const auto* step = std::get_if<check::AwaitReply>(&body)) {
      arm(Timer::silent, step->silent.after_ms);
      return nullptr;
    }
    if (std::holds_alternative<check::Extern>(body)) return nullptr;
    if (const auto* step = std::get_if<check::Operation>(&body)) return request(id, *step);
    if (const auto* step = std::get_if<check::Launch>(&body)) return launch(id, *step);
    return send(id, std::get<check::Send>(body));
  }

  const Target* recognize(const check::RecognizeRegion& step) {
    const std::optional<Value> number = evaluate(step.number, state_.values);
    const std::int64_t region = number ? region_of_(std::get<std::string>(*number)) : 0;
    if (step.into) value(*step.into) = region == 0 ? std::nullopt : std::optional<Value>(region);
    if (region == 0) return &step.otherwise;
    const std::string name = to_text(region, program::ValueType::region);
    for (const auto& arm : step.arms)
      for (const std::string& one : arm.regions)
        if (one == name) return &arm.target;
    return &step.otherwise;
  }

  const Target* recognize_code(const check::RecognizeCallingCode& step) {
    const std::int64_t code = calling_code(needed(step.number));
    if (step.into) value(*step.into) = code * 1'000'000;
    for (const auto& arm : step.arms)
      for (const auto& one : arm.codes)
        if (one.code == code) return &arm.target;
    return &step.otherwise;
  }

  const Target* by_chance(check::StepId id, const check::Random& step) {
    std::string key;
    if (step.draws) {
      std::optional<Value>& seed = value(flow_.seed.value());
      key = to_text(*seed, program::ValueType::number);
      seed = std::get<std::int64_t>(*seed) + 1'000'000;
    } else {
      key = needed(step.key);
    }
    const std::uint64_t place = chance(flow_.name, flow_.steps.at(check::index(id)).name, key);
    std::uint64_t below = 0;
    for (const auto& arm : step.arms) {
      below += arm.share;
      if (place < below) return &arm.target;
    }
    return &step.arms.back().target;  // shares that are not 100 together; no checked tree has them
  }

  std::string needed(const check::Expr& expr) {
    std::optional<Value> value = evaluate(expr, state_.values);
    FLOW_CHECK(value.has_value(), "a send needs this value");
    return std::get<std::string>(*value);
  }

  const Target* send(check::StepId id, const check::Send& step) {
    state_.current.reset();
    const program::ChannelKind kind = workspace_.channels.at(check::index(step.channel)).kind;
    const bool by_number = kind == program::ChannelKind::viber || kind == program::ChannelKind::whatsapp ||
                           kind == program::ChannelKind::sms;
    if (by_number && !workspace_.all_regions && !workspace_.allowed_regions.empty()) {
      const std::int64_t region = region_of_(needed(step.to));
      const auto& allowed = workspace_.allowed_regions;
      if (region == 0 ||
          std::find(allowed.begin(), allowed.end(), to_text(region, program::ValueType::region)) == allowed.end())
        return &step.failed;
    }
    const auto& recipients = workspace_.allowed_recipients;
    if (!recipients.empty() && std::find(recipients.begin(), recipients.end(), needed(step.to)) == recipients.end())
      return &step.failed;
    if (state_.messages.size() >= limits::kMessagesPerExecutionMax) return &step.failed;
    Effect effect;
    effect.kind = EffectKind::send;
    effect.step = static_cast<std::int32_t>(check::index(id));
    effect.to = needed(step.to);
    if (step.body) {
      effect.text = needed(*step.body);
      effect.secret = step.body->type.secret;
    } else if (step.message_template) {
      const check::Template& form = workspace_.templates.at(check::index(*step.message_template));
      for (std::size_t i = 0; i < step.parameters.size(); ++i) {
        effect.parameters.emplace_back(form.parameters.at(i).first, needed(step.parameters[i]));
        if (step.parameters[i].type.secret) effect.secret = true;
      }
      effect.template_index = place(templates_, *step.message_template);
      effect.language = language(form);
    }
    for (const check::MessagePart& part : step.parts) {
      effect.parts.push_back(needed(part.value));
      if (part.value.type.secret) effect.secret = true;
    }
    if (has_content(flow_, step)) effect.content = place(contents_, content_of(flow_, step));
    arm(Timer::handover, workspace_.channels.at(check::index(step.channel)).handover_ms);
    if (step.undelivered) arm(Timer::undelivered, step.undelivered->after_ms);
    if (step.unread && kind == program::ChannelKind::instagram) arm(Timer::unread, step.unread->after_ms);
    effect.channel = static_cast<std::uint32_t>(place(channels_, step.channel));
    effect.message = static_cast<std::uint32_t>(state_.messages.size());
    effect.ttl_ms = step.ttl_ms;
    for (const Timer timer : {Timer::expires, Timer::handover, Timer::undelivered})
      if (state_.deadlines.contains(timer))
        effect.not_after_ms = std::min(effect.not_after_ms, state_.deadlines.at(timer));
    effects_.push_back(effect);
    state_.messages.push_back({id, Receipt::none, false, false});
    state_.current = effect.message;
    return nullptr;
  }

  // Operations.
  const Target* request(check::StepId id, const check::Operation& step) {
    if (state_.operations >= limits::kOperationsPerExecutionMax) return &step.arms.at(0).target;
    Effect effect;
    effect.kind = EffectKind::request;
    effect.step = static_cast<std::int32_t>(check::index(id));
    for (const auto& argument : step.arguments) {
      effect.arguments.push_back(needed(argument.value));
      effect.secret = effect.secret || argument.value.type.secret;
    }
    if (step.late) arm(Timer::late, step.late->after_ms);
    effect.site = site(id);
    for (const Timer timer : {Timer::expires, Timer::late})
      if (state_.deadlines.contains(timer))
        effect.not_after_ms = std::min(effect.not_after_ms, state_.deadlines.at(timer));
    effect.operation = state_.operations++;
    state_.operation = effect.operation;
    effects_.push_back(effect);
    return nullptr;
  }

  // Which of the steps that ask something of others it is.
  std::uint32_t site(check::StepId id) const {
    std::uint32_t before = 0;
    for (std::size_t i = 0; i < check::index(id); ++i) {
      const check::StepBody& body = flow_.steps[i].body;
      if (std::holds_alternative<check::Operation>(body) || std::holds_alternative<check::Launch>(body)) ++before;
    }
    return before;
  }

  const Target* launch(check::StepId id, const check::Launch& step) {
    if (state_.operations >= limits::kOperationsPerExecutionMax) {
      too_many_ = Target{};
      too_many_.kind = Target::Kind::end_failed;
      too_many_.reason = "too many operations";
      return &too_many_;
    }
    Effect effect;
    effect.kind = EffectKind::launch;
    effect.step = static_cast<std::int32_t>(check::index(id));
    for (const auto& argument : step.arguments) {
      effect.arguments.push_back(needed(argument.value));
      effect.secret = effect.secret || argument.value.type.secret;
    }
    effect.site = site(id);
    effect.operation = state_.operations++;
    effects_.push_back(effect);
    return &step.target;
  }

  Verdict result() {
    if (state_.ended || !state_.operation || *state_.operation != event_.operation) return Verdict::ignored;
    state_.operation.reset();
    const auto& step = std::get<check::Operation>(flow_.steps.at(check::index(*state_.resting)).body);
    const bool known = event_.outcome > 0 && static_cast<std::size_t>(event_.outcome) < step.arms.size();
    const auto& taken = step.arms.at(known ? static_cast<std::size_t>(event_.outcome) : 0);
    using Kind = program::OperationOutcome::Kind;
    if (taken.outcome.kind == Kind::ok || (taken.outcome.kind == Kind::named && !taken.outcome.name.empty())) {
      for (std::size_t i = 0; i < step.reads.size(); ++i) read_value(step.reads[i].variable, i);
    }
    return leave_and_go(taken.target);
  }

  // Replies.
  Verdict reply() {
    if (state_.ended || !state_.resting) return Verdict::ignored;
    const std::optional<Verdict> handled = first_handler([&](const Handler& handler) {
      if (handler.kind != Handler::Kind::reply) return false;
      return handler.matches.empty() ||
             std::any_of(handler.matches.begin(), handler.matches.end(), [&](const auto& one) { return matches(one); });
    });
    if (handled) return *handled;
    const check::StepBody* body = &flow_.steps.at(check::index(*state_.resting)).body;
    const auto* question = std::get_if<check::Send>(body);
    if (question != nullptr && question->answer) body = &flow_.steps.at(check::index(*question->answer)).body;
    const auto* step = std::get_if<check::AwaitReply>(body);
    if (step == nullptr) return Verdict::ignored;
    for (const auto& take : step->takes) {
      if (take.value == program::ReplyValue::at)
        value(take.variable) = event_.at_ms;
      else
        read_value(take.variable, static_cast<std::size_t>(take.value));
    }
    for (const auto& arm : step->arms)
      for (const auto& match : arm.matches)
        if (matches(match)) return leave_and_go(arm.target);
    return leave_and_go(step->otherwise);
  }

  std::string said(program::ReplyValue what) const {
    const auto place = static_cast<std::size_t>(what);
    if (place >= event_.value_count || event_.values[place].present == 0) return {};
    return std::string(event_.values[place].text.data, event_.values[place].text.size);
  }

  bool matches(const check::AwaitReply::Match& match) const {
    const std::string text = said(program::ReplyValue::text);
    switch (match.kind) {
      case check::AwaitReply::Match::Kind::kind:
        return said(program::ReplyValue::kind) == program::to_string(match.reply);
      case check::AwaitReply::Match::Kind::text:
        return lower(trim(text)) == lower(trim(match.text));
      case check::AwaitReply::Match::Kind::containing:
        return lower(text).find(lower(match.text)) != std::string::npos;
      case check::AwaitReply::Match::Kind::pattern:
        return oracle::matches(text, match.text, true);
    }
    return false;
  }

  void read_value(check::VariableId variable, std::size_t place) {
    std::optional<Value>& into = value(variable);
    into.reset();
    if (place >= event_.value_count || event_.values[place].present == 0) return;
    const program::FlowField& field = event_.values[place];
    if (program::is_text(flow_.variables.at(check::index(variable)).type.kind))
      into = std::string(field.text.data, field.text.size);
    else
      into = field.scalar;
  }

  template <typename Id>
  static std::int32_t place(const std::vector<Id>& all, const Id& id) {
    return static_cast<std::int32_t>(std::find(all.begin(), all.end(), id) - all.begin());
  }

  std::string language(const check::Template& form) {
    const std::string& first = form.languages.at(0);
    if (!flow_.language) return first;
    const std::optional<Value> value = evaluate(*flow_.language, state_.values);
    if (!value) return first;
    const std::string wish = std::get<std::string>(*value);
    for (const std::string& one : form.languages)
      if (one == wish) return one;
    for (const std::string& one : form.languages)
      if (one == wish.substr(0, wish.find_first_of("_-"))) return one;
    return first;
  }

  void arm(Timer timer, std::int64_t ms) {
    state_.deadlines[timer] = event_.at_ms + ms;
    Effect& effect = emit(EffectKind::timer, *state_.resting);
    effect.timer = timer;
    effect.due_ms = event_.at_ms + ms;
  }

  void leave() {
    std::erase_if(state_.deadlines, [](const auto& armed) { return armed.first != Timer::expires; });
    if (state_.operation) {
      emit(EffectKind::cancel, *state_.resting).operation = *state_.operation;
      state_.operation.reset();
    }
    if (!state_.current) return;
    Message& message = state_.messages.at(*state_.current);
    message.left = true;
    if ((message.status == Receipt::none || message.status == Receipt::accepted) && !message.failed)
      emit(EffectKind::withdraw, message.step).message = *state_.current;
    state_.current.reset();
  }

  Verdict leave_and_go(const Target& target) {
    leave();
    return go(target);
  }

  // Receipts.
  Verdict receipt() {
    if (event_.message >= state_.messages.size()) return Verdict::ignored;
    Message& message = state_.messages[event_.message];
    std::set<Receipt> news;
    const bool opted_out = event_.receipt == std::to_underlying(Receipt::opted_out);
    if (event_.receipt == std::to_underlying(Receipt::failed) || opted_out) {
      if ((message.status == Receipt::delivered || message.status == Receipt::read) || message.failed)
        return Verdict::ignored;
      message.failed = true;
      news.insert(opted_out ? Receipt::opted_out : Receipt::failed);
    } else {
      for (const Receipt level : {Receipt::accepted, Receipt::sent, Receipt::delivered, Receipt::read})
        if (level > message.status && std::to_underlying(level) <= event_.receipt &&
            event_.receipt <= std::to_underlying(Receipt::read))
          news.insert(level);
      if (!news.empty()) message.status = static_cast<Receipt>(event_.receipt);
    }
    if (news.empty()) return Verdict::ignored;
    if (!state_.ended && state_.current == event_.message) return current_receipt(news);
    Effect& effect = emit(EffectKind::late_receipt, message.step);
    effect.message = event_.message;
    effect.receipt = static_cast<Receipt>(event_.receipt);
    if (state_.ended) return Verdict::changed;
    return first_handler([&](const Handler& handler) {
             return (handler.kind == Handler::Kind::read && news.contains(Receipt::read)) ||
                    (handler.kind == Handler::Kind::delivered && news.contains(Receipt::delivered));
           })
        .value_or(Verdict::changed);
  }

  Verdict current_receipt(const std::set<Receipt>& news) {
    const auto& step = std::get<check::Send>(flow_.steps.at(check::index(*state_.resting)).body);
    if (news.contains(Receipt::opted_out)) return leave_and_go(step.opted_out.value_or(step.failed));
    if (news.contains(Receipt::failed)) return leave_and_go(step.failed);
    const Receipt milestone = step.milestone == Milestone::sent        ? Receipt::sent
                              : step.milestone == Milestone::delivered ? Receipt::delivered
                                                                       : Receipt::read;
    if (news.contains(milestone)) return leave_and_go(step.reached);
    if (news.contains(Receipt::sent)) state_.deadlines.erase(Timer::handover);
    if (news.contains(Receipt::delivered)) {
      state_.deadlines.erase(Timer::undelivered);
      const bool from_entering =
          workspace_.channels.at(check::index(step.channel)).kind == program::ChannelKind::instagram;
      if (step.unread && !from_entering) arm(Timer::unread, step.unread->after_ms);
    }
    return Verdict::changed;
  }

  // The first handler that fits and has not fired, if there is one.
  template <typename Fits>
  std::optional<Verdict> first_handler(Fits fits) {
    for (std::size_t i = 0; i < flow_.handlers.size(); ++i) {
      if (!fits(flow_.handlers[i]) || state_.fired.contains(i)) continue;
      state_.fired.insert(i);
      leave();
      for (std::size_t v = 0; v < flow_.variables.size(); ++v)
        if (flow_.variables[v].role == program::FieldRole::variable) state_.values[v].reset();
      return go(flow_.handlers[i].target);
    }
    return std::nullopt;
  }

  // Timers.
  Verdict timer() {
    const auto which = static_cast<Timer>(event_.timer);
    const auto armed = state_.deadlines.find(which);
    if (armed == state_.deadlines.end() || armed->second > event_.at_ms) return Verdict::ignored;
    state_.deadlines.erase(armed);
    if (which == Timer::expires) {
      leave();
      finish(EndKind::expired, -1, "");
      return Verdict::changed;
    }
    const check::StepBody& body = flow_.steps.at(check::index(*state_.resting)).body;
    if (const auto* step = std::get_if<check::AwaitSignal>(&body)) return leave_and_go(step->silent.target);
    if (const auto* step = std::get_if<check::AwaitReply>(&body)) return leave_and_go(step->silent.target);
    if (which == Timer::wait) return leave_and_go(std::get<check::Wait>(body).target);
    if (which == Timer::late) return leave_and_go(std::get<check::Operation>(body).late.value().target);
    const auto& step = std::get<check::Send>(body);
    if (which == Timer::handover) return leave_and_go(step.failed);
    return leave_and_go(which == Timer::undelivered ? step.undelivered.value().target : step.unread.value().target);
  }

  // Signals.
  Verdict signal() {
    if (state_.ended || event_.signal < 0 || static_cast<std::size_t>(event_.signal) >= signals_.size())
      return Verdict::ignored;
    const std::string& name = signals_[static_cast<std::size_t>(event_.signal)];
    const std::optional<Verdict> handled = first_handler(
        [&](const Handler& handler) { return handler.kind == Handler::Kind::signal && handler.signal == name; });
    if (handled || !state_.resting) return handled.value_or(Verdict::ignored);
    const check::Step& resting = flow_.steps.at(check::index(*state_.resting));
    if (const auto* foreign = std::get_if<check::Extern>(&resting.body))
      for (const auto& arm : foreign->arms)
        for (const std::string& event : arm.events)
          if (resting.name + "." + event == name) return leave_and_go(arm.target);
    const auto* step = std::get_if<check::AwaitSignal>(&resting.body);
    return step != nullptr && step->signal == name ? leave_and_go(step->received) : Verdict::ignored;
  }

  // Finish.
  void finish(EndKind end, std::int32_t outcome, const std::string& reason) {
    state_.deadlines.clear();
    for (std::size_t v = 0; v < flow_.variables.size(); ++v)
      if (flow_.variables[v].type.secret) state_.values[v].reset();
    state_.ended = true;
    state_.resting.reset();
    state_.end = end;
    state_.outcome = outcome;
    Effect effect;
    effect.kind = EffectKind::end;
    effect.end = end;
    effect.outcome = outcome;
    effect.reason = reason;
    effects_.push_back(std::move(effect));
  }

  Effect& emit(EffectKind kind, check::StepId step) {
    Effect& effect = effects_.emplace_back();
    effect.kind = kind;
    effect.step = static_cast<std::int32_t>(check::index(step));
    return effect;
  }

  const check::Workspace& workspace_;
  const check::Flow& flow_;
  const Oracle::RegionOf& region_of_;
  const std::vector<std::string>& signals_;
  const std::vector<check::ChannelId>& channels_;
  const std::vector<check::TemplateId>& templates_;
  const std::vector<program::ContentInfo>& contents_;
  State& state_;
  const program::FlowEvent& event_;
  std::vector<Effect>& effects_;
  Target jump_target_;  // of a step that is a jump
  Target too_many_;     // of a step that may start nothing more
};

template <typename T>
void add_once(std::vector<T>& all, const T& one) {
  if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
}

}  // namespace

std::optional<std::pair<std::int64_t, Timer>> State::next_deadline() const {
  std::optional<std::pair<std::int64_t, Timer>> next;
  for (const auto& [timer, due] : deadlines)
    if (!next || due < next->first) next = {due, timer};
  return next;
}

Oracle::Oracle(const check::Workspace& workspace, const check::Flow& flow, RegionOf region_of)
    : workspace_(workspace), flow_(flow), region_of_(std::move(region_of)) {
  for (const Handler& handler : flow.handlers)
    if (handler.kind == Handler::Kind::signal) add_once(signals_, handler.signal);
  for (const check::Step& step : flow.steps) {
    if (const auto* await = std::get_if<check::AwaitSignal>(&step.body)) add_once(signals_, await->signal);
    if (const auto* foreign = std::get_if<check::Extern>(&step.body))
      for (const auto& arm : foreign->arms)
        for (const std::string& event : arm.events) signals_.push_back(step.name + "." + event);
    const auto* send = std::get_if<check::Send>(&step.body);
    if (send == nullptr) continue;
    add_once(channels_, send->channel);
    if (send->message_template) add_once(templates_, *send->message_template);
    if (has_content(flow, *send)) add_once(contents_, content_of(flow, *send));
  }
}

State Oracle::create(const std::vector<std::optional<Value>>& inputs) const {
  State state;
  state.values = inputs;
  state.values.resize(flow_.variables.size());
  state.counters.resize(flow_.jumps.size());
  return state;
}

Verdict Oracle::advance(State& state, const program::FlowEvent& event, std::vector<Effect>& effects) const {
  return Reading(workspace_, flow_, region_of_, signals_, channels_, templates_, contents_, state, event, effects)
      .read();
}

}  // namespace flow::oracle
