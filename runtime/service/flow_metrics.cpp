#include "runtime/service/flow_metrics.h"

#include <iterator>

namespace flow::service {

namespace {
constexpr const char* kEnds[] = {"", "done", "failed", "outcome", "expired"};
constexpr const char* kTimers[] = {"expires", "handover", "undelivered", "unread", "wait", "late", "silent"};
static_assert(std::size(kTimers) == program::kTimerCount);
constexpr const char* kReceipts[] = {"none", "accepted", "sent", "delivered", "read", "failed", "opted_out"};
constexpr const char* kVerdicts[] = {"applied", "repeated", "unknown_execution"};
}  // namespace

std::string_view to_string(Refused why) {
  constexpr std::array<std::string_view, kRefusedCount> kNames = {"opted_out", "limit_recipient", "limit_prefix",
                                                                  "not_counted", "window_closed"};
  return kNames[static_cast<std::size_t>(why)];
}

FlowMetrics::FlowMetrics(core::MetricSet& metrics, const std::string& flow)
    : started(metrics.counter("flow_executions_started_total", "Executions started", {{"flow", flow}})) {
  for (std::size_t i = 1; i < ended.size(); ++i) {
    ended[i] = &metrics.counter("flow_executions_ended_total", "Executions ended", {{"end", kEnds[i]}, {"flow", flow}});
  }
}

ChannelMetrics::ChannelMetrics(core::MetricSet& metrics, const std::string& name)
    : attempts(metrics.counter("flow_send_attempts_total", "Attempts to hand a message over", {{"channel", name}})),
      given_up(metrics.counter("flow_sends_given_up_total", "Messages that were not handed over", {{"channel", name}})),
      unknown(metrics.counter("flow_sends_unknown_total", "Attempts that may or may not have reached the provider",
                              {{"channel", name}})),
      resumed(metrics.counter("flow_sends_resumed_total", "Messages that a restart found not known to be handed over",
                              {{"channel", name}})),
      resent(metrics.counter("flow_sends_resent_total", "Attempts that may repeat one of before a restart",
                             {{"channel", name}})),
      channel(name) {
  for (std::size_t i = 0; i < refused.size(); ++i) {
    const std::string why(to_string(static_cast<Refused>(i)));
    refused[i] = &metrics.counter("flow_sends_refused_total", "Messages that were not handed over by flowd's decision",
                                  {{"channel", name}, {"reason", why}});
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    const std::string result(outbox::to_string(static_cast<outbox::SendClass>(i)));
    results[i] =
        &metrics.counter("flow_send_results_total", "How attempts ended", {{"channel", name}, {"result", result}});
  }
}

ShardMetrics::ShardMetrics(core::MetricSet& metrics)
    : commits(metrics.counter("flow_commits_total", "Batches that were committed")),
      records(metrics.counter("flow_journal_records_total", "Records written to the log")),
      internal_errors(metrics.counter("flow_internal_errors_total", "Executions that could not be moved")),
      late_receipts(metrics.counter("flow_late_receipts_total", "Receipts of messages whose step was left")),
      repeated_starts(
          metrics.counter("flow_starts_repeated_total", "Starts whose key was known, with the same request")),
      rewritten(metrics.counter("flow_records_rewritten_total", "Records written again so that old log can go")),
      operations_resumed(
          metrics.counter("flow_operations_resumed_total", "Operations that a restart found without an outcome")),
      operations_cancelled(
          metrics.counter("flow_operations_cancelled_total", "Operations whose step was left before their outcome")),
      commit_seconds(metrics.histogram("flow_commit_seconds", "From the end of a step until its batch is durable")) {
  for (std::size_t i = 0; i < timers.size(); ++i) {
    timers[i] = &metrics.counter("flow_timers_fired_total", "Timers that fired", {{"timer", kTimers[i]}});
  }
  constexpr std::array<const char*, kMemoryCount> kOf = {"records", "ids", "keys", "ended_keys", "timers", "order"};
  for (std::size_t i = 0; i < memory.size(); ++i) {
    memory[i] = &metrics.gauge("flow_memory_bytes", "What shards hold of executions in memory", {{"of", kOf[i]}});
  }
  constexpr std::array<const char*, 3> kAttempts = {"answered", "failed", "repeated"};
  for (std::size_t i = 0; i < operation_attempts.size(); ++i) {
    operation_attempts[i] = &metrics.counter("flow_operation_attempts_total", "How attempts of operations ended",
                                             {{"result", kAttempts[i]}});
  }
  signals[0] = &metrics.counter("flow_signals_total", "Signals", {{"handled", "false"}});
  signals[1] = &metrics.counter("flow_signals_total", "Signals", {{"handled", "true"}});
  constexpr std::array<const char*, 4> kInbound = {"taken", "repeated", "nobody", "started"};
  for (std::size_t i = 0; i < inbound.size(); ++i) {
    inbound[i] = &metrics.counter("flow_inbound_total", "Messages that people sent to us", {{"verdict", kInbound[i]}});
  }
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    for (std::size_t j = 0; j < receipts[i].size(); ++j) {
      receipts[i][j] =
          &metrics.counter("flow_receipts_total", "Receipts", {{"status", kReceipts[i]}, {"verdict", kVerdicts[j]}});
    }
  }
}

}  // namespace flow::service
