#include "runtime/store/log/folder.h"

#include <algorithm>
#include <array>

#include "runtime/crypto/encoding.h"
#include "runtime/crypto/random.h"
#include "runtime/store/log/ended_tables.h"
#include "runtime/store/log/segments.h"

namespace flow::store::log {

namespace {

constexpr const char* kSideSuffixes[] = {"-wal", "-shm", "-journal"};

// What else flowd keeps in its folder: caches that may be deleted, and the socket for its verbs.
bool is_ours(std::string_view name) {
  return name.starts_with(kRegistryName) || name.starts_with(kLookupName) || name == kLogFolder || name == "cache" ||
         name == "control";
}

Result<std::string> first_bytes(Disk& disk, const std::string& path, std::size_t size) {
  Result<std::unique_ptr<DiskFile>> file = disk.open(path, OpenFile::read);
  if (!file && file.error().code == ErrorCode::permission_denied) {
    return fail(ErrorCode::permission_denied, "{} cannot be read; run flowd as the user who owns it", path);
  }
  if (!file) return std::unexpected(file.error());
  std::string bytes(size, '\0');
  const Result<std::size_t> got = (*file)->read(0, bytes.data(), size);
  if (!got) return std::unexpected(got.error());
  bytes.resize(*got);
  return bytes;
}

std::uint32_t big_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  return value;
}

// Magic, application and version from the file's first bytes, before SQLite may touch anything.
Status examine_file(Disk& disk, const std::string& path, std::uint32_t application) {
  const Result<std::string> header = first_bytes(disk, path, 100);
  if (!header) return std::unexpected(header.error());
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  if (header->size() != 100 || !header->starts_with(kMagic)) {
    return fail(ErrorCode::data_loss, "{} is damaged: it does not begin as a store file does; restore it from a backup",
                path);
  }
  if (big_endian(*header, 68) != application) {
    return fail(ErrorCode::failed_precondition,
                "{} was not made by flowd; give `--data` a folder of flowd's own, or an empty one", path);
  }
  if (const std::uint32_t version = big_endian(*header, 60); version > kStoreVersion) {
    return fail(
        ErrorCode::failed_precondition,
        "{} has format {}, and this flowd reads formats up to {}; start the flowd that wrote it, or a newer one", path,
        version, kStoreVersion);
  }
  return {};
}

Error registry_lost(const std::string& folder) {
  return {ErrorCode::data_loss,
          fmt::format("{}/{} is missing beside the rest of a store; restore the folder from a backup", folder,
                      kRegistryName)};
}

// No registry: what else is there must be of a store whose making was cut short.
Status examine_rest(Disk& disk, const std::string& folder) {
  const std::string lookup = folder + "/" + kLookupName;
  if (disk.exists(lookup)) {
    if (Status ok = examine_file(disk, lookup, kLookupApplication); !ok) return ok;
    // Only a store that was opened has one.
    if (disk.exists(lookup + "-wal")) return std::unexpected(registry_lost(folder));
  }
  const std::string log = folder + "/" + kLogFolder;
  if (!disk.exists(log)) return {};
  const Result<std::vector<std::string>> names = disk.list(log);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (name != segment_name(1)) return std::unexpected(registry_lost(folder));
    const Result<std::string> bytes = first_bytes(disk, log + "/" + name, kSegmentHeaderBytes + kFrameHeaderBytes);
    if (!bytes) return std::unexpected(bytes.error());
    const bool frames = bytes->size() > kSegmentHeaderBytes &&
                        bytes->substr(kSegmentHeaderBytes).find_first_not_of('\0') != std::string::npos;
    if (frames) return std::unexpected(registry_lost(folder));
  }
  return {};
}

Status make_database(Disk& disk, const std::string& path, std::uint32_t application,
                     const std::vector<const char*>& schema, const std::function<Status(Database&)>& fill) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    if (!disk.exists(path + suffix)) continue;
    if (Status done = disk.remove(path + suffix); !done) return done;
  }
  {
    Result<Database> database = Database::open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, disk.sqlite_vfs());
    if (!database) return std::unexpected(database.error());
    const std::string header =
        fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};", application, kStoreVersion);
    std::vector<const char*> steps = {
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; BEGIN;",
        header.c_str()};
    steps.insert(steps.end(), schema.begin(), schema.end());
    for (const char* sql : steps) {
      if (Status done = database->execute(sql); !done) return done;
    }
    if (Status done = fill(*database); !done) return done;
    if (Status done = keep_schema_checksum(*database); !done) return done;
    if (Status done = database->execute("COMMIT; PRAGMA journal_mode = WAL;"); !done) return done;
  }
  Result<std::unique_ptr<DiskFile>> file = disk.open(path, OpenFile::write);
  if (!file) return std::unexpected(file.error());
  return (*file)->sync();
}

