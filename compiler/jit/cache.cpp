#include "compiler/jit/cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <system_error>
#include <vector>

#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/BLAKE3.h>

#include "base/limits.h"

namespace flow::jit {
namespace {

namespace fs = std::filesystem;

// magic, digest of the key (64), checksum over that and the code (64), code.
constexpr std::string_view kMagic = "flow object 2\n";
constexpr std::size_t kDigestBytes = 64;
constexpr std::size_t kHeadBytes = kMagic.size() + 2 * kDigestBytes;
constexpr std::string_view kSuffix = ".flowobj";
constexpr std::uintmax_t kPruneParts = 16;

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { close(); }

  bool open() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }
  bool close() { return std::exchange(closed_, true) || descriptor_ < 0 || ::close(descriptor_) == 0; }

 private:
  int descriptor_;
  bool closed_ = false;
};

std::string system_error() {
  return std::strerror(errno);
}

bool only_ours(const struct stat& status) {
  return status.st_uid == ::geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

bool read_all(const File& file, char* to, std::size_t bytes) {
  while (bytes > 0) {
    const ssize_t got = ::read(file.get(), to, bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

bool write_all(const File& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(file.get(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

std::string hex(llvm::BLAKE3& hash) {
  const llvm::BLAKE3Result<32> digest = hash.final();
  return llvm::toHex(digest, /*LowerCase=*/true);
}

std::string checksum(std::string_view digest, std::string_view code) {
  llvm::BLAKE3 hash;
  hash.update(llvm::StringRef(digest.data(), digest.size()));
  hash.update(llvm::StringRef(code.data(), code.size()));
  return hex(hash);
}

}  // namespace

std::string digest_of(std::string_view bytes) {
  llvm::BLAKE3 hash;
  hash.update(llvm::StringRef(bytes.data(), bytes.size()));
  return hex(hash);
}

Result<ObjectCache> ObjectCache::open(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail(ErrorCode::io_error, "cannot make the folder for object code {}: {}", folder, system_error());
  }
  struct stat status{};
  if (::lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    return fail(ErrorCode::io_error, "{} is not a folder: object code is not kept", folder);
  }
  if (!only_ours(status)) {
    return fail(ErrorCode::permission_denied,
                "others may write to {}: object code from there would be run as ours; chmod go-w it, as its owner",
                folder);
  }
  return ObjectCache(folder);
}

std::string ObjectCache::path(std::string_view digest) const {
  return folder_ + "/" + std::string(digest) + std::string(kSuffix);
}

ObjectCache::Entry ObjectCache::get(std::string_view digest) const {
  const std::string file_path = path(digest);
  const File file(::open(file_path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  Entry entry;
  if (!file.open() && errno == ENOENT) return entry;
  entry.state = Entry::State::unusable;
  struct stat status{};
  if (!file.open() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || !only_ours(status)) return entry;
  const auto bytes = static_cast<std::size_t>(status.st_size);
  if (bytes <= kHeadBytes || bytes > kHeadBytes + limits::kObjectCodeBytesMax) return entry;
  std::array<char, kHeadBytes> head;
  if (!read_all(file, head.data(), head.size())) return entry;
  std::string_view rest(head.data(), head.size());
  const auto take = [&rest](std::size_t count) {
    const std::string_view part = rest.substr(0, count);
    rest.remove_prefix(count);
    return part;
  };
  if (take(kMagic.size()) != kMagic || take(kDigestBytes) != digest) return entry;
  // Once, to where it is run: what is checked is what lies there.
  Pages code(bytes - kHeadBytes);
  if (!code.mapped() || !read_all(file, code.begin(), bytes - kHeadBytes)) return entry;
  if (rest != checksum(digest, code.view())) return entry;
  ::futimens(file.get(), nullptr);  // used now; a folder that cannot be touched is no worse for it
  entry.state = Entry::State::good;
  entry.code = std::move(code);
  return entry;
}

Status ObjectCache::put(std::string_view digest, std::string_view code) const {
  static std::atomic<std::uint64_t> serial = 0;
  const std::string target = path(digest);
  const std::string fresh = fmt::format("{}.{}.{}.new", target, ::getpid(), serial.fetch_add(1));
  {
    File file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    const bool written = file.open() && write_all(file, kMagic) && write_all(file, digest) &&
                         write_all(file, checksum(digest, code)) && write_all(file, code) && file.close();
    if (!written) {
      const std::string why = system_error();
      ::unlink(fresh.c_str());
      return fail(ErrorCode::io_error, "cannot keep object code in {}: {}", fresh, why);
    }
  }
  if (::rename(fresh.c_str(), target.c_str()) != 0) {
    const std::string why = system_error();
    ::unlink(fresh.c_str());
    return fail(ErrorCode::io_error, "cannot keep object code as {}: {}", target, why);
  }
  prune(kHeadBytes + code.size());
  return {};
}

// Looks through the folder when as much was put into it since the last time as may make it too large: each put would
// take as long as there are entries.
void ObjectCache::prune(std::size_t put) const {
  static std::mutex mutex;
  static std::map<std::string, std::uintmax_t, std::less<>> put_since;  // by folder
  {
    const std::lock_guard lock(mutex);
    const auto [at, first] = put_since.try_emplace(folder_, 0);
    at->second += put;
    if (!first && at->second < limits::kObjectCacheBytesMax / kPruneParts) return;
    at->second = 0;
  }
  struct Found {
    fs::file_time_type used;
    std::uintmax_t bytes;
    fs::path path;
  };
  std::vector<Found> entries;
  std::uintmax_t total = 0;
  std::error_code error;
  for (fs::directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
    // `.new` files of a process that died count as well, and go first when they are the oldest.
    if (it->path().filename().string().find(kSuffix) == std::string::npos) continue;
    std::error_code gone;
    const auto bytes = it->file_size(gone);
    const auto used = it->last_write_time(gone);
    if (gone) continue;
    entries.push_back({used, bytes, it->path()});
    total += bytes;
  }
  std::ranges::sort(entries, {}, &Found::used);
  for (const Found& entry : entries) {
    if (total <= limits::kObjectCacheBytesMax) break;
    fs::remove(entry.path, error);
    total -= entry.bytes;
  }
}

}  // namespace flow::jit
