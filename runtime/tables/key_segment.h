// The part of a table of fingerprints that Segments grows: open addressing, with or without a handle for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace flow::tables {

struct KeyEntry {
  std::uint64_t fingerprint;
  std::uint32_t handle;
};

// Linear probing; what is erased is closed up, so nothing is left behind. 8 bytes a place, 12 with handles.
template <bool kHandles>
class KeySegment {
 public:
  explicit KeySegment(std::size_t capacity)
      : capacity_(static_cast<std::uint32_t>(capacity)),
        fingerprints_(std::make_unique<std::uint64_t[]>(capacity)),
        handles_(kHandles ? std::make_unique<std::uint32_t[]>(capacity) : nullptr) {}

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  std::size_t bytes() const { return sizeof(*this) + std::size_t{capacity_} * (kHandles ? 12 : 8); }
  int depth = 0;  // of Segments

  // A fingerprint of 0 marks an empty place; who has that one shares the next.
  static std::uint64_t stored(std::uint64_t fingerprint) { return fingerprint == 0 ? 1 : fingerprint; }

  // REQUIRES: the fingerprint is not there. `hash` is the fingerprint.
  bool insert(std::uint64_t /*hash*/, const KeyEntry& entry) {
    if ((std::uint64_t{size_} + 1) * 5 > std::uint64_t{capacity_} * 4) return false;
    const std::uint32_t at = place_of(entry.fingerprint);
    fingerprints_[at] = entry.fingerprint;
    if constexpr (kHandles) handles_[at] = entry.handle;
    ++size_;
    return true;
  }

  bool contains(std::uint64_t fingerprint) const { return fingerprints_[place_of(fingerprint)] == fingerprint; }
  // Null: it is not there.
  const std::uint32_t* find(std::uint64_t fingerprint) const {
    const std::uint32_t at = place_of(fingerprint);
    return fingerprints_[at] == fingerprint ? &handles_[at] : nullptr;
  }

  bool erase(std::uint64_t fingerprint) {
    std::uint32_t hole = place_of(fingerprint);
    if (fingerprints_[hole] != fingerprint) return false;
    for (std::uint32_t at = after(hole); fingerprints_[at] != 0; at = after(at)) {
      if (distance(home_of(fingerprints_[at]), at) < distance(hole, at)) continue;
      fingerprints_[hole] = fingerprints_[at];
      if constexpr (kHandles) handles_[hole] = handles_[at];
      hole = at;
    }
    fingerprints_[hole] = 0;
    --size_;
    return true;
  }

  template <typename F>
  void for_each(const F& f) const {
    for (std::uint32_t i = 0; i < capacity_; ++i) {
      if (fingerprints_[i] != 0) f(KeyEntry{fingerprints_[i], kHandles ? handles_[i] : 0});
    }
  }

 private:
  std::uint32_t home_of(std::uint64_t fingerprint) const {
    return static_cast<std::uint32_t>((fingerprint & 0xFFFF'FFFF) * capacity_ >> 32);
  }
  std::uint32_t after(std::uint32_t at) const { return at + 1 == capacity_ ? 0 : at + 1; }
  std::uint32_t distance(std::uint32_t from, std::uint32_t to) const {
    return to >= from ? to - from : to + capacity_ - from;
  }
  // Where it is, or else the empty place where it would be: there always is one.
  std::uint32_t place_of(std::uint64_t fingerprint) const {
    std::uint32_t at = home_of(fingerprint);
    while (fingerprints_[at] != 0 && fingerprints_[at] != fingerprint) at = after(at);
    return at;
  }

  std::uint32_t capacity_;
  std::uint32_t size_ = 0;
  std::unique_ptr<std::uint64_t[]> fingerprints_;
  std::unique_ptr<std::uint32_t[]> handles_;
};

}  // namespace flow::tables
