#include "runtime/service/local_service.h"

#include <atomic>
#include <charconv>
#include <thread>

#include "base/limits.h"
#include "runtime/core/log.h"
#include "runtime/service/work_queue.h"

namespace flow::service {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Job = std::move_only_function<void()>;

constexpr auto kTablesCommitEvery = 200ms;
constexpr auto kForgetEvery = 60s;
constexpr std::size_t kForgetAtOnce = 1000;       // executions
constexpr std::uint64_t kBatchesBehindMax = 512;  // then the shard waits for the tables

Fault shutting_down() {
  return Fault{Problem::shutting_down, {ErrorCode::unavailable, "this flowd is shutting down; try again"}};
}

Fault overloaded() {
  return Fault{Problem::overloaded,
               {ErrorCode::resource_exhausted, "too many requests are waiting; try again in a moment"}};
}

Fault storage_fault(const Error& error) {
  return Fault{Problem::storage_failed, error};
}

Outcome<ExecutionSummary> summary_of(const store::ExecutionRow& row) {
  Result<ExecutionSummary> summary = decode_summary(row.summary);
  if (!summary) return std::unexpected(storage_fault(summary.error()));
  summary->execution = row.id;
  summary->flow = row.flow;
  summary->bundle = row.bundle;
  summary->changed_at_ms = row.changed_at_ms;
  if (row.ended_at_ms != 0) summary->ended_at_ms = row.ended_at_ms;
  return *std::move(summary);
}

std::string cursor_of(std::uint64_t number) {
  return fmt::format("b{}", number);
}

std::optional<std::uint64_t> parse_cursor(std::string_view cursor) {
  if (!cursor.starts_with('b')) return std::nullopt;
  std::uint64_t number = 0;
  const char* end = cursor.data() + cursor.size();
  const auto [at, error] = std::from_chars(cursor.data() + 1, end, number);
  return error == std::errc{} && at == end ? std::optional(number) : std::nullopt;
}

// What is called once in any case: with its outcome, or, when whoever had it let it go, with a shutdown.
template <typename T>
class Owed {
 public:
  Owed(Done<T> done, std::shared_ptr<WorkQueue<Command>> queue) : done_(std::move(done)), queue_(std::move(queue)) {}
  Owed(Owed&& other) noexcept : done_(std::exchange(other.done_, std::nullopt)), queue_(std::move(other.queue_)) {}
  Owed& operator=(Owed&&) = delete;
  ~Owed() {
    if (done_) (*this)(std::unexpected(shutting_down()));
  }

  void operator()(Outcome<T> outcome) {
    Done<T> done = *std::exchange(done_, std::nullopt);
    done(std::move(outcome));
    queue_->release(1);
  }

 private:
  std::optional<Done<T>> done_;
  std::shared_ptr<WorkQueue<Command>> queue_;
};

class Local final : public LocalService {
 public:
  Local(LocalParts parts, LocalOptions options)
      : parts_(std::move(parts)),
        options_(std::move(options)),
        commands_(std::make_shared<WorkQueue<Command>>()),
        shard_(ShardParts{
            .clock = parts_.clock,
            .random = parts_.random,
            .store = *parts_.store,
            .transport = parts_.transport,
            .metrics = metrics_,
            .keys = parts_.keys,
            .region_of = parts_.region_of,
            .executions_max = options_.executions_max,
            .fetch_row = [this](core::ExecutionId id) { fetch_row(id); },
            .fetch_bundle = [this](std::string version) { fetch_bundle(std::move(version)); },
            // Outlives the service: an attempt may end after it.
            .post = [queue = commands_](Command command) { queue->push(std::move(command)); },
        }) {}

  ~Local() override { stop(0ms); }

  Status begin() {
    if (Status recovered = shard_.recover(); !recovered) return recovered;
    accepting_ = true;
    if (!options_.threads) return {};
    shard_thread_ = std::thread([this] { run_shard(); });
    librarian_thread_ = std::thread([this] { run_librarian(); });
    loader_thread_ = std::thread([this] { run_loader(); });
    return {};
  }

