#include "runtime/service/contact.h"

#include <algorithm>

#include "base/limits.h"
#include "base/varint.h"

namespace flow::service {

namespace {

constexpr std::uint8_t kVersion = 2;
constexpr std::uint8_t kOldestVersion = 1;  // without `sent` and `heard`

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

bool take_key(std::string_view& bytes, std::uint64_t& key) {
  constexpr std::size_t kBytes = 8;
  if (bytes.size() < kBytes) return false;
  key = 0;
  for (std::size_t i = 0; i < kBytes; ++i) key = key << 8 | static_cast<std::uint8_t>(bytes[i]);
  bytes.remove_prefix(kBytes);
  return true;
}

bool take_time(std::string_view& bytes, std::int64_t after_ms, std::int64_t& ms) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 50;
  std::uint64_t passed = 0;
  if (!take_varint(bytes, passed) || passed > kMost || after_ms > static_cast<std::int64_t>(kMost)) return false;
  ms = after_ms + static_cast<std::int64_t>(passed);
  return true;
}

void put_messages(std::string& out, const Contact& contact) {
  put_varint(out, contact.sent.size());
  std::int64_t before_ms = 0;
  for (const Contact::Sent& sent : contact.sent) {
    put_varint(out, static_cast<std::uint64_t>(sent.at_ms - before_ms));
    put_varint(out, static_cast<std::uint64_t>(sent.until_ms - sent.at_ms));
    for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(sent.key >> shift));
    out.push_back(static_cast<char>(sent.purpose));
    before_ms = sent.at_ms;
  }
  put_varint(out, contact.heard.size());
  for (const auto& [channel, at_ms] : contact.heard) {
    put_text(out, channel);
    put_varint(out, static_cast<std::uint64_t>(at_ms));
  }
}

bool take_messages(std::string_view& bytes, Contact& contact) {
  std::uint64_t count = 0;
  if (!take_count(bytes, count)) return false;
  contact.sent.resize(count);
  std::int64_t before_ms = 0;
  for (Contact::Sent& sent : contact.sent) {
    if (!take_time(bytes, before_ms, sent.at_ms) || !take_time(bytes, sent.at_ms, sent.until_ms)) return false;
    if (!take_key(bytes, sent.key) || bytes.empty()) return false;
    sent.purpose = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    before_ms = sent.at_ms;
  }
  if (!take_count(bytes, count)) return false;
  std::string channel;
  for (; count > 0; --count)
    if (!take_text(bytes, channel) || !take_time(bytes, 0, contact.heard[channel])) return false;
  return true;
}

bool take_parts(std::string_view bytes, std::uint8_t version, Contact& contact) {
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
  if (version != kOldestVersion && !take_messages(bytes, contact)) return false;
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
  put_messages(out, contact);
  return out;
}

Status take_contact(std::string_view bytes, Contact& contact) {
  contact = {};
  const std::uint8_t version = bytes.empty() ? 0 : static_cast<std::uint8_t>(bytes.front());
  if (version > kVersion) return fail(ErrorCode::failed_precondition, "a contact was stored by a newer flowd");
  if (version < kOldestVersion || !take_parts(bytes.substr(1), version, contact)) {
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
