#include "runtime/operations/operations.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "runtime/core/execution_id.h"
#include "runtime/operations/kinds.h"
#include "runtime/operations/networks.h"
#include "runtime/program/flow_call.h"

namespace flow::operations {
namespace {

std::shared_ptr<const Rules> rules_of(const config::Outgoing& outgoing) {
  auto rules = std::make_shared<Rules>();
  rules->timeout = outgoing.timeout;
  rules->networks = outgoing.networks;
  rules->plain_hosts = outgoing.plain_hosts;
  return rules;
}

// `ways`: clients that share what is configured.
http::ClientOptions client_options(const config::Outgoing& outgoing, std::size_t ways) {
  http::ClientOptions options;
  options.connections_max = std::max<std::size_t>(outgoing.connections_max / ways, 1);
  options.connections_per_host_max = std::max<std::size_t>(outgoing.connections_per_host_max / ways, 1);
  // Shards say how many are under way; those without a connection wait for one.
  options.requests_max = std::size_t{core::kSlots} * limits::kOperationsInFlightMax;
  options.requests_per_host_max = options.requests_max;
  options.answer_bytes_max = limits::kOperationAnswerBytesMax;
  options.authorities_file = outgoing.authorities;
  return options;
}

}  // namespace

Operations::Operations(const config::Config& config, const std::vector<http::Loop*>& loops, LookUp look_up)
    : rules_(rules_of(config.outgoing)), bindings_(std::make_shared<const config::Bindings>(config.bindings)) {
  http::ClientOptions options = client_options(config.outgoing, std::max<std::size_t>(loops.size(), 1));
  options.may_connect = [this](std::span<const std::uint8_t> address) {
    return may_connect(address, rules_.take()->networks);
  };
  options.look_up = std::move(look_up);
  for (http::Loop* loop : loops) ways_.push_back({loop, std::make_unique<http::Client>(options, *loop)});
  if (ways_.empty()) ways_.push_back({nullptr, std::make_unique<http::Client>(options)});
}

void Operations::reload(const config::Config& config) {
  rules_.replace(rules_of(config.outgoing));
  bindings_.replace(std::make_shared<const config::Bindings>(config.bindings));
}

Status Operations::accepts(const program::FlowInfo& info) const {
  return all_bound(info, *bindings_.take());
}

void Operations::carry_out(const program::FlowInfo& info, Request request, Done done) {
  const std::shared_ptr<const Rules> rules = rules_.take();
  const std::chrono::milliseconds time = std::min(rules->timeout, std::chrono::milliseconds(request.time_ms));
  Result<Question> question = question_of(info, request, *bindings_.take());
  if (!question) return done({.status = 0, .body = "", .reason = question.error().message});
  question->time = time;
  exchange(client(), hosts_, rules, *std::move(question), std::move(done));
}

void Operations::tell(const program::FlowInfo& info, Report report, Done done) {
  const std::shared_ptr<const Rules> rules = rules_.take();
  Question question;
  question.call.method = "POST";
  question.call.url = std::move(report.url);
  question.call.headers = {{"Content-Type", "application/json"},
                           {"Idempotency-Key", std::move(report.idempotency_key)}};
  if (!report.traceparent.empty()) question.call.headers.emplace_back("traceparent", std::move(report.traceparent));
  question.call.body = std::move(report.body);
  question.hosts = info.allowed_hosts;
  question.time = rules->timeout;
  exchange(client(), hosts_, rules, std::move(question), std::move(done));
}

// Of the caller's loop, so that nothing is handed over to another thread.
http::Client& Operations::client() {
  for (const Way& way : ways_) {
    if (way.loop != nullptr && way.loop->inside()) return *way.client;
  }
  return *ways_.front().client;
}

}  // namespace flow::operations
