// What host names mean: asked from the system in threads of its own, and remembered for a while.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/http/loop.h"

namespace flow::http {

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&bytes); }
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

  // On the loop's thread.
  explicit Resolver(Loop& loop);
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
