#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

#include "runtime/store/log/disk.h"

namespace flow::store::log {

namespace fs = std::filesystem;

namespace {

std::unexpected<Error> os_error(const std::string& path, const char* what, int error) {
  ErrorCode code = ErrorCode::io_error;
  if (error == EACCES || error == EPERM || error == EROFS) code = ErrorCode::permission_denied;
  if (error == ENOSPC || error == EDQUOT) code = ErrorCode::resource_exhausted;
  if (error == ENOENT) code = ErrorCode::not_found;
  return fail(code, "{}: {} failed: {}", path, what, std::strerror(error));
}

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const { return value_; }

 private:
  int value_;
};

class PosixFile final : public DiskFile {
 public:
  PosixFile(std::string path, Descriptor descriptor) : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

  Result<std::size_t> read(std::uint64_t at, char* into, std::size_t size) override {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t got = ::pread(descriptor_.get(), into + done, size - done, static_cast<off_t>(at + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return os_error(path_, "reading", errno);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  Status write(std::uint64_t at, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t put = ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return os_error(path_, "writing", errno);
      at += static_cast<std::uint64_t>(put);
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
  }

  Status allocate(std::uint64_t size) override {
    // Not posix_fallocate(): where the file system cannot, that writes a byte a block, and so does the log anyway.
    int result = ::fallocate(descriptor_.get(), 0, 0, static_cast<off_t>(size));
    while (result != 0 && errno == EINTR) result = ::fallocate(descriptor_.get(), 0, 0, static_cast<off_t>(size));
    if (result == 0) return {};
    if (errno != EOPNOTSUPP) return os_error(path_, "allocating", errno);
    const Result<std::uint64_t> now = this->size();
    if (!now) return std::unexpected(now.error());
    return *now >= size ? Status{} : truncate(size);
  }

  Status truncate(std::uint64_t size) override {
    if (::ftruncate(descriptor_.get(), static_cast<off_t>(size)) != 0) return os_error(path_, "truncating", errno);
    return {};
  }

  Status sync() override {
    if (::fdatasync(descriptor_.get()) != 0) return os_error(path_, "fdatasync", errno);
    return {};
  }

  Result<std::uint64_t> size() override {
    struct stat info{};
    if (::fstat(descriptor_.get(), &info) != 0) return os_error(path_, "fstat", errno);
    return static_cast<std::uint64_t>(info.st_size);
  }

 private:
  std::string path_;
  Descriptor descriptor_;
};

class PosixLock final : public DiskLock {
 public:
  explicit PosixLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;
};

class PosixDisk final : public Disk {
 public:
  Result<std::unique_ptr<DiskFile>> open(const std::string& path, OpenFile how) override {
    const int flags = how == OpenFile::read ? O_RDONLY : how == OpenFile::write ? O_RDWR : O_RDWR | O_CREAT | O_EXCL;
    Descriptor descriptor(::open(path.c_str(), flags | O_CLOEXEC, 0600));
    if (descriptor.get() < 0) return os_error(path, "opening", errno);
    return std::make_unique<PosixFile>(path, std::move(descriptor));
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return os_error(from, "renaming", errno);
    return {};
  }

  Status remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return os_error(path, "removing", errno);
    return {};
  }

  Status sync_folder(const std::string& folder) override {
    const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.get() < 0) return os_error(folder, "opening", errno);
    if (::fsync(descriptor.get()) != 0) return os_error(folder, "fsync", errno);
    return {};
  }

  Result<std::vector<std::string>> list(const std::string& folder) override {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      names.push_back(it->path().filename().string());
    }
    if (error) return os_error(folder, "listing", error.value());
    std::ranges::sort(names);
    return names;
  }

  bool exists(const std::string& path) override { return ::access(path.c_str(), F_OK) == 0; }

  Status make_folder(const std::string& folder) override {
    if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return {};
    return os_error(folder, "making the folder", errno);
  }

  Result<std::uint64_t> free_bytes(const std::string& folder) override {
    struct statvfs info{};
    if (::statvfs(folder.c_str(), &info) != 0) return os_error(folder, "statvfs", errno);
    return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
  }

  Result<std::unique_ptr<DiskLock>> lock(const std::string& folder, std::chrono::milliseconds patience) override {
    Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.get() < 0 && errno == ENOTDIR) {
      return fail(ErrorCode::failed_precondition, "{} is not a folder; give `--data` a folder", folder);
    }
    if (descriptor.get() < 0) return os_error(folder, "opening", errno);
    const auto until = std::chrono::steady_clock::now() + patience;
    int held = ::flock(descriptor.get(), LOCK_EX | LOCK_NB);
    for (; held != 0 && std::chrono::steady_clock::now() < until; held = ::flock(descriptor.get(), LOCK_EX | LOCK_NB)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    if (held != 0) {
      return fail(ErrorCode::failed_precondition, "{} is in use by another flowd; stop that one, or use another folder",
                  folder);
    }
    return std::make_unique<PosixLock>(std::move(descriptor));
  }

  std::string sqlite_vfs() const override { return {}; }
};

}  // namespace

Disk& posix_disk() {
  static PosixDisk disk;
  return disk;
}

}  // namespace flow::store::log
