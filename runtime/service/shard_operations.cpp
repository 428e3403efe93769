// Operations: what executions ask of the outside, from the effect to the result's event.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/limits.h"
#include "runtime/core/failpoint.h"
#include "runtime/core/log.h"
#include "runtime/program/model_reply.h"
#include "runtime/service/contact_operation.h"
#include "runtime/service/shard.h"
#include "runtime/service/trace.h"

namespace flow::service {

using outbox::Name;

PendingOperation* Shard::find_operation(std::uint32_t operation) {
  const auto found = std::ranges::find(work_.image.operations, operation, &PendingOperation::operation);
  return found == work_.image.operations.end() ? nullptr : &*found;
}

void Shard::add_operation(program::Effect& effect) {
  note({.kind = TimelineKind::asked, .number = effect.site});
  PendingOperation& pending = work_.image.operations.emplace_back();
  pending.operation = effect.operation;
  pending.site = effect.site;
  pending.next_attempt_ms = last_now_ms_;
  pending.not_after_ms = effect.not_after_ms;
  pending.secret = effect.secret;
  pending.arguments = std::move(effect.arguments);
  schedule_operation({work_.head.id, pending.operation}, last_now_ms_);
}

void Shard::cancel_operation(std::uint32_t operation) {
  PendingOperation* pending = find_operation(operation);
  if (pending == nullptr) return;
  note({.kind = TimelineKind::cancelled});
  parts_.shard_metrics.operations_cancelled.add();
  if (starts_other(code().info().operations[pending->site])) {
    // What it called is told, so that it ends as well.
    pending->cancelled = true;
    const Asked& asked = operations_[{work_.head.id, operation}];
    if (!asked.under_way) schedule_operation({work_.head.id, operation}, last_now_ms_);
    return;
  }
  std::erase_if(work_.image.operations, [&](const PendingOperation& each) { return each.operation == operation; });
  forget_operation({work_.head.id, operation});
}

// Of an execution that ends.
void Shard::drop_operations() {
  std::erase_if(work_.image.operations, [&](const PendingOperation& pending) {
    const bool outlives =
        pending.cancelled || code().info().operations[pending.site].kind == program::OperationKind::launch;
    if (!outlives) forget_operation({work_.head.id, pending.operation});
    return !outlives;
  });
}

// It is over, one way or the other. What had ended before goes now, when nothing more is to be done for it.
void Shard::remove_operation(std::uint32_t operation) {
  std::erase_if(work_.image.operations, [&](const PendingOperation& each) { return each.operation == operation; });
  forget_operation({work_.head.id, operation});
  work_.changed = true;
  if (!work_.image.over() || work_.head.ended || !work_.image.operations.empty()) return;
  running_order_.erase(work_.handle);
  work_.head.ended = true;
}

// ---- What was said

// The last ones, in an image that is kept small.
void Shard::remember_turn(bool ours, std::string_view text) {
  if (text.empty() || !code().remembers) return;
  std::size_t size = std::min(text.size(), limits::kTurnBytesMax);
  while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  std::vector<Turn>& turns = work_.image.turns;
  if (turns.size() >= static_cast<std::size_t>(limits::kHistoryTurnsMax)) turns.erase(turns.begin());
  turns.push_back({ours, std::string(text.substr(0, size))});
}

// As many turns as the step wants, without the one that it asks about.
void Shard::tell_history(const program::OperationInfo& site, operations::Request& request) {
  std::size_t wanted = 0;
  std::string_view input;
  for (std::size_t i = 0; i < std::min(site.arguments.size(), request.arguments.size()); ++i) {
    const std::string& value = request.arguments[i];
    if (site.arguments[i] == program::kHistoryPlace) std::from_chars(value.data(), value.data() + value.size(), wanted);
    if (site.arguments[i] == program::kInputPlace) input = value;
  }
  const std::vector<Turn>& turns = work_.image.turns;
  std::size_t end = turns.size();
  if (end > 0 && !turns[end - 1].ours && turns[end - 1].text == input.substr(0, turns[end - 1].text.size())) --end;
  for (std::size_t i = end - std::min(wanted, end); i < end; ++i)
    request.history.emplace_back(turns[i].ours, turns[i].text);
}

// ---- Turns, in memory only: the image has what is pending, and is asked again before each attempt.

void Shard::schedule_operation(const Name& name, std::int64_t at_ms) {
  Asked& asked = operations_[name];
  if (asked.waits) operation_turns_.erase({asked.at_ms, name});
  asked = {at_ms, true, false};
  operation_turns_.emplace(at_ms, name);
}

// What is under way ends in vain.
void Shard::forget_operation(const Name& name) {
  const auto found = operations_.find(name);
  if (found == operations_.end()) return;
  if (found->second.waits) operation_turns_.erase({found->second.at_ms, name});
  operations_.erase(found);
}

std::int64_t Shard::next_operation_ms() const {
  const bool may_begin = !operation_turns_.empty() && operations_flying_ < limits::kOperationsInFlightMax;
  return may_begin && parts_.operations != nullptr ? operation_turns_.begin()->first : program::kNever;
}

void Shard::begin_operations() {
  while (next_operation_ms() <= last_now_ms_) {
    const Name name = operation_turns_.begin()->second;
    operation_turns_.erase(operation_turns_.begin());
    operations_[name].waits = false;
    begin_operation(name);
  }
}

void Shard::run(OperationTurnCommand& command, Command&) {
  const auto asked = operations_.find(command.name);
  if (asked != operations_.end() && !asked->second.waits && !asked->second.under_way)
    schedule_operation(command.name, last_now_ms_);
}

// Decides on an attempt and prepares it; it is made when the step's batch is durable.
void Shard::begin_operation(const Name& name) {
  const auto handle = find(name.execution);
  if (!handle) return forget_operation(name);
  // How it ends can only be written down with the program at hand.
  Command later = OperationTurnCommand{name};
  Bytes record = table_.get(*handle);
  if (!has_code(take_head(record).use, later)) return;
  const PendingOperation* pending = open(*handle) ? find_operation(name.message) : nullptr;
  if (pending == nullptr || pending->site >= code().info().operations.size()) return forget_operation(name);
  // Its timer, due at the same instant, decides where the flow goes.
  if (last_now_ms_ >= pending->not_after_ms) {
    if (!pending->cancelled) return forget_operation(name);
    // What it called has ended by itself.
    remove_operation(name.message);
    if (load_frame()) store_work();
    return;
  }
  operations::Request request;
  request.execution = name.execution;
  request.operation = pending->operation;
  request.attempt = pending->attempts + 1;
  request.idempotency_key = fmt::format("{}-o{}", core::to_string(name.execution), pending->operation);
  request.site = pending->site;
  request.arguments = pending->arguments;
  tell_history(code().info().operations[pending->site], request);
  request.traceparent = format_trace(work_.image.trace);
  asking_.push_back(
      {0, code().program, pending->not_after_ms, uses_[work_.head.use].bundle, pending->cancelled, std::move(request)});
  Asking& asking = asking_.back();
  asking.contact = contact_request(code().info().operations[asking.request.site], asking.request.arguments,
                                   asking.request.idempotency_key);
  asking.typing = typing_request(asking.request);
  ++step_asking_;
  operations_[name].under_way = true;
  ++operations_flying_;
}

// The batch that decided on it is durable.
void Shard::ask(Asking& asking) {
  if (asking.report) return tell(asking);
  const Name name{asking.request.execution, asking.request.operation};
  const std::int64_t left_ms =
      asking.not_after_ms == program::kNever ? INT64_MAX / 2 : asking.not_after_ms - std::max(now(), std::int64_t{0});
  if (!operations_.contains(name) || left_ms <= 0) {
    OperationCommand ended;
    ended.name = name;
    ended.made = false;
    parts_.mailbox->push(std::move(ended));
    return;
  }
  if (starts_other(asking.program->info().operations[asking.request.site])) return ask_other(asking);
  const double real_ms = std::min(static_cast<double>(left_ms) / parts_.clock.rate(), 1e12);
  asking.request.time_ms = std::max<std::int64_t>(1, std::llround(real_ms));
  if (ask_contact(asking) || show_typing(asking)) return;
  core::failpoint::reach("before_provider_write");
  const std::shared_ptr<const program::Program> program = std::move(asking.program);
  parts_.operations->carry_out(program->info(), std::move(asking.request),
                               [mailbox = parts_.mailbox, name](operations::Answer answer) {
                                 core::failpoint::reach("after_provider_read");
                                 OperationCommand ended;
                                 ended.name = name;
                                 ended.answer = std::move(answer);
                                 mailbox->push(std::move(ended));
                               });
  core::failpoint::reach("after_provider_write");
}

// ---- Ending

// Its place among those under way, once.
void Shard::settle_operation(OperationCommand& command) {
  if (command.settled) return;  // it has waited for its execution
  command.settled = true;
  --operations_flying_;
}

void Shard::refuse(OperationCommand& command) {
  settle_operation(command);
  if (operations_.contains(command.name)) schedule_operation(command.name, last_now_ms_ + kAgainAfterFaultMs);
}

void Shard::run(OperationCommand& command, Command& whole) {
  settle_operation(command);
  const Name name = command.name;
  if (!operations_.contains(name)) return;  // its step was left
  const auto handle = find(name.execution);
  if (!handle) return forget_operation(name);
  if (!command.made) return schedule_operation(name, last_now_ms_);  // it is decided anew
  Bytes record = table_.get(*handle);
  if (!has_code(take_head(record).use, whole)) return;
  PendingOperation* pending = open(*handle) ? find_operation(name.message) : nullptr;
  if (pending == nullptr) return forget_operation(name);
  if (command.started) {
    if (!other_answered(*pending, *command.started)) return;
  } else {
    operation_ended(*pending, command.answer);
  }
  store_work();
}

void Shard::operation_ended(PendingOperation& pending, const operations::Answer& answer) {
  const Name name{work_.head.id, pending.operation};
  const program::OperationInfo& site = code().info().operations[pending.site];
  ++pending.attempts;
  // What the service itself carries out has no author who says how often.
  const bool own = contact_request(site, {}, "").has_value();
  if (answer.again && (own || pending.attempts <= site.retries)) {
    const std::int64_t asked_ms = answer.retry_after_ms > 0 ? service_ms(answer.retry_after_ms) : 0;
    const std::int64_t next = last_now_ms_ + std::max(site.retry_after_ms, asked_ms);
    if (next < pending.not_after_ms) {
      parts_.shard_metrics.operation_attempts[2]->add();
      pending.next_attempt_ms = next;
      note({.kind = TimelineKind::ask_failed, .due_ms = next, .text = answer.reason});
      return schedule_operation(name, next);
    }
  }
  settle(pending.operation, operations::result_of(code().info(), site, answer), answer.reason);
}

// The operation has its outcome.
void Shard::settle(std::uint32_t operation, program::WrittenEvent result, std::string_view reason) {
  result.event.operation = operation;
  result.event.at_ms = last_now_ms_;
  result.point_to_texts();
  parts_.shard_metrics.operation_attempts[result.event.outcome == 0 ? 1 : 0]->add();
  remove_operation(operation);
  const Entry entry{
      .kind = TimelineKind::answered, .number = static_cast<std::uint32_t>(result.event.outcome), .text = reason};
  if (!move(result.event, entry)) note(entry);
}

}  // namespace flow::service
