#include "runtime/service/contact.h"

#include <algorithm>

#include "base/limits.h"
#include "base/varint.h"

namespace flow::service {

namespace {

constexpr std::uint8_t kVersion = 1;

void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out.append(text);
}

bool take_text(std::string_view& bytes, std::string& text) {
  std::uint64_t size = 0;
  if (!take_varint(bytes, size) || size > bytes.size()) return false;
  text.assign(bytes.substr(0, size));
  bytes.remove_prefix(size);
  return true;
}

bool take_count(std::string_view& bytes, std::uint64_t& count) {
  return take_varint(bytes, count) && count <= bytes.size();
}

bool take_flag(std::string_view& bytes, bool& flag) {
  if (bytes.empty() || static_cast<std::uint8_t>(bytes.front()) > 1) return false;
  flag = bytes.front() == 1;
  bytes.remove_prefix(1);
  return true;
}

void put_answer(std::string& out, const ContactAnswer& answer) {
  out.push_back(answer.unsubscribed ? 1 : 0);
  put_varint(out, answer.values.size());
  for (const auto& value : answer.values) {
    out.push_back(value ? 1 : 0);
    if (value) put_text(out, *value);
  }
}

bool take_answer(std::string_view& bytes, ContactAnswer& answer) {
  std::uint64_t count = 0;
  if (!take_flag(bytes, answer.unsubscribed) || !take_count(bytes, count)) return false;
  answer.values.resize(count);
  return std::ranges::all_of(answer.values, [&](std::optional<std::string>& value) {
    bool there = false;
    return take_flag(bytes, there) && (!there || take_text(bytes, value.emplace()));
  });
}

bool take_parts(std::string_view bytes, Contact& contact) {
  std::uint64_t count = 0;
  if (!take_flag(bytes, contact.unsubscribed) || !take_count(bytes, count)) return false;
  std::string name;
  for (; count > 0; --count)
    if (!take_text(bytes, name) || !take_text(bytes, contact.attributes[name])) return false;
  if (!take_count(bytes, count)) return false;
  for (; count > 0; --count) {
    if (!take_text(bytes, name)) return false;
    contact.tags.insert(name);
  }
  if (!take_count(bytes, count)) return false;
  contact.done.resize(count);
  for (Contact::Done& done : contact.done)
    if (!take_text(bytes, done.key) || !take_answer(bytes, done.answer)) return false;
  return bytes.empty();
}

bool changes(const ContactRequest& request) {
  return !request.sets.empty() || !request.tags.empty() || !request.untags.empty() || request.unsubscribed.has_value();
}

bool fits(const Contact& contact) {
  const auto short_enough = [](const std::string& text) { return text.size() <= limits::kContactTextBytesMax; };
  return contact.attributes.size() <= limits::kContactPartsMax && contact.tags.size() <= limits::kContactPartsMax &&
         std::ranges::all_of(contact.tags, short_enough) &&
         std::ranges::all_of(contact.attributes,
                             [&](const auto& each) { return short_enough(each.first) && short_enough(each.second); });
}

}  // namespace

std::string put_contact(const Contact& contact) {
  std::string out;
  out.push_back(kVersion);
  out.push_back(contact.unsubscribed ? 1 : 0);
  put_varint(out, contact.attributes.size());
  for (const auto& [name, value] : contact.attributes) {
    put_text(out, name);
    put_text(out, value);
  }
  put_varint(out, contact.tags.size());
  for (const std::string& tag : contact.tags) put_text(out, tag);
  put_varint(out, contact.done.size());
  for (const Contact::Done& done : contact.done) {
    put_text(out, done.key);
    put_answer(out, done.answer);
  }
  return out;
}

Status take_contact(std::string_view bytes, Contact& contact) {
  contact = {};
  if (!bytes.empty() && static_cast<std::uint8_t>(bytes.front()) > kVersion)
    return fail(ErrorCode::failed_precondition, "a contact was stored by a newer flowd");
  if (bytes.empty() || bytes.front() != kVersion || !take_parts(bytes.substr(1), contact)) {
    contact = {};
    return fail(ErrorCode::data_loss, "a contact is damaged");
  }
  return {};
}

Result<Applied> apply(const ContactRequest& request, Contact& contact) {
  const auto known = std::ranges::find(contact.done, request.key, &Contact::Done::key);
  if (!request.key.empty() && known != contact.done.end()) return Applied{known->answer, false};
  ContactAnswer answer;
  answer.unsubscribed = contact.unsubscribed;
  for (const std::string& name : request.reads) {
    const auto found = contact.attributes.find(name);
    answer.values.push_back(found == contact.attributes.end() ? std::nullopt : std::optional(found->second));
  }
  if (!changes(request)) return Applied{std::move(answer), false};
  Contact next = contact;
  for (const auto& [name, value] : request.sets) next.attributes.insert_or_assign(name, value);
  for (const std::string& tag : request.tags) next.tags.insert(tag);
  for (const std::string& tag : request.untags) next.tags.erase(tag);
  next.unsubscribed = request.unsubscribed.value_or(contact.unsubscribed);
  if (!fits(next)) return fail(ErrorCode::resource_exhausted, "a contact cannot have so much");
  if (!request.key.empty()) next.done.push_back({request.key, answer});
  if (next.done.size() > Contact::kDoneKept) next.done.erase(next.done.begin());
  contact = std::move(next);
  return Applied{std::move(answer), true};
}

}  // namespace flow::service
