#include "runtime/ingress/access.h"

#include "runtime/crypto/digest.h"
#include "runtime/http/problem.h"

namespace flow::ingress {
namespace {

http::Response unauthenticated() {
  auto response = http::problem(401, "unauthenticated", "a bearer token is needed");
  response.headers.emplace_back("www-authenticate", "Bearer realm=\"flowd\"");
  return response;
}

std::string_view bearer_token(const http::Request& request) {
  const std::string_view header = request.header("authorization").value_or("");
  constexpr std::string_view kScheme = "bearer ";
  return http::lower_case(header.substr(0, kScheme.size())) == kScheme ? header.substr(kScheme.size())
                                                                       : std::string_view();
}

}  // namespace

std::optional<http::Response> Access::refuse(const http::Request& request, config::Scope scope) const {
  if (tokens_.empty()) {
    if (!request.header("origin")) return std::nullopt;
    return http::problem(403, "forbidden", "a browser may not call an API without tokens");
  }
  const std::string_view presented = bearer_token(request);
  if (presented.empty()) return unauthenticated();
  const std::string hash = crypto::sha256(presented);
  const config::Token* known = nullptr;
  for (const config::Token& token : tokens_) {  // all of them: the time must not tell which one fits
    if (crypto::equal_constant_time(token.sha256, hash)) known = &token;
  }
  if (known == nullptr) return unauthenticated();
  if (known->scopes.contains(scope) || known->scopes.contains(config::Scope::admin)) return std::nullopt;
  return http::problem(403, "forbidden", "the token does not allow this",
                       fmt::format("it needs the scope `{}`", to_string(scope)));
}

}  // namespace flow::ingress
