// Problem details (RFC 9457): the one shape of every refusal over HTTP.
#pragma once

#include <string_view>

#include "runtime/http/message.h"

namespace flow::http {

// application/problem+json with `type` ("urn:flowd:problem:" and the code), `title`, `status`, `code` and, when not
// empty, `detail`. Codes are stable (docs/http-api.md); titles and details are for people. `detail` must be free of
// secrets and personal data.
Response problem(int status, std::string_view code, std::string_view title, std::string_view detail = {});

}  // namespace flow::http
