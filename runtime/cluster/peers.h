// The way to the other nodes, and time for trying again: HTTP in flowd, a simulated network in tests.
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <string>

#include "base/result.h"

namespace flow::cluster {

struct PeerFailure {
  Error error;
  bool sent = false;  // it may have been carried out
};
using PeerOutcome = std::expected<std::string, PeerFailure>;

class Peers {
 public:
  virtual ~Peers() = default;
  // Carries calls (wire.h) to the node at `address` and its answers back. Any thread; `done` is called once, on a
  // thread of the peers, never within the call, and must not block.
  virtual void send(const std::string& address, std::string calls, std::chrono::milliseconds patience,
                    std::move_only_function<void(PeerOutcome)> done) = 0;
  // Any thread; likewise. Not called any more when the peers are gone.
  virtual void after(std::chrono::milliseconds delay, std::move_only_function<void()> task) = 0;
  // Of whatever clock after() goes by.
  virtual std::chrono::milliseconds now() const = 0;
};

}  // namespace flow::cluster
