#include "runtime/service/local_service.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <iterator>
#include <thread>

#include "base/check.h"
#include "runtime/core/log.h"
#include "runtime/service/front.h"
#include "runtime/service/listing.h"
#include "runtime/service/shard.h"
#include "runtime/service/whole.h"

namespace flow::service {

namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

// How long a shard that is given back waits for attempts under way.
constexpr auto kQuietMost = 2s;

Fault shutting_down() {
  return Fault{Problem::shutting_down, {ErrorCode::unavailable, "this flowd is shutting down; try again"}};
}

Fault not_owner(std::optional<std::uint8_t> slot = {}) {
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

  ~Local() override { stop(0ms); }

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
  void route_contacts(ContactRoute route) override {
    contact_route_.replace(std::make_shared<const ContactRoute>(std::move(route)));
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
  void starts_through(Service* service) override { whole_.replace(service); }
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
  Snapshot<ContactRoute> contact_route_{std::make_shared<const ContactRoute>()};
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

// ---- Requests

void Local::start(StartRequest request, Done<StartAnswer> done) {
  if (!takes(done)) return;
  const auto refuse = [&](Fault why) {
    metrics_
        .counter("flow_starts_refused_total", "Starts that were refused",
                 {{"problem", std::string(to_string(why.problem))}})
        .add();
    done(std::unexpected(std::move(why)));
  };
  if (!request.child) {
    if (auto why = check_start(request)) return refuse(*std::move(why));
  }
  const auto directory = bundles_.directory();
  const KnownBundle* bundle =
      request.child ? directory->bundle(request.child->bundle) : directory->published_bundle(request.flow);
  if (bundle == nullptr && request.child) {
    return refuse({Problem::overloaded, {ErrorCode::unavailable, "the caller's bundle is not known here yet"}, 1000});
  }
  if (bundle == nullptr) {
    const bool known = directory->published.contains(request.flow);
    return refuse({known ? Problem::not_published : Problem::unknown_flow,
                   {known ? ErrorCode::failed_precondition : ErrorCode::not_found,
                    known ? fmt::format("flow `{}` is not published", request.flow)
                          : fmt::format("no flow `{}` was ever published", request.flow)}});
  }
  const auto number = directory->flow_numbers.find(request.flow);
  const FlowCode* code = number == directory->flow_numbers.end() ? nullptr : bundle->find(number->second);
  if (code == nullptr) {
    if (bundle->loaded()) {
      return refuse(
          {Problem::internal,
           {ErrorCode::internal, fmt::format("bundle {} lost flow `{}`", bundle->view.version, request.flow)}});
    }
    auto kept = std::make_shared<Done<StartAnswer>>(to_caller(std::move(done)));
    Bundles::Loaded then = [this, request = std::move(request), kept](const Status& loaded) mutable {
      if (!loaded) return (*kept)(std::unexpected(bundle_fault(loaded.error())));
      start(std::move(request), std::move(*kept));
    };
    if (!bundles_.when_loaded(bundle->number, then)) (*kept)(std::unexpected(shutting_down()));
    return;
  }
  Outcome<ReadStart> read = read_start(request, *code, hash_key_);
  if (!read) return refuse(std::move(read.error()));
  if (read->any_slot) {
    // One that is open here, if there is any.
    read->command.slot = static_cast<std::uint8_t>(parts_.random.below(core::kSlots));
    for (int i = 0; i < core::kSlots && routes_[read->command.slot].load(std::memory_order_acquire) == nullptr; ++i) {
      ++read->command.slot;
    }
  }
  Mailbox* mailbox = admit(read->command.slot, done);
  if (mailbox == nullptr) return;
  read->command.done = to_caller(std::move(done), mailbox);
  push(*mailbox, std::move(read->command));
}

void Local::start_batch(std::vector<StartRequest> requests, Done<std::vector<Outcome<StartAnswer>>> done) {
  if (requests.size() > limits::kBatchStartsMax) {
    return done(
        std::unexpected(Fault{Problem::invalid_request,
                              {ErrorCode::invalid_argument, fmt::format("a batch has at most {} starts, this one {}",
                                                                        limits::kBatchStartsMax, requests.size())}}));
  }
  if (!takes(done)) return;
  struct Gather {
    std::vector<Outcome<StartAnswer>> answers;
    std::atomic<std::size_t> missing;
    Done<std::vector<Outcome<StartAnswer>>> done;
  };
  if (requests.empty()) return done(std::vector<Outcome<StartAnswer>>{});
  const std::size_t count = requests.size();
  auto gather = std::make_shared<Gather>(std::vector<Outcome<StartAnswer>>(count), count, to_caller(std::move(done)));
  for (std::size_t i = 0; i < count; ++i) {
    start(std::move(requests[i]), [gather, i](Outcome<StartAnswer> answer) {
      gather->answers[i] = std::move(answer);
      if (gather->missing.fetch_sub(1, std::memory_order_acq_rel) == 1) gather->done(std::move(gather->answers));
    });
  }
}

void Local::erase_party(std::string e164, Done<EraseAnswer> done) {
  if (!takes(done)) return;
  Mailbox* mailbox = routes_[core::slot_of(e164)].load(std::memory_order_acquire);
  if (mailbox == nullptr) return done(std::unexpected(not_owner(core::slot_of(e164))));
  const std::uint64_t party = party_hash(hash_key_, e164);
  auto kept = std::make_shared<Done<EraseAnswer>>(to_caller(std::move(done), mailbox));
  Command command = Task([party, kept](Shard* shard) { shard->erase_party(party, std::move(*kept)); });
  if (!mailbox->push(std::move(command))) (*kept)(std::unexpected(not_owner()));
}

void Local::shards(Done<std::vector<ShardView>> done) {
  if (!takes(done)) return;
  struct Gather {
    std::mutex mutex;
    std::vector<ShardView> views;
    std::size_t missing = 0;
    Done<std::vector<ShardView>> done;
    void arrived(const Outcome<ShardView>* view) {
      std::unique_lock lock(mutex);
      if (view != nullptr && *view) views.push_back(**view);
      if (--missing > 0) return;
      lock.unlock();
      std::ranges::sort(views, {}, &ShardView::first_slot);
      done(std::move(views));
    }
  };
  const auto mailboxes = open_mailboxes();
  auto gather = std::make_shared<Gather>();
  gather->missing = mailboxes.size() + 1;
  gather->done = to_caller(std::move(done));
  for (const auto& mailbox : mailboxes) {
    Command command = Task(
        [gather](Shard* shard) { shard->view([gather](const Outcome<ShardView>& view) { gather->arrived(&view); }); });
    if (!mailbox->push(std::move(command))) gather->arrived(nullptr);
  }
  gather->arrived(nullptr);
}

std::vector<MetricSample> Local::metrics() const {
  std::vector<MetricSample> samples = metrics_.samples();
  const store::StorageSizes sizes = parts_.storage.sizes();
  const auto add = [&](const char* name, const char* help, MetricKind kind, double value) {
    samples.push_back({name, help, kind, {}, value, {}});
  };
  add("flow_journal_bytes", "Size of the log's files", MetricKind::gauge, static_cast<double>(sizes.log_bytes));
  add("flow_lookup_bytes", "Size of the look-up tables' files", MetricKind::gauge,
      static_cast<double>(sizes.lookup_bytes));
  add("flow_lookup_executions_behind", "Executions that have ended and are not in the look-up tables yet",
      MetricKind::gauge, static_cast<double>(sizes.executions_behind));
  add("flow_store_commits_total", "Times that the store waited for its disk or database", MetricKind::counter,
      static_cast<double>(sizes.commits));
  add("flow_store_commit_seconds_total", "Time spent so", MetricKind::counter, sizes.commit_seconds);
  add("flow_low_space", "1: too little space is left, nothing new is begun", MetricKind::gauge,
      sizes.low_space ? 1 : 0);
  std::size_t waiting = 0;
  for (std::size_t slot = 0; slot < routes_.size();) {
    const Mailbox* mailbox = routes_[slot].load(std::memory_order_acquire);
    if (mailbox != nullptr) waiting += mailbox->owed();
    slot = mailbox != nullptr ? std::size_t{mailbox->slots().last} + 1 : slot + 1;
  }
  add("flow_requests_waiting", "Requests that are not answered yet", MetricKind::gauge, static_cast<double>(waiting));
  add("flow_ready", "1: requests are taken", MetricKind::gauge, ready() ? 1 : 0);
  std::ranges::move(parts_.loader.metrics(), std::back_inserter(samples));
  return samples;
}

// ---- Shards

std::shared_ptr<Worker> Local::add_worker(core::Executor* executor) {
  auto worker = std::make_shared<Worker>();
  worker->executor = executor;
  workers_.push_back(worker);
  executor->on_round([this, worker]() -> std::optional<std::chrono::nanoseconds> {
    return worker->detached ? std::nullopt : round(*worker);
  });
  return worker;
}

std::optional<std::chrono::nanoseconds> Local::round(Worker& worker) {
  std::int64_t next = program::kNever;
  bool busy = false;
  for (Shard* shard : worker.shards) {
    shard->step();
    look_after(*shard);
    busy = busy || shard->busy();
    next = std::min(next, shard->next_ms());
  }
  if (busy) return 0ns;
  if (next == program::kNever) return std::nullopt;
  const double left_ms = static_cast<double>(next - parts_.clock.now_ms()) / parts_.clock.rate();
  return left_ms <= 0 ? 0ns : std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(left_ms, 1e6) * 1e6) + 1);
}

void Local::look_after(Shard& shard) {
  if (!shard.failure()) return;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(open_, &shard, [](const Open& open) { return open.shard.get(); });
    if (found == open_.end() || found->told) return;
    found->told = true;
  }
  route(shard.slots(), nullptr);
  if (shard.failure()->lost) {
    if (options_.on_lost) options_.on_lost(shard.slots());
    return;
  }
  accepting_ = false;
  if (!failed_.exchange(true) && options_.on_failure) options_.on_failure(shard.failure()->error);
}

