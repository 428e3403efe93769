// call function NAME(…): a POST with its arguments as JSON.
#include "runtime/operations/kinds.h"

namespace flow::operations {

Result<Question> ask_function(const program::OperationInfo& site, const Request& request,
                              const config::Bindings& bindings) {
  const auto bound = bindings.functions.find(site.target);
  if (bound == bindings.functions.end())
    return fail(ErrorCode::failed_precondition, "no function `{}` is configured", site.target);
  Result<Question> question = ask_http(site, request, bindings);
  if (!question) return question;
  allow_own_host(*question);
  set_bearer(question->call, bound->second.token);
  return question;
}

}  // namespace flow::operations
