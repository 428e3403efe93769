// From a 16-byte id, or a 64-bit key, to a handle, without keeping them: they are in the records, and the index asks
// for them.
//
// Buckets of eight places; an entry is in one of two. Which other one follows from its place and its tag (8 bits of the
// hash), so entries make room for each other without their ids being read, and an erased one leaves nothing behind.
// 5 bytes a place, 6.3 to 8.4 an entry.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/tables/segments.h"

namespace flow::tables {

using Id = std::array<std::uint8_t, 16>;

// A part of the table. Segments is its contract.
class IdSegment {
 public:
  static constexpr std::uint32_t kEmpty = 0xFFFF'FFFF;

  explicit IdSegment(std::size_t capacity)
      : buckets_(static_cast<std::uint32_t>(capacity / kWays)), places_(std::make_unique<Bucket[]>(buckets_)) {}

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return std::size_t{buckets_} * kWays; }
  std::size_t bytes() const { return sizeof(*this) + buckets_ * sizeof(Bucket); }
  int depth = 0;  // of Segments

  bool insert(std::uint64_t hash, std::uint32_t handle) {
    std::uint32_t bucket = bucket_of(hash);
    std::uint8_t tag = tag_of(hash);
    if (put(bucket, tag, handle)) return true;
    bucket = other(bucket, tag);
    // Push one out, which goes to its other bucket, and so on; when that does not end, take it all back.
    std::array<std::pair<std::uint32_t, std::uint32_t>, kPushesMax> pushed{};
    for (std::size_t i = 0; i < kPushesMax; ++i) {
      if (put(bucket, tag, handle)) return true;
      const auto way = static_cast<std::uint32_t>((hash >> 40) + i * 5) % kWays;
      pushed[i] = {bucket, way};
      std::swap(tag, places_[bucket].tags[way]);
      std::swap(handle, places_[bucket].handles[way]);
      bucket = other(bucket, tag);
    }
    for (std::size_t i = kPushesMax; i-- > 0;) {
      const auto [at, way] = pushed[i];
      std::swap(tag, places_[at].tags[way]);
      std::swap(handle, places_[at].handles[way]);
    }
    return false;
  }

  // The handle for which is(handle) holds; kEmpty: none.
  template <typename Is>
  std::uint32_t find(std::uint64_t hash, const Is& is) const {
    const std::uint32_t* place = find_place(hash, is);
    return place == nullptr ? kEmpty : *place;
  }
  template <typename Is>
  std::uint32_t erase(std::uint64_t hash, const Is& is) {
    auto* place = const_cast<std::uint32_t*>(find_place(hash, is));
    if (place == nullptr) return kEmpty;
    --size_;
    return std::exchange(*place, kEmpty);
  }

  template <typename F>
  void for_each(const F& f) const {
    for (std::uint32_t i = 0; i < buckets_; ++i) {
      for (const std::uint32_t handle : places_[i].handles) {
        if (handle != kEmpty) f(handle);
      }
    }
  }

 private:
  static constexpr std::uint32_t kWays = 8;
  static constexpr std::size_t kPushesMax = 64;
  struct Bucket {
    std::array<std::uint8_t, kWays> tags{};
    std::array<std::uint32_t, kWays> handles{kEmpty, kEmpty, kEmpty, kEmpty, kEmpty, kEmpty, kEmpty, kEmpty};
  };

