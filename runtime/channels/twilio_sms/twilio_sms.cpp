#include "runtime/channels/twilio_sms/twilio_sms.h"

#include <algorithm>

#include "runtime/crypto/encoding.h"
#include "runtime/http/json.h"

namespace flow::channels::twilio_sms {
namespace {

using http::Json;
using outbox::SendClass;
using outbox::SendRequest;
using outbox::SendResult;
using program::Receipt;

constexpr std::string_view kTokenField = "c";

Receipt status_of(std::string_view status) {
  if (status == "accepted" || status == "scheduled" || status == "queued" || status == "sending") {
    return Receipt::accepted;
  }
  if (status == "sent" || status == "partially_delivered") return Receipt::sent;
  if (status == "delivered") return Receipt::delivered;
  if (status == "read") return Receipt::read;
  if (status == "undelivered" || status == "failed" || status == "canceled") return Receipt::failed;
  return Receipt::none;
}

// A messaging service chooses the sender itself; its id stands where a sender would.
bool is_messaging_service(std::string_view sender) {
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return sender.size() == 34 && sender.starts_with("MG") && std::ranges::all_of(sender.substr(2), hex);
}

class TwilioSms final : public Adapter {
 public:
  TwilioSms(const config::TwilioSms& settings, std::string channel, std::string public_url,
            std::shared_ptr<const Correlator> correlator)
      : settings_(settings),
        channel_(std::move(channel)),
        public_url_(std::move(public_url)),
        correlator_(std::move(correlator)) {}

  program::ChannelKind kind() const override { return program::ChannelKind::sms; }

  http::ClientRequest request(const SendRequest& send, const std::string& token) const override {
    http::Fields fields = {{"To", send.to},
                           {is_messaging_service(send.sender) ? "MessagingServiceSid" : "From", send.sender},
                           {"Body", send.text},
                           {"StatusCallback", fmt::format("{}/v1/webhooks/{}?{}={}", public_url_,
                                                          http::percent_encode(channel_), kTokenField, token)}};
    if (send.ttl_ms > 0) {
      fields.emplace_back("ValidityPeriod",
                          std::to_string(std::clamp(send.ttl_ms / 1000, kValiditySMin, kValiditySMax)));
    }
    const std::string& sid = settings_.account_sid;
    http::ClientRequest out;
    out.method = "POST";
    out.url = fmt::format("{}/2010-04-01/Accounts/{}/Messages.json", settings_.base_url, http::percent_encode(sid));
    out.headers = {{"authorization", "Basic " + crypto::base64(sid + ":" + settings_.auth_token.reveal())},
                   {"content-type", "application/x-www-form-urlencoded"}};
    out.body = http::encode_form(fields);
    return out;
  }

  SendResult answer(const http::Response& response) const override {
    const auto body = http::parse_json(response.body).value_or(Json());
    if (response.status >= 200 && response.status < 300) {
      const std::string id = clean_id(http::text(body, "sid"));
      if (id.empty()) return {SendClass::unknown, "", "the provider's answer cannot be read", 0};
      return {SendClass::accepted, id, "", 0};
    }
    SendResult result = answer_by_status(response);
    const auto code = http::whole_number(http::member(body, "code"));
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
    const auto fields = http::parse_form(request.body);
    // Without fields nothing could be verified, and the signature of nothing must not let anything through.
    if (!fields || fields->empty()) return fail(ErrorCode::permission_denied, "the body is not a form");
    if (!signature_is_valid(settings_.auth_token.reveal(), request.header("x-twilio-signature").value_or(""),
                            public_url_ + request.target, *fields)) {
      return fail(ErrorCode::permission_denied, "the signature is not valid");
    }
    if (http::find_field(*fields, "AccountSid") != settings_.account_sid) {
      return fail(ErrorCode::permission_denied, "the report is of another account");
    }
    const auto query = http::parse_form(request.query());
    const auto token = query ? http::find_field(*query, kTokenField) : std::nullopt;
    const auto correlation = correlator_->read(channel_, token.value_or(""), real_now_ms);
    const Receipt receipt = status_of(http::find_field(*fields, "MessageStatus").value_or(""));
    Reports out;
    if (!correlation || receipt == Receipt::none) {
      out.ignored = 1;
      return out;
    }
    std::string reason;
    if (receipt == Receipt::failed) {
      const auto code = http::whole_number(Json(http::find_field(*fields, "ErrorCode").value_or("")));
      reason = code ? reason_of(*code, error_meaning(*code)) : "no reason given";
    }
    out.reports.push_back(
        {*correlation, receipt, reason, clean_id(http::find_field(*fields, "MessageSid").value_or(""))});
    return out;
  }

 private:
  config::TwilioSms settings_;
  std::string channel_;
  std::string public_url_;
  std::shared_ptr<const Correlator> correlator_;
};

}  // namespace

std::unique_ptr<Adapter> make(const config::TwilioSms& settings, std::string channel, std::string public_url,
                              std::shared_ptr<const Correlator> correlator) {
  return std::make_unique<TwilioSms>(settings, std::move(channel), std::move(public_url), std::move(correlator));
}

}  // namespace flow::channels::twilio_sms
