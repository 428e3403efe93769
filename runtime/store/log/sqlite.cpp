#include "runtime/store/log/sqlite.h"

#include "base/crc32c.h"

namespace flow::store::log {

namespace {

ErrorCode code_of(int result) {
  switch (result & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::data_loss;
    case SQLITE_FULL:
      return ErrorCode::resource_exhausted;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
      return ErrorCode::permission_denied;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::failed_precondition;
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_ERROR:
      return ErrorCode::internal;
    default:
      return ErrorCode::io_error;
  }
}

Result<std::uint32_t> schema_checksum(Database& database) {
  Result<Statement> select =
      database.prepare("SELECT type || name || rootpage || coalesce(sql, '') FROM sqlite_schema");
  if (!select) return std::unexpected(select.error());
  std::uint32_t crc = 0;
  for (Result<bool> row = select->step();; row = select->step()) {
    if (!row) return std::unexpected(row.error());
    if (!*row) return crc;
    crc = crc32c(select->bytes(0), crc);
  }
}

}  // namespace

Status keep_schema_checksum(Database& database) {
  const Result<std::uint32_t> crc = schema_checksum(database);
  if (!crc) return std::unexpected(crc.error());
  Result<Statement> insert = database.prepare("INSERT INTO meta VALUES('schema', ?)");
  if (!insert) return std::unexpected(insert.error());
  return insert->bind(1, std::uint64_t{*crc}).run();
}

Status check_schema(Database& database) {
  const Result<std::uint32_t> crc = schema_checksum(database);
  if (!crc) return std::unexpected(crc.error());
  const Result<std::int64_t> kept = database.integer("SELECT value FROM meta WHERE key = 'schema'");
  if (!kept) return std::unexpected(kept.error());
  if (*kept == static_cast<std::int64_t>(*crc)) return {};
  return fail(ErrorCode::data_loss, "{} is damaged: its tables are not as they were made",
              sqlite3_db_filename(database.raw(), "main"));
}

Error last_error(sqlite3* handle) {
  const char* file = sqlite3_db_filename(handle, "main");
  return Error{code_of(sqlite3_extended_errcode(handle)),
               fmt::format("{}: {}", file != nullptr ? file : "the store", sqlite3_errmsg(handle))};
}

Statement& Statement::bind(int place, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), place, value);
  return *this;
}

Statement& Statement::bind_text(int place, std::string_view value) {
  sqlite3_bind_text64(statement_.get(), place, value.data() != nullptr ? value.data() : "", value.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind_blob(int place, std::string_view value) {
  sqlite3_bind_blob64(statement_.get(), place, value.data() != nullptr ? value.data() : "", value.size(),
                      SQLITE_STATIC);
  return *this;
}

Statement& Statement::bind_null(int place) {
  sqlite3_bind_null(statement_.get(), place);
  return *this;
}

Result<bool> Statement::step() {
  switch (sqlite3_step(statement_.get())) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      return std::unexpected(last_error(sqlite3_db_handle(statement_.get())));
  }
}

Status Statement::run() {
  Result<bool> more = step();
  while (more && *more) more = step();
  Status status;
  if (!more) status = std::unexpected(more.error());
  reset();
  return status;
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

std::string Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return data != nullptr ? std::string(static_cast<const char*>(data), static_cast<std::size_t>(size)) : std::string();
}

Result<Database> Database::open(const std::string& path, int flags, const std::string& vfs) {
  // Statistics of memory cost a lock for each allocation. Refused, without harm, once SQLite is in use.
  static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)configured;
  sqlite3* handle = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                     vfs.empty() ? nullptr : vfs.c_str());
  Database database;
  database.handle_.reset(handle);
  if (result != SQLITE_OK) {
    return fail(code_of(result), "{}: {}", path, handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(result));
  }
  return database;
}

Status Database::execute(const char* sql) {
  if (sqlite3_exec(raw(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return std::unexpected(last_error(raw()));
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(raw(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement,
                         nullptr) != SQLITE_OK) {
    return std::unexpected(last_error(raw()));
  }
  Statement prepared;
  prepared.statement_.reset(statement);
  return prepared;
}

Result<std::int64_t> Database::integer(const char* sql) {
  Result<Statement> statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  Result<bool> row = statement->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return fail(ErrorCode::data_loss, "the store lacks what `{}` asks for", sql);
  return statement->integer(0);
}

Result<std::string> Database::text(const char* sql) {
  Result<Statement> statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  Result<bool> row = statement->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return fail(ErrorCode::data_loss, "the store lacks what `{}` asks for", sql);
  return statement->bytes(0);
}

}  // namespace flow::store::log
