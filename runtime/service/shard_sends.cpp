// Attempts to hand messages over: what the outbox decides, in the terms of executions.
#include <algorithm>

#include "runtime/core/failpoint.h"
#include "runtime/core/log.h"
#include "runtime/service/shard.h"

namespace flow::service {

using outbox::SendClass;

Pending* Shard::find_pending(Execution& execution, std::uint32_t message) {
  const auto found =
      std::ranges::find(execution.image.pending, message, [](const Pending& p) { return p.send.message; });
  return found == execution.image.pending.end() ? nullptr : &*found;
}

void Shard::drop_pending(Execution& execution, std::uint32_t message) {
  std::erase_if(execution.image.pending, [&](const Pending& pending) { return pending.send.message == message; });
}

void Shard::begin_attempts() {
  for (const outbox::Turn& turn : schedule_.take(last_now_ms_)) {
    if (!begin_attempt(turn)) schedule_.finished(turn.channel);
  }
}

// Decides on an attempt and prepares it; it is carried out after the commit. False: none is made.
bool Shard::begin_attempt(const outbox::Turn& turn) {
  Execution* execution = find(turn.name.execution);
  Pending* pending = execution == nullptr ? nullptr : find_pending(*execution, turn.name.message);
  if (pending == nullptr || pending->in_flight) return false;  // withdrawn, or reported by its provider, meanwhile
  if (!execution->bundle->loaded) {
    // How the attempt ends can only be written down with the program at hand: until then it would be repeated.
    with_execution(turn.name.execution,
                   [this, name = turn.name, channel = turn.channel](Execution*, const Fault* fault) {
                     schedule_.add(name, channel, last_now_ms_ + (fault != nullptr ? kAgainAfterFaultMs : 0));
                   });
    return false;
  }
  const std::optional<outbox::ChannelPolicy> policy = parts_.transport.policy(turn.channel);
  if (!policy) {
    not_sent(*execution, turn.name.message, std::string(turn.channel),
             fmt::format("no channel `{}` is configured any more", turn.channel), true);
    return false;
  }
  if (last_now_ms_ >= pending->send.not_after_ms) {
    // Its timer, due at the same instant, decides where the flow goes.
    not_sent(*execution, turn.name.message, std::string(turn.channel), "its time was over before it was handed over",
             false);
    return false;
  }
  if (policy->at_most_once) {
    pending->begun = true;  // on disk before the attempt: after a crash it is not repeated
    record(*execution, {});
  }
  pending->in_flight = true;
  handing_over_.push_back(pending->send);
  ++handing_over_.back().attempt;
  return true;
}

void Shard::hand_over(outbox::SendRequest send) {
  core::failpoint::reach("before_provider_write");
  const outbox::Name name{send.execution, send.message};
  std::string channel = send.channel;
  parts_.metrics.counter("flow_send_attempts_total", "Attempts to hand a message over", {{"channel", channel}}).add();
  parts_.transport.hand_over(std::move(send), [post = parts_.post, name, channel](outbox::SendResult result) {
    core::failpoint::reach("after_provider_read");
    post([name, channel, result = std::move(result)](Shard& shard) mutable {
      shard.attempt_ended(name, std::move(channel), std::move(result));
    });
  });
  core::failpoint::reach("after_provider_write");
}

void Shard::attempt_ended(outbox::Name name, std::string channel, outbox::SendResult result) {
  schedule_.finished(channel);
  parts_.metrics
      .counter("flow_send_results_total", "How attempts ended",
               {{"channel", channel}, {"result", std::string(outbox::to_string(result.result))}})
      .add();
  with_execution(name.execution, [this, name, channel = std::move(channel), result = std::move(result)](
                                     Execution* execution, const Fault*) {
    if (execution != nullptr) attempt_ended(*execution, name.message, channel, result);
  });
}

void Shard::attempt_ended(Execution& execution, std::uint32_t message, const std::string& channel,
                          const outbox::SendResult& result) {
  if (result.result == SendClass::accepted) return accepted(execution, message, channel, result);
  Pending* pending = find_pending(execution, message);
  if (pending == nullptr) return;  // withdrawn, or the provider has reported it: the answer changes nothing
  pending->in_flight = false;
  pending->begun = false;
  ++pending->send.attempt;
  switch (result.result) {
    case SendClass::permanent_configuration:
      core::log::warning("channel_misconfigured", {{"channel", channel}, {"reason", result.reason}});
      return not_sent(execution, message, channel, result.reason, true);
    case SendClass::permanent_recipient:
      return not_sent(execution, message, channel, result.reason, true);
    case SendClass::unknown:
      parts_.metrics
          .counter("flow_sends_unknown_total", "Attempts that may or may not have reached the provider",
                   {{"channel", channel}})
          .add();
      if (const auto policy = parts_.transport.policy(channel); policy && policy->at_most_once) {
        // The receipt may still come; the flow's timers decide how long to wait for it.
        return not_sent(execution, message, channel,
                        fmt::format("it is not known whether it was sent: {}", result.reason), false);
      }
      return retry_or_give_up(execution, *pending, result);
    default:
      return retry_or_give_up(execution, *pending, result);
  }
}

void Shard::accepted(Execution& execution, std::uint32_t message, const std::string& channel,
                     const outbox::SendResult& result) {
  const bool was_pending = find_pending(execution, message) != nullptr;
  drop_pending(execution, message);
  TimelineEntry entry{.at_ms = last_now_ms_, .kind = TimelineKind::accepted, .message = message, .channel = channel};
  entry.detail = result.provider_message_id;
  program::FlowEvent event{};
  event.kind = static_cast<std::int32_t>(program::EventKind::receipt);
  event.receipt = static_cast<std::int32_t>(program::Receipt::accepted);
  event.message = message;
  event.at_ms = last_now_ms_;
  // A receipt may have said more before: then nothing moves, but who looks for the provider's id finds it.
  if (!move(execution, event, entry) && (was_pending || !entry.detail.empty())) record(execution, {entry});
}

void Shard::retry_or_give_up(Execution& execution, Pending& pending, const outbox::SendResult& result) {
  const std::int64_t next =
      last_now_ms_ + outbox::backoff_ms(result, pending.send.attempt, parts_.clock.rate(), parts_.random);
  if (next >= pending.send.not_after_ms) {
    // What was certainly not taken may go another way at once; what may have been taken is left to the flow's timers.
    return not_sent(execution, pending.send.message, std::string(pending.send.channel),
                    fmt::format("given up after {} attempts: {}", pending.send.attempt, result.reason),
                    result.result != SendClass::unknown);
  }
  pending.next_attempt_ms = next;
  schedule_.add({execution.id, pending.send.message}, pending.send.channel, next);
  TimelineEntry entry{.at_ms = last_now_ms_, .kind = TimelineKind::attempt_failed, .message = pending.send.message};
  entry.channel = pending.send.channel;
  entry.status = outbox::to_string(result.result);
  entry.detail = result.reason;
  entry.due_at_ms = next;
  record(execution, {std::move(entry)});
}

// No attempt is made any more. `tell_flow`: the message failed, as far as the flow is concerned.
void Shard::not_sent(Execution& execution, std::uint32_t message, const std::string& channel, std::string reason,
                     bool tell_flow) {
  drop_pending(execution, message);
  parts_.metrics.counter("flow_sends_given_up_total", "Messages that were not handed over", {{"channel", channel}})
      .add();
  TimelineEntry entry{.at_ms = last_now_ms_, .kind = TimelineKind::not_sent, .message = message, .channel = channel};
  entry.detail = reason;
  program::FlowEvent event{};
  event.kind = static_cast<std::int32_t>(program::EventKind::receipt);
  event.receipt = static_cast<std::int32_t>(program::Receipt::failed);
  event.message = message;
  event.at_ms = last_now_ms_;
  event.reason = {reason.data(), reason.size()};
  if (!tell_flow || !move(execution, event, entry)) record(execution, {std::move(entry)});
}

// After a restart: what is not known to be handed over is tried again, with the key of before; where a message may be
// sent at most once and an attempt had begun, it is not.
void Shard::resume(Execution& execution) {
  for (const Pending& pending : execution.image.pending) {
    const outbox::Name name{execution.id, pending.send.message};
    parts_.metrics
        .counter("flow_sends_resumed_total", "Messages that a restart found not known to be handed over",
                 {{"channel", pending.send.channel}})
        .add();
    if (!pending.begun) {
      schedule_.add(name, pending.send.channel, pending.next_attempt_ms);
      continue;
    }
    parts_.metrics
        .counter("flow_sends_unknown_total", "Attempts that may or may not have reached the provider",
                 {{"channel", pending.send.channel}})
        .add();
    with_execution(execution.id, [this, name, channel = pending.send.channel](Execution* found, const Fault*) {
      if (found != nullptr && find_pending(*found, name.message) != nullptr) {
        not_sent(*found, name.message, channel, "a restart came between, and it may have been sent", true);
      }
    });
  }
}

}  // namespace flow::service
