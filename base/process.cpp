#include "base/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>

#include "base/check.h"

extern char** environ;

namespace flow {
namespace {

std::vector<std::string> child_environment(const ProcessOptions& options) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) all.emplace_back(*entry);
  // A later entry of the same name would lose against an earlier one in some programs: take the earlier ones out.
  for (const auto& [name, value] : options.environment) {
    std::erase_if(all, [&](const std::string& entry) { return entry.starts_with(name + "="); });
    all.push_back(name + "=" + value);
  }
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// Only what is safe between fork and exec. Does not return; a failure's errno goes into `report`.
[[noreturn]] void become(const std::vector<char*>& arguments, const std::vector<char*>& environment, int output,
                         pid_t parent, int report) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it died before the line above
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  if (output >= 0) {
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
  }
  ::execve(arguments[0], arguments.data(), environment.data());
  const int error = errno;
  [[maybe_unused]] const ssize_t written = ::write(report, &error, sizeof error);
  ::_exit(127);
}

int open_output(const std::string& path) {
  return path.empty() ? -1 : ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

}  // namespace

Result<Process> Process::start(const ProcessOptions& options) {
  FLOW_CHECK(!options.arguments.empty());
  std::vector<std::string> arguments = options.arguments;
  std::vector<std::string> environment = child_environment(options);
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> environment_pointers = pointers(environment);

  const int output = open_output(options.output_file);
  if (output < 0 && !options.output_file.empty()) {
    return fail(ErrorCode::io_error, "cannot write `{}`: {}", options.output_file, std::strerror(errno));
  }
  std::array<int, 2> report{};
  if (::pipe2(report.data(), O_CLOEXEC) != 0) {
    if (output >= 0) ::close(output);
    return fail(ErrorCode::io_error, "cannot make a pipe: {}", std::strerror(errno));
  }
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(argument_pointers, environment_pointers, output, parent, report[1]);
  const int fork_error = errno;
  ::close(report[1]);
  if (output >= 0) ::close(output);
  int error = 0;
  const ssize_t got = pid > 0 ? ::read(report[0], &error, sizeof error) : 0;
  ::close(report[0]);
  if (pid < 0) return fail(ErrorCode::io_error, "cannot start a process: {}", std::strerror(fork_error));
  Process process(pid);
  if (got == static_cast<ssize_t>(sizeof error)) {
    process.kill();
    return fail(ErrorCode::not_found, "cannot run `{}`: {}", arguments[0], std::strerror(error));
  }
  return process;
}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    kill();
    pid_ = std::exchange(other.pid_, -1);
  }
  return *this;
}

Process::~Process() {
  kill();
}

void Process::send_signal(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

std::optional<ProcessEnd> Process::wait(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (pid_ > 0) {
    int status = 0;
    const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended == pid_) {
      pid_ = -1;
      if (WIFSIGNALED(status)) return ProcessEnd{-1, WTERMSIG(status)};
      return ProcessEnd{WEXITSTATUS(status), 0};
    }
    if (std::chrono::steady_clock::now() >= until) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return ProcessEnd{};
}

void Process::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

std::string own_folder() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::string(".") : program.parent_path().string();
}

}  // namespace flow
