#include "runtime/store/postgres/lease_book.h"

#include <time.h>

#include <algorithm>

namespace flow::store::postgres {

std::int64_t boot_now_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

LeaseBook::LeaseBook(BootClock clock, std::chrono::milliseconds lease)
    : clock_(std::move(clock)), lease_(lease), margin_ms_(std::max<std::int64_t>(lease.count() / 10, 1)) {}

std::shared_ptr<Lease> LeaseBook::add(SlotRange slots, std::int64_t token, std::int64_t sent_ms) {
  auto lease = std::make_shared<Lease>(slots, token, sent_ms + lease_.count(), clock_, margin_ms_);
  const std::scoped_lock lock(mutex_);
  leases_[slots.first] = lease;
  return lease;
}

void LeaseBook::remove(const std::shared_ptr<Lease>& lease) {
  const std::scoped_lock lock(mutex_);
  const auto found = leases_.find(lease->slots().first);
  if (found != leases_.end() && found->second == lease) leases_.erase(found);
}

std::vector<HeldLease> LeaseBook::held() const {
  const std::scoped_lock lock(mutex_);
  std::vector<HeldLease> all;
  for (const auto& [slot, lease] : leases_) {
    if (!lease->lost()) all.push_back({slot, lease->token()});
  }
  return all;
}

std::vector<std::shared_ptr<Lease>> LeaseBook::settle(std::int64_t sent_ms, const std::vector<HeldLease>& asked,
                                                      const std::vector<HeldLease>& renewed) {
  const std::scoped_lock lock(mutex_);
  std::vector<std::shared_ptr<Lease>> changed;
  for (const HeldLease& each : asked) {
    const auto found = leases_.find(each.slot);
    // It may have been given back, and even taken anew, meanwhile.
    if (found == leases_.end() || found->second->token() != each.token) continue;
    Lease& lease = *found->second;
    const bool could = lease.may_act();
    if (std::ranges::find(renewed, each) == renewed.end()) {
      lose(lease);
    } else if (sent_ms + lease_.count() > lease.until_ms()) {
      lease.until_ms_.store(sent_ms + lease_.count(), std::memory_order_release);
    }
    if (could != lease.may_act() || lease.lost()) changed.push_back(found->second);
  }
  return changed;
}

}  // namespace flow::store::postgres
