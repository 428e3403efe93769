// http METHOD "URL" { … }
#include "runtime/operations/kinds.h"

namespace flow::operations {

Result<Question> ask_http(const program::OperationInfo& site, const Request& request,
                          const config::Bindings& bindings) {
  auto call = program::http_call(site, request.arguments, [&](std::string_view name) -> std::optional<std::string> {
    const auto bound = bindings.secrets.find(name);
    return bound == bindings.secrets.end() ? std::nullopt : std::optional(bound->second.reveal());
  });
  if (!call) return std::unexpected(call.error());
  Question question;
  question.call = *std::move(call);
  return question;
}

}  // namespace flow::operations
