// Contacts: records beside those of executions, found by the address.
#include <algorithm>

#include "base/check.h"
#include "runtime/core/log.h"
#include "runtime/service/contact_operation.h"
#include "runtime/service/contact_sends.h"
#include "runtime/service/front.h"
#include "runtime/service/shard.h"

namespace flow::service {

namespace {

std::string_view view_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

// After a restart.
Status Shard::arm_contact(const Head& head, Handle handle, Bytes image) {
  Contact contact;
  if (Status taken = take_contact(view_of(image), contact); !taken) return taken;
  contacts_[head.party] = handle;
  timers_.set(handle, forgotten_by_ms(contact));
  return {};
}

// Nothing: nothing is kept of them, and `contact` is empty.
std::optional<Shard::Handle> Shard::find_contact(std::uint64_t party, Contact& contact) {
  const auto found = contacts_.find(party);
  if (found == contacts_.end()) return std::nullopt;
  Bytes record = table_.get(found->second);
  (void)take_head(record);
  const Status taken = take_contact(view_of(record), contact);
  FLOW_CHECK(taken.has_value(), "a contact that was whole when it was stored");
  return found->second;
}

void Shard::store_contact(std::optional<Handle> handle, std::uint64_t party, std::uint8_t slot,
                          const Contact& contact) {
  Head head;
  if (handle) {
    Bytes record = table_.get(*handle);
    head = take_head(record);
  } else {
    std::array<std::uint8_t, 15> random{};
    parts_.random.fill(random);
    head.id = core::make_execution_id(slot, random);
    last_order_ = std::max(last_order_ + 1, static_cast<std::uint64_t>(last_now_ms_) << kOrderShift);
    head.order = last_order_;
    head.party = party;
    head.use = use_of(kContactBundle, kContactFlow);
  }
  ++head.revision;
  head.changed_at_ms = last_now_ms_;
  head.sequence = next_sequence();
  const std::string image = put_contact(contact);
  record_.clear();
  put_head(head, record_);
  record_ += image;
  const Bytes bytes{reinterpret_cast<const std::uint8_t*>(record_.data()), record_.size()};
  if (handle) {
    table_.replace(*handle, bytes);
  } else {
    const Handle made = table_.put(bytes);
    ids_.insert(head.id.bytes, made);
    contacts_[party] = made;
  }
  batch_.add({.id = head.id,
              .revision = head.revision,
              .bundle = kContactBundle,
              .flow = kContactFlow,
              .order = head.order,
              .changed_at_ms = head.changed_at_ms,
              .ended_at_ms = 0,
              .party = head.party,
              .key = 0,
              .image = image});
  count_bytes(image.size());
  timers_.set(contacts_[party], forgotten_by_ms(contact));
}

// Leaves nothing of its person but what finds it to be forgotten.
void Shard::erase_contact(Handle handle) {
  Bytes record = table_.get(handle);
  Head head = take_head(record);
  ++head.revision;
  head.changed_at_ms = last_now_ms_;
  head.sequence = next_sequence();
  head.ended = true;
  contacts_.erase(head.party);
  timers_.clear(handle);
  const std::string image = put_contact({});
  record_.clear();
  put_head(head, record_);
  record_ += image;
  table_.replace(handle, {reinterpret_cast<const std::uint8_t*>(record_.data()), record_.size()});
  batch_.add({.id = head.id,
              .revision = head.revision,
              .bundle = kContactBundle,
              .flow = kContactFlow,
              .order = head.order,
              .changed_at_ms = head.changed_at_ms,
              .ended_at_ms = last_now_ms_,
              .party = head.party,
              .key = 0,
              .image = image});
  ended_.emplace_back(head.sequence, head.id);
}

// Of a contact of this shard; what was changed is durable with the step's batch.
Outcome<ContactAnswer> Shard::ask_own(const ContactRequest& request) {
  const std::uint64_t party = party_hash(parts_.hash_key, request.address);
  Contact contact;
  const std::optional<Handle> handle = find_contact(party, contact);
  Result<Applied> applied = apply(request, contact);
  if (applied && request.send) {
    const CheckedSend checked = check_send(*request.send, last_now_ms_, contact);
    applied->answer.send = checked.verdict;
    applied->answer.limit = checked.limit;
    applied->changed = applied->changed || checked.counted;
  }
  if (applied && applied->changed && !handle && contacts_.size() >= parts_.executions_max)
    applied = fail(ErrorCode::resource_exhausted, "{} contacts are kept, the most for one shard", contacts_.size());
  if (!applied) return std::unexpected(Fault{Problem::invalid_request, applied.error()});
  if (applied->changed) store_contact(handle, party, core::slot_of(request.address), contact);
  return std::move(applied->answer);
}

void Shard::run(ContactCommand& command, Command&) {
  answer_with([done = std::move(command.done), value = ask_own(command.request),
               mailbox = parts_.mailbox](const Fault* fault) mutable {
    done(fault != nullptr ? Outcome<ContactAnswer>(std::unexpected(*fault)) : std::move(value));
    mailbox->release(1);
  });
}

// False: the operation is not about a contact.
bool Shard::ask_contact(Asking& asking) {
  if (!asking.contact) return false;
  const outbox::Name name{asking.request.execution, asking.request.operation};
  const std::uint32_t site = asking.request.site;
  parts_.contact(*asking.contact, [mailbox = parts_.mailbox, name, site, program = std::move(asking.program),
                                   request = *asking.contact](const Outcome<ContactAnswer>& outcome) {
    OperationCommand ended;
    ended.name = name;
    ended.answer = contact_answer(program->info(), program->info().operations[site], request, outcome);
    mailbox->push(std::move(ended));
  });
  return true;
}

// They have written: from now on they may be answered freely for a while, on channels where that is not always so.
void Shard::hear_of(const InboundMessage& message, std::uint64_t party) {
  const auto policy = parts_.transport.policy(message.channel);
  if (!policy || program::free_form_ms(policy->kind) == 0) return;
  Contact contact;
  const std::optional<Handle> handle = find_contact(party, contact);
  // Who is not kept is not answered freely.
  if (!handle && contacts_.size() >= parts_.executions_max) return;
  const std::int64_t at_ms = last_now_ms_ - std::clamp<std::int64_t>(service_ms(message.age_ms), 0, kHeardKeptMs);
  if (hear(message.channel, at_ms, last_now_ms_, contact))
    store_contact(handle, party, core::slot_of(message.sender), contact);
}

// What limits and channels asked for is past.
void Shard::expire_contact(Handle handle) {
  Bytes record = table_.get(handle);
  const Head head = take_head(record);
  if (head.ended) return;
  Contact contact;
  find_contact(head.party, contact);
  forget_past(last_now_ms_, contact);
  if (is_blank(contact)) return erase_contact(handle);
  store_contact(handle, head.party, head.id.slot(), contact);
}

}  // namespace flow::service
