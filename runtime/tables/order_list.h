// An order of handles, for listings that show the youngest first: a doubly linked list, 8 bytes a handle.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/paged.h"

namespace flow::tables {

// One thread. Handles are small and dense, below 2^32 - 2; memory is proportional to the greatest one.
class OrderList {
 public:
  using Handle = std::uint32_t;
  static constexpr Handle kNone = 0xFFFF'FFFF;

  // Makes it the youngest. REQUIRES: !contains(handle).
  void push_back(Handle handle) {
    FLOW_CHECK(handle < kAbsent && !contains(handle), "handle {}", handle);
    links_.make(handle) = {youngest_, kNone};
    (youngest_ != kNone ? links_[youngest_].younger : oldest_) = handle;
    youngest_ = handle;
    ++size_;
  }

  // REQUIRES of the next three: contains(handle).
  void erase(Handle handle) {
    FLOW_CHECK(contains(handle), "handle {}", handle);
    const Link link = links_[handle];
    (link.younger != kNone ? links_[link.younger].older : youngest_) = link.older;
    (link.older != kNone ? links_[link.older].younger : oldest_) = link.younger;
    links_[handle] = Link{};
    --size_;
  }
  // kNone when it is the oldest.
  Handle older(Handle handle) const {
    FLOW_CHECK(contains(handle), "handle {}", handle);
    return links_[handle].older;
  }
  // kNone when it is the youngest.
  Handle younger(Handle handle) const {
    FLOW_CHECK(contains(handle), "handle {}", handle);
    return links_[handle].younger;
  }

  // kNone when the list is empty.
  Handle youngest() const { return youngest_; }
  Handle oldest() const { return oldest_; }
  bool contains(Handle handle) const {
    const Link* link = links_.find(handle);
    return link != nullptr && link->older != kAbsent;
  }
  std::size_t size() const { return size_; }
  std::size_t allocated_bytes() const { return links_.allocated_bytes(); }

 private:
  static constexpr Handle kAbsent = 0xFFFF'FFFE;
  struct Link {
    Handle older = kAbsent;
    Handle younger = kAbsent;
  };

  Paged<Link> links_;
  Handle youngest_ = kNone;
  Handle oldest_ = kNone;
  std::size_t size_ = 0;
};

}  // namespace flow::tables
