// Who is due next: a heap of deadlines, one for each key, that can be moved and cleared.
//
// The runtime has a wheel (runtime/timers/wheel.h); this is what it is measured against.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/program/abi.h"

namespace flow::bench {

// One thread. Keys are small and dense: memory is proportional to the greatest one.
class Deadlines {
 public:
  using Key = std::uint32_t;

  // `at_ms` is the key's deadline from now on; program::kNever clears it.
  void set(Key key, std::int64_t at_ms);
  void clear(Key key) { set(key, program::kNever); }

  // program::kNever when there is none.
  std::int64_t earliest_ms() const { return heap_.empty() ? program::kNever : heap_.front().at_ms; }
  // Takes the earliest key that is due at `now_ms` out of the heap; equal deadlines in the order of keys. False: none.
  bool take_due(std::int64_t now_ms, Key* key);
  std::size_t size() const { return heap_.size(); }

 private:
  struct Entry {
    std::int64_t at_ms;
    Key key;
    bool before(const Entry& other) const { return at_ms != other.at_ms ? at_ms < other.at_ms : key < other.key; }
  };

  void remove(std::size_t place);
  void place(std::size_t place, Entry entry);
  void up(std::size_t place, Entry entry);
  void down(std::size_t place, Entry entry);

  std::vector<Entry> heap_;
  std::vector<std::uint32_t> places_;  // of a key in the heap, plus one; 0: not there
};

}  // namespace flow::bench
