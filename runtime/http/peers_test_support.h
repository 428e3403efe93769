// Both sides of a connection by hand, for tests: what well-behaved programs never do.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace flow::http {

// A raw connection, for what a well-behaved client never does.
class Raw {
 public:
  Raw() : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval limit{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  explicit Raw(std::uint16_t port) : Raw() { connect(port); }
  void connect(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Raw() { ::close(fd_); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;

  bool connected() const { return connected_; }
  void write(std::string_view text) { (void)::send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }

  bool readable_within(std::chrono::milliseconds time) const {
    pollfd waiting{fd_, POLLIN, 0};
    return ::poll(&waiting, 1, static_cast<int>(time.count())) > 0;
  }
  void end_writing() const { ::shutdown(fd_, SHUT_WR); }
  void give_up_writing_after(std::chrono::milliseconds time) const {
    const timeval limit{0, std::chrono::microseconds(time).count()};
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
  void no_delay() const {
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  // Everything until the other side closes, or nothing comes for 10 s.
  std::string read_all() {
    std::string all;
    char bytes[4096];
    for (ssize_t count; (count = ::recv(fd_, bytes, sizeof bytes, 0)) > 0;)
      all.append(bytes, static_cast<std::size_t>(count));
    return all;
  }

 private:
  int fd_;
  bool connected_ = false;
};

// A connection that a server accepted, with simple blocking calls that give up after 5 s.
struct Accepted {
  int fd;
  int number;  // counted from 1

  bool write(std::string_view text) const { return ::send(fd, text.data(), text.size(), MSG_NOSIGNAL) >= 0; }
  // One request with the empty line at its end, and `body_bytes` after it. Empty: the other side closed.
  std::string read_request(std::size_t body_bytes = 0) const {
    std::string all;
    char c = 0;
    while (!all.ends_with("\r\n\r\n") && ::recv(fd, &c, 1, 0) == 1) all.push_back(c);
    for (std::size_t i = 0; i < body_bytes && ::recv(fd, &c, 1, 0) == 1; ++i) all.push_back(c);
    return all;
  }
  void reset() const {
    const linger now{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
};

class RawServer {
 public:
  using Script = std::function<void(const Accepted&)>;
  explicit RawServer(Script script) : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, generic, size), 0);
    EXPECT_EQ(::listen(listener_, 256), 0);
    ::getsockname(listener_, generic, &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { accept(); });
  }
  ~RawServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    for (auto& each : connections_) each.join();
    ::close(listener_);
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  std::string url(const std::string& path = "/") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  std::uint16_t port() const { return port_; }
  int accepted() const { return accepted_; }

 private:
  void accept() {
    for (int fd; (fd = ::accept(listener_, nullptr, nullptr)) >= 0;) {
      const timeval limit{5, 0};
      ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
      const int number = ++accepted_;
      connections_.emplace_back([this, fd, number] {
        script_({fd, number});
        ::close(fd);
      });
    }
  }

  Script script_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> accepted_{0};
  std::vector<std::thread> connections_;
  std::thread thread_;
};

}  // namespace flow::http
