#include "runtime/daemon/serve.h"

#include <malloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "numbers/automaton.h"
#include "numbers/numbers.h"
#include "runtime/channels/channels.h"
#include "runtime/config/config.h"
#include "runtime/core/clock.h"
#include "runtime/core/failpoint.h"
#include "runtime/core/log.h"
#include "runtime/core/random.h"
#include "runtime/daemon/backend.h"
#include "runtime/daemon/control.h"
#include "runtime/daemon/loops.h"
#include "runtime/daemon/notify.h"
#include "runtime/daemon/reload.h"
#include "runtime/daemon/verb.h"
#include "runtime/http/server.h"
#include "runtime/ingress/ingress.h"
#include "runtime/operations/operations.h"
#include "runtime/service/local_service.h"

namespace flow::daemon {

namespace {

using namespace std::chrono_literals;

constexpr auto kDrainMost = 5s;
constexpr double kClockRateMost = 1000;

// A processor for the shards for each that is left to the kernel, the disk and everybody else.
std::size_t workers() {
  return std::max<std::size_t>(1, std::thread::hardware_concurrency() / 2);
}

int refuse(const std::string& why) {
  return could_not_run(why);
}

// The signals that ask flowd to stop, or to read its configuration again, are taken by wait() alone; blocked before
// any thread is made.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGHUP);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }
  // SIGHUP, or one that asks to stop.
  int wait() const {
    int signal = 0;
    sigwait(&set_, &signal);
    return signal;
  }

 private:
  sigset_t set_{};
};

Status override_listen(config::Config& config, const std::string& listen) {
  if (listen.empty()) return {};
  const std::size_t colon = listen.rfind(':');
  const std::string address = listen.substr(0, colon);
  const std::string port = colon == std::string::npos ? "" : listen.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), config.port);
  if (error != std::errc{} || end != port.data() + port.size()) {
    return fail(ErrorCode::invalid_argument, "`--listen {}` is not an address and a port, as in 127.0.0.1:8080",
                listen);
  }
  if (!http::is_loopback(address)) {
    return fail(ErrorCode::invalid_argument,
                "`--listen` is for loopback addresses; write `listen = \"{}\"` into the configuration file, which also "
                "says how such an address is protected",
                listen);
  }
  config.address = address;
  return {};
}

// What is for tests and demonstrations must not be reachable from other machines.
Status check_loopback_only(const config::Config& config, double clock_rate) {
  const bool loopback = http::is_loopback(config.address);
  if (!(clock_rate > 0 && clock_rate <= kClockRateMost)) {
    return fail(ErrorCode::invalid_argument, "`--clock-rate` is more than 0 and at most {}", kClockRateMost);
  }
  if (clock_rate != 1 && !loopback) {
    return fail(ErrorCode::failed_precondition,
                "a clock rate of {} is for loopback listeners only; restart with `--clock-rate 1` or another `listen`",
                clock_rate);
  }
  const char* failpoints = std::getenv("FLOWD_FAILPOINTS");
  if (failpoints == nullptr || *failpoints == '\0') return {};
  if (!loopback) {
    return fail(ErrorCode::failed_precondition, "FLOWD_FAILPOINTS is for loopback listeners only; unset it");
  }
  return core::failpoint::arm(failpoints);
}

// Whole or not at all: who waits for the file never reads half of it.
Status write_port_file(const std::string& path, std::uint16_t port) {
  if (path.empty()) return {};
  const std::string unfinished = path + ".new";
  {
    std::ofstream out(unfinished);
    out << port << "\n";
    if (!out.flush()) return fail(ErrorCode::io_error, "{} cannot be written", unfinished);
  }
  std::error_code error;
  std::filesystem::rename(unfinished, path, error);
  if (error) return fail(ErrorCode::io_error, "{}: {}", path, error.message());
  return {};
}

// The library is loaded now, and not in the middle of a request.
Status load_numbers() {
  const Result<std::string> checksum = numbers::library_checksum();
  if (!checksum) return std::unexpected(checksum.error());
  const std::string ours(numbers::metadata().checksum);
  if (*checksum != ours)
    core::log::warning("phone_metadata_differs", {{"built_with", ours}, {"library_has", *checksum}});
  return {};
}

// Loads and checks everything that needs no other part; what it refuses leaves no trace.
Result<config::Config> configure(const ServeOptions& options) {
  auto loaded = config::load(options.config_file);
  if (!loaded) {
    std::string all;
    for (const std::string& problem : loaded.error()) all += (all.empty() ? "" : "\n") + problem;
    return fail(ErrorCode::invalid_argument, "the configuration cannot be used\n{}", all);
  }
  if (Status done = override_listen(*loaded, options.listen); !done) return std::unexpected(done.error());
  if (Status done = load_numbers(); !done) return std::unexpected(done.error());
  return *std::move(loaded);
}

// Before the service goes, whatever else happens.
struct EndBackend {
  Backend& backend;
  ~EndBackend() { backend.end(); }
};

