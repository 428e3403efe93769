// Every file operation of the store, so that tests and the simulation can put a disk of their own underneath. What
// SQLite does to its files goes to the same disk, through the VFS that sqlite_vfs() names.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace flow::store::log {

// Errors of all operations: not_found; permission_denied (read-only included); resource_exhausted (the disk is full);
// io_error. The message has the path and what the operating system said, no remedy.

// An open file. One thread at a time; different files from different threads.
class DiskFile {
 public:
  virtual ~DiskFile() = default;
  // Fills `into` from this place on; fewer bytes only at the end of the file.
  virtual Result<std::size_t> read(std::uint64_t at, char* into, std::size_t size) = 0;
  // All of it or an error, and then what of it is there is not known. Not durable before sync().
  virtual Status write(std::uint64_t at, std::string_view bytes) = 0;
  // Makes the file at least this long, with zeros, and takes the space for it from the disk.
  virtual Status allocate(std::uint64_t size) = 0;
  virtual Status truncate(std::uint64_t size) = 0;
  // Bytes and length are durable when it returns (fdatasync); the file's name is sync_folder()'s matter.
  virtual Status sync() = 0;
  virtual Result<std::uint64_t> size() = 0;
};

// Holds a folder against other processes until destroyed.
class DiskLock {
 public:
  virtual ~DiskLock() = default;
};

enum class OpenFile {
  read,    // must exist
  write,   // must exist; reads, too
  create,  // must not exist
};

// Any thread. Paths are the operating system's; only those under folders that the store was given occur.
class Disk {
 public:
  virtual ~Disk() = default;

  virtual Result<std::unique_ptr<DiskFile>> open(const std::string& path, OpenFile how) = 0;
  // Replaces what is there. Durable, as removal and creation are, after sync_folder() of the folder.
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual Status remove(const std::string& path) = 0;
  virtual Status sync_folder(const std::string& folder) = 0;
  // Names in a folder, sorted.
  virtual Result<std::vector<std::string>> list(const std::string& folder) = 0;
  virtual bool exists(const std::string& path) = 0;
  // Mode 0700; fine when it is there. not_found: its parent is not.
  virtual Status make_folder(const std::string& folder) = 0;
  virtual Result<std::uint64_t> free_bytes(const std::string& folder) = 0;
  // failed_precondition: another process holds it, and still did after `patience`.
  virtual Result<std::unique_ptr<DiskLock>> lock(const std::string& folder, std::chrono::milliseconds patience) = 0;

  // The name under which SQLite finds this disk; empty: its default one.
  virtual std::string sqlite_vfs() const = 0;
};

// The machine's. Lives for ever.
Disk& posix_disk();

}  // namespace flow::store::log
