// Executions that start others, and those that were started: runtime/program/flow_call.h says what goes from one to the
// other.
//
// A call, a launch or a forward is an operation like any: kept in its execution's image, asked again until it has an
// answer. What it asks is a start with a key of its own, so that the other execution begins once, however often it is
// asked. The answer to a call says whether the other has ended; while it has not, it is asked again now and then, and
// at once when the other says that it has ended: that word may get lost, nothing depends on it.
#include <algorithm>
#include <cmath>

#include "base/limits.h"
#include "runtime/core/failpoint.h"
#include "runtime/program/flow_call.h"
#include "runtime/program/intrinsics.h"
#include "runtime/service/shard.h"

namespace flow::service {

using outbox::Name;

namespace {

constexpr std::int64_t kPauseFirstMs = 1000;  // real time; doubled
constexpr std::int64_t kPauseMostMs = 60'000;

// Whether the start may be taken another time.
bool may_come(const Fault& fault) {
  switch (fault.problem) {
    case Problem::overloaded:
    case Problem::too_many_executions:
    case Problem::low_space:
    case Problem::not_owner:
    case Problem::shutting_down:
    case Problem::storage_failed:
      return true;
    default:
      return false;
  }
}

}  // namespace

// ---- The execution that starts another

bool Shard::starts_other(const program::OperationInfo& site) {
  return program::starts_flow(site.kind);
}

// The batch that decided on it is durable.
void Shard::ask_other(Asking& asking) {
  const Name name{asking.request.execution, asking.request.operation};
  const program::OperationInfo& site = asking.program->info().operations[asking.request.site];
  StartRequest request;
  request.flow = site.target;
  request.inputs_json = program::inputs_json(site, asking.request.arguments);
  // No client's key begins so.
  request.idempotency_key = "\x01" + asking.request.idempotency_key;
  request.traceparent = std::move(asking.request.traceparent);
  request.child =
      ChildStart{asking.bundle, name.execution, name.message,
                 site.kind == program::OperationKind::flow ? asking.not_after_ms : program::kNever, asking.cancelled};
  core::failpoint::reach("before_provider_write");
  parts_.start_other(std::move(request), [mailbox = parts_.mailbox, name](Outcome<StartAnswer> started) {
    core::failpoint::reach("after_provider_read");
    OperationCommand ended;
    ended.name = name;
    ended.started = std::move(started);
    mailbox->push(std::move(ended));
  });
  core::failpoint::reach("after_provider_write");
}

void Shard::ask_other_later(const Name& name, std::int64_t pause_ms, std::int64_t at_least_ms) {
  schedule_operation(name, last_now_ms_ + service_ms(std::max(pause_ms, at_least_ms)));
  operations_[name].pause_ms = pause_ms;
}

// False: nothing is to be stored.
bool Shard::other_answered(PendingOperation& pending, const Outcome<StartAnswer>& answer) {
  const Name name{work_.head.id, pending.operation};
  const program::OperationInfo& site = code().info().operations[pending.site];
  const Asked asked = operations_[name];
  const std::int64_t pause_ms = std::clamp(asked.pause_ms * 2, kPauseFirstMs, kPauseMostMs);
  if (!answer) {
    if (may_come(answer.error())) {
      ask_other_later(name, pause_ms, answer.error().retry_after_ms);
      return false;
    }
    const std::string reason = answer.error().error.message;
    if (site.kind == program::OperationKind::flow && !pending.cancelled) {
      settle(pending.operation, program::flow_result(code().info(), site, program::EndKind::failed, "", ""), reason);
      return true;
    }
    // Nobody waits for it.
    if (!pending.cancelled) note({.kind = TimelineKind::answered, .number = 0, .text = reason});
    remove_operation(pending.operation);
    return load_frame();
  }
  const bool first = pending.attempts == 0;
  ++pending.attempts;
  if (first && !pending.cancelled)
    note({.kind = TimelineKind::began_other, .number = pending.site, .text = core::to_string(answer->execution)});
  const bool launched = site.kind == program::OperationKind::launch;
  if (launched || (pending.cancelled && answer->end != program::EndKind::none)) {
    remove_operation(pending.operation);
    return load_frame();
  }
  if (pending.cancelled) {
    // It was asked before its step was left.
    schedule_operation(name, last_now_ms_);
    return false;
  }
  if (answer->end != program::EndKind::none) {
    settle(pending.operation, program::flow_result(code().info(), site, answer->end, answer->outcome, answer->outputs),
           "");
    return true;
  }
  if (asked.look)
    schedule_operation(name, last_now_ms_);
  else
    ask_other_later(name, pause_ms, 0);
  return first;
}

void Shard::child_ended(const core::ExecutionId& caller, std::uint32_t operation) {
  if (closed_) return;
  const auto asked = operations_.find({caller, operation});
  if (asked == operations_.end()) return;
  if (asked->second.under_way)
    asked->second.look = true;
  else
    schedule_operation(asked->first, last_now_ms_);
}

// ---- The execution that is started

StartAnswer Shard::answer_of(const Head& head, const Image& image, std::string bundle, std::int64_t started_at_ms) {
  return {head.id, std::move(bundle), started_at_ms, true, image.end, image.outcome, image.outputs};
}

// Nobody waits for it any more. True: the command waits for the execution's code.
bool Shard::answer_child(StartCommand& command, Command& whole) {
  if (!command.child || !command.child->cancel || work_.image.over()) return false;
  if (!has_code(work_.head.use, whole)) return true;
  if (!load_frame()) return false;
  frame_.clear_effects();
  flow_leave(&frame_.raw());
  flow_finish(&frame_.raw(), static_cast<std::int32_t>(program::EndKind::expired), -1, nullptr);
  for (program::Effect& effect : frame_.effects()) carry_out(effect);
  store_work();
  return false;
}

// It never outlives its caller's wait. REQUIRES: it has begun, and its effects are not carried out yet.
void Shard::limit_child(const ChildStart& child) {
  work_.image.caller = Caller{child.caller, child.operation, child.not_after_ms != program::kNever};
  if (frame_.raw().resting == program::kEnded) return;
  const std::int64_t expires = program::deadline(frame_.raw(), program::Timer::expires);
  program::set_deadline(frame_.raw(), program::Timer::expires, std::min(expires, child.not_after_ms));
  for (program::Effect& effect : frame_.effects()) {
    const bool bounded = effect.kind == program::EffectKind::send || effect.kind == program::EffectKind::request;
    if (bounded) effect.not_after_ms = std::min(effect.not_after_ms, child.not_after_ms);
  }
}

// It has ended: its caller is told when that is durable.
void Shard::leave_outputs() {
  if (!work_.image.caller || !work_.image.caller->waits) return;
  if (!code().info().outputs.empty()) work_.image.outputs = program::outputs_json(code().info(), frame_);
  answer_with([tell = parts_.tell_caller, caller = *work_.image.caller](const Fault* fault) {
    if (fault == nullptr && tell) tell(caller.execution, caller.operation);
  });
}

}  // namespace flow::service
