// Whole-process times: from posix_spawn() until the process has ended and was reaped, side by side with a program that
// does nothing. Every run is a process; `cpu_ms` (user and system) and `rss_mb` are what the kernel says of it.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

namespace {

constexpr int kRuns = 100;

struct Run {
  bool fine = false;
  double wall_s = 0;
  double cpu_ms = 0;
  double rss_mb = 0;
};

double ms(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
}

Run run(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t silent;
  posix_spawn_file_actions_init(&silent);
  posix_spawn_file_actions_addopen(&silent, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&silent, STDERR_FILENO, "/dev/null", O_WRONLY, 0);

  Run result;
  pid_t child = 0;
  int status = 0;
  rusage usage{};
  const auto begin = std::chrono::steady_clock::now();
  const bool started = ::posix_spawn(&child, arguments[0], &silent, nullptr, arguments.data(), environ) == 0;
  const bool ended = started && ::wait4(child, &status, 0, &usage) == child;
  result.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  posix_spawn_file_actions_destroy(&silent);
  result.fine = ended && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  result.cpu_ms = ms(usage.ru_utime) + ms(usage.ru_stime);
  result.rss_mb = static_cast<double>(usage.ru_maxrss) / 1024;
  return result;
}

void startup(benchmark::State& state, const std::vector<std::string>& command) {
  for (auto _ : state) {
    const Run result = run(command);
    if (!result.fine) {
      state.SkipWithError("it did not end with exit code 0");
      return;
    }
    state.SetIterationTime(result.wall_s);
    state.counters["cpu_ms"] = result.cpu_ms;
    state.counters["rss_mb"] = result.rss_mb;
  }
}

// Registers the command; false, with a complaint, when it does not run here.
bool add(const std::string& name, const std::vector<std::string>& command) {
  if (!run(command).fine) {
    fmt::print(stderr, "bench_startup: `{}` does not end with exit code 0\n", name);
    return false;
  }
  benchmark::RegisterBenchmark(name.c_str(), [command](benchmark::State& state) { startup(state, command); })
      ->UseManualTime()
      ->Iterations(1)
      ->Repetitions(kRuns)
      ->ReportAggregatesOnly(true)
      ->Unit(benchmark::kMillisecond);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string flowc = FLOW_BIN_DIR "/flowc";
  const bool all_run = add("hello", {FLOW_BIN_DIR "/../bench/bench_hello"}) &&
                       add("flowc --version", {flowc, "--version"}) &&
                       add("flowc check flows/otp", {flowc, "check", FLOW_SOURCE_DIR "/flows/otp"});
  if (!all_run) return 1;

  // Runs of all in turn, so that a slow moment of the machine meets each of them.
  std::vector<char*> arguments(argv, argv + argc);
  std::string interleave = "--benchmark_enable_random_interleaving=true";
  arguments.push_back(interleave.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
