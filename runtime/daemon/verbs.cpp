#include "runtime/daemon/verb.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>

namespace flow::daemon {

// Each is defined in verb_NAME.cpp.
void add_serve(CLI::App& app, Action& action);
void add_health(CLI::App& app, Action& action);
void add_inspect(CLI::App& app, Action& action);
void add_backup(CLI::App& app, Action& action);
void add_restore(CLI::App& app, Action& action);
void add_move(CLI::App& app, Action& action);
void add_erase(CLI::App& app, Action& action);

const std::vector<AddVerb>& verbs() {
  static const std::vector<AddVerb> all = {
      add_serve, add_health, add_inspect, add_backup, add_restore, add_move, add_erase,
  };
  return all;
}

int could_not_run(std::string_view why) {
  fmt::print(stderr, "flowd: {}\n", why);
  return kCouldNotRun;
}

int could_not_run(const Error& error) {
  return could_not_run(error.message);
}

int not_well(std::string_view what) {
  fmt::print(stderr, "flowd: {}\n", what);
  return kNotWell;
}

int print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return kDone;
  return could_not_run(fmt::format("cannot write to standard output: {}", std::strerror(errno)));
}

}  // namespace flow::daemon
