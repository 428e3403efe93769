#include "runtime/outbox/schedule.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace flow::outbox {
namespace {

constexpr std::int64_t kMs = 1'000'000;

std::int64_t to_ms(std::int64_t ns) {
  return (ns + kMs - 1) / kMs;
}

}  // namespace

Priority priority_of(std::string_view purpose, bool continued) {
  const Priority first = purpose == "authentication" ? Priority::authentication_first
                         : purpose == "marketing"    ? Priority::marketing_first
                                                     : Priority::transaction_first;
  return continued ? static_cast<Priority>(static_cast<int>(first) - 1) : first;
}

Schedule::Schedule(Gates& gates, std::function<void()> wake) : gates_(gates), wake_(std::move(wake)) {}

Schedule::Schedule(const Transport& transport) : own_(std::make_unique<Gates>(transport)), gates_(*own_) {}

// What other shards share with this one must not keep what it held.
Schedule::~Schedule() {
  for (const auto& lane : lanes_) {
    settle(*lane);
    lane->gate->breaker().leave(lane->waiter);
    lane->gate->concurrency().leave(lane->waiter);
    for (; lane->in_flight > 0; --lane->in_flight) lane->gate->concurrency().release();
    for (const Breaker::Pass pass : lane->probes) lane->gate->breaker().cancel(pass);
    for (std::size_t level = 0; level < kPriorities; ++level) {
      while (!lane->levels[level].empty()) pop(*lane, level);
    }
  }
}

LaneId Schedule::lane(std::string_view channel) {
  if (const auto found = by_channel_.find(channel); found != by_channel_.end()) return found->second;
  FLOW_CHECK(lanes_.size() <= std::numeric_limits<LaneId>::max(), "more channels than a schedule has lanes");
  const auto id = static_cast<LaneId>(lanes_.size());
  auto made = std::make_unique<Lane>();
  made->channel = channel;
  made->gate = &gates_.find(channel);
  made->waiter.wake = wake_;
  lanes_.push_back(std::move(made));
  by_channel_.emplace(channel, id);
  return id;
}

void Schedule::add(const Entry& entry) {
  if (entry.at_ms <= now_ms_)
    push(entry);
  else
    waiting_.push({entry.at_ms, order_++, entry});
}

void Schedule::push(const Entry& entry) {
  Lane& lane = *lanes_[entry.lane];
  lane.levels[static_cast<std::size_t>(entry.priority)].push(pool_, {entry.name, entry.not_after_ms, entry.at_ms});
  ++ready_;
  lane.gate->count_queued(1);
  if (lane.gate->metrics().queued != nullptr) lane.gate->metrics().queued->add(1);
  if (lane.ready++ == 0) {
    lane.gate->count_busy(1);
    lane.try_ms = now_ms_;
  }
}

void Schedule::pop(Lane& lane, std::size_t level) {
  lane.levels[level].pop(pool_);
  --ready_;
  lane.gate->count_queued(-1);
  if (lane.gate->metrics().queued != nullptr) lane.gate->metrics().queued->add(-1);
  if (--lane.ready == 0) lane.gate->count_busy(-1);
}

void Schedule::take(std::int64_t now_ms, std::size_t max, std::vector<Turn>& turns) {
  now_ms_ = std::max(now_ms_, now_ms);
  for (; !waiting_.empty() && waiting_.top().at_ms <= now_ms_; waiting_.pop()) push(waiting_.top().entry);
  const std::size_t most = turns.size() + max;
  // Who is full at once leaves the others their turn: each begins once.
  for (std::size_t i = 0; i < lanes_.size() && turns.size() < most; ++i) {
    const auto id = static_cast<LaneId>((first_lane_ + i) % lanes_.size());
    if (lanes_[id]->ready > 0 || lanes_[id]->waits) take(*lanes_[id], id, now_ms_, most, turns);
  }
  if (turns.size() >= most && !lanes_.empty()) first_lane_ = (first_lane_ + 1) % lanes_.size();
}

