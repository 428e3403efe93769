// How often a channel may send: a token bucket (GCRA) that all shards of a node share.
//
// A shard reserves slots, instants from which it may begin one attempt each, in the order in which shards ask: who has
// much to send stands behind the others again after each reservation, so that shards with something to send get equal
// shares, and each knows the exact instant of its next attempt without asking again. A reservation has at most as many
// slots as pass in kBlockMs (one at least). Slots that were reserved and not used yet may be used later: over any time,
// all shards together begin at most `burst` + time × rate attempts, and a reservation of each shard more.
#pragma once

#include <atomic>
#include <cstdint>

namespace flow::outbox {

struct RateLimit {
  std::uint32_t per_second = 0;  // in real time; 0: no limit
  std::uint32_t burst = 1;       // at once after a pause; 1 at least
};

// Any thread; never blocks.
class Limiter {
 public:
  static constexpr std::int64_t kBlockMs = 5;

  // `clock_rate`: milliseconds of service time in a real one.
  explicit Limiter(RateLimit limit, double clock_rate = 1);

  struct Slots {
    std::int64_t first_ns = 0;  // service time since the epoch
    std::int64_t interval_ns = 0;
    std::uint32_t count = 0;
  };

  bool limited() const { return limited_.load(std::memory_order_acquire); }
  // The next slots, between 1 and `wanted`. REQUIRES: limited(), wanted > 0.
  Slots reserve(std::int64_t now_ms, std::uint32_t wanted);
  // Slots that nobody will use. They are lost when others have reserved behind them.
  void give_back(const Slots& unused);

  // Until the slot behind `ahead` others; 0 without a limit.
  std::int64_t wait_ms(std::int64_t now_ms, std::uint64_t ahead) const;

  // This node's part of the rate and of the burst, of several nodes that send over the same channel: 0 < share <= 1.
  void set_share(double share);
  // Another rate from now on. Slots that are reserved stay as they are. Not while set_share() runs.
  void set_limit(RateLimit limit);

 private:
  void apply();

  RateLimit limit_;
  double share_ = 1;
  double clock_rate_;
  std::atomic<bool> limited_{false};
  std::atomic<std::int64_t> interval_ns_{1};
  std::atomic<std::int64_t> tolerance_ns_{0};  // how much earlier than evenly spaced a burst may be
  std::atomic<std::int64_t> next_ns_{0};       // when the next slot would be due if slots were evenly spaced
};

}  // namespace flow::outbox
