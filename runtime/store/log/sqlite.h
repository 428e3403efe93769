// SQLite as this store needs it: connections and statements that close themselves, and errors as Status.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "base/result.h"

namespace flow::store::log {

class Database;

// A prepared statement. Bind, step, read, reset. One thread.
class Statement {
 public:
  Statement() = default;

  Statement& bind(int place, std::int64_t value);
  Statement& bind(int place, std::uint64_t value) { return bind(place, static_cast<std::int64_t>(value)); }
  // Text and blobs are not copied: they must stay until reset().
  Statement& bind_text(int place, std::string_view value);
  Statement& bind_blob(int place, std::string_view value);
  Statement& bind_null(int place);

  // True: a row is there; false: done.
  Result<bool> step();
  // step() until done, then reset().
  Status run();
  void reset();

  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  std::uint64_t natural(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  std::string bytes(int column) const;
  sqlite3_stmt* raw() const { return statement_.get(); }

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  // `flags` are SQLITE_OPEN_…; `vfs` may be empty. Nothing is written by opening.
  static Result<Database> open(const std::string& path, int flags, const std::string& vfs);

  Status execute(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  // The first column of the first row.
  Result<std::int64_t> integer(const char* sql);
  Result<std::string> text(const char* sql);
  sqlite3* raw() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

// Of every table's definition and place. The one keeps it in `meta`, the other compares: data_loss.
Status keep_schema_checksum(Database& database);
Status check_schema(Database& database);

// What SQLite just reported on `handle`, as one of ours.
Error last_error(sqlite3* handle);

}  // namespace flow::store::log
