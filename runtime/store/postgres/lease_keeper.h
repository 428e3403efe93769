// Renews this node's leases, looks at what the others have, and says what this node should take or give back: a thread
// with a connection of its own, a round at least three times a lease.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "runtime/store/membership.h"
#include "runtime/store/postgres/connection.h"
#include "runtime/store/postgres/lease_book.h"

namespace flow::store::postgres {

struct KeeperOptions {
  Target target;
  NodeId self{};
  std::string node_name;
  std::string address;
  std::string release;
  int format = 1;
  std::vector<SlotRange> shards;
  // On the keeper's thread.
  std::function<void(const std::vector<std::shared_ptr<Lease>>&)> leases_changed;
  std::function<void(std::uint64_t registry)> registry_changed;
  std::function<std::uint64_t()> registry_read;  // what this node has read of the registry
};

class LeaseKeeper {
 public:
  LeaseKeeper(LeaseBook& book, KeeperOptions options);
  ~LeaseKeeper();
  LeaseKeeper(const LeaseKeeper&) = delete;
  LeaseKeeper& operator=(const LeaseKeeper&) = delete;

  void watch(ClusterWatcher watcher);
  void unwatch();
  void drain();
  void look();
  std::shared_ptr<const ClusterView> view() const;
  bool connected() const;

 private:
  void run();
  Answer<void> round();
  Answer<void> renew(Connection& connection);
  Answer<ClusterView> read(Connection& connection);
  void tell(const ClusterView& view);

  LeaseBook& book_;
  const KeeperOptions options_;
  const std::chrono::milliseconds pause_;
  Interrupt interrupt_;
  std::unique_ptr<Connection> connection_;
  std::atomic<std::int64_t> answered_ms_{INT64_MIN / 2};

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<const ClusterView> view_;
  bool draining_ = false;
  bool look_now_ = false;
  bool stopping_ = false;
  std::mutex watching_;  // held while the watcher is called
  ClusterWatcher watcher_;
  std::thread thread_;
};

}  // namespace flow::store::postgres
