// What host names mean: asked from the system in threads of its own, and remembered for a while.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/http/loop.h"

namespace flow::http {

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&bytes); }
  // Without port and family: 4 bytes or 16.
  std::span<const std::uint8_t> host() const;
};

// An address that is written as one.
std::optional<Address> parse_address(const std::string& text, std::uint16_t port);

// Both address families, in the system's order; empty, and why, when there is none.
struct Resolved {
  std::vector<Address> addresses;
  std::string why;
};

class Resolver {
 public:
  using Done = std::function<void(Resolved)>;

  using LookUp = std::function<std::vector<std::string>(const std::string& host)>;

  // On the loop's thread. `look_up`: asked instead of the system, on a thread of its own; empty: the system.
  explicit Resolver(Loop& loop, LookUp look_up = {});
  ~Resolver();  // stop()
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // No `done` is called any more, and the loop may go; a question that hangs in the system is left to itself.
  void stop();

  // `done` on the loop's thread, later.
  void resolve(const std::string& host, std::uint16_t port, Done done);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace flow::http
