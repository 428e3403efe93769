#include "runtime/store/log/registry_file.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <sstream>

#include "base/crc32c.h"
#include "runtime/crypto/random.h"

namespace flow::store::log {

const char* const kRegistrySchema = R"(
  CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE flows(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, checksum INTEGER NOT NULL);
  CREATE TABLE bundles(number INTEGER PRIMARY KEY, version TEXT NOT NULL UNIQUE, at_ms INTEGER NOT NULL,
                       flows TEXT NOT NULL, checksum INTEGER NOT NULL, body BLOB NOT NULL,
                       body_checksum INTEGER NOT NULL);
  CREATE TABLE published(flow TEXT PRIMARY KEY, bundle TEXT NOT NULL, at_ms INTEGER NOT NULL,
                         checksum INTEGER NOT NULL) WITHOUT ROWID;
)";

namespace {

constexpr const char* kHashKeyContext = "registry hash key";

template <typename... Parts>
std::int64_t checksum(const Parts&... parts) {
  std::string text;
  ((text += fmt::format("{} ", parts)), ...);
  return crc32c(text);
}

// A text and its checksum behind it.
std::string checked(std::string_view text) {
  return fmt::format("{} {:08x}", text, crc32c(text));
}

std::unexpected<Error> damaged(std::string_view what) {
  return fail(ErrorCode::data_loss, "the registry is damaged: {}", what);
}

// "plain" and the bytes, or "sealed" and those sealed.
std::string stored_hash_key(std::string_view bytes, const RegistryFile::Keys& keys) {
  return keys == nullptr ? std::string("plain ").append(checked(bytes))
                         : std::string("sealed ").append(keys->seal(bytes, kHashKeyContext));
}

}  // namespace

