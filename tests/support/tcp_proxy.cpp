#include "tests/support/tcp_proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/check.h"

namespace flow::testing_support {

namespace {

constexpr std::size_t kHeldMax = 1 << 20;  // bytes on the way in one direction

// Takes what is there. False: the other side is gone.
bool read_some(int from, std::string& into) {
  char buffer[65536];
  while (into.size() < kHeldMax) {
    const ssize_t got = ::recv(from, buffer, sizeof buffer, MSG_DONTWAIT);
    if (got > 0) {
      into.append(buffer, static_cast<std::size_t>(got));
      continue;
    }
    return got < 0 && (errno == EAGAIN || errno == EINTR);
  }
  return true;
}

int connect_to(const std::string& target) {
  if (target.starts_with('/')) {
    const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    target.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(made, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return made;
    ::close(made);
    return -1;
  }
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(target)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int one = 1;
  ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (::connect(made, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return made;
  ::close(made);
  return -1;
}

bool write_some(int to, std::string& from) {
  while (!from.empty()) {
    const ssize_t sent = ::send(to, from.data(), from.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    from.erase(0, static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

TcpProxy::TcpProxy(std::vector<std::string> targets) : targets_(std::move(targets)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  FLOW_CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(listener_, 64) == 0 &&
             ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

TcpProxy::~TcpProxy() {
  stopping_.store(true);
  thread_.join();
  for (const Pair& pair : pairs_) {
    ::close(pair.client);
    ::close(pair.server);
  }
  ::close(listener_);
}

void TcpProxy::set_targets(std::vector<std::string> targets) {
  const std::scoped_lock lock(mutex_);
  targets_ = std::move(targets);
}

int TcpProxy::connect_to_target() {
  const std::scoped_lock lock(mutex_);
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    const int made = connect_to(targets_[next_target_++ % targets_.size()]);
    if (made >= 0) return made;
  }
  return -1;
}

void TcpProxy::accept_one() {
  Pair pair;
  pair.client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (pair.client < 0) return;
  pair.server = connect_to_target();
  if (pair.server < 0) {
    ::close(pair.client);
    return;
  }
  const int one = 1;
  ::setsockopt(pair.client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  pairs_.push_back(std::move(pair));
}

void TcpProxy::carry(Pair& pair, Mode mode) {
  bool good = read_some(pair.client, pair.to_server) && write_some(pair.server, pair.to_server);
  if (mode == Mode::pass) {
    good = read_some(pair.server, pair.to_client) && good;
    good = write_some(pair.client, pair.to_client) && good;
  }
  pair.broken = !good;
}

void TcpProxy::set(Mode mode) {
  mode_.store(mode);
  for (const std::uint64_t before = rounds_.load(); rounds_.load() < before + 2;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void TcpProxy::run() {
  for (; !stopping_.load(); ++rounds_) {
    if (cut_.exchange(false)) {
      for (Pair& pair : pairs_) pair.broken = true;
    }
    const Mode mode = mode_.load();
    std::vector<pollfd> waiting;
    if (mode != Mode::stall) {
      waiting.push_back({listener_, POLLIN, 0});
      for (const Pair& pair : pairs_) {
        waiting.push_back({pair.client, static_cast<short>(POLLIN | (pair.to_client.empty() ? 0 : POLLOUT)), 0});
        if (mode == Mode::pass || !pair.to_server.empty()) {
          waiting.push_back({pair.server, static_cast<short>(POLLIN | (pair.to_server.empty() ? 0 : POLLOUT)), 0});
        }
      }
    }
    ::poll(waiting.data(), waiting.size(), 5);
    if (mode != Mode::stall) {
      if (!waiting.empty() && waiting.front().revents != 0) accept_one();
      for (Pair& pair : pairs_) carry(pair, mode);
    }
    std::erase_if(pairs_, [](const Pair& pair) {
      if (!pair.broken) return false;
      ::close(pair.client);
      ::close(pair.server);
      return true;
    });
  }
}

}  // namespace flow::testing_support
