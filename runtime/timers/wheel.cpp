#include "runtime/timers/wheel.h"

#include <algorithm>
#include <bit>
#include <functional>

#include "base/check.h"

namespace flow::timers {
namespace {

constexpr int kLevelCount = 6;
constexpr std::array<int, kLevelCount> kBits = {10, 12, 12, 10, 10, 10};
constexpr std::array<int, kLevelCount> kShift = {0, 10, 22, 34, 44, 54};
constexpr std::array<std::uint32_t, kLevelCount> kFirstBucket = {0, 1024, 5120, 9216, 10'240, 11'264};
constexpr std::uint32_t kBuckets = 12'288;
constexpr std::size_t kKeptKeysMax = 1 << 16;  // room that is kept when nothing is due

std::uint64_t biased(std::int64_t time) {
  return static_cast<std::uint64_t>(time) ^ (std::uint64_t{1} << 63);
}
std::int64_t plain(std::uint64_t time) {
  return static_cast<std::int64_t>(time ^ (std::uint64_t{1} << 63));
}

template <typename T>
void forget_room(std::vector<T>& items) {
  if (items.empty() && items.capacity() > kKeptKeysMax) std::vector<T>().swap(items);
}

}  // namespace

Wheel::Wheel(std::int64_t now_ms) : base_(biased(now_ms)), heads_(kBuckets, kEmpty), occupied_(kBuckets / 64, 0) {
  static_assert(kLevels == kLevelCount);
}

void Wheel::set(Key key, std::int64_t at_ms) {
  if (at_ms == program::kNever) return clear(key);
  FLOW_CHECK(key < kDue, "no such key: {}", key);
  Node& node = nodes_.make(key);
  if (node.at_ms == at_ms) return;
  if (node.at_ms != program::kNever) {
    unlink(key, node);
  } else {
    ++size_;
  }
  node.at_ms = at_ms;
  add(key, node);
}

void Wheel::clear(Key key) {
  Node* node = nodes_.find(key);
  if (node == nullptr || node->at_ms == program::kNever) return;
  unlink(key, *node);
  --size_;
}

std::int64_t Wheel::at_ms(Key key) const {
  const Node* node = nodes_.find(key);
  return node == nullptr ? program::kNever : node->at_ms;
}

std::int64_t Wheel::earliest_ms() const {
  Late due{};
  if (first_due(&due)) return due.at_ms;
  Place place{};
  return first_bucket(&place) ? plain(start_of(place)) : program::kNever;
}

bool Wheel::take_due(std::int64_t now_ms, Key* key) {
  for (;;) {
    Late due{};
    if (first_due(&due)) {
      if (due.at_ms > now_ms) return false;
      *key = due.key;
      clear(due.key);
      return true;
    }
    Place place{};
    if (!first_bucket(&place) || start_of(place) > biased(now_ms)) {
      base_ = std::max(base_, biased(now_ms));  // no bucket lies between, so all stay where they belong
      return false;
    }
    enter(place);
  }
}

std::size_t Wheel::allocated_bytes() const {
  return nodes_.allocated_bytes() + heads_.capacity() * sizeof(heads_[0]) +
         occupied_.capacity() * sizeof(occupied_[0]) + entered_.capacity() * sizeof(entered_[0]) +
         late_.capacity() * sizeof(late_[0]);
}

// REQUIRES: time > base_.
Wheel::Place Wheel::place_of(std::uint64_t time) const {
  const int high = 63 - std::countl_zero(time ^ base_);
  const int level = high < kShift[1] ? 0 : high < kShift[2] ? 1 : high < kShift[3] ? 2 : 3 + (high - kShift[3]) / 10;
  const auto at = static_cast<std::size_t>(level);
  const auto digit = static_cast<std::uint32_t>(time >> kShift[at]) & ((1U << kBits[at]) - 1);
  return {level, kFirstBucket[at] + digit};
}

// The buckets of a level are all later than base_, and earlier than those of the next.
bool Wheel::first_bucket(Place* place) const {
  for (std::size_t level = 0; level < kLevels; ++level) {
    if (summaries_[level] == 0) continue;
    const auto word = kFirstBucket[level] / 64 + static_cast<std::uint32_t>(std::countr_zero(summaries_[level]));
    *place = {static_cast<int>(level), word * 64 + static_cast<std::uint32_t>(std::countr_zero(occupied_[word]))};
    return true;
  }
  return false;
}

std::uint64_t Wheel::start_of(Place place) const {
  const auto level = static_cast<std::size_t>(place.level);
  const std::uint64_t digit = std::uint64_t{place.bucket - kFirstBucket[level]} << kShift[level];
  const int above = kShift[level] + kBits[level];
  return above == 64 ? digit : (base_ >> above << above) | digit;
}

void Wheel::link(Key key, Node& node) {
  const Place place = place_of(biased(node.at_ms));
  std::uint32_t& head = heads_[place.bucket][key % kLanes];
  node.prev = kNone;
  node.next = head;
  if (head != kNone) nodes_[head].prev = key;
  head = key;
  const std::uint32_t word = place.bucket / 64;
  const auto level = static_cast<std::size_t>(place.level);
  occupied_[word] |= std::uint64_t{1} << place.bucket % 64;
  summaries_[level] |= std::uint64_t{1} << (word - kFirstBucket[level] / 64);
}

void Wheel::unlink(Key key, Node& node) {
  const std::int64_t at_ms = node.at_ms;
  node.at_ms = program::kNever;
  if (node.prev == kDue) {
    --due_;
    trim_due();
    return;
  }
  if (node.next != kNone) nodes_[node.next].prev = node.prev;
  if (node.prev != kNone) {
    nodes_[node.prev].next = node.next;
    return;
  }
  const Place place = place_of(biased(at_ms));
  heads_[place.bucket][key % kLanes] = node.next;
  if (heads_[place.bucket] == kEmpty) set_empty(place);
}

void Wheel::set_empty(Place place) {
  const std::uint32_t word = place.bucket / 64;
  const auto level = static_cast<std::size_t>(place.level);
  occupied_[word] &= ~(std::uint64_t{1} << place.bucket % 64);
  if (occupied_[word] == 0) summaries_[level] &= ~(std::uint64_t{1} << (word - kFirstBucket[level] / 64));
}

void Wheel::add(Key key, Node& node) {
  if (biased(node.at_ms) > base_) return link(key, node);
  node.prev = kDue;
  ++due_;
  late_.push_back({node.at_ms, key});
  std::push_heap(late_.begin(), late_.end(), std::greater<>());
  if (late_.size() > 2 * due_ + 64) compact_late();
}

// Time enters the first bucket: its timers move down, those of its first instant are due. Nothing else is due then.
void Wheel::enter(Place place) {
  base_ = start_of(place);
  entered_at_ms_ = plain(base_);
  Lanes lanes = heads_[place.bucket];
  heads_[place.bucket] = kEmpty;
  set_empty(place);

  entered_.clear();
  while (lanes != kEmpty) {
    for (Key& lane : lanes) {
      if (lane == kNone) continue;
      const Key key = lane;
      Node& node = nodes_[key];
      lane = node.next;
      if (node.at_ms == entered_at_ms_) {
        node.prev = kDue;
        entered_.push_back(key);
      } else {
        link(key, node);
      }
    }
  }
  due_ += entered_.size();
  std::sort(entered_.begin(), entered_.end(), std::greater<>());
}

bool Wheel::is_due(Key key, std::int64_t at_ms) const {
  const Node& node = nodes_[key];
  return node.at_ms == at_ms && node.prev == kDue;
}

// The fronts of both are timers that are due, or there is none: trim_due() sees to it.
bool Wheel::first_due(Late* first) const {
  if (due_ == 0) return false;
  if (entered_.empty()) {
    *first = late_.front();
  } else {
    *first = {entered_at_ms_, entered_.back()};
    if (!late_.empty()) *first = std::min(*first, late_.front());
  }
  return true;
}

void Wheel::trim_due() {
  while (!entered_.empty() && !is_due(entered_.back(), entered_at_ms_)) entered_.pop_back();
  while (!late_.empty() && !is_due(late_.front().key, late_.front().at_ms)) {
    std::pop_heap(late_.begin(), late_.end(), std::greater<>());
    late_.pop_back();
  }
  forget_room(entered_);
  forget_room(late_);
}

// Timers that were set late and cleared again, over and over, do not pile up.
void Wheel::compact_late() {
  std::erase_if(late_, [this](const Late& late) { return !is_due(late.key, late.at_ms); });
  std::sort(late_.begin(), late_.end());  // a sorted array is a heap
  late_.erase(std::unique(late_.begin(), late_.end()), late_.end());
}

}  // namespace flow::timers
