#include "runtime/operations/kinds.h"

#include <algorithm>

#include "runtime/http/message.h"

namespace flow::operations {
namespace {

using program::OperationKind;

void add_header(program::HttpCall& call, const char* name, const std::string& value) {
  const std::string lower = http::lower_case(name);
  const bool has =
      std::ranges::any_of(call.headers, [&](const auto& each) { return http::lower_case(each.first) == lower; });
  if (!has && !value.empty()) call.headers.emplace_back(name, value);
}

Result<Question> ask(const program::FlowInfo& info, const program::OperationInfo& site, const Request& request,
                     const config::Bindings& bindings) {
  switch (site.kind) {
    case OperationKind::http:
      return ask_http(site, request, bindings);
    case OperationKind::function:
      return ask_function(site, request, bindings);
    case OperationKind::classify:
      return ask_classify(site, request, bindings);
    case OperationKind::generate:
      return ask_generate(site, request, bindings);
    case OperationKind::hand_over:
      return ask_hand_over(info, site, request, bindings);
    default:
      return fail(ErrorCode::failed_precondition, "nothing here carries this out");
  }
}

template <typename Map>
Status bound(const Map& map, const std::string& name, std::string_view what, std::string_view section) {
  if (map.contains(name)) return {};
  return fail(ErrorCode::failed_precondition, "it {} `{}`, which flowd's configuration does not bind: [{}.{}]", what,
              name, section, name);
}

Status bound(const program::OperationInfo& site, const config::Bindings& bindings) {
  switch (site.kind) {
    case OperationKind::function:
      return bound(bindings.functions, site.target, "calls function", "functions");
    case OperationKind::classify:
    case OperationKind::generate:
      return bound(bindings.models, site.target, "asks model", "models");
    case OperationKind::hand_over:
      return bound(bindings.desks, site.target, "hands over to desk", "desks");
    default:
      return {};
  }
}

}  // namespace

Result<Question> question_of(const program::FlowInfo& info, const Request& request, const config::Bindings& bindings) {
  const program::OperationInfo& site = info.operations.at(request.site);
  Result<Question> question = ask(info, site, request, bindings);
  if (!question) return question;
  question->hosts.insert(question->hosts.end(), info.allowed_hosts.begin(), info.allowed_hosts.end());
  for (const program::OperationOutcome& outcome : site.outcomes)
    if (outcome.kind == program::OperationOutcome::Kind::status) question->own_statuses.push_back(outcome.status);
  question->secret = site.secret || std::ranges::any_of(site.arguments, [](const std::string& place) {
                       return place.starts_with(program::kSecretPlace);
                     });
  add_header(question->call, "Idempotency-Key", request.idempotency_key);
  add_header(question->call, "traceparent", request.traceparent);
  return question;
}

Status all_bound(const program::FlowInfo& info, const config::Bindings& bindings) {
  for (const program::OperationInfo& site : info.operations)
    if (Status status = bound(site, bindings); !status) return status;
  for (const std::string& name : info.secrets) {
    if (bindings.secrets.contains(name)) continue;
    return fail(ErrorCode::failed_precondition,
                "it sends secret `{}`, which flowd's configuration does not bind: `{}` in [secrets]", name, name);
  }
  return {};
}

void set_bearer(program::HttpCall& call, const config::Secret& token) {
  if (!token.empty()) call.headers.emplace_back("Authorization", "Bearer " + token.reveal());
}

void allow_own_host(Question& question) {
  if (const auto url = http::parse_url(question.call.url)) question.hosts.push_back(url->authority);
}

}  // namespace flow::operations
