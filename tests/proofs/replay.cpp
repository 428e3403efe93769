#include "tests/proofs/replay.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "compiler/check/prices.h"
#include "compiler/check/replies.h"
#include "compiler/interpret/interpreter.h"
#include "compiler/lower/lower.h"
#include "runtime/program/text.h"
#include "tests/differential/generate.h"

namespace flow::prove {
namespace {

using check::index;
using program::EventKind;
using program::Receipt;
using program::Timer;

constexpr std::int64_t kBegin = 1'795'168'800'000;
constexpr int kDepthMax = 12;

}  // namespace

std::string number_of(std::int64_t region) {
  // Calling codes as generated flows name them; +888 is nobody's.
  std::string code = "888";
  for (const auto& known : generate::calling_codes()) {
    const std::string& name = known.regions.front();
    if (check::region_scalar(name[0], name[1]) == region) code = std::to_string(known.code);
  }
  if (region == 0) return "+8889999000000";
  return fmt::format("+{}{:02}{:02}000000", code, (region >> 8) - 'A', (region & 0xFF) - 'A');
}

std::int64_t region_of_number(std::string_view e164) {
  constexpr std::size_t kRest = 10;  // behind the calling code
  if (e164.size() <= kRest || !e164.ends_with("000000")) return 0;
  const std::string_view letters = e164.substr(e164.size() - kRest);
  const auto letter = [&](std::size_t at) { return (letters[at] - '0') * 10 + (letters[at + 1] - '0'); };
  if (letter(0) >= 26 || letter(2) >= 26) return 0;
  const std::int64_t region =
      check::region_scalar(static_cast<char>('A' + letter(0)), static_cast<char>('A' + letter(2)));
  return number_of(region) == e164 ? region : 0;
}

Replay::Replay(const check::Workspace& workspace, const check::Flow& flow, const Reach* child)
    : workspace_(workspace), flow_(flow), child_(child), oracle_(workspace, flow, region_of_number) {}

// Another flow that does all that it may, as late as it may.
void Replay::note_start(const program::Effect& effect, std::int64_t at_ms, Observed& observed) const {
  const check::StepBody& body = flow_.steps.at(static_cast<std::size_t>(effect.step)).body;
  const auto* call = std::get_if<check::Operation>(&body);
  if (call != nullptr && call->kind != program::OperationKind::flow) return;
  observed.messages += child_->messages;
  observed.cost += child_->cost.value_or(0);
  for (const auto& [kind, messages] : child_->channel_messages) observed.by_kind[kind] += messages;
  const std::int64_t wait = call != nullptr && call->late ? call->late->after_ms : INT64_MAX;
  const std::int64_t last =
      call == nullptr || child_->launches ? child_->last_send_of_all_ms : std::min(child_->last_send_ms, wait);
  observed.last_send_ms = std::max(observed.last_send_ms, at_ms + last);
  if (call == nullptr || child_->launches) observed.end_ms = std::max(observed.end_ms, at_ms + child_->end_of_all_ms);
}

std::vector<std::optional<oracle::Value>> Replay::values(const std::vector<Input>& inputs) const {
  std::vector<std::optional<oracle::Value>> result;
  for (const check::Variable& variable : flow_.variables) {
    if (variable.role == program::FieldRole::input) result.emplace_back();
  }
  for (const Input& input : inputs) {
    if (!input.present) continue;
    const check::ValueType kind = flow_.variables.at(index(input.variable)).type.kind;
    oracle::Value value = input.scalar;
    if (kind == check::ValueType::phone)
      value = number_of(input.scalar);
    else if (program::is_text(kind))
      value = input.text;
    result.at(index(input.variable)) = value;
  }
  return result;
}

program::FlowEvent Replay::raw_event(const Event& event) const {
  program::FlowEvent raw{};
  raw.kind = static_cast<std::int32_t>(event.kind);
  raw.timer = static_cast<std::int32_t>(event.timer);
  raw.receipt = static_cast<std::int32_t>(event.receipt);
  raw.message = event.message;
  raw.seed = event.seed;
  raw.operation = event.operation;
  raw.outcome = event.outcome;
  raw.at_ms = kBegin + event.at_ms;
  raw.signal = -1;
  if (event.kind == EventKind::reply) {
    values_ = event.reply.values();
    raw.values = values_.data();
    raw.value_count = values_.size();
  }
  const auto& signals = oracle_.signals();
  if (event.kind == EventKind::signal) {
    raw.signal = static_cast<std::int32_t>(std::find(signals.begin(), signals.end(), event.signal) - signals.begin());
  }
  return raw;
}

void Replay::note(const std::vector<program::Effect>& effects, std::int64_t at_ms, Observed& observed) const {
  for (const program::Effect& effect : effects) {
    const bool starts = effect.kind == program::EffectKind::request || effect.kind == program::EffectKind::launch;
    if (starts && child_ != nullptr) note_start(effect, at_ms, observed);
    if (effect.kind == program::EffectKind::enter) observed.entered.insert(static_cast<std::size_t>(effect.step));
    if (effect.kind == program::EffectKind::end) {
      observed.ended = true;
      observed.end_ms = std::max(observed.end_ms, at_ms);
    }
    if (effect.kind != program::EffectKind::send) continue;
    ++observed.messages;
    observed.sends_ms.push_back(at_ms);
    const auto& send = std::get<check::Send>(flow_.steps.at(static_cast<std::size_t>(effect.step)).body);
    const check::ChannelKind kind = workspace_.channels.at(index(send.channel)).kind;
    ++observed.by_kind[kind];
    if (const check::Price* price = check::find_price(workspace_, kind, send.purpose)) {
      const std::int64_t region = region_of_number(effect.to);
      const std::string name = region == 0 ? "" : program::region_text(region);
      observed.cost += check::price_for(*price, name).value_or(0) * send.sms_parts;
    }
    observed.last_send_ms = std::max(observed.last_send_ms, at_ms);
  }
}

bool Replay::feed(oracle::State& state, const Event& event, Observed& observed) const {
  std::vector<program::Effect> effects;
  const program::Verdict verdict = oracle_.advance(state, raw_event(event), effects);
  note(effects, event.at_ms, observed);
  return verdict == program::Verdict::changed;
}

std::optional<Observed> Replay::run_interpreted(const Witness& witness, std::string* problem) const {
  const auto module = std::make_shared<const ir::Module>(lower::lower(workspace_));
  const auto place = std::find_if(workspace_.flows.begin(), workspace_.flows.end(),
                                  [&](const auto& flow) { return flow.get() == &flow_; });
  FLOW_CHECK(place != workspace_.flows.end(), "a flow of another workspace");
  const auto program = interpret::make_interpreter(module, static_cast<std::size_t>(place - workspace_.flows.begin()));
  program::Frame frame(region_of_number);
  frame.reset(program->info());
  const std::vector<std::optional<oracle::Value>> inputs = values(witness.inputs);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i]) continue;
    if (const auto* text = std::get_if<std::string>(&*inputs[i]))
      frame.set_text(i, *text);
    else
      frame.set_scalar(i, std::get<std::int64_t>(*inputs[i]));
  }
  Observed observed;
  for (const Event& event : witness.events) {
    frame.clear_effects();
    if (program->advance(frame, raw_event(event)) != program::Verdict::changed) {
      *problem = fmt::format("the interpreter ignored an event at {}", event.at_ms);
      return std::nullopt;
    }
    note(frame.effects(), event.at_ms, observed);
  }
  return observed;
}