Result<std::unique_ptr<RegistryFile>> RegistryFile::open(const std::string& path, const std::string& vfs, Keys keys) {
  Result<Database> database = Database::open(path, SQLITE_OPEN_READWRITE, vfs);
  if (!database) return std::unexpected(database.error());
  auto file = std::make_unique<RegistryFile>();
  file->database_ = *std::move(database);
  file->keys_ = std::move(keys);
  sqlite3_db_config(file->database_.raw(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  if (Status done = file->prepare(); !done) return std::unexpected(done.error());
  return file;
}

Status RegistryFile::prepare() {
  if (Status done =
          database_.execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY");
      !done) {
    return done;
  }
  const Result<std::string> verdict = database_.text("PRAGMA integrity_check(1)");
  if (!verdict) return std::unexpected(verdict.error());
  if (*verdict != "ok") return damaged(*verdict);
  if (Status done = check_schema(database_); !done) return done;
  // Every row, so that none is found damaged when it is needed.
  if (const auto all = read_bundles(); !all) return std::unexpected(all.error());
  if (const auto all = read_published(); !all) return std::unexpected(all.error());
  Result<std::string> id = database_.text("SELECT value FROM meta WHERE key = 'store_id'");
  if (!id) return std::unexpected(id.error());
  store_id_ = *std::move(id);
  const Result<std::int64_t> change = database_.integer(
      "SELECT max((SELECT coalesce(max(at_ms), 0) FROM bundles), (SELECT coalesce(max(at_ms), 0) FROM published))");
  if (!change) return std::unexpected(change.error());
  last_change_ms_ = *change;
  if (Status done = read_hash_key(); !done) return done;
  return read_clock();
}

Status RegistryFile::read_hash_key() {
  const Result<std::string> stored = database_.text("SELECT value FROM meta WHERE key = 'hash_key'");
  if (!stored) return std::unexpected(stored.error());
  std::string bytes;
  if (stored->starts_with("plain ")) {
    bytes = stored->substr(6, hash_key_.size());
    if (*stored != "plain " + checked(bytes)) return damaged("its hash key");
    reseal_ = keys_ != nullptr;
  } else if (stored->starts_with("sealed ")) {
    if (keys_ == nullptr) {
      return fail(ErrorCode::failed_precondition,
                  "the store is sealed, and no sealing key is configured; configure the key it was sealed with");
    }
    const std::string_view sealed = std::string_view(*stored).substr(7);
    Result<std::string> opened = keys_->open(sealed, kHashKeyContext);
    if (!opened) return std::unexpected(opened.error());
    bytes = *std::move(opened);
    const Result<std::string> key_id = crypto::Keyring::key_id_of(sealed);
    reseal_ = key_id && *key_id != keys_->sealing_key_id();
  }
  if (bytes.size() != hash_key_.size()) return fail(ErrorCode::data_loss, "the registry's hash key is damaged");
  std::ranges::copy(bytes, hash_key_.begin());
  return {};
}

Status RegistryFile::read_clock() {
  Result<Statement> select = database_.prepare("SELECT value FROM meta WHERE key = 'clock'");
  if (!select) return std::unexpected(select.error());
  const Result<bool> row = select->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return {};
  const std::string text = select->bytes(0);
  if (std::sscanf(text.c_str(), "%" SCNd64 " %" SCNd64 " %lf", &clock_.base_ms, &clock_.base_real_ms, &clock_.rate) !=
          3 ||
      text != checked(text.substr(0, text.rfind(' ')))) {
    return damaged("its clock");
  }
  return {};
}

Status RegistryFile::fill(Database& database, std::string_view store_id, const Keys& keys) {
  Result<Statement> insert = database.prepare("INSERT INTO meta VALUES(?, ?)");
  if (!insert) return std::unexpected(insert.error());
  if (Status done = insert->bind_text(1, "store_id").bind_text(2, store_id).run(); !done) return done;
  const std::string key = stored_hash_key(crypto::random_bytes(16), keys);
  return insert->bind_text(1, "hash_key").bind_blob(2, key).run();
}

Status RegistryFile::writable() {
  sqlite3_db_config(database_.raw(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
  // The checkpoint makes sure that what was read is on the disk, and not only in the operating system's memory.
  if (Status done =
          database_.execute("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA wal_checkpoint(TRUNCATE)");
      !done) {
    return done;
  }
  if (!reseal_) return {};
  const std::string_view bytes(reinterpret_cast<const char*>(hash_key_.data()), hash_key_.size());
  if (Status done = set_meta("hash_key", stored_hash_key(bytes, keys_)); !done) return done;
  // What was there in clear leaves the disk.
  return database_.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

Status RegistryFile::set_meta(std::string_view key, std::string_view value) {
  Result<Statement> update = database_.prepare("INSERT OR REPLACE INTO meta VALUES(?, ?)");
  if (!update) return std::unexpected(update.error());
  return update->bind_text(1, key).bind_blob(2, value).run();
}

Result<std::vector<RegisteredBundle>> RegistryFile::bundles() {
  const std::lock_guard lock(mutex_);
  return read_bundles();
}

Result<std::map<std::uint32_t, std::string>> RegistryFile::read_flows() {
  Result<Statement> select = database_.prepare("SELECT number, name, checksum FROM flows");
  if (!select) return std::unexpected(select.error());
  std::map<std::uint32_t, std::string> flows;
  for (Result<bool> row = select->step();; row = select->step()) {
    if (!row) return std::unexpected(row.error());
    if (!*row) return flows;
    const std::string name = select->bytes(1);
    if (select->integer(2) != checksum(select->integer(0), name)) return damaged("a flow's name");
    flows[static_cast<std::uint32_t>(select->natural(0))] = name;
  }
}

Result<std::vector<RegisteredBundle>> RegistryFile::read_bundles() {
  const auto names = read_flows();
  if (!names) return std::unexpected(names.error());
  Result<Statement> select =
      database_.prepare("SELECT number, version, at_ms, flows, checksum FROM bundles ORDER BY number");
  if (!select) return std::unexpected(select.error());
  std::vector<RegisteredBundle> bundles;
  for (Result<bool> row = select->step();; row = select->step()) {
    if (!row) return std::unexpected(row.error());
    if (!*row) return bundles;
    const std::string flows = select->bytes(3);
    RegisteredBundle bundle{static_cast<std::uint32_t>(select->natural(0)), select->bytes(1), select->integer(2), {}};
    if (select->integer(4) != checksum(bundle.number, bundle.version, bundle.at_ms, flows)) return damaged("a bundle");
    std::istringstream numbers(flows);
    for (std::uint32_t number = 0; numbers >> number;) {
      const auto name = names->find(number);
      if (name == names->end()) return damaged("a bundle's flows");
      bundle.flows.push_back({number, name->second});
    }
    bundles.push_back(std::move(bundle));
  }
}

Result<std::vector<PublishedFlow>> RegistryFile::published() {
  const std::lock_guard lock(mutex_);
  return read_published();
}

Result<std::vector<PublishedFlow>> RegistryFile::read_published() {
  Result<Statement> select = database_.prepare("SELECT flow, bundle, at_ms, checksum FROM published ORDER BY flow");
  if (!select) return std::unexpected(select.error());
  std::vector<PublishedFlow> rows;
  for (Result<bool> more = select->step();; more = select->step()) {
    if (!more) return std::unexpected(more.error());
    if (!*more) return rows;
    PublishedFlow row{select->bytes(0), select->bytes(1), select->integer(2)};
    if (select->integer(3) != checksum(row.flow, row.bundle, row.at_ms)) return damaged("what is published");
    rows.push_back(std::move(row));
  }
}

Result<std::string> RegistryFile::bundle_bytes(std::uint32_t number) {
  const std::lock_guard lock(mutex_);
  Result<Statement> select = database_.prepare("SELECT body, body_checksum, version FROM bundles WHERE number = ?");
  if (!select) return std::unexpected(select.error());
  const Result<bool> found = select->bind(1, std::uint64_t{number}).step();
  if (!found) return std::unexpected(found.error());
  if (!*found) return fail(ErrorCode::not_found, "the store has no bundle number {}", number);
  std::string bytes = select->bytes(0);
  if (select->integer(1) != static_cast<std::int64_t>(crc32c(bytes))) {
    return fail(ErrorCode::data_loss, "bundle {} is damaged in the store; restore the store from a backup",
                select->bytes(2));
  }
  return bytes;
}

Result<std::vector<RegisteredFlow>> RegistryFile::number_flows(const std::vector<std::string>& names) {
  const auto known = read_flows();
  if (!known) return std::unexpected(known.error());
  std::uint32_t next = known->empty() ? 1 : known->rbegin()->first + 1;
  std::map<std::string, std::uint32_t> numbers;
  for (const auto& [number, name] : *known) numbers[name] = number;
  Result<Statement> insert = database_.prepare("INSERT INTO flows VALUES(?, ?, ?)");
  if (!insert) return std::unexpected(insert.error());
  std::map<std::uint32_t, std::string> flows;
  for (const std::string& name : names) {
    const auto [place, fresh] = numbers.try_emplace(name, next);
    flows[place->second] = name;
    if (!fresh) continue;
    insert->bind(1, std::uint64_t{next}).bind_text(2, name).bind(3, checksum(next, name));
    if (Status done = insert->run(); !done) return std::unexpected(done.error());
    ++next;
  }
  std::vector<RegisteredFlow> sorted;
  for (const auto& [number, name] : flows) sorted.push_back({number, name});
  return sorted;
}

Result<RegisteredBundle> RegistryFile::insert(std::string_view version, std::string_view bytes,
                                              const std::vector<std::string>& flows, std::int64_t at_ms) {
  const Result<std::int64_t> number = database_.integer("SELECT coalesce(max(number), 0) + 1 FROM bundles");
  if (!number) return std::unexpected(number.error());
  Result<std::vector<RegisteredFlow>> numbered = number_flows(flows);
  if (!numbered) return std::unexpected(numbered.error());
  RegisteredBundle bundle{static_cast<std::uint32_t>(*number), std::string(version), at_ms, *std::move(numbered)};
  std::string list;
  for (const RegisteredFlow& flow : bundle.flows) list += fmt::format("{} ", flow.number);
  Result<Statement> insert = database_.prepare("INSERT INTO bundles VALUES(?, ?, ?, ?, ?, ?, ?)");
  if (!insert) return std::unexpected(insert.error());
  insert->bind(1, std::uint64_t{bundle.number}).bind_text(2, version).bind(3, at_ms).bind_text(4, list);
  insert->bind(5, checksum(bundle.number, bundle.version, at_ms, list)).bind_blob(6, bytes);
  if (Status done = insert->bind(7, static_cast<std::int64_t>(crc32c(bytes))).run(); !done) {
    return std::unexpected(done.error());
  }
  return bundle;
}

Result<RegisteredBundle> RegistryFile::deploy(std::string_view version, std::string_view bytes,
                                              const std::vector<std::string>& flows, std::int64_t at_ms, bool* known) {
  const std::lock_guard lock(mutex_);
  const Result<std::vector<RegisteredBundle>> there = read_bundles();
  if (!there) return std::unexpected(there.error());
  const auto same = std::ranges::find(*there, version, &RegisteredBundle::version);
  if (known != nullptr) *known = same != there->end();
  if (same != there->end()) return *same;
  if (Status done = database_.execute("BEGIN IMMEDIATE"); !done) return std::unexpected(done.error());
  Result<RegisteredBundle> bundle = insert(version, bytes, flows, at_ms);
  Status done = bundle ? database_.execute("COMMIT") : Status(std::unexpected(bundle.error()));
  if (!done) {
    (void)database_.execute("ROLLBACK");  // nothing to roll back when SQLite has done so
    return std::unexpected(done.error());
  }
  version_.fetch_add(1, std::memory_order_acq_rel);
  return bundle;
}

Status RegistryFile::publish(const PublishedFlow& row) {
  const std::lock_guard lock(mutex_);
  Result<Statement> insert = database_.prepare("INSERT OR REPLACE INTO published VALUES(?, ?, ?, ?)");
  if (!insert) return std::unexpected(insert.error());
  insert->bind_text(1, row.flow).bind_text(2, row.bundle).bind(3, row.at_ms);
  if (Status done = insert->bind(4, checksum(row.flow, row.bundle, row.at_ms)).run(); !done) return done;
  version_.fetch_add(1, std::memory_order_acq_rel);
  return {};
}

core::ClockBase RegistryFile::saved_clock() const {
  const std::lock_guard lock(mutex_);
  return clock_;
}

Status RegistryFile::save_clock(const core::ClockBase& base) {
  const std::lock_guard lock(mutex_);
  const std::string text = checked(fmt::format("{} {} {:.17g}", base.base_ms, base.base_real_ms, base.rate));
  if (Status done = set_meta("clock", text); !done) return done;
  clock_ = base;
  return {};
}

Status RegistryFile::verify() {
  const Result<std::string> verdict = database_.text("PRAGMA integrity_check(1)");
  if (!verdict) return std::unexpected(verdict.error());
  if (*verdict != "ok") return fail(ErrorCode::data_loss, "the registry is damaged: {}", *verdict);
  const Result<std::vector<RegisteredBundle>> all = bundles();
  if (!all) return std::unexpected(all.error());
  for (const RegisteredBundle& bundle : *all) {
    if (const Result<std::string> bytes = bundle_bytes(bundle.number); !bytes) return std::unexpected(bytes.error());
  }
  return {};
}

Status RegistryFile::backup(const std::string& path, const std::string& vfs) {
  const std::lock_guard lock(mutex_);
  return copy_database(database_, path, vfs, [] { return Status(); });
}

Status copy_database(Database& from, const std::string& path, const std::string& vfs,
                     const std::function<Status()>& each_step) {
  Result<Database> to = Database::open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs);
  if (!to) return std::unexpected(to.error());
  if (Status done = to->execute("PRAGMA synchronous = FULL; PRAGMA locking_mode = EXCLUSIVE"); !done) return done;
  sqlite3_backup* const backup = sqlite3_backup_init(to->raw(), "main", from.raw(), "main");
  if (backup == nullptr) return std::unexpected(last_error(to->raw()));
  Status status;
  int result = SQLITE_OK;
  while (status && result == SQLITE_OK) {
    result = sqlite3_backup_step(backup, 512);
    if (result == SQLITE_OK) status = each_step();
  }
  sqlite3_backup_finish(backup);
  if (!status) return status;
  if (result != SQLITE_DONE) return std::unexpected(last_error(to->raw()));
  return {};
}

}  // namespace flow::store::log
