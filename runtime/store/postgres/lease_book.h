// What this node knows of its own leases: until when it may act, by a clock that goes on while the machine sleeps.
//
// A lease is counted from before the request that took or renewed it was sent, so that it ends here no later than in
// the database, whatever the request met on its way. Any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "runtime/store/shard_log.h"

namespace flow::store::postgres {

// Milliseconds of a clock that never stops and never jumps.
using BootClock = std::function<std::int64_t()>;
std::int64_t boot_now_ms();  // CLOCK_BOOTTIME

// One shard in this node's hands.
class Lease {
 public:
  Lease(SlotRange slots, std::int64_t token, std::int64_t until_ms, const BootClock& clock, std::int64_t margin_ms)
      : slots_(slots), token_(token), until_ms_(until_ms), clock_(clock), margin_ms_(margin_ms) {}

  SlotRange slots() const { return slots_; }
  std::int64_t token() const { return token_; }
  // Whether it certainly is this node's now, and stays so for as long as it takes to act.
  bool may_act() const {
    return !lost_.load(std::memory_order_acquire) && clock_() + margin_ms_ < until_ms_.load(std::memory_order_acquire);
  }
  // Another node has it, or had it: this log is over.
  bool lost() const { return lost_.load(std::memory_order_acquire); }
  std::int64_t until_ms() const { return until_ms_.load(std::memory_order_acquire); }

 private:
  friend class LeaseBook;
  const SlotRange slots_;
  const std::int64_t token_;
  std::atomic<std::int64_t> until_ms_;
  std::atomic<bool> lost_{false};
  const BootClock& clock_;
  const std::int64_t margin_ms_;
};

struct HeldLease {
  std::uint8_t slot = 0;  // the shard's first
  std::int64_t token = 0;
  friend bool operator==(const HeldLease&, const HeldLease&) = default;
};

class LeaseBook {
 public:
  LeaseBook(BootClock clock, std::chrono::milliseconds lease);

  // `sent_ms`: clock() before the request that took it.
  std::shared_ptr<Lease> add(SlotRange slots, std::int64_t token, std::int64_t sent_ms);
  void remove(const std::shared_ptr<Lease>& lease);
  // What is to be renewed.
  std::vector<HeldLease> held() const;
  // The database renewed `renewed` of what `asked` named; the rest belongs to others. Returns the leases whose
  // may_act() or lost() this may have changed.
  std::vector<std::shared_ptr<Lease>> settle(std::int64_t sent_ms, const std::vector<HeldLease>& asked,
                                             const std::vector<HeldLease>& renewed);
  // The database refused a batch: the shard has another token.
  static void lose(Lease& lease) { lease.lost_.store(true, std::memory_order_release); }

  std::int64_t now_ms() const { return clock_(); }
  std::chrono::milliseconds lease() const { return lease_; }
  // What is subtracted so that acting, once allowed, is over in time.
  std::int64_t margin_ms() const { return margin_ms_; }

 private:
  const BootClock clock_;
  const std::chrono::milliseconds lease_;
  const std::int64_t margin_ms_;
  mutable std::mutex mutex_;
  std::map<std::uint8_t, std::shared_ptr<Lease>> leases_;
};

}  // namespace flow::store::postgres
