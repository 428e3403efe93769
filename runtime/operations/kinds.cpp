#include "runtime/operations/kinds.h"

#include <algorithm>

#include "runtime/http/message.h"

namespace flow::operations {
namespace {

void add_header(program::HttpCall& call, const char* name, const std::string& value) {
  const std::string lower = http::lower_case(name);
  const bool has =
      std::ranges::any_of(call.headers, [&](const auto& each) { return http::lower_case(each.first) == lower; });
  if (!has && !value.empty()) call.headers.emplace_back(name, value);
}

Result<Question> ask(const program::OperationInfo& site, const Request& request) {
  if (site.kind == program::OperationKind::http) return ask_http(site, request);
  return fail(ErrorCode::invalid_argument, "this flowd knows no such operation");
}

}  // namespace

Result<Question> question_of(const program::FlowInfo& info, const Request& request) {
  const program::OperationInfo& site = info.operations.at(request.site);
  Result<Question> question = ask(site, request);
  if (!question) return question;
  for (const program::OperationOutcome& outcome : site.outcomes)
    if (outcome.kind == program::OperationOutcome::Kind::status) question->own_statuses.push_back(outcome.status);
  question->secret = question->secret || site.secret;
  add_header(question->call, "Idempotency-Key", request.idempotency_key);
  add_header(question->call, "traceparent", request.traceparent);
  return question;
}

}  // namespace flow::operations
