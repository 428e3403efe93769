// Which nodes share a store, and which of them has which shard: for stores that several nodes use.
//
// A shard belongs to one node at a time, by a lease that the store keeps and this node renews. Shards are spread evenly
// over the nodes that live. Who watches is told what to open and what to give back, and does so with
// Storage::open_shard() and by destroying the log.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/store/shard_log.h"

namespace flow::store {

// One run of one flowd: a node that restarts is another.
using NodeId = std::array<std::uint8_t, 16>;

struct ClusterNode {
  NodeId id{};
  std::string name;     // for people
  std::string address;  // where its internal endpoint is: "https://10.0.0.1:8081"
  int format = 0;       // the newest form of executions that it can read
  bool alive = false;
  bool draining = false;       // gives everything back
  std::uint64_t registry = 0;  // the Registry::version() that it has read
  friend bool operator==(const ClusterNode&, const ClusterNode&) = default;
};

struct ClusterShard {
  SlotRange slots;
  std::int64_t token = 0;       // grows with each change of hands
  std::optional<NodeId> owner;  // nothing: nobody's, or its lease is over
  int format = 0;               // the newest form in which its executions may have been written
  friend bool operator==(const ClusterShard&, const ClusterShard&) = default;
};

// As the store had it a moment ago.
struct ClusterView {
  NodeId self{};
  std::vector<ClusterNode> nodes;    // by id
  std::vector<ClusterShard> shards;  // ascending, together all slots
  std::uint64_t generation = 0;      // grows with each look

  const ClusterShard* shard_of(std::uint8_t slot) const;
  const ClusterNode* node(const NodeId& id) const;
};

// Called on a thread of the store; must not block. What is still to be done is said again at every look.
struct ClusterWatcher {
  std::function<void(SlotRange)> take;
  std::function<void(SlotRange)> give_back;
  std::function<void()> changed;  // there is a new view
};

class Membership {
 public:
  virtual ~Membership() = default;

  // From here on this node takes its share. Once.
  virtual void watch(ClusterWatcher watcher) = 0;
  // No call of the watcher is under way when it returns, and none comes after it.
  virtual void unwatch() = 0;
  // From here on it takes nothing and is asked to give everything back.
  virtual void drain() = 0;
  // Looks again at once. Any thread, does not block.
  virtual void look() = 0;

  // Any thread.
  virtual std::shared_ptr<const ClusterView> view() const = 0;
  virtual std::chrono::milliseconds lease() const = 0;
  // Whether the store answered within a lease's time.
  virtual bool connected() const = 0;
};

}  // namespace flow::store
