// A disk in memory that does what disks do when the power goes: what was not synced is lost, torn at 512 bytes or kept
// in any order, as a seed decides. Every operation can be made to fail.
//
// SQLite reaches it through a VFS of the disk's own: connections must be exclusive (PRAGMA locking_mode = EXCLUSIVE
// before the first access), one a file at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/store/log/disk.h"

struct sqlite3_vfs;

namespace flow::testing_support {

enum class DiskOperation { read, write, allocate, truncate, sync, open, rename, remove, sync_folder, list };

// Any thread, one operation at a time.
class SimulatedDisk final : public store::log::Disk {
 public:
  explicit SimulatedDisk(std::uint64_t seed = 1);
  ~SimulatedDisk() override;
  SimulatedDisk(const SimulatedDisk&) = delete;
  SimulatedDisk& operator=(const SimulatedDisk&) = delete;

  // ---- Faults

  // Operations that change something or make it durable: write, allocate, truncate, sync, creating, rename, remove,
  // sync_folder; SQLite's included.
  std::uint64_t changes() const;
  // Reads, and opening what exists, and listing.
  std::uint64_t looks() const;
  // The n-th change from now on (1: the next) and every later one fails with io_error. A write that fails may have
  // reached the disk in part. 0: none does.
  void fail_changes_from(std::uint64_t nth);
  // Only that one fails.
  void fail_change(std::uint64_t nth);
  // The n-th look from now on fails, and only that. 0: none.
  void fail_look(std::uint64_t nth);
  // Bytes that all files together may have; more is refused with resource_exhausted.
  void set_capacity(std::uint64_t bytes);
  // Every change is refused with permission_denied.
  void set_read_only(bool read_only);
  // Called before each operation, outside of locks: to count, to pass (virtual) time, to write down.
  void set_watch(std::function<void(DiskOperation, const std::string& path)> watch);
  // A failed sync drops what it should have written, and the bytes read as if they were there until the next crash: as
  // Linux does.
  void set_syncs_that_fail_forget(bool forget);

  // ---- Crash

  // The power goes and comes back: of what was not synced some is lost, as the seed decides. Files that were open are
  // dead: each of their operations fails. Locks are free. Faults are switched off.
  void crash();
  // As crash(), but all that was written is there (kill -9).
  void kill();

  // ---- As an onlooker: no faults, not counted

  std::map<std::string, std::string> files() const;  // by path, as they read now
  void put(const std::string& path, std::string bytes);

  // ---- Disk

  Result<std::unique_ptr<store::log::DiskFile>> open(const std::string& path, store::log::OpenFile how) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status sync_folder(const std::string& folder) override;
  Result<std::vector<std::string>> list(const std::string& folder) override;
  bool exists(const std::string& path) override;
  Status make_folder(const std::string& folder) override;
  Result<std::uint64_t> free_bytes(const std::string& folder) override;
  Result<std::unique_ptr<store::log::DiskLock>> lock(const std::string& folder,
                                                     std::chrono::milliseconds patience) override;
  std::string sqlite_vfs() const override;

 private:
  friend class SimulatedFile;
  friend class SimulatedLock;

  // A write that is not synced, or a new length.
  struct Pending {
    std::uint64_t at = 0;
    std::string bytes;
    bool resize = false;
  };
  struct Inode {
    std::string now;      // as it reads
    std::string durable;  // as it would be after a crash that loses everything else
    std::vector<Pending> pending;
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;
  // A change of names that is not synced.
  struct NameChange {
    std::string folder;
    std::string path;
    std::shared_ptr<Inode> inode;  // none: removed
    std::string also_removed;      // of a rename: where it was
  };

  Status change(DiskOperation operation, const std::string& path);  // counts; fails when it is to
  Status look(DiskOperation operation, const std::string& path);
  Status change_locked(const std::string& path);
  std::uint64_t used() const;
  Status room(const std::string& path, std::uint64_t more) const;
  static void apply(std::string& bytes, const Pending& pending);
  void sync_inode(Inode& inode, bool lost);
  void settle(Inode& inode);
  void forget_faults();

  mutable std::mutex mutex_;
  std::mt19937_64 random_;
  Names names_;
  Names durable_names_;
  std::vector<NameChange> name_changes_;
  std::set<std::string> folders_;
  std::set<std::string> locks_;
  std::uint64_t generation_ = 1;  // of open files
  std::uint64_t changes_ = 0;
  std::uint64_t looks_ = 0;
  std::uint64_t fail_from_ = 0;  // absolute numbers; 0: none
  std::uint64_t fail_one_ = 0;
  std::uint64_t fail_look_ = 0;
  std::uint64_t capacity_ = std::numeric_limits<std::uint64_t>::max();
  bool read_only_ = false;
  bool forget_ = false;
  std::function<void(DiskOperation, const std::string&)> watch_;
  std::unique_ptr<sqlite3_vfs> vfs_;
  std::string vfs_name_;
};

// Registers a VFS of SQLite over the disk and gives it back; simulated_vfs.cpp.
std::unique_ptr<sqlite3_vfs> make_simulated_vfs(SimulatedDisk& disk, const std::string& name);
void drop_simulated_vfs(sqlite3_vfs& vfs);

}  // namespace flow::testing_support
