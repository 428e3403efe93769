#include "runtime/store/log/ended_tables.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "base/crc32c.h"
#include "runtime/core/bytes.h"

namespace flow::store::log {

const char* const kLookupSchema = R"(
  CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE ended(
    number INTEGER PRIMARY KEY, id BLOB NOT NULL, revision INTEGER NOT NULL, bundle INTEGER NOT NULL,
    flow INTEGER NOT NULL, start_order INTEGER NOT NULL, changed_at_ms INTEGER NOT NULL, ended_at_ms INTEGER NOT NULL,
    party INTEGER NOT NULL, key INTEGER NOT NULL, sealed INTEGER NOT NULL, image BLOB NOT NULL,
    checksum INTEGER NOT NULL);
  CREATE INDEX ended_by_flow ON ended(flow);
  CREATE INDEX ended_by_bundle ON ended(bundle);
)";

namespace {

constexpr std::uintmax_t kFullCheckPagesMax = 1024;     // looked at as a whole when it is opened
constexpr std::uintmax_t kQuickCheckPagesMax = 16'384;  // without the indexes; above it, checksums as rows are read
constexpr std::size_t kRecentAtOpen = 10'000;
constexpr std::size_t kRowsLookedAtMax = 10'000;  // for one page of a list
constexpr const char* kColumns =
    "number, id, revision, bundle, flow, start_order, changed_at_ms, ended_at_ms, party, key, sealed, image, checksum";

std::string_view view(const core::ExecutionId& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

std::uint64_t id_value(const core::ExecutionId& id) {
  return std::hash<core::ExecutionId>()(id);
}

std::int64_t checksum(const EndedRow& row, std::uint64_t number, std::string_view stored_image) {
  const std::array<std::uint64_t, 9> numbers = {number,
                                                row.revision,
                                                std::uint64_t{row.bundle} << 32 | row.flow,
                                                row.order,
                                                static_cast<std::uint64_t>(row.changed_at_ms),
                                                static_cast<std::uint64_t>(row.ended_at_ms),
                                                row.party,
                                                row.key,
                                                stored_image.size()};
  std::array<char, 72> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(numbers[i / 8] >> (8 * (i % 8)));
  return crc32c(stored_image, crc32c({bytes.data(), bytes.size()}, crc32c(view(row.id))));
}

std::string seal_context(const core::ExecutionId& id) {
  return std::string("ended ").append(view(id));
}

}  // namespace

Result<std::unique_ptr<EndedTables>> EndedTables::open(const std::string& path, const std::string& vfs, Keys keys) {
  Result<Database> database = Database::open(path, SQLITE_OPEN_READWRITE, vfs);
  if (!database) return std::unexpected(database.error());
  std::unique_ptr<EndedTables> tables(new EndedTables());
  tables->database_ = *std::move(database);
  tables->keys_ = std::move(keys);
  // What is refused is left as it was: no checkpoint while nothing is known of it.
  sqlite3_db_config(tables->database_.raw(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_wal_hook(
      tables->database_.raw(),
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<EndedTables*>(self)->wal_pages_ = static_cast<std::uint64_t>(pages);
        return SQLITE_OK;
      },
      tables.get());
  if (Status done = tables->prepare(); !done) return std::unexpected(done.error());
  return tables;
}

Status EndedTables::prepare() {
  // Exclusive: the index of SQLite's log stays in memory.
  if (Status done =
          database_.execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;"
                            "PRAGMA cache_size = -16384");
      !done) {
    return done;
  }
  const Result<std::int64_t> pages = database_.integer("PRAGMA page_count");
  if (!pages) return std::unexpected(pages.error());
  if (static_cast<std::uintmax_t>(*pages) <= kQuickCheckPagesMax) {
    const bool full = static_cast<std::uintmax_t>(*pages) <= kFullCheckPagesMax;
    const Result<std::string> verdict = database_.text(full ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)");
    if (!verdict) return std::unexpected(verdict.error());
    if (*verdict != "ok") return fail(ErrorCode::data_loss, "the look-up tables are damaged: {}", *verdict);
  }
  if (Status done = check_schema(database_); !done) return done;
  Result<std::string> id = database_.text("SELECT value FROM meta WHERE key = 'store_id'");
  if (!id) return std::unexpected(id.error());
  store_id_ = *std::move(id);
  if (Status done = read_place(); !done) return done;
  struct {
    Statement& statement;
    std::string sql;
  } const statements[] = {
      {insert_, "INSERT OR REPLACE INTO ended VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {select_, fmt::format("SELECT {} FROM ended WHERE number = ?", kColumns)},
      {select_page_, fmt::format("SELECT {} FROM ended WHERE number < ? ORDER BY number DESC LIMIT ?", kColumns)},
      {delete_, "DELETE FROM ended WHERE number = ?"},
      {next_flow_, "SELECT min(flow) FROM ended WHERE flow > ?"},
      {of_flow_,
       "SELECT number, ended_at_ms, id FROM ended INDEXED BY ended_by_flow WHERE flow = ? "
       "ORDER BY number"},
      {set_meta_, "UPDATE meta SET value = ? WHERE key = ?"},
  };
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database_.prepare(sql);
    if (!prepared) return std::unexpected(prepared.error());
    statement = *std::move(prepared);
  }
  if (Status done = tags_.open(); !done) return done;
  Result<Statement> youngest = database_.prepare("SELECT number, id, revision FROM ended ORDER BY number DESC LIMIT ?");
  if (!youngest) return std::unexpected(youngest.error());
  youngest->bind(1, std::uint64_t{kRecentAtOpen});
  for (Result<bool> more = youngest->step();; more = youngest->step()) {
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    const std::string bytes = youngest->bytes(1);
    core::ExecutionId execution;
    if (bytes.size() != execution.bytes.size()) continue;
    std::ranges::copy(bytes, execution.bytes.begin());
    recent_.put({execution, static_cast<std::uint32_t>(youngest->natural(2)), youngest->natural(0)});
  }
}

// Three numbers and their checksum, so that none of them is believed when it is damaged.
std::string EndedTables::place_text(const LogPlace& place) const {
  const std::string text = fmt::format("{} {} {}", place.indexed_through, place.first_segment, next_number_);
  return fmt::format("{} {:08x}", text, crc32c(text));
}

Status EndedTables::read_place() {
  const Result<std::string> text = database_.text("SELECT value FROM meta WHERE key = 'place'");
  if (!text) return std::unexpected(text.error());
  LogPlace place;
  std::istringstream in(*text);
  in >> place.indexed_through >> place.first_segment >> next_number_;
  if (!in || place_text(place) != *text) return fail(ErrorCode::data_loss, "the look-up tables' place is damaged");
  place_ = place;
  return {};
}

Status EndedTables::fill(Database& database, std::string_view store_id) {
  EndedTables fresh;
  Result<Statement> insert = database.prepare("INSERT INTO meta VALUES(?, ?)");
  if (!insert) return std::unexpected(insert.error());
  if (Status done = insert->bind_text(1, "store_id").bind_text(2, store_id).run(); !done) return done;
  const std::string place = fresh.place_text({});
  return insert->bind_text(1, "place").bind_text(2, place).run();
}

Status EndedTables::writable() {
  sqlite3_db_config(database_.raw(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
  // Checkpoints are asked for. What is deleted is overwritten where that costs no page more. The first one makes sure
  // that what was read is on the disk, and not only in the memory of an operating system whose fsync failed.
  const Status set = database_.execute(
      "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA secure_delete = FAST;"
      "PRAGMA journal_size_limit = 67108864");
  return set ? checkpoint(true) : set;
}

Status EndedTables::begin() {
  if (open_) return {};
  if (Status done = database_.execute("BEGIN IMMEDIATE"); !done) return done;
  open_ = true;
  return {};
}

RecentRows::Row* RecentRows::Half::place(const core::ExecutionId& id) {
  std::size_t at = std::hash<core::ExecutionId>()(id) % kPlaces;
  while (places[at].number != 0 && places[at].id != id) at = (at + 1) % kPlaces;
  return &places[at];
}

RecentRows::Row* RecentRows::find(const core::ExecutionId& id) {
  for (Half& half : halves_) {
    if (half.count == 0) continue;
    if (Row* const row = half.place(id); row->number != 0) return row;
  }
  return nullptr;
}

void RecentRows::put(const Row& row) {
  if (Row* const known = find(row.id); known != nullptr) {
    *known = row;
    return;
  }
  if (halves_[0].count == kRows) {
    std::swap(halves_[0], halves_[1]);
    halves_[0] = {};
  }
  if (halves_[0].places.empty()) halves_[0].places.resize(kPlaces);
  *halves_[0].place(row.id) = row;
  ++halves_[0].count;
}

// The number of the row that this one replaces, 0 when it is new; nothing when the tables have a later one.
Result<std::optional<std::uint64_t>> EndedTables::number_of(const EndedRow& row) {
  if (const RecentRows::Row* const recent = recent_.find(row.id); recent != nullptr) {
    if (recent->revision >= row.revision) return std::nullopt;
    const Result<std::optional<EndedRow>> old = this->row(recent->number);
    if (!old) return std::unexpected(old.error());
    return *old ? recent->number : 0;  // it may have been forgotten since
  }
  // What ends with this record cannot be there: times grow.
  if (row.changed_at_ms <= row.ended_at_ms) return 0;
  std::optional<std::uint64_t> number = 0;
  const Status done =
      tags_.find(tag_hash(TagKind::id, id_value(row.id)), UINT64_MAX, [&](std::uint64_t candidate) -> Result<bool> {
        const Result<std::optional<EndedRow>> old = this->row(candidate);
        if (!old) return std::unexpected(old.error());
        if (!*old || (*old)->id != row.id) return true;
        number = candidate;
        if ((*old)->revision >= row.revision) number.reset();
        return false;
      });
  if (!done) return std::unexpected(done.error());
  return number;
}

Status EndedTables::insert(const EndedRow& row, std::uint64_t number) {
  const std::string sealed = keys_ != nullptr ? keys_->seal(row.image, seal_context(row.id)) : std::string();
  const std::string_view image = keys_ != nullptr ? std::string_view(sealed) : std::string_view(row.image);
  insert_.bind(1, number).bind_blob(2, view(row.id)).bind(3, std::uint64_t{row.revision});
  insert_.bind(4, std::uint64_t{row.bundle}).bind(5, std::uint64_t{row.flow}).bind(6, row.order);
  insert_.bind(7, row.changed_at_ms).bind(8, row.ended_at_ms).bind(9, row.party).bind(10, row.key);
  insert_.bind(11, std::uint64_t{keys_ != nullptr}).bind_blob(12, image);
  return insert_.bind(13, checksum(row, number, image)).run();
}

Status EndedTables::add(const EndedRow& row, std::vector<Tag>& tags) {
  const Result<std::optional<std::uint64_t>> known = number_of(row);
  if (!known) return std::unexpected(known.error());
  if (!*known) return {};
  const bool fresh = **known == 0;
  const std::uint64_t number = fresh ? next_number_++ : **known;
  if (Status done = insert(row, number); !done) return done;
  recent_.put({row.id, row.revision, number});
  if (!fresh) return {};
  tags.push_back({tag_hash(TagKind::id, id_value(row.id)), number});
  if (row.key != 0) tags.push_back({tag_hash(TagKind::key, row.key), number});
  if (row.party != 0) tags.push_back({tag_hash(TagKind::party, row.party), number});
  return {};
}

Status EndedTables::add(const std::vector<EndedRow>& rows) {
  if (rows.empty()) return {};
  if (Status done = begin(); !done) return done;
  const std::uint64_t first = next_number_;
  std::vector<Tag> tags;
  tags.reserve(rows.size() * 3);
  for (const EndedRow& row : rows) {
    if (Status done = add(row, tags); !done) return done;
  }
  return next_number_ == first ? Status() : tags_.add(first, next_number_ - 1, tags);
}

Status EndedTables::commit(const LogPlace& place) {
  if (!open_ && place.indexed_through == place_.indexed_through && place.first_segment == place_.first_segment)
    return {};
  if (Status done = begin(); !done) return done;
  const std::string text = place_text(place);
  if (Status done = set_meta_.bind_text(1, text).bind_text(2, "place").run(); !done) return done;
  if (Status done = database_.execute("COMMIT"); !done) return done;
  open_ = false;
  place_ = place;
  return {};
}

Status EndedTables::checkpoint(bool truncate) {
  const int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_RESTART;
  if (sqlite3_wal_checkpoint_v2(database_.raw(), nullptr, mode, nullptr, nullptr) != SQLITE_OK) {
    return std::unexpected(last_error(database_.raw()));
  }
  wal_pages_ = 0;
  return {};
}

std::uint64_t EndedTables::bytes() {
  const Result<std::int64_t> pages = database_.integer("PRAGMA page_count");
  const Result<std::int64_t> page = database_.integer("PRAGMA page_size");
  return pages && page ? static_cast<std::uint64_t>(*pages) * static_cast<std::uint64_t>(*page) : 0;
}

Result<EndedRow> EndedTables::read_row(Statement& statement) {
  EndedRow row;
  const std::string id = statement.bytes(1);
  if (id.size() == row.id.bytes.size()) std::ranges::copy(id, row.id.bytes.begin());
  row.revision = static_cast<std::uint32_t>(statement.natural(2));
  row.bundle = static_cast<std::uint32_t>(statement.natural(3));
  row.flow = static_cast<std::uint32_t>(statement.natural(4));
  row.order = statement.natural(5);
  row.changed_at_ms = statement.integer(6);
  row.ended_at_ms = statement.integer(7);
  row.party = statement.natural(8);
  row.key = statement.natural(9);
  row.image = statement.bytes(11);
  if (id.size() != row.id.bytes.size() || statement.integer(12) != checksum(row, statement.natural(0), row.image)) {
    return fail(ErrorCode::data_loss,
                "the row of ended execution number {} is damaged; restore the store from a backup",
                statement.natural(0));
  }
  if (statement.natural(10) == 0) return row;
  if (keys_ == nullptr) {
    return fail(ErrorCode::failed_precondition, "ended execution {} is sealed, and no sealing key is configured",
                core::to_string(row.id));
  }
  Result<std::string> image = keys_->open(row.image, seal_context(row.id));
  if (!image) return std::unexpected(image.error());
  row.image = *std::move(image);
  return row;
}

Result<std::optional<EndedRow>> EndedTables::row(std::uint64_t number) {
  const Result<bool> found = select_.bind(1, number).step();
  std::optional<Result<EndedRow>> row;
  if (found && *found) row = read_row(select_);
  select_.reset();
  if (!found) return std::unexpected(found.error());
  if (!row) return std::nullopt;
  if (!*row) return std::unexpected(row->error());
  return **std::move(row);
}

Result<std::optional<EndedRow>> EndedTables::execution(const core::ExecutionId& id) {
  std::optional<EndedRow> found;
  const auto each = [&](std::uint64_t number) -> Result<bool> {
    Result<std::optional<EndedRow>> candidate = row(number);
    if (!candidate) return std::unexpected(candidate.error());
    if (!*candidate || (*candidate)->id != id) return true;
    found = **std::move(candidate);
    return false;
  };
  if (Status done = tags_.find(tag_hash(TagKind::id, id_value(id)), UINT64_MAX, each); !done) {
    return std::unexpected(done.error());
  }
  return found;
}

Result<std::optional<EndedRow>> EndedTables::find_key(std::uint8_t slot, std::uint64_t key) {
  std::optional<EndedRow> found;
  const auto each = [&](std::uint64_t number) -> Result<bool> {
    Result<std::optional<EndedRow>> candidate = row(number);
    if (!candidate) return std::unexpected(candidate.error());
    if (!*candidate || (*candidate)->key != key || (*candidate)->id.slot() != slot) return true;
    found = **std::move(candidate);
    return false;
  };
  if (Status done = tags_.find(tag_hash(TagKind::key, key), UINT64_MAX, each); !done) {
    return std::unexpected(done.error());
  }
  return found;
}

bool EndedTables::matches(const EndedFilter& filter, const EndedRow& row) {
  return filter.slots.contains(row.id.slot()) && (!filter.flow || *filter.flow == row.flow) &&
         (!filter.bundle || *filter.bundle == row.bundle) && (!filter.party || *filter.party == row.party);
}

Result<EndedPage> EndedTables::list(const EndedFilter& filter) {
  EndedPage page;
  std::size_t looked_at = 0;
  const std::uint64_t before = filter.before == 0 ? INT64_MAX : filter.before;
  // Whether to go on after this row.
  const auto take = [&](std::uint64_t number, EndedRow row) {
    if (matches(filter, row)) page.rows.push_back(std::move(row));
    page.next = number;
    return page.rows.size() < filter.limit && ++looked_at < kRowsLookedAtMax;
  };
  bool more = true;
  if (filter.party) {
    const Status done =
        tags_.find(tag_hash(TagKind::party, *filter.party), before, [&](std::uint64_t number) -> Result<bool> {
          Result<std::optional<EndedRow>> candidate = row(number);
          if (!candidate) return std::unexpected(candidate.error());
          if (*candidate) more = take(number, **std::move(candidate));
          return more;
        });
    if (!done) return std::unexpected(done.error());
  } else {
    const char* const where = filter.flow     ? "INDEXED BY ended_by_flow WHERE flow = ?3 AND"
                              : filter.bundle ? "INDEXED BY ended_by_bundle WHERE bundle = ?3 AND"
                                              : "WHERE";
    Result<Statement> select = database_.prepare(
        fmt::format("SELECT {} FROM ended {} number < ?1 ORDER BY number DESC LIMIT ?2", kColumns, where));
    if (!select) return std::unexpected(select.error());
    select->bind(1, before).bind(2, std::uint64_t{kRowsLookedAtMax});
    if (filter.flow || filter.bundle) select->bind(3, std::uint64_t{filter.flow ? *filter.flow : *filter.bundle});
    Result<bool> step = select->step();
    for (; more && step && *step; step = more ? select->step() : false) {
      Result<EndedRow> next = read_row(*select);
      if (!next) return std::unexpected(next.error());
      more = take(select->natural(0), *std::move(next));
    }
    if (!step) return std::unexpected(step.error());
  }
  if (more) page.next = 0;
  return page;
}

Status EndedTables::keys(const SlotRange& slots, std::uint64_t& after, std::size_t limit,
                         Lookups::KeyPortion& portion) {
  Result<Statement> select =
      database_.prepare("SELECT number, id, key, ended_at_ms FROM ended WHERE number > ? ORDER BY number LIMIT ?");
  if (!select) return std::unexpected(select.error());
  select->bind(1, after).bind(2, std::uint64_t{limit});
  std::size_t count = 0;
  for (Result<bool> more = select->step();; more = select->step(), ++count) {
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    after = select->natural(0);
    const std::string id = select->bytes(1);
    if (id.empty() || select->natural(2) == 0 || !slots.contains(static_cast<std::uint8_t>(id[0]))) continue;
    portion.emplace_back(select->natural(2), select->integer(3));
  }
  if (count < limit) after = 0;
  return {};
}

Status EndedTables::rows(const SlotRange& slots, std::uint64_t& after, std::size_t limit,
                         Lookups::RowPortion& portion) {
  Result<Statement> select =
      database_.prepare(fmt::format("SELECT {} FROM ended WHERE number > ? ORDER BY number LIMIT ?", kColumns));
  if (!select) return std::unexpected(select.error());
  select->bind(1, after).bind(2, std::uint64_t{limit});
  std::size_t count = 0;
  for (Result<bool> more = select->step();; more = select->step(), ++count) {
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    after = select->natural(0);
    Result<EndedRow> row = read_row(*select);
    if (!row) return std::unexpected(row.error());
    if (slots.contains(row->id.slot())) portion.push_back(*std::move(row));
  }
  if (count < limit) after = 0;
  return {};
}

Status EndedTables::forget_row(std::uint64_t number) {
  if (Status done = delete_.bind(1, number).run(); !done) return done;
  return tags_.gone(number);
}

Result<std::size_t> EndedTables::forget(const SlotRange& slots, const Retention& retention, std::int64_t now_ms,
                                        std::size_t limit) {
  std::vector<std::uint64_t> numbers;
  std::uint64_t flow = 0;
  for (bool first = true; numbers.size() < limit; first = false) {
    const Result<bool> found = next_flow_.bind(1, first ? std::int64_t{-1} : static_cast<std::int64_t>(flow)).step();
    const bool there = found && *found && sqlite3_column_type(next_flow_.raw(), 0) != SQLITE_NULL;
    flow = there ? next_flow_.natural(0) : 0;
    next_flow_.reset();
    if (!found) return std::unexpected(found.error());
    if (!there) break;
    const auto own = std::ranges::find(retention.by_flow, flow, &std::pair<std::uint32_t, std::int64_t>::first);
    const std::int64_t kept_ms = own != retention.by_flow.end() ? own->second : retention.default_ms;
    // Rows of a flow are in the order of their ends, nearly: the first that is to stay ends the search.
    Result<bool> row = of_flow_.bind(1, flow).step();
    for (; row && *row && numbers.size() < limit && of_flow_.integer(1) <= now_ms - kept_ms; row = of_flow_.step()) {
      const std::string id = of_flow_.bytes(2);
      if (!id.empty() && slots.contains(static_cast<std::uint8_t>(id[0]))) numbers.push_back(of_flow_.natural(0));
    }
    of_flow_.reset();
    if (!row) return std::unexpected(row.error());
  }
  if (numbers.empty()) return std::size_t{0};
  if (Status done = begin(); !done) return std::unexpected(done.error());
  for (const std::uint64_t number : numbers) {
    if (Status done = forget_row(number); !done) return std::unexpected(done.error());
  }
  return numbers.size();
}

Result<std::size_t> EndedTables::erase_party(std::uint64_t party) {
  std::vector<std::pair<std::uint64_t, EndedRow>> rows;
  const std::uint64_t hash = tag_hash(TagKind::party, party);
  Status done = tags_.find(hash, UINT64_MAX, [&](std::uint64_t number) -> Result<bool> {
    Result<std::optional<EndedRow>> candidate = row(number);
    if (!candidate) return std::unexpected(candidate.error());
    if (*candidate && (*candidate)->party == party) rows.emplace_back(number, **std::move(candidate));
    return true;
  });
  if (!done) return std::unexpected(done.error());
  if (rows.empty()) return std::size_t{0};
  if (done = begin(); !done) return std::unexpected(done.error());
  if (done = database_.execute("PRAGMA secure_delete = ON"); !done) return std::unexpected(done.error());
  for (const auto& [number, row] : rows) {
    for (const Tag& tag : {Tag{hash, number}, Tag{tag_hash(TagKind::key, row.key), number},
                           Tag{tag_hash(TagKind::id, id_value(row.id)), number}}) {
      if (done = tags_.erase(tag); !done) return std::unexpected(done.error());
    }
    if (done = forget_row(number); !done) return std::unexpected(done.error());
  }
  if (done = database_.execute("PRAGMA secure_delete = FAST"); !done) return std::unexpected(done.error());
  return rows.size();
}

Result<EndedTables::Counts> EndedTables::verify() {
  Counts counts;
  const Result<std::string> verdict = database_.text("PRAGMA integrity_check(1)");
  if (!verdict) return std::unexpected(verdict.error());
  if (*verdict != "ok") return fail(ErrorCode::data_loss, "the look-up tables are damaged: {}", *verdict);
  Result<Statement> select = database_.prepare(fmt::format("SELECT {} FROM ended ORDER BY number", kColumns));
  if (!select) return std::unexpected(select.error());
  for (Result<bool> more = select->step();; more = select->step()) {
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    if (const Result<EndedRow> row = read_row(*select); !row) return std::unexpected(row.error());
    ++counts.rows;
  }
  if (Status done = tags_.verify(counts.tags); !done) return std::unexpected(done.error());
  return counts;
}

}  // namespace flow::store::log
