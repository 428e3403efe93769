// http METHOD "URL" { … }
#include "runtime/operations/kinds.h"

namespace flow::operations {

Result<Question> ask_http(const program::OperationInfo& site, const Request& request) {
  auto call = program::http_call(site, request.arguments);
  if (!call) return std::unexpected(call.error());
  Question question;
  question.call = *std::move(call);
  return question;
}

}  // namespace flow::operations
