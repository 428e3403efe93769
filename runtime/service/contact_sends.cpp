#include "runtime/service/contact_sends.h"

#include <algorithm>

#include "base/limits.h"
#include "runtime/program/abi.h"

namespace flow::service {

namespace {

// What another node says may be anything.
std::int64_t within_ms(const SendLimit& limit) {
  return std::clamp<std::int64_t>(limit.within_ms, 0, limits::kLimitWithinMsMax);
}

// The first limit that one more message would go beyond; the number of limits: none.
std::size_t first_over(const SendCheck& send, std::int64_t now_ms, const Contact& contact) {
  for (std::size_t i = 0; i < send.limits.size(); ++i) {
    const SendLimit& limit = send.limits[i];
    const auto others = std::ranges::count_if(contact.sent, [&](const Contact::Sent& sent) {
      return sent.key != send.key && (sent.purpose & limit.purposes) != 0 && sent.at_ms > now_ms - within_ms(limit);
    });
    if (others >= static_cast<std::ptrdiff_t>(limit.messages)) return i;
  }
  return send.limits.size();
}

bool may_write_freely(const SendCheck& send, std::int64_t now_ms, const Contact& contact) {
  if (send.free_form.empty()) return true;
  const auto heard = contact.heard.find(send.free_form);
  return heard != contact.heard.end() && now_ms - heard->second < send.free_form_ms;
}

}  // namespace

CheckedSend check_send(const SendCheck& send, std::int64_t now_ms, Contact& contact) {
  if (send.consent && contact.unsubscribed) return {SendVerdict::opted_out};
  if (!may_write_freely(send, now_ms, contact)) return {SendVerdict::window_closed};
  if (send.limits.empty()) return {SendVerdict::may_go};
  // Time does not go back for who counts.
  if (!contact.sent.empty()) now_ms = std::max(now_ms, contact.sent.back().at_ms);
  forget_past(now_ms, contact);
  const std::size_t over = first_over(send, now_ms, contact);
  if (over < send.limits.size()) return {SendVerdict::over_limit, static_cast<std::uint32_t>(over)};
  std::erase_if(contact.sent, [&](const Contact::Sent& sent) { return sent.key == send.key; });
  if (contact.sent.size() >= limits::kContactSendsMax) return {SendVerdict::over_limit};
  std::int64_t longest = 0;
  for (const SendLimit& limit : send.limits) longest = std::max(longest, within_ms(limit));
  contact.sent.push_back({now_ms, now_ms + longest, send.key, send.purpose});
  return {SendVerdict::may_go, 0, true};
}

bool hear(const std::string& channel, std::int64_t at_ms, std::int64_t now_ms, Contact& contact) {
  forget_past(now_ms, contact);
  if (at_ms + kHeardKeptMs <= now_ms) return false;
  if (contact.heard.size() >= limits::kContactChannelsMax && !contact.heard.contains(channel)) return false;
  std::int64_t& last_ms = contact.heard[channel];
  last_ms = std::max(last_ms, at_ms);
  return true;
}

void forget_past(std::int64_t now_ms, Contact& contact) {
  std::erase_if(contact.sent, [&](const Contact::Sent& sent) { return sent.until_ms <= now_ms; });
  std::erase_if(contact.heard, [&](const auto& heard) { return heard.second + kHeardKeptMs <= now_ms; });
}

std::int64_t forgotten_by_ms(const Contact& contact) {
  std::int64_t latest = 0;
  for (const Contact::Sent& sent : contact.sent) latest = std::max(latest, sent.until_ms);
  for (const auto& [channel, at_ms] : contact.heard) latest = std::max(latest, at_ms + kHeardKeptMs);
  return latest == 0 ? program::kNever : latest;
}

bool is_blank(const Contact& contact) {
  return !contact.unsubscribed && contact.attributes.empty() && contact.tags.empty() && contact.done.empty() &&
         contact.sent.empty() && contact.heard.empty();
}

}  // namespace flow::service
