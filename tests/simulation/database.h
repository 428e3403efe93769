// A database that several nodes share, as their store on it sees it: tables of shards with leases and fencing tokens,
// of executions, of bundles. Statements are carried out one after the other, at the instant at which they arrive; the
// roads between are the matter of database_storage.h.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/store/lookups.h"
#include "runtime/store/membership.h"
#include "runtime/store/registry.h"
#include "runtime/store/shard_log.h"
#include "tests/simulation/stage.h"

namespace flow::simulation {

struct StoredExecution {
  store::EndedRow row;      // also of those that run
  std::uint64_t place = 0;  // among the ended, in the order in which they ended; 0: it runs
};

class Database {
 public:
  Database(Stage& stage, int shards, std::int64_t lease_ms);

  // ---- Leases, by the database's clock
  struct Lease {
    std::int64_t token = 0;
    std::uint64_t batches = 0;  // that were written to the shard so far
  };
  // Nothing: it is another node's.
  std::optional<Lease> take(store::SlotRange slots, const store::NodeId& node);
  void release(store::SlotRange slots, const store::NodeId& node, std::int64_t token);
  // Which of them are still the node's; they and the node live on.
  std::vector<std::pair<std::uint8_t, std::int64_t>> renew(
      const store::ClusterNode& node, const std::vector<std::pair<std::uint8_t, std::int64_t>>& held);
  store::ClusterView view() const;  // `self` is open
  // An operator or a mistake takes the shard away before its lease is over.
  void revoke(std::uint8_t slot);
  // Whether the node has the slot at this instant.
  bool owns(const store::NodeId& node, std::uint8_t slot) const;

  // ---- Executions
  enum class Written : std::uint8_t { done, fenced };
  // Once: a batch whose count has been written is done already.
  Written write(std::uint8_t slot, std::int64_t token, std::uint64_t count, const store::Batch& batch);
  void each_running(store::SlotRange slots, const std::function<void(const StoredExecution&)>& each) const;
  const StoredExecution* find(const core::ExecutionId& id) const;
  std::optional<store::EndedRow> find_key(std::uint8_t slot, std::uint64_t key) const;
  store::EndedPage list(const store::EndedFilter& filter) const;
  std::vector<std::pair<std::uint64_t, std::int64_t>> keys(store::SlotRange slots) const;
  std::vector<store::EndedRow> ended(store::SlotRange slots) const;  // in the order of their ends
  std::size_t forget_ended(store::SlotRange slots, const store::Retention& retention, std::int64_t now_ms,
                           std::size_t limit);
  std::size_t erase_party(std::uint64_t party);
  std::int64_t last_change_ms() const { return last_change_ms_; }

  // ---- Installation
  struct BundleRow {
    store::RegisteredBundle bundle;
    std::string bytes;
  };
  std::vector<BundleRow> bundles;
  std::map<std::string, std::uint32_t> flow_numbers;
  std::map<std::string, store::PublishedFlow> published;
  std::uint64_t registry_version = 1;
  core::ClockBase clock;
  std::array<std::uint8_t, 16> hash_key{};

  bool checks_fencing = true;  // false: a mistake that the simulation must find
  // A shard has changed hands.
  std::function<void(store::SlotRange, const store::NodeId& from)> taken_over;

 private:
  struct Shard {
    store::ClusterShard row;
    std::int64_t until_ms = 0;
    std::uint64_t batches = 0;
  };
  struct Seen {
    store::ClusterNode node;
    std::int64_t seen_ms = 0;
  };

  Shard* shard_at(std::uint8_t slot);
  std::int64_t now() const { return stage_.agenda.now_ms(); }

  Stage& stage_;
  const std::int64_t lease_ms_;
  std::vector<Shard> shards_;
  std::map<store::NodeId, Seen> nodes_;
  std::map<core::ExecutionId, StoredExecution> executions_;
  std::map<std::uint64_t, core::ExecutionId> ended_;  // by place
  std::uint64_t last_place_ = 0;
  std::int64_t last_change_ms_ = 0;
};

}  // namespace flow::simulation
