// Simulates seed after seed until something is wrong. docs/simulation.md says how to read what it prints.
//
//   simulation_test [--from N] [--to N] [--executions N] [--seed N] [--orders N] [--nodes N] [--disk]
//                   [--faults "crash 20, …"] [--canary NAME] [--without FAULT] [--keep-going]
//
// FLOW_TEST_LONG=1: four times as many executions.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "runtime/core/log.h"
#include "tests/simulation/world.h"
#include "tests/support/long_run.h"

namespace flow::simulation {
namespace {

constexpr std::uint64_t kLonger = 4;

struct Options {
  Plan plan;
  std::uint64_t from = 1;
  std::uint64_t to = 200;
  std::uint64_t executions = UINT64_MAX;  // enough
  bool keep_going = false;
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// False: it is not known.
bool take(Options& options, std::string_view name, std::string_view value) {
  if (name == "--faults") return (options.plan.faults = Faults::parse(value)).has_value();
  if (name == "--canary") return (options.plan.canary = canary_named(value)).has_value();
  if (name == "--without") return (options.plan.without = fault_named(value)).has_value();
  const auto given = number(value);
  if (!given) return false;
  if (name == "--seed") {
    options.from = options.to = *given;
  } else if (name == "--from") {
    options.from = *given;
  } else if (name == "--to") {
    options.to = *given;
  } else if (name == "--executions") {
    options.executions = *given * (testing_support::long_run() ? kLonger : 1);
    options.to = UINT64_MAX;
  } else if (name == "--orders") {
    options.plan.orders = static_cast<std::uint32_t>(*given);
  } else if (name == "--nodes") {
    options.plan.nodes = static_cast<std::uint32_t>(*given);
    options.plan.disk = false;
  } else {
    return false;
  }
  return true;
}

void report(const Plan& plan, const Verdict& verdict) {
  fmt::print("seed {} failed: {}\nfaults: {}\nreplay: simulation_test {}\n", plan.seed, verdict.failure->what,
             verdict.faults.text(), replay_command(plan));
  const Plan smaller = shrink(plan);
  const Verdict again = simulate(smaller);
  fmt::print("smaller: simulation_test {}\n{}", replay_command(smaller), again.timeline);
  if (!again.failure) return;
  fmt::print("{}: execution {}, order {}\n{}", again.failure->what, static_cast<int>(again.failure->execution),
             static_cast<int>(again.failure->order), again.failure->committed);
}

int run(const Options& options) {
  Verdict sum;
  std::uint64_t seeds = 0;
  std::uint64_t failures = 0;
  const auto begun = std::chrono::steady_clock::now();
  for (std::uint64_t seed = options.from; seed <= options.to && sum.executions < options.executions; ++seed) {
    Plan plan = options.plan;
    plan.seed = seed;
    const Verdict verdict = simulate(plan);
    ++seeds;
    sum.executions += verdict.executions;
    sum.sends += verdict.sends;
    sum.repeats += verdict.repeats;
    sum.deaths += verdict.deaths;
    sum.events += verdict.events;
    sum.hash = sum.hash * 31 + verdict.hash;
    if (!verdict.failure) continue;
    ++failures;
    if (!options.keep_going) {
      report(plan, verdict);
      return 1;
    }
    fmt::print("seed {} failed: {}\n", seed, verdict.failure->what);
    std::fflush(stdout);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  fmt::print(
      "{} seeds, {} executions, {} messages, {} repeats, {} deaths, {} events, history {:016x}; {:.1f} s, {:.0f} us an "
      "execution\n",
      seeds, sum.executions, sum.sends, sum.repeats, sum.deaths, sum.events, sum.hash, took.count(),
      took.count() * 1e6 / static_cast<double>(sum.executions));
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace flow::simulation

int main(int argc, char** argv) {
  flow::core::log::set_sink([](std::string_view) {});
  flow::core::log::set_level(flow::core::log::Level::error);
  flow::simulation::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--disk") {
      options.plan.disk = true;
    } else if (name == "--keep-going") {
      options.keep_going = true;
    } else if (i + 1 >= argc || !flow::simulation::take(options, name, argv[++i])) {
      fmt::print(stderr, "simulation_test: `{}` is not understood\n", name);
      return 2;
    }
  }
  return flow::simulation::run(options);
}
