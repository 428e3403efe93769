#include "bench/load/run.h"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <thread>

#include "bench/load/callbacks.h"
#include "bench/load/client.h"
#include "bench/load/loop.h"
#include "bench/load/provider.h"
#include "bench/load/world.h"

namespace flow::load {
namespace {

constexpr std::int64_t kTick = 100 * kMillisecond;
constexpr std::chrono::seconds kRest{3};  // before memory and disk are read: what is built behind is built

// What listens before flowd is there, and gives what comes to the provider.
class Door final : public Peer {
 public:
  void on_message(Connection& connection, const HttpMessage& message) override {
    if (behind != nullptr) behind->on_message(connection, message);
  }
  void on_closed(Connection& connection) override {
    if (behind != nullptr) behind->on_closed(connection);
  }
  Peer* behind = nullptr;
};

void allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Ctrl-C ends the run early; what there is by then is reported, and the folder removed.
volatile std::sig_atomic_t interrupted = 0;

void end_early_on_signals() {
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { interrupted = 1; });
}

class Run {
 public:
  Run(const Options& options, World& world, Loop& loop, Door& door, const sockaddr_in& address)
      : options_(options),
        world_(world),
        loop_(loop),
        book_(numbers_of(options), first_channel(options)),
        callbacks_(loop, book_, address, world.accounts(), host(world), options.callback_connections),
        provider_(loop, book_, callbacks_, world.accounts()),
        client_(loop, book_, settings(options, world, address)) {
    door.behind = &provider_;
  }

  Result<std::unique_ptr<Outcome>> perform();

 private:
  static std::string host(const World& world) { return fmt::format("{}:{}", world.host(), world.port()); }
  static ClientSettings settings(const Options& options, const World& world, const sockaddr_in& address) {
    return {.flowd = address,
            .host = host(world),
            .flow = options.flow,
            .inputs = options.inputs,
            .token = world.token(),
            .run = fmt::format("load-{}", now_ns()),
            .connections = options.connections,
            .samples = options.samples};
  }

  Until until() const {
    return !options_.plays_provider() ? Until::accepted : options_.waiting > 0 ? Until::sent : Until::ended;
  }
  // How many executions are to be started; 0: as many as go in the time.
  std::uint64_t limit() const {
    return options_.waiting > 0 ? options_.waiting : options_.connect > 0 ? options_.connect : options_.executions;
  }
  void prefill();
  // Runs the loop until `over` says so, or steady time `limit_ns`.
  template <typename Over>
  void turn(std::int64_t limit_ns, Over over);
  void measure(Outcome& outcome);
  void check(Outcome& outcome, const std::map<std::string, double>& before);
  void watch_memory();
  Status restart(Outcome& outcome);

