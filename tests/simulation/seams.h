// The seam between the service and its store: passes everything through, holds the disk up where it is slow, knows what
// is durable, and is where canaries sit.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>

#include "runtime/store/storage.h"
#include "tests/simulation/canaries.h"
#include "tests/simulation/stage.h"

namespace flow::simulation {

class Seam final : public store::Storage {
 public:
  // `wake`: pump() may have something to do.
  Seam(Stage& stage, store::Storage& behind, std::optional<Canary> canary, std::function<void()> wake);
  ~Seam() override;

  store::Registry& registry() override { return *registry_; }
  store::Lookups& lookups() override { return *lookups_; }
  Result<std::unique_ptr<store::ShardLog>> open_shard(store::SlotRange slots, std::function<void()> wake) override;
  std::int64_t last_change_ms() const override { return behind_.last_change_ms(); }
  store::StorageSizes sizes() const override { return behind_.sizes(); }
  bool pump() override;

  // Whether everything that was appended is durable.
  bool quiet() const;

 private:
  class Log;
  class SeededRegistry;
  class KeylessLookups;

  const program::FlowInfo* info_of(const store::ExecutionRecord& record);

  Stage& stage_;
  store::Storage& behind_;
  const std::optional<Canary> canary_;
  std::function<void()> wake_;
  std::unique_ptr<store::Registry> registry_;
  std::unique_ptr<store::Lookups> keyless_;
  store::Lookups* lookups_;
  std::set<const Log*> logs_;
  std::int64_t slow_until_ms_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace flow::simulation
