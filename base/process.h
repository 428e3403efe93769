// A child process that cannot outlive its parent: for demos, tests and benchmarks that start flowd and flowsim.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace flow {

struct ProcessOptions {
  std::vector<std::string> arguments;                            // [0] is the program's path
  std::vector<std::pair<std::string, std::string>> environment;  // added to the parent's
  std::string output_file;                                       // for both streams, appended to; empty: inherited
};

// How a process ended: its exit code, or the signal that killed it.
struct ProcessEnd {
  int exit_code = -1;
  int signal = 0;
};

// Owns the child: the destructor kills it (SIGKILL) and waits for it. Movable; one thread.
class Process {
 public:
  // Fails with not_found or io_error when the program cannot be run; nothing is left behind then.
  static Result<Process> start(const ProcessOptions& options);

  Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Process& operator=(Process&& other) noexcept;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  pid_t pid() const { return pid_; }
  void send_signal(int signal) const;
  // Nothing when it still runs after `patience`.
  std::optional<ProcessEnd> wait(std::chrono::milliseconds patience);
  // kill -9, and waits.
  void kill();

 private:
  explicit Process(pid_t pid) : pid_(pid) {}
  pid_t pid_ = -1;  // -1: none, or its end was seen
};

// The folder of the program that runs.
std::string own_folder();

}  // namespace flow
