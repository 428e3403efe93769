// A node's store on the simulated database. What decides about leases is the product's own code (lease_book.h,
// lease_plan.h); the writer and the keeper are played here, statement by statement, over roads that lose, delay and
// repeat. Everything happens in the agenda or in calls.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/store/postgres/lease_book.h"
#include "runtime/store/storage.h"
#include "tests/simulation/database.h"
#include "tests/simulation/stage.h"

namespace flow::simulation {

// Between a node and the database, and how the node stands to time.
struct Road {
  bool cut = false;               // neither statements nor answers get through
  bool renewals_lost = false;     // the leases' own connection is dead, the others are not
  bool standing_still = false;    // the node does nothing at all
  std::int64_t delay_ms_max = 5;  // of a statement, and of its answer
};

struct DatabaseParts {
  Stage& stage;
  Database& database;
  const Road& road;
  store::postgres::BootClock boot_clock;
  store::NodeId self{};
  std::string name;
  std::int64_t lease_ms = 0;
  std::function<void()> wake;  // something may be done in pump()
};

class DatabaseStorage : public store::Storage, public store::Membership {
 public:
  static std::unique_ptr<DatabaseStorage> open(DatabaseParts parts);
  // The process is gone: whatever it has under way in the database goes on without it.
  virtual void abandon() = 0;
  // Whether everything that was appended is durable.
  virtual bool quiet() const = 0;
  virtual const std::vector<store::SlotRange>& shards() const = 0;
};

}  // namespace flow::simulation
