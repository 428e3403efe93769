#include "runtime/store/embedded/lookup_file.h"

#include <algorithm>
#include <filesystem>

#include "base/crc32c.h"
#include "runtime/core/bytes.h"

namespace flow::store::embedded {

namespace {

constexpr std::uintmax_t kQuickCheckBytesMax = 256 << 20;  // above it, checksums as rows are read

std::string_view view(const core::ExecutionId& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

std::int64_t checksum(const core::ExecutionId& id, std::uint32_t revision, std::string_view summary,
                      std::string_view image) {
  std::string all;
  core::ByteWriter writer(all);
  writer.raw(view(id));
  writer.u32(revision);
  writer.u32(crc32c(summary));
  writer.u32(crc32c(image));
  return crc32c(all);
}

constexpr std::string_view kRowColumns =
    "number, id, revision, flow, bundle, changed_at_ms, ended_at_ms, summary, image, checksum";

Result<ExecutionRow> read_row(const Statement& statement) {
  ExecutionRow row;
  row.number = statement.natural(0);
  const std::string id = statement.bytes(1);
  row.revision = static_cast<std::uint32_t>(statement.natural(2));
  row.flow = statement.bytes(3);
  row.bundle = statement.bytes(4);
  row.changed_at_ms = statement.integer(5);
  row.ended_at_ms = statement.integer(6);
  row.summary = statement.bytes(7);
  row.image = statement.bytes(8);
  if (id.size() == row.id.bytes.size()) std::ranges::copy(id, row.id.bytes.begin());
  if (id.size() != row.id.bytes.size() ||
      statement.integer(9) != checksum(row.id, row.revision, row.summary, row.image)) {
    return fail(ErrorCode::data_loss, "the record of execution number {} is damaged; restore the store from a backup",
                row.number);
  }
  return row;
}

}  // namespace

Result<LookupFile> LookupFile::open(const std::string& path, const std::string& vfs) {
  Result<Database> database = Database::open(path, SQLITE_OPEN_READWRITE, vfs);
  if (!database) return std::unexpected(database.error());
  LookupFile file;
  file.database_ = *std::move(database);
  sqlite3_db_config(file.database_.raw(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  if (Status done = file.database_.execute("PRAGMA cell_size_check = ON; PRAGMA busy_timeout = 5000"); !done) {
    return std::unexpected(done.error());
  }
  std::error_code error;
  if (std::filesystem::file_size(path, error) <= kQuickCheckBytesMax) {
    const Result<std::string> verdict = file.database_.text("PRAGMA quick_check(1)");
    if (!verdict) return std::unexpected(verdict.error());
    if (*verdict != "ok") return fail(ErrorCode::data_loss, "{} is damaged: {}", path, *verdict);
  }
  Result<std::string> id = file.database_.text("SELECT value FROM meta WHERE key = 'store_id'");
  if (!id) return std::unexpected(id.error());
  file.store_id_ = *std::move(id);
  const Result<std::int64_t> indexed = file.database_.integer("SELECT value FROM meta WHERE key = 'indexed_through'");
  if (!indexed) return std::unexpected(indexed.error());
  file.indexed_through_ = file.applied_through_ = static_cast<std::uint64_t>(*indexed);
  const Result<std::int64_t> change = file.database_.integer("SELECT value FROM meta WHERE key = 'last_change_ms'");
  if (!change) return std::unexpected(change.error());
  file.last_change_ms_ = *change;
  struct {
    Statement& statement;
    std::string sql;
  } const statements[] = {
      {file.insert_execution_, "INSERT INTO executions VALUES(NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {file.update_execution_,
       "UPDATE executions SET revision = ?, changed_at_ms = ?, ended_at_ms = ?, summary = ?, image = ?, checksum = ? "
       "WHERE number = ?"},
      {file.number_of_, "SELECT number FROM executions WHERE id = ?"},
      {file.insert_entry_, "INSERT OR REPLACE INTO timeline VALUES(?, ?, ?)"},
      {file.insert_key_, "INSERT OR REPLACE INTO idempotency VALUES(?, ?, ?, ?, ?)"},
      {file.select_execution_, fmt::format("SELECT {} FROM executions WHERE id = ?", kRowColumns)},
      {file.select_timeline_, "SELECT body FROM timeline WHERE number = ? ORDER BY entry"},
      {file.forget_key_,
       "DELETE FROM idempotency WHERE key = (SELECT key FROM executions WHERE number = ?1) AND "
       "execution = (SELECT id FROM executions WHERE number = ?1)"},
      {file.forget_timeline_, "DELETE FROM timeline WHERE number = ?"},
      {file.forget_execution_, "DELETE FROM executions WHERE number = ?"},
  };
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = file.database_.prepare(sql);
    if (!prepared) return std::unexpected(prepared.error());
    statement = *std::move(prepared);
  }
  return file;
}

void LookupFile::writable() {
  sqlite3_db_config(database_.raw(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
  // Deleted rows are overwritten where that costs no extra page: sealed or not, what has ended need not linger.
  (void)database_.execute(
      "PRAGMA synchronous = FULL; PRAGMA secure_delete = FAST; PRAGMA journal_size_limit = 67108864");
}

Status LookupFile::begin() {
  if (open_) return {};
  if (Status done = database_.execute("BEGIN IMMEDIATE"); !done) return done;
  open_ = true;
  return {};
}

Status LookupFile::apply(std::uint64_t sequence, const std::vector<Record>& records) {
  if (Status done = begin(); !done) return done;
  for (const Record& record : records) {
    if (Status done = std::visit([&](const auto& value) { return apply(value); }, record); !done) return done;
  }
  applied_through_ = sequence;
  return {};
}

Status LookupFile::commit() {
  if (!open_) return {};
  Result<Statement> update = database_.prepare("UPDATE meta SET value = ? WHERE key = ?");
  if (!update) return std::unexpected(update.error());
  if (Status done = update->bind(1, applied_through_).bind_text(2, "indexed_through").run(); !done) return done;
  if (Status done = update->bind(1, last_change_ms_).bind_text(2, "last_change_ms").run(); !done) return done;
  if (Status done = database_.execute("COMMIT"); !done) return done;
  open_ = false;
  indexed_through_ = applied_through_;
  return {};
}

Status LookupFile::apply(const BundleRecord& record) {
  Result<Statement> insert = database_.prepare("INSERT OR REPLACE INTO bundles VALUES(?, ?, ?, ?, ?)");
  if (!insert) return std::unexpected(insert.error());
  std::string flows;
  for (const std::string& flow : record.flows) flows += flow + "\n";
  last_change_ms_ = std::max(last_change_ms_, record.at_ms);
  return insert->bind_text(1, record.version)
      .bind(2, record.at_ms)
      .bind_text(3, flows)
      .bind_blob(4, record.bytes)
      .bind(5, static_cast<std::int64_t>(crc32c(record.bytes)))
      .run();
}

Status LookupFile::apply(const PublishRecord& record) {
  Result<Statement> insert = database_.prepare("INSERT OR REPLACE INTO published VALUES(?, ?, ?)");
  if (!insert) return std::unexpected(insert.error());
  last_change_ms_ = std::max(last_change_ms_, record.at_ms);
  return insert->bind_text(1, record.flow).bind_text(2, record.bundle).bind(3, record.at_ms).run();
}

Status LookupFile::apply(const ExecutionRecord& record) {
  std::uint64_t number = 0;
  if (record.revision == 1) {
    if (Status done = insert(record); !done) return done;
    number = static_cast<std::uint64_t>(sqlite3_last_insert_rowid(database_.raw()));
  } else {
    const Result<std::uint64_t> updated = update(record);
    if (!updated) return std::unexpected(updated.error());
    number = *updated;
  }
  last_change_ms_ = std::max(last_change_ms_, record.changed_at_ms);
  std::uint64_t entry = static_cast<std::uint64_t>(record.revision) << 16;
  for (const std::string& body : record.timeline) {
    if (Status done = insert_entry_.bind(1, number).bind(2, entry++).bind_blob(3, body).run(); !done) return done;
  }
  return {};
}

Status LookupFile::insert(const ExecutionRecord& record) {
  insert_execution_.bind_blob(1, view(record.id))
      .bind(2, static_cast<std::uint64_t>(record.revision))
      .bind_text(3, record.flow)
      .bind_text(4, record.bundle)
      .bind(5, record.changed_at_ms)
      .bind(6, record.ended_at_ms)
      .bind_blob(8, record.summary)
      .bind_blob(9, record.image)
      .bind(10, checksum(record.id, record.revision, record.summary, record.image));
  if (record.idempotency_key.empty()) {
    insert_execution_.bind_null(7);
  } else {
    insert_execution_.bind_text(7, record.idempotency_key);
  }
  if (Status done = insert_execution_.run(); !done) return done;
  if (record.idempotency_key.empty()) return {};
  const auto number = sqlite3_last_insert_rowid(database_.raw());
  const Status done = insert_key_.bind_text(1, record.idempotency_key)
                          .bind_blob(2, view(record.id))
                          .bind_blob(3, record.fingerprint)
                          .bind_text(4, record.bundle)
                          .bind(5, record.changed_at_ms)
                          .run();
  sqlite3_set_last_insert_rowid(database_.raw(), number);
  return done;
}

Result<std::uint64_t> LookupFile::update(const ExecutionRecord& record) {
  const Result<bool> found = number_of_.bind_blob(1, view(record.id)).step();
  const std::uint64_t number = found && *found ? number_of_.natural(0) : 0;
  number_of_.reset();
  if (!found) return std::unexpected(found.error());
  if (number == 0) return fail(ErrorCode::data_loss, "the journal goes on with an execution that never started");
  const Status done = update_execution_.bind(1, static_cast<std::uint64_t>(record.revision))
                          .bind(2, record.changed_at_ms)
                          .bind(3, record.ended_at_ms)
                          .bind_blob(4, record.summary)
                          .bind_blob(5, record.image)
                          .bind(6, checksum(record.id, record.revision, record.summary, record.image))
                          .bind(7, number)
                          .run();
  if (!done) return std::unexpected(done.error());
  return number;
}

Result<std::optional<ExecutionRow>> LookupFile::execution(const core::ExecutionId& id) {
  const Result<bool> found = select_execution_.bind_blob(1, view(id)).step();
  if (!found) return std::unexpected(found.error());
  if (!*found) {
    select_execution_.reset();
    return std::nullopt;
  }
  Result<ExecutionRow> row = read_row(select_execution_);
  select_execution_.reset();
  if (!row) return std::unexpected(row.error());
  return *std::move(row);
}

Result<std::vector<std::string>> LookupFile::timeline(std::uint64_t number) {
  std::vector<std::string> entries;
  select_timeline_.bind(1, number);
  Result<bool> row = select_timeline_.step();
  for (; row && *row; row = select_timeline_.step()) entries.push_back(select_timeline_.bytes(0));
  select_timeline_.reset();
  if (!row) return std::unexpected(row.error());
  return entries;
}

Result<std::vector<ExecutionRow>> LookupFile::list(const ListFilter& filter) {
  std::string sql = fmt::format("SELECT {} FROM executions WHERE number < ?1", kRowColumns);
  if (!filter.flow.empty()) sql += " AND flow = ?2";
  if (!filter.bundle.empty()) sql += " AND bundle = ?3";
  if (filter.ended) sql += *filter.ended ? " AND ended_at_ms > 0" : " AND ended_at_ms = 0";
  sql += " ORDER BY number DESC LIMIT ?4";
  Result<Statement> select = database_.prepare(sql);
  if (!select) return std::unexpected(select.error());
  select->bind(1, static_cast<std::int64_t>(std::min<std::uint64_t>(filter.before_number, INT64_MAX)));
  select->bind(4, static_cast<std::uint64_t>(filter.limit));
  if (!filter.flow.empty()) select->bind_text(2, filter.flow);
  if (!filter.bundle.empty()) select->bind_text(3, filter.bundle);
  std::vector<ExecutionRow> rows;
  for (Result<bool> more = select->step();; more = select->step()) {
    if (!more) return std::unexpected(more.error());
    if (!*more) return rows;
    Result<ExecutionRow> row = read_row(*select);
    if (!row) return std::unexpected(row.error());
    row->image.clear();
    rows.push_back(*std::move(row));
  }
}

Result<std::vector<BundleRow>> LookupFile::bundles() {
  Result<Statement> select = database_.prepare("SELECT version, at_ms, flows FROM bundles ORDER BY at_ms, version");
  if (!select) return std::unexpected(select.error());
  std::vector<BundleRow> rows;
  for (Result<bool> more = select->step();; more = select->step()) {
    if (!more) return std::unexpected(more.error());
    if (!*more) return rows;
    BundleRow row{select->bytes(0), select->integer(1), {}};
    const std::string flows = select->bytes(2);
    for (std::size_t at = 0; at < flows.size();) {
      const std::size_t end = flows.find('\n', at);
      row.flows.push_back(flows.substr(at, end - at));
      at = end == std::string::npos ? flows.size() : end + 1;
    }
    rows.push_back(std::move(row));
  }
}

Result<std::optional<std::string>> LookupFile::bundle(std::string_view version) {
  Result<Statement> select = database_.prepare("SELECT body, checksum FROM bundles WHERE version = ?");
  if (!select) return std::unexpected(select.error());
  const Result<bool> found = select->bind_text(1, version).step();
  if (!found) return std::unexpected(found.error());
  if (!*found) return std::nullopt;
  std::string bytes = select->bytes(0);
  if (select->integer(1) != static_cast<std::int64_t>(crc32c(bytes))) {
    return fail(ErrorCode::data_loss, "bundle {} is damaged in the store; restore the store from a backup", version);
  }
  return bytes;
}

Result<std::vector<PublishRecord>> LookupFile::published() {
  Result<Statement> select = database_.prepare("SELECT flow, bundle, at_ms FROM published ORDER BY flow");
  if (!select) return std::unexpected(select.error());
  std::vector<PublishRecord> rows;
  for (Result<bool> more = select->step();; more = select->step()) {
    if (!more) return std::unexpected(more.error());
    if (!*more) return rows;
    rows.push_back({select->bytes(0), select->bytes(1), select->integer(2)});
  }
}

Status LookupFile::each_running(const std::function<Status(const ExecutionRow&)>& each) {
  Result<Statement> select =
      database_.prepare(fmt::format("SELECT {} FROM executions WHERE ended_at_ms = 0 ORDER BY number", kRowColumns));
  if (!select) return std::unexpected(select.error());
  for (Result<bool> more = select->step();; more = select->step()) {
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    Result<ExecutionRow> row = read_row(*select);
    if (!row) return std::unexpected(row.error());
    if (Status done = each(*row); !done) return done;
  }
}

Result<std::size_t> LookupFile::forget_ended(std::int64_t before_ms, std::size_t limit) {
  std::vector<std::uint64_t> numbers;
  {
    Result<Statement> select = database_.prepare(
        "SELECT number FROM executions WHERE ended_at_ms > 0 AND ended_at_ms < ? ORDER BY ended_at_ms LIMIT ?");
    if (!select) return std::unexpected(select.error());
    select->bind(1, before_ms).bind(2, static_cast<std::uint64_t>(limit));
    Result<bool> row = select->step();
    for (; row && *row; row = select->step()) numbers.push_back(select->natural(0));
    if (!row) return std::unexpected(row.error());
  }
  if (numbers.empty()) return std::size_t{0};
  if (Status done = begin(); !done) return std::unexpected(done.error());
  for (const std::uint64_t number : numbers) {
    if (Status done = forget(number); !done) return std::unexpected(done.error());
  }
  return numbers.size();
}

Status LookupFile::forget(std::uint64_t number) {
  for (Statement* statement : {&forget_key_, &forget_timeline_, &forget_execution_}) {
    if (Status done = statement->bind(1, number).run(); !done) return done;
  }
  return {};
}

Result<IdempotencyReader> IdempotencyReader::open(const std::string& path, const std::string& vfs) {
  Result<Database> database = Database::open(path, SQLITE_OPEN_READWRITE, vfs);
  if (!database) return std::unexpected(database.error());
  IdempotencyReader reader;
  reader.database_ = *std::move(database);
  if (Status done = reader.database_.execute("PRAGMA query_only = ON; PRAGMA busy_timeout = 5000"); !done) {
    return std::unexpected(done.error());
  }
  Result<Statement> select =
      reader.database_.prepare("SELECT execution, fingerprint, bundle, started_at_ms FROM idempotency WHERE key = ?");
  if (!select) return std::unexpected(select.error());
  reader.select_ = *std::move(select);
  return reader;
}

Result<std::optional<IdempotencyRow>> IdempotencyReader::find(std::string_view key) {
  const Result<bool> found = select_.bind_text(1, key).step();
  std::optional<IdempotencyRow> row;
  if (found && *found) {
    row.emplace();
    const std::string id = select_.bytes(0);
    if (id.size() == row->execution.bytes.size()) std::ranges::copy(id, row->execution.bytes.begin());
    row->fingerprint = select_.bytes(1);
    row->bundle = select_.bytes(2);
    row->started_at_ms = select_.integer(3);
  }
  select_.reset();
  if (!found) return std::unexpected(found.error());
  return row;
}

}  // namespace flow::store::embedded
