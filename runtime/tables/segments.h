// How the hash tables of this folder grow: by many small segments instead of one big array.
//
// The first bits of a hash choose the segment, and each segment grows for itself, by a third, and splits in two at its
// greatest size. So no operation moves more than some 1,600 entries, and a table is always between 60 and 80 % full,
// except while it is small or has just lost most of its entries.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/check.h"

namespace flow::tables {

// A Segment is made with a capacity and has: size(), capacity(), bytes(), insert(hash, entry) → bool (false: no room,
// nothing changed), for_each(f(entry)). `hash_of(entry)` is given by the owner with each call. One thread.
template <typename Segment>
class Segments {
 public:
  Segments() : directory_{std::make_shared<Segment>(kCapacityMin)} { bytes_ = directory_[0]->bytes(); }

  Segment& of(std::uint64_t hash) { return *directory_[index_of(hash)]; }
  const Segment& of(std::uint64_t hash) const { return *directory_[index_of(hash)]; }
  std::size_t size() const { return size_; }
  std::size_t allocated_bytes() const { return bytes_ + directory_.capacity() * sizeof(directory_[0]); }

  template <typename Entry, typename HashOf>
  void insert(std::uint64_t hash, const Entry& entry, const HashOf& hash_of) {
    for (int tries = 0; !fits(of(hash)) || !of(hash).insert(hash, entry); ++tries) {
      FLOW_CHECK(tries < kTriesMax, "entries whose hashes are all alike");
      grow(hash, hash_of);
    }
    ++size_;
  }

  // Many entries, (hash, entry), into an empty table: each segment is made once, of the right size.
  template <typename Entry, typename HashOf>
  void fill(const std::vector<std::pair<std::uint64_t, Entry>>& entries, const HashOf& hash_of) {
    FLOW_CHECK(size_ == 0, "a table of {} entries is filled", size_);
    bits_ = static_cast<int>(std::bit_width(entries.size() / kFilledEntries));
    const std::size_t parts = std::size_t{1} << bits_;
    std::vector<std::size_t> ends(parts + 1, 0);  // of each part in `sorted`; first: where the next of it goes
    for (const auto& [hash, entry] : entries) ++ends[index_of(hash) + 1];
    for (std::size_t i = 0; i < parts; ++i) ends[i + 1] += ends[i];
    std::vector<std::pair<std::uint64_t, Entry>> sorted(entries.size());
    for (const auto& each : entries) sorted[ends[index_of(each.first)]++] = each;
    std::vector<std::pair<std::uint64_t, Entry>> rest;  // found no place: one by one
    directory_.assign(parts, nullptr);
    bytes_ = 0;
    std::size_t at = 0;
    for (std::size_t i = 0; i < parts; ++i) {
      const std::size_t room = std::min(capacity_for(ends[i] - at), kCapacityMax);
      auto made = std::make_shared<Segment>(room);
      made->depth = bits_;
      for (; at < ends[i]; ++at) {
        const bool there = fits(*made) && made->insert(sorted[at].first, sorted[at].second);
        if (!there) rest.push_back(sorted[at]);
      }
      size_ += made->size();
      bytes_ += made->bytes();
      directory_[i] = std::move(made);
    }
    for (const auto& [hash, entry] : rest) insert(hash, entry, hash_of);
  }

  // After an entry with this hash was taken out of its segment.
  template <typename HashOf>
  void erased(std::uint64_t hash, const HashOf& hash_of) {
    --size_;
    const Segment& segment = of(hash);
    if (segment.capacity() > kCapacityMin && segment.size() * 4 < segment.capacity()) {
      rebuild(hash, capacity_for(segment.size() + segment.size() / 2), hash_of);
    }
  }

  // Goes through all entries, a segment a call: begin with 0, then with what was returned, until that is 0. The table
  // may change between calls: an entry that stays is met at least once, and none more than once unless segments change.
  template <typename F>
  std::uint64_t scan(std::uint64_t cursor, const F& f) const {
    const std::size_t index = index_of(cursor);
    directory_[index]->for_each(f);
    const std::uint64_t width = std::uint64_t{1} << (63 - directory_[index]->depth);  // half, as depth may be 0
    const std::uint64_t first = directory_[index]->depth == 0 ? 0 : cursor & ~(width * 2 - 1);
    return first + width + width;
  }

