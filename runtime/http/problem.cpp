#include "runtime/http/problem.h"

#include <nlohmann/json.hpp>

namespace flow::http {

Response problem(int status, std::string_view code, std::string_view title, std::string_view detail) {
  nlohmann::ordered_json body;
  body["type"] = "urn:flowd:problem:" + std::string(code);
  body["title"] = title;
  body["status"] = status;
  body["code"] = code;
  if (!detail.empty()) body["detail"] = detail;
  Response response;
  response.status = status;
  response.headers = {{"content-type", "application/problem+json"}};
  // What a caller sent may stand in a detail; bytes that are no UTF-8 must not break the answer.
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  return response;
}

}  // namespace flow::http