  void deploy(std::string bundle, Done<DeployAnswer> done) override {
    if (bundle.size() > limits::kBundleBytesMax) {
      return done(std::unexpected(
          Fault{Problem::invalid_bundle,
                {ErrorCode::invalid_argument, fmt::format("a bundle has at most {} bytes", limits::kBundleBytesMax)}}));
    }
    if (!admit(done)) return;
    loads_.push([this, bundle = std::move(bundle), done = guarded(std::move(done))]() mutable {
      load_and_deploy(std::move(bundle), std::move(done));
    });
  }
  void bundles(Done<std::vector<BundleView>> done) override {
    command(std::move(done), [](Shard& shard, auto answer) { shard.bundles(std::move(answer)); });
  }
  void publish(std::string flow, std::string bundle, Done<PublishedFlow> done) override {
    command(std::move(done), [flow = std::move(flow), bundle = std::move(bundle)](Shard& shard, auto answer) {
      shard.publish(flow, bundle, std::move(answer));
    });
  }
  void unpublish(std::string flow, Done<PublishedFlow> done) override {
    command(std::move(done),
            [flow = std::move(flow)](Shard& shard, auto answer) { shard.unpublish(flow, std::move(answer)); });
  }
  void published(Done<std::vector<PublishedFlow>> done) override {
    command(std::move(done), [](Shard& shard, auto answer) { shard.published(std::move(answer)); });
  }
  void start(StartRequest request, Done<StartAnswer> done) override {
    command(std::move(done), [request = std::move(request)](Shard& shard, auto answer) mutable {
      shard.start(std::move(request), std::move(answer));
    });
  }
  void start_batch(std::vector<StartRequest> requests, Done<std::vector<Outcome<StartAnswer>>> done) override;
  void signal(core::ExecutionId execution, std::string name, Done<SignalAnswer> done) override {
    command(std::move(done), [execution, name = std::move(name)](Shard& shard, auto answer) mutable {
      shard.signal(execution, std::move(name), std::move(answer));
    });
  }
  void receipt(ReceiptReport report, Done<ReceiptVerdict> done) override {
    command(std::move(done), [report = std::move(report)](Shard& shard, auto answer) mutable {
      shard.receipt(std::move(report), std::move(answer));
    });
  }
  void read(core::ExecutionId execution, Done<ExecutionView> done) override {
    if (!admit(done)) return;
    jobs_.push([this, execution, done = guarded(std::move(done))]() mutable { done(read_now(execution)); });
  }
  void list(ListQuery query, Done<ListPage> done) override {
    if (!admit(done)) return;
    jobs_.push([this, query = std::move(query), done = guarded(std::move(done))]() mutable { done(list_now(query)); });
  }

  std::vector<MetricSample> metrics() const override {
    std::vector<MetricSample> samples = metrics_.samples();
    const store::StoreSizes sizes = parts_.store->sizes();
    const auto gauge = [&](const char* name, const char* help, double value) {
      samples.push_back({name, help, MetricKind::gauge, {}, value});
    };
    gauge("flow_journal_bytes", "Size of the journal's files", static_cast<double>(sizes.journal_bytes));
    gauge("flow_lookup_bytes", "Size of the look-up tables' files", static_cast<double>(sizes.lookup_bytes));
    gauge("flow_lookup_batches_behind", "Commits that the look-up tables lack",
          static_cast<double>(sizes.batches_behind));
    gauge("flow_requests_waiting", "Requests that are not answered yet", static_cast<double>(commands_->reserved()));
    gauge("flow_ready", "1: requests are taken", ready() ? 1 : 0);
    return samples;
  }
  bool ready() const override { return accepting_.load(std::memory_order_acquire); }
  core::MetricSet& metric_set() override { return metrics_; }

  void stop(std::chrono::milliseconds most) override;
  void pump() override;

 private:
  // A place for one more request, or the answer that there is none.
  template <typename T>
  bool admit(Done<T>& done) {
    if (!ready()) {
      done(std::unexpected(failed_ ? storage_fault({ErrorCode::io_error, "the store failed"}) : shutting_down()));
      return false;
    }
    if (commands_->reserve(1, limits::kCommandsQueuedMax)) return true;
    metrics_.counter("flow_requests_refused_total", "Requests refused because too many were waiting").add();
    done(std::unexpected(overloaded()));
    return false;
  }
  // Gives the place back with the answer.
  // An answer that is owed: one that a queue dropped because it had just closed is given when it goes.
  template <typename T>
  Done<T> guarded(Done<T> done) {
    return Owed<T>(std::move(done), commands_);
  }
  template <typename T, typename Run>
  void command(Done<T> done, Run run) {
    if (!admit(done)) return;
    commands_->push(
        [run = std::move(run), done = guarded(std::move(done))](Shard& shard) mutable { run(shard, std::move(done)); });
  }

