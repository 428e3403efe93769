#include "bench/deadlines.h"

namespace flow::bench {

void Deadlines::set(Key key, std::int64_t at_ms) {
  if (key >= places_.size()) {
    if (at_ms == program::kNever) return;
    places_.resize(key + 1, 0);
  }
  if (places_[key] != 0) remove(places_[key] - 1);
  if (at_ms == program::kNever) return;
  heap_.push_back({});
  up(heap_.size() - 1, {at_ms, key});
}

bool Deadlines::take_due(std::int64_t now_ms, Key* key) {
  if (heap_.empty() || heap_.front().at_ms > now_ms) return false;
  *key = heap_.front().key;
  remove(0);
  return true;
}

void Deadlines::remove(std::size_t at) {
  places_[heap_[at].key] = 0;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (at == heap_.size()) return;
  if (at > 0 && last.before(heap_[(at - 1) / 2])) {
    up(at, last);
  } else {
    down(at, last);
  }
}

void Deadlines::place(std::size_t at, Entry entry) {
  heap_[at] = entry;
  places_[entry.key] = static_cast<std::uint32_t>(at + 1);
}

void Deadlines::up(std::size_t at, Entry entry) {
  for (; at > 0 && entry.before(heap_[(at - 1) / 2]); at = (at - 1) / 2) place(at, heap_[(at - 1) / 2]);
  place(at, entry);
}

void Deadlines::down(std::size_t at, Entry entry) {
  for (std::size_t child = 2 * at + 1; child < heap_.size(); child = 2 * at + 1) {
    if (child + 1 < heap_.size() && heap_[child + 1].before(heap_[child])) ++child;
    if (!heap_[child].before(entry)) break;
    place(at, heap_[child]);
    at = child;
  }
  place(at, entry);
}

}  // namespace flow::bench
