// lookup.sqlite: the executions that have ended, a row each in the order in which the tables learned of them, and the
// tags by which they are found. One connection, one thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/crypto/seal.h"
#include "runtime/store/log/sqlite.h"
#include "runtime/store/log/tag_runs.h"
#include "runtime/store/lookups.h"

namespace flow::store::log {

extern const char* const kLookupSchema;

// What the tables say of the log.
struct LogPlace {
  std::uint64_t indexed_through = 0;  // frames up to here are in the tables
  std::uint64_t first_segment = 1;    // segments before this are not needed any more
};

// The rows that were added or changed last, some ten thousands of them, by id.
class RecentRows {
 public:
  struct Row {
    core::ExecutionId id;
    std::uint32_t revision = 0;
    std::uint64_t number = 0;  // 0: none
  };
  Row* find(const core::ExecutionId& id);
  void put(const Row& row);

 private:
  static constexpr std::size_t kRows = 1 << 15;  // in each of two halves: the older is thrown away as a whole
  static constexpr std::size_t kPlaces = kRows * 2;
  struct Half {
    std::vector<Row> places;
    std::size_t count = 0;
    Row* place(const core::ExecutionId& id);  // where it is or would be
  };
  std::array<Half, 2> halves_;
};

class EndedTables {
 public:
  using Keys = std::shared_ptr<const crypto::Keyring>;
  // Reads only, until writable(). Images are sealed when there are keys.
  static Result<std::unique_ptr<EndedTables>> open(const std::string& path, const std::string& vfs, Keys keys);
  Status writable();
  // What new tables get.
  static Status fill(Database& database, std::string_view store_id);

  const std::string& store_id() const { return store_id_; }
  LogPlace place() const { return place_; }  // as committed

  // All changes are of a transaction that the first of them begins and commit() ends, on the disk when it returns.
  Status add(const std::vector<EndedRow>& rows);
  Status commit(const LogPlace& place);
  // Carries what was committed into the file itself; `truncate`: nothing stays beside it.
  Status checkpoint(bool truncate);
  bool changed() const { return open_; }                  // and not yet committed
  std::uint64_t bytes();                                  // of the file, SQLite's log not counted
  std::uint64_t log_pages() const { return wal_pages_; }  // written since the last checkpoint

  Result<std::optional<EndedRow>> execution(const core::ExecutionId& id);
  Result<std::optional<EndedRow>> find_key(std::uint8_t slot, std::uint64_t key);
  Result<EndedPage> list(const EndedFilter& filter);
  // Rows after `after`, up to `limit` of them; the number of the last in `after`, 0 at the end.
  Status keys(const SlotRange& slots, std::uint64_t& after, std::size_t limit, Lookups::KeyPortion& portion);
  // The same, whole.
  Status rows(const SlotRange& slots, std::uint64_t& after, std::size_t limit, Lookups::RowPortion& portion);
  Result<std::size_t> forget(const SlotRange& slots, const Retention& retention, std::int64_t now_ms,
                             std::size_t limit);
  Result<std::size_t> erase_party(std::uint64_t party);

  struct Counts {
    std::uint64_t rows = 0;
    std::uint64_t tags = 0;
  };
  // Looks at every row and page.
  Result<Counts> verify();
  Database& database() { return database_; }

 private:
  EndedTables() : tags_(database_) {}
  Status prepare();
  Status read_place();
  std::string place_text(const LogPlace& place) const;
  Status begin();
  Status add(const EndedRow& row, std::vector<Tag>& tags);
  Status insert(const EndedRow& row, std::uint64_t number);
  Result<std::optional<std::uint64_t>> number_of(const EndedRow& row);
  Result<EndedRow> read_row(Statement& statement);
  Result<std::optional<EndedRow>> row(std::uint64_t number);
  Status forget_row(std::uint64_t number);
  static bool matches(const EndedFilter& filter, const EndedRow& row);

  Database database_;
  Keys keys_;
  TagRuns tags_;
  Statement insert_, select_, select_page_, delete_, next_flow_, of_flow_, set_meta_;
  std::string store_id_;
  LogPlace place_;
  std::uint64_t next_number_ = 1;
  std::uint64_t wal_pages_ = 0;
  bool open_ = false;
  // The youngest rows: whether a record changes one of them is known without looking.
  RecentRows recent_;
};

}  // namespace flow::store::log
