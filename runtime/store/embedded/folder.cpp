#include "runtime/store/embedded/folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <thread>

#include "runtime/core/random.h"
#include "runtime/store/embedded/schema.h"

namespace flow::store::embedded {

namespace fs = std::filesystem;

namespace {

constexpr const char* kSideSuffixes[] = {"-wal", "-shm", "-journal"};

// What else flowd keeps in its folder: caches that may be deleted.
bool is_ours(std::string_view name) {
  return name.starts_with(kJournalName) || name.starts_with(kLookupName) || name == "cache";
}

std::uint32_t big_endian(const std::array<char, 100>& header, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<std::uint8_t>(header[at + i]);
  return value;
}

// Magic, application and version from the file's first bytes, before SQLite may touch anything.
Status examine_file(const fs::path& file, std::uint32_t application) {
  std::array<char, 100> header{};
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return fail(ErrorCode::permission_denied, "{} cannot be read; run flowd as the user who owns it", file.string());
  }
  in.read(header.data(), header.size());
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  if (in.gcount() != static_cast<std::streamsize>(header.size()) ||
      std::string_view(header.data(), kMagic.size()) != kMagic) {
    return fail(ErrorCode::data_loss, "{} is damaged: it does not begin as a store file does; restore it from a backup",
                file.string());
  }
  if (big_endian(header, 68) != application) {
    return fail(ErrorCode::failed_precondition,
                "{} was not made by flowd; give `--data` a folder of flowd's own, or an empty one", file.string());
  }
  if (const std::uint32_t version = big_endian(header, 60); version > kStoreVersion) {
    return fail(
        ErrorCode::failed_precondition,
        "{} has format {}, and this flowd reads formats up to {}; start the flowd that wrote it, or a newer one",
        file.string(), version, kStoreVersion);
  }
  return {};
}

// A look-up file alone: of a store whose making was cut short, or of one that lost its journal.
Status examine_lonely_lookup(const fs::path& folder) {
  const fs::path lookup = folder / kLookupName;
  if (Status ok = examine_file(lookup, kLookupApplication); !ok) return ok;
  if (fs::exists(folder / (std::string(kLookupName) + "-wal"))) {  // only a store that was opened has one
    return fail(ErrorCode::data_loss, "{} is missing beside {}; restore the folder from a backup", kJournalName,
                lookup.string());
  }
  Result<Database> database =
      Database::open("file:" + lookup.string() + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, "");
  if (!database) return std::unexpected(database.error());
  const Result<std::int64_t> indexed = database->integer("SELECT value FROM meta WHERE key = 'indexed_through'");
  if (!indexed) return std::unexpected(indexed.error());
  if (*indexed != 0) {
    return fail(ErrorCode::data_loss, "{} is missing beside {}; restore the folder from a backup", kJournalName,
                lookup.string());
  }
  return {};
}

Status os_error(const fs::path& path, const char* what) {
  const int error = errno;
  return fail(error == EACCES || error == EPERM || error == EROFS ? ErrorCode::permission_denied : ErrorCode::io_error,
              "{}: {} failed: {}", path.string(), what, std::strerror(error));
}

Status sync_path(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return os_error(path, "opening");
  const int result = ::fsync(descriptor);
  Status status = result == 0 ? Status{} : os_error(path, "fsync");
  ::close(descriptor);
  return status;
}

Status make_file(const fs::path& file, const std::string& vfs, const char* schema, std::uint32_t application,
                 std::string_view store_id) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) fs::remove(file.string() + suffix);
  {
    Result<Database> database = Database::open(file.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs);
    if (!database) return std::unexpected(database.error());
    const std::string header =
        fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};", application, kStoreVersion);
    const std::string id = fmt::format("INSERT INTO meta VALUES('store_id', '{}');", store_id);
    for (const char* sql : {"PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; BEGIN;", header.c_str(), schema,
                            id.c_str(), "COMMIT; PRAGMA journal_mode = WAL;"}) {
      if (Status done = database->execute(sql); !done) return done;
    }
  }
  return sync_path(file);
}

}  // namespace

Result<FolderLock> FolderLock::take(const fs::path& folder, std::chrono::milliseconds patience) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    if (errno == ENOTDIR) {
      return fail(ErrorCode::failed_precondition, "{} is not a folder; give `--data` a folder", folder.string());
    }
    return std::unexpected(os_error(folder, "opening").error());
  }
  const auto until = std::chrono::steady_clock::now() + patience;
  int held = ::flock(descriptor, LOCK_EX | LOCK_NB);
  for (; held != 0 && std::chrono::steady_clock::now() < until; held = ::flock(descriptor, LOCK_EX | LOCK_NB)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  if (held != 0) {
    ::close(descriptor);
    return fail(ErrorCode::failed_precondition, "{} is in use by another flowd; stop that one, or use another folder",
                folder.string());
  }
  return FolderLock(descriptor);
}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<FolderState> examine(const fs::path& folder) {
  const fs::path journal = folder / kJournalName;
  const fs::path lookup = folder / kLookupName;
  std::error_code error;
  if (fs::exists(journal, error)) {
    if (Status ok = examine_file(journal, kJournalApplication); !ok) return std::unexpected(ok.error());
    if (!fs::exists(lookup, error)) {
      return fail(ErrorCode::data_loss, "{} is missing beside {}; restore the folder from a backup", kLookupName,
                  journal.string());
    }
    if (Status ok = examine_file(lookup, kLookupApplication); !ok) return std::unexpected(ok.error());
    return FolderState::store;
  }
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!is_ours(name)) {
      return fail(ErrorCode::failed_precondition,
                  "{} holds `{}` and no store; give `--data` a folder of flowd's own, or an empty one", folder.string(),
                  name);
    }
  }
  if (error) return fail(ErrorCode::io_error, "{}: {}", folder.string(), error.message());
  if (fs::exists(lookup, error)) {
    if (Status ok = examine_lonely_lookup(folder); !ok) return std::unexpected(ok.error());
  }
  return FolderState::fresh;
}

Status make_store(const fs::path& folder, const std::string& vfs) {
  std::array<std::uint8_t, 16> random{};
  core::SystemRandom().fill(random);
  std::string id;
  for (const std::uint8_t byte : random) id += fmt::format("{:02x}", byte);
  const fs::path lookup = folder / kLookupName;
  const fs::path journal = folder / kJournalName;
  const fs::path new_lookup = lookup.string() + ".new";
  const fs::path new_journal = journal.string() + ".new";
  if (Status made = make_file(new_lookup, vfs, kLookupSchema, kLookupApplication, id); !made) return made;
  if (Status made = make_file(new_journal, vfs, kJournalSchema, kJournalApplication, id); !made) return made;
  std::error_code error;
  fs::rename(new_lookup, lookup, error);
  if (!error) {
    if (Status synced = sync_path(folder); !synced) return synced;
    fs::rename(new_journal, journal, error);
  }
  if (error) return fail(ErrorCode::io_error, "{}: {}", folder.string(), error.message());
  return sync_path(folder);
}

SideFiles::SideFiles(fs::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  for (fs::directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
    before_.push_back(it->path().filename().string());
  }
}

void SideFiles::remove_new() const {
  for (const char* name : {kJournalName, kLookupName}) {
    for (const char* suffix : kSideSuffixes) {
      const std::string file = std::string(name) + suffix;
      std::error_code ignored;
      if (std::ranges::find(before_, file) == before_.end()) fs::remove(folder_ / file, ignored);
    }
  }
}

}  // namespace flow::store::embedded
