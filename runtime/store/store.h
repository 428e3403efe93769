// The store: a journal that makes batches durable, and look-up tables that are built behind it and may lag.
//
// Two sides, a thread each: the writer appends; the librarian carries what was appended into the tables and reads them.
// What the librarian reads has everything that was appended before its last catch_up(). The first failed write is
// final: every later call fails with the same error, because what is on the disk is then not known; a restart reads it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/core/clock.h"
#include "runtime/core/execution_id.h"
#include "runtime/store/record.h"

namespace flow::store {

// An execution as the tables have it.
struct ExecutionRow {
  core::ExecutionId id;
  std::uint64_t number = 0;  // in the order of starting, from 1
  std::uint32_t revision = 0;
  std::string flow;
  std::string bundle;
  std::int64_t changed_at_ms = 0;
  std::int64_t ended_at_ms = 0;  // 0: it runs
  std::string summary;
  std::string image;  // empty in lists
};

struct IdempotencyRow {
  core::ExecutionId execution;
  std::string fingerprint;
  std::string bundle;
  std::int64_t started_at_ms = 0;
};

struct BundleRow {
  std::string version;
  std::int64_t at_ms = 0;
  std::vector<std::string> flows;
};

struct ListFilter {
  std::string flow;    // empty: all
  std::string bundle;  // empty: all
  std::optional<bool> ended;
  std::uint64_t before_number = UINT64_MAX;
  std::size_t limit = 50;
};

struct StoreSizes {
  std::uint64_t journal_bytes = 0;
  std::uint64_t lookup_bytes = 0;
  std::uint64_t batches_behind = 0;  // appended, not yet in the tables for good
};

class Store {
 public:
  virtual ~Store() = default;

  // ---- Writer

  // Durable when it returns; the batch's sequence number. REQUIRES: `records` is not empty.
  virtual Result<std::uint64_t> append(std::vector<Record> records) = 0;
  // Sees only what is in the tables for good (indexed_through()).
  virtual Result<std::optional<IdempotencyRow>> find_idempotency(std::string_view key) = 0;
  // The clock's base, kept so that a restart continues it. Durable when it returns.
  virtual Status save_clock(const core::ClockBase& base) = 0;

  // ---- Any thread

  // Batches up to here are in the tables for good.
  virtual std::uint64_t indexed_through() const = 0;
  virtual std::uint64_t appended_through() const = 0;
  virtual StoreSizes sizes() const = 0;

  // ---- Librarian

  // Carries every appended batch into the tables. Commits them when enough has come together or `commit` says so.
  virtual Status catch_up(bool commit) = 0;
  virtual Result<std::optional<ExecutionRow>> execution(const core::ExecutionId& id) = 0;
  virtual Result<std::vector<std::string>> timeline(std::uint64_t number) = 0;
  virtual Result<std::vector<ExecutionRow>> list(const ListFilter& filter) = 0;
  virtual Result<std::vector<BundleRow>> bundles() = 0;
  virtual Result<std::optional<std::string>> bundle(std::string_view version) = 0;  // its bytes
  virtual Result<std::vector<PublishRecord>> published() = 0;
  // Each execution that runs, in the order of starting. Stops at the first error that `each` returns.
  virtual Status each_running(const std::function<Status(const ExecutionRow&)>& each) = 0;
  // Forgets up to `limit` executions that ended before `before_ms`, with their timelines and keys; how many.
  virtual Result<std::size_t> forget_ended(std::int64_t before_ms, std::size_t limit) = 0;

  // ---- At start

  virtual core::ClockBase saved_clock() const = 0;  // all zero in a fresh store
  virtual std::int64_t last_change_ms() const = 0;  // the greatest time in the store; 0 in a fresh one
};

}  // namespace flow::store