void Local::route(store::SlotRange slots, Mailbox* to) {
  for (int slot = slots.first; slot <= slots.last; ++slot) {
    routes_[static_cast<std::size_t>(slot)].store(to, std::memory_order_release);
  }
}

void Local::wake_all() {
  for (const auto& mailbox : open_mailboxes()) mailbox->wake();
}

void Local::bundle_failed(std::uint32_t bundle, const Error& error) {
  for (const auto& mailbox : open_mailboxes()) {
    mailbox->push(Task([bundle, error](Shard* shard) { shard->bundle_failed(bundle, error); }));
  }
}

std::vector<std::shared_ptr<Mailbox>> Local::open_mailboxes() {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Mailbox>> all;
  for (const Open& open : open_) {
    if (!open.told) all.push_back(open.mailbox);
  }
  return all;
}

// Runs it on the worker's thread and waits.
template <typename F>
void Local::on_executor(Worker& worker, F f) {
  if (worker.executor == nullptr) return f();
  FLOW_CHECK(!worker.executor->inside(), "an executor cannot wait for itself");
  std::promise<void> done;
  worker.executor->post([&] {
    f();
    done.set_value();
  });
  done.get_future().wait();
}

std::optional<Local::Open> Local::take_open(store::SlotRange slots) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(open_, slots, [](const Open& open) { return open.mailbox->slots(); });
  if (found == open_.end()) return std::nullopt;
  Open taken = std::move(*found);
  open_.erase(found);
  return taken;
}

