// Leases in a world where everything goes wrong: clocks that drift, requests and answers that come late or never, nodes
// that stop in the middle and go on. The database is a few lines with the same conditions as the statements.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <queue>
#include <random>
#include <set>

#include "runtime/store/postgres/lease_book.h"
#include "runtime/store/postgres/lease_plan.h"
#include "runtime/store/postgres/schema.h"
#include "tests/support/long_run.h"

namespace flow::store::postgres {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kLeaseMs = 1000;
constexpr std::int64_t kPauseMs = 250;

NodeId id_of(int number) {
  return NodeId{static_cast<std::uint8_t>(number)};
}

// What the rows of flowd.leases and flowd.nodes hold, and the conditions of kRenew and kTake.
struct Database {
  struct Row {
    SlotRange slots;
    std::optional<NodeId> node;
    std::int64_t token = 0;
    std::int64_t until = 0;
  };
  std::vector<Row> rows;
  std::map<NodeId, std::int64_t> seen;

  std::vector<HeldLease> renew(const NodeId& node, const std::vector<HeldLease>& asked, std::int64_t now) {
    seen[node] = now;
    std::vector<HeldLease> renewed;
    for (Row& row : rows) {
      const HeldLease held{row.slots.first, row.token};
      if (row.node != node || std::ranges::find(asked, held) == asked.end()) continue;
      row.until = now + kLeaseMs;
      renewed.push_back(held);
    }
    return renewed;
  }
  std::optional<std::int64_t> take(const NodeId& node, SlotRange slots, std::int64_t now) {
    for (Row& row : rows) {
      if (row.slots != slots || (row.node && row.until >= now && row.node != node)) continue;
      row.node = node;
      row.until = now + kLeaseMs;
      return ++row.token;
    }
    return std::nullopt;
  }
  void release(const NodeId& node, SlotRange slots, std::int64_t token) {
    for (Row& row : rows) {
      if (row.slots == slots && row.node == node && row.token == token) row.node.reset();
    }
  }
  ClusterView view(const NodeId& self, std::int64_t now) const {
    ClusterView view;
    view.self = self;
    for (const auto& [node, at] : seen) {
      view.nodes.push_back({.id = node, .name = "", .address = "", .format = 1, .alive = at + kLeaseMs > now});
    }
    for (const Row& row : rows) {
      view.shards.push_back({row.slots, row.token, row.until > now ? row.node : std::nullopt, 1});
    }
    return view;
  }
};

class World {
 public:
  World(std::uint64_t seed, int nodes, int shards) : random_(seed) {
    for (const SlotRange& slots : divide_slots(shards)) database.rows.push_back({slots, {}, 0, 0});
    for (int i = 0; i < nodes; ++i) nodes_.push_back(std::make_unique<Node>(*this, i));
  }

  struct Node {
    Node(World& world, int number)
        : id(id_of(number)),
          // A clock of its own: shifted, and up to 1 % too fast or slow.
          book([&world, shift = number * 1'000'000,
                drift = (number % 3 - 1) * 10] { return shift + world.now + world.now * drift / 1000; },
               milliseconds(kLeaseMs)) {}
    NodeId id;
    LeaseBook book;
    std::map<std::uint8_t, std::shared_ptr<Lease>> open;
    std::set<std::uint8_t> opening;  // as the storage does it: one request at a time for a shard, until its answer
    std::int64_t stopped_until = 0;  // SIGSTOP, a long garbage collection, a machine that sleeps
    bool asking = false;
  };

