#include "runtime/store/postgres/lookups.h"

#include <algorithm>

#include "base/limits.h"
#include "runtime/store/postgres/stored_image.h"

namespace flow::store::postgres {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatience{15'000};
constexpr int kKeysAPortion = 10'000;
constexpr int kRowsAPortion = 2'000;
constexpr int kListedTimeShift = 20;  // as in merge.cpp

#define FLOW_ENDED_COLUMNS \
  "e.id, e.revision, e.bundle, e.flow, e.start_order, e.changed_at, e.ended_at, e.party, e.key, e.image"

constexpr Statement kFind = {"find",
                             "select " FLOW_ENDED_COLUMNS " from flowd.ended e where e.slot = $1 and e.id = $2"};
constexpr Statement kFindKey = {
    "find_key", "select " FLOW_ENDED_COLUMNS
                " from flowd.ended e where e.slot = $1 and e.key = $2 and e.key <> 0 order by e.listed desc limit 1"};
// The youngest of each slot and flow by the index, then the youngest of those; only these are read whole.
constexpr Statement kList = {
    "list", "select " FLOW_ENDED_COLUMNS
            ", e.listed from (select y.slot, y.id, y.listed from generate_series($1::int4, $2::int4) as s(slot) "
            "cross join (select number from flowd.flows where $3::int4 = 0 or number = $3) as f "
            "cross join lateral (select slot, id, listed from flowd.ended c where c.slot = s.slot::int2 and "
            "c.flow = f.number and c.listed < $4::int8 and ($5::int4 = 0 or c.bundle = $5) "
            "order by c.listed desc limit $6) as y "
            "order by y.listed desc limit $6) as p join flowd.ended e on e.slot = p.slot and e.id = p.id "
            "order by e.listed desc"};
constexpr Statement kListParty = {
    "list_party", "select " FLOW_ENDED_COLUMNS
                  ", e.listed from flowd.ended e where e.slot = any($1::int2[]) and e.party = $2 and e.party <> 0 and "
                  "($3::int4 = 0 or e.flow = $3) and e.listed < $4::int8 and ($5::int4 = 0 or e.bundle = $5) "
                  "order by e.listed desc limit $6"};
constexpr Statement kKeys = {"keys",
                             "select key, id, ended_at from flowd.ended where slot = $1 and key <> 0 and "
                             "(key, id) > ($2::int8, $3::uuid) order by key, id limit $4"};
constexpr Statement kFirstKeys = {"first_keys",
                                  "select key, id, ended_at from flowd.ended where slot = $1 and key <> 0 "
                                  "order by key, id limit $2"};
constexpr Statement kEach = {"each", "select " FLOW_ENDED_COLUMNS
                                     ", e.listed from flowd.ended e where e.slot = $1 and e.listed > $2::int8 "
                                     "order by e.listed limit $3"};
// `$4` bounds the search by the index, `$5` is exact.
constexpr Statement kForget = {
    "forget",
    "delete from flowd.ended e using (select c.slot, c.id from generate_series($1::int4, $2::int4) as s(slot) "
    "cross join lateral (select slot, id from flowd.ended o where o.slot = s.slot::int2 and o.flow = $3 and "
    "o.listed < $4::int8 and o.ended_at < $5::int8 order by o.listed limit $6) as c limit $6) as d "
    "where e.slot = d.slot and e.id = d.id"};
constexpr Statement kFlowNumbers = {"flow_numbers", "select number from flowd.flows order by number"};
constexpr Statement kErase = {"erase",
                              "delete from flowd.ended where slot = any($1::int2[]) and party = $2 and party <> 0"};

constexpr const char* kSettings = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off";

Array slots_of(SlotRange range) {
  Array slots(kInt2Array);
  for (int slot = range.first; slot <= range.last; ++slot) slots.int2(static_cast<std::int16_t>(slot));
  return slots;
}

}  // namespace

// What a job works with.
class PostgresLookups::Reader {
 public:
  explicit Reader(const PostgresLookups& owner) : owner_(owner) {}

  // Once more, when the connection had broken meanwhile: every statement here may be repeated.
  Result<Rows> run(const Statement& statement, const Parameters& parameters) {
    Answer<Rows> rows = attempt(statement, parameters);
    if (!rows && !connection_) rows = attempt(statement, parameters);
    if (!rows) return std::unexpected(rows.error().error);
    return std::move(*rows);
  }

  Result<EndedRow> row(const Rows& rows, int at) const {
    EndedRow row;
    row.id.bytes = rows.uuid(at, 0);
    row.revision = static_cast<std::uint32_t>(rows.integer(at, 1));
    row.bundle = static_cast<std::uint32_t>(rows.integer(at, 2));
    row.flow = static_cast<std::uint32_t>(rows.integer(at, 3));
    row.order = static_cast<std::uint64_t>(rows.integer(at, 4));
    row.changed_at_ms = rows.integer(at, 5);
    row.ended_at_ms = rows.integer(at, 6);
    row.party = static_cast<std::uint64_t>(rows.integer(at, 7));
    row.key = static_cast<std::uint64_t>(rows.integer(at, 8));
    auto image = read_image(row.id, rows.bytes(at, 9), owner_.keys_);
    if (!image) return std::unexpected(image.error());
    row.image = std::move(*image);
    return row;
  }

