// Which message may be handed over next: a queue for each channel, bounded attempts at a time, and retries that wait.
//
// In memory only, and of names only: the execution's stored image holds the messages themselves and is asked again
// before each attempt, so a name that stays here after its message was withdrawn does no harm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/core/execution_id.h"
#include "runtime/core/random.h"
#include "runtime/outbox/transport.h"
#include "runtime/program/abi.h"

namespace flow::outbox {

struct Name {
  core::ExecutionId execution;
  std::uint32_t message = 0;
  friend auto operator<=>(const Name&, const Name&) = default;
  friend bool operator==(const Name&, const Name&) = default;
};

// An attempt that may begin.
struct Turn {
  Name name;
  std::string_view channel;  // valid as long as the schedule
  friend bool operator==(const Turn&, const Turn&) = default;
};

// One thread.
class Schedule {
 public:
  explicit Schedule(const Transport& transport) : transport_(transport) {}

  // An attempt for `name` on `channel`, not before `at_ms`. First come, first served within a channel.
  void add(const Name& name, std::string_view channel, std::int64_t at_ms);
  // The attempts that may begin at `now_ms`. Each counts as in flight on its channel until finished().
  std::vector<Turn> take(std::int64_t now_ms);
  void finished(std::string_view channel);

  // When take() has something next, as far as time decides it; program::kNever: when something is added or finished.
  std::int64_t next_ms() const { return waiting_.empty() ? program::kNever : waiting_.top().at_ms; }
  std::size_t queued() const;
  std::size_t in_flight() const;

 private:
  struct Lane {
    std::deque<Name> ready;
    std::size_t in_flight = 0;
    std::size_t in_flight_max = 1;
  };
  struct Waiting {
    std::int64_t at_ms;
    std::uint64_t order;
    Name name;
    Lane* lane;
    bool operator>(const Waiting& other) const {
      return at_ms != other.at_ms ? at_ms > other.at_ms : order > other.order;
    }
  };

  Lane& lane(std::string_view channel);

  const Transport& transport_;
  std::map<std::string, Lane, std::less<>> lanes_;
  std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> waiting_;
  std::uint64_t order_ = 0;
};

// How long to wait after the attempt `attempt` (from 1) that ended with `result`: doubling from half a second (two for
// throttled) to half a minute, the later half of it by chance, and never less than the provider asked for. Service
// time.
std::int64_t backoff_ms(const SendResult& result, std::uint32_t attempt, double clock_rate, core::Random& random);

}  // namespace flow::outbox
