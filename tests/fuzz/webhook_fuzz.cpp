// What providers, or those who pretend to be, send: webhooks with a good signature, so that what lies behind it is
// reached, and answers to requests. First byte: provider and direction; the rest: the body.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/limits.h"
#include "runtime/channels/meta_messenger/meta_messenger.h"
#include "runtime/channels/sendgrid_email/sendgrid_email.h"
#include "runtime/channels/twilio_sms/twilio_sms.h"
#include "runtime/channels/vonage_viber/vonage_viber.h"
#include "runtime/channels/whatsapp_cloud/whatsapp_cloud.h"
#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"
#include "runtime/crypto/jwt.h"
#include "runtime/crypto/signature.h"
#include "runtime/http/form.h"

namespace flow::channels {
namespace {

constexpr std::int64_t kNow = 1'795'000'000'000;

struct World {
  std::shared_ptr<const Correlator> correlator =
      std::make_shared<const Correlator>(std::vector<crypto::SealingKey>{{"k", std::string(32, 'k')}});
  std::string token = correlator->make("channel", {{}, 1, 1}, kNow);
  std::unique_ptr<Adapter> whatsapp = whatsapp_cloud::make(
      {"https://a", "v1", "1", config::Secret("t"), config::Secret("key"), config::Secret("verify")}, "channel",
      correlator);
  std::unique_ptr<Adapter> viber =
      vonage_viber::make({"https://a", "id", config::Secret("t"), config::Secret("key")}, "channel", correlator);
  std::unique_ptr<Adapter> sms =
      twilio_sms::make({"https://a", "AC1", config::Secret("key")}, "channel", "https://flowd.example", correlator);
  std::unique_ptr<Adapter> messenger = meta(false);
  std::unique_ptr<Adapter> instagram = meta(true);
  crypto::PrivateKey mail_key;
  std::unique_ptr<Adapter> email =
      sendgrid_email::make({"https://a", config::Secret("key"), mail_key.public_key()}, "channel", correlator);

  std::unique_ptr<Adapter> meta(bool instagram_account) const {
    return meta_messenger::make({instagram_account, "https://a", "v1", "1", config::Secret("t"), config::Secret("key"),
                                 config::Secret("verify")},
                                "channel", correlator);
  }
};

// "TOKEN" in the input becomes a good correlation, which no fuzzer would guess.
std::string with_token(std::string text, const std::string& token) {
  const auto at = text.find("TOKEN");
  return at == std::string::npos ? text : text.replace(at, 5, token);
}

void sign(const World& world, std::uint8_t provider, http::Request& request) {
  if (provider == 5) {
    const std::string time = std::to_string(kNow / 1000);
    request.headers = {{"x-twilio-email-event-webhook-timestamp", time},
                       {"x-twilio-email-event-webhook-signature", world.mail_key.sign(time, request.body)}};
  } else if (provider == 0 || provider >= 3) {
    request.headers = {{"x-hub-signature-256", "sha256=" + crypto::hex(crypto::hmac_sha256("key", request.body))}};
  } else if (provider == 1) {
    const std::string claims = R"({"api_key":"id","iat":)" + std::to_string(kNow / 1000) + R"(,"payload_hash":")" +
                               crypto::hex(crypto::sha256(request.body)) + "\"}";
    request.headers = {{"authorization", "Bearer " + crypto::sign_jwt_hs256(claims, "key")}};
  } else {
    // Good for forms of one field; others are refused, which is a way through the code as well.
    const auto fields = http::parse_form(request.body).value_or(http::Fields());
    std::string text = "https://flowd.example" + request.target;
    for (const auto& [name, value] : fields) text += name + value;
    request.headers = {{"x-twilio-signature", crypto::base64(crypto::hmac_sha1("key", text))}};
  }
}

void check(const Result<Reports>& reports, bool by_number) {
  if (!reports) return;
  for (const Report& report : reports->reports) {
    // A reason is ours, and one line; an id can be shown.
    if (report.reason.find('\n') != std::string::npos || report.reason.size() > 200) std::abort();
    if (report.provider_message_id.size() > 128) std::abort();
    if (report.status == program::Receipt::none || report.correlation.message != 1) std::abort();
  }
  for (const Inbound& inbound : reports->inbound) {
    const bool number = inbound.sender.size() >= 8 && inbound.sender.size() <= 16 && inbound.sender.front() == '+';
    if (inbound.sender.empty() || inbound.sender.size() > 128 || (by_number && !number)) std::abort();
    if (inbound.message_id.empty() || inbound.message_id.size() > 128) std::abort();
    if (inbound.text.size() > limits::kTextValueBytesMax || inbound.url.size() > limits::kTextValueBytesMax)
      std::abort();
    if (inbound.latitude.has_value() != inbound.longitude.has_value()) std::abort();
    if (inbound.age_ms < 0 || inbound.age_ms > kInboundAgeMsMax) std::abort();
  }
}

void run(std::uint8_t kind, const std::string& body) {
  static const World world;
  const Adapter* const adapters[] = {world.whatsapp.get(),  world.viber.get(),     world.sms.get(),
                                     world.messenger.get(), world.instagram.get(), world.email.get()};
  const auto provider = static_cast<std::uint8_t>(kind % 3 + ((kind & 0x20) != 0 ? 3 : 0));
  const Adapter& adapter = *adapters[provider];
  if (kind & 0x80) {
    const auto result = adapter.answer({100 + (kind & 0x7F) * 4, {{"retry-after", body.substr(0, 20)}}, body});
    if (result.reason.size() > 200 || result.provider_message_id.size() > 128 || result.retry_after_ms < 0)
      std::abort();
    return;
  }
  http::Request request{"POST", "/v1/webhooks/channel?c=" + world.token, {}, with_token(body, world.token), ""};
  (void)adapter.handshake({"GET", "/v1/webhooks/channel?" + body, {}, "", ""});
  if (kind & 0x40)
    request.headers = {{"authorization", "Bearer " + body}, {"x-twilio-signature", body}};
  else
    sign(world, provider, request);
  check(adapter.webhook(request, kNow), provider < 3);
}

}  // namespace
}  // namespace flow::channels

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0) flow::channels::run(data[0], std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  return 0;
}
