#include "runtime/channels/vonage_viber/vonage_viber.h"

#include <algorithm>

#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"
#include "runtime/crypto/jwt.h"
#include "runtime/http/json.h"

namespace flow::channels::vonage_viber {
namespace {

using http::Json;
using outbox::SendClass;
using outbox::SendRequest;
using outbox::SendResult;
using program::Receipt;

std::string_view without_plus(std::string_view number) {
  return number.starts_with('+') ? number.substr(1) : number;
}

Receipt status_of(std::string_view status) {
  if (status == "submitted") return Receipt::sent;
  if (status == "delivered") return Receipt::delivered;
  if (status == "read") return Receipt::read;
  if (status == "rejected" || status == "undeliverable") return Receipt::failed;
  return Receipt::none;
}

// Problems of the API name themselves by the end of their type's URL: "…/api-errors/messages#1300".
std::optional<std::int64_t> code_of(const Json& problem) {
  const std::string_view type = http::text(problem, "type");
  const auto mark = type.rfind('#');
  if (mark != std::string_view::npos) {
    if (const auto code = http::whole_number(Json(type.substr(mark + 1)))) return code;
  }
  return http::whole_number(http::member(problem, "title"));
}

class VonageViber final : public Adapter {
 public:
  VonageViber(const config::VonageViber& settings, std::string channel, std::shared_ptr<const Correlator> correlator)
      : settings_(settings), channel_(std::move(channel)), correlator_(std::move(correlator)) {}

  program::ChannelKind kind() const override { return program::ChannelKind::viber; }

  http::ClientRequest request(const SendRequest& send, const std::string& token) const override {
    Json service = {{"category", send.purpose == "marketing" ? "promotion" : "transaction"}};
    if (send.ttl_ms > 0) service["ttl"] = std::clamp(send.ttl_ms / 1000, kTtlSMin, kTtlSMax);
    const Json body = {{"message_type", "text"},  {"channel", "viber_service"}, {"to", without_plus(send.to)},
                       {"from", send.sender},     {"text", send.text},          {"client_ref", token},
                       {"viber_service", service}};
    http::ClientRequest out;
    out.method = "POST";
    out.url = settings_.base_url + "/v1/messages";
    out.headers = {
        {"authorization", "Basic " + crypto::base64(settings_.api_key + ":" + settings_.api_secret.reveal())},
        {"content-type", "application/json"},
        {"accept", "application/json"}};
    out.body = http::dump(body);
    return out;
  }

  SendResult answer(const http::Response& response) const override {
    const auto body = http::parse_json(response.body).value_or(Json());
    if (response.status >= 200 && response.status < 300) {
      const std::string id = clean_id(http::text(body, "message_uuid"));
      if (id.empty()) return {SendClass::unknown, "", "the provider's answer cannot be read", 0};
      return {SendClass::accepted, id, "", 0};
    }
    SendResult result = answer_by_status(response);
    // A 422 of the API is about the request as a whole unless its code says that it is about the number.
    if (response.status == 422 || response.status == 400) result.result = SendClass::permanent_configuration;
    const auto code = code_of(body);
    if (!code) return result;
    const CodeMeaning* meaning = error_meaning(*code);
    if (meaning != nullptr) result.result = meaning->meaning;
    result.reason = reason_of(*code, meaning);
    return result;
  }

  Result<std::string> handshake(const http::Request&) const override {
    return fail(ErrorCode::not_found, "this provider has no handshake");
  }

  Result<Reports> webhook(const http::Request& request, std::int64_t real_now_ms) const override {
    if (auto status = verify(request, real_now_ms); !status) return std::unexpected(status.error());
    const auto body = http::parse_json(request.body);
    if (!body || !body->is_object()) return fail(ErrorCode::invalid_argument, "not a JSON object");
    Reports out;
    const auto correlation = correlator_->read(channel_, http::text(*body, "client_ref"), real_now_ms);
    const Receipt receipt = status_of(http::text(*body, "status"));
    if (!correlation || receipt == Receipt::none) {
      out.ignored = 1;
      return out;
    }
    std::string reason;
    if (receipt == Receipt::failed) {
      const auto code = code_of(http::member(*body, "error"));
      reason = code ? reason_of(*code, error_meaning(*code)) : "no reason given";
    }
    out.reports.push_back({*correlation, receipt, reason, clean_id(http::text(*body, "message_uuid"))});
    return out;
  }

 private:
  // The token says who signed and when; its payload_hash binds it to these bytes.
  Status verify(const http::Request& request, std::int64_t real_now_ms) const {
    const std::string_view header = request.header("authorization").value_or("");
    constexpr std::string_view kScheme = "bearer ";
    if (http::lower_case(header.substr(0, kScheme.size())) != kScheme) return refused("there is no bearer token");
    const auto claims_text =
        crypto::verify_jwt_hs256(header.substr(kScheme.size()), settings_.signature_secret.reveal());
    if (!claims_text) return std::unexpected(claims_text.error());
    const auto claims = http::parse_json(*claims_text).value_or(Json());
    const std::string hash = crypto::hex(crypto::sha256(request.body));
    if (!crypto::equal_constant_time(http::text(claims, "payload_hash"), hash))
      return refused("it is for another body");
    if (http::text(claims, "api_key") != settings_.api_key) return refused("it is of another account");
    const Json& issued = http::member(claims, "iat");
    const auto seconds = issued.is_number() ? http::whole_number(issued) : std::nullopt;
    if (!seconds || *seconds < 0 || *seconds > INT64_MAX / 1000) return refused("it does not say when it was made");
    const std::int64_t age_ms = real_now_ms - *seconds * 1000;
    if (age_ms > kSignatureAgeMsMax || age_ms < -kClockSkewMsMax) return refused("it is too old, or not yet made");
    const auto expires = http::whole_number(http::member(claims, "exp"));
    if (expires && *expires < (real_now_ms - kClockSkewMsMax) / 1000) return refused("it has expired");
    return {};
  }

  static std::unexpected<Error> refused(std::string_view why) {
    return fail(ErrorCode::permission_denied, "the webhook's token is not valid: {}", why);
  }

  config::VonageViber settings_;
  std::string channel_;
  std::shared_ptr<const Correlator> correlator_;
};

}  // namespace

std::unique_ptr<Adapter> make(const config::VonageViber& settings, std::string channel,
                              std::shared_ptr<const Correlator> correlator) {
  return std::make_unique<VonageViber>(settings, std::move(channel), std::move(correlator));
}

}  // namespace flow::channels::vonage_viber
