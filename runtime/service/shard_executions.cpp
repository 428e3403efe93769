// Executions in memory, and how an event moves one.
#include <algorithm>

#include "base/check.h"
#include "base/limits.h"
#include "runtime/core/log.h"
#include "runtime/service/shard.h"

namespace flow::service {

namespace {

using program::Effect;
using program::EffectKind;

std::string_view name_of(program::Timer timer) {
  switch (timer) {
    case program::Timer::expires:
      return "expires";
    case program::Timer::handover:
      return "handover";
    case program::Timer::undelivered:
      return "undelivered";
    case program::Timer::unread:
      return "unread";
    case program::Timer::wait:
      return "wait";
  }
  return "";
}

std::string_view name_of(program::Receipt receipt) {
  switch (receipt) {
    case program::Receipt::none:
      return "none";
    case program::Receipt::accepted:
      return "accepted";
    case program::Receipt::sent:
      return "sent";
    case program::Receipt::delivered:
      return "delivered";
    case program::Receipt::read:
      return "read";
    case program::Receipt::failed:
      return "failed";
  }
  return "";
}

std::string_view name_of(program::EndKind end) {
  switch (end) {
    case program::EndKind::none:
      return "";
    case program::EndKind::done:
      return "done";
    case program::EndKind::failed:
      return "failed";
    case program::EndKind::outcome:
      return "outcome";
    case program::EndKind::expired:
      return "expired";
  }
  return "";
}

std::string step_name(const program::FlowInfo& info, std::int32_t step) {
  return step >= 0 && static_cast<std::size_t>(step) < info.steps.size()
             ? info.steps[static_cast<std::size_t>(step)].name
             : std::string();
}

program::FlowText text_of(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

Shard::Execution* Shard::find(const core::ExecutionId& id) {
  const auto found = executions_.find(id);
  return found == executions_.end() ? nullptr : found->second.get();
}

Shard::Execution& Shard::insert(std::unique_ptr<Execution> made) {
  Execution& execution = *made;
  if (free_keys_.empty()) {
    execution.key = static_cast<std::uint32_t>(by_key_.size());
    by_key_.push_back(&execution);
  } else {
    execution.key = free_keys_.back();
    free_keys_.pop_back();
    by_key_[execution.key] = &execution;
  }
  if (!execution.summary.ended_at_ms) ++running_;
  deadlines_.set(execution.key, execution.image.next_deadline_ms);
  const bool fresh = executions_.emplace(execution.id, std::move(made)).second;
  FLOW_CHECK(fresh, "execution {} is there twice", core::to_string(execution.id));
  return execution;
}

void Shard::erase(Execution& execution) {
  deadlines_.clear(execution.key);
  by_key_[execution.key] = nullptr;
  free_keys_.push_back(execution.key);
  if (!execution.summary.ended_at_ms) --running_;
  executions_.erase(core::ExecutionId(execution.id));
}

Result<std::unique_ptr<Shard::Execution>> Shard::from_row(const store::ExecutionRow& row) {
  Bundle* bundle = find_bundle(row.bundle);
  if (bundle == nullptr) {
    return fail(ErrorCode::data_loss, "execution {} runs on bundle {}, which the store lacks", core::to_string(row.id),
                row.bundle);
  }
  Result<ExecutionSummary> summary = decode_summary(row.summary);
  if (!summary) return std::unexpected(summary.error());
  Result<Image> image = decode_image(row.id, row.flow, row.image, parts_.keys);
  if (!image) return std::unexpected(image.error());
  auto execution = std::make_unique<Execution>();
  execution->id = row.id;
  execution->revision = row.revision;
  execution->bundle = bundle;
  execution->summary = *std::move(summary);
  execution->summary.execution = row.id;
  execution->summary.flow = row.flow;
  execution->summary.bundle = row.bundle;
  execution->summary.changed_at_ms = row.changed_at_ms;
  if (row.ended_at_ms != 0) execution->summary.ended_at_ms = row.ended_at_ms;
  execution->image = *std::move(image);
  return execution;
}

// Brings the execution into memory and its bundle's programs too, then runs `then`. Commands for one execution stay in
// order: who comes while others wait, waits behind them.
void Shard::with_execution(const core::ExecutionId& id, Then then) {
  if (closed_) return then(nullptr, &*closed_);
  Execution* execution = find(id);
  const auto waiting = waiting_.find(id);
  if (waiting != waiting_.end()) {
    waiting->second.push_back(std::move(then));
    return;
  }
  if (execution != nullptr && execution->bundle->loaded) {
    execution->bundle->used_at_ms = last_now_ms_;
    return then(execution, nullptr);
  }
  waiting_[id].push_back(std::move(then));
  if (execution == nullptr) {
    parts_.fetch_row(id);
  } else {
    execution->bundle->waiting.push_back(id);
    request_bundle(*execution->bundle);
  }
}

void Shard::row_arrived(core::ExecutionId id, Result<std::optional<store::ExecutionRow>> row) {
  if (closed_) return;
  std::optional<Fault> fault;
  if (!row) fault = Fault{Problem::storage_failed, row.error()};
  if (row && *row && find(id) == nullptr) {
    Result<std::unique_ptr<Execution>> made = from_row(**row);
    if (made) {
      insert(*std::move(made));
    } else {
      fault = Fault{Problem::internal, made.error()};
    }
  }
  Execution* execution = find(id);
  if (execution != nullptr && !execution->bundle->loaded) {
    execution->bundle->waiting.push_back(id);
    return request_bundle(*execution->bundle);
  }
  run_waiting(id, fault ? &*fault : nullptr);
}

void Shard::run_waiting(const core::ExecutionId& id, const Fault* fault) {
  auto waiting = waiting_.extract(id);
  if (waiting.empty()) return;
  for (Then& then : waiting.mapped()) {
    if (fault != nullptr) {
      then(nullptr, fault);
    } else {
      then(find(id), nullptr);
    }
  }
  // An ended one leaves again, at once when nothing new came of it.
  const Execution* execution = find(id);
  if (execution != nullptr && execution->summary.ended_at_ms) ended_.emplace_back(execution->sequence, id);
}

const program::Program* Shard::program_of(const Execution& execution) const {
  const auto found = execution.bundle->loaded->flows.find(execution.summary.flow);
  return found == execution.bundle->loaded->flows.end() ? nullptr : found->second.get();
}

void Shard::internal_error(const Execution& execution, std::string_view what) {
  parts_.metrics.counter("flow_internal_errors_total", "Executions that could not be moved").add();
  core::log::error("execution_stuck", {{"execution", core::to_string(execution.id)}, {"error", std::string(what)}});
}

bool Shard::load_frame(Execution& execution) {
  const program::Program* program = program_of(execution);
  if (program == nullptr) {
    internal_error(execution, "its flow is not in its bundle");
    return false;
  }
  if (Status decoded = program::decode_state(execution.image.state, program->info(), frame_); !decoded) {
    internal_error(execution, decoded.error().message);
    return false;
  }
  return true;
}

// False: nothing changed. REQUIRES: the bundle is loaded.
bool Shard::move(Execution& execution, const program::FlowEvent& event, TimelineEntry cause) {
  if (!load_frame(execution)) return false;
  const program::FlowInfo& info = frame_.info();
  if (program_of(execution)->advance(frame_, event) == program::Verdict::ignored) return false;
  std::vector<TimelineEntry> entries;
  entries.push_back(std::move(cause));
  for (const Effect& effect : frame_.effects()) carry_out(execution, effect, entries);
  execution.image.state = program::encode_state(frame_);
  execution.image.next_deadline_ms = frame_.next_deadline();
  execution.summary.step = step_name(info, frame_.raw().resting);
  execution.summary.messages = static_cast<std::uint32_t>(frame_.messages().size());
  record(execution, std::move(entries));
  return true;
}

void Shard::carry_out(Execution& execution, const Effect& effect, std::vector<TimelineEntry>& entries) {
  const program::FlowInfo& info = frame_.info();
  TimelineEntry entry{.at_ms = last_now_ms_, .step = step_name(info, effect.step)};
  if (effect.message != program::kNoMessage) entry.message = effect.message;
  switch (effect.kind) {
    case EffectKind::enter:
      entry.kind = TimelineKind::entered;
      break;
    case EffectKind::timer:
      entry.kind = TimelineKind::timer_set;
      entry.status = name_of(effect.timer);
      entry.due_at_ms = effect.due_ms;
      break;
    case EffectKind::send:
      entry.kind = TimelineKind::queued;
      entry.channel = info.channels[effect.channel].name;
      entry.detail = core::log::mask(effect.to);
      add_send(execution, effect);
      break;
    case EffectKind::withdraw: {
      const Pending* pending = find_pending(execution, effect.message);
      if (pending == nullptr) return;  // its provider has it: there is nothing to take back
      entry.kind = TimelineKind::withdrawn;
      if (pending->in_flight) entry.detail = "an attempt is under way";
      drop_pending(execution, effect.message);
      break;
    }
    case EffectKind::late_receipt:
      entry.kind = TimelineKind::late_receipt;
      entry.status = name_of(effect.receipt);
      parts_.metrics.counter("flow_late_receipts_total", "Receipts of messages whose step was left").add();
      break;
    case EffectKind::end:
      entry.kind = TimelineKind::ended;
      entry.status = name_of(effect.end);
      entry.detail = effect.reason;
      execution.summary.end = entry.status;
      execution.summary.reason = effect.reason;
      if (effect.outcome >= 0) {
        execution.summary.outcome = info.outcomes[static_cast<std::size_t>(effect.outcome)];
        entry.detail = execution.summary.outcome;
      }
      execution.summary.ended_at_ms = last_now_ms_;
      execution.image.pending.clear();  // what was not handed over by now never will be
      --running_;
      parts_.metrics
          .counter("flow_executions_ended_total", "Executions ended",
                   {{"end", execution.summary.end}, {"flow", execution.summary.flow}})
          .add();
      break;
  }
  entries.push_back(std::move(entry));
}

void Shard::add_send(Execution& execution, const Effect& effect) {
  const program::FlowInfo& info = frame_.info();
  const program::ChannelInfo& channel = info.channels[effect.channel];
  Pending pending;
  pending.next_attempt_ms = last_now_ms_;
  outbox::SendRequest& send = pending.send;
  send.execution = execution.id;
  send.message = effect.message;
  send.idempotency_key = fmt::format("{}-{}", core::to_string(execution.id), effect.message);
  send.flow = execution.summary.flow;
  send.purpose = info.purpose;
  send.channel = channel.name;
  send.kind = channel.kind;
  send.sender = channel.sender;
  send.to = effect.to;
  send.text = effect.text;
  if (effect.template_index >= 0)
    send.template_name = info.templates[static_cast<std::size_t>(effect.template_index)].name;
  send.parameters = effect.parameters;
  send.language = effect.language;
  send.ttl_ms = effect.ttl_ms;
  send.not_after_ms = effect.not_after_ms;
  send.secret = effect.secret;
  schedule_.add({execution.id, effect.message}, channel.name, last_now_ms_);
  execution.image.pending.push_back(std::move(pending));
}

void Shard::record(Execution& execution, std::vector<TimelineEntry> entries) {
  store::ExecutionRecord record;
  record.id = execution.id;
  record.revision = ++execution.revision;
  record.changed_at_ms = execution.summary.changed_at_ms = last_now_ms_;
  record.ended_at_ms = execution.summary.ended_at_ms.value_or(0);
  for (const TimelineEntry& entry : entries) {
    if (execution.image.entries >= limits::kTimelineEntriesMax && entry.kind != TimelineKind::ended) continue;
    ++execution.image.entries;
    record.timeline.push_back(encode_entry(entry));
  }
  record.summary = encode_summary(execution.summary);
  record.image = encode_image(execution.id, execution.image, parts_.keys);
  if (record.revision == 1) {
    record.flow = execution.summary.flow;
    record.bundle = execution.summary.bundle;
  }
  record_bytes_ += record.image.size() + record.summary.size() + 64;
  records_.push_back(std::move(record));
  touched_.push_back(execution.id);
  deadlines_.set(execution.key, execution.image.next_deadline_ms);
}

void Shard::fire_due() {
  timers::Deadlines::Key key = 0;
  for (std::size_t count = 0; count < limits::kCommandsPerCommitMax && deadlines_.take_due(last_now_ms_, &key);
       ++count) {
    with_execution(by_key_[key]->id, [this, id = by_key_[key]->id](Execution* execution, const Fault* fault) {
      if (execution != nullptr) return fire(*execution);
      execution = find(id);
      if (execution != nullptr && fault != nullptr) deadlines_.set(execution->key, last_now_ms_ + kAgainAfterFaultMs);
    });
  }
}

// Every timer of the execution that is due, in their order.
void Shard::fire(Execution& execution) {
  while (load_frame(execution)) {
    program::Timer timer{};
    if (frame_.next_deadline(&timer) > last_now_ms_) {
      deadlines_.set(execution.key, frame_.next_deadline());
      return;
    }
    program::FlowEvent event{};
    event.kind = static_cast<std::int32_t>(program::EventKind::timer);
    event.timer = static_cast<std::int32_t>(timer);
    event.at_ms = last_now_ms_;
    TimelineEntry cause{.at_ms = last_now_ms_, .kind = TimelineKind::timer_fired, .step = execution.summary.step};
    cause.status = name_of(timer);
    parts_.metrics.counter("flow_timers_fired_total", "Timers that fired", {{"timer", cause.status}}).add();
    if (!move(execution, event, std::move(cause))) return internal_error(execution, "a due timer was ignored");
  }
}

void Shard::signal(core::ExecutionId id, std::string name, Done<SignalAnswer> done) {
  with_execution(id, [this, id, name = std::move(name), done = std::move(done)](Execution* execution,
                                                                                const Fault* fault) mutable {
    const auto refuse = [&](Fault why) {
      answer(std::move(done), Outcome<SignalAnswer>(std::unexpected(std::move(why))));
    };
    if (fault != nullptr) return refuse(*fault);
    if (execution == nullptr) {
      return refuse(
          {Problem::unknown_execution, {ErrorCode::not_found, fmt::format("no execution `{}`", core::to_string(id))}});
    }
    const program::Program* program = program_of(*execution);
    if (program == nullptr) {
      return refuse({Problem::internal, {ErrorCode::internal, "the execution's flow is not in its bundle"}});
    }
    const std::vector<std::string>& signals = program->info().signals;
    const auto found = std::ranges::find(signals, name);
    if (found == signals.end()) {
      return refuse({Problem::unknown_signal,
                     {ErrorCode::invalid_argument,
                      fmt::format("flow `{}` has no `on signal {}`", execution->summary.flow, name)}});
    }
    program::FlowEvent event{};
    event.kind = static_cast<std::int32_t>(program::EventKind::signal);
    event.signal = static_cast<std::int32_t>(found - signals.begin());
    event.at_ms = last_now_ms_;
    const bool handled =
        move(*execution, event,
             {.at_ms = last_now_ms_, .kind = TimelineKind::signal, .step = execution->summary.step, .status = name});
    parts_.metrics.counter("flow_signals_total", "Signals", {{"handled", handled ? "true" : "false"}}).add();
    answer(std::move(done), Outcome<SignalAnswer>(SignalAnswer{handled}));
  });
}

void Shard::receipt(ReceiptReport report, Done<ReceiptVerdict> done) {
  const core::ExecutionId id = report.execution;
  with_execution(
      id, [this, report = std::move(report), done = std::move(done)](Execution* execution, const Fault* fault) mutable {
        const auto count = [&](std::string_view verdict) {
          parts_.metrics
              .counter("flow_receipts_total", "Receipts",
                       {{"status", std::string(name_of(report.status))}, {"verdict", std::string(verdict)}})
              .add();
        };
        if (fault != nullptr) return answer(std::move(done), Outcome<ReceiptVerdict>(std::unexpected(*fault)));
        if (execution == nullptr) {
          count("unknown_execution");
          return answer(std::move(done), Outcome<ReceiptVerdict>(ReceiptVerdict::unknown_execution));
        }
        // Whatever a provider says of a message, it has it: no further attempt, whether or not its answer ever came.
        const bool was_pending = find_pending(*execution, report.message) != nullptr;
        drop_pending(*execution, report.message);
        program::FlowEvent event{};
        event.kind = static_cast<std::int32_t>(program::EventKind::receipt);
        event.receipt = static_cast<std::int32_t>(report.status);
        event.message = report.message;
        event.at_ms = last_now_ms_;
        event.reason = text_of(report.reason);
        TimelineEntry cause{.at_ms = last_now_ms_, .kind = TimelineKind::receipt, .message = report.message};
        cause.status = name_of(report.status);
        cause.detail = report.status == program::Receipt::failed ? report.reason : report.provider_message_id;
        const bool applied = move(*execution, event, std::move(cause));
        if (!applied && was_pending) record(*execution, {});
        count(applied ? "applied" : "repeated");
        answer(std::move(done), Outcome<ReceiptVerdict>(applied ? ReceiptVerdict::applied : ReceiptVerdict::repeated));
      });
}

}  // namespace flow::service
