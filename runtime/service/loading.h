// Reading a shard's log at the start. Of an execution it may hold many records, of which the last counts: so a part of
// the log is looked through first, and what a later record of the same part replaces goes no further.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "runtime/store/shard_log.h"
#include "runtime/tables/id_index.h"

namespace flow::service {

// From an id's hash to a handle, for as long as a log is read: faster than an index that is made to be small.
class LoadIndex {
 public:
  static constexpr std::uint32_t kNone = 0xFFFF'FFFF;
  struct Entry {
    std::uint64_t hash = 0;
    std::uint32_t handle = kNone;
    bool used = false;
  };

  LoadIndex() : entries_(1024) {}

  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&entries_[home(hash)]); }
  // The entry with this hash for which is(handle) holds, or else an unused one for it. Valid until the next call.
  template <typename Is>
  Entry& at(std::uint64_t hash, const Is& is) {
    if (used_ * 8 >= entries_.size() * 5) grow();
    std::size_t place = home(hash);
    while (entries_[place].used && !(entries_[place].hash == hash && is(entries_[place].handle))) place = after(place);
    return entries_[place];
  }
  void fill(Entry& entry, std::uint64_t hash, std::uint32_t handle) {
    entry = {hash, handle, true};
    ++used_;
  }
  // What it leads to; entries without a handle left out.
  std::vector<std::pair<std::uint64_t, std::uint32_t>> entries() const;

 private:
  std::size_t home(std::uint64_t hash) const { return static_cast<std::size_t>(hash >> shift_); }
  std::size_t after(std::size_t place) const { return (place + 1) & (entries_.size() - 1); }
  void grow();

  std::vector<Entry> entries_;
  int shift_ = 64 - 10;
  std::size_t used_ = 0;
};

// A part of the log.
class LoadWindow {
 public:
  struct Item {
    store::ExecutionRecord record;
    std::uint64_t hash = 0;
    bool replaced = false;
  };

  // Copies the record. True: the window is full, take() it.
  bool add(const store::ExecutionRecord& record);
  // What no later record replaces, in their order; then it is empty. Stops at the first error.
  template <typename Begin, typename Each>
  Status take(const Begin& begin, const Each& each) {
    place_images();
    for (const Item& item : items_) {
      if (!item.replaced) begin(item);
    }
    for (const Item& item : items_) {
      if (item.replaced) continue;
      if (Status done = each(item); !done) return done;
    }
    clear();
    return {};
  }

 private:
  static constexpr std::size_t kItems = 4096;
  static constexpr std::size_t kPlaces = 2 * kItems;
  static constexpr std::size_t kBytes = std::size_t{2} << 20;
  static constexpr std::uint32_t kFree = 0xFFFF'FFFF;

  void place_images();
  void clear();

  std::vector<Item> items_;
  std::vector<std::size_t> ends_;  // of their images in bytes_
  std::string bytes_;
  std::vector<std::uint32_t> places_ = std::vector<std::uint32_t>(kPlaces, kFree);
};

}  // namespace flow::service
