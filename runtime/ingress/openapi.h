// The description of the API that flowd serves at /openapi.json.
#pragma once

#include <string_view>

namespace flow::ingress {

// runtime/ingress/openapi.json, as it is served. A test holds it against the table of routes.
std::string_view openapi_document();

}  // namespace flow::ingress
