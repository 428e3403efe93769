#include "bench/load/loop.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "base/check.h"

namespace flow::load {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} * 1024;
constexpr int kEventsMax = 512;
constexpr int kBacklog = 4096;

void set_no_delay(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

timespec to_timespec(std::int64_t ns) {
  return {.tv_sec = ns / kSecond, .tv_nsec = ns % kSecond};
}

}  // namespace

std::int64_t now_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

Loop::Loop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), buffer_(kBufferBytes) {
  FLOW_CHECK(epoll_ >= 0, "epoll_create1 failed");
}

Loop::~Loop() {
  for (const auto& [connection, owned] : connections_) ::close(connection->fd);
  ::close(epoll_);
}

Connection& Loop::add(int fd, Peer& peer, std::uint32_t slot) {
  auto owned = std::make_unique<Connection>();
  Connection& connection = *owned;
  connection.fd = fd;
  connection.peer = &peer;
  connection.slot = slot;
  connections_.emplace(&connection, std::move(owned));
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &connection;
  FLOW_CHECK(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl failed");
  return connection;
}

Result<std::uint16_t> Loop::listen(std::uint16_t port, Peer& peer) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  FLOW_CHECK(fd >= 0, "no socket");
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd, kBacklog) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    const int error = errno;
    ::close(fd);
    return fail(ErrorCode::unavailable, "cannot listen on 127.0.0.1:{}: {}", port, std::strerror(error));
  }
  add(fd, peer, 0).listening = true;
  return ntohs(address.sin_port);
}

Connection& Loop::connect(const sockaddr_in& address, Peer& peer, std::uint32_t slot) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  FLOW_CHECK(fd >= 0, "no socket: raise the limit of open files (ulimit -n)");
  set_no_delay(fd);
  const int done = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  // Whatever became of it, epoll tells: writable or an error.
  (void)done;
  Connection& connection = add(fd, peer, slot);
  connection.connecting = true;
  return connection;
}

void Loop::write(Connection& connection, std::string_view bytes) {
  if (connection.fd < 0) return;
  if (connection.connecting || !connection.out.empty()) {
    connection.out.append(bytes);
    return;
  }
  const ssize_t sent = ::send(connection.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  // An error shows itself as an event of the connection as well.
  if (sent < 0 && errno != EAGAIN) return;
  const auto taken = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
  if (taken < bytes.size()) connection.out.assign(bytes.substr(taken));
}

void Loop::flush(Connection& connection) {
  if (connection.out.empty()) return;
  const std::string rest = std::move(connection.out);
  connection.out.clear();
  write(connection, rest);
}

void Loop::close(Connection& connection) {
  const auto found = connections_.find(&connection);
  if (found == connections_.end()) return;
  ::close(connection.fd);
  connection.fd = -1;
  closed_.push_back(std::move(found->second));
  connections_.erase(found);
}

void Loop::lose(Connection& connection) {
  if (connection.fd < 0) return;
  close(connection);
  connection.peer->on_closed(connection);
}

void Loop::after(std::int64_t delay_ns, std::function<void()> task) {
  timers_.emplace(now_ns() + delay_ns, std::move(task));
}

void Loop::run_timers() {
  if (timers_.empty()) return;
  const std::int64_t now = now_ns();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const auto task = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    task();
  }
}

void Loop::accept_all(Connection& listener) {
  while (true) {
    const int fd = ::accept4(listener.fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0 && errno == ECONNABORTED) continue;
    if (fd < 0) return;
    set_no_delay(fd);
    add(fd, *listener.peer, 0);
  }
}

// Hands over the messages in `bytes` and keeps the rest. False: the connection is closed.
bool Loop::take(Connection& connection, std::string_view bytes) {
  HttpMessage message;
  std::size_t size = 0;
  while (!bytes.empty()) {
    const Reading reading = read_message(bytes, message, size);
    if (reading == Reading::broken) {
      lose(connection);
      return false;
    }
    if (reading == Reading::incomplete) break;
    connection.peer->on_message(connection, message);
    if (connection.fd < 0) return false;
    bytes.remove_prefix(size);
  }
  // `bytes` may lie in connection.in.
  std::string rest(bytes);
  connection.in.swap(rest);
  return true;
}

void Loop::read(Connection& connection, bool to_the_end) {
  while (true) {
    const ssize_t got = ::recv(connection.fd, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return lose(connection);
    const std::string_view fresh(buffer_.data(), static_cast<std::size_t>(got));
    if (connection.in.empty()) {
      if (!take(connection, fresh)) return;
    } else {
      connection.in.append(fresh);
      const std::string whole = std::move(connection.in);
      connection.in.clear();
      if (!take(connection, whole)) return;
    }
    // Less than was asked for: nothing is left, and more makes a new event.
    if (fresh.size() < buffer_.size() && !to_the_end) return;
  }
}

void Loop::handle(Connection& connection, std::uint32_t events) {
  if (connection.fd < 0) return;  // closed by an event before
  if (connection.listening) return accept_all(connection);
  if (connection.connecting) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(connection.fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return lose(connection);
    if ((events & EPOLLOUT) == 0) return;
    connection.connecting = false;
    connection.peer->on_connected(connection);
    if (connection.fd < 0) return;
  }
  if ((events & EPOLLOUT) != 0) flush(connection);
  const bool ending = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  if ((events & EPOLLIN) != 0 || ending) read(connection, ending);
}

void Loop::poll(std::int64_t until_ns) {
  if (!timers_.empty()) until_ns = std::min(until_ns, timers_.begin()->first);
  const std::int64_t wait = std::max<std::int64_t>(0, until_ns - now_ns());
  std::array<epoll_event, kEventsMax> events;
  int count = -1;
  if (fine_waits_) {
    const timespec time = to_timespec(wait);
    count = ::epoll_pwait2(epoll_, events.data(), kEventsMax, &time, nullptr);
    if (count < 0 && errno != EINTR) fine_waits_ = false;
  }
  if (!fine_waits_) {
    count = ::epoll_wait(epoll_, events.data(), kEventsMax,
                         static_cast<int>(std::min<std::int64_t>((wait + kMillisecond - 1) / kMillisecond, 1000)));
  }
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    handle(*static_cast<Connection*>(event.data.ptr), event.events);
  }
  run_timers();
  closed_.clear();
}

Result<sockaddr_in> resolve(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0 || found == nullptr) {
    return fail(ErrorCode::not_found, "there is no address of `{}`", host);
  }
  sockaddr_in address{};
  std::memcpy(&address, found->ai_addr, sizeof address);
  address.sin_port = htons(port);
  ::freeaddrinfo(found);
  return address;
}

}  // namespace flow::load
