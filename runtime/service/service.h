// The service core: everything that flowd does, without HTTP in front and providers behind.
//
// Every call returns at once and answers through `done`, which is called exactly once (at shutdown, too), on the loop
// that called when that is one of the service's executors, else on a thread of the service; it must neither block nor
// throw. An answer that says that something was changed comes after its
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
#include "runtime/program/reply.h"
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

// Of a start that another execution wants: runtime/service/shard_children.cpp.
struct ChildStart {
  std::uint32_t bundle = 0;  // of the registry: the caller's
  core::ExecutionId caller;
  std::uint32_t operation = 0;
  std::int64_t not_after_ms = program::kNever;  // it has ended by then; kNever: nobody waits for its end
  bool cancel = false;  // nobody waits any more: if it runs it is ended, and if it was not begun it never is
};

struct StartRequest {
  std::string flow;
  std::string inputs_json;  // a JSON object: input name → value
  // 1..255 bytes of printable ASCII; empty: none. It stands for this recipient: the same key with another one is
  // another key.
  std::string idempotency_key;
  std::string default_region;                 // for phone numbers in national form; empty: none
  std::optional<std::int64_t> discard_at_ms;  // service time; not begun by then: Problem::discarded
  std::string traceparent{};                  // W3C trace context, passed on to providers; what is not one is left out
  std::optional<ChildStart> child{};          // never of a client
};

struct StartAnswer {
  core::ExecutionId execution;
  std::string bundle;
  std::int64_t started_at_ms = 0;
  bool repeated = false;  // the key was known with the same body: this is the execution of then
  // Of a start that another execution wants: how it has ended, or none.
  program::EndKind end = program::EndKind::none;
  std::string outcome{};
  std::string outputs{};  // program::outputs_json
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

// What somebody wrote to us, already verified and decoded.
struct InboundMessage {
  std::string channel;
  std::string sender;       // E.164
  std::string message_id;   // the provider's; a repetition has the same; not empty
  std::string name{};       // as they call themselves; may be empty
  std::string account{};    // of ours; may be empty
  std::string to{};         // number or service of ours; may be empty
  std::int64_t age_ms = 0;  // of real time, when it came in
  program::Reply reply;
};

enum class InboundVerdict : std::uint8_t {
  taken,     // by an execution that waited for it
  repeated,  // one has it already
  nobody,    // no execution of the conversation waits for a reply, and no flow is started by it
  started,   // it started a flow
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
  outcome_unknown,  // an attempt of which nobody knows whether the provider took it
  resent,           // an attempt that may be a repetition of one before a restart
  reply,            // somebody wrote, and the flow took it
  asked,            // an operation began
  ask_failed,       // an attempt of it that is repeated
  answered,         // it has its outcome
  cancelled,        // its step was left before that
  began_other,      // an operation started another execution
};
std::string_view to_string(TimelineKind kind);

struct TimelineEntry {
  std::int64_t at_ms = 0;
  TimelineKind kind{};
  std::string step{};                      // may be empty
  std::optional<std::uint32_t> message{};  // number
  std::string channel{};                   // of queued, accepted, attempt_failed, not_sent
  // receipt: "delivered"; timer: "undelivered"; ended: "done"; signal: its name; reply: its kind; asked: what is asked
  // ("http POST"); answered: its outcome ("status 404"); began_other: the flow
  std::string status{};
  std::string detail{};                     // reason, provider message id, masked recipient: one line, never a secret
  std::optional<std::int64_t> due_at_ms{};  // timer_set; attempt_failed, ask_failed: the next attempt
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
  std::uint64_t order = 0;                    // of starting, as lists have it; not shown
  std::optional<core::ExecutionId> caller{};  // that called, launched or forwarded to it
};

struct ExecutionView {
  ExecutionSummary summary;
  std::vector<TimelineEntry> timeline;  // in the committed order
};

struct ListQuery {
  std::string flow;           // empty: all
  std::string bundle;         // empty: all
  std::string party{};        // E.164; empty: all
  std::optional<bool> ended;  // nothing: first those that run, then those that ended
  std::size_t limit = 50;     // 1..limits::kListPageMax
  std::string cursor;         // of the page before; empty: from the youngest
};

struct ListPage {
  // Those that run: the youngest first. Those that ended, as the tables know them (they lag by moments): the last to
  // end first.
  std::vector<ExecutionSummary> executions;
  std::string next_cursor;  // empty: this was the last
};

// ---- Contacts: what is kept of somebody between executions

struct ContactSet {
  std::string name;
  std::string value;
};
// Whether a message may be handed over now; when it may, it counts.
struct SendLimit {
  std::uint32_t messages = 0;
  std::int64_t within_ms = 0;
  std::uint8_t purposes = program::kEveryPurpose;  // program::purpose_bits
};
struct SendCheck {
  std::uint64_t key = 0;          // of the message: asked again, it counts once, and from now on
  std::uint8_t purpose = 0;       // program::purpose_bit
  bool consent = false;           // not to who wants no marketing
  std::string free_form;          // only to who has written on this channel; empty: to everybody
  std::int64_t free_form_ms = 0;  // not longer ago
  std::vector<SendLimit> limits;
};
enum class SendVerdict : std::uint8_t { may_go, opted_out, window_closed, over_limit };

struct ContactRequest {
  // E.164, an email address or a channel's id of somebody; or the first digits of phone numbers and `*`.
  std::string address;
  std::string key{};               // of a change: asked for again, it is not made again; empty: none
  std::vector<std::string> reads;  // attributes, as they were before
  std::vector<ContactSet> sets;
  std::vector<std::string> tags;
  std::vector<std::string> untags;
  std::optional<bool> unsubscribed{};  // wants no more marketing from now on; nothing: as before
  std::optional<SendCheck> send{};
};
struct ContactAnswer {
  std::vector<std::optional<std::string>> values;  // of ContactRequest::reads
  bool unsubscribed = false;                       // before
  SendVerdict send{};                              // of ContactRequest::send
  std::uint32_t limit = 0;                         // of over_limit: its place in SendCheck::limits
};

// ---- For operators

struct EraseAnswer {
  std::size_t ended = 0;   // executions that ran, and were ended
  std::size_t erased = 0;  // executions that are forgotten now
};

struct ShardView {
  std::uint8_t first_slot = 0;
  std::uint8_t last_slot = 0;
  std::size_t running = 0;
  std::size_t timers = 0;
  std::size_t sends_waiting = 0;
  std::size_t sends_in_flight = 0;
  std::size_t requests_waiting = 0;  // not answered yet
  std::uint64_t batches = 0;         // committed since it was opened
  std::uint64_t batches_behind = 0;  // of those, not durable yet
  std::size_t log_queued_bytes = 0;
  bool purging = false;          // the log has bytes of somebody who was erased
  std::size_t memory_bytes = 0;  // of its executions, indexes and timers
};

// An execution as it is stored; never what is in its fields or messages.
struct PendingView {
  std::uint32_t message = 0;
  std::string channel;
  std::uint32_t attempts = 0;  // that have ended
  std::int64_t next_attempt_ms = 0;
  std::int64_t not_after_ms = 0;
  bool in_flight = false;
};
struct RawView {
  ExecutionView view;
  std::uint32_t revision = 0;
  std::uint64_t order = 0;
  std::uint32_t bundle = 0;  // numbers of the registry
  std::uint32_t flow = 0;
  std::int64_t next_deadline_ms = 0;  // program::kNever: none
  std::size_t image_bytes = 0;
  std::vector<PendingView> pending;
};

// ---- Metrics

using core::MetricKind;
using core::MetricSample;

// What executions ask for that may be another node's. Any thread.
class Others {
 public:
  virtual ~Others() = default;

