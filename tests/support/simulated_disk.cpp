#include "tests/support/simulated_disk.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include <fmt/format.h>
#include <sqlite3.h>

namespace flow::testing_support {

using store::log::DiskFile;
using store::log::DiskLock;
using store::log::OpenFile;

namespace {

constexpr std::uint64_t kSectorBytes = 512;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::atomic<int> disks{0};

}  // namespace

class SimulatedFile final : public DiskFile {
 public:
  SimulatedFile(SimulatedDisk& disk, std::string path, std::shared_ptr<SimulatedDisk::Inode> inode, bool writable)
      : disk_(disk),
        path_(std::move(path)),
        inode_(std::move(inode)),
        writable_(writable),
        generation_(disk.generation_) {}

  Result<std::size_t> read(std::uint64_t at, char* into, std::size_t size) override {
    if (Status ok = disk_.look(DiskOperation::read, path_); !ok) return std::unexpected(ok.error());
    const std::lock_guard lock(disk_.mutex_);
    if (dead()) return std::unexpected(died().error());
    const std::string& now = inode_->now;
    if (at >= now.size()) return std::size_t{0};
    const std::size_t count = std::min<std::size_t>(size, now.size() - at);
    std::memcpy(into, now.data() + at, count);
    return count;
  }

  Status write(std::uint64_t at, std::string_view bytes) override {
    const Status refused = disk_.change(DiskOperation::write, path_);
    const std::lock_guard lock(disk_.mutex_);
    if (dead() || !writable_) return died();
    const std::uint64_t end = at + bytes.size();
    const bool fits = end <= inode_->now.size() || disk_.room(path_, end - inode_->now.size());
    // What fails may have reached the disk in part all the same.
    if (refused || (!disk_.read_only_ && fits)) {
      SimulatedDisk::Pending pending{at, std::string(bytes), false};
      if (!refused) pending.bytes.resize(disk_.random_() % (bytes.size() + 1));
      SimulatedDisk::apply(inode_->now, pending);
      inode_->pending.push_back(std::move(pending));
    }
    if (!refused) return refused;
    return fits ? Status{} : disk_.room(path_, end - inode_->now.size());
  }

  Status allocate(std::uint64_t size) override {
    if (Status ok = disk_.change(DiskOperation::allocate, path_); !ok) return ok;
    const std::lock_guard lock(disk_.mutex_);
    if (dead() || !writable_) return died();
    if (size <= inode_->now.size()) return {};
    if (Status ok = disk_.room(path_, size - inode_->now.size()); !ok) return ok;
    resize(size);
    return {};
  }

  Status truncate(std::uint64_t size) override {
    if (Status ok = disk_.change(DiskOperation::truncate, path_); !ok) return ok;
    const std::lock_guard lock(disk_.mutex_);
    if (dead() || !writable_) return died();
    resize(size);
    return {};
  }

  Status sync() override {
    const Status ok = disk_.change(DiskOperation::sync, path_);
    const std::lock_guard lock(disk_.mutex_);
    if (dead()) return died();
    if (ok) {
      disk_.sync_inode(*inode_, false);
    } else if (disk_.forget_) {
      disk_.sync_inode(*inode_, true);
    }
    return ok;
  }

  Result<std::uint64_t> size() override {
    const std::lock_guard lock(disk_.mutex_);
    if (dead()) return std::unexpected(died().error());
    return inode_->now.size();
  }

 private:
  bool dead() const { return generation_ != disk_.generation_; }
  Status died() const { return fail(ErrorCode::io_error, "{}: the file is not open for this", path_); }
  void resize(std::uint64_t size) {
    SimulatedDisk::Pending pending{size, {}, true};
    SimulatedDisk::apply(inode_->now, pending);
    inode_->pending.push_back(std::move(pending));
  }

  SimulatedDisk& disk_;
  std::string path_;
  std::shared_ptr<SimulatedDisk::Inode> inode_;
  bool writable_;
  std::uint64_t generation_;
};

class SimulatedLock final : public DiskLock {
 public:
  SimulatedLock(SimulatedDisk& disk, std::string folder)
      : disk_(disk), folder_(std::move(folder)), generation_(disk.generation_) {}
  ~SimulatedLock() override {
    const std::lock_guard lock(disk_.mutex_);
    if (generation_ == disk_.generation_) disk_.locks_.erase(folder_);
  }

