// Who should have which shard: the same answer on every node that sees the same.
#pragma once

#include <vector>

#include "runtime/store/membership.h"

namespace flow::store::postgres {

struct LeasePlan {
  std::vector<SlotRange> take;       // are free, and this node's by the plan
  std::vector<SlotRange> give_back;  // are this node's, and another's by the plan
};

// The owner of each shard of `view`, in its order, after everybody has followed the plan. Nothing: no node can have it.
// Nodes differ by at most one shard (unless only some can read a shard's form), and no shard moves without need.
std::vector<std::optional<NodeId>> planned_owners(const ClusterView& view);

LeasePlan plan_for_self(const ClusterView& view);

}  // namespace flow::store::postgres
