#include "runtime/service/local_service.h"

#include <algorithm>
#include <future>
#include <iterator>
#include <thread>

#include "base/check.h"
#include "runtime/service/local.h"

namespace flow::service {

namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

// How long a shard that is given back waits for attempts under way.
constexpr auto kQuietMost = 2s;

}  // namespace

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
  auto shard = std::make_unique<Shard>(
      ShardParts{.slots = slots,
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
                 .contact = [this](ContactRequest request,
                                   Done<ContactAnswer> done) { whole_.contact(std::move(request), std::move(done)); },
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

Result<std::unique_ptr<LocalService>> LocalService::open(LocalParts parts, LocalOptions options) {
  auto service = std::make_unique<Local>(std::move(parts), std::move(options));
  if (Status begun = service->begin(); !begun) return std::unexpected(begun.error());
  return service;
}

}  // namespace flow::service
