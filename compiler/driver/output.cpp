#include "compiler/driver/output.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <unistd.h>

#include "base/limits.h"
#include "compiler/diagnostics/display.h"

namespace flow::driver {
namespace {

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

Status write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return fail(ErrorCode::io_error, "{}", std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(fd) != 0) return fail(ErrorCode::io_error, "{}", std::strerror(errno));
  return {};
}

}  // namespace

bool use_color(ColorChoice choice, std::FILE* stream) {
  if (choice != ColorChoice::automatic) return choice == ColorChoice::always;
  const char* term = std::getenv("TERM");
  const bool dumb = term != nullptr && std::string_view(term) == "dumb";
  return !dumb && !is_set("NO_COLOR") && isatty(fileno(stream)) == 1;
}

Status write_output(std::string_view text) {
  const std::size_t written = std::fwrite(text.data(), 1, text.size(), stdout);
  if (written != text.size() || std::fflush(stdout) != 0) {
    return fail(ErrorCode::io_error, "cannot write to standard output: {}", std::strerror(errno));
  }
  return {};
}

Status write_file(const std::string& path, std::string_view bytes) {
  const std::string temporary = fmt::format("{}.{}.new", path, ::getpid());
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return fail(ErrorCode::io_error, "cannot write `{}`: {}", path, std::strerror(errno));
  Status status = write_all(fd, bytes);
  if (::close(fd) != 0 && status) status = fail(ErrorCode::io_error, "{}", std::strerror(errno));
  if (status && ::rename(temporary.c_str(), path.c_str()) != 0)
    status = fail(ErrorCode::io_error, "{}", std::strerror(errno));
  if (status) return {};
  ::unlink(temporary.c_str());
  return fail(ErrorCode::io_error, "cannot write `{}`: {}", path, status.error().message);
}

Result<std::string> read_bundle_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::not_found, "cannot read `{}`", path);
  std::string bytes(limits::kBundleBytesMax + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  if (bytes.size() > limits::kBundleBytesMax) {
    return fail(ErrorCode::resource_exhausted, "`{}` is larger than {} bytes, the most that a bundle has", path,
                limits::kBundleBytesMax);
  }
  return bytes;
}

int could_not_run(std::string_view message) {
  // Line by line: a remedy may stand on a line of its own.
  for (std::size_t at = 0; at <= message.size();) {
    const std::size_t end = std::min(message.find('\n', at), message.size());
    fmt::print(stderr, "{}{}\n", at == 0 ? "flowc: " : "       ", diagnostics::printable(message.substr(at, end - at)));
    at = end + 1;
  }
  return kExitCouldNotRun;
}

int could_not_run(const Error& error) {
  return could_not_run(error.message);
}

}  // namespace flow::driver
