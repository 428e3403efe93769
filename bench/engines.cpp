// Nanoseconds a step (one event through one Program), both engines side by side on the same recorded sequences, and
// beside flows/otp what a programmer would write (hand_written.h).
//
// A sequence is one execution: the frame is set to its beginning and its inputs once, then gets all events. `random`
// has a million executions of flows/otp that wait; each event is for one of them, in random order.
#include <algorithm>
#include <cstring>
#include <random>

#include <benchmark/benchmark.h>

#include "base/check.h"
#include "bench/hand_written.h"
#include "bench/workload.h"
#include "compiler/interpret/interpreter.h"
#include "compiler/jit/jit.h"
#include "numbers/numbers.h"

namespace flow::bench {
namespace {

enum class Engine { none, by_hand, plain, interpreter, baseline, optimised };

std::unique_ptr<program::Program> make(Engine engine, const std::shared_ptr<const ir::Module>& module) {
  if (engine == Engine::plain) return interpret::make_plain_interpreter(module, 0);
  if (engine == Engine::none || engine == Engine::interpreter) return interpret::make_interpreter(module, 0);
  if (engine == Engine::by_hand) return hand_written_otp(module->flows[0].info);
  jit::Options options;
  options.level = engine == Engine::baseline ? jit::Level::baseline : jit::Level::optimised;
  auto program = jit::compile(module, 0, options);
  FLOW_CHECK(program.has_value(), "{}", program.error().message);
  return std::move(*program);
}

void steps(benchmark::State& state, const Workload& workload, Engine engine) {
  std::vector<std::unique_ptr<program::Program>> programs;
  std::vector<std::vector<std::vector<program::FlowEvent>>> events;
  std::int64_t count = 0;
  for (std::size_t m = 0; m < workload.modules.size(); ++m) {
    programs.push_back(make(engine, workload.modules[m]));
    auto& of_module = events.emplace_back();
    for (const Sequence& sequence : workload.sequences[m]) {
      auto& raw = of_module.emplace_back();
      for (const differential::Event& event : sequence.events) raw.push_back(event.raw());
      count += static_cast<std::int64_t>(raw.size());
    }
  }
  program::Frame frame(numbers::region_of);
  for (auto _ : state) {
    for (std::size_t m = 0; m < programs.size(); ++m) {
      for (std::size_t s = 0; s < events[m].size(); ++s) {
        begin(frame, programs[m]->info(), workload.sequences[m][s]);
        for (const program::FlowEvent& event : events[m][s]) {
          frame.clear_effects();
          if (engine != Engine::none) benchmark::DoNotOptimize(programs[m]->advance(frame, event));
        }
      }
    }
  }
  state.SetItemsProcessed(state.iterations() * count);
  state.counters["a_step"] = benchmark::Counter(static_cast<double>(state.iterations() * count),
                                                benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// What an execution that waits has in memory: its record, and apart from it what it keeps.
struct Kept {
  program::FlowRest rest;
  program::FlowField fields[6];
  program::FlowMessage messages[4];
};
struct Waiting {
  std::vector<program::FlowFrame> records;
  std::vector<Kept> kept;
};

constexpr std::size_t kWaiting = 1'000'000;

// A million that have begun and wait for what is reported of their first message.
Waiting begin_many(const program::Program& program, program::Frame& frame, const Workload& workload) {
  Waiting all;
  all.records.resize(kWaiting);
  all.kept.resize(kWaiting);
  const std::vector<Sequence>& sequences = workload.sequences[0];
  for (std::size_t i = 0; i < kWaiting; ++i) {
    const Sequence& sequence = sequences[i % sequences.size()];
    begin(frame, program.info(), sequence);
    FLOW_CHECK(program.advance(frame, sequence.events[0].raw()) == program::Verdict::changed);
    FLOW_CHECK(program.info().fields.size() <= std::size(all.kept[i].fields) && frame.messages().size() == 1);
    all.kept[i].rest = frame.rest();
    std::copy_n(frame.raw().fields, program.info().fields.size(), all.kept[i].fields);
    all.kept[i].messages[0] = frame.messages()[0];
    all.records[i] = frame.raw();
  }
  for (std::size_t i = 0; i < kWaiting; ++i) {
    all.records[i].fields = all.kept[i].fields;
    all.kept[i].rest.messages = all.kept[i].messages;
    all.kept[i].rest.message_capacity = static_cast<std::uint32_t>(std::size(all.kept[i].messages));
    for (program::FlowField& field : all.kept[i].fields)  // texts in the frame's memory go with the next execution
      if (field.text.size != 0) field.text = {"+639171234567", 13};
  }
  return all;
}

// Accepted, sent: what nearly every message gets, and what leaves an execution of flows/otp waiting. The state is put
// back after each round, outside of the time.
void at_random(benchmark::State& state, const Workload& workload, Engine engine) {
  const auto program = make(engine, workload.modules[0]);
  program::Frame frame(numbers::region_of);
  const auto starter = make(Engine::interpreter, workload.modules[0]);
  const Waiting at_first = begin_many(*starter, frame, workload);
  std::vector<std::uint32_t> order(kWaiting);
  for (std::size_t i = 0; i < kWaiting; ++i) order[i] = static_cast<std::uint32_t>(i);
  std::ranges::shuffle(order, std::mt19937_64(20'261'121));
  begin(frame, program->info(), workload.sequences[0][0]);
  program::FlowEvent event{};
  event.kind = static_cast<std::int32_t>(program::EventKind::receipt);
  event.at_ms = differential::kBeginMs + 1000;
  Waiting all;
  for (auto _ : state) {
    state.PauseTiming();
    all = at_first;
    for (std::size_t i = 0; i < kWaiting; ++i) {
      all.records[i].fields = all.kept[i].fields;
      all.kept[i].rest.messages = all.kept[i].messages;
    }
    state.ResumeTiming();
    for (const program::Receipt receipt : {program::Receipt::accepted, program::Receipt::delivered}) {
      event.receipt = static_cast<std::int32_t>(receipt);
      for (const std::uint32_t i : order) {
        frame.clear_effects();
        frame.raw() = all.records[i];
        if (engine != Engine::none) benchmark::DoNotOptimize(program->advance(frame, event));
        all.records[i] = frame.raw();
      }
    }
  }
  state.SetItemsProcessed(state.iterations() * 2 * static_cast<std::int64_t>(kWaiting));
  state.counters["a_step"] = benchmark::Counter(static_cast<double>(state.iterations() * 2 * kWaiting),
                                                benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

using Measure = void (*)(benchmark::State& state, const Workload& workload, Engine engine);

void add(const std::string& name, const Workload& workload, bool has_peer, Measure measure) {
  const std::pair<Engine, const char*> engines[] = {{Engine::none, "frame only"},
                                                    {Engine::by_hand, "by hand"},
                                                    {Engine::plain, "interpreter without passes"},
                                                    {Engine::interpreter, "interpreter"},
                                                    {Engine::baseline, "jit baseline"},
                                                    {Engine::optimised, "jit optimised"}};
  for (const auto& [which, of] : engines) {
    if (which == Engine::by_hand && !has_peer) continue;
    benchmark::RegisterBenchmark(
        (name + "/" + of).c_str(),
        [workload, engine = which, measure](benchmark::State& state) { measure(state, workload, engine); });
  }
}

}  // namespace
}  // namespace flow::bench

int main(int argc, char** argv) {
  using namespace flow;
  FLOW_CHECK(numbers::load().has_value());
  bench::add("otp/fallback", bench::otp_fallback(), true, bench::steps);
  bench::add("otp/random", bench::otp_fallback(), true, bench::at_random);
  bench::add("otp/mixed", bench::otp_mixed(), true, bench::steps);
  bench::add("generated/mixed", bench::generated_mixed(), false, bench::steps);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
