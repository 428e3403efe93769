// The service on one node, as its parts see it: requests (local_requests.cpp), shards and running (local_service.cpp).
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/service/front.h"
#include "runtime/service/listing.h"
#include "runtime/service/local_service.h"
#include "runtime/service/shard.h"
#include "runtime/service/whole.h"

namespace flow::service {

inline Fault shutting_down() {
  return Fault{Problem::shutting_down, {ErrorCode::unavailable, "this flowd is shutting down; try again"}};
}

inline Fault not_owner(std::optional<std::uint8_t> slot = {}) {
  return Fault{Problem::not_owner,
               {ErrorCode::unavailable, "another node has this execution, or is about to; try again"},
               1000,
               slot};
}

// An executor and its shards. Its round may still be called when the service is gone.
struct Worker {
  core::Executor* executor = nullptr;
  std::unique_ptr<core::ThreadExecutor> own;
  std::vector<Shard*> shards;  // of the executor's thread
  bool detached = false;       // likewise
};

class Local final : public LocalService {
 public:
  Local(LocalParts parts, LocalOptions options)
      : parts_(std::move(parts)),
        options_(std::move(options)),
        retention_(rule_of({options_.retention_ms, options_.retention_by_flow, options_.idempotency_key_ms})),
        shard_metrics_(metrics_),
        refused_(metrics_.counter("flow_requests_refused_total", "Requests refused because too many were waiting")),
        gates_(parts_.transport, {.clock_rate = parts_.clock.rate(), .seed = 0, .metrics = &metrics_}),
        bundles_({.registry = parts_.storage.registry(),
                  .loader = parts_.loader,
                  .transport = parts_.transport,
                  .operations = parts_.operations,
                  .metrics = metrics_,
                  .clock = parts_.clock,
                  .seals = options_.seals,
                  .changed = [this] { wake_all(); },
                  .failed = [this](std::uint32_t bundle, const Error& error) { bundle_failed(bundle, error); }}),
        hash_key_(parts_.storage.registry().hash_key()) {}

  ~Local() override { stop(std::chrono::milliseconds(0)); }

  Status begin() {
    if (options_.threads && parts_.executors.empty()) {
      for (std::size_t i = 0; i < std::max<std::size_t>(options_.shards, 1); ++i) {
        auto own = std::make_unique<core::ThreadExecutor>();
        add_worker(own.get())->own = std::move(own);
      }
    } else {
      for (core::Executor* executor : parts_.executors) add_worker(executor);
    }
    if (!options_.threads) workers_.push_back(std::make_shared<Worker>());
    if (Status opened = bundles_.open(options_.threads); !opened) return opened;
    for (std::size_t i = 0; i < options_.shards; ++i) {
      const auto first = static_cast<std::uint8_t>(i * core::kSlots / options_.shards);
      const auto last = static_cast<std::uint8_t>((i + 1) * core::kSlots / options_.shards - 1);
      if (Status opened = open_shard({first, last}); !opened) return opened;
    }
    accepting_ = true;
    return {};
  }

  void deploy(std::string bundle, Done<DeployAnswer> done) override {
    if (bundle.size() > limits::kBundleBytesMax) {
      return done(std::unexpected(
          Fault{Problem::invalid_bundle,
                {ErrorCode::invalid_argument, fmt::format("a bundle has at most {} bytes", limits::kBundleBytesMax)}}));
    }
    if (takes(done)) bundles_.deploy(std::move(bundle), to_caller(std::move(done)));
  }
  void bundles(Done<std::vector<BundleView>> done) override {
    if (takes(done)) bundles_.list(to_caller(std::move(done)));
  }
  void publish(std::string flow, std::string bundle, Done<PublishedFlow> done) override {
    if (takes(done)) bundles_.publish(std::move(flow), std::move(bundle), to_caller(std::move(done)));
  }
  void unpublish(std::string flow, Done<PublishedFlow> done) override {
    if (takes(done)) bundles_.unpublish(std::move(flow), to_caller(std::move(done)));
  }
  void published(Done<std::vector<PublishedFlow>> done) override {
    if (takes(done)) bundles_.published(to_caller(std::move(done)));
  }

