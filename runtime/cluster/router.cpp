#include "runtime/cluster/router.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/limits.h"

namespace flow::cluster {

namespace {

using service::Fault;
using service::Problem;
using std::chrono::milliseconds;

// Requests to one node at a time: what comes meanwhile goes together with the next.
constexpr int kFlightsPerNode = 4;

Fault moving(const char* why) {
  return Fault{Problem::not_owner, {ErrorCode::unavailable, why}, 1000};
}

milliseconds pause_after(int tries) {
  return milliseconds(std::min(200, 10 << std::min(tries, 8)));
}

}  // namespace

Router::Item::~Item() {
  if (done) done(std::unexpected(moving("this node is stopping")));
}

Router::Router(RouterParts parts, milliseconds patience)
    : parts_(std::move(parts)),
      patience_(patience),
      forwarded_(parts_.metrics.counter("flow_cluster_forwarded_total", "Calls that went to another node")),
      retried_(parts_.metrics.counter("flow_cluster_retried_total",
                                      "Calls that were tried again because a shard moved or a node did not answer")) {}

void Router::to_slot(std::uint8_t slot, Call call, Answered done) {
  auto item = std::make_shared<Item>();
  item->slot = slot;
  item->call = std::move(call);
  item->done = std::move(done);
  item->until = parts_.peers.now() + patience_;
  if (items_.fetch_add(1) >= limits::kForwardsMax) {
    return finish(item, std::unexpected(Fault{Problem::overloaded,
                                              {ErrorCode::resource_exhausted, "too many requests for other nodes wait"},
                                              1000}));
  }
  route(std::move(item));
}

void Router::to_node(const store::ClusterNode& node, Call call, Answered done) {
  auto item = std::make_shared<Item>();
  item->to_node = true;
  item->call = std::move(call);
  item->done = std::move(done);
  item->until = parts_.peers.now() + patience_;
  items_.fetch_add(1);
  {
    const std::scoped_lock lock(mutex_);
    if (!closed_) {
      Line& line = lines_[node.id];
      line.address = node.address;
      line.waiting.push_back(item);
      item.reset();
    }
  }
  if (item) return finish(item, std::unexpected(moving("this node is stopping")));
  flush(node.id);
}

void Router::route(ItemPtr item) {
  const auto view = parts_.membership.view();
  const store::ClusterShard* shard = view->shard_of(item->slot);
  const store::ClusterNode* owner = shard == nullptr || !shard->owner ? nullptr : view->node(*shard->owner);
  {
    std::unique_lock lock(mutex_);
    if (closed_) {
      const Fault fault = *closed_;
      lock.unlock();
      return finish(item, std::unexpected(fault));
    }
    if (owner != nullptr && owner->id != view->self) {
      Line& line = lines_[owner->id];
      line.address = owner->address;
      line.waiting.push_back(std::move(item));
    }
  }
  if (!item) return flush(owner->id);
  if (owner == nullptr) return retry(std::move(item));
  Call call = item->call;
  parts_.serve(std::move(call), [self = shared_from_this(), item](service::Outcome<std::string> answer) {
    self->settle(item, std::move(answer));
  });
}

// Once more in a moment, with a fresh view.
void Router::retry(ItemPtr item) {
  const auto now = parts_.peers.now();
  if (now >= item->until) {
    if (item->unsure) {
      return finish(item, std::unexpected(Fault{Problem::storage_failed,
                                                {ErrorCode::unavailable,
                                                 "the node that has this execution did not answer in time; whether it "
                                                 "was done is not known"},
                                                1000}));
    }
    return finish(item, std::unexpected(moving("no node has this execution at present; try again")));
  }
  retried_.add();
  const milliseconds pause = pause_after(item->tries++);
  parts_.membership.look();
  parts_.peers.after(pause, [weak = weak_from_this(), item = std::move(item)]() mutable {
    if (const auto self = weak.lock()) self->route(std::move(item));
  });
}

void Router::flush(const store::NodeId& node) {
  while (true) {
    std::vector<Call> calls;
    std::string address;
    std::uint64_t number = 0;
    {
      const std::scoped_lock lock(mutex_);
      Line& line = lines_[node];
      if (line.waiting.empty() || line.in_flight >= kFlightsPerNode) return;
      Flight flight{node, {}};
      std::size_t bytes = 0;
      while (!line.waiting.empty() && calls.size() < limits::kForwardsPerRequestMax &&
             (calls.empty() || bytes + line.waiting.front()->call.body.size() <= limits::kForwardBytesMax / 2)) {
        ItemPtr item = std::move(line.waiting.front());
        line.waiting.pop_front();
        bytes += item->call.body.size();
        calls.push_back(item->call);
        flight.items.push_back(std::move(item));
      }
      ++line.in_flight;
      address = line.address;
      number = next_flight_++;
      flights_[number] = std::move(flight);
    }
    forwarded_.add(static_cast<double>(calls.size()));
    parts_.peers.send(address, encode_calls(calls), patience_,
                      [weak = weak_from_this(), node, number](PeerOutcome outcome) {
                        if (const auto self = weak.lock()) self->landed(node, number, std::move(outcome));
                      });
  }
}

void Router::landed(const store::NodeId& node, std::uint64_t number, PeerOutcome outcome) {
  std::vector<ItemPtr> items;
  {
    const std::scoped_lock lock(mutex_);
    --lines_[node].in_flight;
    auto flight = flights_.extract(number);
    if (!flight.empty()) items = std::move(flight.mapped().items);
  }
  std::optional<std::vector<service::Outcome<std::string>>> answers;
  if (outcome) answers = decode_answers(*outcome);
  const bool good = answers && answers->size() == items.size();
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i]) continue;
    if (good) {
      settle(items[i], std::move((*answers)[i]));
      continue;
    }
    items[i]->unsure = items[i]->unsure || outcome.has_value() || outcome.error().sent;
    if (items[i]->to_node)
      finish(items[i], std::unexpected(moving("a node did not answer; try again")));
    else
      retry(items[i]);
  }
  flush(node);
}

