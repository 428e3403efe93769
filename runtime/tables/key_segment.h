// The part of a table of fingerprints that Segments grows: open addressing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace flow::tables {

// Linear probing; nothing is erased. 8 bytes a place.
class KeySegment {
 public:
  explicit KeySegment(std::size_t capacity)
      : capacity_(static_cast<std::uint32_t>(capacity)), fingerprints_(std::make_unique<std::uint64_t[]>(capacity)) {}

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  std::size_t bytes() const { return sizeof(*this) + std::size_t{capacity_} * sizeof(std::uint64_t); }
  int depth = 0;  // of Segments

  // A fingerprint of 0 marks an empty place; who has that one shares the next.
  static std::uint64_t stored(std::uint64_t fingerprint) { return fingerprint == 0 ? 1 : fingerprint; }

  // REQUIRES: the fingerprint is not there. `hash` is the fingerprint.
  bool insert(std::uint64_t /*hash*/, std::uint64_t fingerprint) {
    if ((std::uint64_t{size_} + 1) * 5 > std::uint64_t{capacity_} * 4) return false;
    const std::uint32_t at = place_of(fingerprint);
    fingerprints_[at] = fingerprint;
    ++size_;
    return true;
  }

  bool contains(std::uint64_t fingerprint) const { return fingerprints_[place_of(fingerprint)] == fingerprint; }

  template <typename F>
  void for_each(const F& f) const {
    for (std::uint32_t i = 0; i < capacity_; ++i) {
      if (fingerprints_[i] != 0) f(fingerprints_[i]);
    }
  }

 private:
  std::uint32_t home_of(std::uint64_t fingerprint) const {
    return static_cast<std::uint32_t>((fingerprint & 0xFFFF'FFFF) * capacity_ >> 32);
  }
  std::uint32_t after(std::uint32_t at) const { return at + 1 == capacity_ ? 0 : at + 1; }
  // Where it is, or else the empty place where it would be: there always is one.
  std::uint32_t place_of(std::uint64_t fingerprint) const {
    std::uint32_t at = home_of(fingerprint);
    while (fingerprints_[at] != 0 && fingerprints_[at] != fingerprint) at = after(at);
    return at;
  }

  std::uint32_t capacity_;
  std::uint32_t size_ = 0;
  std::unique_ptr<std::uint64_t[]> fingerprints_;
};

}  // namespace flow::tables
