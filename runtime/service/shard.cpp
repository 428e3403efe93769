// The step: one batch, then, when it is on disk, answers and sends.
#include "runtime/service/shard.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/limits.h"
#include "runtime/core/failpoint.h"
#include "runtime/core/log.h"

namespace flow::service {

namespace {

constexpr std::size_t kBatchBytesMax = 8 << 20;       // about; one command may exceed it
constexpr std::size_t kLogQueuedBytesMax = 64 << 20;  // then the shard waits for the disk
constexpr std::int64_t kHouseEveryMs = 200;

std::int64_t steady_ns() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

}  // namespace

Shard::Shard(ShardParts parts)
    : parts_(std::move(parts)),
      ids_(IdOf{&table_}),
      keys_(KeyOf{&table_}),
      ended_keys_(std::max<std::int64_t>(parts_.retention.take()->usual_ms / 10, 1)),
      timers_(parts_.clock.now_ms()),
      schedule_(parts_.gates, [mailbox = parts_.mailbox.get()] { mailbox->wake(); }),
      frame_(parts_.region_of),
      running_gauge_(parts_.metrics.gauge("flow_executions_running", "Executions that have not ended")),
      contacts_gauge_(parts_.metrics.gauge("flow_contacts", "People and ranges of numbers of whom something is kept")),
      waiting_gauge_(parts_.metrics.gauge("flow_sends_waiting", "Messages waiting for an attempt")),
      flying_gauge_(parts_.metrics.gauge("flow_sends_in_flight", "Attempts whose answer is awaited")),
      operations_waiting_gauge_(parts_.metrics.gauge("flow_operations_waiting", "Operations waiting for an attempt")),
      operations_flying_gauge_(
          parts_.metrics.gauge("flow_operations_in_flight", "Operations whose answer is awaited")) {}

Shard::~Shard() {
  running_gauge_.add(-static_cast<double>(running_shown_));
  contacts_gauge_.add(-static_cast<double>(contacts_shown_));
  waiting_gauge_.add(-static_cast<double>(waiting_shown_));
  flying_gauge_.add(-static_cast<double>(flying_shown_));
  operations_waiting_gauge_.add(-static_cast<double>(operations_waiting_shown_));
  operations_flying_gauge_.add(-static_cast<double>(operations_flying_shown_));
  for (std::size_t i = 0; i < memory_shown_.size(); ++i) {
    parts_.shard_metrics.memory[i]->add(-static_cast<double>(memory_shown_[i]));
  }
}

// So much real time, on the service's clock; at least a tick.
std::int64_t Shard::service_ms(std::int64_t real_ms) const {
  return std::max<std::int64_t>(1, std::llround(static_cast<double>(real_ms) * parts_.clock.rate()));
}

std::int64_t Shard::now() {
  last_now_ms_ = std::max(last_now_ms_, parts_.clock.now_ms());
  return last_now_ms_;
}

void Shard::step() {
  now();
  if (!closed_) watch_log();
  take_commands();
  if (!closed_) {
    // Receipts came first: they are among the commands, and win over a timer that is due at the same instant.
    fire_due();
    begin_attempts();
    begin_operations();
    if (resuming_) resume_some();
    rewrite_some();
    squeeze_some();
    commit();
    release();
    settle_ended();
    keep_house();
  }
}

void Shard::take_commands() {
  parts_.mailbox->take(commands_);
  if (!closed_ && log_->queued_bytes() > kLogQueuedBytesMax) return;
  if (!closed_ && directory_->version != parts_.bundles.version()) refresh_uses();
  std::size_t count = 0;
  for (; next_command_ < commands_.size(); ++next_command_, ++count) {
    if (!closed_ && (count >= limits::kCommandsPerCommitMax || batch_.bytes().size() >= kBatchBytesMax)) return;
    Command command = std::move(commands_[next_command_]);
    execute(command);
  }
  commands_.clear();
  next_command_ = 0;
}

void Shard::execute(Command& command) {
  if (closed_) return refuse(command, *closed_);
  std::visit(
      [&](auto& which) {
        if constexpr (std::is_same_v<std::decay_t<decltype(which)>, Task>) {
          which(this);
        } else {
          run(which, command);
        }
      },
      command);
}

void Shard::refuse(Command& command, const Fault& fault) {
  if (auto* start = std::get_if<StartCommand>(&command)) {
    refuse_start(*start, fault);
  } else if (auto* receipt = std::get_if<ReceiptCommand>(&command)) {
    answer(std::move(receipt->done), std::unexpected(fault));
  } else if (auto* signal = std::get_if<SignalCommand>(&command)) {
    answer(std::move(signal->done), std::unexpected(fault));
  } else if (auto* inbound = std::get_if<InboundCommand>(&command)) {
    refuse(*inbound, fault);
  } else if (auto* read = std::get_if<ReadCommand>(&command)) {
    answer(std::move(read->done), Outcome<RawView>(std::unexpected(fault)));
    parts_.mailbox->release(1);
  } else if (auto* contact = std::get_if<ContactCommand>(&command)) {
    answer(std::move(contact->done), Outcome<ContactAnswer>(std::unexpected(fault)));
    parts_.mailbox->release(1);
  } else if (auto* timer = std::get_if<TimerCommand>(&command)) {
    if (const auto handle = find(timer->execution)) timers_.set(*handle, last_now_ms_ + kAgainAfterFaultMs);
  } else if (auto* turn = std::get_if<TurnCommand>(&command)) {
    const auto handle = find(turn->name.execution);
    if (handle && open(*handle)) {
      if (const Pending* pending = find_pending(turn->name.message)) {
        // Its lane is known when it was known once; else the bundle's arrival will find it.
        if (!uses_[work_.head.use].lanes.empty()) schedule(*pending, last_now_ms_ + kAgainAfterFaultMs);
      }
    }
  } else if (auto* ended = std::get_if<AttemptCommand>(&command)) {
    settle_attempt(*ended);
    free_attempts_.push_back(ended->attempt);
  } else if (auto* operation = std::get_if<OperationCommand>(&command)) {
    refuse(*operation);
  } else if (auto* asked = std::get_if<OperationTurnCommand>(&command)) {
    if (operations_.contains(asked->name)) schedule_operation(asked->name, last_now_ms_ + kAgainAfterFaultMs);
  } else if (auto* task = std::get_if<Task>(&command)) {
    (*task)(this);  // it looks for itself
  }
}

bool Shard::waits_for_log() const {
  return closed_ || log_->queued_bytes() > kLogQueuedBytesMax;
}

std::int64_t Shard::next_ms() const {
  if (waits_for_log()) return program::kNever;  // the log wakes when it has written
  if (squeezing_) return last_now_ms_;
  return std::min(next_due_ms(), house_at_ms_);
}

std::int64_t Shard::next_due_ms() const {
  if (waits_for_log()) return program::kNever;
  if (resuming_ || rewriting_) return last_now_ms_;
  return std::min({timers_.earliest_ms(), schedule_.next_ms(), next_operation_ms()});
}

// ---- The batch and what waits for it

void Shard::commit() {
  if (!batch_.empty()) {
    core::failpoint::reach("before_commit");
    parts_.shard_metrics.records.add(static_cast<double>(batch_.size()));
    parts_.shard_metrics.commits.add();
    last_sequence_ = log_->append(std::exchange(batch_, {}));
    batched_.push_back({last_sequence_, steady_ns()});
  }
  for (; step_answers_ > 0; --step_answers_) answers_[answers_.size() - step_answers_].sequence = last_sequence_;
  for (; step_sends_ > 0; --step_sends_) sends_[sends_.size() - step_sends_].sequence = last_sequence_;
  for (; step_asking_ > 0; --step_asking_) asking_[asking_.size() - step_asking_].sequence = last_sequence_;
}

void Shard::release() {
  if (!log_->may_act()) return;
  const std::uint64_t durable = log_->durable_through();
  if (!batched_.empty() && batched_.front().sequence <= durable) {
    core::failpoint::reach("after_commit");
    const std::int64_t at_ns = steady_ns();
    for (; !batched_.empty() && batched_.front().sequence <= durable; batched_.pop_front()) {
      parts_.shard_metrics.commit_seconds.observe(static_cast<double>(at_ns - batched_.front().at_ns) / 1e9);
    }
  }
  if (!answers_.empty() && answers_.front().sequence <= durable) {
    core::failpoint::reach("before_acknowledge");
    for (; !answers_.empty() && answers_.front().sequence <= durable; answers_.pop_front()) give(answers_.front());
    core::failpoint::reach("after_acknowledge");
  }
  for (; !sends_.empty() && sends_.front().sequence <= durable && log_->may_act(); sends_.pop_front()) {
    hand_over(sends_.front());
  }
  for (; !asking_.empty() && asking_.front().sequence <= durable && log_->may_act(); asking_.pop_front()) {
    ask(asking_.front());
  }
}

void Shard::give(Answer& answer) {
  std::visit(
      [&](auto& which) {
        if constexpr (std::is_same_v<std::decay_t<decltype(which)>, Answered>) {
          which(closed_ ? &*closed_ : nullptr);
        } else {
          which.done(std::move(which.value));
          parts_.mailbox->release(1);
        }
      },
      answer.what);
}

void Shard::answer(Done<StartAnswer> done, Outcome<StartAnswer> value) {
  answers_.push_back({0, StartAnswered{std::move(done), std::move(value)}});
  ++step_answers_;
}
void Shard::answer(Done<ReceiptVerdict> done, Outcome<ReceiptVerdict> value) {
  answers_.push_back({0, ReceiptAnswered{std::move(done), std::move(value)}});
  ++step_answers_;
}
void Shard::answer(Done<SignalAnswer> done, Outcome<SignalAnswer> value) {
  answers_.push_back({0, SignalAnswered{std::move(done), std::move(value)}});
  ++step_answers_;
}
void Shard::answer_with(Answered how) {
  answers_.push_back({0, std::move(how)});
  ++step_answers_;
}

void Shard::watch_log() {
  std::optional<store::LogFailure> failure = log_->failure();
  if (!failure) return;
  failure_ = std::move(failure);
  if (failure_->lost) {
    core::log::warning("shard_lost", {{"first_slot", static_cast<std::int64_t>(parts_.slots.first)},
                                      {"last_slot", static_cast<std::int64_t>(parts_.slots.last)},
                                      {"reason", failure_->error.message}});
    return close(Fault{Problem::not_owner, {ErrorCode::unavailable, "another node has this execution now; try again"}});
  }
  // What is on the disk is not known: nothing more may be promised or sent. A restart reads what is there.
  core::log::error("store_failed", {{"error", failure_->error.message}});
  close(Fault{Problem::storage_failed, failure_->error});
}

void Shard::close(Fault fault) {
  if (closed_) return;
  closed_ = std::move(fault);
  parts_.mailbox->close();
  batch_ = {};
  sends_.clear();
  step_sends_ = 0;
  asking_.clear();
  step_asking_ = 0;
  // Whether what these say is on disk is not known any more.
  auto unsure = std::exchange(answers_, {});
  step_answers_ = 0;
  for (Answer& each : unsure) {
    std::visit(
        [&](auto& which) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(which)>, Answered>) {
            which.value = std::unexpected(*closed_);
          }
        },
        each.what);
    give(each);
  }
  for (auto& [id, commands] : std::exchange(waiting_rows_, {})) {
    for (Command& command : commands) refuse(command, *closed_);
  }
  for (auto& [key, commands] : std::exchange(waiting_keys_, {})) {
    for (Command& command : commands) refuse(command, *closed_);
  }
  for (Use& use : uses_) {
    for (Command& command : std::exchange(use.waiting, {})) refuse(command, *closed_);
  }
  for (Erasing& each : std::exchange(erasing_, {})) {
    answer(std::move(each.done), Outcome<EraseAnswer>(std::unexpected(*closed_)));
  }
  take_commands();
  for (Answer& each : std::exchange(answers_, {})) give(each);
  step_answers_ = 0;
}

