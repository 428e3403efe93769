// Why the service refused a request: an Error for people plus a code that programs can rely on.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flow::service {

// Part of the API: never renamed, never reused (docs/http-api.md). The comment is the HTTP status it is meant for.
enum class Problem : std::uint8_t {
  invalid_request,       // 400 malformed in a way that is not about one input
  invalid_input,         // 422 an input is missing, unknown, of the wrong type or out of range; the message says which
  invalid_bundle,        // 422 not a bundle, damaged, or not verified
  unbound_channel,       // 409 the bundle names a channel that the configuration does not bind
  unbound_operation,     // 409 the bundle asks somebody whom the configuration does not bind
  no_secret_key,         // 409 the bundle has secret inputs and no key to seal them is configured
  unknown_bundle,        // 404
  unknown_flow,          // 404 no such flow in the bundle, or none of that name was ever published
  not_published,         // 409 known, but unpublished
  unknown_execution,     // 404
  unknown_signal,        // 422 no `on signal` of that name in the execution's flow
  idempotency_conflict,  // 409 the key was used with another body
  discarded,             // 409 its discard time had passed before it could begin
  invalid_cursor,        // 400
  overloaded,            // 503 a bounded queue is full: try again
  too_many_executions,   // 503 limits::kActiveExecutionsMax
  low_space,             // 507 the disk is nearly full: what runs is carried on, nothing new is begun
  not_owner,             // 503 another node has this execution's slot, or is about to: try again
  shutting_down,         // 503
  storage_failed,        // 500 whether it was done is not known: repeat it with the same idempotency key
  internal,              // 500
};
// "invalid_input"; the last part of the problem's type URI.
std::string_view to_string(Problem problem);

struct Fault {
  Problem problem{};
  Error error;                      // of invalid_input the message names the input
  std::int64_t retry_after_ms = 0;  // real time after which to try again; 0: nothing is known about that
  // Of not_owner: the slot that is not here. Nothing was done then; without it, what was under way when the shard left
  // may have been done.
  std::optional<std::uint8_t> slot = {};
};

// Of a bundle that could not be loaded: the store's fault when it did not answer, else ours.
inline Fault bundle_fault(const Error& error) {
  const bool store = error.code == ErrorCode::unavailable || error.code == ErrorCode::io_error;
  return Fault{store ? Problem::storage_failed : Problem::internal, error};
}

template <typename T>
using Outcome = std::expected<T, Fault>;

}  // namespace flow::service
