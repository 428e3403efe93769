// HTTP for `flowc deploy`, in a library of its own: TLS would cost every start of flowc.
#pragma once

#include <string>

#include "runtime/http/client.h"

namespace flow::driver {

// One request; blocks. Loads libflowdeploy.so on first use. Errors never name a header or a body.
Result<http::Response> perform(const http::ClientRequest& request);

// What the library exports under this name.
using PerformFunction = void (*)(const http::ClientRequest& request, Result<http::Response>& answer);
inline constexpr const char* kPerformSymbol = "flow_deploy_perform";

}  // namespace flow::driver