 private:
  static constexpr std::size_t kCapacityMin = 16;
  static constexpr std::size_t kCapacityMax = 2048;
  static constexpr std::size_t kFilledEntries = 1200;
  static constexpr int kTriesMax = 12;
  static constexpr int kDepthMax = 28;

  static bool fits(const Segment& segment) { return (segment.size() + 1) * 5 <= segment.capacity() * 4; }
  // The steps are multiples of 8.
  static std::size_t capacity_after(std::size_t capacity) {
    return capacity < 128 ? capacity * 2 : (capacity + capacity / 3 + 7) / 8 * 8;
  }
  static std::size_t capacity_for(std::size_t entries) {
    std::size_t capacity = kCapacityMin;
    while (capacity * 4 < entries * 5 + 5) capacity = capacity_after(capacity);
    return capacity;
  }
  std::size_t index_of(std::uint64_t hash) const {
    return bits_ == 0 ? 0 : static_cast<std::size_t>(hash >> (64 - bits_));
  }

  template <typename HashOf>
  void grow(std::uint64_t hash, const HashOf& hash_of) {
    const std::size_t next = capacity_after(of(hash).capacity());
    if (next <= kCapacityMax || of(hash).depth == kDepthMax) return rebuild(hash, next, hash_of);
    split(hash, hash_of);
  }

  template <typename HashOf>
  void rebuild(std::uint64_t hash, std::size_t capacity, const HashOf& hash_of) {
    const std::shared_ptr<Segment> old = directory_[index_of(hash)];
    std::shared_ptr<Segment> made = move_all(*old, capacity, hash_of, [](std::uint64_t) { return true; });
    made->depth = old->depth;
    replace(hash, *old, made, made);
  }

  template <typename HashOf>
  void split(std::uint64_t hash, const HashOf& hash_of) {
    const std::shared_ptr<Segment> old = directory_[index_of(hash)];
    if (old->depth == bits_) {
      std::vector<std::shared_ptr<Segment>> wider(directory_.size() * 2);
      for (std::size_t i = 0; i < wider.size(); ++i) wider[i] = directory_[i / 2];
      directory_ = std::move(wider);
      ++bits_;
    }
    const int depth = old->depth;
    const auto is_upper = [depth](std::uint64_t of) { return (of >> (63 - depth) & 1) != 0; };
    const std::size_t capacity = capacity_for(old->size() / 2 + old->size() / 32);
    auto lower = move_all(*old, capacity, hash_of, [&](std::uint64_t of) { return !is_upper(of); });
    auto upper = move_all(*old, capacity, hash_of, is_upper);
    lower->depth = upper->depth = depth + 1;
    replace(hash, *old, lower, upper);
  }

  template <typename HashOf, typename Choose>
  static std::shared_ptr<Segment> move_all(const Segment& from, std::size_t capacity, const HashOf& hash_of,
                                           const Choose& choose) {
    for (int tries = 0; tries < kTriesMax; ++tries, capacity = capacity_after(capacity)) {
      auto made = std::make_shared<Segment>(capacity);
      bool fit = true;
      from.for_each([&](const auto& entry) {
        const std::uint64_t hash = hash_of(entry);
        if (fit && choose(hash)) fit = made->insert(hash, entry);
      });
      if (fit) return made;
    }
    FLOW_CHECK(false, "entries whose hashes are all alike");
    return nullptr;
  }

  // The places of `old` in the directory: the lower half of them to `lower`, the upper half to `upper`.
  void replace(std::uint64_t hash, const Segment& old, const std::shared_ptr<Segment>& lower,
               const std::shared_ptr<Segment>& upper) {
    const std::size_t places = std::size_t{1} << (bits_ - old.depth);
    const std::size_t first = index_of(hash) / places * places;
    bytes_ -= old.bytes();
    bytes_ += lower->bytes() + (upper == lower ? 0 : upper->bytes());
    for (std::size_t i = 0; i < places; ++i) directory_[first + i] = i < places / 2 ? lower : upper;
  }

  std::vector<std::shared_ptr<Segment>> directory_;
  int bits_ = 0;  // of a hash that choose a place in the directory; a segment with a smaller depth has several places
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace flow::tables
