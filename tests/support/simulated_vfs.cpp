// SQLite's file system over a SimulatedDisk. Time and randomness are the same in each run.
#include <cstring>
#include <memory>
#include <utility>

#include <sqlite3.h>

#include "tests/support/simulated_disk.h"

namespace flow::testing_support {

namespace {

using store::log::DiskFile;
using store::log::OpenFile;

struct VfsFile {
  sqlite3_file head;
  SimulatedDisk* disk;
  std::unique_ptr<DiskFile>* file;
  std::string* remove_on_close;
  std::string* folder_to_sync;  // of a journal, with its first sync: as the "unix" VFS does
};

VfsFile* self(sqlite3_file* file) {
  return reinterpret_cast<VfsFile*>(file);
}

SimulatedDisk* disk_of(sqlite3_vfs* vfs) {
  return static_cast<SimulatedDisk*>(vfs->pAppData);
}

int code(const Status& status, int otherwise) {
  if (status) return SQLITE_OK;
  if (status.error().code == ErrorCode::resource_exhausted) return SQLITE_FULL;
  if (status.error().code == ErrorCode::permission_denied) return SQLITE_READONLY;
  return otherwise;
}

int close(sqlite3_file* file) {
  VfsFile* const own = self(file);
  delete own->file;
  delete own->folder_to_sync;
  if (own->remove_on_close != nullptr) {
    (void)own->disk->remove(*own->remove_on_close);
    delete own->remove_on_close;
  }
  return SQLITE_OK;
}

int read(sqlite3_file* file, void* into, int size, sqlite3_int64 at) {
  const auto wanted = static_cast<std::size_t>(size);
  const auto got = (*self(file)->file)->read(static_cast<std::uint64_t>(at), static_cast<char*>(into), wanted);
  if (!got) return SQLITE_IOERR_READ;
  if (*got == wanted) return SQLITE_OK;
  std::memset(static_cast<char*>(into) + *got, 0, wanted - *got);
  return SQLITE_IOERR_SHORT_READ;
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
  const std::string_view bytes(static_cast<const char*>(data), static_cast<std::size_t>(size));
  return code((*self(file)->file)->write(static_cast<std::uint64_t>(at), bytes), SQLITE_IOERR_WRITE);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  return code((*self(file)->file)->truncate(static_cast<std::uint64_t>(size)), SQLITE_IOERR_TRUNCATE);
}

int sync(sqlite3_file* file, int) {
  VfsFile* const own = self(file);
  if (const int result = code((*own->file)->sync(), SQLITE_IOERR_FSYNC); result != SQLITE_OK) return result;
  if (own->folder_to_sync == nullptr) return SQLITE_OK;
  if (!own->disk->sync_folder(*own->folder_to_sync)) return SQLITE_IOERR_DIR_FSYNC;
  delete std::exchange(own->folder_to_sync, nullptr);
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  const auto found = (*self(file)->file)->size();
  if (!found) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(*found);
  return SQLITE_OK;
}

const sqlite3_io_methods kMethods = {
    1,
    close,
    read,
    write,
    truncate,
    sync,
    file_size,
    [](sqlite3_file*, int) { return SQLITE_OK; },
    [](sqlite3_file*, int) { return SQLITE_OK; },
    [](sqlite3_file*, int* held) {
      *held = 0;
      return SQLITE_OK;
    },
    [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; },
    [](sqlite3_file*) { return 512; },
    // As the "unix" VFS promises: bytes beside those that are written stay.
    [](sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; },
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
};

std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  VfsFile* const own = self(file);
  std::memset(static_cast<void*>(own), 0, sizeof(VfsFile));
  own->disk = disk_of(vfs);
  if (name == nullptr) return SQLITE_CANTOPEN;  // temporary files stay in memory: PRAGMA temp_store = MEMORY
  const bool there = own->disk->exists(name);
  if (!there && (flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
  const OpenFile how = !there                                ? OpenFile::create
                       : (flags & SQLITE_OPEN_READONLY) != 0 ? OpenFile::read
                                                             : OpenFile::write;
  auto opened = own->disk->open(name, how);
  if (!opened) return opened.error().code == ErrorCode::permission_denied ? SQLITE_READONLY : SQLITE_CANTOPEN;
  own->file = new std::unique_ptr<DiskFile>(*std::move(opened));
  if ((flags & SQLITE_OPEN_DELETEONCLOSE) != 0) own->remove_on_close = new std::string(name);
  constexpr int kJournals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
  // Also of one that is there already: a process that was killed may have made it, and synced nothing.
  if ((flags & kJournals) != 0 && (flags & SQLITE_OPEN_CREATE) != 0)
    own->folder_to_sync = new std::string(folder_of(name));
  own->head.pMethods = &kMethods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  SimulatedDisk* const disk = disk_of(vfs);
  if (!disk->exists(name)) return SQLITE_IOERR_DELETE_NOENT;
  if (!disk->remove(name)) return SQLITE_IOERR_DELETE;
  return sync_folder == 0 || disk->sync_folder(folder_of(name)) ? SQLITE_OK : SQLITE_IOERR_DIR_FSYNC;
}

int access(sqlite3_vfs* vfs, const char* name, int, int* result) {
  *result = disk_of(vfs)->exists(name) ? 1 : 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int size, char* out) {
  const std::size_t length = std::strlen(name);
  if (length >= static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
  std::memcpy(out, name, length + 1);
  return SQLITE_OK;
}

int randomness(sqlite3_vfs*, int size, char* out) {
  for (int i = 0; i < size; ++i) out[i] = static_cast<char>(i * 37 + 11);
  return size;
}

int julian_ms(sqlite3_vfs*, sqlite3_int64* out) {
  *out = 212'000'000'000'000;
  return SQLITE_OK;
}

}  // namespace

std::unique_ptr<sqlite3_vfs> make_simulated_vfs(SimulatedDisk& disk, const std::string& name) {
  auto vfs = std::make_unique<sqlite3_vfs>();
  vfs->iVersion = 2;
  vfs->szOsFile = static_cast<int>(sizeof(VfsFile));
  vfs->mxPathname = 512;
  vfs->zName = name.c_str();
  vfs->pAppData = &disk;
  vfs->xOpen = open;
  vfs->xDelete = remove;
  vfs->xAccess = access;
  vfs->xFullPathname = full_path;
  vfs->xRandomness = randomness;
  vfs->xSleep = [](sqlite3_vfs*, int microseconds) { return microseconds; };
  vfs->xCurrentTime = [](sqlite3_vfs*, double* out) {
    *out = 2'453'703.7;
    return SQLITE_OK;
  };
  vfs->xGetLastError = [](sqlite3_vfs*, int, char*) { return SQLITE_OK; };
  vfs->xCurrentTimeInt64 = julian_ms;
  sqlite3_vfs_register(vfs.get(), 0);
  return vfs;
}

void drop_simulated_vfs(sqlite3_vfs& vfs) {
  sqlite3_vfs_unregister(&vfs);
}

}  // namespace flow::testing_support
