#include "simulator/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/check.h"

namespace flow::simulator {
namespace {

constexpr std::size_t kPageBytes = 8 << 20;

}  // namespace

std::int64_t wall_clock_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

Result<std::unique_ptr<Journal>> Journal::open(const std::string& path) {
  int fd = -1;
  if (!path.empty()) {
    fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) return fail(ErrorCode::io_error, "cannot write {}: {}", path, std::strerror(errno));
  }
  return std::unique_ptr<Journal>(new Journal(fd));
}

Journal::~Journal() {
  if (fd_ >= 0) ::close(fd_);
}

void Journal::write(http::Json entry) {
  entry["at_ms"] = wall_clock_ms();
  std::string line = http::dump(entry) + "\n";
  const std::lock_guard lock(mutex_);
  if (fd_ >= 0) {
    const auto written = ::write(fd_, line.data(), line.size());
    FLOW_CHECK(written == static_cast<ssize_t>(line.size()), "the log cannot be written: {}", std::strerror(errno));
  }
  lines_.push_back(std::move(line));
}

std::string Journal::read(std::size_t from) const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (std::size_t i = from; i < lines_.size() && text.size() < kPageBytes; ++i) text += lines_[i];
  return text;
}

}  // namespace flow::simulator
