// What the service needs of the outside: somebody who carries one attempt of an operation out and says how it went.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "runtime/core/execution_id.h"
#include "runtime/program/info.h"
#include "runtime/program/json.h"

namespace flow::operations {

// One attempt.
struct Request {
  core::ExecutionId execution;
  std::uint32_t operation = 0;         // number within the execution
  std::uint32_t attempt = 0;           // from 1; after a restart an attempt counts as if it had not been
  std::string idempotency_key;         // the same for every attempt of an operation: "<execution>-o<number>"
  std::uint32_t site = 0;              // FlowInfo::operations
  std::vector<std::string> arguments;  // as Effect::arguments; perhaps secret
  std::vector<std::pair<bool, std::string>> history;  // what was said so far: by us, and what
  std::int64_t time_ms = 0;                           // real time within which an answer is of use, from now on
  std::string traceparent;  // W3C trace context of the start, checked by who took it; empty: none
};

// How an attempt ended.
struct Answer {
  int status = 0;                   // of HTTP; 0: there was no answer
  std::string body;                 // of an answer; perhaps secret
  std::string reason;               // one line for the timeline, without secrets or personal data
  bool again = false;               // it may go better if it is tried again
  std::int64_t retry_after_ms = 0;  // real time that was asked for; 0: none
};

// News of a message for somebody who wants the status reports, too.
struct Report {
  std::string url;
  std::string body;             // JSON
  std::string idempotency_key;  // the same when it is told again
  std::string traceparent;      // as Request's
};

using Done = std::move_only_function<void(Answer)>;

class Executor {
 public:
  virtual ~Executor() = default;

  // Whether all that the flow's operations name is configured; the error says what is not. Any thread.
  virtual Status accepts(const program::FlowInfo& info) const = 0;

  // Starts an attempt and returns at once. `done` is called exactly once, from any thread (also within this call), in
  // bounded time, also when the executor is being destroyed. `info` is used during the call only. Any thread.
  virtual void carry_out(const program::FlowInfo& info, Request request, Done done) = 0;

  // Tells a report, once, and returns at once; `done` as of carry_out().
  virtual void tell(const program::FlowInfo&, Report, Done done) {
    done({.status = 0, .body = "", .reason = "nobody tells reports here"});
  }
};

// What an answer means to the flow: its result event, but for the operation's number and the time.
program::WrittenEvent result_of(const program::FlowInfo& info, const program::OperationInfo& site,
                                const Answer& answer);

}  // namespace flow::operations
