// A store as a whole: registry, logs of shards, look-ups. Implementations: log/ (a folder on this machine's disk) and
// postgres/ (several nodes).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "runtime/store/lookups.h"
#include "runtime/store/registry.h"
#include "runtime/store/shard_log.h"

namespace flow::store {

struct StorageSizes {
  std::uint64_t log_bytes = 0;
  std::uint64_t lookup_bytes = 0;
  std::uint64_t executions_behind = 0;  // ended, not yet in the tables for good
  std::uint64_t commits = 0;            // fsyncs (or transactions) so far
  double commit_seconds = 0;            // time spent in them
  // So little space is left that no new executions should be begun; those that run can still be carried on.
  bool low_space = false;
};

class Storage {
 public:
  virtual ~Storage() = default;

  virtual Registry& registry() = 0;
  virtual Lookups& lookups() = 0;

  // Takes the shard of these slots; ranges that are open at a time never overlap. `wake` is called from a thread of the
  // store whenever durable_through(), indexed_through(), rewrite_before(), may_act() or failure() of it may have
  // changed; it must not block. Destroy the log to give the shard back: what was appended is made durable before, if it
  // can be. failed_precondition: it belongs to another node.
  virtual Result<std::unique_ptr<ShardLog>> open_shard(SlotRange slots, std::function<void()> wake) = 0;

  // The greatest time in the store; 0 in a fresh one. The service's clock starts above it.
  virtual std::int64_t last_change_ms() const = 0;
  virtual StorageSizes sizes() const = 0;

  // A copy of the store as it is at some instant of the call, from which flowd can start: into a folder that does not
  // exist or is empty. Blocks, for minutes when there is much; appends and look-ups go on meanwhile. Any thread, one
  // call at a time. failed_precondition: the folder is in use, or this store has tools of its own for that.
  virtual Status backup(const std::string& folder) {
    return fail(ErrorCode::failed_precondition, "{}: this store is backed up by the tools of its database", folder);
  }

  // Opened without threads (tests, simulation): does what the threads would, once: makes durable what is queued, brings
  // the tables up to date, answers look-ups. False: there was nothing to do.
  virtual bool pump() = 0;
};

}  // namespace flow::store