  Result<std::optional<EndedRow>> one(const Statement& statement, const Parameters& parameters) {
    const auto rows = run(statement, parameters);
    if (!rows) return std::unexpected(rows.error());
    if (rows->size() == 0) return std::optional<EndedRow>();
    auto found = row(*rows, 0);
    if (!found) return std::unexpected(found.error());
    return std::move(*found);
  }

  Result<EndedPage> page(const EndedFilter& filter);
  Result<std::monostate> keys(SlotRange slots, const std::function<void(KeyPortion)>& portion);
  Result<std::monostate> each(SlotRange slots, const std::function<Status(const RowPortion&)>& portion);
  Result<std::size_t> forget(SlotRange slots, const Retention& retention, std::int64_t now_ms, std::size_t limit);

 private:
  Answer<Rows> attempt(const Statement& statement, const Parameters& parameters) {
    if (!connection_) {
      auto made = Connection::connect(owner_.target_,
                                      {.name = owner_.name_, .settings = kSettings, .interrupt = &owner_.interrupt_});
      if (!made) return std::unexpected(made.error());
      connection_ = std::move(*made);
    }
    auto rows = connection_->run(statement, parameters, kPatience);
    if (!rows && !connection_->usable()) connection_.reset();
    return rows;
  }

  const PostgresLookups& owner_;
  std::unique_ptr<Connection> connection_;
};

Result<EndedPage> PostgresLookups::Reader::page(const EndedFilter& filter) {
  if (filter.limit == 0) return EndedPage();
  const std::int64_t before = filter.before == 0 ? INT64_MAX : static_cast<std::int64_t>(filter.before);
  Parameters parameters;
  if (filter.party) {
    Array slots = slots_of(filter.slots);
    parameters.array(slots).int8(static_cast<std::int64_t>(*filter.party));
  } else {
    parameters.int4(filter.slots.first).int4(filter.slots.last);
  }
  parameters.int4(static_cast<std::int32_t>(filter.flow.value_or(0)))
      .int8(before)
      .int4(static_cast<std::int32_t>(filter.bundle.value_or(0)))
      .int8(static_cast<std::int64_t>(filter.limit + 1));
  const auto rows = run(filter.party ? kListParty : kList, parameters);
  if (!rows) return std::unexpected(rows.error());
  EndedPage page;
  const int shown = std::min(rows->size(), static_cast<int>(filter.limit));
  for (int i = 0; i < shown; ++i) {
    auto each = row(*rows, i);
    if (!each) return std::unexpected(each.error());
    page.rows.push_back(std::move(*each));
  }
  if (rows->size() > shown) page.next = static_cast<std::uint64_t>(rows->integer(shown - 1, 10));
  return page;
}

Result<std::monostate> PostgresLookups::Reader::keys(SlotRange slots, const std::function<void(KeyPortion)>& portion) {
  for (int slot = slots.first; slot <= slots.last; ++slot) {
    std::optional<std::pair<std::int64_t, std::array<std::uint8_t, 16>>> after;
    while (true) {
      Parameters parameters;
      parameters.int2(static_cast<std::int16_t>(slot));
      if (after) parameters.int8(after->first).uuid(after->second);
      parameters.int8(kKeysAPortion);
      const auto rows = run(after ? kKeys : kFirstKeys, parameters);
      if (!rows) return std::unexpected(rows.error());
      if (rows->size() == 0) break;
      KeyPortion keys;
      keys.reserve(static_cast<std::size_t>(rows->size()));
      for (int i = 0; i < rows->size(); ++i) {
        keys.emplace_back(static_cast<std::uint64_t>(rows->integer(i, 0)), rows->integer(i, 2));
      }
      after = {rows->integer(rows->size() - 1, 0), rows->uuid(rows->size() - 1, 1)};
      portion(std::move(keys));
      if (rows->size() < kKeysAPortion) break;
    }
  }
  return std::monostate();
}

Result<std::monostate> PostgresLookups::Reader::each(SlotRange slots,
                                                     const std::function<Status(const RowPortion&)>& portion) {
  for (int slot = slots.first; slot <= slots.last; ++slot) {
    std::int64_t after = 0;
    for (int found = kRowsAPortion; found == kRowsAPortion;) {
      const auto rows = run(kEach, Parameters().int2(static_cast<std::int16_t>(slot)).int8(after).int8(kRowsAPortion));
      if (!rows) return std::unexpected(rows.error());
      found = rows->size();
      if (found == 0) break;
      RowPortion whole;
      whole.reserve(static_cast<std::size_t>(found));
      for (int i = 0; i < found; ++i) {
        auto next = row(*rows, i);
        if (!next) return std::unexpected(next.error());
        whole.push_back(std::move(*next));
      }
      after = rows->integer(found - 1, 10);
      if (const Status taken = portion(whole); !taken) return std::unexpected(taken.error());
    }
  }
  return std::monostate();
}

Result<std::size_t> PostgresLookups::Reader::forget(SlotRange slots, const Retention& retention, std::int64_t now_ms,
                                                    std::size_t limit) {
  const auto flows = run(kFlowNumbers, {});
  if (!flows) return std::unexpected(flows.error());
  std::size_t forgotten = 0;
  for (int i = 0; i < flows->size() && forgotten < limit; ++i) {
    const auto flow = static_cast<std::uint32_t>(flows->integer(i, 0));
    const auto own = std::ranges::find(retention.by_flow, flow, &std::pair<std::uint32_t, std::int64_t>::first);
    const std::int64_t kept_ms = own == retention.by_flow.end() ? retention.default_ms : own->second;
    const std::int64_t before_ms = now_ms - kept_ms;
    if (before_ms <= 0) continue;
    // A place in lists is at most as far ahead of its time as many ended in that millisecond: a second is plenty.
    const std::int64_t listed = std::min(before_ms + 1000, INT64_MAX >> (kListedTimeShift + 1)) << kListedTimeShift;
    const auto gone = run(kForget, Parameters()
                                       .int4(slots.first)
                                       .int4(slots.last)
                                       .int4(static_cast<std::int32_t>(flow))
                                       .int8(listed)
                                       .int8(before_ms)
                                       .int8(static_cast<std::int64_t>(limit - forgotten)));
    if (!gone) return std::unexpected(gone.error());
    forgotten += gone->changed();
  }
  return forgotten;
}

// ---- The queue

PostgresLookups::PostgresLookups(Target target, std::string name, std::size_t threads, const crypto::Keyring* keys)
    : target_(std::move(target)), name_(std::move(name)), keys_(keys) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

PostgresLookups::~PostgresLookups() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  interrupt_.raise();
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  for (Job& job : jobs_) job(nullptr);
}

