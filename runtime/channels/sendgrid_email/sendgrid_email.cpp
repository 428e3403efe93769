#include "runtime/channels/sendgrid_email/sendgrid_email.h"

#include "base/limits.h"
#include "runtime/channels/parts.h"
#include "runtime/crypto/signature.h"
#include "runtime/http/json_view.h"

namespace flow::channels::sendgrid_email {
namespace {

using http::JsonView;
using outbox::SendClass;
using outbox::SendRequest;
using outbox::SendResult;
using program::PartKind;
using program::Receipt;

constexpr std::string_view kTokenField = "flow_token";

// The API numbers none of its errors; the status says what there is to know.
const AnswerRules kAnswers = {.id = [](const JsonView&) { return std::string_view(); },
                              .code = [](const JsonView&) { return std::optional<std::int64_t>(); },
                              .meaning = [](std::int64_t) -> const CodeMeaning* { return nullptr; },
                              .id_header = "x-message-id",
                              .bad_request = SendClass::permanent_recipient};

Receipt status_of(std::string_view event) {
  if (event == "processed" || event == "deferred") return Receipt::accepted;
  if (event == "delivered") return Receipt::delivered;
  if (event == "bounce" || event == "dropped" || event == "blocked") return Receipt::failed;
  return Receipt::none;  // opened, clicked: what a reader's machine does says nothing of reading
}

std::string_view reason_of_failure(std::string_view event) {
  return event == "dropped" ? "the provider dropped it" : "the recipient's mail server refused it";
}

class SendgridEmail final : public Adapter {
 public:
  SendgridEmail(const config::SendgridEmail& settings, std::string channel,
                std::shared_ptr<const Correlator> correlator)
      : frame_{settings.base_url + "/v3/mail/send",
               {{"authorization", "Bearer " + settings.api_key.reveal()}, {"content-type", "application/json"}}},
        key_(settings.webhook_public_key),
        channel_(std::move(channel)),
        correlator_(std::move(correlator)) {}

  program::ChannelKind kind() const override { return program::ChannelKind::email; }

  http::ClientRequest request(const SendRequest& send, std::string_view token) const override {
    std::string body;
    body.reserve(320 + 2 * send.text.size());
    body += R"({"personalizations":[{"to":[{)";
    append_member(body, "email", send.to);
    close_with(body, '}');
    body += R"(],"custom_args":{)";
    append_member(body, kTokenField, token);
    close_with(body, '}');
    body += R"(}],"from":{)";
    append_member(body, "email", send.sender);
    close_with(body, '}');
    body += ',';
    append_member(body, "subject", part(send.parts, PartKind::subject));
    body += R"("content":[{"type":"text/plain",)";
    append_member(body, "value", send.text);
    close_with(body, '}');
    if (has_part(send.parts, PartKind::html)) {  // behind the plain one: the last that a reader can show is shown
      body += R"(,{"type":"text/html",)";
      append_member(body, "value", part(send.parts, PartKind::html));
      close_with(body, '}');
    }
    body += ']';
    if (has_part(send.parts, PartKind::track)) {
      body += R"(,"categories":[")";
      http::append_json_text(body, part(send.parts, PartKind::track));
      body += "\"]";
    }
    body += '}';
    return frame_.make(send, std::move(body));
  }

  SendResult answer(const http::Response& response) const override { return read_answer(response, kAnswers); }

  Result<std::string> handshake(const http::Request&) const override {
    return fail(ErrorCode::not_found, "this provider has no handshake");
  }

  Result<Reports> webhook(const http::Request& request, std::int64_t real_now_ms) const override {
    if (auto status = verify(request, real_now_ms); !status) return std::unexpected(status.error());
    // The events are a list; the view wants an object round it.
    const std::string whole = R"({"events":)" + request.body + "}";
    const auto body = JsonView::parse(whole);
    if (!body || !body->member("events").is_array()) return fail(ErrorCode::invalid_argument, "not a list of events");
    Reports out;
    body->for_each("events", [&](const JsonView& event) { add(event, real_now_ms, out); });
    return out;
  }

 private:
  // Signed are the time and the body.
  Status verify(const http::Request& request, std::int64_t real_now_ms) const {
    const std::string_view time = request.header("x-twilio-email-event-webhook-timestamp").value_or("");
    const std::string_view signature = request.header("x-twilio-email-event-webhook-signature").value_or("");
    if (!key_.verifies(signature, time, request.body))
      return fail(ErrorCode::permission_denied, "the signature is not valid");
    const auto seconds = http::whole_number(time);
    if (!seconds || *seconds < 0 || *seconds > INT64_MAX / 1000)
      return fail(ErrorCode::permission_denied, "the signature does not say when it was made");
    const std::int64_t age_ms = real_now_ms - *seconds * 1000;
    if (age_ms > kSignatureAgeMsMax || age_ms < -kClockSkewMsMax)
      return fail(ErrorCode::permission_denied, "the signature is too old, or not yet made");
    return {};
  }

  void add(const JsonView& event, std::int64_t real_now_ms, Reports& out) const {
    const auto correlation = correlator_->read(channel_, event.text(kTokenField), real_now_ms);
    const std::string_view name = event.text("event");
    const Receipt receipt = status_of(name);
    if (!correlation || receipt == Receipt::none || out.reports.size() >= limits::kWebhookReportsMax) {
      ++out.ignored;
      return;
    }
    out.reports.push_back({*correlation, receipt,
                           std::string(receipt == Receipt::failed ? reason_of_failure(name) : std::string_view()),
                           clean_id(event.text("sg_message_id"))});
  }

  RequestFrame frame_;
  crypto::PublicKey key_;
  std::string channel_;
  std::shared_ptr<const Correlator> correlator_;
};

}  // namespace

std::unique_ptr<Adapter> make(const config::SendgridEmail& settings, std::string channel,
                              std::shared_ptr<const Correlator> correlator) {
  return std::make_unique<SendgridEmail>(settings, std::move(channel), std::move(correlator));
}

}  // namespace flow::channels::sendgrid_email
