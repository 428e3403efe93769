// What people write to us: to the youngest execution of the conversation that waits for it.
#include <algorithm>

#include "base/limits.h"
#include "runtime/program/reply.h"
#include "runtime/service/front.h"
#include "runtime/service/shard.h"

namespace flow::service {

void Shard::refuse(InboundCommand& command, const Fault& fault) {
  answer(std::move(command.done), Outcome<InboundVerdict>(std::unexpected(fault)));
  parts_.mailbox->release(1);
}

void Shard::run(InboundCommand& command, Command& whole) {
  std::vector<Handle> talking = conversations_.find(command.conversation);
  std::ranges::sort(talking, std::ranges::greater(), [&](Handle handle) { return order_of(table_.get(handle)); });
  if (talking.size() > limits::kRepliesTriedMax) talking.resize(limits::kRepliesTriedMax);
  for (const Handle handle : talking) {
    Bytes record = table_.get(handle);
    if (!has_code(take_head(record).use, whole)) return;  // it comes again when there is code
  }
  const InboundVerdict verdict = take_inbound(command, talking);
  if (verdict != InboundVerdict::nobody) return finish(command, verdict);
  start_by_message(command, whole);
}

void Shard::finish(InboundCommand& command, InboundVerdict verdict) {
  if (verdict != InboundVerdict::repeated) hear_of(command.message, command.party);
  parts_.shard_metrics.inbound[static_cast<std::size_t>(verdict)]->add();
  answer(std::move(command.done), Outcome<InboundVerdict>(verdict));
  parts_.mailbox->release(1);
}

// Providers repeat what they are not sure was taken: the timeline of whoever took it has its id.
InboundVerdict Shard::take_inbound(const InboundCommand& command, const std::vector<Handle>& talking) {
  for (const Handle handle : talking) {
    if (open(handle) && knows_provider_id(command.message.message_id)) return InboundVerdict::repeated;
  }
  const auto values = command.message.reply.values();
  program::FlowEvent event{};
  event.kind = static_cast<std::int32_t>(program::EventKind::reply);
  event.at_ms = last_now_ms_;
  event.values = values.data();
  event.value_count = values.size();
  for (const Handle handle : talking) {
    if (!open(handle) || work_.head.ended) continue;
    remember_turn(false, command.message.reply.text);
    const bool taken = move(event, {.kind = TimelineKind::reply,
                                    .number = static_cast<std::uint32_t>(command.message.reply.kind),
                                    .text = command.message.message_id});
    if (work_.changed) store_work();
    if (taken) return InboundVerdict::taken;
  }
  return InboundVerdict::nobody;
}

// Whether an execution was started by this message: then it was answered, or waits for the tables to say.
bool Shard::key_is_known(InboundCommand& command, Command& whole) {
  const std::uint64_t key = command.key;
  if (const auto waiting = waiting_keys_.find(key); waiting != waiting_keys_.end()) {
    waiting->second.push_back(std::move(whole));
    return true;
  }
  if (keys_.find(key)) {
    finish(command, InboundVerdict::repeated);
    return true;
  }
  if (command.key_is_free || (keys_loaded_ && !ended_keys_.maybe_contains(key))) return false;
  const std::uint8_t slot = core::slot_of(command.message.sender);
  waiting_keys_[key].push_back(std::move(whole));
  parts_.storage.lookups().find_key(
      slot, key, [mailbox = parts_.mailbox, key](Result<std::optional<store::EndedRow>> row) {
        mailbox->push(Task([key, row = std::move(row)](Shard* shard) { shard->key_arrived(key, row); }));
      });
  return true;
}

// The first flow of the channel whose start takes it.
void Shard::start_by_message(InboundCommand& command, Command& whole) {
  struct Candidate {
    std::uint32_t position = 0;
    const FlowCode* code = nullptr;
  };
  std::vector<Candidate> candidates;
  for (const auto& [flow, published] : directory_->published) {
    const KnownBundle* bundle = directory_->published_bundle(flow);
    const auto number = directory_->flow_numbers.find(flow);
    if (bundle == nullptr || number == directory_->flow_numbers.end()) continue;
    const std::uint32_t use = use_of(bundle->number, number->second);
    if (!has_code(use, whole)) return;
    const auto& trigger = uses_[use].code->info().trigger;
    if (trigger && trigger->channel == command.message.channel)
      candidates.push_back({trigger->position, uses_[use].code});
  }
  if (candidates.empty()) return finish(command, InboundVerdict::nobody);
  if (key_is_known(command, whole)) return;
  if (auto why = overload()) return refuse(command, *why);
  std::ranges::stable_sort(candidates, {}, &Candidate::position);  // they are by name
  for (const Candidate& each : candidates) {
    StartCommand start;
    start.bundle = each.code->bundle;
    start.flow = each.code->flow;
    start.inputs = inputs_of(command.message, each.code->info());
    start.slot = core::slot_of(command.message.sender);
    start.party = command.party;
    start.key = command.key;
    const Outcome<bool> begun = try_begin(start);
    if (!begun) return refuse(command, begun.error());
    if (!*begun) continue;
    note({.kind = TimelineKind::started});
    note({.kind = TimelineKind::reply,
          .number = static_cast<std::uint32_t>(command.message.reply.kind),
          .text = command.message.message_id});
    work_.image.conversation = command.conversation;
    remember_turn(false, command.message.reply.text);
    commit_begun();
    return finish(command, InboundVerdict::started);
  }
  finish(command, InboundVerdict::nobody);
}

}  // namespace flow::service
