// Executions that have ended, for who looks them up: tables that are built behind the log and may lag. What runs is
// asked of its shard.
//
// Calls return at once; `done` is called exactly once, on a thread of the store (without threads: within pump()), also
// when the store is closed. Any thread. Bounded queue: a full one answers resource_exhausted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/store/shard_log.h"

namespace flow::store {

// An ExecutionRecord that owns its image.
struct EndedRow {
  core::ExecutionId id;
  std::uint32_t revision = 0;
  std::uint32_t bundle = 0;
  std::uint32_t flow = 0;
  std::uint64_t order = 0;
  std::int64_t changed_at_ms = 0;
  std::int64_t ended_at_ms = 0;
  std::uint64_t party = 0;
  std::uint64_t key = 0;
  std::string image;
};

// Points into the row.
inline ExecutionRecord record_of(const EndedRow& row) {
  return {.id = row.id,
          .revision = row.revision,
          .bundle = row.bundle,
          .flow = row.flow,
          .order = row.order,
          .changed_at_ms = row.changed_at_ms,
          .ended_at_ms = row.ended_at_ms,
          .party = row.party,
          .key = row.key,
          .image = row.image};
}
EndedRow row_of(const ExecutionRecord& record);

struct EndedFilter {
  SlotRange slots{};
  std::optional<std::uint32_t> flow{};
  std::optional<std::uint32_t> bundle{};
  std::optional<std::uint64_t> party{};
  // Of the page before: EndedPage::next. 0: from the youngest.
  std::uint64_t before = 0;
  std::size_t limit = 50;
};

struct EndedPage {
  std::vector<EndedRow> rows;  // the last to end (as the tables learned of it) first
  std::uint64_t next = 0;      // 0: that was all
};

// What is kept how long after its end.
struct Retention {
  std::int64_t default_ms = 0;
  std::vector<std::pair<std::uint32_t, std::int64_t>> by_flow;  // flow number, ms
};

template <typename T>
using LookupDone = std::move_only_function<void(Result<T>)>;

class Lookups {
 public:
  virtual ~Lookups() = default;

  virtual void execution(const core::ExecutionId& id, LookupDone<std::optional<EndedRow>> done) = 0;
  // The execution that was started with this key (ExecutionRecord::key) in this slot.
  virtual void find_key(std::uint8_t slot, std::uint64_t key, LookupDone<std::optional<EndedRow>> done) = 0;
  virtual void list(EndedFilter filter, LookupDone<EndedPage> done) = 0;
  // Every key of ended executions in these slots, with the time of its end, in portions; then `done`.
  using KeyPortion = std::vector<std::pair<std::uint64_t, std::int64_t>>;
  virtual void each_key(SlotRange slots, std::function<void(KeyPortion)> portion, LookupDone<std::monostate> done) = 0;
  // Every ended execution in these slots, those of a slot in the order of their ends, in portions; then `done`. What
  // `portion` refuses ends it. It may block: the store looks nothing else up meanwhile.
  using RowPortion = std::vector<EndedRow>;
  virtual void each_ended(SlotRange slots, std::function<Status(const RowPortion&)> portion,
                          LookupDone<std::monostate> done) = 0;

  // Forgets up to `limit` executions whose time is over; how many. To be called again at once when it was `limit`.
  virtual void forget_ended(SlotRange slots, Retention retention, std::int64_t now_ms, std::size_t limit,
                            LookupDone<std::size_t> done) = 0;
  // Forgets every ended execution with this recipient, at once and so that no trace of it is left in the tables' files;
  // how many.
  virtual void erase_party(std::uint64_t party, LookupDone<std::size_t> done) = 0;
};

}  // namespace flow::store
