// Carries the executions of one store to another: what runs, and what has ended and is kept for look-ups. Both are in
// nobody else's use. What belongs to the installation (bundles, flows, hash key) must be there already.
//
// Memory: some MiB of batches under way, and 40 bytes an execution of the shard of the source that is read; so a large
// source is given in many small shards.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "runtime/store/storage.h"

namespace flow::store {

// How many executions, and a sum over all that is in them, whatever their order.
struct MovedExecutions {
  std::uint64_t running = 0;
  std::uint64_t ended = 0;
  std::uint64_t checksum = 0;
  friend bool operator==(const MovedExecutions&, const MovedExecutions&) = default;
};

// Called after each portion of some hundreds or thousands, on any thread, one call at a time.
using MoveProgress = std::function<void(const MovedExecutions&)>;

// Appends everything of `from` to `to`: in each slot what has ended in the order of its ends, then what runs; durable
// when it returns. Each list of shards covers all slots; `to_shards` are opened all at once.
Result<MovedExecutions> move_executions(Storage& from, const std::vector<SlotRange>& from_shards, Storage& to,
                                        const std::vector<SlotRange>& to_shards, const MoveProgress& progress);

// Reads everything and changes nothing: to compare with what was moved.
Result<MovedExecutions> sum_executions(Storage& storage, const std::vector<SlotRange>& shards,
                                       const MoveProgress& progress);

}  // namespace flow::store
