// The names that the API shows.
#include "runtime/service/problem.h"
#include "runtime/service/service.h"

namespace flow::service {

std::string_view to_string(Problem problem) {
  switch (problem) {
    case Problem::invalid_request:
      return "invalid_request";
    case Problem::invalid_input:
      return "invalid_input";
    case Problem::invalid_bundle:
      return "invalid_bundle";
    case Problem::unbound_channel:
      return "unbound_channel";
    case Problem::unbound_operation:
      return "unbound_operation";
    case Problem::no_secret_key:
      return "no_secret_key";
    case Problem::unknown_bundle:
      return "unknown_bundle";
    case Problem::unknown_flow:
      return "unknown_flow";
    case Problem::not_published:
      return "not_published";
    case Problem::unknown_execution:
      return "unknown_execution";
    case Problem::unknown_signal:
      return "unknown_signal";
    case Problem::idempotency_conflict:
      return "idempotency_conflict";
    case Problem::discarded:
      return "discarded";
    case Problem::invalid_cursor:
      return "invalid_cursor";
    case Problem::overloaded:
      return "overloaded";
    case Problem::too_many_executions:
      return "too_many_executions";
    case Problem::low_space:
      return "low_space";
    case Problem::not_owner:
      return "not_owner";
    case Problem::shutting_down:
      return "shutting_down";
    case Problem::storage_failed:
      return "storage_failed";
    case Problem::internal:
      return "internal";
  }
  return "internal";
}

std::string_view to_string(TimelineKind kind) {
  switch (kind) {
    case TimelineKind::started:
      return "started";
    case TimelineKind::entered:
      return "entered";
    case TimelineKind::queued:
      return "queued";
    case TimelineKind::accepted:
      return "accepted";
    case TimelineKind::attempt_failed:
      return "attempt_failed";
    case TimelineKind::receipt:
      return "receipt";
    case TimelineKind::late_receipt:
      return "late_receipt";
    case TimelineKind::not_sent:
      return "not_sent";
    case TimelineKind::withdrawn:
      return "withdrawn";
    case TimelineKind::timer_set:
      return "timer_set";
    case TimelineKind::timer_fired:
      return "timer_fired";
    case TimelineKind::signal:
      return "signal";
    case TimelineKind::ended:
      return "ended";
    case TimelineKind::outcome_unknown:
      return "outcome_unknown";
    case TimelineKind::resent:
      return "resent";
    case TimelineKind::reply:
      return "reply";
    case TimelineKind::asked:
      return "asked";
    case TimelineKind::ask_failed:
      return "ask_failed";
    case TimelineKind::answered:
      return "answered";
    case TimelineKind::cancelled:
      return "cancelled";
    case TimelineKind::began_other:
      return "began_other";
  }
  return "ended";
}

}  // namespace flow::service
