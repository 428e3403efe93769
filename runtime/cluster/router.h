// Brings calls to the node that has their slot, and goes after it when it moves.
//
// A call is tried until it is answered, refused, or its time is over. Nodes answer `not_owner` for slots that they do
// not have; nothing was done then. Where an answer failed to come, the call may have been carried out: it is tried
// again all the same, so only calls that may be repeated are given to the router.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/cluster/peers.h"
#include "runtime/cluster/wire.h"
#include "runtime/core/metrics.h"
#include "runtime/store/membership.h"

namespace flow::cluster {

using Answered = std::move_only_function<void(service::Outcome<std::string>)>;

struct RouterParts {
  store::Membership& membership;
  Peers& peers;
  // A call for this node itself. Any thread.
  std::function<void(Call call, Answered done)> serve;
  core::MetricSet& metrics;
};

class Router : public std::enable_shared_from_this<Router> {
 public:
  // How long a call is tried: a lease, in which a dead node's shards come into other hands, and some more.
  Router(RouterParts parts, std::chrono::milliseconds patience);

  // Any thread. `done` is called once, on any thread.
  void to_slot(std::uint8_t slot, Call call, Answered done);
  // To one node, once; null `done` values never. not_owner when it cannot be reached.
  void to_node(const store::ClusterNode& node, Call call, Answered done);

  // There is a new view: what waits for a node that has lost its shards goes to the next one.
  void view_changed();
  // Everything that waits is answered with `fault`, and everything from now on.
  void close(service::Fault fault);

 private:
  struct Item {
    ~Item();  // answered in any case
    std::uint8_t slot = 0;
    bool to_node = false;  // and not to the slot's owner
    Call call;
    Answered done;
    std::chrono::milliseconds until{};
    int tries = 0;
    bool unsure = false;  // it may have been carried out
  };
  using ItemPtr = std::shared_ptr<Item>;
  struct Flight {  // one request that is under way
    store::NodeId node{};
    std::vector<ItemPtr> items;  // null: given up, it goes another way
  };
  struct Line {  // to one node
    std::string address;
    std::deque<ItemPtr> waiting;
    int in_flight = 0;
  };

  void route(ItemPtr item);
  void retry(ItemPtr item);
  void flush(const store::NodeId& node);
  void landed(const store::NodeId& node, std::uint64_t flight, PeerOutcome outcome);
  void settle(const ItemPtr& item, service::Outcome<std::string> answer);
  void finish(const ItemPtr& item, service::Outcome<std::string> answer);

  const RouterParts parts_;
  const std::chrono::milliseconds patience_;
  core::Metric& forwarded_;
  core::Metric& retried_;
  std::mutex mutex_;
  std::map<store::NodeId, Line> lines_;
  std::map<std::uint64_t, Flight> flights_;
  std::uint64_t next_flight_ = 1;
  std::atomic<std::size_t> items_{0};
  std::optional<service::Fault> closed_;
};

}  // namespace flow::cluster
