// Who is due next: a hierarchical timing wheel. Arming, moving and clearing a timer cost the same with ten timers and
// with ten million.
//
// In memory only. The stored state of an execution says what its deadline is; after a restart this is filled from it.
//
// How: a time is read as digits of 10, 12, 12, 10, 10 and 10 bits. A timer lies at the level of the highest digit in
// which it differs from `base_`, in the bucket of its own digit there. So the levels reach all of int64, every timer at
// a level is earlier than every one at the next, and where a timer lies follows from its time, so no bucket is stored.
// When time enters a bucket its timers move to lower levels, a few times in a timer's life; empty buckets are skipped
// by bitmaps, however far the clock jumps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/paged.h"
#include "runtime/program/abi.h"

namespace flow::timers {

// One thread. Keys are small and dense (slots of a table, below 2^32 - 2): 16 bytes for each up to the greatest one.
// Times are milliseconds, any but program::kNever, which means none.
class Wheel {
 public:
  using Key = std::uint32_t;

  // `now_ms`: about where the clock stands. It decides nothing but how fast the first calls are.
  explicit Wheel(std::int64_t now_ms = 0);

  // `at_ms` is the key's deadline from now on; program::kNever clears it. A time that is past is due at once.
  void set(Key key, std::int64_t at_ms);
  void clear(Key key);
  // program::kNever when it has none.
  std::int64_t at_ms(Key key) const;

  // When to call take_due() next: never later than the earliest deadline; program::kNever when there is none. It may
  // be earlier, but is later than the `now_ms` of a take_due() that just gave nothing, and who sleeps until it and
  // calls take_due() again does so at most once a level for a timer.
  std::int64_t earliest_ms() const;
  // Takes the earliest key that is due at `now_ms` away; equal deadlines in the order of keys. False: none. `now_ms`
  // that goes back gives nothing early, and what was taken stays taken.
  bool take_due(std::int64_t now_ms, Key* key);

  std::size_t size() const { return size_; }
  std::size_t allocated_bytes() const;

 private:
  static constexpr int kLevels = 6;
  static constexpr std::uint32_t kNone = 0xFFFF'FFFF;
  static constexpr std::uint32_t kDue = 0xFFFF'FFFE;  // instead of a neighbour: not in a bucket, but due

  struct Node {
    std::int64_t at_ms = program::kNever;
    std::uint32_t next = kNone;
    std::uint32_t prev = kNone;
  };
  // A bucket is four lists, by key, so that walking through it waits for four places of memory at a time.
  static constexpr std::uint32_t kLanes = 4;
  using Lanes = std::array<Key, kLanes>;
  static constexpr Lanes kEmpty = {kNone, kNone, kNone, kNone};
  struct Late {
    std::int64_t at_ms;
    Key key;
    friend auto operator<=>(const Late&, const Late&) = default;
  };
  struct Place {
    int level;
    std::uint32_t bucket;  // of all levels
  };

  Place place_of(std::uint64_t time) const;
  bool first_bucket(Place* place) const;
  std::uint64_t start_of(Place place) const;
  void link(Key key, Node& node);
  void unlink(Key key, Node& node);
  void set_empty(Place place);
  void add(Key key, Node& node);
  void enter(Place place);
  bool is_due(Key key, std::int64_t at_ms) const;
  bool first_due(Late* first) const;
  void trim_due();
  void compact_late();

  Paged<Node> nodes_;
  std::size_t size_ = 0;
  std::uint64_t base_;        // every timer in a bucket is later than this; biased: order of int64 as order of uint64
  std::vector<Lanes> heads_;  // of a bucket's lists
  std::vector<std::uint64_t> occupied_;             // a bit a bucket
  std::array<std::uint64_t, kLevels> summaries_{};  // a bit for each word of occupied_ of that level

  // Timers that are not later than base_: those of the bucket that was entered, last key first, and those that were set
  // too late for one, as a heap. Cleared ones stay until they are at the front; nodes_ knows.
  std::vector<Key> entered_;
  std::int64_t entered_at_ms_ = 0;
  std::vector<Late> late_;
  std::size_t due_ = 0;  // nodes that are due
};

}  // namespace flow::timers
