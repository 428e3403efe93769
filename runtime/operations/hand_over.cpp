// hand over to DESK(…): a webhook of the operator's gets a conversation.
#include <algorithm>

#include "runtime/http/json.h"
#include "runtime/operations/kinds.h"

namespace flow::operations {

using http::Json;

Result<Question> ask_hand_over(const program::FlowInfo& info, const program::OperationInfo& site,
                               const Request& request, const config::Bindings& bindings) {
  constexpr std::string_view kArgumentPlace = "argument ";
  const auto bound = bindings.desks.find(site.target);
  if (bound == bindings.desks.end())
    return fail(ErrorCode::failed_precondition, "no desk `{}` is configured", site.target);
  Json arguments = Json::object();
  for (std::size_t i = 0; i < std::min(site.arguments.size(), request.arguments.size()); ++i) {
    const std::string_view place = site.arguments[i];
    if (place.starts_with(kArgumentPlace))
      arguments[std::string(place.substr(kArgumentPlace.size()))] = request.arguments[i];
  }
  const Json body = {{"execution", core::to_string(request.execution)},
                     {"flow", info.name},
                     {"desk", site.target},
                     {"arguments", std::move(arguments)}};
  Question question;
  question.call.method = "POST";
  question.call.url = bound->second.url;
  question.call.headers = {{"Content-Type", "application/json"}};
  question.call.body = http::dump(body);
  allow_own_host(question);
  set_bearer(question.call, bound->second.token);
  return question;
}

}  // namespace flow::operations
