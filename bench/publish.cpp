// From a bundle's bytes to the first event that the flow has handled, by engine and by size of the flow; from source
// text to a bundle; and what a step costs in flows of different sizes. Plain messaging flows (bench/plain_flow.h), one
// a bundle.
//   bench_publish              Google Benchmark's options
//   bench_publish --memory     what one compiled flow of 100 steps takes of memory, by engine
//   bench_publish --deploy     1,000 flows of 100 steps as flowd loads them: when they serve, and when they are native
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"
#include "bench/plain_flow.h"
#include "compiler/bundle/bundle.h"
#include "compiler/driver/build.h"
#include "compiler/interpret/interpreter.h"
#include "compiler/jit/jit.h"
#include "compiler/jit/known_bundle.h"
#include "numbers/numbers.h"
#include "runtime/core/log.h"
#include "runtime/daemon/loader.h"

namespace flow::bench {
namespace {

namespace fs = std::filesystem;
using Module = std::shared_ptr<const ir::Module>;

// `plain`: without the passes over IR, as flowd serves a flow at once.
enum class Engine { plain, interpreter, baseline, optimised, cached };
constexpr std::pair<Engine, const char*> kEngines[] = {{Engine::plain, "plain interpreter"},
                                                       {Engine::interpreter, "interpreter"},
                                                       {Engine::baseline, "native low"},
                                                       {Engine::optimised, "native high"},
                                                       {Engine::cached, "cached"}};

struct Folder {
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "bench_publish.XXXXXX").string();
    FLOW_CHECK(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

const Folder& folder() {
  static const Folder made;
  return made;
}

std::string workspace_of(std::size_t steps) {
  const fs::path path = folder().path / fmt::format("steps_{}", steps);
  if (!fs::exists(path)) write_workspace(path, 1, steps);
  return path.string();
}

std::string make_bundle(const std::string& workspace) {
  auto compiled = driver::compile(workspace);
  FLOW_CHECK(compiled.has_value() && (*compiled)->module != nullptr, "the generated flow has errors");
  auto bytes = driver::make_bundle(**compiled);
  FLOW_CHECK(bytes.has_value(), "{}", bytes.error().message);
  return *std::move(bytes);
}

const std::string& bundle_of(std::size_t steps) {
  static std::map<std::size_t, std::string> made;
  std::string& bytes = made[steps];
  if (bytes.empty()) bytes = make_bundle(workspace_of(steps));
  return bytes;
}

// As flowd does it: the hash of the bundle's text names the flow in the cache.
struct Loaded {
  Module module;
  std::string digest;
};

Loaded load(std::string_view bytes) {
  auto read = bundle::read_bundle(bytes);
  FLOW_CHECK(read.has_value(), "{}", read.error().message);
  std::string digest = read->flow_digests[0];
  return {std::make_shared<const ir::Module>(std::move(read->module)), std::move(digest)};
}

std::string cache_folder() {
  return (folder().path / "cache").string();
}

std::unique_ptr<program::Program> make_program(const Loaded& loaded, Engine engine) {
  const Module& module = loaded.module;
  if (engine == Engine::plain) return interpret::make_plain_interpreter(module, 0);
  if (engine == Engine::interpreter) return interpret::make_interpreter(module, 0);
  jit::Options options;
  options.level = engine == Engine::baseline ? jit::Level::baseline : jit::Level::optimised;
  options.identity = loaded.digest;
  if (engine == Engine::cached) options.cache_folder = cache_folder();
  auto made = jit::compile(module, 0, options);
  FLOW_CHECK(made.has_value(), "{}", made.error().message);
  return *std::move(made);
}

// As flowd does it when it has read the bundle before.
std::unique_ptr<program::Program> make_known(std::string_view bytes) {
  const auto known = jit::recall(bytes, cache_folder());
  FLOW_CHECK(known != nullptr, "the bundle is not known");
  jit::Options options;
  options.cache_folder = cache_folder();
  auto made = jit::load_kept(known, 0, options);
  FLOW_CHECK(made.has_value(), "{}", made.error().message);
  return *std::move(made);
}

void keep(std::string_view bytes) {
  const Loaded loaded = load(bytes);
  make_program(loaded, Engine::cached);
  const ir::Flow& flow = loaded.module->flows[0];
  const Status kept =
      jit::remember(bytes, {bundle::version_of(bytes), {{flow.info, flow.texts, loaded.digest}}}, cache_folder());
  FLOW_CHECK(kept.has_value(), "{}", kept.error().message);
}

void begin(program::Frame& frame, const program::FlowInfo& info) {
  frame.reset(info);
  frame.set_text(0, "+639171234567");
  frame.set_text(1, "gold");
}

constexpr std::int64_t kBeginMs = 1'700'000'000'000;

void start(const program::Program& program, program::Frame& frame) {
  begin(frame, program.info());
  program::FlowEvent event{};
  event.at_ms = kBeginMs;
  const program::Verdict verdict = program.advance(frame, event);
  FLOW_CHECK(verdict == program::Verdict::changed && !frame.effects().empty());
  frame.clear_effects();
}

// ---- Publishing

constexpr std::size_t kKeptBytes = 1 << 20;  // of free memory, which any process has

void publish(benchmark::State& state, std::size_t steps, Engine engine) {
  const std::string& bytes = bundle_of(steps);
  program::Frame frame(numbers::region_of);
  if (engine == Engine::cached) keep(bytes);
  for (auto _ : state) {
    auto program = engine == Engine::cached ? make_known(bytes) : make_program(load(bytes), engine);
    start(*program, frame);
    // Unloading is no part of it, nor is what the allocator does with what came back.
    state.PauseTiming();
    program.reset();
    ::malloc_trim(kKeptBytes);
    state.ResumeTiming();
  }
}

// The same without reading the bundle.
void make_only(benchmark::State& state, std::size_t steps, Engine engine) {
  const Loaded module = load(bundle_of(steps));
  program::Frame frame(numbers::region_of);
  if (engine == Engine::cached) make_program(module, engine);
  for (auto _ : state) start(*make_program(module, engine), frame);
}

void read_only(benchmark::State& state, std::size_t steps) {
  const std::string& bytes = bundle_of(steps);
  for (auto _ : state) {
    std::optional<Loaded> loaded = load(bytes);
    benchmark::DoNotOptimize(loaded);
    state.PauseTiming();
    loaded.reset();
    ::malloc_trim(kKeptBytes);
    state.ResumeTiming();
  }
  state.counters["bundle_bytes"] = static_cast<double>(bytes.size());
}

void build(benchmark::State& state, std::size_t steps) {
  const std::string workspace = workspace_of(steps);
  for (auto _ : state) benchmark::DoNotOptimize(make_bundle(workspace));
}

// ---- Steps

// Messages are sent and never delivered: the flow falls back, waits, and goes on, to its end or the most messages.
program::FlowEvent next_event(const program::Frame& frame, std::int64_t& now_ms) {
  program::FlowEvent event{};
  const program::FlowFrame& raw = frame.raw();
  if (raw.current_message != program::kNoCurrentMessage) {
    const std::int32_t status = raw.current_status;
    if (status < std::to_underlying(program::Receipt::sent)) {
      event.kind = std::to_underlying(program::EventKind::receipt);
      event.message = raw.current_message;
      event.receipt = status + 1;
      event.at_ms = now_ms;
      return event;
    }
  }
  program::Timer timer{};
  now_ms = frame.next_deadline(&timer);
  event.kind = std::to_underlying(program::EventKind::timer);
  event.timer = std::to_underlying(timer);
  event.at_ms = now_ms;
  return event;
}

std::vector<program::FlowEvent> record(const program::Program& program) {
  program::Frame frame(numbers::region_of);
  begin(frame, program.info());
  std::int64_t now_ms = kBeginMs;
  std::vector<program::FlowEvent> events(1);
  events[0].at_ms = now_ms;
  while (true) {
    frame.clear_effects();
    program.advance(frame, events.back());
    if (frame.raw().resting == program::kEnded) return events;
    events.push_back(next_event(frame, now_ms));
  }
}

void steps(benchmark::State& state, std::size_t count, Engine engine) {
  const Loaded module = load(bundle_of(count));
  const auto events = record(*make_program(module, Engine::interpreter));
  const auto program = make_program(module, engine);
  program::Frame frame(numbers::region_of);
  for (auto _ : state) {
    begin(frame, program->info());
    for (const program::FlowEvent& event : events) {
      frame.clear_effects();
      benchmark::DoNotOptimize(program->advance(frame, event));
    }
  }
  const auto done = static_cast<double>(state.iterations()) * static_cast<double>(events.size());
  state.counters["events"] = static_cast<double>(events.size());
  state.counters["a_step"] = benchmark::Counter(done, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// ---- Memory

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  file >> pages >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// A process of its own for each: what one has left in the allocator would serve the next.
void memory() {
  constexpr std::size_t kCopies = 50;
  const std::string& bytes = bundle_of(100);
  for (const auto& [engine, name] : kEngines) {
    if (const pid_t child = ::fork(); child != 0) {
      ::waitpid(child, nullptr, 0);
      continue;
    }
    std::vector<std::unique_ptr<program::Program>> programs;
    program::Frame frame(numbers::region_of);
    for (int i = 0; i < 3; ++i) start(*make_program(load(bytes), engine), frame);
    ::malloc_trim(0);
    const std::size_t before = resident_bytes();
    for (std::size_t i = 0; i < kCopies; ++i) {
      programs.push_back(make_program(load(bytes), engine));
      start(*programs.back(), frame);
    }
    ::malloc_trim(0);
    fmt::print("{:18} {:8.1f} KiB a flow of 100 steps\n", name,
               (static_cast<double>(resident_bytes()) - static_cast<double>(before)) / 1024 / kCopies);
    std::fflush(stdout);
    ::_exit(0);
  }
}

// ---- A large deployment

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// A bundle holds 100 such flows.
void deploy() {
  core::log::set_level(core::log::Level::warning);
  constexpr std::size_t kBundles = 10;
  std::vector<std::string> bundles;
  for (std::size_t i = 0; i < kBundles; ++i) {
    const fs::path workspace = folder().path / fmt::format("many_{}", i);
    write_workspace(workspace, 100, 100, i * 100);
    bundles.push_back(make_bundle(workspace.string()));
  }
  const auto begin = std::chrono::steady_clock::now();
  const double cpu = cpu_seconds();
  const std::size_t memory = resident_bytes();
  const auto say = [&](const char* what) {
    fmt::print("{:46} {:7.2f} s, {:7.2f} s of CPU, {:7.1f} MB more\n", what,
               std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), cpu_seconds() - cpu,
               (static_cast<double>(resident_bytes()) - static_cast<double>(memory)) / 1048576);
    std::fflush(stdout);
  };
  program::Frame frame(numbers::region_of);
  for (const char* cache : {"empty cache", "the same again, from the cache"}) {
    fmt::print("{}\n", cache);
    daemon::BundleLoader loader(daemon::Engine::jit, (folder().path / "cache").string());
    std::vector<core::LoadedBundle> loaded;
    for (const std::string& bytes : bundles) {
      auto bundle = loader.load(bytes);
      FLOW_CHECK(bundle.has_value(), "{}", bundle.error().message);
      loaded.push_back(*std::move(bundle));
    }
    say("  1,000 flows are served");
    loader.wait_until_compiled();
    say("  all have their low level, or what was kept");
    for (std::size_t i = 0; i < 10; ++i) start(*loaded[i].flows.begin()->second, frame);
    loader.wait_until_compiled();
    say("  10 that were run have their high level");
  }
}

// ---- All of it

void add(std::size_t count) {
  const auto run = [&](const char* what, auto body) {
    benchmark::RegisterBenchmark(fmt::format("{}/{}", what, count).c_str(), body)->Unit(benchmark::kMillisecond);
  };
  run("source to bundle", [count](benchmark::State& state) { build(state, count); });
  run("read bundle", [count](benchmark::State& state) { read_only(state, count); });
  for (const auto& [engine, name] : kEngines) {
    run(fmt::format("publish, {}", name).c_str(),
        [count, which = engine](benchmark::State& state) { publish(state, count, which); });
    run(fmt::format("program, {}", name).c_str(),
        [count, which = engine](benchmark::State& state) { make_only(state, count, which); });
    benchmark::RegisterBenchmark(fmt::format("steps, {}/{}", name, count).c_str(),
                                 [count, which = engine](benchmark::State& state) { steps(state, count, which); });
  }
}

}  // namespace
}  // namespace flow::bench

int main(int argc, char** argv) {
  using namespace flow;
  FLOW_CHECK(numbers::load().has_value() && jit::load().has_value());
  if (argc == 2 && std::string_view(argv[1]) == "--memory") {
    bench::memory();
    return 0;
  }
  if (argc == 2 && std::string_view(argv[1]) == "--deploy") {
    bench::deploy();
    return 0;
  }
  for (const std::size_t steps : {10, 100, 1000, 10'000}) bench::add(steps);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
