#include "runtime/ingress/reply.h"

#include "base/check.h"
#include "numbers/automaton.h"
#include "runtime/core/log.h"

namespace flow::ingress {

namespace {

std::string name_of(const Route* route) {
  return std::string(route != nullptr ? route->name : "none");
}

}  // namespace

RequestMetrics::RequestMetrics() {
  const numbers::Metadata plans = numbers::metadata();
  set_.gauge("flow_phone_metadata_info", "The numbering plans in use; always 1",
             {{"version", std::string(plans.version)},
              {"origin", std::string(plans.origin)},
              {"checksum", std::string(plans.checksum)}})
      .set(1);
  constexpr std::array<const char*, 5> kFates = {"applied", "repeated", "unknown_execution", "failed", "ignored"};
  for (std::size_t i = 0; i < kFates.size(); ++i) {
    reports_[i] = &set_.counter("flow_webhook_reports_total", "Reports of providers, by what became of them.",
                                {{"verdict", kFates[i]}});
  }
}

core::Metric& RequestMetrics::answers(const Route* route, int status) {
  const auto make = [&]() -> core::Metric& {
    return set_.counter("flow_http_requests_total", "Requests answered, by operation and status.",
                        {{"operation", name_of(route)}, {"status", std::to_string(status)}});
  };
  const auto all = routes();
  FLOW_CHECK(all.size() < kOperations, "{} operations", all.size());
  if (status < 0 || status >= static_cast<int>(kStatuses)) return make();
  const std::size_t operation = route == nullptr ? 0 : static_cast<std::size_t>(route - all.data()) + 1;
  std::atomic<core::Metric*>& place = found_[operation][static_cast<std::size_t>(status)];
  core::Metric* metric = place.load(std::memory_order_acquire);
  if (metric == nullptr) {
    metric = &make();  // two threads find the same one
    place.store(metric, std::memory_order_release);
  }
  return *metric;
}

void Reply::operator()(http::Response response) const {
  metrics_->answers(route_, response.status).add();
  // 5xx are worth a line each; refusals are not: strangers could fill a disk.
  if (response.status >= 500) {
    core::log::warning("request_failed", {{"operation", name_of(route_)}, {"status", std::int64_t{response.status}}});
  }
  respond_(std::move(response));
}

}  // namespace flow::ingress