  static std::uint8_t tag_of(std::uint64_t hash) { return static_cast<std::uint8_t>(hash >> 32 & 0xFF); }
  std::uint32_t bucket_of(std::uint64_t hash) const {
    return static_cast<std::uint32_t>((hash & 0xFFFF'FFFF) * buckets_ >> 32);
  }
  // Its own inverse.
  std::uint32_t other(std::uint32_t bucket, std::uint8_t tag) const {
    const std::uint32_t sum = ((tag + 1U) * 0x9E37'79B1U) % buckets_;
    return sum >= bucket ? sum - bucket : sum + buckets_ - bucket;
  }

  bool put(std::uint32_t bucket, std::uint8_t tag, std::uint32_t handle) {
    Bucket& in = places_[bucket];
    for (std::size_t i = 0; i < kWays; ++i) {
      if (in.handles[i] != kEmpty) continue;
      in.tags[i] = tag;
      in.handles[i] = handle;
      ++size_;
      return true;
    }
    return false;
  }

  template <typename Is>
  const std::uint32_t* find_place(std::uint64_t hash, const Is& is) const {
    const std::uint8_t tag = tag_of(hash);
    const std::uint32_t first = bucket_of(hash);
    if (const std::uint32_t* found = find_in(places_[first], tag, is)) return found;
    return find_in(places_[other(first, tag)], tag, is);
  }

  template <typename Is>
  static const std::uint32_t* find_in(const Bucket& in, std::uint8_t tag, const Is& is) {
    constexpr std::uint64_t kLow = 0x0101'0101'0101'0101;
    std::uint64_t tags = 0;
    std::memcpy(&tags, in.tags.data(), sizeof(tags));
    const std::uint64_t differ = tags ^ (kLow * tag);
    // A zero byte is an equal tag. It may also mark a byte above one, which costs a look and no more.
    if (((differ - kLow) & ~differ & kLow << 7) == 0) return nullptr;
    for (std::size_t i = 0; i < kWays; ++i) {
      if (in.tags[i] == tag && in.handles[i] != kEmpty && is(in.handles[i])) return &in.handles[i];
    }
    return nullptr;
  }

  std::uint32_t buckets_;
  std::uint32_t size_ = 0;
  std::unique_ptr<Bucket[]> places_;
};

inline std::uint64_t hash_of_name(const Id& id) {
  std::array<std::uint64_t, 2> half{};
  std::memcpy(half.data(), id.data(), sizeof(half));
  std::uint64_t mixed = (half[0] ^ half[1] * 0x9E37'79B9'7F4A'7C15) * 0xBF58'476D'1CE4'E5B9;
  mixed ^= mixed >> 32;
  mixed *= 0x94D0'49BB'1331'11EB;
  return mixed ^ mixed >> 29;
}
inline std::uint64_t hash_of_name(std::uint64_t key) {
  key = (key ^ key >> 32) * 0x94D0'49BB'1331'11EB;
  return key ^ key >> 29;
}

// One thread. `NameOf` gives the name of a handle that is in the index: `Name operator()(std::uint32_t) const`, or a
// reference. So a record is there before its handle is inserted and until after it is erased, and its name does not
// change. Names are unguessable (core/execution_id.h; a keyed hash), which the hash relies on. Handles are below
// 2^32 - 1.
template <typename Name, typename NameOf>
class NameIndex {
 public:
  explicit NameIndex(NameOf name_of) : name_of_(std::move(name_of)) {}

  // False, and nothing changed, when the name is there.
  bool insert(const Name& name, std::uint32_t handle) {
    FLOW_CHECK(handle != IdSegment::kEmpty, "handle {}", handle);
    if (find(name)) return false;
    segments_.insert(hash_of_name(name), handle, hash_of());
    return true;
  }
  // Many at once into an empty index, in a tenth of the time: pairs of hash_of_name() and handle, no name twice.
  using Hashed = std::pair<std::uint64_t, std::uint32_t>;
  void fill(const std::vector<Hashed>& entries) { segments_.fill(entries, hash_of()); }

  std::optional<std::uint32_t> find(const Name& name) const {
    const std::uint64_t hash = hash_of_name(name);
    return answer(segments_.of(hash).find(hash, [&](std::uint32_t handle) { return name_of_(handle) == name; }));
  }
  // What was erased.
  std::optional<std::uint32_t> erase(const Name& name) {
    const std::uint64_t hash = hash_of_name(name);
    const auto is = [&](std::uint32_t handle) { return name_of_(handle) == name; };
    const auto erased = answer(segments_.of(hash).erase(hash, is));
    if (erased) segments_.erased(hash, hash_of());
    return erased;
  }

  // f(handle) for some entries: begin with 0 and go on with what is returned, until that is 0. The index may change
  // between calls; an entry that stays is met at least once.
  template <typename F>
  std::uint64_t scan(std::uint64_t cursor, const F& f) const {
    return segments_.scan(cursor, f);
  }

  std::size_t size() const { return segments_.size(); }
  std::size_t allocated_bytes() const { return segments_.allocated_bytes(); }

 private:
  static std::optional<std::uint32_t> answer(std::uint32_t handle) {
    return handle == IdSegment::kEmpty ? std::nullopt : std::optional(handle);
  }
  auto hash_of() const {
    return [this](std::uint32_t handle) { return hash_of_name(name_of_(handle)); };
  }

  NameOf name_of_;
  Segments<IdSegment> segments_;
};

template <typename IdOf>
using IdIndex = NameIndex<Id, IdOf>;
// Of idempotency keys, as fingerprints: two of them may share one, so who finds one compares what it stands for.
template <typename KeyOf>
using KeyIndex = NameIndex<std::uint64_t, KeyOf>;

}  // namespace flow::tables
