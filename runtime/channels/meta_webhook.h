// What all of Meta's webhooks have in common: the handshake of a subscription, and the signature.
#pragma once

#include <string>

#include "runtime/config/secret.h"
#include "runtime/crypto/mac.h"
#include "runtime/http/message.h"

namespace flow::channels {

class MetaWebhook {
 public:
  MetaWebhook(config::Secret verify_token, const config::Secret& app_secret)
      : verify_token_(std::move(verify_token)), signature_key_(app_secret.reveal()) {}

  // As Adapter::handshake.
  Result<std::string> handshake(const http::Request& request) const;
  // permission_denied: not signed with the app secret.
  Status verify(const http::Request& request) const;

 private:
  config::Secret verify_token_;
  crypto::HmacSha256 signature_key_;
};

}  // namespace flow::channels