 private:
  SimulatedDisk& disk_;
  std::string folder_;
  std::uint64_t generation_;
};

SimulatedDisk::SimulatedDisk(std::uint64_t seed)
    : random_(seed), vfs_name_(fmt::format("simulated-{}", disks.fetch_add(1))) {
  vfs_ = make_simulated_vfs(*this, vfs_name_);
}

SimulatedDisk::~SimulatedDisk() {
  drop_simulated_vfs(*vfs_);
}

// ---- Faults

std::uint64_t SimulatedDisk::changes() const {
  const std::lock_guard lock(mutex_);
  return changes_;
}

std::uint64_t SimulatedDisk::looks() const {
  const std::lock_guard lock(mutex_);
  return looks_;
}

void SimulatedDisk::fail_changes_from(std::uint64_t nth) {
  const std::lock_guard lock(mutex_);
  fail_from_ = nth == 0 ? 0 : changes_ + nth;
}

void SimulatedDisk::fail_change(std::uint64_t nth) {
  const std::lock_guard lock(mutex_);
  fail_one_ = nth == 0 ? 0 : changes_ + nth;
}

void SimulatedDisk::fail_look(std::uint64_t nth) {
  const std::lock_guard lock(mutex_);
  fail_look_ = nth == 0 ? 0 : looks_ + nth;
}

void SimulatedDisk::set_capacity(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  capacity_ = bytes;
}

void SimulatedDisk::set_read_only(bool read_only) {
  const std::lock_guard lock(mutex_);
  read_only_ = read_only;
}

void SimulatedDisk::set_watch(std::function<void(DiskOperation, const std::string& path)> watch) {
  const std::lock_guard lock(mutex_);
  watch_ = std::move(watch);
}

void SimulatedDisk::set_syncs_that_fail_forget(bool forget) {
  const std::lock_guard lock(mutex_);
  forget_ = forget;
}

void SimulatedDisk::forget_faults() {
  fail_from_ = fail_one_ = fail_look_ = 0;
  capacity_ = std::numeric_limits<std::uint64_t>::max();
  read_only_ = false;
}

Status SimulatedDisk::change_locked(const std::string& path) {
  ++changes_;
  if (read_only_) return fail(ErrorCode::permission_denied, "{}: read-only file system", path);
  if ((fail_from_ != 0 && changes_ >= fail_from_) || changes_ == fail_one_) {
    return fail(ErrorCode::io_error, "{}: input/output error (change {})", path, changes_);
  }
  return {};
}

Status SimulatedDisk::change(DiskOperation operation, const std::string& path) {
  if (watch_) watch_(operation, path);
  const std::lock_guard lock(mutex_);
  return change_locked(path);
}

Status SimulatedDisk::look(DiskOperation operation, const std::string& path) {
  if (watch_) watch_(operation, path);
  const std::lock_guard lock(mutex_);
  if (++looks_ == fail_look_) return fail(ErrorCode::io_error, "{}: input/output error (look {})", path, looks_);
  return {};
}

std::uint64_t SimulatedDisk::used() const {
  std::uint64_t bytes = 0;
  for (const auto& [path, inode] : names_) bytes += inode->now.size();
  return bytes;
}

Status SimulatedDisk::room(const std::string& path, std::uint64_t more) const {
  if (capacity_ == std::numeric_limits<std::uint64_t>::max() || used() + more <= capacity_) return {};
  return fail(ErrorCode::resource_exhausted, "{}: no space left on device", path);
}

// ---- Crash

void SimulatedDisk::apply(std::string& bytes, const Pending& pending) {
  if (pending.resize) {
    bytes.resize(pending.at);
    return;
  }
  if (bytes.size() < pending.at + pending.bytes.size()) bytes.resize(pending.at + pending.bytes.size());
  std::memcpy(bytes.data() + pending.at, pending.bytes.data(), pending.bytes.size());
}

void SimulatedDisk::sync_inode(Inode& inode, bool lost) {
  if (!lost) {
    for (const Pending& pending : inode.pending) apply(inode.durable, pending);
  }
  inode.pending.clear();
}

// What is left of a file's unsynced writes: none, all, or each sector of each write as it falls.
void SimulatedDisk::settle(Inode& inode) {
  const std::uint64_t mode = random_() % 4;
  for (const Pending& pending : inode.pending) {
    if (mode == 0) break;
    if (mode == 1 || (pending.resize && random_() % 2 == 0)) {
      apply(inode.durable, pending);
      continue;
    }
    if (pending.resize) continue;
    for (std::uint64_t at = pending.at; at < pending.at + pending.bytes.size();) {
      const std::uint64_t end = std::min((at / kSectorBytes + 1) * kSectorBytes, pending.at + pending.bytes.size());
      if (random_() % 2 == 0) apply(inode.durable, {at, pending.bytes.substr(at - pending.at, end - at), false});
      at = end;
    }
  }
  inode.pending.clear();
  inode.now = inode.durable;
}

void SimulatedDisk::crash() {
  const std::lock_guard lock(mutex_);
  // Names change in order: of each folder's changes the first so many are there.
  std::map<std::string, std::uint64_t> counts;
  for (const NameChange& change : name_changes_) ++counts[change.folder];
  for (auto& [folder, count] : counts) count = random_() % (count + 1);
  for (const NameChange& change : name_changes_) {
    std::uint64_t& left = counts[change.folder];
    if (left == 0) continue;
    --left;
    if (!change.also_removed.empty()) durable_names_.erase(change.also_removed);
    if (change.inode != nullptr) {
      durable_names_[change.path] = change.inode;
    } else {
      durable_names_.erase(change.path);
    }
  }
  name_changes_.clear();
  names_ = durable_names_;
  for (auto& [path, inode] : names_) settle(*inode);
  locks_.clear();
  ++generation_;
  forget_faults();
}

void SimulatedDisk::kill() {
  const std::lock_guard lock(mutex_);
  locks_.clear();
  ++generation_;
  forget_faults();
}

std::map<std::string, std::string> SimulatedDisk::files() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::string> files;
  for (const auto& [path, inode] : names_) files[path] = inode->now;
  return files;
}

