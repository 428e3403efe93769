#include "runtime/store/embedded/faulty_vfs.h"

#include <atomic>
#include <cstring>

#include <sqlite3.h>

namespace flow::store::embedded {

namespace {

std::atomic<int> fail_from{0};
std::atomic<int> seen{0};

sqlite3_vfs* base_vfs() {
  static sqlite3_vfs* vfs = sqlite3_vfs_find("unix");
  return vfs;
}

// The wrapped file lies directly behind.
struct File {
  sqlite3_file head;
  sqlite3_file* inner() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* self(sqlite3_file* file) {
  return reinterpret_cast<File*>(file);
}

bool fails() {
  const int now = seen.fetch_add(1) + 1;
  const int from = fail_from.load();
  return from != 0 && now >= from;
}

template <auto Method, typename... Args>
int forward(sqlite3_file* file, Args... args) {
  sqlite3_file* inner = self(file)->inner();
  return (inner->pMethods->*Method)(inner, args...);
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
  return fails() ? SQLITE_IOERR_WRITE : forward<&sqlite3_io_methods::xWrite>(file, data, size, at);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  return fails() ? SQLITE_IOERR_TRUNCATE : forward<&sqlite3_io_methods::xTruncate>(file, size);
}
int sync(sqlite3_file* file, int flags) {
  return fails() ? SQLITE_IOERR_FSYNC : forward<&sqlite3_io_methods::xSync>(file, flags);
}

const sqlite3_io_methods kMethods = {
    2,
    [](sqlite3_file* f) { return forward<&sqlite3_io_methods::xClose>(f); },
    [](sqlite3_file* f, void* d, int n, sqlite3_int64 a) { return forward<&sqlite3_io_methods::xRead>(f, d, n, a); },
    write,
    truncate,
    sync,
    [](sqlite3_file* f, sqlite3_int64* s) { return forward<&sqlite3_io_methods::xFileSize>(f, s); },
    [](sqlite3_file* f, int l) { return forward<&sqlite3_io_methods::xLock>(f, l); },
    [](sqlite3_file* f, int l) { return forward<&sqlite3_io_methods::xUnlock>(f, l); },
    [](sqlite3_file* f, int* r) { return forward<&sqlite3_io_methods::xCheckReservedLock>(f, r); },
    [](sqlite3_file* f, int o, void* a) { return forward<&sqlite3_io_methods::xFileControl>(f, o, a); },
    [](sqlite3_file* f) { return forward<&sqlite3_io_methods::xSectorSize>(f); },
    [](sqlite3_file* f) { return forward<&sqlite3_io_methods::xDeviceCharacteristics>(f); },
    [](sqlite3_file* f, int r, int s, int e, void volatile** p) {
      return forward<&sqlite3_io_methods::xShmMap>(f, r, s, e, p);
    },
    [](sqlite3_file* f, int o, int n, int l) { return forward<&sqlite3_io_methods::xShmLock>(f, o, n, l); },
    [](sqlite3_file* f) { self(f)->inner()->pMethods->xShmBarrier(self(f)->inner()); },
    [](sqlite3_file* f, int d) { return forward<&sqlite3_io_methods::xShmUnmap>(f, d); },
    nullptr,
    nullptr,
};

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  const int result = base_vfs()->xOpen(base_vfs(), name, self(file)->inner(), flags, out_flags);
  file->pMethods = self(file)->inner()->pMethods != nullptr ? &kMethods : nullptr;
  return result;
}

}  // namespace

void register_faulty_vfs() {
  static sqlite3_vfs vfs = [] {
    sqlite3_vfs copy = *base_vfs();  // everything but opening is the base's: it never looks at its own pointer
    copy.zName = "faulty";
    copy.szOsFile = static_cast<int>(sizeof(File)) + base_vfs()->szOsFile;
    copy.xOpen = open;
    copy.pNext = nullptr;
    return copy;
  }();
  sqlite3_vfs_register(&vfs, 0);
}

void fail_from_write(int nth) {
  fail_from = nth;
  seen = 0;
}

int writes_seen() {
  return seen.load();
}

}  // namespace flow::store::embedded
