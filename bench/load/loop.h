// The one thread's event loop: HTTP connections over epoll, and timers. Sockets are plain TCP, edge-triggered; what has
// arrived is read into one buffer that all share, so a connection that waits costs little more than its socket.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "bench/load/wire.h"

namespace flow::load {

// Steady time.
std::int64_t now_ns();

inline constexpr std::int64_t kMillisecond = 1'000'000;
inline constexpr std::int64_t kSecond = 1'000'000'000;

class Peer;

struct Connection {
  int fd = -1;
  Peer* peer = nullptr;
  std::uint32_t slot = 0;  // the peer's own
  bool listening = false;
  bool connecting = false;
  std::string in;   // the beginning of a message
  std::string out;  // what the kernel would not take yet
};

// Who a connection belongs to.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual void on_connected(Connection&) {}
  virtual void on_message(Connection& connection, const HttpMessage& message) = 0;
  // The other side closed, or broke the protocol, or could not be reached. The connection is gone afterwards.
  virtual void on_closed(Connection& connection) = 0;
};

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Listens on 127.0.0.1; what is accepted belongs to `peer`. `port` 0: any free one. Returns the port.
  Result<std::uint16_t> listen(std::uint16_t port, Peer& peer);
  // Begins a connection; on_connected or on_closed tell how it went.
  Connection& connect(const sockaddr_in& address, Peer& peer, std::uint32_t slot);
  void write(Connection& connection, std::string_view bytes);
  // Without on_closed.
  void close(Connection& connection);

  void after(std::int64_t delay_ns, std::function<void()> task);

  // Waits for events until steady time `until_ns` at most, and handles them and the timers that are due.
  void poll(std::int64_t until_ns);

  std::size_t connections() const { return connections_.size(); }

 private:
  Connection& add(int fd, Peer& peer, std::uint32_t slot);
  void accept_all(Connection& listener);
  void handle(Connection& connection, std::uint32_t events);
  void read(Connection& connection, bool to_the_end);
  bool take(Connection& connection, std::string_view bytes);
  void flush(Connection& connection);
  void lose(Connection& connection);
  void run_timers();

  int epoll_ = -1;
  bool fine_waits_ = true;  // the kernel has epoll_pwait2
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> closed_;  // until the events at hand are handled
  std::multimap<std::int64_t, std::function<void()>> timers_;
  std::vector<char> buffer_;
};

// The address of a host name or number; not_found when there is none.
Result<sockaddr_in> resolve(const std::string& host, std::uint16_t port);

}  // namespace flow::load