void Schedule::take(Lane& lane, LaneId id, std::int64_t now_ms, std::size_t max, std::vector<Turn>& turns) {
  Gate& gate = *lane.gate;
  lane.try_ms = now_ms;
  while (lane.ready > 0 && turns.size() < max) {
    drop_expired(lane, id, now_ms, max, turns);
    if (lane.ready == 0 || turns.size() >= max) break;
    const auto pass = permit(lane, now_ms);
    if (!pass) break;
    const std::size_t level = choose(lane);
    const Ready next = lane.levels[level].front();
    pop(lane, level);
    took_turn(lane);
    ++lane.in_flight;
    ++in_flight_;
    if (gate.metrics().begun != nullptr) {
      gate.metrics().begun->add();
      gate.metrics().waited->add(static_cast<double>(now_ms - next.since_ms));
    }
    turns.push_back({next.name, id, false, *pass, now_ms, lane.channel});
  }
  if (lane.ready == 0) settle(lane);
  if (gate.metrics().estimate != nullptr) {
    gate.metrics().estimate->set(static_cast<double>(wait_ms(id, Priority::authentication_first, now_ms)));
  }
}

// Whether the rate, the provider and the concurrency let one begin, in this order: a slot that was reserved is kept,
// what the other two gave would have to be given back. Says in try_ms when to ask again.
std::optional<Breaker::Pass> Schedule::permit(Lane& lane, std::int64_t now_ms) {
  Breaker& breaker = lane.gate->breaker();
  const std::int64_t retry_ms = breaker.retry_ms();
  if (retry_ms > now_ms && retry_ms != program::kNever) {
    settle(lane);  // by then the slots would be others'
    lane.try_ms = retry_ms;
    return std::nullopt;
  }
  if (!slot_is_due(lane, now_ms)) return std::nullopt;
  lane.try_ms = program::kNever;  // unless somebody wakes this shard
  if (!lane.gate->concurrency().acquire(lane.waiter)) {
    lane.waits = true;
    return std::nullopt;
  }
  const auto pass = breaker.admit(now_ms, lane.waiter);
  if (!pass) {
    lane.waits = true;
    lane.gate->concurrency().release(&lane.waiter);
    if (breaker.retry_ms() != program::kNever) lane.try_ms = std::max(breaker.retry_ms(), now_ms);
    return std::nullopt;
  }
  if (pass->probe) lane.probes.push_back(*pass);
  if (lane.spare_slots > 0) {
    --lane.spare_slots;
  } else if (lane.slots.count > 0) {
    --lane.slots.count;
    lane.slots.first_ns += lane.slots.interval_ns;
  }
  lane.try_ms = now_ms;
  return pass;
}

bool Schedule::slot_is_due(Lane& lane, std::int64_t now_ms) {
  Limiter& limiter = lane.gate->limiter();
  if (!limiter.limited() || lane.spare_slots > 0) return true;
  if (lane.slots.count == 0) {
    lane.slots = limiter.reserve(now_ms, static_cast<std::uint32_t>(std::min<std::size_t>(lane.ready, UINT32_MAX)));
  }
  if (lane.slots.first_ns <= now_ms * kMs) return true;
  lane.try_ms = to_ms(lane.slots.first_ns);
  return false;
}

std::size_t Schedule::choose(Lane& lane) const {
  std::size_t from = 0;
  if ((lane.turns + 1) % kFairTurns == 0) from = lane.fair_level;
  for (std::size_t i = 0; i < kPriorities; ++i) {
    const std::size_t level = (from + i) % kPriorities;
    if (!lane.levels[level].empty()) return level;
  }
  return 0;
}

void Schedule::took_turn(Lane& lane) {
  if (++lane.turns % kFairTurns == 0) lane.fair_level = static_cast<std::uint8_t>((lane.fair_level + 1) % kPriorities);
}

void Schedule::drop_expired(Lane& lane, LaneId id, std::int64_t now_ms, std::size_t max, std::vector<Turn>& turns) {
  for (std::size_t level = 0; level < kPriorities; ++level) {
    while (!lane.levels[level].empty() && lane.levels[level].front().not_after_ms <= now_ms && turns.size() < max) {
      turns.push_back({lane.levels[level].front().name, id, true, {}, now_ms, lane.channel});
      pop(lane, level);
      if (lane.gate->metrics().expired != nullptr) lane.gate->metrics().expired->add();
    }
  }
}

// Nothing waits, or not for now: what others could use goes back.
void Schedule::settle(Lane& lane) {
  if (lane.slots.count > 0) lane.gate->limiter().give_back(std::exchange(lane.slots, {}));
  lane.spare_slots = 0;
  if (lane.waits) {
    lane.waits = false;
    lane.gate->breaker().leave(lane.waiter);
    lane.gate->concurrency().leave(lane.waiter);
  }
  lane.try_ms = program::kNever;
}

bool Schedule::forget_probe(Lane& lane, const Breaker::Pass& pass) {
  const auto found = std::ranges::find(lane.probes, pass);
  if (found == lane.probes.end()) return false;
  lane.probes.erase(found);
  return true;
}