void SimulatedDisk::put(const std::string& path, std::string bytes) {
  const std::lock_guard lock(mutex_);
  auto inode = std::make_shared<Inode>();
  inode->now = inode->durable = std::move(bytes);
  names_[path] = durable_names_[path] = inode;
  for (std::string folder = folder_of(path); !folder.empty(); folder = folder_of(folder)) folders_.insert(folder);
}

// ---- Disk

Result<std::unique_ptr<DiskFile>> SimulatedDisk::open(const std::string& path, OpenFile how) {
  const bool create = how == OpenFile::create;
  if (Status ok = create ? change(DiskOperation::open, path) : look(DiskOperation::open, path); !ok) {
    return std::unexpected(ok.error());
  }
  const std::lock_guard lock(mutex_);
  const auto found = names_.find(path);
  if (create != (found == names_.end())) {
    return fail(create ? ErrorCode::io_error : ErrorCode::not_found, "{}: {}", path,
                create ? "the file exists" : "no such file");
  }
  if (how == OpenFile::write && read_only_) {
    return fail(ErrorCode::permission_denied, "{}: read-only file system", path);
  }
  std::shared_ptr<Inode> inode = create ? std::make_shared<Inode>() : found->second;
  if (create) {
    names_[path] = inode;
    name_changes_.push_back({folder_of(path), path, inode, {}});
  }
  return std::make_unique<SimulatedFile>(*this, path, std::move(inode), how != OpenFile::read);
}

Status SimulatedDisk::rename(const std::string& from, const std::string& to) {
  if (Status ok = change(DiskOperation::rename, from); !ok) return ok;
  const std::lock_guard lock(mutex_);
  const auto found = names_.find(from);
  if (found == names_.end()) return fail(ErrorCode::not_found, "{}: no such file", from);
  std::shared_ptr<Inode> inode = found->second;
  names_.erase(found);
  names_[to] = inode;
  name_changes_.push_back({folder_of(to), to, std::move(inode), from});
  return {};
}

Status SimulatedDisk::remove(const std::string& path) {
  if (Status ok = change(DiskOperation::remove, path); !ok) return ok;
  const std::lock_guard lock(mutex_);
  if (names_.erase(path) == 0) return fail(ErrorCode::not_found, "{}: no such file", path);
  name_changes_.push_back({folder_of(path), path, nullptr, {}});
  return {};
}

Status SimulatedDisk::sync_folder(const std::string& folder) {
  if (Status ok = change(DiskOperation::sync_folder, folder); !ok) return ok;
  const std::lock_guard lock(mutex_);
  std::vector<NameChange> others;
  for (NameChange& change : name_changes_) {
    if (change.folder != folder) {
      others.push_back(std::move(change));
      continue;
    }
    if (!change.also_removed.empty()) durable_names_.erase(change.also_removed);
    if (change.inode != nullptr) {
      durable_names_[change.path] = change.inode;
    } else {
      durable_names_.erase(change.path);
    }
  }
  name_changes_ = std::move(others);
  return {};
}

Result<std::vector<std::string>> SimulatedDisk::list(const std::string& folder) {
  if (Status ok = look(DiskOperation::list, folder); !ok) return std::unexpected(ok.error());
  const std::lock_guard lock(mutex_);
  if (!folders_.contains(folder)) return fail(ErrorCode::not_found, "{}: no such folder", folder);
  std::vector<std::string> names;
  const auto add = [&](const std::string& path) {
    if (folder_of(path) == folder) names.push_back(path.substr(folder.size() + 1));
  };
  for (const auto& [path, inode] : names_) add(path);
  for (const std::string& path : folders_) add(path);
  std::ranges::sort(names);
  return names;
}

bool SimulatedDisk::exists(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return names_.contains(path) || folders_.contains(path);
}

Status SimulatedDisk::make_folder(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  if (read_only_ && !folders_.contains(folder)) {
    return fail(ErrorCode::permission_denied, "{}: read-only file system", folder);
  }
  folders_.insert(folder);
  return {};
}

Result<std::uint64_t> SimulatedDisk::free_bytes(const std::string&) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t bytes = used();
  return bytes >= capacity_ ? 0 : capacity_ - bytes;
}

Result<std::unique_ptr<DiskLock>> SimulatedDisk::lock(const std::string& folder, std::chrono::milliseconds) {
  const std::lock_guard guard(mutex_);
  if (!locks_.insert(folder).second) {
    return fail(ErrorCode::failed_precondition, "{} is in use by another flowd; stop that one, or use another folder",
                folder);
  }
  return std::make_unique<SimulatedLock>(*this, folder);
}

std::string SimulatedDisk::sqlite_vfs() const {
  return vfs_name_;
}

}  // namespace flow::testing_support
