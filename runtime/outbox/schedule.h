// Which message may be handed over next: for each channel a queue by priority, held to the channel's limits, and
// retries that wait for their time.
//
// In memory only, and of names only: the execution's stored image holds the messages themselves and is asked again
// before each attempt, so a name that stays here after its message was withdrawn does no harm.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/core/random.h"
#include "runtime/outbox/gates.h"
#include "runtime/outbox/ready_queue.h"
#include "runtime/outbox/transport.h"
#include "runtime/program/abi.h"

namespace flow::outbox {

// What goes first within a channel. Authentication goes before transactions, these before marketing: a code that comes
// late is worth nothing. Within a purpose, retries and later messages of an execution (fallbacks) go before first ones:
// their users have waited already and their deadlines are nearer, and new starts can be refused, those that run cannot.
// One turn in kFairTurns goes to the other levels in rotation, so that none starves.
enum class Priority : std::uint8_t {
  authentication_continued,
  authentication_first,
  transaction_continued,
  transaction_first,
  marketing_continued,
  marketing_first,
};
inline constexpr std::size_t kPriorities = 6;
inline constexpr std::uint32_t kFairTurns = 16;

// `purpose` as the workspace declares it; `continued`: a retry, or not the first message of its execution.
Priority priority_of(std::string_view purpose, bool continued);

using LaneId = std::uint16_t;  // a channel, within one schedule

struct Entry {
  Name name;
  LaneId lane = 0;
  Priority priority = Priority::transaction_first;
  std::int64_t at_ms = 0;                       // not before
  std::int64_t not_after_ms = program::kNever;  // from then on the turn comes as `expired`
};

// An attempt that may begin.
struct Turn {
  Name name;
  LaneId lane = 0;
  bool expired = false;  // it may not: its time is over. Nothing is to be finished
  Breaker::Pass pass;
  std::int64_t begun_ms = 0;
  std::string_view channel;  // valid as long as the schedule
};

// May a start whose first message goes to a channel be taken on?
struct Admission {
  enum class Why : std::uint8_t { admitted, queue_full, wait_too_long, too_late_for_message };
  Why why = Why::admitted;
  std::int64_t wait_ms = 0;         // the estimate, in service time
  std::int64_t retry_after_ms = 0;  // when refused: when it may be worth trying again, in service time
};

// One thread, except that `wake` of its constructor is called from others.
class Schedule {
 public:
  // `wake` is called, from any thread and under a lock, when take() has something that next_ms() did not foresee; it
  // posts to the schedule's own thread and does nothing else.
  Schedule(Gates& gates, std::function<void()> wake);
  // With gates of its own: one shard alone on its node.
  explicit Schedule(const Transport& transport);
  ~Schedule();
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;

  // The lane of a channel; look it up once where that matters.
  LaneId lane(std::string_view channel);
  std::string_view channel(LaneId lane) const { return lanes_[lane]->channel; }

  // An attempt. First come, first served within a priority.
  void add(const Entry& entry);
  // Adds to `turns` at most `max` attempts that may begin at `now_ms`. For each that is not expired the caller calls
  // either finished() or not_begun(). `now_ms` never goes back.
  void take(std::int64_t now_ms, std::size_t max, std::vector<Turn>& turns);
  void finished(const Turn& turn, SendClass result, std::int64_t now_ms);
  // The attempt was not made: its message is gone, say. The channel's limits have its place again.
  void not_begun(const Turn& turn);

  // How long a message added now is likely to wait for its turn, in service time.
  std::int64_t wait_ms(LaneId lane, Priority priority, std::int64_t now_ms) const;
  // `not_after_ms`: of the start's first message.
  Admission admit(LaneId lane, Priority priority, std::int64_t now_ms, std::int64_t not_after_ms) const;

  // When take() has something next, as far as this schedule can know; program::kNever: not before something is added or
  // finished, or `wake` is called.
  std::int64_t next_ms() const;
  std::size_t queued() const { return waiting_.size() + ready_; }
  std::size_t in_flight() const { return in_flight_; }

  // The same by the channel's name, for callers without priorities that do not tell how attempts end.
  void add(const Name& name, std::string_view channel, std::int64_t at_ms);
  std::vector<Turn> take(std::int64_t now_ms);
  void finished(std::string_view channel);

 private:
  struct Lane {
    std::string channel;
    Gate* gate = nullptr;
    std::array<ReadyQueue, kPriorities> levels;
    std::size_t ready = 0;
    std::size_t in_flight = 0;
    std::uint32_t turns = 0;
    std::uint8_t fair_level = 0;
    Limiter::Slots slots;               // reserved and not used
    std::uint32_t spare_slots = 0;      // of attempts that were not made: they count for the next ones
    std::vector<Breaker::Pass> probes;  // that are out
    std::int64_t try_ms = program::kNever;
    bool waits = false;  // may stand in a line
    Waiter waiter;
  };
  struct Waiting {
    std::int64_t at_ms;
    std::uint64_t order;
    Entry entry;
    bool operator>(const Waiting& other) const {
      return at_ms != other.at_ms ? at_ms > other.at_ms : order > other.order;
    }
  };

  void push(const Entry& entry);
  void take(Lane& lane, LaneId id, std::int64_t now_ms, std::size_t max, std::vector<Turn>& turns);
  bool slot_is_due(Lane& lane, std::int64_t now_ms);
  std::optional<Breaker::Pass> permit(Lane& lane, std::int64_t now_ms);
  std::size_t choose(Lane& lane) const;
  void took_turn(Lane& lane);
  void drop_expired(Lane& lane, LaneId id, std::int64_t now_ms, std::size_t max, std::vector<Turn>& turns);
  void pop(Lane& lane, std::size_t level);
  void settle(Lane& lane);
  static bool forget_probe(Lane& lane, const Breaker::Pass& pass);
  void release(Lane& lane);

  std::unique_ptr<Gates> own_;
  Gates& gates_;
  std::function<void()> wake_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::map<std::string, LaneId, std::less<>> by_channel_;
  std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> waiting_;
  ChunkPool pool_;
  std::uint64_t order_ = 0;
  std::int64_t now_ms_ = INT64_MIN;  // of the last take()
  std::size_t ready_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t first_lane_ = 0;  // who begins
};

// How long to wait after the attempt `attempt` (from 1) that ended with `result`: doubling from half a second (two for
// throttled) to half a minute, the later half of it by chance, and never less than the provider asked for. Service
// time.
std::int64_t backoff_ms(const SendResult& result, std::uint32_t attempt, double clock_rate, core::Random& random);

}  // namespace flow::outbox
