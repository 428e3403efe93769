// A shard: one thread that owns executions, and moves them. Everything that it does to the world goes through its
// step(): take commands, advance, ONE commit with events, new states and effects, then answer, then hand over.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/core/clock.h"
#include "runtime/core/metrics.h"
#include "runtime/core/program_loader.h"
#include "runtime/core/random.h"
#include "runtime/crypto/seal.h"
#include "runtime/outbox/schedule.h"
#include "runtime/program/frame.h"
#include "runtime/service/image.h"
#include "runtime/service/service.h"
#include "runtime/store/store.h"
#include "runtime/timers/deadlines.h"

namespace flow::service {

class Shard;
using Command = std::move_only_function<void(Shard&)>;

// What a shard works with. All of it outlives the shard.
struct ShardParts {
  const core::Clock& clock;
  core::Random& random;
  store::Store& store;  // its writer side
  outbox::Transport& transport;
  core::MetricSet& metrics;
  const crypto::Keyring* keys;  // null: nothing is sealed, flows with secrets are refused
  program::RegionLookup region_of;
  std::size_t executions_max;  // running at a time
  // Whom it asks, without waiting. Any of them may answer within the call.
  std::function<void(core::ExecutionId)> fetch_row;       // answered by row_arrived()
  std::function<void(std::string version)> fetch_bundle;  // answered by bundle_arrived()
  std::function<void(Command)> post;                      // from any thread to the shard's
};

class Shard {
 public:
  explicit Shard(ShardParts parts);
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // Goes on where the store stands. Before anything else.
  Status recover();

  // ---- Commands: each answers after the commit of the step that runs it.
  void deploy(core::LoadedBundle loaded, std::string bytes, Done<DeployAnswer> done);
  void bundles(Done<std::vector<BundleView>> done);
  void publish(std::string flow, std::string version, Done<PublishedFlow> done);
  void unpublish(std::string flow, Done<PublishedFlow> done);
  void published(Done<std::vector<PublishedFlow>> done);
  void start(StartRequest request, Done<StartAnswer> done);
  void signal(core::ExecutionId id, std::string name, Done<SignalAnswer> done);
  void receipt(ReceiptReport report, Done<ReceiptVerdict> done);
  void row_arrived(core::ExecutionId id, Result<std::optional<store::ExecutionRow>> row);
  void bundle_arrived(const std::string& version, Result<core::LoadedBundle> loaded);

  // Runs the commands that fit into one commit (they are taken off `commands`), due timers and due attempts.
  // Afterwards everything that was answered is on disk.
  void step(std::deque<Command>& commands);
  // When step() has something to do without a command; program::kNever: not before one comes.
  std::int64_t next_ms() const;
  // From here on every command, waiting ones included, is answered with `fault`, and nothing is changed.
  void close(Fault fault);
  // As if the store's writer had failed.
  void fail_store(const Error& error);
  // Why the shard closed itself: the store failed.
  const std::optional<Error>& failure() const { return failure_; }
  std::size_t in_flight() const { return schedule_.in_flight(); }

 private:
  struct Bundle {
    BundleView view;
    std::optional<core::LoadedBundle> loaded;
    bool loading = false;
    std::optional<Fault> failure;            // of the load that just ended, while the waiting are told
    std::vector<core::ExecutionId> waiting;  // executions
    std::vector<Command> commands;           // starts
    std::int64_t used_at_ms = 0;
  };
  struct Execution {
    core::ExecutionId id;
    std::uint32_t key = 0;  // in deadlines_ and by_key_
    std::uint32_t revision = 0;
    Bundle* bundle = nullptr;
    ExecutionSummary summary;
    Image image;
    std::uint64_t sequence = 0;  // of the batch that holds its last revision
  };
  struct KnownKey {
    StartAnswer answer;
    std::string fingerprint;
    std::uint64_t sequence = 0;
  };
  // How long something waits that could not be done because a bundle could not be loaded.
  static constexpr std::int64_t kAgainAfterFaultMs = 60'000;
  // Null execution and no fault: there is none of that id.
  using Then = std::move_only_function<void(Execution*, const Fault*)>;
  using Ack = std::move_only_function<void(const Fault*)>;

