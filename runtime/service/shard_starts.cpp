// Starting executions: once for each idempotency key.
#include <algorithm>
#include <array>

#include "base/limits.h"
#include "runtime/core/log.h"
#include "runtime/service/shard.h"

namespace flow::service {

namespace {

constexpr std::int64_t kRetryAfterMs = 1000;

Fault fault(Problem problem, ErrorCode code, std::string message, std::int64_t retry_after_ms = 0) {
  return Fault{problem, {code, std::move(message)}, retry_after_ms};
}

}  // namespace

void Shard::refuse_start(StartCommand& command, Fault why) {
  parts_.metrics
      .counter("flow_starts_refused_total", "Starts that were refused",
               {{"problem", std::string(to_string(why.problem))}})
      .add();
  answer(std::move(command.done), Outcome<StartAnswer>(std::unexpected(std::move(why))));
}

void Shard::run(StartCommand& command, Command& whole) {
  if (command.key != 0 && answer_known_key(command, whole)) return;
  if (command.child && command.child->cancel) {
    // It was never begun.
    return answer(std::move(command.done),
                  Outcome<StartAnswer>(StartAnswer{{}, "", last_now_ms_, false, program::EndKind::expired, "", ""}));
  }
  if (command.child && last_now_ms_ >= command.child->not_after_ms) {
    return refuse_start(command,
                        fault(Problem::discarded, ErrorCode::failed_precondition, "its caller does not wait any more"));
  }
  if (command.discard_at_ms && last_now_ms_ >= *command.discard_at_ms) {
    return refuse_start(command, fault(Problem::discarded, ErrorCode::failed_precondition,
                                       "the discard time was over before the execution could begin"));
  }
  if (auto why = overload()) return refuse_start(command, *std::move(why));
  begin(command);
}

// True: it was answered, or waits for the tables to say.
bool Shard::answer_known_key(StartCommand& command, Command& whole) {
  if (const auto waiting = waiting_keys_.find(command.key); waiting != waiting_keys_.end()) {
    waiting->second.push_back(std::move(whole));
    return true;
  }
  if (const auto handle = keys_.find(command.key)) {
    if (!open(*handle)) {
      refuse_start(command, fault(Problem::internal, ErrorCode::internal, "the execution of this key cannot be read"));
      return true;
    }
    if (answer_child(command, whole)) return true;
    const KnownBundle* bundle = directory_->bundle(uses_[work_.head.use].bundle);
    answer_repeated(command, work_.image.fingerprint,
                    answer_of(work_.head, work_.image, bundle == nullptr ? "" : bundle->view.version, base_ms()));
    return true;
  }
  if (command.key_is_free || (keys_loaded_ && !ended_keys_.maybe_contains(command.key))) return false;
  const std::uint64_t key = command.key;
  const std::uint8_t slot = command.slot;
  waiting_keys_[key].push_back(std::move(whole));
  parts_.storage.lookups().find_key(
      slot, key, [mailbox = parts_.mailbox, key](Result<std::optional<store::EndedRow>> row) {
        mailbox->push(Task([key, row = std::move(row)](Shard* shard) { shard->key_arrived(key, row); }));
      });
  return true;
}

void Shard::key_arrived(std::uint64_t key, const Result<std::optional<store::EndedRow>>& row) {
  if (closed_) return;
  auto waiting = waiting_keys_.extract(key);
  if (waiting.empty()) return;
  Image image;
  Head head;
  std::string bundle;
  std::optional<Fault> broken;
  if (!row) {
    const bool busy = row.error().code == ErrorCode::resource_exhausted;
    broken = Fault{busy ? Problem::overloaded : Problem::storage_failed, row.error(), busy ? kRetryAfterMs : 0};
  } else if (*row) {
    head = {.id = (*row)->id, .order = (*row)->order, .key = (*row)->key, .ended = true};
    if (Status taken = take_image(head, (*row)->image, image); !taken) broken = Fault{Problem::internal, taken.error()};
    if (const KnownBundle* known = directory_->bundle((*row)->bundle)) bundle = known->view.version;
  }
  for (Command& command : waiting.mapped()) {
    if (auto* inbound = std::get_if<InboundCommand>(&command)) {
      if (broken) {
        refuse(*inbound, *broken);
      } else if (*row) {
        finish(*inbound, InboundVerdict::repeated);
      } else {
        inbound->key_is_free = true;
        execute(command);
      }
      continue;
    }
    auto& start = std::get<StartCommand>(command);
    if (broken) {
      refuse_start(start, *broken);
    } else if (*row) {
      answer_repeated(start, image.fingerprint, answer_of(head, image, bundle, started_ms(head.order)));
    } else {
      start.key_is_free = true;
      execute(command);
    }
  }
}

void Shard::answer_repeated(StartCommand& command, std::uint64_t fingerprint, StartAnswer known) {
  if (fingerprint != command.fingerprint) {
    return refuse_start(command, fault(Problem::idempotency_conflict, ErrorCode::already_exists,
                                       "this idempotency key was used with another request"));
  }
  parts_.shard_metrics.repeated_starts.add();
  answer(std::move(command.done), Outcome<StartAnswer>(std::move(known)));
}

std::optional<Fault> Shard::overload() {
  if (running_order_.size() >= parts_.executions_max) {
    return fault(Problem::too_many_executions, ErrorCode::resource_exhausted,
                 fmt::format("{} executions are running, the most for one shard", running_order_.size()),
                 kRetryAfterMs);
  }
  if (low_space_) {
    return fault(Problem::low_space, ErrorCode::resource_exhausted,
                 "the disk is nearly full: nothing new is begun until there is space", 60'000);
  }
  if (overloaded_) {
    return fault(Problem::overloaded, ErrorCode::resource_exhausted,
                 "the tables of ended executions lag behind; try again in a moment", kRetryAfterMs);
  }
  return std::nullopt;
}

// Whether the first message would have to wait too long: then the execution had better not begin.
std::optional<Fault> Shard::congested(std::int64_t now_ms) {
  for (const program::Effect& effect : frame_.effects()) {
    if (effect.kind != program::EffectKind::send) continue;
    const outbox::Admission admission = schedule_.admit(
        uses_[work_.head.use].lanes[effect.channel],
        outbox::priority_of(program::purpose_of(code().info(), effect.content), false), now_ms, effect.not_after_ms);
    if (admission.why == outbox::Admission::Why::admitted) return std::nullopt;
    const auto real_ms = static_cast<std::int64_t>(static_cast<double>(admission.retry_after_ms) / parts_.clock.rate());
    return fault(Problem::overloaded, ErrorCode::resource_exhausted,
                 fmt::format("too many messages wait for channel `{}`; try again later",
                             code().info().channels[effect.channel].name),
                 std::max(real_ms, kRetryAfterMs));
  }
  return std::nullopt;
}

void Shard::begin(StartCommand& command) {
  const Outcome<bool> begun = try_begin(command);
  if (!begun) return refuse_start(command, begun.error());
  if (!*begun) {
    const bool message = code().info().trigger.has_value();
    return refuse_start(command, message ? fault(Problem::invalid_input, ErrorCode::invalid_argument,
                                                 "the flow's trigger does not take such a message")
                                         : fault(Problem::internal, ErrorCode::internal, "the flow did not begin"));
  }
  note({.kind = TimelineKind::started});
  commit_begun();
  answer(std::move(command.done),
         Outcome<StartAnswer>(StartAnswer{work_.head.id, code().version, last_now_ms_, false, work_.image.end,
                                          work_.image.outcome, work_.image.outputs}));
}

// Moves a new execution by its start, and nothing else yet. False: the flow does not take it.
Outcome<bool> Shard::try_begin(StartCommand& command) {
  work_.handle = kNoHandle;
  work_.head = {};
  work_.image.clear();
  work_.fresh = true;
  work_.changed = true;
  work_.head.use = use_of(command.bundle, command.flow);
  if (uses_[work_.head.use].code == nullptr) {
    // It was unloaded between the reading of the inputs and now; that cannot last.
    parts_.bundles.want(command.bundle);
    return std::unexpected(fault(Problem::overloaded, ErrorCode::unavailable,
                                 "the flow's bundle is being loaded; try again", kRetryAfterMs));
  }
  if (random_left_ < 15) {
    parts_.random.fill(random_pool_);
    random_left_ = random_pool_.size();
  }
  std::array<std::uint8_t, 15> random{};
  random_left_ -= random.size();
  std::copy_n(random_pool_.begin() + static_cast<std::ptrdiff_t>(random_left_), random.size(), random.begin());
  work_.head.id = core::make_execution_id(command.slot, random);
  last_order_ = std::max(last_order_ + 1, static_cast<std::uint64_t>(last_now_ms_) << kOrderShift);
  work_.head.order = last_order_;
  work_.head.party = command.party;
  work_.head.key = command.key;
  work_.image.fingerprint = command.fingerprint;
  work_.image.trace = std::move(command.trace);

  frame_.reset(code().info());
  core::put_inputs(command.inputs, frame_);
  program::FlowEvent event{};
  event.kind = static_cast<std::int32_t>(program::EventKind::start);
  event.at_ms = last_now_ms_;
  event.seed = core::seed_of(work_.head.id);
  frame_.clear_effects();
  if (code().program->advance(frame_, event) == program::Verdict::ignored) return false;
  if (command.child) limit_child(*command.child);
  if (auto why = congested(last_now_ms_)) return std::unexpected(*std::move(why));
  return true;
}

void Shard::commit_begun() {
  for (program::Effect& effect : frame_.effects()) carry_out(effect);
  store_work();
  code().metrics->started.add();
}

}  // namespace flow::service
