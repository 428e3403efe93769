// `flowc check` on generated workspaces: processor time and memory of the whole process, by size.
//   bench_check                       flows of 100 to 100,000 steps, and a workspace of 1,000 flows with 100 steps each
//   bench_check --write DIR FLOWS STEPS   only writes such a workspace
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/plain_flow.h"

namespace {

namespace fs = std::filesystem;
using flow::bench::write_workspace;

constexpr int kRuns = 5;

struct Run {
  int exit_code = -1;
  double cpu_ms = 0;
  double rss_mb = 0;
};

double ms(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
}

Run check(const std::string& folder) {
  std::string program = FLOW_BIN_DIR "/flowc";
  std::string verb = "check";
  std::string path = folder;
  char* arguments[] = {program.data(), verb.data(), path.data(), nullptr};
  posix_spawn_file_actions_t silent;
  posix_spawn_file_actions_init(&silent);
  posix_spawn_file_actions_addopen(&silent, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  Run result;
  pid_t child = 0;
  int status = 0;
  rusage usage{};
  const bool ended = ::posix_spawn(&child, arguments[0], &silent, nullptr, arguments, environ) == 0 &&
                     ::wait4(child, &status, 0, &usage) == child;
  posix_spawn_file_actions_destroy(&silent);
  if (ended && WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  result.cpu_ms = ms(usage.ru_utime) + ms(usage.ru_stime);
  result.rss_mb = static_cast<double>(usage.ru_maxrss) / 1024;
  return result;
}

// The median of some runs.
bool measure(const std::string& name, const std::string& folder, std::size_t bytes, std::size_t steps) {
  std::vector<Run> runs;
  for (int i = 0; i < kRuns; ++i) {
    runs.push_back(check(folder));
    if (runs.back().exit_code != 0) {
      fmt::print(stderr, "bench_check: {}: exit code {}\n", name, runs.back().exit_code);
      return false;
    }
    if (runs.back().cpu_ms > 5000) break;
  }
  std::sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) { return a.cpu_ms < b.cpu_ms; });
  const Run& median = runs[runs.size() / 2];
  fmt::print("{:28} {:10.1f} ms {:8.1f} us a step {:8.1f} MB {:8.1f} B a source byte ({} bytes)\n", name, median.cpu_ms,
             median.cpu_ms * 1e3 / static_cast<double>(steps), median.rss_mb,
             median.rss_mb * 1048576.0 / static_cast<double>(bytes), bytes);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 4 && words[0] == "--write") {
    write_workspace(words[1], std::stoul(words[2]), std::stoul(words[3]));
    return 0;
  }
  std::string pattern = (fs::temp_directory_path() / "bench-check-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) return 2;
  const fs::path root = pattern;
  bool fine = measure("flows/otp", FLOW_SOURCE_DIR "/flows/otp",
                      static_cast<std::size_t>(fs::file_size(FLOW_SOURCE_DIR "/flows/otp/deliver_otp.flow")), 6);
  for (const std::size_t steps : {100, 1000, 10'000, 100'000}) {
    const fs::path folder = root / fmt::format("steps_{}", steps);
    const std::size_t bytes = write_workspace(folder, 1, steps);
    fine = measure(fmt::format("1 flow, {} steps", steps), folder.string(), bytes, steps) && fine;
  }
  const std::size_t bytes = write_workspace(root / "many", 1000, 100);
  fine = measure("1,000 flows, 100 steps each", (root / "many").string(), bytes, 100'000) && fine;
  std::error_code ignored;
  fs::remove_all(root, ignored);
  return fine ? 0 : 1;
}
