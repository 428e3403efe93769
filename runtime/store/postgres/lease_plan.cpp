#include "runtime/store/postgres/lease_plan.h"

#include <algorithm>
#include <numeric>

namespace flow::store::postgres {

namespace {

struct Candidate {
  const ClusterNode* node;
  std::size_t shards = 0;
};

bool can_read(const Candidate& candidate, const ClusterShard& shard) {
  return candidate.node->format >= shard.format;
}

}  // namespace

std::vector<std::optional<NodeId>> planned_owners(const ClusterView& view) {
  std::vector<Candidate> candidates;
  for (const ClusterNode& node : view.nodes) {
    if (node.alive && !node.draining) candidates.push_back({&node});
  }
  std::vector<std::optional<NodeId>> owners(view.shards.size());
  if (candidates.empty()) return owners;
  const std::size_t share = view.shards.size() / candidates.size();
  std::size_t larger_shares = view.shards.size() % candidates.size();  // so many nodes have one more

  const auto keep = [&](bool beyond_share) {
    for (std::size_t i = 0; i < owners.size(); ++i) {
      const ClusterShard& shard = view.shards[i];
      if (owners[i] || !shard.owner) continue;
      const auto owner =
          std::ranges::find_if(candidates, [&](const Candidate& each) { return each.node->id == *shard.owner; });
      if (owner == candidates.end() || !can_read(*owner, shard)) continue;
      if (owner->shards >= share + (beyond_share ? 1 : 0)) continue;
      if (beyond_share && larger_shares == 0) return;
      if (beyond_share) --larger_shares;
      ++owner->shards;
      owners[i] = owner->node->id;
    }
  };
  keep(false);
  keep(true);

  // The rest goes to whoever has least, first of all what few can read.
  std::vector<std::size_t> order(owners.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order,
                           [&](std::size_t a, std::size_t b) { return view.shards[a].format > view.shards[b].format; });
  for (const std::size_t i : order) {
    if (owners[i]) continue;
    Candidate* least = nullptr;
    for (Candidate& candidate : candidates) {
      if (can_read(candidate, view.shards[i]) && (least == nullptr || candidate.shards < least->shards)) {
        least = &candidate;
      }
    }
    if (least == nullptr) continue;
    ++least->shards;
    owners[i] = least->node->id;
  }
  return owners;
}

LeasePlan plan_for_self(const ClusterView& view) {
  LeasePlan plan;
  const auto owners = planned_owners(view);
  for (std::size_t i = 0; i < owners.size(); ++i) {
    const ClusterShard& shard = view.shards[i];
    const bool mine = shard.owner == view.self;
    if (owners[i] == view.self && !shard.owner) plan.take.push_back(shard.slots);
    // What nobody else can have stays, except when this node is draining.
    const ClusterNode* self = view.node(view.self);
    const bool leaving = self != nullptr && self->draining;
    if (mine && owners[i] != view.self && (owners[i] || leaving)) plan.give_back.push_back(shard.slots);
  }
  return plan;
}

}  // namespace flow::store::postgres
