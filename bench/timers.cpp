// Ten million timers: arm, cancel, fire. The timing wheel, the heap that moves and clears, and std::priority_queue, in
// one run. Random: keys in random order and deadlines at random within a quarter of an hour, the worst for caches.
// Steady: keys in order and the same time to live, as one flow at a steady rate arms them.
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <queue>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/deadlines.h"
#include "runtime/timers/wheel.h"

namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::int64_t kSpanMs = 900'000;

struct Load {
  std::vector<std::uint32_t> keys;
  std::vector<std::int64_t> at;  // of keys[i]
};

const Load& load_of(std::size_t count, bool random) {
  static Load load;
  static bool was_random = false;
  if (load.keys.size() == count && was_random == random) return load;
  was_random = random;
  load.keys.resize(count);
  load.at.resize(count);
  std::iota(load.keys.begin(), load.keys.end(), 0U);
  std::mt19937_64 generator(1);
  if (random) std::shuffle(load.keys.begin(), load.keys.end(), generator);
  for (std::size_t i = 0; i < count; ++i) {
    load.at[i] = kNow + 1 +
                 (random ? static_cast<std::int64_t>(generator() % kSpanMs)
                         : static_cast<std::int64_t>(i * static_cast<std::size_t>(kSpanMs) / count));
  }
  return load;
}

// What std::priority_queue can do: no clearing, so cancelled entries are skipped when they come up.
class Queue {
 public:
  void set(std::uint32_t key, std::int64_t at) {
    if (key >= at_.size()) at_.resize(key + 1, INT64_MAX);
    at_[key] = at;
    queue_.emplace(at, key);
  }
  void clear(std::uint32_t key) { at_[key] = INT64_MAX; }
  bool take_due(std::int64_t now, std::uint32_t* key) {
    while (!queue_.empty() && queue_.top().first <= now) {
      const auto [at, first] = queue_.top();
      queue_.pop();
      if (at_[first] != at) continue;
      at_[first] = INT64_MAX;
      *key = first;
      return true;
    }
    return false;
  }

 private:
  using Entry = std::pair<std::int64_t, std::uint32_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
  std::vector<std::int64_t> at_;
};

template <typename Timers>
Timers make() {
  if constexpr (std::is_same_v<Timers, flow::timers::Wheel>)
    return flow::timers::Wheel(kNow);
  else
    return Timers();
}

template <typename Timers>
Timers armed(const Load& load) {
  Timers timers = make<Timers>();
  for (std::size_t i = 0; i < load.keys.size(); ++i) timers.set(load.keys[i], load.at[i]);
  return timers;
}

// Nanoseconds a timer. Setting up is not counted.
void per_timer(benchmark::State& state, std::size_t count) {
  state.counters["each"] = benchmark::Counter(static_cast<double>(count) * static_cast<double>(state.iterations()),
                                              benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

template <typename Timers>
void arm(benchmark::State& state) {
  const Load& load = load_of(static_cast<std::size_t>(state.range(0)), state.range(1) != 0);
  for (auto _ : state) {
    Timers timers = armed<Timers>(load);
    benchmark::DoNotOptimize(timers);
    state.PauseTiming();
    {
      const Timers dropped = std::move(timers);
    }
    state.ResumeTiming();
  }
  per_timer(state, load.keys.size());
}

template <typename Timers>
void cancel(benchmark::State& state) {
  const Load& load = load_of(static_cast<std::size_t>(state.range(0)), state.range(1) != 0);
  std::vector<std::uint32_t> order = load.keys;
  if (state.range(1) != 0) std::shuffle(order.begin(), order.end(), std::mt19937_64(2));
  for (auto _ : state) {
    state.PauseTiming();
    Timers timers = armed<Timers>(load);
    state.ResumeTiming();
    for (const std::uint32_t key : order) timers.clear(key);
    state.PauseTiming();
    {
      const Timers dropped = std::move(timers);
    }
    state.ResumeTiming();
  }
  per_timer(state, load.keys.size());
}

template <typename Timers>
void fire(benchmark::State& state) {
  const Load& load = load_of(static_cast<std::size_t>(state.range(0)), state.range(1) != 0);
  for (auto _ : state) {
    state.PauseTiming();
    Timers timers = armed<Timers>(load);
    state.ResumeTiming();
    std::uint32_t key = 0;
    std::size_t fired = 0;
    for (std::int64_t now = kNow; now <= kNow + kSpanMs; now += 5) {  // a step of the shard now and then
      while (timers.take_due(now, &key)) ++fired;
    }
    if (fired != load.keys.size()) state.SkipWithError("not all fired");
    state.PauseTiming();
    {
      const Timers dropped = std::move(timers);
    }
    state.ResumeTiming();
  }
  per_timer(state, load.keys.size());
}

constexpr std::int64_t kCount = 10'000'000;
#define TIMERS(operation)                                                                            \
  BENCHMARK(operation<flow::timers::Wheel>)->Args({kCount, 1})->Args({kCount, 0})->Iterations(1);    \
  BENCHMARK(operation<flow::bench::Deadlines>)->Args({kCount, 1})->Args({kCount, 0})->Iterations(1); \
  BENCHMARK(operation<Queue>)->Args({kCount, 1})->Args({kCount, 0})->Iterations(1)
TIMERS(arm);
TIMERS(cancel);
TIMERS(fire);

}  // namespace

BENCHMARK_MAIN();