  std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(bound));
  }
  void after(std::int64_t delay, std::function<void()> what) { events_.push({now + delay, next_++, std::move(what)}); }

  // One round of a node's keeper, each step whenever the world lets it.
  void round(Node& node) {
    if (delayed(node, [this, &node] { round(node); })) return;
    after(kPauseMs, [this, &node] { round(node); });
    if (node.asking) return;
    node.asking = true;
    const std::vector<HeldLease> asked = node.book.held();
    const std::int64_t sent = node.book.now_ms();
    const bool lost = troubled && below(10) == 0;
    const bool answer_lost = troubled && below(10) == 0;
    after(latency(), [this, &node, asked, sent, lost, answer_lost] {
      if (lost) return given_up(node);
      const auto renewed = database.renew(node.id, asked, now);
      const ClusterView view = database.view(node.id, now);
      after(latency(), [this, &node, asked, sent, renewed, view, answer_lost] {
        if (answer_lost) return given_up(node);
        answered(node, asked, sent, renewed, view);
      });
    });
  }

  void run_until(std::int64_t end) {
    while (!events_.empty() && events_.top().at <= end) {
      const Event event = events_.top();
      events_.pop();
      now = event.at;
      event.what();
      check();
    }
    now = end;
  }

  // The one rule: at no instant may two nodes act for one shard.
  void check() {
    std::map<std::uint8_t, int> acting;
    for (const auto& node : nodes_) {
      for (const auto& [slot, lease] : node->open) acting[slot] += lease->may_act() ? 1 : 0;
    }
    for (const auto& [slot, count] : acting) ASSERT_LE(count, 1) << "slot " << int{slot} << " at " << now;
  }

  int acting_shards() const {
    int count = 0;
    for (const auto& node : nodes_) {
      for (const auto& [slot, lease] : node->open) count += lease->may_act() ? 1 : 0;
    }
    return count;
  }

  std::int64_t now = 10'000;
  bool troubled = false;
  Database database;
  std::vector<std::unique_ptr<Node>> nodes_;

 private:
  struct Event {
    std::int64_t at;
    std::uint64_t number;
    std::function<void()> what;
    bool operator>(const Event& other) const { return std::tie(at, number) > std::tie(other.at, other.number); }
  };

  std::int64_t latency() { return troubled && below(8) == 0 ? below(2'500) : below(20); }
  void given_up(Node& node) {
    after(below(500), [&node] { node.asking = false; });
  }
  // True: the node does not run now; `again` when it does.
  bool delayed(Node& node, std::function<void()> again) {
    if (now >= node.stopped_until) return false;
    after(node.stopped_until - now, std::move(again));
    return true;
  }

  void answered(Node& node, std::vector<HeldLease> asked, std::int64_t sent, std::vector<HeldLease> renewed,
                ClusterView view) {
    if (delayed(node, [this, &node, asked, sent, renewed, view] { answered(node, asked, sent, renewed, view); }))
      return;
    node.asking = false;
    node.book.settle(sent, asked, renewed);
    std::erase_if(node.open, [&](const auto& each) {
      if (each.second->lost()) node.book.remove(each.second);
      return each.second->lost();
    });
    const LeasePlan plan = plan_for_self(view);
    for (const SlotRange& slots : plan.give_back) {
      if (node.open.contains(slots.first)) give_back(node, slots);
    }
    for (const SlotRange& slots : plan.take) {
      if (!node.open.contains(slots.first) && node.opening.insert(slots.first).second) take(node, slots);
    }
  }

  void give_back(Node& node, SlotRange slots) {
    const auto lease = node.open.at(slots.first);
    node.open.erase(slots.first);
    node.book.remove(lease);
    after(latency(), [this, &node, slots, token = lease->token()] { database.release(node.id, slots, token); });
  }

  void take(Node& node, SlotRange slots) {
    const std::int64_t sent = node.book.now_ms();
    const bool lost = troubled && below(10) == 0;
    const bool answer_lost = troubled && below(10) == 0;
    after(latency(), [this, &node, slots, sent, lost, answer_lost] {
      const auto token = lost ? std::nullopt : database.take(node.id, slots, now);
      if (!token || answer_lost) {
        return after(below(500), [&node, slots] { node.opening.erase(slots.first); });
      }
      after(latency(), [this, &node, slots, sent, token] { taken(node, slots, *token, sent); });
    });
  }
  void taken(Node& node, SlotRange slots, std::int64_t token, std::int64_t sent) {
    if (delayed(node, [this, &node, slots, token, sent] { taken(node, slots, token, sent); })) return;
    node.opening.erase(slots.first);
    node.open[slots.first] = node.book.add(slots, token, sent);
  }

  std::mt19937_64 random_;
  std::uint64_t next_ = 0;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
};

int seeds() {
  return flow::testing_support::long_run() ? 3000 : 150;
}

TEST(Leases, NeverTwoNodesActAndHealedWorldsAreServedEvenly) {
  for (int seed = 1; seed <= seeds(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(static_cast<std::uint64_t>(seed), 2 + seed % 4, 16);
    for (auto& node : world.nodes_) world.after(world.below(kPauseMs), [&world, &node] { world.round(*node); });
    world.troubled = true;
    for (int i = 0; i < 40; ++i) {
      world.after(world.below(40'000), [&world] {
        const auto number = static_cast<std::size_t>(world.below(static_cast<std::int64_t>(world.nodes_.size())));
        world.nodes_[number]->stopped_until = world.now + world.below(4'000);
      });
    }
    world.run_until(55'000);
    world.troubled = false;
    world.run_until(70'000);
    if (HasFatalFailure()) return;
    EXPECT_EQ(world.acting_shards(), 16);
    const std::size_t share = 16 / world.nodes_.size();
    for (const auto& node : world.nodes_) {
      EXPECT_GE(node->open.size(), share);
      EXPECT_LE(node->open.size(), share + 1);
    }
  }
}

// Dead nodes' shards are in other hands within a lease and a second, whatever else.
TEST(Leases, ShardsOfADeadNodeAreTakenInTime) {
  for (int seed = 1; seed <= 50; ++seed) {
    World world(static_cast<std::uint64_t>(seed), 3, 16);
    for (auto& node : world.nodes_) world.after(world.below(kPauseMs), [&world, &node] { world.round(*node); });
    world.run_until(20'000 + world.below(kPauseMs));
    EXPECT_EQ(world.acting_shards(), 16);
    world.nodes_[0]->stopped_until = INT64_MAX / 2;
    world.nodes_[0]->open.clear();
    world.run_until(world.now + kLeaseMs + 1000);
    EXPECT_EQ(world.acting_shards(), 16) << seed;
  }
}

ClusterView view_of(const std::vector<int>& owners, const std::vector<int>& nodes) {
  ClusterView view;
  for (const int node : nodes)
    view.nodes.push_back({.id = id_of(node), .name = "", .address = "", .format = 1, .alive = true});
  const auto ranges = divide_slots(static_cast<int>(owners.size()));
  for (std::size_t i = 0; i < owners.size(); ++i) {
    view.shards.push_back({ranges[i], 1, owners[i] == 0 ? std::nullopt : std::optional(id_of(owners[i])), 1});
  }
  return view;
}

TEST(LeasePlan, IsEvenAndMovesNothingWithoutNeed) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::vector<int> nodes(1 + random() % 6);
    for (std::size_t n = 0; n < nodes.size(); ++n) nodes[n] = static_cast<int>(n) + 1;
    std::vector<int> owners(1 + random() % 32);
    for (int& owner : owners)
      owner = static_cast<int>(random() % (nodes.size() + 3));  // some of nobody, some of the dead
    ClusterView view = view_of(owners, nodes);
    const auto planned = planned_owners(view);
    std::map<NodeId, std::size_t> counts;
    std::map<NodeId, std::size_t> had;
    std::size_t kept = 0;
    for (std::size_t s = 0; s < planned.size(); ++s) {
      ASSERT_TRUE(planned[s]);
      ++counts[*planned[s]];
      if (view.shards[s].owner && view.node(*view.shards[s].owner)) ++had[*view.shards[s].owner];
      kept += planned[s] == view.shards[s].owner ? 1 : 0;
    }
    const std::size_t share = owners.size() / nodes.size();
    std::size_t could_keep = 0;
    std::size_t larger = owners.size() % nodes.size();
    for (const auto& [node, count] : had) {
      could_keep += std::min(count, share);
      if (count > share && larger > 0) {
        ++could_keep;
        --larger;
      }
    }
    for (const int node : nodes) {
      EXPECT_GE(counts[id_of(node)], share);
      EXPECT_LE(counts[id_of(node)], share + 1);
    }
    EXPECT_EQ(kept, could_keep);
    // Every node plans the same, and the plan stands when it has been followed.
    for (std::size_t s = 0; s < planned.size(); ++s) view.shards[s].owner = planned[s];
    EXPECT_EQ(planned_owners(view), planned);
  }
}

TEST(LeasePlan, DrainingNodesKeepNothing) {
  ClusterView view = view_of({1, 1, 2, 2}, {1, 2});
  view.nodes[0].draining = true;
  view.self = id_of(1);
  EXPECT_EQ(plan_for_self(view).give_back.size(), 2U);
  view.self = id_of(2);
  EXPECT_TRUE(plan_for_self(view).give_back.empty());
  // Also the last one: what it has given back, the next node need not wait for.
  view.nodes[1].draining = true;
  EXPECT_EQ(plan_for_self(view).give_back.size(), 2U);
}

TEST(LeasePlan, WhatOnlyNewerNodesReadStaysWithThem) {
  ClusterView view = view_of({0, 0, 0, 0}, {1, 2});
  view.nodes[1].format = 2;
  for (auto& shard : view.shards) shard.format = 2;
  for (const auto& owner : planned_owners(view)) EXPECT_EQ(owner, id_of(2));
  view.nodes[1].alive = false;
  for (const auto& owner : planned_owners(view)) EXPECT_FALSE(owner);
}

TEST(LeaseBook, ALateAnswerRenewsOnlyFromWhenItWasAsked) {
  std::int64_t now = 0;
  LeaseBook book([&] { return now; }, milliseconds(1000));
  const auto lease = book.add({0, 15}, 1, 0);
  EXPECT_TRUE(lease->may_act());
  now = 899;
  EXPECT_TRUE(lease->may_act());
  now = 900;  // a tenth is kept back
  EXPECT_FALSE(lease->may_act());
  now = 1500;
  book.settle(200, {{0, 1}}, {{0, 1}});
  EXPECT_FALSE(lease->may_act());
  EXPECT_FALSE(lease->lost());
  book.settle(1400, {{0, 1}}, {{0, 1}});
  EXPECT_TRUE(lease->may_act());
  book.settle(1300, {{0, 1}}, {{0, 1}});  // an older answer shortens nothing
  EXPECT_EQ(lease->until_ms(), 2400);
  book.settle(1450, {{0, 1}}, {});
  EXPECT_TRUE(lease->lost());
  EXPECT_FALSE(lease->may_act());
}

TEST(LeaseBook, TheClockGoesOn) {
  const std::int64_t first = boot_now_ms();
  EXPECT_GT(first, 0);
  EXPECT_GE(boot_now_ms(), first);
}

}  // namespace
}  // namespace flow::store::postgres
