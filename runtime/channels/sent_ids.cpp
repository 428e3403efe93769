#include "runtime/channels/sent_ids.h"

namespace flow::channels {

std::string SentIds::key(std::string_view channel, std::string_view rest) {
  std::string made;
  made.reserve(channel.size() + 1 + rest.size());
  made.append(channel).append(1, '\n').append(rest);
  return made;
}

void SentIds::remember(std::string_view channel, std::string_view recipient, std::string_view id,
                       const Correlation& correlation, std::int64_t at_ms) {
  const std::lock_guard lock(mutex_);
  std::string by_id = key(channel, id);
  if (by_id_.contains(by_id)) return;  // its own report was faster
  const std::uint64_t number = first_ + entries_.size();
  by_id_.emplace(by_id, number);
  std::string by_recipient = key(channel, recipient);
  by_recipient_[by_recipient].push_back(number);
  entries_.push_back({correlation, at_ms, std::move(by_id), std::move(by_recipient)});
  if (entries_.size() > most_) forget_oldest();
}

void SentIds::forget_oldest() {
  const Entry& oldest = entries_.front();
  by_id_.erase(oldest.id);
  if (const auto found = by_recipient_.find(oldest.recipient); found != by_recipient_.end()) {
    found->second.pop_front();
    if (found->second.empty()) by_recipient_.erase(found);
  }
  entries_.pop_front();
  ++first_;
}

std::optional<Correlation> SentIds::find(std::string_view channel, std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(key(channel, id));
  return found == by_id_.end() ? std::nullopt : std::optional(entries_[found->second - first_].correlation);
}

std::vector<SentIds::Sent> SentIds::until(std::string_view channel, std::string_view recipient,
                                          std::int64_t watermark_ms) const {
  const std::lock_guard lock(mutex_);
  std::vector<Sent> result;
  const auto found = by_recipient_.find(key(channel, recipient));
  if (found == by_recipient_.end()) return result;
  for (const std::uint64_t number : found->second) {
    const Entry& entry = entries_[number - first_];
    if (entry.at_ms <= watermark_ms) result.push_back({entry.correlation, entry.id.substr(channel.size() + 1)});
  }
  return result;
}

}  // namespace flow::channels
