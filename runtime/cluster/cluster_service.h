// The service of several nodes that share a store: any of them takes any request, and brings it to the node that has
// the execution's shard. Opens and closes the shards of its own node as the store's leases say.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/cluster/peers.h"
#include "runtime/core/metrics.h"
#include "runtime/service/service.h"
#include "runtime/store/membership.h"
#include "runtime/store/registry.h"

namespace flow::cluster {

// All of it outlives the service.
struct ClusterParts {
  service::Service& local;                             // answers not_owner for slots that are not open here
  std::function<Status(store::SlotRange)> open_shard;  // of `local`; both may block
  std::function<Status(store::SlotRange)> close_shard;
  store::Membership& membership;
  store::Registry& registry;
  Peers& peers;
  core::MetricSet& metrics;
};

class ClusterService : public service::Service {
 public:
  static std::unique_ptr<ClusterService> join(ClusterParts parts);

  // What another node sent to the internal endpoint: carried out here and nowhere else. `done` gets the answers, or
  // nothing when the message cannot be read. Any thread.
  virtual void answer_peer(std::string_view calls, std::move_only_function<void(std::optional<std::string>)> done) = 0;
  // This shard does nothing any more, because its lease was lost. Any thread.
  virtual void lost(store::SlotRange slots) = 0;
  // Gives every shard back, at most so long, and refuses everything from then on. Not within a call of the service.
  virtual void stop(std::chrono::milliseconds most) = 0;
};

}  // namespace flow::cluster
