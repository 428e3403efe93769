// The service on one node: shards on executors, a thread for bundles, and the front that finds the shard for a request.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "runtime/core/clock.h"
#include "runtime/core/executor.h"
#include "runtime/core/metrics.h"
#include "runtime/core/program_loader.h"
#include "runtime/core/random.h"
#include "runtime/operations/executor.h"
#include "runtime/outbox/transport.h"
#include "runtime/program/frame.h"
#include "runtime/service/service.h"
#include "runtime/store/storage.h"

namespace flow::service {

struct LocalParts {
  store::Storage& storage;  // outlives the service, as do all references here
  const core::Clock& clock;
  core::Random& random;  // any thread, unless there are no threads
  outbox::Transport& transport;
  core::ProgramLoader& loader;
  program::RegionLookup region_of = nullptr;
  // Run the shards, in turn. They outlive the service and go on until stop() has returned. Empty: threads of its own.
  std::vector<core::Executor*> executors = {};
  operations::Executor* operations = nullptr;  // null: bundles with operations are refused, and none is carried out
};

// As in LocalOptions.
struct Retention {
  std::int64_t usual_ms = 0;
  std::map<std::string, std::int64_t> by_flow;
  std::int64_t idempotency_key_ms = 0;
};

struct LocalOptions {
  std::int64_t retention_ms = 30LL * 24 * 3600 * 1000;         // what ended longer ago is forgotten
  std::map<std::string, std::int64_t> retention_by_flow = {};  // by the flow's name, instead
  std::int64_t idempotency_key_ms = 24LL * 3600 * 1000;        // what ended is kept so long at least, for its key
  std::size_t executions_max = limits::kActiveExecutionsMax;   // running at a time; further starts are refused
  bool seals = false;  // the store seals what it writes; else flows with secrets are refused
  // Shards to open at once, with all slots among them. 0: none, open_shard() does it.
  std::size_t shards = 1;
  // False: no threads; everything happens in pump(), on the caller's. For tests and simulation.
  bool threads = true;
  // The store failed: nothing can be promised any more, the process should end. On a thread of the service.
  std::function<void(const Error&)> on_failure = {};
  // The shard of these slots belongs to another node now; it is closed. On a thread of the service.
  std::function<void(store::SlotRange)> on_lost = {};
};

class LocalService : public Service {
 public:
  // Goes on where the store stands.
  static Result<std::unique_ptr<LocalService>> open(LocalParts parts, LocalOptions options);

  // Takes these slots from now on, with everything that runs in them; blocks while it is loaded. REQUIRES: no overlap
  // with a shard that is open. failed_precondition: they belong to another node. Any thread but an executor's.
  virtual Status open_shard(store::SlotRange slots) = 0;
  // Gives them back: what was committed is on disk when it returns. not_found: no such shard. As above.
  virtual Status close_shard(store::SlotRange slots) = 0;

  // Who has the slots which this one has not, and knows of those that it has; null: nobody, all are here. What
  // executions start and the contacts that they ask for go through it from now on. When it returns, nothing calls the
  // one before any more. Any thread, but not within a call of it.
  virtual void asks_through(Others* others) = 0;

  // From now on what has ended is kept so long. Any thread.
  virtual void set_retention(Retention retention) = 0;

  // The transport's policies have changed: takes them over. Any thread.
  virtual void channels_changed() = 0;

  // Answers what is queued and waits for attempts in flight, at most so long; then answers everything else with
  // shutting_down. The destructor does it, too, without waiting. The store is complete in any case. Not on an executor.
  virtual void stop(std::chrono::milliseconds most) = 0;
  // Without threads: runs until nothing is left to do at the clock's present time.
  virtual void pump() = 0;
  // Without threads: when pump() has something to do that somebody waits for, housekeeping left out; program::kNever:
  // not before something comes in, or the store wakes its shards.
  virtual std::int64_t next_ms() const = 0;
  virtual core::MetricSet& metric_set() = 0;
};

}  // namespace flow::service