template <typename T, typename Work>
void PostgresLookups::submit(LookupDone<T> done, Work work) {
  {
    const std::scoped_lock lock(mutex_);
    if (!stopping_ && jobs_.size() < limits::kDatabaseLookupsQueuedMax) {
      jobs_.push_back([done = std::move(done), work = std::move(work)](Reader* reader) mutable {
        if (reader == nullptr)
          done(fail(ErrorCode::unavailable, "the store is closing"));
        else
          done(work(*reader));
      });
      work_.notify_one();
      return;
    }
  }
  done(fail(ErrorCode::resource_exhausted, "{} look-ups wait for the database", limits::kDatabaseLookupsQueuedMax));
}

void PostgresLookups::run() {
  Reader reader(*this);
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      work_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job(&reader);
  }
}

void PostgresLookups::execution(const core::ExecutionId& id, LookupDone<std::optional<EndedRow>> done) {
  submit(std::move(done),
         [id](Reader& reader) { return reader.one(kFind, Parameters().int2(id.slot()).uuid(id.bytes)); });
}

void PostgresLookups::find_key(std::uint8_t slot, std::uint64_t key, LookupDone<std::optional<EndedRow>> done) {
  submit(std::move(done), [slot, key](Reader& reader) {
    return reader.one(kFindKey, Parameters().int2(slot).int8(static_cast<std::int64_t>(key)));
  });
}

void PostgresLookups::list(EndedFilter filter, LookupDone<EndedPage> done) {
  submit(std::move(done), [filter](Reader& reader) { return reader.page(filter); });
}

void PostgresLookups::each_key(SlotRange slots, std::function<void(KeyPortion)> portion,
                               LookupDone<std::monostate> done) {
  submit(std::move(done),
         [slots, portion = std::move(portion)](Reader& reader) { return reader.keys(slots, portion); });
}

void PostgresLookups::each_ended(SlotRange slots, std::function<Status(const RowPortion&)> portion,
                                 LookupDone<std::monostate> done) {
  submit(std::move(done),
         [slots, portion = std::move(portion)](Reader& reader) { return reader.each(slots, portion); });
}

void PostgresLookups::forget_ended(SlotRange slots, Retention retention, std::int64_t now_ms, std::size_t limit,
                                   LookupDone<std::size_t> done) {
  submit(std::move(done), [slots, retention = std::move(retention), now_ms, limit](Reader& reader) {
    return reader.forget(slots, retention, now_ms, limit);
  });
}

void PostgresLookups::erase_party(std::uint64_t party, LookupDone<std::size_t> done) {
  submit(std::move(done), [party](Reader& reader) -> Result<std::size_t> {
    Array slots = slots_of({0, 255});
    const auto rows = reader.run(kErase, Parameters().array(slots).int8(static_cast<std::int64_t>(party)));
    if (!rows) return std::unexpected(rows.error());
    return rows->changed();
  });
}

}  // namespace flow::store::postgres
