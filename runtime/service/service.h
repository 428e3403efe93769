// The service core: everything that flowd does, without HTTP in front and providers behind.
//
// Every call returns at once and answers through `done`, which is called exactly once (at shutdown, too), from a thread
// of the service, and must neither block nor throw. An answer that says that something was changed comes after its
// commit is on disk. Any thread may call. Queues are bounded: a full one is Problem::overloaded.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/core/execution_id.h"
#include "runtime/core/metrics.h"
#include "runtime/program/abi.h"
#include "runtime/program/info.h"
#include "runtime/service/problem.h"

namespace flow::service {

template <typename T>
using Done = std::move_only_function<void(Outcome<T>)>;

// ---- Bundles and flows

struct BundleView {
  std::string version;
  std::int64_t deployed_at_ms = 0;
  std::vector<std::string> flows;
};

struct PublishedFlow {
  std::string flow;
  std::string bundle;  // empty: unpublished
  std::int64_t changed_at_ms = 0;
};

struct DeployAnswer {
  BundleView bundle;
  bool known = false;  // these very bytes were deployed before
};

// ---- Executions

struct StartRequest {
  std::string flow;
  std::string inputs_json;                    // a JSON object: input name → value
  std::string idempotency_key;                // 1..255 bytes of printable ASCII; empty: none
  std::string default_region;                 // for phone numbers in national form; empty: none
  std::optional<std::int64_t> discard_at_ms;  // service time; not begun by then: Problem::discarded
};

struct StartAnswer {
  core::ExecutionId execution;
  std::string bundle;
  std::int64_t started_at_ms = 0;
  bool repeated = false;  // the key was known with the same body: this is the execution of then
};

struct SignalAnswer {
  bool handled = false;  // a handler fired; else it had fired before, or the execution has ended
};

// What a provider reported of a message, already verified and decoded.
struct ReceiptReport {
  core::ExecutionId execution;
  std::uint32_t message = 0;
  std::uint32_t attempt = 0;        // 0: not known
  program::Receipt status{};        // accepted, sent, delivered, read or failed
  std::string reason;               // of failed; one line without secrets or personal data
  std::string provider_message_id;  // may be empty
  std::int64_t received_at_ms = 0;  // service time at which the webhook came
};

enum class ReceiptVerdict : std::uint8_t {
  applied,            // something was new
  repeated,           // nothing was new
  unknown_execution,  // counted and dropped
};

enum class TimelineKind : std::uint8_t {
  started,
  entered,
  queued,
  accepted,
  attempt_failed,
  receipt,
  late_receipt,
  not_sent,
  withdrawn,
  timer_set,
  timer_fired,
  signal,
  ended,
};
std::string_view to_string(TimelineKind kind);

struct TimelineEntry {
  std::int64_t at_ms = 0;
  TimelineKind kind{};
  std::string step{};                      // may be empty
  std::optional<std::uint32_t> message{};  // number
  std::string channel{};                   // of queued, accepted, attempt_failed, not_sent
  std::string status{};  // receipt: "delivered"; timer: "undelivered"; ended: "done"; signal: its name
  std::string detail{};  // reason, provider message id, masked recipient: one line, never a secret
  std::optional<std::int64_t> due_at_ms{};  // timer_set; attempt_failed: the next attempt
};

struct ExecutionSummary {
  core::ExecutionId execution;
  std::string flow;
  std::string bundle;
  std::string step;     // where it rests; empty when it has ended
  std::string party;    // masked
  std::string end;      // "", done, failed, expired, or "outcome"
  std::string outcome;  // of end "outcome": its name
  std::string reason;   // of end "failed"
  std::uint32_t messages = 0;
  std::int64_t started_at_ms = 0;
  std::int64_t changed_at_ms = 0;
  std::optional<std::int64_t> ended_at_ms;
};

struct ExecutionView {
  ExecutionSummary summary;
  std::vector<TimelineEntry> timeline;  // in the committed order
};

struct ListQuery {
  std::string flow;           // empty: all
  std::string bundle;         // empty: all
  std::optional<bool> ended;  // nothing: both
  std::size_t limit = 50;     // 1..limits::kListPageMax
  std::string cursor;         // of the page before; empty: from the youngest
};

struct ListPage {
  std::vector<ExecutionSummary> executions;  // youngest first
  std::string next_cursor;                   // empty: this was the last
};

// ---- Metrics

using core::MetricKind;
using core::MetricSample;

class Service {
 public:
  virtual ~Service() = default;

  virtual void deploy(std::string bundle, Done<DeployAnswer> done) = 0;
  virtual void bundles(Done<std::vector<BundleView>> done) = 0;
  // From the answer on, new executions of `flow` run on `bundle`. Those that began stay where they are.
  virtual void publish(std::string flow, std::string bundle, Done<PublishedFlow> done) = 0;
  virtual void unpublish(std::string flow, Done<PublishedFlow> done) = 0;
  virtual void published(Done<std::vector<PublishedFlow>> done) = 0;

  virtual void start(StartRequest request, Done<StartAnswer> done) = 0;
  // One answer for each request, in order; each stands for itself. REQUIRES: at most limits::kBatchStartsMax (else
  // invalid_request).
  virtual void start_batch(std::vector<StartRequest> requests, Done<std::vector<Outcome<StartAnswer>>> done) = 0;
  virtual void signal(core::ExecutionId execution, std::string name, Done<SignalAnswer> done) = 0;
  // A provider may be answered 200 when `done` has a value: the receipt is on disk, or never will be of use.
  virtual void receipt(ReceiptReport report, Done<ReceiptVerdict> done) = 0;

  // Sees everything that was answered before the call.
  virtual void read(core::ExecutionId execution, Done<ExecutionView> done) = 0;
  virtual void list(ListQuery query, Done<ListPage> done) = 0;

  // A consistent enough picture for /metrics; cheap, never blocks for long.
  virtual std::vector<MetricSample> metrics() const = 0;
  // False from the moment the store failed or a shutdown began: for /readyz.
  virtual bool ready() const = 0;
};

}  // namespace flow::service
