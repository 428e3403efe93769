#include "runtime/channels/twilio_sms/twilio_sms.h"

#include <algorithm>
#include <iterator>

#include "runtime/crypto/encoding.h"
#include "runtime/http/json_view.h"
#include "runtime/http/text.h"

namespace flow::channels::twilio_sms {
namespace {

using outbox::SendClass;
using outbox::SendRequest;
using outbox::SendResult;
using program::Receipt;
using program::ReplyKind;

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

// "&StatusCallback=" and the address up to the token, encoded as a form wants it.
std::string callback_field(const std::string& public_url, const std::string& channel) {
  std::string field = "&StatusCallback=";
  http::append_percent_encoded(
      field, fmt::format("{}/v1/webhooks/{}?{}=", public_url, http::percent_encode(channel), kTokenField));
  return field;
}

const AnswerRules kAnswers = {.id = [](const http::JsonView& body) { return body.text("sid"); },
                              .code = [](const http::JsonView& body) { return body.member("code").whole_number(); },
                              .meaning = error_meaning,
                              .bad_request = SendClass::permanent_recipient};

ReplyKind media_kind(std::string_view content_type) {
  if (content_type.starts_with("image/")) return ReplyKind::image;
  if (content_type.starts_with("video/")) return ReplyKind::video;
  if (content_type.starts_with("audio/")) return ReplyKind::audio;
  if (content_type == "text/vcard" || content_type == "text/x-vcard") return ReplyKind::contacts;
  return ReplyKind::file;
}

// The provider does not say when it was sent, and repeats nothing. Of several media the first one counts.
Reports inbound_of(const http::FormViews& form, std::string_view id) {
  Reports out;
  Inbound inbound;
  inbound.sender = e164_of(form.value("From"));
  inbound.message_id = clean_id(id);
  if (!form.value("From").starts_with('+') || inbound.sender.empty() || inbound.message_id.empty()) {
    out.ignored = 1;  // a short code or a name: no conversation
    return out;
  }
  inbound.to = clean_id(form.value("To"));
  inbound.text = bounded_text(form.value("Body"));
  inbound.url = bounded_text(form.value("MediaUrl0"));
  inbound.kind = inbound.url.empty() ? ReplyKind::text : media_kind(form.value("MediaContentType0"));
  out.inbound.push_back(std::move(inbound));
  return out;
}

class TwilioSms final : public Adapter {
 public:
  TwilioSms(const config::TwilioSms& settings, std::string channel, const std::string& public_url,
            std::shared_ptr<const Correlator> correlator)
      : account_sid_(settings.account_sid),
        frame_{fmt::format("{}/2010-04-01/Accounts/{}/Messages.json", settings.base_url,
                           http::percent_encode(settings.account_sid)),
               {{"authorization", "Basic " + crypto::base64(settings.account_sid + ":" + settings.auth_token.reveal())},
                {"content-type", "application/x-www-form-urlencoded"}}},
        callback_(callback_field(public_url, channel)),
        verifier_(settings.auth_token.reveal(), public_url),
        channel_(std::move(channel)),
        correlator_(std::move(correlator)) {}

  program::ChannelKind kind() const override { return program::ChannelKind::sms; }

  http::ClientRequest request(const SendRequest& send, std::string_view token) const override {
    std::string body;
    body.reserve(96 + callback_.size() + token.size() + send.sender.size() + 2 * send.text.size());
    body += "To=";
    http::append_percent_encoded(body, send.to);
    body += is_messaging_service(send.sender) ? "&MessagingServiceSid=" : "&From=";
    http::append_percent_encoded(body, send.sender);
    body += "&Body=";
    http::append_percent_encoded(body, send.text);
    body += callback_;
    body += token;  // of characters that need no encoding
    if (send.ttl_ms > 0) {
      fmt::format_to(std::back_inserter(body), "&ValidityPeriod={}",
                     std::clamp(send.ttl_ms / 1000, kValiditySMin, kValiditySMax));
    }
    return frame_.make(send, std::move(body));
  }

  SendResult answer(const http::Response& response) const override { return read_answer(response, kAnswers); }

  Result<std::string> handshake(const http::Request&) const override {
    return fail(ErrorCode::not_found, "this provider has no handshake");
  }

  Result<Reports> webhook(const http::Request& request, std::int64_t real_now_ms) const override {
    thread_local http::FormViews form;
    thread_local http::FormViews query;
    // Without fields nothing could be verified, and the signature of nothing must not let anything through.
    if (!form.parse(request.body) || form.fields().empty()) {
      return fail(ErrorCode::permission_denied, "the body is not a form");
    }
    // Before they are sorted: the first of a repeated name counts.
    const std::string_view account = form.value("AccountSid");
    const std::string_view status = form.value("MessageStatus");
    const std::string_view error = form.value("ErrorCode");
    const std::string_view id = form.value("MessageSid");
    const std::string_view signature = request.header("x-twilio-signature").value_or("");
    if (!verifier_.is_valid(signature, request.target, form.fields())) {
      return fail(ErrorCode::permission_denied, "the signature is not valid");
    }
    if (account != account_sid_) return fail(ErrorCode::permission_denied, "the report is of another account");
    if (status.empty() && form.value("SmsStatus") == "received") return inbound_of(form, id);
    const std::string_view token = query.parse(request.query()) ? query.value(kTokenField) : std::string_view();
    const auto correlation = correlator_->read(channel_, token, real_now_ms);
    const Receipt receipt = status_of(status);
    Reports out;
    if (!correlation || receipt == Receipt::none) {
      out.ignored = 1;
      return out;
    }
    std::string reason;
    if (receipt == Receipt::failed) {
      const auto code = http::whole_number(error);
      reason = code ? reason_of(*code, error_meaning(*code)) : "no reason given";
    }
    out.reports.push_back({*correlation, receipt, std::move(reason), clean_id(id)});
    return out;
  }

 private:
  std::string account_sid_;
  RequestFrame frame_;
  std::string callback_;
  Verifier verifier_;
  std::string channel_;
  std::shared_ptr<const Correlator> correlator_;
};

}  // namespace

std::unique_ptr<Adapter> make(const config::TwilioSms& settings, std::string channel, const std::string& public_url,
                              std::shared_ptr<const Correlator> correlator) {
  return std::make_unique<TwilioSms>(settings, std::move(channel), public_url, std::move(correlator));
}

}  // namespace flow::channels::twilio_sms
