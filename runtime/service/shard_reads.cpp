// Looking at executions, and erasing people.
#include <algorithm>

#include "base/limits.h"
#include "runtime/core/log.h"
#include "runtime/service/shard.h"

namespace flow::service {

namespace {

constexpr std::size_t kLookedAtAtOnce = 20'000;  // of a step

constexpr std::string_view kEnds[] = {"", "done", "failed", "outcome", "expired"};

}  // namespace

void Shard::run(ReadCommand& command, Command& whole) {
  const core::ExecutionId id = command.execution;
  bool parked = false;
  const auto handle = reach(id, whole, &parked);
  if (parked) return;
  Outcome<RawView> view = std::unexpected(
      Fault{Problem::unknown_execution, {ErrorCode::not_found, fmt::format("no execution `{}`", core::to_string(id))}});
  if (handle) {
    if (open(*handle) && load_frame()) {
      view = raw_view();
    } else {
      view = std::unexpected(Fault{Problem::internal, {ErrorCode::internal, "the execution cannot be read"}});
    }
  }
  answer_with(
      [done = std::move(command.done), view = std::move(view), mailbox = parts_.mailbox](const Fault* fault) mutable {
        done(fault != nullptr ? Outcome<RawView>(std::unexpected(*fault)) : std::move(view));
        mailbox->release(1);
      });
}

// Of the open execution; its step only when its frame is loaded.
ExecutionSummary Shard::summary() {
  const Head& head = work_.head;
  const Use& use = uses_[head.use];
  ExecutionSummary summary;
  summary.execution = head.id;
  const auto flow = directory_->flow_names.find(use.flow);
  if (flow != directory_->flow_names.end()) summary.flow = flow->second;
  if (const KnownBundle* bundle = directory_->bundle(use.bundle)) summary.bundle = bundle->view.version;
  summary.started_at_ms = base_ms();
  summary.order = head.order;
  summary.changed_at_ms = head.changed_at_ms;
  if (work_.image.caller) summary.caller = work_.image.caller->execution;
  if (work_.image.over()) {
    summary.party = work_.image.party;
    summary.end = kEnds[static_cast<std::size_t>(work_.image.end)];
    summary.outcome = work_.image.outcome;
    summary.reason = work_.image.reason;
    summary.messages = work_.image.messages;
    summary.ended_at_ms = ended_at_ms();
  } else if (work_.fresh) {
    const std::string_view party = party_of(frame_);
    if (!party.empty()) summary.party = core::log::mask(party);
    const auto step = static_cast<std::size_t>(frame_.raw().resting);
    if (frame_.raw().resting >= 0 && step < code().info().steps.size()) summary.step = code().info().steps[step].name;
    summary.messages = static_cast<std::uint32_t>(frame_.messages().size());
  }
  return summary;
}

RawView Shard::raw_view() {
  const Use& use = uses_[work_.head.use];
  RawView raw;
  raw.view.summary = summary();
  raw.view.timeline =
      read_timeline(work_.image, base_ms(), &code().info(), raw.view.summary.flow, raw.view.summary.party);
  raw.revision = work_.head.revision;
  raw.order = work_.head.order;
  raw.bundle = use.bundle;
  raw.flow = use.flow;
  raw.next_deadline_ms = frame_.next_deadline();
  raw.image_bytes = table_.get(work_.handle).size();
  for (const Pending& pending : work_.image.pending) {
    raw.pending.push_back(
        {pending.message,
         pending.channel < code().info().channels.size() ? code().info().channels[pending.channel].name : "",
         pending.attempts, pending.next_attempt_ms, pending.not_after_ms, pending.in_flight});
  }
  return raw;
}

// ---- Lists

void Shard::list(ListFilter filter, Done<std::vector<Listed>> done) {
  list_on(filter, running_order_.youngest(), {}, std::move(done));
}

// A part of the way; the rest is a later step's, so that nobody waits long for a list that finds little.
void Shard::list_on(ListFilter filter, Handle from, std::vector<Listed> found, Done<std::vector<Listed>> done) {
  if (closed_) return answer(std::move(done), Outcome<std::vector<Listed>>(std::unexpected(*closed_)));
  Handle at = from;
  std::size_t looked = 0;
  for (; at != tables::OrderList::kNone && found.size() < filter.limit; at = running_order_.older(at)) {
    if (++looked > kLookedAtAtOnce) break;
    Bytes record = table_.get(at);
    const std::uint64_t order = order_of(record);
    if (filter.before != 0 && order >= filter.before) continue;
    const Head head = take_head(record);
    const Use& use = uses_[head.use];
    if ((filter.flow && use.flow != *filter.flow) || (filter.bundle && use.bundle != *filter.bundle) ||
        (filter.party != 0 && head.party != filter.party)) {
      continue;
    }
    if (use.code == nullptr && !use.broken) {
      // Its step has a name only in its bundle.
      filter.before = order + 1;
      const std::uint32_t bundle = use.bundle;
      uses_[head.use].waiting.emplace_back(
          Task([filter, found = std::move(found), done = std::move(done)](Shard* shard) mutable {
            shard->list_on(filter, shard->running_order_.youngest(), std::move(found), std::move(done));
          }));
      return parts_.bundles.want(bundle);
    }
    if (!open(at)) continue;
    if (use.code != nullptr) load_frame();
    found.push_back({order, summary()});
  }
  if (at == tables::OrderList::kNone || found.size() >= filter.limit) {
    return answer(std::move(done), Outcome<std::vector<Listed>>(std::move(found)));
  }
  // The place may be gone by the next step: its order finds the way again, quickly, from an execution nearby.
  filter.before = order_of(table_.get(at)) + 1;
  const core::ExecutionId next = id_of(table_.get(at));
  later(Task([filter, next, found = std::move(found), done = std::move(done)](Shard* shard) mutable {
    const auto handle = shard->find(next);
    const bool there = handle && shard->running_order_.contains(*handle);
    shard->list_on(filter, there ? *handle : shard->running_order_.youngest(), std::move(found), std::move(done));
  }));
}

// For the next step; when the shard is closed, at once.
void Shard::later(Task task) {
  Command command(std::move(task));
  if (!parts_.mailbox->push(std::move(command))) std::get<Task>(command)(this);
}

// ---- Erasing

void Shard::erase_party(std::uint64_t party, Done<EraseAnswer> done) {
  erase_on(party, 0, 0, std::move(done));
}

void Shard::erase_on(std::uint64_t party, Handle from, std::size_t ended, Done<EraseAnswer> done) {
  if (closed_) return answer(std::move(done), Outcome<EraseAnswer>(std::unexpected(*closed_)));
  Handle handle = from;
  for (std::size_t looked = 0; handle < table_.end() && looked < kLookedAtAtOnce; ++handle, ++looked) {
    if (!table_.contains(handle)) continue;
    Bytes record = table_.get(handle);
    const Head head = take_head(record);
    if (head.party != party || head.ended) continue;
    if (is_contact(head)) {
      erase_contact(handle);
      continue;
    }
    Use& use = uses_[head.use];
    if (use.code == nullptr && use.broken) {
      return answer(std::move(done),
                    Outcome<EraseAnswer>(std::unexpected(
                        Fault{Problem::internal,
                              {ErrorCode::failed_precondition,
                               fmt::format("bundle number {} cannot be loaded; see the log", use.bundle)}})));
    }
    if (use.code == nullptr) {
      use.waiting.emplace_back(Task([party, handle, ended, done = std::move(done)](Shard* shard) mutable {
        shard->erase_on(party, handle, ended, std::move(done));
      }));
      return parts_.bundles.want(use.bundle);
    }
    if (!open(handle) || !load_frame()) continue;
    erase_open();
    ++ended;
  }
  if (handle < table_.end()) {
    return later(Task([party, handle, ended, done = std::move(done)](Shard* shard) mutable {
      shard->erase_on(party, handle, ended, std::move(done));
    }));
  }
  erasing_.push_back({batch_.empty() ? last_sequence_ : next_sequence(), party, ended, std::move(done)});
}

// Ends the open execution and leaves nothing of its person but what finds it to be forgotten.
void Shard::erase_open() {
  // Nothing is begun any more in the name of this person.
  for (const PendingOperation& pending : work_.image.operations) forget_operation({work_.head.id, pending.operation});
  work_.image.operations.clear();
  if (work_.image.over()) {
    running_order_.erase(work_.handle);
    work_.head.ended = true;
  } else {
    fail_execution("erased");
  }
  Image& image = work_.image;
  image.party.clear();
  image.trace.clear();
  image.timeline.clear();
  image.entries = 0;
  note({.kind = TimelineKind::ended, .number = static_cast<std::uint32_t>(program::EndKind::failed), .text = "erased"});
  store_work();
}

// The tables have what was ended: they can forget it together with what ended before.
void Shard::erase_behind(std::uint64_t indexed) {
  for (std::size_t i = 0; i < erasing_.size();) {
    if (erasing_[i].sequence > indexed) {
      ++i;
      continue;
    }
    Erasing ready = std::move(erasing_[i]);
    erasing_.erase(erasing_.begin() + static_cast<std::ptrdiff_t>(i));
    parts_.storage.lookups().erase_party(
        ready.party, [mailbox = parts_.mailbox, ended = ready.ended,
                      done = std::make_shared<Done<EraseAnswer>>(std::move(ready.done))](Result<std::size_t> count) {
          Command command = Task([ended, done, count](Shard* shard) { shard->erased(ended, count, std::move(*done)); });
          if (mailbox->push(std::move(command))) return;
          (*done)(std::unexpected(
              Fault{Problem::shutting_down, {ErrorCode::unavailable, "this flowd is shutting down; try again"}}));
        });
  }
}

void Shard::erased(std::size_t ended, const Result<std::size_t>& count, Done<EraseAnswer> done) {
  if (closed_) return answer(std::move(done), Outcome<EraseAnswer>(std::unexpected(*closed_)));
  if (!count) {
    return answer(std::move(done),
                  Outcome<EraseAnswer>(std::unexpected(Fault{Problem::storage_failed, count.error()})));
  }
  purge_before_ = log_->purge();
  answer(std::move(done), Outcome<EraseAnswer>(EraseAnswer{ended, *count}));
}

// ---- For operators

void Shard::view(Done<ShardView> done) {
  if (closed_) return answer(std::move(done), Outcome<ShardView>(std::unexpected(*closed_)));
  ShardView view;
  view.first_slot = parts_.slots.first;
  view.last_slot = parts_.slots.last;
  view.running = running_order_.size();
  view.timers = timers_.size();
  view.sends_waiting = schedule_.queued();
  view.sends_in_flight = schedule_.in_flight();
  view.requests_waiting = parts_.mailbox->owed();
  view.batches = last_sequence_;
  view.batches_behind = last_sequence_ - std::min(last_sequence_, log_->durable_through());
  view.log_queued_bytes = log_->queued_bytes();
  view.purging = log_->purged_before() < purge_before_;
  for (const std::size_t bytes : memory()) view.memory_bytes += bytes;
  answer(std::move(done), Outcome<ShardView>(std::move(view)));
}

}  // namespace flow::service
