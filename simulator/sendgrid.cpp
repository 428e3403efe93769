// SendGrid's v3 API: email, and its event webhook.
#include "runtime/crypto/encoding.h"
#include "runtime/crypto/random.h"
#include "runtime/crypto/signature.h"
#include "runtime/http/json.h"
#include "simulator/provider.h"

namespace flow::simulator {
namespace {

using http::Json;

http::Response errors(int status, const std::string& field, const std::string& what) {
  const Json body = {{"errors", Json::array({{{"message", what}, {"field", field}, {"help", nullptr}}})}};
  return {status, {{"content-type", "application/json"}}, http::dump(body)};
}

std::unexpected<http::Response> bad(const std::string& field, const std::string& what) {
  return std::unexpected(errors(400, field, what));
}

bool is_address(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 && text.find('.', at) != std::string_view::npos &&
         text.find_first_of(" \r\n<>,") == std::string_view::npos;
}

std::string_view event_name(Status status) {
  switch (status) {
    case Status::sent:
      return "processed";
    case Status::delivered:
      return "delivered";
    case Status::read:
      return "open";
    case Status::failed:
      return "bounce";
  }
  return "bounce";
}

class Sendgrid final : public Provider {
 public:
  explicit Sendgrid(const Accounts& accounts) : accounts_(accounts), key_(accounts.email_signing_key) {}

  Channel channel() const override { return Channel::email; }
  bool serves(std::string_view path) const override { return path == "/v3/mail/send"; }

  std::expected<Message, http::Response> read(const http::Request& request) const override {
    if (request.header("authorization") != "Bearer " + accounts_.email_api_key)
      return std::unexpected(errors(401, "", "The provided authorization grant is invalid, expired, or revoked"));
    const auto body = http::parse_json(request.body);
    if (!body || !body->is_object()) return bad("", "Bad Request");
    const Json& all = http::list(*body, "personalizations");
    if (all.size() != 1) return bad("personalizations", "one is expected here");
    const Json& to = http::list(all.front(), "to");
    Message message;
    message.channel = Channel::email;
    message.kind = "email";
    message.to = to.empty() ? std::string() : std::string(http::text(to.front(), "email"));
    message.from = http::text(http::member(*body, "from"), "email");
    if (!is_address(message.to)) return bad("personalizations.0.to.0.email", "Does not contain a valid address.");
    if (!is_address(message.from)) return bad("from.email", "Does not contain a valid address.");
    if (http::text(*body, "subject").empty()) return bad("subject", "The subject is required.");
    const Json& content = http::list(*body, "content");
    if (content.empty() || http::text(content.front(), "type") != "text/plain")
      return bad("content", "The content must begin with text/plain.");
    message.text = http::text(content.front(), "value");
    if (message.text.empty())
      return bad("content.0.value", "The content value must be a string at least one character.");
    message.reference = http::text(http::member(all.front(), "custom_args"), "flow_token");
    message.id = crypto::base64url(crypto::random_bytes(16));
    return message;
  }

  http::Response accept(const Message& message) const override { return {202, {{"x-message-id", message.id}}, ""}; }

  http::Response refuse(std::int64_t code) const override {
    const int status = code >= 400 && code <= 599 ? static_cast<int>(code) : 400;
    return errors(status, "", "refused");
  }

  // What somebody writes is not played on this channel.
  std::optional<http::ClientRequest> incoming(const Incoming&, std::int64_t) const override { return std::nullopt; }

  std::optional<http::ClientRequest> report(const Message& message, const Report& report,
                                            std::int64_t now_ms) const override {
    if (accounts_.email_webhook.empty()) return std::nullopt;
    Json event = {{"email", message.to},
                  {"timestamp", now_ms / 1000},
                  {"event", event_name(report.status)},
                  {"sg_event_id", crypto::base64url(crypto::random_bytes(16))},
                  {"sg_message_id", message.id + ".filter0001.1.1-0"},
                  {"flow_token", message.reference}};
    if (report.status == Status::failed) event["status"] = "5.1.1";
    http::ClientRequest out;
    out.method = "POST";
    out.url = accounts_.email_webhook;
    out.body = http::dump(Json::array({std::move(event)}));
    const std::string time = std::to_string(now_ms / 1000);
    out.headers = {{"content-type", "application/json"},
                   {"x-twilio-email-event-webhook-timestamp", time},
                   {"x-twilio-email-event-webhook-signature", key_.sign(time, out.body)}};
    return out;
  }

 private:
  const Accounts& accounts_;
  crypto::PrivateKey key_;
};

}  // namespace

std::unique_ptr<Provider> make_sendgrid(const Accounts& accounts) {
  return std::make_unique<Sendgrid>(accounts);
}

}  // namespace flow::simulator
