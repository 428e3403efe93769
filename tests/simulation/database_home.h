// A node's share of a database.
#pragma once

#include <memory>

#include "tests/simulation/database_storage.h"
#include "tests/simulation/home.h"

namespace flow::simulation {

class DatabaseHome final : public Home {
 public:
  // `clock_rate`: how fast the machine's clock goes. `alone`: a restart has what it had at once; with others about, it
  // is another node.
  DatabaseHome(Stage& stage, Database& database, std::uint32_t number, std::int64_t lease_ms, double clock_rate,
               bool alone)
      : stage_(stage),
        database_(database),
        number_(number),
        lease_ms_(lease_ms),
        clock_rate_(clock_rate),
        alone_(alone) {}

  Result<store::Storage*> open(std::function<void()> wake, std::function<void()> power_cut) override;
  void cut() override {
    if (storage_) storage_->abandon();
  }
  void close() override { storage_.reset(); }
  std::size_t shards() const override { return 0; }
  store::Membership* membership() override { return storage_.get(); }
  bool owns(std::uint8_t slot) const override { return database_.owns(self_, slot); }
  void stand_still(bool still) override { road.standing_still = still; }
  const store::NodeId& self() const { return self_; }

  Road road;

 private:
  Stage& stage_;
  Database& database_;
  const std::uint32_t number_;
  const std::int64_t lease_ms_;
  const double clock_rate_;
  const bool alone_;
  store::NodeId self_{};
  std::unique_ptr<DatabaseStorage> storage_;
};

}  // namespace flow::simulation