Status make_log(Disk& disk, const std::string& log, const StoreId& store, std::uint64_t segment_bytes) {
  if (Status made = disk.make_folder(log); !made) return made;
  const Result<std::vector<std::string>> names = disk.list(log);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (Status done = disk.remove(log + "/" + name); !done) return done;
  }
  return Segments::make_first(disk, log, store, segment_bytes);
}

}  // namespace

Result<FolderState> examine(Disk& disk, const std::string& folder) {
  const std::string registry = folder + "/" + kRegistryName;
  const std::string lookup = folder + "/" + kLookupName;
  if (disk.exists(registry)) {
    if (Status ok = examine_file(disk, registry, kRegistryApplication); !ok) return std::unexpected(ok.error());
    for (const std::string& other : {lookup, folder + "/" + kLogFolder}) {
      if (disk.exists(other)) continue;
      return fail(ErrorCode::data_loss, "{} is missing beside {}; restore the folder from a backup", other, registry);
    }
    if (Status ok = examine_file(disk, lookup, kLookupApplication); !ok) return std::unexpected(ok.error());
    return FolderState::store;
  }
  const Result<std::vector<std::string>> names = disk.list(folder);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (name == "journal.sqlite") {
      return fail(
          ErrorCode::failed_precondition,
          "{} holds a store of format 1, which this flowd does not read; let the flowd that wrote it finish its "
          "executions, then give this one an empty folder",
          folder);
    }
    if (is_ours(name)) continue;
    return fail(ErrorCode::failed_precondition,
                "{} holds `{}` and no store; give `--data` a folder of flowd's own, or an empty one", folder, name);
  }
  if (Status ok = examine_rest(disk, folder); !ok) return std::unexpected(ok.error());
  return FolderState::fresh;
}

Status make_store(Disk& disk, const std::string& folder, std::uint64_t segment_bytes, const RegistryFile::Keys& keys) {
  StoreId store{};
  std::ranges::copy(crypto::random_bytes(store.size()), store.begin());
  std::string id;
  for (const std::uint8_t byte : store) id += fmt::format("{:02x}", byte);
  const std::string lookup = folder + "/" + kLookupName;
  const std::string registry = folder + "/" + kRegistryName;
  if (Status made = make_log(disk, folder + "/" + kLogFolder, store, segment_bytes); !made) return made;
  Status made = make_database(disk, lookup + ".new", kLookupApplication, {kLookupSchema, kTagSchema},
                              [&](Database& database) { return EndedTables::fill(database, id); });
  if (!made) return made;
  made = make_database(disk, registry + ".new", kRegistryApplication, {kRegistrySchema},
                       [&](Database& database) { return RegistryFile::fill(database, id, keys); });
  if (!made) return made;
  if (made = disk.rename(lookup + ".new", lookup); !made) return made;
  if (made = disk.sync_folder(folder); !made) return made;
  if (made = disk.rename(registry + ".new", registry); !made) return made;
  return disk.sync_folder(folder);
}

Status mark_moved(Disk& disk, const std::string& folder, const std::string& where) {
  const std::string path = folder + "/" + kMovedName;
  Result<std::unique_ptr<DiskFile>> file = disk.open(path, OpenFile::create);
  if (!file) return std::unexpected(file.error());
  if (Status done = (*file)->write(0, where + "\n"); !done) return done;
  if (Status done = (*file)->sync(); !done) return done;
  return disk.sync_folder(folder);
}

Status unmark_moved(Disk& disk, const std::string& folder) {
  if (Status done = disk.remove(folder + "/" + kMovedName); !done) return done;
  return disk.sync_folder(folder);
}

Status check_not_moved(Disk& disk, const std::string& folder) {
  const std::string path = folder + "/" + kMovedName;
  if (!disk.exists(path)) return {};
  const Result<std::string> where = first_bytes(disk, path, 1024);
  if (!where) return std::unexpected(where.error());
  return fail(
      ErrorCode::failed_precondition,
      "the store in {} was moved to {}; serve from there. If that is not used (the move was cut short, or given "
      "up), delete {} to go on here",
      folder, where->substr(0, where->find('\n')), path);
}

SideFiles::SideFiles(Disk& disk, std::string folder) : disk_(disk), folder_(std::move(folder)) {
  if (Result<std::vector<std::string>> names = disk_.list(folder_)) before_ = *std::move(names);
}

void SideFiles::remove_new() const {
  for (const char* name : {kRegistryName, kLookupName}) {
    for (const char* suffix : kSideSuffixes) {
      const std::string file = std::string(name) + suffix;
      if (std::ranges::find(before_, file) == before_.end() && disk_.exists(folder_ + "/" + file)) {
        (void)disk_.remove(folder_ + "/" + file);
      }
    }
  }
}

}  // namespace flow::store::log