void Schedule::release(Lane& lane) {
  --lane.in_flight;
  --in_flight_;
  lane.gate->concurrency().release(&lane.waiter);
  if (lane.ready > 0 && lane.try_ms == program::kNever) lane.try_ms = now_ms_;
}

void Schedule::finished(const Turn& turn, SendClass result, std::int64_t now_ms) {
  Lane& lane = *lanes_[turn.lane];
  forget_probe(lane, turn.pass);
  lane.gate->attempt_took(now_ms - turn.begun_ms);
  lane.gate->breaker().report(turn.pass, result, now_ms);
  release(lane);
}

void Schedule::not_begun(const Turn& turn) {
  Lane& lane = *lanes_[turn.lane];
  if (forget_probe(lane, turn.pass)) lane.gate->breaker().cancel(turn.pass);
  if (lane.gate->limiter().limited()) {
    ++lane.spare_slots;
    if (lane.ready > 0) lane.try_ms = now_ms_;
  }
  release(lane);
}

std::int64_t Schedule::wait_ms(LaneId id, Priority priority, std::int64_t now_ms) const {
  const Lane& lane = *lanes_[id];
  std::uint64_t ahead = 0;
  for (std::size_t level = 0; level <= static_cast<std::size_t>(priority); ++level) ahead += lane.levels[level].size();
  return lane.gate->wait_ms(now_ms, ahead);
}

Admission Schedule::admit(LaneId id, Priority priority, std::int64_t now_ms, std::int64_t not_after_ms) const {
  constexpr std::int64_t kRetryAfterMsMin = 1000;
  const Lane& lane = *lanes_[id];
  const std::int64_t queue_time_max_ms = lane.gate->queue_time_max_ms();
  Admission admission;
  admission.wait_ms = wait_ms(id, priority, now_ms);
  const auto refuse = [&](Admission::Why why, std::int64_t allowed_ms) {
    admission.why = why;
    admission.retry_after_ms = std::max(kRetryAfterMsMin, admission.wait_ms - allowed_ms);
  };
  const std::int64_t left = not_after_ms - now_ms;
  if (static_cast<std::uint64_t>(std::max<std::int64_t>(lane.gate->queued(), 0)) >= lane.gate->queue_max())
    refuse(Admission::Why::queue_full, admission.wait_ms - admission.wait_ms / 8);  // an eighth of it has gone by then
  else if (admission.wait_ms > queue_time_max_ms)
    refuse(Admission::Why::wait_too_long, queue_time_max_ms);
  else if (admission.wait_ms >= left)
    refuse(Admission::Why::too_late_for_message, left);
  return admission;
}

std::int64_t Schedule::next_ms() const {
  std::int64_t next = waiting_.empty() ? program::kNever : waiting_.top().at_ms;
  for (const auto& lane : lanes_) {
    if (lane->ready == 0) continue;
    next = std::min(next, lane->waiter.granted.load() > 0 ? now_ms_ : lane->try_ms);
  }
  return next;
}

void Schedule::add(const Name& name, std::string_view channel, std::int64_t at_ms) {
  add({.name = name, .lane = lane(channel), .at_ms = at_ms});
}

std::vector<Turn> Schedule::take(std::int64_t now_ms) {
  std::vector<Turn> turns;
  take(now_ms, std::numeric_limits<std::size_t>::max() / 2, turns);
  return turns;
}

void Schedule::finished(std::string_view channel) {
  const auto found = by_channel_.find(channel);
  if (found != by_channel_.end() && lanes_[found->second]->in_flight > 0) release(*lanes_[found->second]);
}

std::int64_t backoff_ms(const SendResult& result, std::uint32_t attempt, double clock_rate, core::Random& random) {
  constexpr std::int64_t kFirstMs = 500;
  constexpr std::int64_t kFirstThrottledMs = 2000;
  constexpr std::int64_t kMostMs = 30'000;
  const std::int64_t first = result.result == SendClass::throttled ? kFirstThrottledMs : kFirstMs;
  const std::uint32_t doublings = std::min<std::uint32_t>(attempt > 0 ? attempt - 1 : 0, 10);
  const std::int64_t whole = std::min(first << doublings, kMostMs);
  const std::int64_t chosen =
      whole / 2 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(whole / 2) + 1));
  constexpr std::int64_t kAskedMostMs = 3'600'000;
  const std::int64_t asked = std::min(result.retry_after_ms, kAskedMostMs);
  return std::max(chosen, static_cast<std::int64_t>(static_cast<double>(asked) * clock_rate));
}

}  // namespace flow::outbox