  void load_and_deploy(std::string bytes, Done<DeployAnswer> done);
  std::optional<Fault> undeployable(const core::LoadedBundle& loaded) const;
  void fetch_row(core::ExecutionId id);
  void fetch_bundle(std::string version);
  Outcome<ExecutionView> read_now(core::ExecutionId execution);
  Outcome<ListPage> list_now(const ListQuery& query);

  void run_shard();
  void step_shard();
  void wait_for_tables();
  void run_librarian();
  void keep_tables(bool commit);
  void run_loader();
  static void run_all(WorkQueue<Job>& queue) {
    for (Job& job : queue.take()) job();
  }

  LocalParts parts_;
  LocalOptions options_;
  core::MetricSet metrics_;
  std::shared_ptr<WorkQueue<Command>> commands_;
  WorkQueue<Job> jobs_;   // the librarian's
  WorkQueue<Job> loads_;  // the loader's
  Shard shard_;
  std::deque<Command> taken_;  // the shard's
  std::atomic<bool> accepting_{false};
  std::atomic<bool> failed_{false};         // the shard has closed itself
  std::atomic<bool> tables_failed_{false};  // the librarian gave up
  std::atomic<std::size_t> in_flight_{0};
  Clock::time_point tables_committed_at_{};
  Clock::time_point forgotten_at_{};
  std::thread shard_thread_;
  std::thread librarian_thread_;
  std::thread loader_thread_;
  bool stopped_ = false;
};

// ---- Requests

void Local::start_batch(std::vector<StartRequest> requests, Done<std::vector<Outcome<StartAnswer>>> done) {
  if (requests.size() > limits::kBatchStartsMax) {
    return done(
        std::unexpected(Fault{Problem::invalid_request,
                              {ErrorCode::invalid_argument, fmt::format("a batch has at most {} starts, this one {}",
                                                                        limits::kBatchStartsMax, requests.size())}}));
  }
  struct Gather {
    std::vector<Outcome<StartAnswer>> answers;
    std::size_t missing;
    Done<std::vector<Outcome<StartAnswer>>> done;
  };
  const std::size_t count = requests.size();
  if (count == 0) return done(std::vector<Outcome<StartAnswer>>{});
  if (!ready()) return done(std::unexpected(shutting_down()));
  if (!commands_->reserve(count, limits::kCommandsQueuedMax)) {
    metrics_.counter("flow_requests_refused_total", "Requests refused because too many were waiting").add();
    return done(std::unexpected(overloaded()));
  }
  auto gather = std::make_shared<Gather>(std::vector<Outcome<StartAnswer>>(count), count, std::move(done));
  // One command, so that a batch shares a commit; each start answers for itself, all on the shard's thread.
  commands_->push([requests = std::move(requests), gather, queue = commands_](Shard& shard) mutable {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      shard.start(std::move(requests[i]), [gather, queue, i](Outcome<StartAnswer> answer) {
        gather->answers[i] = std::move(answer);
        if (--gather->missing == 0) {
          const std::size_t places = gather->answers.size();
          gather->done(std::move(gather->answers));
          queue->release(places);
        }
      });
    }
  });
}

std::optional<Fault> Local::undeployable(const core::LoadedBundle& loaded) const {
  for (const auto& [name, program] : loaded.flows) {
    const program::FlowInfo& info = program->info();
    for (const program::ChannelInfo& channel : info.channels) {
      const auto policy = parts_.transport.policy(channel.name);
      if (!policy) {
        return Fault{Problem::unbound_channel,
                     {ErrorCode::failed_precondition,
                      fmt::format("flow `{}` sends on channel `{}`, which flowd's configuration does not bind", name,
                                  channel.name)}};
      }
      if (policy->kind != channel.kind) {
        return Fault{Problem::unbound_channel,
                     {ErrorCode::failed_precondition,
                      fmt::format("channel `{}` is bound to a provider of another kind than flow `{}` declares",
                                  channel.name, name)}};
      }
    }
    for (const program::FieldInfo& field : info.fields) {
      if (!field.secret || parts_.keys != nullptr) continue;
      return Fault{Problem::no_secret_key,
                   {ErrorCode::failed_precondition,
                    fmt::format("flow `{}` holds the secret `{}`, and flowd has no key to seal it with; configure one",
                                name, field.name)}};
    }
  }
  return std::nullopt;
}

