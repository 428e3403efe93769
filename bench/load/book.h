// What became of each execution that was started: 16 bytes an execution, found by its phone number. Counts what was
// lost and repeated, and takes the times.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/histogram.h"
#include "simulator/message.h"

namespace flow::load {

using simulator::Channel;

// The phone numbers of executions: `prefix` and `digits` digits, `count` of them from `first`. Each open execution has
// one of its own; they come round again.
struct Numbers {
  std::string prefix;
  int digits = 7;
  std::uint64_t first = 0;
  std::uint64_t count = 0;

  void append(std::string& out, std::uint64_t execution) const;
  // The place of a number among them; with or without its plus.
  std::optional<std::uint64_t> place(std::string_view number) const;
};

// When the generator takes an execution for over.
enum class Until : std::uint8_t {
  accepted,  // answered 201
  sent,      // and its message was requested
  ended,     // and its last callback was answered
};

struct Counts {
  std::uint64_t offered = 0;
  std::uint64_t accepted = 0;
  std::uint64_t known = 0;        // 200: the start had been taken before
  std::uint64_t throttled = 0;    // 429
  std::uint64_t overloaded = 0;   // 503
  std::uint64_t failed = 0;       // any other answer
  std::uint64_t retry_after = 0;  // refusals that said when to come again
  std::int64_t retry_after_s_max = 0;
  std::uint64_t resent = 0;  // starts repeated with their key after a lost connection
  std::uint64_t connections_lost = 0;
  std::uint64_t not_offered = 0;      // open loop: due, but more were waiting for a connection than is sensible
  std::uint64_t requests = 0;         // to the provider
  std::uint64_t repeated = 0;         // more than one for a message
  std::uint64_t fallbacks = 0;        // on another channel than the branch's first
  std::uint64_t unexpected = 0;       // for nobody that was started, badly made, or with wrong credentials
  std::uint64_t callbacks = 0;        // answered 2xx
  std::uint64_t callbacks_again = 0;  // not, and sent again
  std::uint64_t callbacks_given_up = 0;
  std::uint64_t finished = 0;
  std::uint64_t lost = 0;        // accepted, and no message was ever requested; known at the end
  std::uint64_t unfinished = 0;  // accepted and requested, not over when the patience ended
};

// One second of a phase.
struct Second {
  std::uint64_t offered = 0;
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;
  std::uint64_t requests = 0;
  std::uint64_t finished = 0;
  std::int64_t accept_ns_max = 0;
  std::int64_t request_ns_max = 0;
  std::int64_t flowd_bytes = 0;  // resident, at its end; 0: not known
};

class Book {
 public:
  Book(Numbers numbers, Channel first_channel) : numbers_(std::move(numbers)), first_channel_(first_channel) {}

  // Forgets counts and times, not the executions. From now on seconds count from `now`.
  void begin_phase(Until until, std::int64_t now);

  // A new execution; nothing when each number belongs to one that is open. `due`: when it should have started.
  std::optional<std::uint64_t> open(std::int64_t due, std::int64_t now);
  void accepted(std::uint64_t execution, int status, std::int64_t now);
  void refused(std::uint64_t execution, int status, std::string_view retry_after, std::string_view body,
               std::int64_t now);
  // A request for a message to `number`: its execution; nothing when nobody has that number.
  std::optional<std::uint64_t> requested(std::string_view number, Channel channel, std::int64_t now);
  void unexpected(std::string_view why);
  // Its last callback was answered.
  void called_back(std::uint64_t execution, std::int64_t now);

  // Executions that are not over.
  std::uint64_t outstanding() const { return outstanding_; }
  // Counts what is lost and unfinished among all that were ever accepted.
  void close_phase();

  const Numbers& numbers() const { return numbers_; }
  Counts& counts() { return counts_; }
  const Counts& counts() const { return counts_; }
  const std::vector<Second>& seconds() const { return seconds_; }
  Second& second(std::int64_t now);
  const std::map<int, std::uint64_t>& other_answers() const { return other_answers_; }
  // The first complaint of each kind, for people.
  const std::vector<std::string>& remarks() const { return remarks_; }
  void remark(std::string text);

  Histogram connect;  // connection begun to established
  Histogram accept;   // start to 201
  Histogram request;  // start to the provider's request
  Histogram end;      // start to the last callback's answer

 private:
  struct Record {
    std::int64_t started_ns = 0;
    std::uint32_t round = 0;    // how often the number had come round
    std::uint8_t channels = 0;  // bits: those on which a message was requested
    std::uint8_t accepted : 1 = 0;
    std::uint8_t refused : 1 = 0;
    std::uint8_t called_back : 1 = 0;
    std::uint8_t over : 1 = 0;
    std::uint8_t measured : 1 = 0;
  };
  static_assert(sizeof(Record) == 16);

  Record& at(std::uint64_t execution) { return records_[execution % numbers_.count]; }
  void settle(Record& record, std::int64_t now);

  Numbers numbers_;
  Channel first_channel_;
  Until until_ = Until::ended;
  std::deque<Record> records_;
  std::uint64_t next_ = 0;
  std::uint64_t outstanding_ = 0;
  std::int64_t phase_begin_ns_ = 0;
  Counts counts_;
  std::vector<Second> seconds_;
  std::map<int, std::uint64_t> other_answers_;
  std::vector<std::string> remarks_;
};

}  // namespace flow::load
