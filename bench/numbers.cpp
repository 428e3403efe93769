// Phone numbers: reading one as people write it, and its region.
#include <benchmark/benchmark.h>

#include "base/check.h"
#include "numbers/numbers.h"

namespace {

void normalise(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(flow::numbers::normalise("+63 917 123 4567", ""));
}
BENCHMARK(normalise);

void normalise_national(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(flow::numbers::normalise("0917 123 4567", "PH"));
}
BENCHMARK(normalise_national);

void region_of(benchmark::State& state, const char* number) {
  for (auto _ : state) benchmark::DoNotOptimize(flow::numbers::region_of(number));
}
BENCHMARK_CAPTURE(region_of, PH, "+639171234567");
BENCHMARK_CAPTURE(region_of, US, "+12015550123");

}  // namespace

BENCHMARK_MAIN();
