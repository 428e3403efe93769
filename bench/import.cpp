// Flows of other products as `flowc import` does them, but for reading and writing files: read, translated, checked and
// proven; and a flow to its envelope. By the clock: the second reading is on a thread of its own.
//   bench_import     flows of 1,000, 10,000 and 100,000 nodes
#include <sys/resource.h>

#include <string>

#include <benchmark/benchmark.h>

#include "bench/imports.h"
#include "compiler/import/console/console.h"
#include "compiler/import/studio/studio.h"

namespace flow::bench {
namespace {

double memory_mb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void told(benchmark::State& state, std::size_t bytes) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["MB_of_input"] = static_cast<double>(bytes) / 1e6;
  state.counters["RSS_MB"] = memory_mb();  // of the process so far: run sizes by themselves for theirs
}

void whole(benchmark::State& state, const importing::Format& format, const std::string& bytes) {
  for (auto _ : state) import_whole(format, bytes);
  told(state, bytes.size());
}

void import_foreign(benchmark::State& state) {
  whole(state, importing::console::format(), foreign_graph(state.range(0)));
}
void import_own(benchmark::State& state) {
  whole(state, importing::console::format(), own_envelope(state.range(0)));
}
void import_studio(benchmark::State& state) {
  whole(state, importing::studio::format(), studio_definition(state.range(0)));
}
void import_terraform(benchmark::State& state) {
  whole(state, importing::studio::format(), terraform(state.range(0)));
}

void export_flow(benchmark::State& state) {
  const std::string text = imported_text(importing::console::format(), foreign_graph(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(exported(text));
  told(state, text.size());
}

void sizes(benchmark::internal::Benchmark* run) {
  run->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();
}

BENCHMARK(import_foreign)->Apply(sizes);
BENCHMARK(import_own)->Apply(sizes);
BENCHMARK(import_studio)->Apply(sizes);
BENCHMARK(import_terraform)->Apply(sizes);
BENCHMARK(export_flow)->Apply(sizes);

}  // namespace
}  // namespace flow::bench

BENCHMARK_MAIN();
