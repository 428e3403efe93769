#include "runtime/ingress/access.h"

#include <algorithm>

#include "runtime/crypto/digest.h"
#include "runtime/http/problem.h"
#include "runtime/http/server.h"

namespace flow::ingress {
namespace {

http::Response unauthenticated() {
  auto response = http::problem(401, "unauthenticated", "a bearer token is needed");
  response.headers.emplace_back("www-authenticate", "Bearer realm=\"flowd\"");
  return response;
}

// A page from anywhere can send requests to this machine, and with a name of its own that leads here it can even read
// the answers. The one has an Origin, the other a Host that is not this machine's.
bool may_be_a_browser(const http::Request& request) {
  std::string_view host = request.header("host").value_or("localhost");
  if (host.starts_with('['))
    host = host.substr(1, std::min(host.find(']'), host.size()) - 1);
  else
    host = host.substr(0, host.find(':'));
  return request.header("origin").has_value() || !http::is_loopback(std::string(host));
}

std::string_view bearer_token(const http::Request& request) {
  const std::string_view header = request.header("authorization").value_or("");
  constexpr std::string_view kScheme = "bearer ";
  return http::lower_case(header.substr(0, kScheme.size())) == kScheme ? header.substr(kScheme.size())
                                                                       : std::string_view();
}

}  // namespace

std::optional<http::Response> Access::refuse(const http::Request& request, config::Scope scope) const {
  const auto tokens = tokens_.take();
  if (tokens->empty()) {
    if (!may_be_a_browser(request)) return std::nullopt;
    return http::problem(403, "forbidden", "a browser may not call an API without tokens");
  }
  const std::string_view presented = bearer_token(request);
  if (presented.empty()) return unauthenticated();
  const std::string hash = crypto::sha256(presented);
  const config::Token* known = nullptr;
  for (const config::Token& token : *tokens) {  // all of them: the time must not tell which one fits
    if (crypto::equal_constant_time(token.sha256, hash)) known = &token;
  }
  if (known == nullptr) return unauthenticated();
  if (known->scopes.contains(scope) || known->scopes.contains(config::Scope::admin)) return std::nullopt;
  return http::problem(403, "forbidden", "the token does not allow this",
                       fmt::format("it needs the scope `{}`", to_string(scope)));
}

}  // namespace flow::ingress