void Local::load_and_deploy(std::string bytes, Done<DeployAnswer> done) {
  Result<core::LoadedBundle> loaded = parts_.loader.load(bytes);
  if (!loaded) return done(std::unexpected(Fault{Problem::invalid_bundle, loaded.error()}));
  if (auto fault = undeployable(*loaded)) return done(std::unexpected(*std::move(fault)));
  commands_->push([loaded = *std::move(loaded), bytes = std::move(bytes), done = std::move(done)](
                      Shard& shard) mutable { shard.deploy(std::move(loaded), std::move(bytes), std::move(done)); });
}

void Local::fetch_row(core::ExecutionId id) {
  jobs_.push([this, id] {
    Result<std::optional<store::ExecutionRow>> row = std::nullopt;
    if (Status caught_up = parts_.store->catch_up(false); !caught_up) {
      row = std::unexpected(caught_up.error());
    } else {
      row = parts_.store->execution(id);
    }
    commands_->push([id, row = std::move(row)](Shard& shard) mutable { shard.row_arrived(id, std::move(row)); });
  });
}

void Local::fetch_bundle(std::string version) {
  jobs_.push([this, version = std::move(version)] {
    Result<std::optional<std::string>> bytes = std::nullopt;
    if (Status caught_up = parts_.store->catch_up(false); !caught_up) {
      bytes = std::unexpected(caught_up.error());
    } else {
      bytes = parts_.store->bundle(version);
    }
    loads_.push([this, version, bytes = std::move(bytes)] {
      Result<core::LoadedBundle> loaded = fail(ErrorCode::data_loss, "the store lacks bundle {}", version);
      if (!bytes) {
        loaded = std::unexpected(bytes.error());
      } else if (*bytes) {
        loaded = parts_.loader.load(**bytes);
      }
      commands_->push([version, loaded = std::move(loaded)](Shard& shard) mutable {
        shard.bundle_arrived(version, std::move(loaded));
      });
    });
  });
}

Outcome<ExecutionView> Local::read_now(core::ExecutionId execution) {
  if (Status caught_up = parts_.store->catch_up(false); !caught_up) {
    return std::unexpected(storage_fault(caught_up.error()));
  }
  const Result<std::optional<store::ExecutionRow>> row = parts_.store->execution(execution);
  if (!row) return std::unexpected(storage_fault(row.error()));
  if (!*row) {
    return std::unexpected(Fault{Problem::unknown_execution,
                                 {ErrorCode::not_found, fmt::format("no execution `{}`", core::to_string(execution))}});
  }
  Outcome<ExecutionSummary> summary = summary_of(**row);
  if (!summary) return std::unexpected(std::move(summary.error()));
  const Result<std::vector<std::string>> entries = parts_.store->timeline((*row)->number);
  if (!entries) return std::unexpected(storage_fault(entries.error()));
  ExecutionView view{*std::move(summary), {}};
  for (const std::string& bytes : *entries) {
    Result<TimelineEntry> entry = decode_entry(bytes);
    if (!entry) return std::unexpected(storage_fault(entry.error()));
    view.timeline.push_back(*std::move(entry));
  }
  return view;
}

Outcome<ListPage> Local::list_now(const ListQuery& query) {
  if (query.limit == 0 || query.limit > limits::kListPageMax) {
    return std::unexpected(
        Fault{Problem::invalid_request,
              {ErrorCode::invalid_argument, fmt::format("a page has 1 to {} executions", limits::kListPageMax)}});
  }
  store::ListFilter filter{.flow = query.flow, .bundle = query.bundle, .ended = query.ended, .limit = query.limit + 1};
  if (!query.cursor.empty()) {
    const auto number = parse_cursor(query.cursor);
    if (!number) {
      return std::unexpected(
          Fault{Problem::invalid_cursor, {ErrorCode::invalid_argument, "the cursor is not one that a list gave"}});
    }
    filter.before_number = *number;
  }
  if (Status caught_up = parts_.store->catch_up(false); !caught_up) {
    return std::unexpected(storage_fault(caught_up.error()));
  }
  const Result<std::vector<store::ExecutionRow>> rows = parts_.store->list(filter);
  if (!rows) return std::unexpected(storage_fault(rows.error()));
  ListPage page;
  for (const store::ExecutionRow& row : *rows) {
    if (page.executions.size() == query.limit) {
      page.next_cursor = cursor_of((*rows)[query.limit - 1].number);
      break;
    }
    Outcome<ExecutionSummary> summary = summary_of(row);
    if (!summary) return std::unexpected(std::move(summary.error()));
    page.executions.push_back(*std::move(summary));
  }
  return page;
}

