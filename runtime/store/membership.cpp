#include "runtime/store/membership.h"

#include <algorithm>

namespace flow::store {

const ClusterShard* ClusterView::shard_of(std::uint8_t slot) const {
  const auto found =
      std::ranges::find_if(shards, [&](const ClusterShard& shard) { return shard.slots.contains(slot); });
  return found == shards.end() ? nullptr : &*found;
}

const ClusterNode* ClusterView::node(const NodeId& id) const {
  const auto found = std::ranges::find(nodes, id, &ClusterNode::id);
  return found == nodes.end() ? nullptr : &*found;
}

}  // namespace flow::store
