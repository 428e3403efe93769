// Moving executions by events.
#include <algorithm>

#include "base/limits.h"
#include "runtime/core/log.h"
#include "runtime/program/intrinsics.h"
#include "runtime/service/front.h"
#include "runtime/service/shard.h"

namespace flow::service {

using program::Effect;
using program::EffectKind;

namespace {

constexpr int kTimersAtOnce = 64;  // of one execution; a hostile flow shares the step with others

program::FlowText text_of(std::string_view text) {
  return {text.data(), text.size()};
}

Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

std::string_view party_of(const program::Frame& frame) {
  for (std::size_t i = 0; i < frame.info().fields.size(); ++i) {
    const program::FlowField& value = frame.raw().fields[i];
    if (value.present != 0 && is_party(frame.info(), i)) return {value.text.data, value.text.size};
  }
  return {};
}

void Shard::internal_error(std::string_view what) {
  parts_.shard_metrics.internal_errors.add();
  core::log::error("execution_stuck", {{"execution", core::to_string(work_.head.id)}, {"error", std::string(what)}});
}

// Takes an execution out of its record. False: it cannot be read.
bool Shard::open(Handle handle) {
  Bytes record = table_.get(handle);
  work_.handle = handle;
  work_.fresh = false;
  work_.changed = false;
  work_.head = take_head(record);
  if (Status taken = take_image(work_.head, image_of(work_.head, record), work_.image); !taken) {
    internal_error(taken.error().message);
    return false;
  }
  return true;
}

// REQUIRES: there is code.
bool Shard::load_frame() {
  if (work_.fresh) return true;
  std::string_view state = work_.image.state;
  if (work_.image.squeezed) {
    unsqueezed_.clear();
    if (!code().texts->unsqueeze(state, unsqueezed_)) {
      internal_error("its state does not fit the texts of its flow");
      return false;
    }
    state = unsqueezed_;
  }
  if (Status decoded = program::unpack_state(state, base_ms(), code().info(), frame_); !decoded) {
    internal_error(decoded.error().message);
    return false;
  }
  work_.fresh = true;
  return true;
}

void Shard::note(const Entry& entry) {
  add_entry(work_.image, base_ms(), last_now_ms_, entry);
  work_.changed = true;
}

// False: nothing changed.
bool Shard::move(const program::FlowEvent& event, const Entry& cause) {
  if (!load_frame()) return false;
  frame_.clear_effects();
  if (code().program->advance(frame_, event) == program::Verdict::ignored) return false;
  note(cause);
  for (Effect& effect : frame_.effects()) carry_out(effect);
  return true;
}

void Shard::carry_out(Effect& effect) {
  switch (effect.kind) {
    case EffectKind::enter:
      return note({.kind = TimelineKind::entered, .number = static_cast<std::uint32_t>(effect.step)});
    case EffectKind::timer:
      return note({.kind = TimelineKind::timer_set,
                   .number = static_cast<std::uint32_t>(effect.timer),
                   .due_ms = effect.due_ms});
    case EffectKind::send:
      return add_send(effect);
    case EffectKind::withdraw: {
      const Pending* pending = find_pending(effect.message);
      if (pending == nullptr) return;  // its provider has it: there is nothing to take back
      note({.kind = TimelineKind::withdrawn, .message = effect.message, .number = pending->in_flight ? 1U : 0U});
      withdraw_pending(effect.message);
      return;
    }
    case EffectKind::late_receipt:
      parts_.shard_metrics.late_receipts.add();
      return note({.kind = TimelineKind::late_receipt,
                   .message = effect.message,
                   .number = static_cast<std::uint32_t>(effect.receipt)});
    case EffectKind::request:
    case EffectKind::launch:
      return add_operation(effect);
    case EffectKind::cancel:
      return cancel_operation(effect.operation);
    case EffectKind::end: {
      const auto outcome = static_cast<std::size_t>(effect.outcome);
      return end(effect.end, effect.outcome >= 0 ? std::string_view(code().info().outcomes[outcome]) : "",
                 effect.reason);
    }
  }
}

void Shard::end(program::EndKind how, std::string_view outcome, std::string_view reason) {
  Image& image = work_.image;
  image.end = how;
  image.ended_after_ms = last_now_ms_ - base_ms();
  image.outcome = outcome;
  image.reason = reason;
  const std::string_view party = party_of(frame_);
  image.party = party.empty() ? "" : core::log::mask(party);
  image.messages = static_cast<std::uint32_t>(frame_.messages().size());
  image.pending.clear();  // what was not handed over by now never will be
  drop_operations();
  image.turns.clear();
  leave_outputs();
  note({.kind = TimelineKind::ended,
        .number = static_cast<std::uint32_t>(how),
        .text = outcome.empty() ? reason : outcome});
  // What it launched is begun first, and what it called is told.
  const bool goes = image.operations.empty();
  if (goes && work_.handle != kNoHandle && !work_.head.ended) running_order_.erase(work_.handle);
  work_.head.ended = work_.head.ended || goes;
  code().metrics->ended[static_cast<std::size_t>(how)]->add();
}

// Ends it by the service's own decision.
void Shard::fail_execution(std::string_view reason) {
  frame_.clear_effects();
  const program::FlowText why = text_of(reason);
  flow_leave(&frame_.raw());
  flow_finish(&frame_.raw(), static_cast<std::int32_t>(program::EndKind::failed), -1, &why);
  for (Effect& effect : frame_.effects()) carry_out(effect);
}

void Shard::put_work() {
  if (work_.fresh) {
    const Dictionary& texts = *code().texts;
    Image& image = work_.image;
    unsqueezed_.clear();
    image.state.clear();
    const std::size_t plain = program::pack_state(frame_, base_ms(), !work_.head.ended, unsqueezed_);
    image.squeezed = !work_.head.ended && texts.ready() && texts.squeeze(unsqueezed_, image.state, plain);
    if (!image.squeezed) image.state = unsqueezed_;
  }
  record_.clear();
  work_.head.squeezed = false;
  put_head(work_.head, record_);
  head_bytes_ = record_.size();
  put_image(work_.head, work_.image, record_);
  work_.changed = false;
}

// Into memory only: what it changed is of this process.
void Shard::remember_work() {
  put_work();
  table_.replace(work_.handle, bytes_of(record_));
  changed_.push_back({last_now_ms_, work_.handle});
}

// A new revision: into memory, and into the batch.
void Shard::store_work() {
  Head& head = work_.head;
  ++head.revision;
  head.changed_at_ms = last_now_ms_;
  head.sequence = next_sequence();
  put_work();
  if (record_.size() > limits::kRecordBytesMax && !head.ended && !work_.image.over() && load_frame()) {
    fail_execution("its values became too large to be kept");
    put_work();
  }
  const bool is_new = work_.handle == kNoHandle;
  if (is_new) {
    work_.handle = table_.put(bytes_of(record_));
    ids_.insert(head.id.bytes, work_.handle);
    if (head.key != 0) keys_.insert(head.key, work_.handle);
    if (!head.ended) running_order_.push_back(work_.handle);
  } else {
    table_.replace(work_.handle, bytes_of(record_));
  }
  const Use& use = uses_[head.use];
  batch_.add({.id = head.id,
              .revision = head.revision,
              .bundle = use.bundle,
              .flow = use.flow,
              .order = head.order,
              .changed_at_ms = head.changed_at_ms,
              .ended_at_ms = head.ended ? ended_at_ms() : 0,
              .party = head.party,
              .key = head.key,
              .image = std::string_view(record_).substr(head_bytes_)});
  if (head.ended) {
    ended_.emplace_back(head.sequence, head.id);
  } else {
    changed_.push_back({last_now_ms_, work_.handle});
    count_bytes(record_.size() - head_bytes_);
  }
  if (work_.image.conversation != 0) conversations_.set(work_.handle, work_.image.conversation);
  if (work_.fresh) timers_.set(work_.handle, head.ended ? program::kNever : frame_.next_deadline());
}

// ---- Timers

void Shard::fire_due() {
  timers::Wheel::Key key = 0;
  for (std::size_t count = 0; count < limits::kCommandsPerCommitMax && timers_.take_due(last_now_ms_, &key); ++count) {
    Bytes record = table_.get(key);
    const Head head = take_head(record);
    Command command = TimerCommand{head.id};
    if (is_contact(head)) {
      expire_contact(key);
    } else if (has_code(head.use, command)) {
      fire(key);
    }
  }
}

void Shard::run(TimerCommand& command, Command& whole) {
  const auto handle = find(command.execution);
  if (!handle) return;
  Bytes record = table_.get(*handle);
  if (has_code(take_head(record).use, whole)) fire(*handle);
}

// Every timer of the execution that is due, in their order.
void Shard::fire(Handle handle) {
  if (!open(handle) || work_.head.ended) return;
  for (int count = 0; count < kTimersAtOnce && !work_.head.ended; ++count) {
    if (!load_frame()) return;
    program::Timer timer{};
    if (frame_.next_deadline(&timer) > last_now_ms_) break;
    program::FlowEvent event{};
    event.kind = static_cast<std::int32_t>(program::EventKind::timer);
    event.timer = static_cast<std::int32_t>(timer);
    event.at_ms = last_now_ms_;
    parts_.shard_metrics.timers[static_cast<std::size_t>(timer)]->add();
    if (move(event, {.kind = TimelineKind::timer_fired, .number = static_cast<std::uint32_t>(timer)})) continue;
    // It would be due for ever.
    internal_error("a due timer was ignored");
    fail_execution("an internal error: a timer that was due was ignored");
  }
  if (work_.changed) return store_work();
  timers_.set(handle, frame_.next_deadline());
}

// ---- Signals and receipts

void Shard::run(SignalCommand& command, Command& whole) {
  bool parked = false;
  const auto handle = reach(command.execution, whole, &parked);
  if (parked) return;
  const auto refuse = [&](Problem problem, ErrorCode code, std::string why) {
    answer(std::move(command.done), std::unexpected(Fault{problem, {code, std::move(why)}}));
  };
  if (!handle) {
    return refuse(Problem::unknown_execution, ErrorCode::not_found,
                  fmt::format("no execution `{}`", core::to_string(command.execution)));
  }
  if (!open(*handle)) return refuse(Problem::internal, ErrorCode::internal, "the execution cannot be read");
  const std::vector<std::string>& signals = code().info().signals;
  const auto found = std::ranges::find(signals, command.name);
  if (found == signals.end()) {
    return refuse(Problem::unknown_signal, ErrorCode::invalid_argument,
                  fmt::format("flow `{}` has no `on signal {}`", code().name, command.name));
  }
  program::FlowEvent event{};
  event.kind = static_cast<std::int32_t>(program::EventKind::signal);
  event.signal = static_cast<std::int32_t>(found - signals.begin());
  event.at_ms = last_now_ms_;
  const bool handled = move(event, {.kind = TimelineKind::signal, .number = static_cast<std::uint32_t>(event.signal)});
  if (work_.changed) store_work();
  parts_.shard_metrics.signals[handled ? 1 : 0]->add();
  answer(std::move(command.done), SignalAnswer{handled});
}

void Shard::run(ReceiptCommand& command, Command& whole) {
  ReceiptReport& report = command.report;
  bool parked = false;
  const auto handle = reach(report.execution, whole, &parked);
  if (parked) return;
  const auto verdict = [&](ReceiptVerdict what) {
    const auto status = static_cast<std::size_t>(report.status);
    if (status < parts_.shard_metrics.receipts.size()) {
      parts_.shard_metrics.receipts[status][static_cast<std::size_t>(what)]->add();
    }
    answer(std::move(command.done), what);
  };
  // The id is signed, and its start was committed before the provider heard of it: so it was pruned, or erased.
  if (!handle) return verdict(ReceiptVerdict::unknown_execution);
  if (!open(*handle)) {
    return answer(std::move(command.done),
                  std::unexpected(Fault{Problem::internal, {ErrorCode::internal, "the execution cannot be read"}}));
  }
  // Whatever a provider says of a message, it has it: no further attempt, whether or not its answer ever came.
  if (withdraw_pending(report.message)) work_.changed = true;
  program::FlowEvent event{};
  event.kind = static_cast<std::int32_t>(program::EventKind::receipt);
  event.receipt = static_cast<std::int32_t>(report.status);
  event.message = report.message;
  event.at_ms = last_now_ms_;
  event.reason = text_of(report.reason);
  Entry cause{
      .kind = TimelineKind::receipt, .message = report.message, .number = static_cast<std::uint32_t>(report.status)};
  if (report.status == program::Receipt::failed) {
    cause.text = report.reason;
  } else if (!knows_provider_id(report.provider_message_id)) {
    cause.text = report.provider_message_id;
  }
  const bool applied = move(event, cause);
  if (work_.changed) store_work();
  if (applied) report_on(report);
  verdict(applied ? ReceiptVerdict::applied : ReceiptVerdict::repeated);
}

// Whether the timeline has it, so that it need not say it again.
bool Shard::knows_provider_id(std::string_view id) {
  if (id.empty()) return true;
  packed_.clear();
  put_packed(id, packed_);
  return work_.image.timeline.find(packed_) != std::string::npos;
}

}  // namespace flow::service
