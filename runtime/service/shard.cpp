// The step: one commit, then answers, then sends. And the way back after a crash.
#include "runtime/service/shard.h"

#include <algorithm>
#include <chrono>

#include "base/limits.h"
#include "runtime/core/failpoint.h"
#include "runtime/core/log.h"

namespace flow::service {

namespace {

constexpr std::size_t kCommitBytesMax = 8 << 20;  // about; one command may exceed it
constexpr std::int64_t kBundleIdleMs = 10 * 60 * 1000;
constexpr std::int64_t kUnloadEveryMs = 60 * 1000;

}  // namespace

Shard::Shard(ShardParts parts)
    : parts_(std::move(parts)),
      frame_(parts_.region_of),
      schedule_(parts_.transport),
      running_executions_(parts_.metrics.gauge("flow_executions_running", "Executions that have not ended")),
      waiting_sends_(parts_.metrics.gauge("flow_sends_waiting", "Messages waiting for an attempt")),
      flying_sends_(parts_.metrics.gauge("flow_sends_in_flight", "Attempts whose answer is awaited")) {}

Status Shard::recover() {
  const Result<std::vector<store::BundleRow>> bundles = parts_.store.bundles();
  if (!bundles) return std::unexpected(bundles.error());
  for (const store::BundleRow& row : *bundles) {
    auto bundle = std::make_unique<Bundle>();
    bundle->view = {row.version, row.at_ms, row.flows};
    bundles_.emplace(row.version, std::move(bundle));
  }
  const Result<std::vector<store::PublishRecord>> published = parts_.store.published();
  if (!published) return std::unexpected(published.error());
  for (const store::PublishRecord& row : *published) published_[row.flow] = {row.flow, row.bundle, row.at_ms};
  last_now_ms_ = parts_.store.last_change_ms();
  if (Status done = parts_.store.each_running([&](const auto& row) { return recover_execution(row); }); !done) {
    return done;
  }
  for (const auto& [flow, at] : published_) {
    if (Bundle* bundle = find_bundle(at.bundle)) request_bundle(*bundle);
  }
  core::log::info("recovered", {{"bundles", static_cast<std::int64_t>(bundles_.size())},
                                {"running", static_cast<std::int64_t>(running_)},
                                {"unsent", static_cast<std::int64_t>(schedule_.queued())}});
  return {};
}

Status Shard::recover_execution(const store::ExecutionRow& row) {
  Result<std::unique_ptr<Execution>> execution = from_row(row);
  if (!execution) return std::unexpected(execution.error());
  resume(insert(*std::move(execution)));
  return {};
}

std::int64_t Shard::now() {
  last_now_ms_ = std::max(last_now_ms_, parts_.clock.now_ms());
  return last_now_ms_;
}

void Shard::step(std::deque<Command>& commands) {
  now();
  for (std::size_t count = 0;
       !commands.empty() && count < limits::kCommandsPerCommitMax && record_bytes_ < kCommitBytesMax; ++count) {
    Command command = std::move(commands.front());
    commands.pop_front();
    command(*this);
  }
  if (!closed_) {
    // Receipts came first: they are among the commands, and win over a timer that is due at the same instant.
    fire_due();
    begin_attempts();
  }
  commit();
  forget_settled();
  unload_idle_bundles();
  waiting_sends_.set(static_cast<double>(schedule_.queued()));
  flying_sends_.set(static_cast<double>(schedule_.in_flight()));
  running_executions_.set(static_cast<double>(running_));
}

std::int64_t Shard::next_ms() const {
  return closed_ ? program::kNever : std::min(deadlines_.earliest_ms(), schedule_.next_ms());
}

void Shard::commit() {
  if (!records_.empty()) {
    core::failpoint::reach("before_commit");
    const auto begun = std::chrono::steady_clock::now();
    parts_.metrics.counter("flow_journal_records_total", "Records written to the journal")
        .add(static_cast<double>(records_.size()));
    const Result<std::uint64_t> sequence = parts_.store.append(std::exchange(records_, {}));
    record_bytes_ = 0;
    if (!sequence) {
      // What is on the disk is not known: nothing more may be promised or sent. A restart reads what is there.
      return fail_store(sequence.error());
    }
    core::failpoint::reach("after_commit");
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    parts_.metrics.counter("flow_commits_total", "Commits of the journal").add();
    parts_.metrics.counter("flow_commit_seconds_total", "Time spent in commits of the journal").add(took.count());
    settle(*sequence);
  }
  acknowledge(closed_ ? &*closed_ : nullptr);
  for (outbox::SendRequest& send : std::exchange(handing_over_, {})) hand_over(std::move(send));
}

void Shard::acknowledge(const Fault* fault) {
  if (acks_.empty()) return;
  core::failpoint::reach("before_acknowledge");
  for (Ack& ack : std::exchange(acks_, {})) ack(fault);
  core::failpoint::reach("after_acknowledge");
}

void Shard::settle(std::uint64_t sequence) {
  for (const core::ExecutionId& id : std::exchange(touched_, {})) {
    Execution* execution = find(id);
    if (execution == nullptr) continue;
    execution->sequence = sequence;
    if (execution->summary.ended_at_ms) ended_.emplace_back(sequence, id);
  }
  for (std::string& key : std::exchange(new_keys_, {})) {
    keys_[key].sequence = sequence;
    keys_by_sequence_.emplace_back(sequence, std::move(key));
  }
}

void Shard::forget_settled() {
  const std::uint64_t indexed = parts_.store.indexed_through();
  for (; !keys_by_sequence_.empty() && keys_by_sequence_.front().first <= indexed; keys_by_sequence_.pop_front()) {
    keys_.erase(keys_by_sequence_.front().second);
  }
  for (; !ended_.empty() && ended_.front().first <= indexed; ended_.pop_front()) {
    Execution* execution = find(ended_.front().second);
    if (waiting_.contains(ended_.front().second)) continue;  // who waits for it sees it out
    // Something may have come for it since: then a later entry takes it out.
    if (execution != nullptr && execution->sequence == ended_.front().first) erase(*execution);
  }
}

void Shard::unload_idle_bundles() {
  if (last_now_ms_ < unload_at_ms_) return;
  unload_at_ms_ = last_now_ms_ + kUnloadEveryMs;
  for (auto& [version, bundle] : bundles_) {
    const bool is_published =
        std::ranges::any_of(published_, [&](const auto& each) { return each.second.bundle == version; });
    if (!is_published && bundle->loaded && last_now_ms_ - bundle->used_at_ms > kBundleIdleMs) bundle->loaded.reset();
  }
}

void Shard::fail_store(const Error& error) {
  failure_ = error;
  core::log::error("store_failed", {{"error", error.message}});
  close(Fault{Problem::storage_failed, error});
}

void Shard::close(Fault fault) {
  if (!closed_) closed_ = std::move(fault);
  records_.clear();
  handing_over_.clear();
  touched_.clear();
  new_keys_.clear();
  acknowledge(&*closed_);
  for (auto& [id, thens] : std::exchange(waiting_, {})) {
    for (Then& then : thens) then(nullptr, &*closed_);
  }
  for (auto& [version, bundle] : bundles_) {
    for (Command& command : std::exchange(bundle->commands, {})) command(*this);
  }
  acknowledge(&*closed_);
}

}  // namespace flow::service
