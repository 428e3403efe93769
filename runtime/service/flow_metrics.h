// Metrics that the hot path touches, looked up once.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/core/metrics.h"
#include "runtime/outbox/transport.h"
#include "runtime/program/abi.h"

namespace flow::service {

struct FlowMetrics {
  FlowMetrics(core::MetricSet& metrics, const std::string& flow);

  core::Metric& started;
  std::array<core::Metric*, 5> ended{};  // by program::EndKind; none for EndKind::none
};

// Why the service does not hand a message over that its flow sent.
enum class Refused : std::uint8_t { opted_out, limit_recipient, limit_prefix, not_counted, window_closed };
inline constexpr std::size_t kRefusedCount = 5;
std::string_view to_string(Refused why);

struct ChannelMetrics {
  ChannelMetrics(core::MetricSet& metrics, const std::string& channel);

  core::Metric& attempts;
  std::array<core::Metric*, 6> results{};  // by outbox::SendClass
  core::Metric& given_up;
  std::array<core::Metric*, kRefusedCount> refused{};  // by Refused
  core::Metric& unknown;
  core::Metric& resumed;
  core::Metric& resent;
  std::string channel;
};

// Of a shard.
struct ShardMetrics {
  explicit ShardMetrics(core::MetricSet& metrics);

  core::Metric& commits;
  core::Metric& records;
  core::Metric& internal_errors;
  core::Metric& late_receipts;
  core::Metric& repeated_starts;
  core::Metric& rewritten;
  std::array<core::Metric*, program::kTimerCount> timers{};
  std::array<core::Metric*, 2> signals{};                  // not handled, handled
  std::array<std::array<core::Metric*, 3>, 7> receipts{};  // by program::Receipt, then ReceiptVerdict
  std::array<core::Metric*, 4> inbound{};                  // by InboundVerdict
  core::Metric& operations_resumed;
  core::Metric& operations_cancelled;
  std::array<core::Metric*, 3> operation_attempts{};  // answered, failed, repeated
  core::Histogram& commit_seconds;
  // What shards hold in memory, by structure: Shard::memory().
  static constexpr std::size_t kMemoryCount = 6;  // records, ids, keys, ended_keys, timers, order
  std::array<core::Metric*, kMemoryCount> memory{};
};

}  // namespace flow::service
