// The tables, in a schema of their own called `flowd`: docs/formats/postgres.md.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/store/postgres/connection.h"
#include "runtime/store/shard_log.h"

namespace flow::store::postgres {

inline constexpr int kSchemaVersion = 1;
// In place of the version while a store is being moved into the tables: no flowd serves from them.
inline constexpr int kMovingVersion = -1;

struct SchemaOptions {
  int shards = 16;  // 1 to 256, of a new installation
  // Go on with synchronous_commit or fsync off: what was acknowledged may be lost then.
  bool allow_unsafe = false;
  std::chrono::milliseconds patience{30'000};
  // The tables are for a store that is moved here, and get its hash key and kMovingVersion: they must be missing or
  // hold nothing.
  std::optional<std::array<std::uint8_t, 16>> moved_hash_key{};
};

// What was found, or made.
struct Installation {
  std::array<std::uint8_t, 16> hash_key{};
  std::vector<SlotRange> shards;  // ascending; together all slots
};

// Makes the tables when there are none (nodes that start at once wait for one another), and checks them. failed_
// precondition: of a newer flowd, a database that does not keep what it confirms, a move that was cut short, or (for a
// move) tables that hold something; permission_denied: the user may
// not create a schema; unavailable: try again.
Result<Installation> open_schema(Connection& connection, const SchemaOptions& options);

// How 256 slots are divided among so many shards.
std::vector<SlotRange> divide_slots(int shards);

}  // namespace flow::store::postgres
