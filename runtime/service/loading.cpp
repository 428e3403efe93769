#include "runtime/service/loading.h"

#include <algorithm>

namespace flow::service {

std::vector<std::pair<std::uint64_t, std::uint32_t>> LoadIndex::entries() const {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> all;
  all.reserve(used_);
  for (const Entry& entry : entries_) {
    if (entry.used && entry.handle != kNone) all.emplace_back(entry.hash, entry.handle);
  }
  return all;
}

void LoadIndex::grow() {
  const std::vector<Entry> before = std::exchange(entries_, std::vector<Entry>(entries_.size() * 2));
  --shift_;
  for (const Entry& entry : before) {
    if (!entry.used) continue;
    std::size_t place = home(entry.hash);
    while (entries_[place].used) place = after(place);
    entries_[place] = entry;
  }
}

bool LoadWindow::add(const store::ExecutionRecord& record) {
  const std::uint64_t hash = tables::hash_of_name(record.id.bytes);
  std::size_t place = hash % kPlaces;
  while (places_[place] != kFree && items_[places_[place]].record.id != record.id) place = (place + 1) % kPlaces;
  if (places_[place] != kFree) items_[places_[place]].replaced = true;
  places_[place] = static_cast<std::uint32_t>(items_.size());
  items_.push_back({record, hash, false});
  bytes_ += record.image;
  ends_.push_back(bytes_.size());
  return items_.size() >= kItems || bytes_.size() >= kBytes;
}

void LoadWindow::place_images() {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    items_[i].record.image = std::string_view(bytes_).substr(begin, ends_[i] - begin);
    begin = ends_[i];
  }
}

void LoadWindow::clear() {
  items_.clear();
  ends_.clear();
  bytes_.clear();
  std::ranges::fill(places_, kFree);
}

}  // namespace flow::service
