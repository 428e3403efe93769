#include "runtime/daemon/control.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace flow::daemon {
namespace {

constexpr int kRequestPatienceMs = 5000;

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

// A socket's address has little room, so the folder goes in by its descriptor.
sockaddr_un address_in(int folder) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = fmt::format("/proc/self/fd/{}/control", folder);
  std::ranges::copy(path, address.sun_path);
  return address;
}

const sockaddr* as_general(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

// Up to the end of a line; nothing: too long, too late, or broken off.
std::optional<std::string> read_line(int connection, int patience_ms) {
  std::string line;
  while (line.size() <= kControlLineBytesMax) {
    pollfd ready{connection, POLLIN, 0};
    if (::poll(&ready, 1, patience_ms) <= 0) return std::nullopt;
    char bytes[512];
    const ssize_t got = ::read(connection, bytes, sizeof bytes);
    if (got <= 0) return std::nullopt;
    line.append(bytes, static_cast<std::size_t>(got));
    if (const auto end = line.find('\n'); end != std::string::npos) return line.substr(0, end);
  }
  return std::nullopt;
}

void write_line(int connection, std::string line) {
  std::ranges::replace(line, '\n', ' ');
  line.resize(std::min(line.size(), kControlLineBytesMax - 1));
  line += '\n';
  [[maybe_unused]] const ssize_t sent = ::send(connection, line.data(), line.size(), MSG_NOSIGNAL);
}

}  // namespace

Result<std::unique_ptr<Control>> Control::open(const std::string& folder, Handler handler) {
  const auto refused = [&] { return fail(ErrorCode::io_error, "{}/control: {}", folder, std::strerror(errno)); };
  const Descriptor at(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (at.get() < 0) return refused();
  Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (listener.get() < 0) return refused();
  // Nobody else has the store open, so what is there was left behind.
  ::unlinkat(at.get(), "control", 0);
  const sockaddr_un address = address_in(at.get());
  if (::bind(listener.get(), as_general(address), sizeof address) != 0) return refused();
  if (::listen(listener.get(), 8) != 0) return refused();
  Descriptor stop(::eventfd(0, EFD_CLOEXEC));
  if (stop.get() < 0) return refused();
  return std::unique_ptr<Control>(
      new Control(listener.release(), stop.release(), folder + "/control", std::move(handler)));
}

Control::Control(int listener, int stop, std::string place, Handler handler)
    : listener_(listener), stop_(stop), place_(std::move(place)), handler_(std::move(handler)), thread_([this] {
        run();
      }) {}

Control::~Control() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t told = ::write(stop_, &one, sizeof one);
  thread_.join();
  ::unlink(place_.c_str());
  ::close(listener_);
  ::close(stop_);
}

void Control::run() const {
  while (true) {
    pollfd ready[2] = {{listener_, POLLIN, 0}, {stop_, POLLIN, 0}};
    if (::poll(ready, 2, -1) < 0 && errno != EINTR) return;
    if (ready[1].revents != 0) return;
    if (ready[0].revents == 0) continue;
    const Descriptor connection(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.get() >= 0) serve(connection.get());
  }
}

void Control::serve(int connection) const {
  const auto line = read_line(connection, kRequestPatienceMs);
  if (!line) return;
  const auto space = line->find(' ');
  const std::string about = space == std::string::npos ? "" : line->substr(space + 1);
  const Status done = handler_(std::string_view(*line).substr(0, space), about);
  write_line(connection, done ? "ok" : "error " + done.error().message);
}

std::optional<Status> ask_control(const std::string& folder, std::string_view verb, const std::string& about) {
  const Descriptor at(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (at.get() < 0) return std::nullopt;
  const Descriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = address_in(at.get());
  if (connection.get() < 0 || ::connect(connection.get(), as_general(address), sizeof address) != 0) {
    if (errno != EACCES) return std::nullopt;
    return fail(ErrorCode::permission_denied, "{}/control: {}; run this as the user that runs flowd, or as root",
                folder, std::strerror(errno));
  }
  write_line(connection.get(), fmt::format("{} {}", verb, about));
  const auto answer = read_line(connection.get(), -1);
  if (!answer) {
    return fail(ErrorCode::unavailable, "flowd ended, or did not answer; whether it was done is not known");
  }
  if (answer->starts_with("error ")) return fail(ErrorCode::failed_precondition, "{}", answer->substr(6));
  return Status();
}

}  // namespace flow::daemon
