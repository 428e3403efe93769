#include "runtime/store/embedded/journal_file.h"

#include <cinttypes>
#include <cstdio>

namespace flow::store::embedded {

namespace {

constexpr std::uint64_t kPruneBatches = 64;  // a deletion for so many batches, not for each

}  // namespace

Result<JournalFile> JournalFile::open(const std::string& path, const std::string& vfs) {
  Result<Database> database = Database::open(path, SQLITE_OPEN_READWRITE, vfs);
  if (!database) return std::unexpected(database.error());
  JournalFile file;
  file.database_ = *std::move(database);
  // What is refused is left as it was: no checkpoint while nothing is known of it.
  sqlite3_db_config(file.database_.raw(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  // Exclusive: this is the only connection, so the index of the log can stay out of a shared file.
  if (Status done = file.database_.execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA cell_size_check = ON"); !done) {
    return std::unexpected(done.error());
  }
  if (Status prepared = file.prepare(); !prepared) return std::unexpected(prepared.error());
  return file;
}

Status JournalFile::prepare() {
  struct {
    Statement& statement;
    const char* sql;
  } const statements[] = {{begin_, "BEGIN IMMEDIATE"},
                          {commit_, "COMMIT"},
                          {insert_, "INSERT INTO batches VALUES(?, ?)"},
                          {prune_, "DELETE FROM batches WHERE sequence <= ?"}};
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database_.prepare(sql);
    if (!prepared) return std::unexpected(prepared.error());
    statement = *std::move(prepared);
  }
  const Result<std::string> verdict = database_.text("PRAGMA quick_check(1)");
  if (!verdict) return std::unexpected(verdict.error());
  if (*verdict != "ok") return fail(ErrorCode::data_loss, "the journal is damaged: {}", *verdict);
  Result<std::string> id = database_.text("SELECT value FROM meta WHERE key = 'store_id'");
  if (!id) return std::unexpected(id.error());
  store_id_ = *std::move(id);
  const Result<std::int64_t> first = database_.integer("SELECT coalesce(min(sequence), 0) FROM batches");
  if (!first) return std::unexpected(first.error());
  const Result<std::int64_t> last = database_.integer("SELECT coalesce(max(sequence), 0) FROM batches");
  if (!last) return std::unexpected(last.error());
  first_ = static_cast<std::uint64_t>(*first);
  last_ = static_cast<std::uint64_t>(*last);
  return read_clock();
}

Status JournalFile::read_clock() {
  Result<Statement> select = database_.prepare("SELECT value FROM meta WHERE key = 'clock'");
  if (!select) return std::unexpected(select.error());
  const Result<bool> row = select->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return {};
  const std::string text = select->bytes(0);
  if (std::sscanf(text.c_str(), "%" SCNd64 " %" SCNd64 " %lf", &clock_.base_ms, &clock_.base_real_ms, &clock_.rate) !=
      3) {
    return fail(ErrorCode::data_loss, "the journal's clock `{}` cannot be read", text);
  }
  return {};
}

void JournalFile::writable() {
  sqlite3_db_config(database_.raw(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
}

Status JournalFile::each_after(std::uint64_t sequence,
                               const std::function<Status(std::uint64_t, std::string_view)>& each) {
  Result<Statement> select =
      database_.prepare("SELECT sequence, body FROM batches WHERE sequence > ? ORDER BY sequence");
  if (!select) return std::unexpected(select.error());
  select->bind(1, sequence);
  std::uint64_t expected = sequence + 1;
  for (Result<bool> row = select->step();; row = select->step(), ++expected) {
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    const std::uint64_t found = select->natural(0);
    if (found != expected) return fail(ErrorCode::data_loss, "journal batch {} is missing", expected);
    if (Status done = each(found, select->bytes(1)); !done) return done;
  }
}

Status JournalFile::append(std::uint64_t sequence, std::string_view body, std::uint64_t indexed) {
  if (Status done = commit_batch(sequence, body, indexed); !done) {
    (void)database_.execute("ROLLBACK");  // nothing to roll back when SQLite has done so
    return done;
  }
  last_ = sequence;
  if (first_ == 0) first_ = sequence;
  return {};
}

Status JournalFile::commit_batch(std::uint64_t sequence, std::string_view body, std::uint64_t indexed) {
  const bool prune = first_ != 0 && indexed >= first_ + kPruneBatches;
  if (Status done = begin_.run(); !done) return done;
  if (Status done = insert_.bind(1, sequence).bind_blob(2, body).run(); !done) return done;
  if (prune) {
    if (Status done = prune_.bind(1, indexed).run(); !done) return done;
  }
  if (Status done = commit_.run(); !done) return done;
  if (prune) first_ = indexed + 1;
  return {};
}

Status JournalFile::save_clock(const core::ClockBase& base) {
  const std::string text = fmt::format("{} {} {:.17g}", base.base_ms, base.base_real_ms, base.rate);
  Result<Statement> update = database_.prepare("INSERT OR REPLACE INTO meta VALUES('clock', ?)");
  if (!update) return std::unexpected(update.error());
  if (Status done = update->bind_text(1, text).run(); !done) return done;
  clock_ = base;
  return {};
}

}  // namespace flow::store::embedded
