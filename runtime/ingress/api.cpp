#include "runtime/ingress/api.h"

#include <algorithm>
#include <charconv>

#include "base/limits.h"
#include "runtime/core/log.h"
#include "runtime/http/problem.h"
#include "runtime/ingress/answers.h"
#include "runtime/ingress/bodies.h"
#include "runtime/ingress/exposition.h"
#include "runtime/ingress/openapi.h"

namespace flow::ingress {
namespace {

using http::Json;
using http::Response;

// A service callback that answers: `make` turns the value into a response, a fault becomes its problem.
template <typename T, typename Make>
service::Done<T> answering(const Reply& respond, Make make) {
  return [respond, make = std::move(make)](service::Outcome<T> outcome) {
    respond(outcome ? make(*outcome) : fault_response(outcome.error()));
  };
}

Response unknown_execution() {
  return fault_response({service::Problem::unknown_execution, {ErrorCode::not_found, "no execution has this id"}});
}

Response not_found() {
  return http::problem(404, "not_found", "there is nothing here");
}

Response method_not_allowed(const std::vector<std::string_view>& allow) {
  Response response = http::problem(405, "method_not_allowed", "this has other methods");
  response.headers.emplace_back("allow", fmt::format("{}", fmt::join(allow, ", ")));
  return response;
}

template <typename T>
Response list_of(const char* name, const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(to_json(value));
  return json_response(200, {{name, std::move(list)}});
}

// The header announces a body that anybody may send.
bool announces_little(const http::Request& head) {
  const std::string_view digits = head.header("content-length").value_or("");
  std::size_t bytes = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bytes);
  return !digits.empty() && error == std::errc() && end == digits.data() + digits.size() &&
         bytes <= limits::kAnonymousBodyBytesMax;
}

}  // namespace

std::size_t Api::body_bytes_max(const http::Request& head) const {
  const Match found = match(head.method, head.path());
  if (found.route == nullptr) return limits::kAnonymousBodyBytesMax;
  // Small ones need no token yet: who sends it is looked at when the body is there.
  if (announces_little(head)) return std::min(found.route->body_bytes_max, limits::kAnonymousBodyBytesMax);
  if (found.route->scope && access_.refuse(head, *found.route->scope)) return limits::kAnonymousBodyBytesMax;
  return found.route->body_bytes_max;
}

void Api::handle(const http::Request& request, http::Responder respond) const {
  const Match found = match(request.method, request.path());
  const Reply counted(std::move(respond), metrics_, found.route);
  if (found.route == nullptr) return counted(found.allow.empty() ? not_found() : method_not_allowed(found.allow));
  if (found.route->scope) {
    if (auto refusal = access_.refuse(request, *found.route->scope)) return counted(std::move(*refusal));
  }
  dispatch(found, request, counted);
}

void Api::dispatch(const Match& match, const http::Request& request, const Reply& respond) const {
  const auto& parameters = match.parameters;
  switch (match.route->operation) {
    case Operation::deploy_bundle:
      return deploy(request, respond);
    case Operation::list_bundles:
      return service_.bundles(answering<std::vector<service::BundleView>>(
          respond, [](const auto& bundles) { return list_of("bundles", bundles); }));
    case Operation::list_flows:
      return service_.published(answering<std::vector<service::PublishedFlow>>(
          respond, [](const auto& flows) { return list_of("flows", flows); }));
    case Operation::publish_flow:
      return publish(parameters[0], request, respond);
    case Operation::unpublish_flow:
      return service_.unpublish(parameters[0], answering<service::PublishedFlow>(respond, [](const auto& flow) {
                                  return json_response(200, to_json(flow));
                                }));
    case Operation::start_execution:
      return start(parameters[0], request, respond);
    case Operation::start_batch:
      return start_batch(parameters[0], request, respond);
    case Operation::list_executions:
      return list(request, respond);
    case Operation::read_execution:
      return read(parameters[0], respond);
    case Operation::signal_execution:
      return signal(parameters[0], parameters[1], respond);
    case Operation::erase_party:
      return erase(parameters[0], respond);
    case Operation::list_shards:
      return service_.shards(answering<std::vector<service::ShardView>>(
          respond, [](const auto& shards) { return list_of("shards", shards); }));
    case Operation::inspect_execution:
      return inspect(parameters[0], respond);
    case Operation::webhook_handshake:
      return handshake(parameters[0], request, respond);
    case Operation::webhook:
      return webhook(parameters[0], request, respond);
    case Operation::metrics: {
      auto samples = service_.metrics();
      for (auto& sample : metrics_->set().samples()) samples.push_back(std::move(sample));
      samples.push_back({"flow_log_lines_suppressed_total",
                         "Lines of the log that were left out, as their event had written too many.",
                         core::MetricKind::counter,
                         {},
                         static_cast<double>(core::log::suppressed_lines())});
      return respond({200, {{"content-type", "text/plain; version=0.0.4"}}, expose(std::move(samples))});
    }
    case Operation::health:
      return respond({200, {{"content-type", "text/plain"}}, "ok\n"});
    case Operation::readiness:
      if (service_.ready()) return respond({200, {{"content-type", "text/plain"}}, "ready\n"});
      return respond(http::problem(503, "not_ready", "not ready to serve"));
    case Operation::openapi:
      return respond({200, {{"content-type", "application/json"}}, std::string(openapi_document())});
  }
}