// ---- Threads

void Local::step_shard() {
  for (Command& command : commands_->take()) taken_.push_back(std::move(command));
  shard_.step(taken_);
  in_flight_.store(shard_.in_flight(), std::memory_order_release);
  if (shard_.failure() && !failed_.exchange(true)) {
    accepting_ = false;
    if (options_.on_failure) options_.on_failure(*shard_.failure());
  }
}

void Local::run_shard() {
  while (true) {
    wait_for_tables();
    step_shard();
    if (!taken_.empty()) continue;
    if (commands_->closed() && commands_->idle()) return;
    const std::int64_t next = shard_.next_ms();
    auto most = std::chrono::milliseconds(1000);
    if (next != program::kNever) {
      const double left = static_cast<double>(next - parts_.clock.now_ms()) / parts_.clock.rate();
      most = std::chrono::milliseconds(left < 0 ? 0 : left > 1000 ? 1000 : static_cast<std::int64_t>(left) + 1);
    }
    if (most.count() > 0) commands_->wait(most);
  }
}

void Local::wait_for_tables() {
  const auto behind = [this] { return parts_.store->appended_through() - parts_.store->indexed_through(); };
  if (behind() < kBatchesBehindMax) return;
  if (!options_.threads) return keep_tables(true);
  metrics_.counter("flow_lookup_waits_total", "Times that commits waited for the look-up tables").add();
  jobs_.push([this] { keep_tables(true); });
  while (behind() >= kBatchesBehindMax / 2 && !tables_failed_) std::this_thread::sleep_for(1ms);
}

void Local::run_librarian() {
  tables_committed_at_ = forgotten_at_ = Clock::now();
  while (!jobs_.closed() || !jobs_.idle()) {
    run_all(jobs_);
    keep_tables(Clock::now() - tables_committed_at_ >= kTablesCommitEvery);
    jobs_.wait(parts_.store->appended_through() > parts_.store->indexed_through() ? 50ms : 250ms);
  }
  keep_tables(true);
}

void Local::keep_tables(bool commit) {
  if (tables_failed_) return;
  if (commit && Clock::now() - forgotten_at_ >= kForgetEvery) {
    const Result<std::size_t> forgotten =
        parts_.store->forget_ended(parts_.clock.now_ms() - options_.retention_ms, kForgetAtOnce);
    // A full round: there is more to forget at once.
    if (!forgotten || *forgotten < kForgetAtOnce) forgotten_at_ = Clock::now();
  }
  if (Status done = parts_.store->catch_up(commit); !done) {
    tables_failed_ = true;
    commands_->push([error = done.error()](Shard& shard) { shard.fail_store(error); });
    commands_->wake();
    return;
  }
  if (commit) tables_committed_at_ = Clock::now();
}

void Local::run_loader() {
  while (!loads_.closed() || !loads_.idle()) {
    run_all(loads_);
    loads_.wait(1000ms);
  }
}

void Local::pump() {
  do {
    run_all(loads_);
    run_all(jobs_);
    keep_tables(true);
    step_shard();
  } while (!taken_.empty() || !commands_->idle() || !jobs_.idle() || !loads_.idle() ||
           shard_.next_ms() <= parts_.clock.now_ms());
  keep_tables(true);
}

void Local::stop(std::chrono::milliseconds most) {
  if (stopped_) return;
  stopped_ = true;
  accepting_ = false;
  if (!shard_thread_.joinable()) {
    if (!options_.threads) pump();
  } else {
    const auto until = Clock::now() + most;
    while (Clock::now() < until && !failed_ && (commands_->reserved() > 0 || in_flight_ > 0)) {
      std::this_thread::sleep_for(2ms);
    }
  }
  loads_.close();
  if (loader_thread_.joinable()) loader_thread_.join();
  commands_->push([](Shard& shard) { shard.close(shutting_down()); });
  commands_->close();
  if (shard_thread_.joinable()) {
    shard_thread_.join();
  } else {
    step_shard();
  }
  jobs_.close();
  if (librarian_thread_.joinable()) {
    librarian_thread_.join();
  } else {
    run_all(jobs_);
    keep_tables(true);
  }
}

}  // namespace

Result<std::unique_ptr<LocalService>> LocalService::open(LocalParts parts, LocalOptions options) {
  auto service = std::make_unique<Local>(std::move(parts), std::move(options));
  if (Status begun = service->begin(); !begun) return std::unexpected(begun.error());
  return service;
}

}  // namespace flow::service
