// From IR to a program that runs: the interpreter's decoding, machine code at both levels, and code from the cache.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>

#include "base/check.h"
#include "bench/workload.h"
#include "compiler/interpret/interpreter.h"
#include "compiler/jit/jit.h"

namespace flow::bench {
namespace {

using Module = std::shared_ptr<const ir::Module>;

void decode(benchmark::State& state, const Module& module) {
  for (auto _ : state) benchmark::DoNotOptimize(interpret::make_interpreter(module, 0));
}

void decode_plain(benchmark::State& state, const Module& module) {
  for (auto _ : state) benchmark::DoNotOptimize(interpret::make_plain_interpreter(module, 0));
}

void compile(benchmark::State& state, const Module& module, jit::Level level) {
  jit::Options options;
  options.level = level;
  jit::Report report;
  for (auto _ : state) FLOW_CHECK(jit::compile(module, 0, options, &report).has_value());
  state.counters["object_bytes"] = static_cast<double>(report.object_bytes);
}

void from_cache(benchmark::State& state, const Module& module) {
  std::string folder = (std::filesystem::temp_directory_path() / "bench_compile.XXXXXX").string();
  FLOW_CHECK(::mkdtemp(folder.data()) != nullptr);
  jit::Options options;
  options.cache_folder = folder;
  jit::Report report;
  FLOW_CHECK(jit::compile(module, 0, options, &report).has_value());
  for (auto _ : state) {
    FLOW_CHECK(jit::compile(module, 0, options, &report).has_value());
    FLOW_CHECK(report.from_cache);
  }
  std::filesystem::remove_all(folder);
}

void add(const std::string& flow, const Module& module) {
  const std::string name = flow + " (" + std::to_string(module->flows[0].info.steps.size()) + " steps)/";
  const auto run = [&](const char* what, auto body) {
    benchmark::RegisterBenchmark((name + what).c_str(), body)->Unit(benchmark::kMillisecond);
  };
  run("interpreter without passes", [module](benchmark::State& state) { decode_plain(state, module); });
  run("interpreter", [module](benchmark::State& state) { decode(state, module); });
  run("jit baseline", [module](benchmark::State& state) { compile(state, module, jit::Level::baseline); });
  run("jit optimised", [module](benchmark::State& state) { compile(state, module, jit::Level::optimised); });
  run("jit from cache", [module](benchmark::State& state) { from_cache(state, module); });
}

}  // namespace
}  // namespace flow::bench

int main(int argc, char** argv) {
  using namespace flow;
  FLOW_CHECK(jit::load().has_value());
  bench::add("otp", bench::otp_fallback().modules[0]);
  for (const std::size_t steps : {10, 100, 1000}) {
    bench::add("generated", bench::generated_module(20'261'120, steps));
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