  virtual void start(StartRequest request, Done<StartAnswer> done) = 0;
  // Looks, and makes the changes. invalid_request: more than a contact may have.
  virtual void contact(ContactRequest request, Done<ContactAnswer> done) = 0;
  // Of what the execution's operation started: it has ended, so that the execution looks at once. Nothing is lost when
  // this is.
  virtual void child_ended(core::ExecutionId execution, std::uint32_t operation, Done<bool> done) = 0;
};

class Service : public Others {
 public:
  virtual void deploy(std::string bundle, Done<DeployAnswer> done) = 0;
  virtual void bundles(Done<std::vector<BundleView>> done) = 0;
  // From the answer on, new executions of `flow` run on `bundle`. Those that began stay where they are.
  virtual void publish(std::string flow, std::string bundle, Done<PublishedFlow> done) = 0;
  virtual void unpublish(std::string flow, Done<PublishedFlow> done) = 0;
  virtual void published(Done<std::vector<PublishedFlow>> done) = 0;

  // One answer for each request, in order; each stands for itself. REQUIRES: at most limits::kBatchStartsMax (else
  // invalid_request).
  virtual void start_batch(std::vector<StartRequest> requests, Done<std::vector<Outcome<StartAnswer>>> done) = 0;
  virtual void signal(core::ExecutionId execution, std::string name, Done<SignalAnswer> done) = 0;
  // A provider may be answered 200 when `done` has a value: the receipt is on disk, or never will be of use.
  virtual void receipt(ReceiptReport report, Done<ReceiptVerdict> done) = 0;

  // Likewise. It goes to the youngest execution that waits for a reply and whose last message went to this sender on
  // this channel (the execution's own recipient must be the sender); without one, it starts the first published flow
  // that messages of the channel start and that takes it.
  virtual void inbound(InboundMessage message, Done<InboundVerdict> done) = 0;

  // Sees everything that was answered before the call.
  virtual void read(core::ExecutionId execution, Done<ExecutionView> done) = 0;
  virtual void list(ListQuery query, Done<ListPage> done) = 0;

  // Ends what runs for this recipient (E.164; failed, "erased") and forgets all of it. When it answers, nothing shows
  // the recipient any more; the disk is free of it when the log has been purged, soon after.
  virtual void erase_party(std::string e164, Done<EraseAnswer> done) = 0;
  virtual void shards(Done<std::vector<ShardView>> done) = 0;
  virtual void inspect(core::ExecutionId execution, Done<RawView> done) = 0;

  // A consistent enough picture for /metrics; cheap, never blocks for long.
  virtual std::vector<MetricSample> metrics() const = 0;
  // False from the moment the store failed or a shutdown began: for /readyz.
  virtual bool ready() const = 0;
};

}  // namespace flow::service