void Router::settle(const ItemPtr& item, service::Outcome<std::string> answer) {
  if (!answer && answer.error().problem == Problem::not_owner && !item->to_node) return retry(item);
  finish(item, std::move(answer));
}

void Router::finish(const ItemPtr& item, service::Outcome<std::string> answer) {
  items_.fetch_sub(1);
  auto done = std::exchange(item->done, nullptr);
  if (done) done(std::move(answer));
}

void Router::view_changed() {
  const auto view = parts_.membership.view();
  std::vector<ItemPtr> moved;
  std::vector<ItemPtr> failed;
  const auto has = [&](const store::NodeId& node, const Item& item) {
    if (item.to_node) {
      const store::ClusterNode* there = view->node(node);
      return there != nullptr && there->alive;
    }
    const store::ClusterShard* shard = view->shard_of(item.slot);
    return shard != nullptr && shard->owner == node;
  };
  {
    const std::scoped_lock lock(mutex_);
    const auto leave = [&](ItemPtr& item, bool unsure) {
      item->unsure = item->unsure || unsure;
      (item->to_node ? failed : moved).push_back(std::exchange(item, nullptr));
    };
    for (auto& [number, flight] : flights_) {
      for (ItemPtr& item : flight.items) {
        if (item && !has(flight.node, *item)) leave(item, true);
      }
    }
    for (auto& [node, line] : lines_) {
      for (ItemPtr& item : line.waiting) {
        if (!has(node, *item)) leave(item, false);
      }
      std::erase(line.waiting, nullptr);
    }
    std::erase_if(lines_, [&](const auto& each) {
      return each.second.waiting.empty() && each.second.in_flight == 0 && view->node(each.first) == nullptr;
    });
  }
  for (const ItemPtr& item : failed) finish(item, std::unexpected(moving("a node was lost; try again")));
  for (ItemPtr& item : moved) route(std::move(item));
}

void Router::close(Fault fault) {
  std::vector<ItemPtr> items;
  {
    const std::scoped_lock lock(mutex_);
    closed_ = fault;
    for (auto& [node, line] : lines_) {
      std::ranges::move(line.waiting, std::back_inserter(items));
      line.waiting.clear();
    }
    for (auto& [number, flight] : flights_) std::ranges::move(flight.items, std::back_inserter(items));
    flights_.clear();
  }
  for (const ItemPtr& item : items) {
    if (item) finish(item, std::unexpected(fault));
  }
}

}  // namespace flow::cluster
