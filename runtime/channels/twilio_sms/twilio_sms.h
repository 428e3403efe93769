// SMS through Twilio's Messages resource, or whoever speaks the same protocol: docs/channels.md says which parts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/channels/adapter.h"
#include "runtime/config/config.h"
#include "runtime/crypto/mac.h"
#include "runtime/http/form.h"

namespace flow::channels::twilio_sms {

// The time to live that the API takes, in seconds.
inline constexpr std::int64_t kValiditySMin = 1;
inline constexpr std::int64_t kValiditySMax = 36'000;

// `channel` is the workspace's name of it. Reports come to `public_url`/v1/webhooks/`channel`, and are signed over that
// address.
std::unique_ptr<Adapter> make(const config::TwilioSms& settings, std::string channel, const std::string& public_url,
                              std::shared_ptr<const Correlator> correlator);

// Verifies base64 HMAC-SHA1 over the address and the sorted fields. As the provider's own library does, the address
// counts without port and with one (the scheme's, where it has none), because signers differ in that.
// Immutable; any thread.
class Verifier {
 public:
  Verifier(std::string_view auth_token, const std::string& public_url);

  // `target`: what comes behind the public URL. Leaves the fields sorted, repeated ones once.
  bool is_valid(std::string_view signature, std::string_view target, std::vector<http::FieldView>& fields) const;

 private:
  bool is_valid(std::string_view signature, std::string_view port, std::string_view rest) const;

  crypto::HmacSha1 key_;
  std::string before_;  // scheme and host
  std::string port_;    // with its colon
  std::string after_;   // the public URL's own path
};

const CodeMeaning* error_meaning(std::int64_t code);

}  // namespace flow::channels::twilio_sms
