// What the API can be asked, as one table.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/config.h"
#include "runtime/http/message.h"

namespace flow::ingress {

enum class Operation {
  deploy_bundle,
  list_bundles,
  list_flows,
  publish_flow,
  unpublish_flow,
  start_execution,
  start_batch,
  list_executions,
  read_execution,
  signal_execution,
  erase_party,
  list_shards,
  inspect_execution,
  webhook_handshake,
  webhook,
  metrics,
  health,
  readiness,
  openapi,
};

struct Route {
  std::string_view method;
  std::string_view pattern;  // "/v1/flows/{flow}/executions"; a name in braces is one segment, percent-decoded
  Operation operation;
  std::string_view name;               // operationId of the OpenAPI document, and label of metrics
  std::optional<config::Scope> scope;  // nothing: open to everyone
  std::size_t body_bytes_max = 0;
};

std::span<const Route> routes();

struct Match {
  const Route* route = nullptr;         // null: no such path, or no such method on it
  std::vector<std::string> parameters;  // in the order of the pattern
  std::vector<std::string_view> allow;  // methods of the path, when only the method does not fit
};
Match match(std::string_view method, std::string_view path);

}  // namespace flow::ingress