  void start(StartRequest request, Done<StartAnswer> done) override;
  void start_batch(std::vector<StartRequest> requests, Done<std::vector<Outcome<StartAnswer>>> done) override;
  void signal(core::ExecutionId execution, std::string name, Done<SignalAnswer> done) override {
    Mailbox* mailbox = admit(execution.slot(), done);
    if (mailbox == nullptr) return;
    push(*mailbox, SignalCommand{execution, std::move(name), to_caller(std::move(done), mailbox)});
  }
  void receipt(ReceiptReport report, Done<ReceiptVerdict> done) override {
    Mailbox* mailbox = admit(report.execution.slot(), done);
    if (mailbox == nullptr) return;
    push(*mailbox, ReceiptCommand{std::move(report), to_caller(std::move(done), mailbox)});
  }
  void child_ended(core::ExecutionId execution, std::uint32_t operation, Done<bool> done) override {
    if (!takes(done)) return;
    Mailbox* mailbox = routes_[execution.slot()].load(std::memory_order_acquire);
    if (mailbox == nullptr) return done(std::unexpected(not_owner(execution.slot())));
    Command command = Task([execution, operation](Shard* shard) { shard->child_ended(execution, operation); });
    const bool pushed = mailbox->push(std::move(command));
    done(pushed ? Outcome<bool>(true) : Outcome<bool>(std::unexpected(not_owner(execution.slot()))));
  }
  void inbound(InboundMessage message, Done<InboundVerdict> done) override {
    Mailbox* mailbox = admit(core::slot_of(message.sender), done);
    if (mailbox == nullptr) return;
    InboundCommand command;
    command.conversation = conversation_hash(hash_key_, message.channel, message.sender);
    command.party = party_hash(hash_key_, message.sender);
    command.key = message_hash(hash_key_, message.channel, message.message_id);
    command.message = std::move(message);
    command.done = to_caller(std::move(done), mailbox);
    push(*mailbox, std::move(command));
  }
  void contact(ContactRequest request, Done<ContactAnswer> done) override {
    Mailbox* mailbox = admit(core::slot_of(request.address), done);
    if (mailbox == nullptr) return;
    const std::uint64_t party = party_hash(hash_key_, request.address);
    push(*mailbox, ContactCommand{std::move(request), party, to_caller(std::move(done), mailbox)});
  }
  void inspect(core::ExecutionId execution, Done<RawView> done) override {
    Mailbox* mailbox = admit(execution.slot(), done);
    if (mailbox == nullptr) return;
    push(*mailbox, ReadCommand{execution, to_caller(std::move(done), mailbox)});
  }
  void read(core::ExecutionId execution, Done<ExecutionView> done) override {
    inspect(execution, [done = std::move(done)](Outcome<RawView> raw) mutable {
      if (raw) return done(std::move(raw->view));
      done(std::unexpected(std::move(raw.error())));
    });
  }
  void list(ListQuery query, Done<ListPage> done) override {
    if (!takes(done)) return;
    const std::uint64_t party = query.party.empty() ? 0 : party_hash(hash_key_, query.party);  // before it is moved
    run_listing({.lookups = parts_.storage.lookups(),
                 .directory = bundles_.directory(),
                 .mailboxes = open_mailboxes(),
                 .party = party},
                std::move(query), to_caller(std::move(done)));
  }
  void erase_party(std::string e164, Done<EraseAnswer> done) override;
  void shards(Done<std::vector<ShardView>> done) override;

  std::vector<MetricSample> metrics() const override;
  bool ready() const override { return accepting_.load(std::memory_order_acquire); }
  core::MetricSet& metric_set() override { return metrics_; }

  Status open_shard(store::SlotRange slots) override;
  Status close_shard(store::SlotRange slots) override;
  void set_retention(Retention retention) override;
  void asks_through(Others* others) override { whole_.replace(others); }
  void channels_changed() override;
  void stop(std::chrono::milliseconds most) override;
  void pump() override;
  std::int64_t next_ms() const override;

