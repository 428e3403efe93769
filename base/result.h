// How code of this project says that the outside world refused: a value, never an exception.
//
// Three channels that never mix: a Diagnostic is about the author's flow (compiler/diagnostics), a Result or
// Status is about the world (files, network, stores, hostile bytes), FLOW_CHECK (base/check.h) is about our bugs.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace flow {

// Few codes, a rich message. The code decides what a program does next; the message tells a person.
enum class ErrorCode {
  invalid_argument,     // what was given is malformed; trying again cannot help
  not_found,            // nothing of that name
  already_exists,       // the same name with other content
  permission_denied,    // not authenticated, or not for this caller
  resource_exhausted,   // a limit or a full queue; may work later
  failed_precondition,  // well-formed, but not in this state (an unpublished flow, a newer store)
  unavailable,          // the other side did not answer; may work later
  data_loss,            // stored bytes are damaged
  io_error,             // the operating system refused
  internal,             // a library broke its promise
};

struct Error {
  ErrorCode code;
  std::string message;  // one line, lower-case start, no final period; never holds a secret
};

template <typename T>
using Result = std::expected<T, Error>;
using Status = std::expected<void, Error>;

template <typename... Args>
[[nodiscard]] std::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
  return std::unexpected(Error{code, fmt::format(text, std::forward<Args>(args)...)});
}

}  // namespace flow