Status Local::open_shard(store::SlotRange slots) {
  if (std::optional<Open> lost = take_open(slots)) give_up(*std::move(lost), not_owner());
  std::shared_ptr<Worker> worker;
  {
    const std::lock_guard lock(mutex_);
    worker = workers_[next_worker_++ % workers_.size()];
  }
  auto mailbox = std::make_shared<Mailbox>(slots, worker->executor);
  auto shard = std::make_unique<Shard>(ShardParts{
      .slots = slots,
      .clock = parts_.clock,
      .random = parts_.random,
      .storage = parts_.storage,
      .transport = parts_.transport,
      .gates = gates_,
      .bundles = bundles_,
      .metrics = metrics_,
      .shard_metrics = shard_metrics_,
      .region_of = parts_.region_of,
      .hash_key = hash_key_,
      .executions_max = options_.executions_max / std::max<std::size_t>(options_.shards, 1),
      .retention = retention_,
      .mailbox = mailbox,
      .operations = parts_.operations,
      .contact =
          [this](ContactRequest request, Done<ContactAnswer> done) {
            const auto route = contact_route_.take();
            *route ? (*route)(std::move(request), std::move(done)) : contact(std::move(request), std::move(done));
          },
      .start_other = [this](StartRequest request,
                            Done<StartAnswer> done) { whole_.start(std::move(request), std::move(done)); },
      .tell_caller = [this](core::ExecutionId caller,
                            std::uint32_t operation) { whole_.child_ended(caller, operation); }});
  auto log = parts_.storage.open_shard(slots, [mailbox] { mailbox->wake(); });
  if (!log) return std::unexpected(log.error());
  if (Status loaded = shard->load(*std::move(log)); !loaded) return loaded;
  Shard* running = shard.get();
  {
    const std::lock_guard lock(mutex_);
    mailboxes_.push_back(mailbox);
    open_.push_back({mailbox, std::move(shard), worker});
  }
  on_executor(*worker, [&] { worker->shards.push_back(running); });
  route(slots, mailbox.get());
  return {};
}