 private:
  struct Open {
    std::shared_ptr<Mailbox> mailbox;
    std::unique_ptr<Shard> shard;
    std::shared_ptr<Worker> worker;
    bool told = false;  // its failure
  };

  template <typename T>
  bool takes(Done<T>& done) {
    if (ready()) return true;
    done(std::unexpected(failed_ ? Fault{Problem::storage_failed, {ErrorCode::io_error, "the store failed"}}
                                 : shutting_down()));
    return false;
  }
  // The door of the slot's shard, with a place for one more request; null, and `done` was called: there is none.
  template <typename T>
  Mailbox* admit(std::uint8_t slot, Done<T>& done) {
    if (!takes(done)) return nullptr;
    Mailbox* mailbox = routes_[slot].load(std::memory_order_acquire);
    if (mailbox == nullptr) {
      done(std::unexpected(not_owner(slot)));
      return nullptr;
    }
    if (mailbox->reserve(1, limits::kCommandsQueuedMax)) return mailbox;
    refused_.add();
    done(std::unexpected(overloaded()));
    return nullptr;
  }
  static Fault overloaded() {
    return Fault{Problem::overloaded,
                 {ErrorCode::resource_exhausted, "too many requests are waiting; try again in a moment"},
                 1000};
  }
  template <typename C>
  void push(Mailbox& mailbox, C command) {
    Command whole(std::move(command));
    if (mailbox.push(std::move(whole))) return;
    // It closed between the look and the push.
    mailbox.release(1);
    std::get<C>(whole).done(std::unexpected(failed_ || !ready() ? shutting_down() : not_owner(mailbox.slots().first)));
  }

  // The executor that the caller is on; null: none.
  core::Executor* caller() const {
    for (const auto& worker : workers_) {
      if (worker->executor != nullptr && worker->executor->inside()) return worker->executor;
    }
    return nullptr;
  }
  // Has the answer come back to the caller's executor, unless it is given there anyway.
  template <typename T>
  Done<T> to_caller(Done<T> done, const Mailbox* mailbox = nullptr) const {
    core::Executor* to = caller();
    if (to == nullptr || (mailbox != nullptr && mailbox->executor() == to)) return done;
    return [to, done = std::move(done)](Outcome<T> outcome) mutable {
      to->post([done = std::move(done), outcome = std::move(outcome)]() mutable { done(std::move(outcome)); });
    };
  }

  std::shared_ptr<Worker> add_worker(core::Executor* executor);
  std::optional<std::chrono::nanoseconds> round(Worker& worker);
  void look_after(Shard& shard);
  template <typename F>
  void on_executor(Worker& worker, F f);
  void wake_all();
  void bundle_failed(std::uint32_t bundle, const Error& error);
  std::vector<std::shared_ptr<Mailbox>> open_mailboxes();
  void route(store::SlotRange slots, Mailbox* to);
  void wait_until_quiet(store::SlotRange slots);
  void give_up(Open open, const Fault& fault);
  std::optional<Open> take_open(store::SlotRange slots);

  static std::shared_ptr<const RetentionRule> rule_of(Retention retention);

  LocalParts parts_;
  LocalOptions options_;
  Snapshot<RetentionRule> retention_;
  core::MetricSet metrics_;
  ShardMetrics shard_metrics_;
  core::Metric& refused_;
  outbox::Gates gates_;
  Bundles bundles_;
  core::SipKey hash_key_;
  std::vector<std::shared_ptr<Worker>> workers_;
  std::array<std::atomic<Mailbox*>, core::kSlots> routes_{};
  Whole whole_{*this};
  std::mutex mutex_;  // of what follows
  std::vector<Open> open_;
  std::vector<std::shared_ptr<Mailbox>> mailboxes_;  // every one there was: routes_ may still be read
  std::size_t next_worker_ = 0;
  std::atomic<bool> accepting_{false};
  std::atomic<bool> failed_{false};
  bool stopped_ = false;
};

}  // namespace flow::service
