#include "runtime/ingress/routes.h"

#include "base/limits.h"
#include "runtime/http/form.h"

namespace flow::ingress {
namespace {

using config::Scope;
using enum Operation;

constexpr std::size_t kNone = 0;
constexpr std::size_t kUsual = limits::kApiBodyBytesMax;

constexpr Route kRoutes[] = {
    {"POST", "/v1/bundles", deploy_bundle, "deployBundle", Scope::deploy, limits::kBundleBytesMax},
    {"GET", "/v1/bundles", list_bundles, "listBundles", Scope::read, kNone},
    {"GET", "/v1/flows", list_flows, "listFlows", Scope::read, kNone},
    {"PUT", "/v1/flows/{flow}/published", publish_flow, "publishFlow", Scope::deploy, kUsual},
    {"DELETE", "/v1/flows/{flow}/published", unpublish_flow, "unpublishFlow", Scope::deploy, kUsual},
    {"POST", "/v1/flows/{flow}/executions", start_execution, "startExecution", Scope::start, kUsual},
    {"POST", "/v1/flows/{flow}/executions:batch", start_batch, "startBatch", Scope::start, limits::kBatchBodyBytesMax},
    {"GET", "/v1/executions", list_executions, "listExecutions", Scope::read, kNone},
    {"GET", "/v1/executions/{execution}", read_execution, "readExecution", Scope::read, kNone},
    {"POST", "/v1/executions/{execution}/signals/{signal}", signal_execution, "signalExecution", Scope::start, kUsual},
    {"GET", "/v1/executions/{execution}/raw", inspect_execution, "inspectExecution", Scope::admin, kNone},
    {"DELETE", "/v1/parties/{number}", erase_party, "eraseParty", Scope::admin, kNone},
    {"GET", "/v1/shards", list_shards, "listShards", Scope::read, kNone},
    {"GET", "/v1/webhooks/{channel}", webhook_handshake, "webhookHandshake", std::nullopt, kNone},
    {"POST", "/v1/webhooks/{channel}", webhook, "receiveWebhook", std::nullopt, limits::kWebhookBytesMax},
    {"GET", "/metrics", metrics, "metrics", Scope::read, kNone},
    {"GET", "/healthz", health, "health", std::nullopt, kNone},
    {"GET", "/readyz", readiness, "readiness", std::nullopt, kNone},
    {"GET", "/openapi.json", openapi, "openapi", std::nullopt, kNone},
};

std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);  // the slash
  const auto end = path.find('/');
  const std::string_view segment = path.substr(0, end);
  path = end == std::string_view::npos ? std::string_view() : path.substr(end);
  return segment;
}

// The parameters when the path fits the pattern.
std::optional<std::vector<std::string>> fit(std::string_view pattern, std::string_view path) {
  std::vector<std::string> parameters;
  while (!pattern.empty() && !path.empty()) {
    if (!path.starts_with('/')) return std::nullopt;
    const std::string_view wanted = take_segment(pattern);
    const std::string_view given = take_segment(path);
    if (!wanted.starts_with('{')) {
      if (wanted != given) return std::nullopt;
      continue;
    }
    auto value = http::percent_decode(given);
    if (!value || value->empty()) return std::nullopt;
    parameters.push_back(std::move(*value));
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parameters;
}

}  // namespace

std::span<const Route> routes() {
  return kRoutes;
}

Match match(std::string_view method, std::string_view path) {
  Match result;
  for (const Route& route : kRoutes) {
    if (route.method != method) continue;
    auto parameters = fit(route.pattern, path);
    if (!parameters) continue;
    result.route = &route;
    result.parameters = std::move(*parameters);
    return result;
  }
  for (const Route& route : kRoutes) {
    if (fit(route.pattern, path)) result.allow.push_back(route.method);
  }
  return result;
}

}  // namespace flow::ingress