int run(const ServeOptions& options, const Signals& signals) {
  Result<config::Config> config = configure(options);
  if (!config) return refuse(config.error().message);
  if (Status ok = check_loopback_only(*config, options.clock_rate.value_or(1)); !ok) return refuse(ok.error().message);
  apply_log(*config);
  std::shared_ptr<crypto::Keyring> keys;
  if (!config->sealing_keys.empty()) {
    Result<crypto::Keyring> made = crypto::Keyring::make(config->sealing_keys);
    if (!made) return refuse(made.error().message);
    keys = std::make_shared<crypto::Keyring>(*std::move(made));
  }

  Result<std::unique_ptr<Backend>> backend = Backend::open({.data_folder = options.data_folder,
                                                            .store = options.store,
                                                            .release = options.release,
                                                            .format = options.format},
                                                           *config, keys);
  if (!backend) return refuse(backend.error().message);
  store::Storage& storage = (*backend)->storage();
  store::Registry& registry = storage.registry();
  const core::ClockBase saved = registry.saved_clock();
  const double rate = options.clock_rate.value_or(saved == core::ClockBase{} ? 1 : saved.rate);
  if (Status ok = check_loopback_only(*config, rate); !ok) return refuse(ok.error().message);
  const core::ClockBase base = core::continue_clock(saved, core::real_now_ms(), rate, storage.last_change_ms());
  if (Status done = registry.save_clock(base); !done) return refuse(done.error().message);
  // Nodes that share a store have one clock: the first one's.
  if (registry.saved_clock().rate != rate) {
    return refuse(fmt::format("the other nodes run with `--clock-rate {}`: use the same", registry.saved_clock().rate));
  }
  const core::RealClock clock(registry.saved_clock());

  const Loops loops(config->workers > 0 ? config->workers : workers());
  Result<std::unique_ptr<ingress::Ingress>> ingress = ingress::Ingress::listen(*config, clock, loops.loops());
  if (!ingress) return refuse(ingress.error().message);
  channels::Channels channels(*config, (*ingress)->public_url(), core::real_now_ms, loops.loops());
  operations::Operations operations(*config, loops.loops());
  core::SystemRandom random;
  BundleLoader loader(options.engine, options.data_folder + "/cache");
  std::atomic<bool> failed{false};
  service::LocalOptions service_options;
  service_options.seals = keys != nullptr;
  service_options.shards = loops.loops().size();
  service::Retention kept = retention_of(config->retention);
  service_options.retention_ms = kept.usual_ms;
  service_options.retention_by_flow = std::move(kept.by_flow);
  service_options.idempotency_key_ms = kept.idempotency_key_ms;
  service_options.on_failure = [&failed](const Error&) {
    failed = true;
    ::kill(::getpid(), SIGTERM);
  };
  (*backend)->prepare(service_options);
  Result<std::unique_ptr<service::LocalService>> service = service::LocalService::open({.storage = storage,
                                                                                        .clock = clock,
                                                                                        .random = random,
                                                                                        .transport = channels,
                                                                                        .loader = loader,
                                                                                        .region_of = numbers::region_of,
                                                                                        .executors = loops.executors(),
                                                                                        .operations = &operations},
                                                                                       std::move(service_options));
  if (!service) return refuse(service.error().message);
  Result<std::unique_ptr<Control>> control =
      Control::open(options.data_folder, [&storage](std::string_view verb, const std::string& about) -> Status {
        if (verb != "backup") return fail(ErrorCode::invalid_argument, "this flowd knows no `{}`", verb);
        const Status copied = storage.backup(about);
        if (copied) core::log::info("backup_made", {{"folder", about}});
        return copied;
      });
  if (!control) return refuse(control.error().message);
  const EndBackend end_backend{**backend};
  (*ingress)->serve((*backend)->join(**service), channels);
  const std::uint16_t port = (*ingress)->port();
  if (Status done = write_port_file(options.port_file, port); !done) return refuse(done.error().message);
  core::log::info("serving", {{"address", config->address},
                              {"port", static_cast<std::int64_t>(port)},
                              {"clock_rate", rate},
                              {"engine", std::string(options.engine == Engine::jit ? "jit" : "interpreter")}});
  fmt::print("flowd is ready on {}:{}\n", config->address, port);
  std::fflush(stdout);

  notify_manager("READY=1");
  ::malloc_trim(0);  // what opening a large store took for a moment

  Reloader reloader(*config, {[&options] { return configure(options); }, **ingress, channels, operations, **service,
                              keys, **backend});
  while (signals.wait() == SIGHUP) reloader.reload();
  notify_manager("STOPPING=1");
  core::log::info("stopping");
  control->reset();
  (*backend)->leave(kDrainMost);  // other nodes take over while requests are still answered
  // Not ready from now on: who balances the load sees it while what is under way comes to its end.
  (*service)->stop(kDrainMost);
  (*ingress)->stop();
  core::log::info("stopped");
  return failed ? kStoreFailed : kDone;
}

}  // namespace

int serve(const ServeOptions& options) {
  const Signals signals;
  ::umask(0077);
  return run(options, signals);
}

}  // namespace flow::daemon
