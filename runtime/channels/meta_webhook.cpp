#include "runtime/channels/meta_webhook.h"

#include <array>

#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"
#include "runtime/http/form.h"

namespace flow::channels {

Result<std::string> MetaWebhook::handshake(const http::Request& request) const {
  const auto fields = http::parse_form(request.query());
  if (!fields || http::find_field(*fields, "hub.mode") != "subscribe") {
    return fail(ErrorCode::permission_denied, "not a subscription handshake");
  }
  const auto token = http::find_field(*fields, "hub.verify_token").value_or("");
  if (!crypto::equal_constant_time(token, verify_token_.reveal())) {
    return fail(ErrorCode::permission_denied, "the verify token is another one");
  }
  return std::string(http::find_field(*fields, "hub.challenge").value_or(""));
}

Status MetaWebhook::verify(const http::Request& request) const {
  constexpr std::string_view kScheme = "sha256=";
  const std::string_view signature = request.header("x-hub-signature-256").value_or("");
  std::array<char, 64> expected;
  crypto::write_hex(crypto::view(crypto::code_of(signature_key_, request.body)), expected);
  if (!signature.starts_with(kScheme) ||
      !crypto::equal_constant_time(signature.substr(kScheme.size()), crypto::view(expected))) {
    return fail(ErrorCode::permission_denied, "the signature is not valid");
  }
  return {};
}

}  // namespace flow::channels
