// An array that grows by pages and moves nothing: no pause for copying, no spare half, and addresses that stay.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace flow {

// One thread. Pages appear when an item of theirs is made, filled with T{}; none is given back before the end.
template <typename T>
class Paged {
 public:
  static constexpr std::size_t kPageItems = std::bit_floor((std::size_t{256} << 10) / sizeof(T));

  // Null when the item's page was never made.
  T* find(std::uint32_t index) {
    const std::size_t page = index / kPageItems;
    return page < pages_.size() && pages_[page] != nullptr ? &pages_[page][index % kPageItems] : nullptr;
  }
  const T* find(std::uint32_t index) const { return const_cast<Paged*>(this)->find(index); }

  T& make(std::uint32_t index) {
    const std::size_t page = index / kPageItems;
    if (page >= pages_.size()) pages_.resize(page + 1);
    if (pages_[page] == nullptr) {
      pages_[page] = std::make_unique<T[]>(kPageItems);
      ++made_;
    }
    return pages_[page][index % kPageItems];
  }

  // REQUIRES: the item was made.
  T& operator[](std::uint32_t index) { return pages_[index / kPageItems][index % kPageItems]; }
  const T& operator[](std::uint32_t index) const { return pages_[index / kPageItems][index % kPageItems]; }

  std::size_t allocated_bytes() const { return made_ * kPageItems * sizeof(T) + pages_.capacity() * sizeof(pages_[0]); }

 private:
  std::vector<std::unique_ptr<T[]>> pages_;
  std::size_t made_ = 0;
};

}  // namespace flow
