// The service on one node: a shard, a librarian beside it for look-ups, and a loader for bundles, a thread each.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "base/limits.h"
#include "runtime/service/service.h"
#include "runtime/service/shard.h"

namespace flow::service {

struct LocalParts {
  std::unique_ptr<store::Store> store;
  const core::Clock& clock;  // outlives the service, as do all references here
  core::Random& random;
  outbox::Transport& transport;
  core::ProgramLoader& loader;
  const crypto::Keyring* keys = nullptr;
  program::RegionLookup region_of = nullptr;
};

struct LocalOptions {
  std::int64_t retention_ms = 30LL * 24 * 3600 * 1000;        // what ended longer ago is forgotten
  std::size_t executions_max = limits::kActiveExecutionsMax;  // running at a time; further starts are refused
  // False: no threads; everything happens in pump(), on the caller's. For tests and simulation.
  bool threads = true;
  // The store failed: nothing can be promised any more, the process should end. On the shard's thread.
  std::function<void(const Error&)> on_failure;
};

class LocalService : public Service {
 public:
  // Goes on where the store stands.
  static Result<std::unique_ptr<LocalService>> open(LocalParts parts, LocalOptions options);

  // Answers what is queued and waits for attempts in flight, at most so long; then answers everything else with
  // shutting_down. The destructor does it, too, without waiting. The store is complete in any case.
  virtual void stop(std::chrono::milliseconds most) = 0;
  // Without threads: runs until nothing is left to do at the clock's present time.
  virtual void pump() = 0;
  virtual core::MetricSet& metric_set() = 0;
};

}  // namespace flow::service
