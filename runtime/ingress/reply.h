// The way back of one request: counts its answer by operation and status, then gives it to the server.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "runtime/core/metrics.h"
#include "runtime/http/server.h"
#include "runtime/ingress/routes.h"

namespace flow::ingress {

// What became of one report in a provider's webhook.
enum class ReportFate : std::uint8_t { applied, repeated, unknown_execution, failed, ignored };

// Metrics of the API. Any thread.
class RequestMetrics {
 public:
  RequestMetrics();
  core::MetricSet& set() { return set_; }
  // Answers of this operation (null: of none that there is) with this status.
  core::Metric& answers(const Route* route, int status);
  core::Metric& reports(ReportFate fate) { return *reports_[static_cast<std::size_t>(fate)]; }

 private:
  static constexpr std::size_t kStatuses = 600;
  static constexpr std::size_t kOperations = 32;

  core::MetricSet set_;
  // Found once each: looking one up takes a lock and makes texts.
  std::array<std::array<std::atomic<core::Metric*>, kStatuses>, kOperations> found_{};
  std::array<core::Metric*, 5> reports_{};
};

// Copies answer the same request; the first answer counts.
class Reply {
 public:
  Reply(http::Responder respond, std::shared_ptr<RequestMetrics> metrics, const Route* route)
      : respond_(std::move(respond)), metrics_(std::move(metrics)), route_(route) {}
  void operator()(http::Response response) const;

 private:
  http::Responder respond_;
  std::shared_ptr<RequestMetrics> metrics_;
  const Route* route_;
};

}  // namespace flow::ingress
