// A store in memory that keeps its contracts: for tests that want to say when something is durable, and what fails.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/store/storage.h"

namespace flow::service::testing {

// What is on the disk: outlives the storages that are opened on it, one after the other.
struct MemoryDisk {
  std::array<std::uint8_t, 16> hash_key{1, 2, 3};
  core::ClockBase clock;
  std::vector<store::RegisteredBundle> bundles;
  std::map<std::uint32_t, std::string> bundle_bytes;
  std::map<std::string, std::uint32_t> flow_numbers;
  std::map<std::string, store::PublishedFlow> published;
  std::map<core::ExecutionId, store::EndedRow> running;
  std::map<core::ExecutionId, store::EndedRow> ended;
  std::vector<core::ExecutionId> ended_order;
  std::int64_t last_change_ms = 0;
};

// Any thread. With `immediate` what is appended is durable at once, and look-ups are answered within the call; else
// both wait for pump().
class MemoryStorage final : public store::Storage, private store::Registry, private store::Lookups {
 public:
  explicit MemoryStorage(std::shared_ptr<MemoryDisk> disk, bool immediate = false)
      : disk_(std::move(disk)), immediate_(immediate) {}

  // ---- What goes wrong
  bool hold_commits = false;              // pump() makes nothing durable
  std::uint64_t hold_after = UINT64_MAX;  // from this many commits on, the same
  bool hold_tables = false;               // what ended is not indexed
  bool hold_lookups = false;              // no look-up is answered
  bool low_space = false;
  std::uint64_t executions_behind = 0;  // besides those that are
  bool may_act = true;
  std::uint64_t rewrite_before = 0;
  std::size_t rewritten = 0;  // records that were appended again as they were
  std::size_t purges = 0;
  void fail_log(bool lost);  // every log, from now on

  // ---- Storage
  store::Registry& registry() override { return *this; }
  store::Lookups& lookups() override { return *this; }
  Result<std::unique_ptr<store::ShardLog>> open_shard(store::SlotRange slots, std::function<void()> wake) override;
  std::int64_t last_change_ms() const override { return disk_->last_change_ms; }
  store::StorageSizes sizes() const override;
  bool pump() override;

 private:
  class Log;
  using Rows = std::map<core::ExecutionId, store::EndedRow>;

  Result<std::vector<store::RegisteredBundle>> bundles() override;
  Result<std::vector<store::PublishedFlow>> published() override;
  Result<std::string> bundle_bytes(std::uint32_t number) override;
  Result<store::RegisteredBundle> deploy(std::string_view version, std::string_view bytes,
                                         const std::vector<std::string>& flows, std::int64_t at_ms,
                                         bool* known) override;
  Status publish(const store::PublishedFlow& row) override;
  std::uint64_t version() const override { return 1; }
  std::array<std::uint8_t, 16> hash_key() const override { return disk_->hash_key; }
  core::ClockBase saved_clock() const override { return disk_->clock; }
  Status save_clock(const core::ClockBase& base) override;

  void execution(const core::ExecutionId& id, store::LookupDone<std::optional<store::EndedRow>> done) override;
  void find_key(std::uint8_t slot, std::uint64_t key, store::LookupDone<std::optional<store::EndedRow>> done) override;
  void list(store::EndedFilter filter, store::LookupDone<store::EndedPage> done) override;
  void each_key(store::SlotRange slots, std::function<void(KeyPortion)> portion,
                store::LookupDone<std::monostate> done) override;
  void each_ended(store::SlotRange slots, std::function<Status(const RowPortion&)> portion,
                  store::LookupDone<std::monostate> done) override;
  void forget_ended(store::SlotRange slots, store::Retention retention, std::int64_t now_ms, std::size_t limit,
                    store::LookupDone<std::size_t> done) override;
  void erase_party(std::uint64_t party, store::LookupDone<std::size_t> done) override;

  void apply(const store::Batch& batch);
  void index();
  void forget(const core::ExecutionId& id);
  void ask(std::move_only_function<void()> job);

  std::shared_ptr<MemoryDisk> disk_;
  const bool immediate_;
  mutable std::recursive_mutex mutex_;
  std::vector<Log*> logs_;
  std::vector<store::EndedRow> unindexed_;
  std::deque<std::move_only_function<void()>> jobs_;
  std::optional<store::LogFailure> failure_;
  std::uint64_t commits_ = 0;
};

}  // namespace flow::service::testing