void Api::deploy(const http::Request& request, const Reply& respond) const {
  if (auto type = check_media_type(request, "application/octet-stream"); !type) return respond(type.error());
  service_.deploy(request.body, answering<service::DeployAnswer>(respond, [](const auto& answer) {
                    return json_response(answer.known ? 200 : 201, to_json(answer.bundle));
                  }));
}

void Api::publish(const std::string& flow, const http::Request& request, const Reply& respond) const {
  const auto bundle = read_publish(request);
  if (!bundle) return respond(bundle.error());
  service_.publish(flow, *bundle, answering<service::PublishedFlow>(respond, [](const auto& published) {
                     return json_response(200, to_json(published));
                   }));
}

void Api::start(const std::string& flow, const http::Request& request, const Reply& respond) const {
  auto start = read_start(request, flow);
  if (!start) return respond(start.error());
  service_.start(std::move(*start),
                 answering<service::StartAnswer>(respond, [](const auto& answer) { return start_response(answer); }));
}

void Api::start_batch(const std::string& flow, const http::Request& request, const Reply& respond) const {
  auto starts = read_batch(request, flow);
  if (!starts) return respond(starts.error());
  using Answers = std::vector<service::Outcome<service::StartAnswer>>;
  service_.start_batch(std::move(*starts), answering<Answers>(respond, [](const Answers& answers) {
                         Json results = Json::array();
                         for (const auto& answer : answers) {
                           Json result = answer ? to_json(*answer) : Json{{"problem", fault_json(answer.error())}};
                           result["status"] =
                               answer ? (answer->repeated ? 200 : 201) : status_of(answer.error().problem);
                           results.push_back(std::move(result));
                         }
                         return json_response(200, {{"results", std::move(results)}});
                       }));
}

void Api::list(const http::Request& request, const Reply& respond) const {
  auto query = read_list(request);
  if (!query) return respond(query.error());
  service_.list(std::move(*query), answering<service::ListPage>(
                                       respond, [](const auto& page) { return json_response(200, to_json(page)); }));
}

void Api::read(const std::string& execution, const Reply& respond) const {
  const auto id = core::parse_execution_id(execution);
  if (!id) return respond(unknown_execution());
  service_.read(*id, answering<service::ExecutionView>(
                         respond, [](const auto& view) { return json_response(200, to_json(view)); }));
}

void Api::inspect(const std::string& execution, const Reply& respond) const {
  const auto id = core::parse_execution_id(execution);
  if (!id) return respond(unknown_execution());
  service_.inspect(
      *id, answering<service::RawView>(respond, [](const auto& view) { return json_response(200, to_json(view)); }));
}

void Api::erase(const std::string& number, const Reply& respond) const {
  const bool e164 = number.size() >= 5 && number.size() <= 16 && number[0] == '+' && number[1] != '0' &&
                    std::all_of(number.begin() + 1, number.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!e164) {
    return respond(http::problem(400, "invalid_request", "the request is not valid",
                                 "the number must be in the form of E.164, such as +639171234567"));
  }
  core::log::info("party_erased", {{"party", core::log::mask(number)}});
  service_.erase_party(number, answering<service::EraseAnswer>(
                                   respond, [](const auto& answer) { return json_response(200, to_json(answer)); }));
}

void Api::signal(const std::string& execution, const std::string& name, const Reply& respond) const {
  const auto id = core::parse_execution_id(execution);
  if (!id) return respond(unknown_execution());
  service_.signal(*id, name, answering<service::SignalAnswer>(respond, [](const auto& answer) {
    return json_response(200, {{"handled", answer.handled}});
  }));
}

}  // namespace flow::ingress
