// Work whose instructions are counted under callgrind (tests/counts/check): what a step, a number and an imported node
// cost, whatever the machine and however busy it is. Run by itself it only prints how often it did each.
//   instruction_counts FOLDER        a folder for object code, which a first run fills
#include <valgrind/callgrind.h>

#include <cstdio>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "bench/imports.h"
#include "bench/workload.h"
#include "compiler/import/console/console.h"
#include "compiler/import/studio/studio.h"
#include "compiler/interpret/interpreter.h"
#include "compiler/jit/jit.h"
#include "numbers/numbers.h"

namespace flow::counts {
namespace {

// `body` does its work `items` times. Once before, so that what happens at first use is not counted.
void count(const char* name, std::size_t items, const std::function<void()>& body) {
  body();
  // Callgrind reads the name after we have gone on.
  static std::deque<std::string> names;
  names.push_back(fmt::format("{}/{}", name, items));
  CALLGRIND_START_INSTRUMENTATION;
  CALLGRIND_ZERO_STATS;
  body();
  // The check divides the count by the number behind the slash.
  CALLGRIND_DUMP_STATS_AT(names.back().c_str());
  CALLGRIND_STOP_INSTRUMENTATION;
  fmt::print("{}: {} times\n", name, items);
}

enum class Engine { interpreter, baseline, optimised };

std::unique_ptr<program::Program> make(Engine engine, const std::shared_ptr<const ir::Module>& module,
                                       const std::string& cache) {
  if (engine == Engine::interpreter) return interpret::make_interpreter(module, 0);
  jit::Options options;
  options.level = engine == Engine::baseline ? jit::Level::baseline : jit::Level::optimised;
  options.processor = "x86-64-v2";  // the same code everywhere
  options.cache_folder = cache;
  auto program = jit::compile(module, 0, options);
  FLOW_CHECK(program.has_value(), "{}", program.error().message);
  return *std::move(program);
}

// Without the frame's beginning, which is counted by itself.
void count_steps(const char* name, const bench::Workload& workload, Engine engine, const std::string& cache) {
  const auto program = make(engine, workload.modules[0], cache);
  std::vector<std::vector<program::FlowEvent>> events;
  std::size_t items = 0;
  for (const bench::Sequence& sequence : workload.sequences[0]) {
    auto& raw = events.emplace_back();
    for (const differential::Event& event : sequence.events) raw.push_back(event.raw());
    items += raw.size();
  }
  program::Frame frame(numbers::region_of);
  count(name, items, [&] {
    for (std::size_t i = 0; i < events.size(); ++i) {
      bench::begin(frame, program->info(), workload.sequences[0][i]);
      for (const program::FlowEvent& event : events[i]) {
        frame.clear_effects();
        program->advance(frame, event);
      }
    }
  });
}

// Plausible numbers of many calling codes; which are valid is the table's matter.
std::vector<std::string> some_numbers() {
  std::vector<std::string> all;
  std::uint64_t state = 20'261'121;
  for (const std::uint32_t code : numbers::calling_codes()) {
    for (int i = 0; i < 20; ++i) {
      state = state * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
      all.push_back(fmt::format("+{}{}", code, 100'000'000 + (state >> 33) % 900'000'000));
    }
  }
  return all;
}

void count_numbers() {
  const std::vector<std::string> all = some_numbers();
  std::int64_t sum = 0;
  count("number region", all.size(), [&] {
    for (const std::string& number : all) sum += numbers::region_of(number);
  });
  fmt::print("sum {}\n", sum);
}

// A node of a graph that is imported, checked and proven; of one ten times as large it costs the same, but for the
// logarithm of a look-up.
void count_imports() {
  const auto count_nodes = [](const char* name, const importing::Format& format, const std::string& bytes,
                              std::size_t nodes) { count(name, nodes, [&] { bench::import_whole(format, bytes); }); };
  const importing::Format& console = importing::console::format();
  const importing::Format& studio = importing::studio::format();
  count_nodes("import canvas of 500", console, bench::foreign_graph(500), 500);
  count_nodes("import canvas of 5000", console, bench::foreign_graph(5000), 5000);
  count_nodes("import envelope of 500", console, bench::own_envelope(500), 500);
  count_nodes("import Studio of 500", studio, bench::studio_definition(500), 500);
  count_nodes("import Studio of 5000", studio, bench::studio_definition(5000), 5000);
  count_nodes("import Terraform of 500", studio, bench::terraform(500), 500);
}

}  // namespace
}  // namespace flow::counts

int main(int argc, char** argv) {
  using namespace flow;
  using counts::Engine;
  if (argc != 2) {
    fmt::print(stderr, "usage: instruction_counts FOLDER\n");
    return 2;
  }
  FLOW_CHECK(numbers::load().has_value() && jit::load().has_value());
  const bench::Workload fallback = bench::otp_fallback();
  const bench::Workload mixed = bench::otp_mixed();
  counts::count_steps("fallback step interpreter", fallback, Engine::interpreter, argv[1]);
  counts::count_steps("fallback step low", fallback, Engine::baseline, argv[1]);
  counts::count_steps("fallback step high", fallback, Engine::optimised, argv[1]);
  counts::count_steps("mixed step interpreter", mixed, Engine::interpreter, argv[1]);
  counts::count_steps("mixed step low", mixed, Engine::baseline, argv[1]);
  counts::count_steps("mixed step high", mixed, Engine::optimised, argv[1]);
  counts::count_numbers();
  counts::count_imports();
  return 0;
}
