#include "compiler/driver/output.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <unistd.h>

#include "compiler/diagnostics/display.h"

namespace flow::driver {
namespace {

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

}  // namespace

bool use_color(ColorChoice choice, std::FILE* stream) {
  if (choice != ColorChoice::automatic) return choice == ColorChoice::always;
  const char* term = std::getenv("TERM");
  const bool dumb = term != nullptr && std::string_view(term) == "dumb";
  return !dumb && !is_set("NO_COLOR") && isatty(fileno(stream)) == 1;
}

Status write_output(std::string_view text) {
  const std::size_t written = std::fwrite(text.data(), 1, text.size(), stdout);
  if (written != text.size() || std::fflush(stdout) != 0) {
    return fail(ErrorCode::io_error, "cannot write to standard output: {}", std::strerror(errno));
  }
  return {};
}

int could_not_run(std::string_view message) {
  // Line by line: a remedy may stand on a line of its own.
  for (std::size_t at = 0; at <= message.size();) {
    const std::size_t end = std::min(message.find('\n', at), message.size());
    fmt::print(stderr, "{}{}\n", at == 0 ? "flowc: " : "       ", diagnostics::printable(message.substr(at, end - at)));
    at = end + 1;
  }
  return kExitCouldNotRun;
}

int could_not_run(const Error& error) {
  return could_not_run(error.message);
}

}  // namespace flow::driver
