// What may go wrong in one simulation. Each seed draws which faults there are and how often they strike, so that some
// runs have many at once and others one alone (swarm testing).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/differential/random.h"

namespace flow::simulation {

enum class Fault : std::uint8_t {
  // A node.
  crash,            // its memory is gone, between two steps
  crash_at_effect,  // the same, right when it hands over, answers or is answered
  crash_at_disk,    // the same, in the middle of what it does to its disk
  clock_jump,       // the machine's clock is moved while the node is down
  // Its disk.
  slow_disk,     // what was appended is durable only later
  failing_disk,  // an operation fails
  // Between a client and a node.
  request_lost,
  answer_lost,
  late_double,  // a copy of a request comes again, much later
  twice_at_once,
  client_impatient,  // discard times
  // Between a node and its providers.
  send_lost,
  send_answer_lost,
  send_slow,
  send_refused,
  send_transient,
  send_throttled,
  send_lied,  // taken, and answered as if it were not
  // Receipts.
  receipt_lost,
  receipt_twice,
  receipt_late,
  receipt_early,
  receipt_disordered,
  receipt_stray,  // of a message or an execution that is not there
  // What operators do.
  publish_other,
  // Several nodes.
  partition,
  pause,        // a node stands still and goes on as if nothing had been
  clock_drift,  // a node's clock is faster or slower
  lease_lost,   // the database gives a shard away early
  database_down,
};
inline constexpr std::size_t kFaults = 30;

std::string_view name_of(Fault fault);
std::optional<Fault> fault_named(std::string_view name);

class Faults {
 public:
  // None.
  Faults() = default;
  // Of this seed: about half of them, each with its own rate.
  static Faults draw(generate::Random& random);

  bool has(Fault fault) const { return rates_[static_cast<std::size_t>(fault)] != 0; }
  // How often, of a thousand times that it could.
  std::uint32_t rate(Fault fault) const { return rates_[static_cast<std::size_t>(fault)]; }
  void set(Fault fault, std::uint32_t permille) { rates_[static_cast<std::size_t>(fault)] = permille; }
  bool strikes(Fault fault, generate::Random& random) const {
    const std::uint32_t rate = rates_[static_cast<std::size_t>(fault)];
    return rate != 0 && random.below(1000) < rate;
  }
  std::string text() const;  // "crash 20, receipt_lost 100"; "none"
  // What text() prints; nothing when it is not that.
  static std::optional<Faults> parse(std::string_view text);

 private:
  std::array<std::uint32_t, kFaults> rates_{};
};

}  // namespace flow::simulation
