// Nanoseconds a step (one event through one Program), both engines side by side on the same recorded sequences.
// A sequence is one execution: the frame is set to its beginning and its inputs once, then gets all events.
#include <benchmark/benchmark.h>

#include "base/check.h"
#include "bench/workload.h"
#include "compiler/interpret/interpreter.h"
#include "compiler/jit/jit.h"
#include "numbers/numbers.h"

namespace flow::bench {
namespace {

enum class Engine { none, interpreter, baseline, optimised };

std::unique_ptr<program::Program> make(Engine engine, const std::shared_ptr<const ir::Module>& module) {
  if (engine == Engine::none || engine == Engine::interpreter) return interpret::make_interpreter(module, 0);
  jit::Options options;
  options.level = engine == Engine::baseline ? jit::Level::baseline : jit::Level::optimised;
  auto program = jit::compile(module, 0, options);
  FLOW_CHECK(program.has_value(), "{}", program.error().message);
  return std::move(*program);
}

void begin(program::Frame& frame, const program::FlowInfo& info, const Sequence& sequence) {
  frame.reset(info);
  for (std::size_t i = 0; i < sequence.inputs.size(); ++i) {
    if (!sequence.inputs[i]) continue;
    if (program::is_text(info.fields[i].type)) {
      frame.set_text(i, sequence.inputs[i]->text);
    } else {
      frame.set_scalar(i, sequence.inputs[i]->scalar);
    }
  }
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
          frame.effects().clear();
          if (engine != Engine::none) benchmark::DoNotOptimize(programs[m]->advance(frame, event));
        }
      }
    }
  }
  state.SetItemsProcessed(state.iterations() * count);
  state.counters["a_step"] = benchmark::Counter(static_cast<double>(state.iterations() * count),
                                                benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void add(const Workload& workload) {
  const std::pair<Engine, const char*> engines[] = {{Engine::none, "frame only"},
                                                    {Engine::interpreter, "interpreter"},
                                                    {Engine::baseline, "jit baseline"},
                                                    {Engine::optimised, "jit optimised"}};
  for (const auto& [which, name] : engines) {
    benchmark::RegisterBenchmark(
        (workload.name + "/" + name).c_str(),
        [workload, engine = which](benchmark::State& state) { steps(state, workload, engine); });
  }
}

}  // namespace
}  // namespace flow::bench

int main(int argc, char** argv) {
  using namespace flow;
  FLOW_CHECK(numbers::load().has_value());
  bench::add(bench::otp_fallback());
  bench::add(bench::otp_mixed());
  bench::add(bench::generated_mixed());
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
