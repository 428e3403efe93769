// A node's own disk, with the store of one machine on it: the real one, over a disk that forgets what was not synced.
#pragma once

#include <memory>

#include "runtime/store/log/log.h"
#include "tests/simulation/home.h"
#include "tests/simulation/stage.h"
#include "tests/support/simulated_disk.h"

namespace flow::simulation {

class LogHome final : public Home {
 public:
  // `random` decides about sizes and keys.
  LogHome(Stage& stage, generate::Random& random);
  ~LogHome() override;

  Result<store::Storage*> open(std::function<void()> wake, std::function<void()> power_cut) override;
  void cut() override;
  void close() override;
  std::size_t shards() const override { return shards_; }

 private:
  void operation(testing_support::DiskOperation what);

  Stage& stage_;
  testing_support::SimulatedDisk disk_;
  store::log::Options options_;
  std::size_t shards_ = 1;
  std::function<void()> power_cut_;
  std::unique_ptr<store::Storage> storage_;
  bool forgets_ = false;  // failed syncs drop what they should have written
  bool failed_ = false;   // an operation of this process
  bool dead_ = false;
  int strikes_ = 0;
};

}  // namespace flow::simulation
