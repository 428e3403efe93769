// Idempotency keys of what has ended, in memory: whether they may have been there. As fingerprints: 64 bits of a keyed
// hash, so that nobody outside can choose ones that meet. (Those of what runs: KeyIndex of id_index.h.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "runtime/tables/key_segment.h"
#include "runtime/tables/segments.h"

namespace flow::tables {

// One thread. Fingerprints are kept in generations of a stretch of time each, and forgotten a generation at a time: 10
// to 14 bytes for each. What was inserted and not dropped is always found; now and then something else is as well.
class KeyHistory {
 public:
  // How long a generation is: what is dropped may stay that much longer. A look-up asks every generation, so a tenth of
  // the time that keys are kept is a good choice; there are never more than limits::kKeyGenerationsMax.
  explicit KeyHistory(std::int64_t generation_ms);

  // `at_ms`: when it ended.
  void insert(std::uint64_t fingerprint, std::int64_t at_ms);
  bool maybe_contains(std::uint64_t fingerprint) const;
  // Drops generations of which all ended before `at_ms`.
  void drop_before(std::int64_t at_ms);

  std::size_t size() const;  // one that was inserted in two generations counts twice
  std::size_t generations() const { return generations_.size(); }
  std::size_t allocated_bytes() const;

 private:
  struct Generation {
    Segments<KeySegment> segments;
    std::int64_t latest_ms;  // of its fingerprints
  };

  Generation& generation_of(std::int64_t at_ms);

  std::int64_t generation_ms_;
  std::map<std::int64_t, Generation> generations_;
};

}  // namespace flow::tables
