// Attempts to hand messages over: what the outbox decides, in the terms of executions.
#include <algorithm>
#include <charconv>

#include "runtime/core/failpoint.h"
#include "runtime/core/log.h"
#include "runtime/crypto/encoding.h"
#include "runtime/service/front.h"
#include "runtime/service/shard.h"
#include "runtime/service/trace.h"

namespace flow::service {

using outbox::SendClass;

namespace {

constexpr std::size_t kAttemptsAtOnce = 2048;  // of a step
constexpr std::string_view kTimeIsOver = "its time was over before it was handed over";

std::string idempotency_key(const core::ExecutionId& id, std::uint32_t message) {
  char number[12];
  number[0] = '-';
  const auto [end, error] = std::to_chars(number + 1, number + sizeof number, message);
  std::string key = core::to_string(id);
  return key.append(number, end);
}

}  // namespace

Pending* Shard::find_pending(std::uint32_t message) {
  const auto found = std::ranges::find(work_.image.pending, message, &Pending::message);
  return found == work_.image.pending.end() ? nullptr : &*found;
}

bool Shard::drop_pending(std::uint32_t message) {
  return std::erase_if(work_.image.pending, [&](const Pending& each) { return each.message == message; }) > 0;
}

// It is not to be sent any more: an attempt that was decided on and waits for the disk is not made. Seldom: the disk is
// slow, and what makes the attempt needless came meanwhile.
bool Shard::withdraw_pending(std::uint32_t message) {
  const Pending* pending = find_pending(message);
  if (pending == nullptr) return false;
  if (pending->in_flight) {
    for (Sending& sending : sends_) {
      if (sending.send.message == message && sending.send.execution == work_.head.id) sending.needless = true;
    }
  }
  return drop_pending(message);
}

void Shard::schedule(const Pending& pending, std::int64_t at_ms) {
  const Use& use = uses_[work_.head.use];
  const bool continued = pending.message > 0 || pending.attempts > 0;
  schedule_.add({.name = {work_.head.id, pending.message},
                 .lane = use.lanes[pending.channel],
                 .priority = outbox::priority_of(program::purpose_of(code().info(), pending.content), continued),
                 .at_ms = at_ms,
                 .not_after_ms = pending.not_after_ms});
}

void Shard::add_send(program::Effect& effect) {
  const std::string_view party = party_of(frame_);
  note({.kind = TimelineKind::queued,
        .message = effect.message,
        .number = effect.channel,
        .text = effect.to == party ? std::string_view() : std::string_view(mask_ = core::log::mask(effect.to))});
  if (code().takes_replies) {
    work_.image.conversation =
        conversation_hash(parts_.hash_key, code().info().channels[effect.channel].name, effect.to);
  }
  if (!effect.secret) remember_turn(true, effect.text);
  Pending& pending = work_.image.pending.emplace_back();
  pending.message = effect.message;
  pending.next_attempt_ms = last_now_ms_;
  pending.secret = effect.secret;
  pending.channel = effect.channel;
  pending.template_index = effect.template_index;
  pending.to = std::move(effect.to);
  pending.text = std::move(effect.text);
  for (auto& [name, value] : effect.parameters) pending.values.push_back(std::move(value));
  pending.language = std::move(effect.language);
  pending.content = effect.content;
  pending.parts = std::move(effect.parts);
  pending.ttl_ms = effect.ttl_ms;
  pending.not_after_ms = effect.not_after_ms;
  schedule(pending, last_now_ms_);
}

// ---- Beginning

void Shard::begin_attempts() {
  turns_.clear();
  schedule_.take(last_now_ms_, kAttemptsAtOnce, turns_);
  for (const outbox::Turn& turn : turns_) {
    if (!begin_attempt(turn) && !turn.expired) schedule_.not_begun(turn);
  }
}

void Shard::run(TurnCommand& command, Command& whole) {
  const auto handle = find(command.name.execution);
  if (!handle) return;
  Bytes record = table_.get(*handle);
  if (!has_code(take_head(record).use, whole) || !open(*handle)) return;
  const Pending* pending = find_pending(command.name.message);
  if (pending != nullptr && !pending->in_flight) schedule(*pending, last_now_ms_);
}

// Decides on an attempt and prepares it; it is made when the step's batch is durable. False: none is made. An attempt
// that is held keeps its turn until clearance_arrived().
bool Shard::begin_attempt(const outbox::Turn& turn) {
  const auto handle = find(turn.name.execution);
  if (!handle) return false;
  // How the attempt ends can only be written down with the program at hand: until then it would be repeated.
  Command later = TurnCommand{turn.name};
  Bytes record = table_.get(*handle);
  if (!has_code(take_head(record).use, later) || !open(*handle)) return false;
  Pending* pending = find_pending(turn.name.message);
  if (pending == nullptr || pending->in_flight) return false;  // withdrawn, or reported by its provider, meanwhile
  if (pending->channel >= code().channels.size()) {
    internal_error("a message is for a channel that its flow does not have");
    return false;
  }
  if (turn.expired || last_now_ms_ >= pending->not_after_ms) {
    // Its timer, due at the same instant, decides where the flow goes.
    not_sent(turn.name.message, pending->channel, kTimeIsOver, std::nullopt);
    store_work();
    return false;
  }
  const std::optional<outbox::ChannelPolicy>& policy = uses_[work_.head.use].policies[pending->channel];
  if (!policy) {
    not_sent(turn.name.message, pending->channel, fmt::format("no channel `{}` is configured any more", turn.channel),
             program::Receipt::failed);
    store_work();
    return false;
  }
  const Clearance clearance = clear(turn, *pending);
  if (clearance != Clearance::given) return clearance == Clearance::held;
  ChannelMetrics& metrics = *code().channels[pending->channel];
  if (policy->at_most_once) {
    pending->begun = true;  // on disk before the attempt: after a crash it is not repeated
    work_.changed = true;
  }
  if (pending->doubtful) {
    pending->doubtful = false;
    note({.kind = TimelineKind::resent, .message = pending->message});
    metrics.resent.add();
  }
  sends_.push_back({0, new_attempt(turn, metrics), request_of(*pending)});
  ++step_sends_;
  pending->in_flight = true;
  if (work_.changed) {
    store_work();
  } else if (work_.head.squeezed) {
    remember_work();
  } else {
    set_in_flight(table_.edit(*handle), *pending);
  }
  return true;
}

std::uint32_t Shard::new_attempt(const outbox::Turn& turn, ChannelMetrics& metrics) {
  if (free_attempts_.empty()) {
    free_attempts_.push_back(static_cast<std::uint32_t>(attempts_.size()));
    attempts_.emplace_back();
  }
  const std::uint32_t number = free_attempts_.back();
  free_attempts_.pop_back();
  attempts_[number] = {true, &metrics, turn};
  return number;
}

outbox::SendRequest Shard::request_of(const Pending& pending) {
  const program::FlowInfo& info = code().info();
  const program::ChannelInfo& channel = info.channels[pending.channel];
  outbox::SendRequest send;
  send.execution = work_.head.id;
  send.message = pending.message;
  send.attempt = pending.attempts + 1;
  send.idempotency_key = idempotency_key(work_.head.id, pending.message);
  send.flow = info.name;
  send.purpose = program::purpose_of(info, pending.content);
  send.channel = channel.name;
  send.kind = channel.kind;
  send.sender = channel.sender;
  send.to = pending.to;
  send.text = pending.text;
  if (pending.template_index >= 0 && static_cast<std::size_t>(pending.template_index) < info.templates.size()) {
    const program::TemplateInfo& made_from = info.templates[static_cast<std::size_t>(pending.template_index)];
    send.template_name = made_from.name;
    for (std::size_t i = 0; i < std::min(made_from.parameters.size(), pending.values.size()); ++i) {
      send.parameters.emplace_back(made_from.parameters[i], pending.values[i]);
    }
  }
  send.language = pending.language;
  if (!send.template_name.empty()) send.message_kind = program::MessageKind::message_template;
  if (pending.content >= 0 && static_cast<std::size_t>(pending.content) < info.contents.size()) {
    const program::ContentInfo& content = info.contents[static_cast<std::size_t>(pending.content)];
    send.message_kind = content.kind;
    for (std::size_t i = 0; i < std::min(content.parts.size(), pending.parts.size()); ++i) {
      if (content.parts[i] == program::PartKind::sender)
        send.sender = pending.parts[i];
      else
        send.parts.push_back({content.parts[i], pending.parts[i]});
    }
  }
  send.ttl_ms = pending.ttl_ms;
  send.not_after_ms = pending.not_after_ms;
  send.secret = pending.secret;
  send.traceparent = format_trace(work_.image.trace);
  return send;
}

// The batch that decided on it is durable.
void Shard::hand_over(Sending& sending) {
  if (sending.needless || now() >= sending.send.not_after_ms) {
    AttemptCommand ended;
    ended.attempt = sending.attempt;
    ended.result.result = SendClass::transient;
    ended.expired = true;
    parts_.mailbox->push(std::move(ended));
    return;
  }
  core::failpoint::reach("before_provider_write");
  attempts_[sending.attempt].metrics->attempts.add();
  parts_.transport.hand_over(std::move(sending.send),
                             [mailbox = parts_.mailbox, attempt = sending.attempt](outbox::SendResult result) {
                               core::failpoint::reach("after_provider_read");
                               mailbox->push(AttemptCommand{attempt, std::move(result), false});
                             });
  core::failpoint::reach("after_provider_write");
}

// ---- Ending

// Its place in the outbox, once.
void Shard::settle_attempt(const AttemptCommand& command) {
  Attempt& attempt = attempts_[command.attempt];
  if (!attempt.open) return;  // it has waited for its execution
  attempt.open = false;
  if (command.expired) return schedule_.not_begun(attempt.turn);
  schedule_.finished(attempt.turn, command.result.result, last_now_ms_);
  attempt.metrics->results[static_cast<std::size_t>(command.result.result)]->add();
}

void Shard::run(AttemptCommand& command, Command& whole) {
  settle_attempt(command);
  const Attempt& attempt = attempts_[command.attempt];
  const std::uint32_t number = command.attempt;
  bool parked = false;
  const auto handle = reach(attempt.turn.name.execution, whole, &parked);
  if (parked) return;
  free_attempts_.push_back(number);
  if (!handle || !open(*handle)) return;
  const std::uint32_t message = attempt.turn.name.message;
  if (command.expired) {
    if (const Pending* pending = find_pending(message)) not_sent(message, pending->channel, kTimeIsOver, std::nullopt);
  } else {
    attempt_ended(message, *attempt.metrics, command.result);
  }
  if (work_.changed) store_work();
}

void Shard::attempt_ended(std::uint32_t message, ChannelMetrics& metrics, const outbox::SendResult& result) {
  if (result.result == SendClass::accepted) return accepted(message, metrics, result);
  Pending* pending = find_pending(message);
  if (pending == nullptr) return;  // withdrawn, or the provider has reported it: the answer changes nothing
  pending->in_flight = false;
  pending->begun = false;
  ++pending->attempts;
  work_.changed = true;
  switch (result.result) {
    case SendClass::permanent_configuration:
      core::log::warning("channel_misconfigured", {{"channel", metrics.channel}, {"reason", result.reason}});
      return not_sent(message, pending->channel, result.reason, program::Receipt::failed);
    case SendClass::permanent_recipient:
      return not_sent(message, pending->channel, result.reason, program::Receipt::failed);
    case SendClass::unknown:
      metrics.unknown.add();
      note({.kind = TimelineKind::outcome_unknown, .message = message, .text = result.reason});
      if (const auto& policy = uses_[work_.head.use].policies[pending->channel]; policy && policy->at_most_once) {
        // The receipt may still come; the flow's timers decide how long to wait for it.
        return not_sent(message, pending->channel,
                        fmt::format("it is not known whether it was sent: {}", result.reason), std::nullopt);
      }
      return retry_or_give_up(*pending, result);
    default:
      return retry_or_give_up(*pending, result);
  }
}

namespace {

// What the provider's acceptance says: where the channel makes no report of `sent`, that it was.
program::Receipt receipt_of_acceptance(const program::FlowInfo& info, std::string_view channel) {
  const auto found = std::ranges::find(info.channels, channel, &program::ChannelInfo::name);
  const bool reports = found == info.channels.end() || program::reports_sent(found->kind);
  return reports ? program::Receipt::accepted : program::Receipt::sent;
}

}  // namespace

void Shard::accepted(std::uint32_t message, const ChannelMetrics& metrics, const outbox::SendResult& result) {
  const bool was_pending = drop_pending(message);
  if (was_pending) work_.changed = true;
  const Entry entry{.kind = TimelineKind::accepted, .message = message, .text = result.provider_message_id};
  program::FlowEvent event{};
  event.kind = static_cast<std::int32_t>(program::EventKind::receipt);
  event.receipt = static_cast<std::int32_t>(receipt_of_acceptance(code().info(), metrics.channel));
  event.message = message;
  event.at_ms = last_now_ms_;
  // A receipt may have said more before: then nothing moves, but who looks for the provider's id finds it.
  if (!move(event, entry) && (was_pending || !result.provider_message_id.empty())) note(entry);
}

void Shard::retry_or_give_up(Pending& pending, const outbox::SendResult& result) {
  const std::int64_t next =
      last_now_ms_ + outbox::backoff_ms(result, pending.attempts, parts_.clock.rate(), parts_.random);
  if (next >= pending.not_after_ms) {
    // What was certainly not taken may go another way at once; what may have been taken is left to the flow's timers.
    return not_sent(pending.message, pending.channel,
                    fmt::format("given up after {} attempts: {}", pending.attempts, result.reason),
                    result.result != SendClass::unknown ? Told(program::Receipt::failed) : std::nullopt);
  }
  pending.next_attempt_ms = next;
  schedule(pending, next);
  note({.kind = TimelineKind::attempt_failed,
        .message = pending.message,
        .number = static_cast<std::uint32_t>(result.result),
        .due_ms = next,
        .text = result.reason});
}

// No attempt is made any more.
void Shard::not_sent(std::uint32_t message, std::uint32_t channel, std::string_view reason, Told told) {
  drop_pending(message);
  code().channels[channel]->given_up.add();
  const Entry entry{.kind = TimelineKind::not_sent, .message = message, .text = reason};
  program::FlowEvent event{};
  event.kind = static_cast<std::int32_t>(program::EventKind::receipt);
  event.receipt = static_cast<std::int32_t>(told.value_or(program::Receipt::none));
  event.message = message;
  event.at_ms = last_now_ms_;
  event.reason = {reason.data(), reason.size()};
  if (!told || !move(event, entry)) note(entry);
}

// After a restart: what is not known to be handed over is tried again, with the key of before; where a message may be
// sent at most once and an attempt had begun, it is not. REQUIRES: there is code.
void Shard::resume(const core::ExecutionId& id) {
  const auto handle = find(id);
  if (!handle || !open(*handle)) return;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> given_up;
  for (Pending& pending : work_.image.pending) {
    if (!pending.loaded || pending.channel >= code().channels.size()) continue;
    pending.loaded = false;
    ChannelMetrics& metrics = *code().channels[pending.channel];
    metrics.resumed.add();
    if (pending.begun) {
      metrics.unknown.add();
      given_up.emplace_back(pending.message, pending.channel);
      continue;
    }
    schedule(pending, pending.next_attempt_ms);
  }
  for (const PendingOperation& pending : work_.image.operations) {
    parts_.shard_metrics.operations_resumed.add();
    schedule_operation({work_.head.id, pending.operation}, pending.next_attempt_ms);
  }
  for (const auto& [message, channel] : given_up) {
    note({.kind = TimelineKind::outcome_unknown, .message = message, .text = "a restart came between"});
    not_sent(message, channel, "a restart came between, and it may have been sent", program::Receipt::failed);
  }
  if (work_.changed) return store_work();
  remember_work();
}

}  // namespace flow::service