// What ended leaves when the tables have it; until then they could not be asked for it.
void Shard::settle_ended() {
  const std::uint64_t indexed = log_->indexed_through();
  for (; !ended_.empty() && ended_.front().first <= indexed; ended_.pop_front()) {
    const auto handle = find(ended_.front().second);
    // Something may have come for it since: then a later entry takes it out.
    if (handle && sequence_of(table_.get(*handle)) == ended_.front().first) erase(*handle);
  }
  erase_behind(indexed);
}

// In the order of ShardMetrics::memory.
std::array<std::size_t, ShardMetrics::kMemoryCount> Shard::memory() const {
  return {table_.stats().allocated_bytes, ids_.allocated_bytes(),    keys_.allocated_bytes(),
          ended_keys_.allocated_bytes(),  timers_.allocated_bytes(), running_order_.allocated_bytes()};
}

void Shard::keep_house() {
  const auto show = [](core::Metric& gauge, std::size_t& shown, std::size_t value) {
    if (shown == value) return;
    gauge.add(static_cast<double>(value) - static_cast<double>(shown));
    shown = value;
  };
  show(running_gauge_, running_shown_, running_order_.size());
  show(contacts_gauge_, contacts_shown_, contacts_.size());
  show(waiting_gauge_, waiting_shown_, schedule_.queued());
  show(flying_gauge_, flying_shown_, schedule_.in_flight());
  show(operations_waiting_gauge_, operations_waiting_shown_, operation_turns_.size());
  show(operations_flying_gauge_, operations_flying_shown_, operations_flying_);
  if (last_now_ms_ < house_at_ms_) return;
  house_at_ms_ = last_now_ms_ + service_ms(kHouseEveryMs);
  const store::StorageSizes sizes = parts_.storage.sizes();
  overloaded_ = sizes.executions_behind > limits::kEndedBehindMax;
  low_space_ = sizes.low_space;
  const auto bytes = memory();
  for (std::size_t i = 0; i < bytes.size(); ++i) show(*parts_.shard_metrics.memory[i], memory_shown_[i], bytes[i]);
  for (Use& use : uses_) {
    if (use.code != nullptr) find_policies(use);  // the configuration may have been read again
  }
  report();
  prune();
}

}  // namespace flow::service