  const Options& options_;
  World& world_;
  Loop& loop_;
  Book book_;
  Callbacks callbacks_;
  Provider provider_;
  Client client_;
  bool measuring_ = false;
  std::int64_t watched_ns_ = 0;
};

void Run::watch_memory() {
  const auto flowd = world_.flowd();
  const std::int64_t now = now_ns();
  if (!measuring_ || !flowd || now < watched_ns_) return;
  watched_ns_ = now + 2 * kTick;
  book_.second(now).flowd_bytes = resident_bytes(*flowd);
}

template <typename Over>
void Run::turn(std::int64_t limit_ns, Over over) {
  std::int64_t next = client_.pump();
  for (std::int64_t now = now_ns(); now < limit_ns && interrupted == 0 && !over(); now = now_ns()) {
    loop_.poll(std::min({next, limit_ns, now + kTick}));
    next = client_.pump();
    watch_memory();
  }
}

void Run::prefill() {
  book_.begin_phase(until(), now_ns());
  client_.begin_closed(std::max<std::uint64_t>(options_.outstanding, 64), options_.prefill);
  turn(INT64_MAX,
       [&] { return book_.counts().finished + book_.counts().failed >= options_.prefill || client_.stopped(); });
  client_.stop();
  turn(now_ns() + static_cast<std::int64_t>(options_.patience_s * 1e9),
       [&] { return book_.outstanding() == 0 && client_.idle(); });
  client_.forget_samples();
}

void Run::measure(Outcome& outcome) {
  const std::int64_t begin = now_ns();
  book_.begin_phase(until(), begin);
  measuring_ = true;
  client_.open_connections();
  if (options_.waiting > 0) provider_.be_silent();
  const bool by_time = limit() == 0;
  const auto end = begin + static_cast<std::int64_t>(options_.seconds * 1e9);
  const auto patience = static_cast<std::int64_t>(options_.patience_s * 1e9);
  if (options_.rate > 0) {
    const auto timely = static_cast<std::uint64_t>(std::llround(options_.rate * options_.seconds));
    client_.begin_open(options_.rate, by_time ? timely : limit(), begin);
    turn(by_time ? end + patience : INT64_MAX, [&] { return client_.all_offered(); });
  } else if (by_time) {
    client_.begin_closed(options_.outstanding, UINT64_MAX);
    turn(end, [&] { return client_.stopped(); });
  } else {
    client_.begin_closed(options_.outstanding, limit());
    turn(INT64_MAX, [&] { return client_.all_offered(); });
    // The rest belongs to the time that they took.
    turn(now_ns() + patience, [&] { return book_.outstanding() == 0 && client_.idle(); });
  }
  client_.stop();
  outcome.finished_in_time = book_.counts().finished;
  outcome.offered_s = static_cast<double>(now_ns() - begin) * 1e-9;
  turn(now_ns() + patience, [&] { return book_.outstanding() == 0 && client_.idle() && callbacks_.open() == 0; });
  outcome.all_s = static_cast<double>(now_ns() - begin) * 1e-9;
  measuring_ = false;
}

void Run::check(Outcome& outcome, const std::map<std::string, double>& before) {
  const auto difference = [&](const std::map<std::string, double>& after, const std::string& name) {
    const auto found = after.find(name);
    const auto had = before.find(name);
    return (found == after.end() ? 0 : found->second) - (had == before.end() ? 0 : had->second);
  };
  const auto after = world_.metrics();
  outcome.knows_metrics = !after.empty();
  outcome.metric_started = difference(after, "flow_executions_started_total");
  outcome.metric_ended = difference(after, "flow_executions_ended_total");
  if (until() != Until::ended) return;
  for (const std::string& execution : client_.samples()) {
    const std::string end = world_.end_of(execution);
    ++outcome.sampled;
    if (end == "done") ++outcome.sampled_done;
    if (end != "done") book_.remark(fmt::format("execution {} ended `{}`", execution, end));
  }
}

Result<std::unique_ptr<Outcome>> Run::perform() {
  if (options_.prefill > 0) {
    client_.open_connections();
    prefill();
  }
  auto outcome = std::make_unique<Outcome>();
  const auto flowd = world_.flowd();
  // What is begun behind a deployment, native code for the flow, is no part of what an execution takes.
  if (flowd && options_.waiting > 0) std::this_thread::sleep_for(kRest);
  const auto metrics_before = world_.metrics();
  outcome->knows_flowd = flowd.has_value();
  if (flowd) {
    outcome->disk_before = bytes_in(world_.data_folder());
    outcome->flowd_bytes_before = resident_bytes(*flowd);
  }
  const double flowd_cpu = flowd ? cpu_seconds(*flowd) : 0;
  const double own_cpu = own_cpu_seconds();
  measure(*outcome);
  outcome->own_cpu_s = own_cpu_seconds() - own_cpu;
  if (flowd) {
    if (options_.waiting > 0) std::this_thread::sleep_for(kRest);
    outcome->flowd_cpu_s = cpu_seconds(*flowd) - flowd_cpu;
    outcome->flowd_bytes_after = resident_bytes(*flowd);
    outcome->disk_after = bytes_in(world_.data_folder());
  }
  check(*outcome, metrics_before);
  book_.close_phase();
  outcome->counts = book_.counts();
  outcome->seconds = book_.seconds();
  outcome->remarks = book_.remarks();
  outcome->connect = book_.connect;
  outcome->accept = book_.accept;
  outcome->request = book_.request;
  outcome->end = book_.end;
  if (options_.restart) {
    if (auto restarted = restart(*outcome); !restarted) return std::unexpected(restarted.error());
  }
  return outcome;
}

Status Run::restart(Outcome& outcome) {
  const std::int64_t begin = now_ns();
  if (auto serving = world_.restart(); !serving) return serving;
  outcome.serving_s = static_cast<double>(now_ns() - begin) * 1e-9;
  book_.begin_phase(Until::sent, now_ns());
  client_.begin_closed(1, 1);
  const auto patience = static_cast<std::int64_t>(options_.patience_s * 1e9);
  turn(now_ns() + patience, [&] { return book_.request.count() > 0; });
  outcome.first_send_s = static_cast<double>(now_ns() - begin) * 1e-9;
  if (book_.request.count() == 0) return fail(ErrorCode::unavailable, "nothing was sent after the restart");
  client_.stop();
  turn(now_ns() + std::chrono::nanoseconds(kRest).count(), [] { return false; });
  outcome.repeated_after = book_.counts().repeated;
  return {};
}

}  // namespace

bool Outcome::exact(const Options& options) const {
  if (counts.lost + counts.repeated + counts.unexpected + counts.failed > 0) return false;
  if (counts.unfinished > 0 || counts.callbacks_given_up > 0 || sampled_done != sampled) return false;
  if (repeated_after > 0) return false;
  if (!options.overload && counts.throttled + counts.overloaded > 0) return false;
  if (!options.own_installation() || !knows_metrics) return true;  // a user's has other work, too
  const auto accepted = static_cast<double>(counts.accepted + counts.known);
  return metric_started == accepted && (options.waiting > 0 || metric_ended == accepted);
}

Result<std::unique_ptr<Outcome>> run(const Options& options) {
  allow_many_files();
  end_early_on_signals();
  Loop loop;
  Door door;
  std::uint16_t provider_port = options.provider_port;
  if (options.plays_provider()) {
    const auto port = loop.listen(provider_port, door);
    if (!port) return std::unexpected(port.error());
    provider_port = *port;
  }
  auto world = World::start(options, provider_port);
  if (!world) return std::unexpected(world.error());
  const auto address = resolve((*world)->host(), (*world)->port());
  if (!address) return std::unexpected(address.error());
  Run run(options, **world, loop, door, *address);
  return run.perform();
}

}  // namespace flow::load