std::optional<Observed> Replay::run(const Witness& witness, std::string* problem) const {
  oracle::State state = oracle_.create(values(witness.inputs));
  Observed observed;
  for (std::size_t i = 0; i < witness.events.size(); ++i) {
    const Event& event = witness.events[i];
    // A timer that is due before must have come before: the witness may not leave one out.
    const auto next = state.next_deadline();
    const std::int64_t at = kBegin + event.at_ms;
    if (next &&
        (next->first < at || (next->first == at && event.kind == EventKind::timer && next->second != event.timer))) {
      *problem = fmt::format("event {} at {} comes after the timer {} was due", i, event.at_ms,
                             static_cast<int>(next->second));
      return std::nullopt;
    }
    if (!feed(state, event, observed)) {
      *problem = fmt::format("event {} (kind {}, at {}) was ignored", i, static_cast<int>(event.kind), event.at_ms);
      return std::nullopt;
    }
  }
  return observed;
}

std::vector<Event> Replay::choices(const oracle::State& state, std::int64_t now, bool through) const {
  std::vector<Event> result;
  const auto next = state.next_deadline();
  FLOW_CHECK(next.has_value(), "an execution without `expires`");
  const std::int64_t due = next->first - kBegin;
  const auto add = [&](EventKind kind, std::int64_t at) -> Event& {
    Event event;
    event.kind = kind;
    event.at_ms = at;
    result.push_back(std::move(event));
    return result.back();
  };
  add(EventKind::timer, due).timer = next->second;
  for (const std::int64_t at : {due, now}) {
    for (std::uint32_t i = 0; i < state.messages.size(); ++i) {
      const auto& send = std::get<check::Send>(flow_.steps.at(index(state.messages[i].step)).body);
      const bool sms = workspace_.channels.at(index(send.channel)).kind == check::ChannelKind::sms;
      for (const Receipt receipt :
           {Receipt::failed, Receipt::opted_out, Receipt::sent, Receipt::delivered, Receipt::read}) {
        if (receipt == Receipt::read && sms) continue;
        // Without an arm it is a failure like others.
        if (receipt == Receipt::opted_out && (!send.opted_out || !through)) continue;
        const bool gets_through = receipt == Receipt::delivered || receipt == Receipt::read ||
                                  (receipt == Receipt::sent && send.milestone == check::Milestone::sent);
        if (!through && gets_through) continue;
        Event& event = add(EventKind::receipt, at);
        event.message = i;
        event.receipt = receipt;
      }
    }
    if (state.operation) {
      const auto& step = std::get<check::Operation>(flow_.steps.at(index(*state.resting)).body);
      for (std::size_t i = 0; i < step.arms.size(); ++i) {
        Event& event = add(EventKind::result, at);
        event.operation = *state.operation;
        event.outcome = static_cast<std::int32_t>(i);
      }
    }
    if (!through) continue;
    const check::StepBody* body = state.resting ? &flow_.steps.at(index(*state.resting)).body : nullptr;
    const auto* question = body == nullptr ? nullptr : std::get_if<check::Send>(body);
    if (question != nullptr && question->answer) body = &flow_.steps.at(index(*question->answer)).body;
    const auto* awaits = body == nullptr ? nullptr : std::get_if<check::AwaitReply>(body);
    for (std::size_t i = 0; awaits != nullptr && i <= awaits->arms.size(); ++i) {
      const auto sample = check::sample_for(*awaits, i);
      if (!sample) continue;
      program::Reply& reply = add(EventKind::reply, at).reply;
      reply.kind = sample->kind;
      reply.text = sample->text;
    }
    for (const check::Handler& handler : flow_.handlers) {
      if (handler.kind != check::Handler::Kind::reply) continue;
      const auto sample = check::sample_for(handler);
      if (!sample) continue;
      program::Reply& reply = add(EventKind::reply, at).reply;
      reply.kind = sample->kind;
      reply.text = sample->text;
    }
    for (const std::string& signal : oracle_.signals()) add(EventKind::signal, at).signal = signal;
  }
  return result;
}

void Replay::begin_attack(const std::vector<Input>& inputs, Attack& attack) const {
  const std::uint32_t seeds = flow_.seed ? 4 : 1;
  const std::size_t budget = attack.budget / seeds;
  for (std::uint32_t seed = 0; seed < seeds; ++seed) {
    oracle::State state = oracle_.create(values(inputs));
    Observed observed;
    Event start;
    start.kind = EventKind::start;
    start.seed = seed;
    feed(state, start, observed);
    attack.visit(observed);
    attack.budget = budget;
    if (!state.ended) go_on(state, observed, 0, 0, attack);
  }
}

void Replay::go_on(const oracle::State& state, const Observed& observed, std::int64_t now, int depth,
                   Attack& attack) const {
  for (const Event& choice : choices(state, now, attack.through)) {
    if (attack.budget == 0) return;
    --attack.budget;
    const Event& event = choice;
    oracle::State next = state;
    Observed seen = observed;
    if (!feed(next, event, seen)) continue;
    attack.visit(seen);
    if (!next.ended && depth < kDepthMax) go_on(next, seen, event.at_ms, depth + 1, attack);
  }
}

}  // namespace flow::prove