Status Local::close_shard(store::SlotRange slots) {
  route(slots, nullptr);
  wait_until_quiet(slots);
  std::optional<Open> open = take_open(slots);
  if (!open) return fail(ErrorCode::not_found, "no shard of slots {} to {} is open", slots.first, slots.last);
  give_up(*std::move(open), not_owner());
  return {};
}

// What was asked before is answered, and attempts that are under way end, so that whoever is next repeats nothing; but
// nobody is waited for long.
void Local::wait_until_quiet(store::SlotRange slots) {
  const auto until = Steady::now() + kQuietMost;
  while (Steady::now() < until) {
    std::shared_ptr<Worker> worker;
    const Shard* shard = nullptr;
    std::shared_ptr<Mailbox> mailbox;
    {
      const std::lock_guard lock(mutex_);
      const auto found = std::ranges::find(open_, slots, [](const Open& open) { return open.mailbox->slots(); });
      if (found == open_.end() || found->told || !options_.threads) return;
      worker = found->worker;
      shard = found->shard.get();
      mailbox = found->mailbox;
    }
    bool quiet = true;
    on_executor(*worker, [&] {
      if (std::ranges::find(worker->shards, shard) == worker->shards.end() || shard->failure()) return;
      quiet = mailbox->owed() == 0 && shard->in_flight() == 0;
    });
    if (quiet) return;
    std::this_thread::sleep_for(2ms);
  }
}

void Local::give_up(Open open, const Fault& fault) {
  on_executor(*open.worker, [&] {
    open.shard->close(fault);
    std::erase(open.worker->shards, open.shard.get());
  });
  open.shard->release_log();
}

// ---- Running

void Local::pump() {
  Worker& worker = *workers_.front();
  const std::int64_t now = parts_.clock.now_ms();
  for (bool more = true; more;) {
    more = false;
    for (Shard* shard : std::vector<Shard*>(worker.shards)) {
      shard->step();
      look_after(*shard);
      more = more || shard->busy() || shard->next_ms() <= now;
    }
    more = parts_.storage.pump() || more || !bundles_.idle();
    more = bundles_.pump() || more;
    // Shards answer each other.
    more = more || std::ranges::any_of(worker.shards, [](const Shard* shard) { return shard->busy(); });
  }
}

// Whatever else is asked for, a key is known as long as was promised.
std::shared_ptr<const RetentionRule> Local::rule_of(Retention retention) {
  auto rule = std::make_shared<RetentionRule>();
  rule->usual_ms = std::max(retention.usual_ms, retention.idempotency_key_ms);
  rule->by_flow = std::move(retention.by_flow);
  for (auto& [flow, ms] : rule->by_flow) ms = std::max(ms, retention.idempotency_key_ms);
  return rule;
}

void Local::set_retention(Retention retention) {
  retention_.replace(rule_of(std::move(retention)));
}

void Local::channels_changed() {
  gates_.refresh();
  wake_all();
}

std::int64_t Local::next_ms() const {
  std::int64_t next = program::kNever;
  for (const Shard* shard : workers_.front()->shards) next = std::min(next, shard->next_due_ms());
  return next;
}

void Local::stop(std::chrono::milliseconds most) {
  if (stopped_) return;
  stopped_ = true;
  const bool was_accepting = accepting_.exchange(false);
  if (!options_.threads) {
    if (was_accepting) pump();
  } else {
    const auto until = Steady::now() + most;
    const auto owed = [this] {
      for (const auto& mailbox : open_mailboxes()) {
        if (mailbox->owed() > 0) return true;
      }
      return metrics_.value("flow_sends_in_flight") > 0 || metrics_.value("flow_operations_in_flight") > 0;
    };
    while (Steady::now() < until && !failed_ && owed()) std::this_thread::sleep_for(2ms);
  }
  bundles_.stop();
  std::vector<Open> open;
  {
    const std::lock_guard lock(mutex_);
    open.swap(open_);
  }
  for (Open& each : open) {
    route(each.mailbox->slots(), nullptr);
    give_up(std::move(each), shutting_down());
  }
  for (const auto& worker : workers_) {
    if (worker->executor == nullptr) continue;
    on_executor(*worker, [&] { worker->detached = true; });
    worker->own.reset();
  }
}

}  // namespace

Result<std::unique_ptr<LocalService>> LocalService::open(LocalParts parts, LocalOptions options) {
  auto service = std::make_unique<Local>(std::move(parts), std::move(options));
  if (Status begun = service->begin(); !begun) return std::unexpected(begun.error());
  return service;
}

}  // namespace flow::service
