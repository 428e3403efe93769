// lookup.sqlite: the tables behind the journal. One thread, but for find_idempotency(), which has its own connection.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/store/embedded/sqlite.h"
#include "runtime/store/store.h"

namespace flow::store::embedded {

class LookupFile {
 public:
  // Reads only, until the first apply().
  static Result<LookupFile> open(const std::string& path, const std::string& vfs);
  void writable();

  const std::string& store_id() const { return store_id_; }
  std::uint64_t indexed_through() const { return indexed_through_; }  // committed
  std::int64_t last_change_ms() const { return last_change_ms_; }

  // Within a transaction that the first apply() begins and commit() ends.
  Status apply(std::uint64_t sequence, const std::vector<Record>& records);
  Status commit();
  bool in_transaction() const { return open_; }

  Result<std::optional<ExecutionRow>> execution(const core::ExecutionId& id);
  Result<std::vector<std::string>> timeline(std::uint64_t number);
  Result<std::vector<ExecutionRow>> list(const ListFilter& filter);
  Result<std::vector<BundleRow>> bundles();
  Result<std::optional<std::string>> bundle(std::string_view version);
  Result<std::vector<PublishRecord>> published();
  Status each_running(const std::function<Status(const ExecutionRow&)>& each);
  Result<std::size_t> forget_ended(std::int64_t before_ms, std::size_t limit);

 private:
  Status begin();
  Status apply(const BundleRecord& record);
  Status apply(const PublishRecord& record);
  Status apply(const ExecutionRecord& record);
  Status insert(const ExecutionRecord& record);
  Result<std::uint64_t> update(const ExecutionRecord& record);
  Status forget(std::uint64_t number);

  Database database_;
  Statement insert_execution_, update_execution_, number_of_, insert_entry_, insert_key_, select_execution_,
      select_timeline_, forget_key_, forget_timeline_, forget_execution_;
  std::string store_id_;
  std::uint64_t indexed_through_ = 0;
  std::uint64_t applied_through_ = 0;
  std::int64_t last_change_ms_ = 0;
  bool open_ = false;
};

// The writer's own look at the keys.
class IdempotencyReader {
 public:
  static Result<IdempotencyReader> open(const std::string& path, const std::string& vfs);
  Result<std::optional<IdempotencyRow>> find(std::string_view key);

 private:
  Database database_;
  Statement select_;
};

}  // namespace flow::store::embedded
