// The store on PostgreSQL: several nodes, each with some of the shards. docs/formats/postgres.md has the tables,
// docs/decisions/0014-postgresql.md why they are so.
//
// Its own rules beside Storage's: a shard is opened with exactly one of shards(); a log that has lost its lease has
// failed (LogFailure::lost); sends of a node whose lease may be over are held back by may_act().
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/crypto/seal.h"
#include "runtime/store/membership.h"
#include "runtime/store/postgres/lease_book.h"
#include "runtime/store/postgres/target.h"
#include "runtime/store/storage.h"

namespace flow::store::postgres {

struct PostgresOptions {
  std::string node_name;                    // for people: in logs, in flowd.nodes and in pg_stat_activity
  std::string address;                      // ClusterNode::address; empty for a node that others need not reach
  std::string release;                      // of flowd, for people
  int format = 1;                           // of the executions that it writes, and the newest that it reads
  std::chrono::milliseconds lease{10'000};  // 300 ms or more
  int shards = 16;                          // of a new installation, 1 to 256
  std::size_t writers = 2;                  // connections that write, each a thread
  std::size_t readers = 2;                  // connections for look-ups, each a thread
  // 0: a transaction may carry batches of all shards of its writer. 1: never of two.
  std::size_t shards_a_transaction = 0;
  const crypto::Keyring* keys = nullptr;  // seals the images; outlives the store
  bool allow_unsafe = false;              // SchemaOptions::allow_unsafe
  BootClock boot_clock = boot_now_ms;     // tests have another
  // A store with this hash key is moved here: SchemaOptions::moved_hash_key.
  std::optional<std::array<std::uint8_t, 16>> moved_hash_key{};
};

class PostgresStorage : public Storage, public Membership {
 public:
  // Connects, makes the tables when they are missing, and announces this node. Errors as open_schema()'s.
  static Result<std::unique_ptr<PostgresStorage>> open(Target target, PostgresOptions options);

  virtual const std::vector<SlotRange>& shards() const = 0;
  virtual NodeId self() const = 0;

  // ---- Opened with moved_hash_key
  // Takes over bundles and flows with their numbers, what is published, and the clock. Blocks.
  virtual Status take_over(Registry& from) = 0;
  // From here on nodes may serve.
  virtual Status finish_move() = 0;
};

}  // namespace flow::store::postgres