  // shard.cpp
  void commit();
  void acknowledge(const Fault* fault);
  void settle(std::uint64_t sequence);
  void forget_settled();
  void unload_idle_bundles();
  std::int64_t now();
  template <typename T>
  void answer(Done<T> done, Outcome<T> value) {
    acks_.push_back([done = std::move(done), value = std::move(value)](const Fault* fault) mutable {
      done(fault != nullptr ? Outcome<T>(std::unexpected(*fault)) : std::move(value));
    });
  }
  Status recover_execution(const store::ExecutionRow& row);

  // shard_executions.cpp
  Execution* find(const core::ExecutionId& id);
  Execution& insert(std::unique_ptr<Execution> execution);
  void erase(Execution& execution);
  Result<std::unique_ptr<Execution>> from_row(const store::ExecutionRow& row);
  void with_execution(const core::ExecutionId& id, Then then);
  void run_waiting(const core::ExecutionId& id, const Fault* fault);
  bool load_frame(Execution& execution);
  const program::Program* program_of(const Execution& execution) const;
  bool move(Execution& execution, const program::FlowEvent& event, TimelineEntry cause);
  void carry_out(Execution& execution, const program::Effect& effect, std::vector<TimelineEntry>& entries);
  void add_send(Execution& execution, const program::Effect& effect);
  void record(Execution& execution, std::vector<TimelineEntry> entries);
  void fire(Execution& execution);
  void fire_due();
  void internal_error(const Execution& execution, std::string_view what);

  // shard_flows.cpp
  Bundle* find_bundle(std::string_view version);
  void request_bundle(Bundle& bundle);
  void with_bundle(Bundle& bundle, Command then);
  void run_waiting(Bundle& bundle);

  // shard_starts.cpp
  Outcome<std::optional<StartAnswer>> find_key(const StartRequest& request, const std::string& fingerprint);
  void begin(Bundle& bundle, const StartRequest& request, const std::string& fingerprint, Done<StartAnswer> done);

  // shard_sends.cpp
  Pending* find_pending(Execution& execution, std::uint32_t message);
  void drop_pending(Execution& execution, std::uint32_t message);
  void begin_attempts();
  bool begin_attempt(const outbox::Turn& turn);
  void hand_over(outbox::SendRequest send);
  void attempt_ended(outbox::Name name, std::string channel, outbox::SendResult result);
  void attempt_ended(Execution& execution, std::uint32_t message, const std::string& channel,
                     const outbox::SendResult& result);
  void accepted(Execution& execution, std::uint32_t message, const std::string& channel,
                const outbox::SendResult& result);
  void retry_or_give_up(Execution& execution, Pending& pending, const outbox::SendResult& result);
  void not_sent(Execution& execution, std::uint32_t message, const std::string& channel, std::string reason,
                bool tell_flow);
  void resume(Execution& execution);

  ShardParts parts_;
  program::Frame frame_;
  std::map<std::string, std::unique_ptr<Bundle>, std::less<>> bundles_;
  std::map<std::string, PublishedFlow, std::less<>> published_;
  std::unordered_map<core::ExecutionId, std::unique_ptr<Execution>> executions_;
  std::vector<Execution*> by_key_;
  std::vector<std::uint32_t> free_keys_;
  std::unordered_map<core::ExecutionId, std::vector<Then>> waiting_;
  timers::Deadlines deadlines_;
  outbox::Schedule schedule_;
  core::Metric& running_executions_;
  core::Metric& waiting_sends_;
  core::Metric& flying_sends_;
  std::unordered_map<std::string, KnownKey> keys_;  // not yet in the tables for good
  std::deque<std::pair<std::uint64_t, std::string>> keys_by_sequence_;
  std::deque<std::pair<std::uint64_t, core::ExecutionId>> ended_;  // kept until the tables have them
  std::size_t running_ = 0;
  std::int64_t last_now_ms_ = 0;
  std::int64_t unload_at_ms_ = 0;

  // Of the step in progress.
  std::vector<store::Record> records_;
  std::size_t record_bytes_ = 0;
  std::vector<core::ExecutionId> touched_;
  std::vector<std::string> new_keys_;
  std::vector<Ack> acks_;
  std::vector<outbox::SendRequest> handing_over_;

  std::optional<Fault> closed_;
  std::optional<Error> failure_;
};

}  // namespace flow::service
