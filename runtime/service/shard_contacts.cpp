// Contacts: records beside those of executions, found by the address.
#include "base/check.h"
#include "runtime/core/log.h"
#include "runtime/service/contact_operation.h"
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

void Shard::run(ContactCommand& command, Command&) {
  Contact contact;
  const std::optional<Handle> handle = find_contact(command.party, contact);
  Result<Applied> applied = apply(command.request, contact);
  if (applied && applied->changed && !handle && contacts_.size() >= parts_.executions_max)
    applied = fail(ErrorCode::resource_exhausted, "{} contacts are kept, the most for one shard", contacts_.size());
  Outcome<ContactAnswer> value = std::unexpected(Fault{Problem::invalid_request, {}});
  if (applied) {
    if (applied->changed) store_contact(handle, command.party, core::slot_of(command.request.address), contact);
    value = std::move(applied->answer);
  } else {
    value.error().error = applied.error();
  }
  answer_with(
      [done = std::move(command.done), value = std::move(value), mailbox = parts_.mailbox](const Fault* fault) mutable {
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

Shard::Consent Shard::consent_of(const outbox::Name& name, const std::string& to) {
  if (parts_.slots.contains(core::slot_of(to))) {
    Contact contact;
    find_contact(party_hash(parts_.hash_key, to), contact);
    return contact.unsubscribed ? Consent::refused : Consent::given;
  }
  const auto [known, fresh] = consents_.emplace(name, Consent::asked);
  if (!fresh) {
    const Consent consent = known->second;
    if (consent != Consent::asked) consents_.erase(known);
    return consent;
  }
  ContactRequest request;
  request.address = to;
  parts_.contact(std::move(request), [mailbox = parts_.mailbox, name](const Outcome<ContactAnswer>& answer) {
    const bool answered = answer.has_value();
    const bool refused = answered && answer->unsubscribed;
    mailbox->push(Task([name, answered, refused](Shard* shard) { shard->consent_arrived(name, answered, refused); }));
  });
  return Consent::asked;
}

void Shard::consent_arrived(const outbox::Name& name, bool answered, bool refused) {
  if (closed_) return;
  if (answered) {
    consents_.insert_or_assign(name, refused ? Consent::refused : Consent::given);
    Command again = TurnCommand{name};
    return execute(again);
  }
  consents_.erase(name);  // it is asked again
  const auto handle = find(name.execution);
  if (!handle || !open(*handle) || uses_[work_.head.use].code == nullptr) return;
  if (const Pending* pending = find_pending(name.message)) schedule(*pending, last_now_ms_ + service_ms(1000));
}

}  // namespace flow::service
