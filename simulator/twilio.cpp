// A Twilio-compatible SMS provider.
#include <map>

#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"
#include "runtime/http/form.h"
#include "runtime/http/json.h"
#include "simulator/provider.h"

namespace flow::simulator {
namespace {

using http::Json;

constexpr std::size_t kBodyBytesMax = 4 * 1600;  // 1600 characters
constexpr std::int64_t kValiditySMax = 36'000;

http::Response api_error(int status, std::int64_t code, const std::string& message) {
  const Json body = {{"code", code},
                     {"message", message},
                     {"more_info", fmt::format("https://www.twilio.com/docs/errors/{}", code)},
                     {"status", status}};
  return {status, {{"content-type", "application/json"}}, http::dump(body)};
}

std::unexpected<http::Response> invalid(std::int64_t code, const std::string& message) {
  return std::unexpected(api_error(400, code, message));
}

std::string_view status_name(Status status) {
  switch (status) {
    case Status::sent:
      return "sent";
    case Status::delivered:
      return "delivered";
    case Status::read:
      return "read";
    case Status::failed:
      return "undelivered";
  }
  return "undelivered";
}

class Twilio final : public Provider {
 public:
  explicit Twilio(const Accounts& accounts) : accounts_(accounts) {}

  Channel channel() const override { return Channel::sms; }
  bool serves(std::string_view path) const override { return path.starts_with("/2010-04-01/Accounts/"); }

  std::expected<Message, http::Response> read(const http::Request& request) const override {
    if (basic_credentials(request) != accounts_.sms_account_sid + ":" + accounts_.sms_auth_token) {
      return std::unexpected(api_error(401, 20003, "Authenticate"));
    }
    if (request.path() != "/2010-04-01/Accounts/" + accounts_.sms_account_sid + "/Messages.json") {
      return std::unexpected(api_error(404, 20404, "The requested resource was not found"));
    }
    const auto fields = http::parse_form(request.body);
    if (!fields) return invalid(21602, "Message body is required.");
    const auto field = [&](std::string_view name) { return std::string(http::find_field(*fields, name).value_or("")); };
    Message message;
    message.channel = Channel::sms;
    message.to = field("To");
    message.from = field("MessagingServiceSid").empty() ? field("From") : field("MessagingServiceSid");
    message.text = field("Body");
    message.report_to = field("StatusCallback");
    if (message.to.empty()) return invalid(21604, "A 'To' phone number is required.");
    if (!is_e164(message.to)) return invalid(21211, "The 'To' number is not a valid phone number.");
    if (message.from.empty()) return invalid(21603, "A 'From' phone number is required.");
    if (message.text.empty()) return invalid(21602, "Message body is required.");
    if (message.text.size() > kBodyBytesMax) return invalid(21617, "The concatenated message body exceeds the limit.");
    if (!message.report_to.empty() && !message.report_to.starts_with("http")) {
      return invalid(21609, "The 'StatusCallback' URL is not a valid URL.");
    }
    if (const std::string validity = field("ValidityPeriod"); !validity.empty()) {
      const auto seconds = http::whole_number(Json(validity));
      if (!seconds || *seconds < 1 || *seconds > kValiditySMax) return invalid(21624, "Invalid ValidityPeriod.");
      message.ttl_ms = *seconds * 1000;
    }
    const auto query = message.report_to.find("?c=");
    if (query != std::string::npos) message.reference = message.report_to.substr(query + 3);
    message.id = random_sid("SM");
    return message;
  }

  http::Response accept(const Message& message) const override {
    const Json body = {
        {"account_sid", accounts_.sms_account_sid},
        {"api_version", "2010-04-01"},
        {"body", message.text},
        {"direction", "outbound-api"},
        {"error_code", nullptr},
        {"error_message", nullptr},
        {"from", message.from},
        {"num_media", "0"},
        {"num_segments", "1"},
        {"price", nullptr},
        {"price_unit", "USD"},
        {"sid", message.id},
        {"status", "queued"},
        {"to", message.to},
        {"uri", "/2010-04-01/Accounts/" + accounts_.sms_account_sid + "/Messages/" + message.id + ".json"}};
    return {201, {{"content-type", "application/json"}}, http::dump(body)};
  }

  http::Response refuse(std::int64_t code) const override {
    return api_error(code == 20429   ? 429
                     : code == 20503 ? 503
                     : code == 20003 ? 401
                                     : 400,
                     code, "The request was refused.");
  }

  std::optional<http::ClientRequest> report(const Message& message, const Report& report, std::int64_t) const override {
    if (message.report_to.empty()) return std::nullopt;
    http::Fields fields = {{"ApiVersion", "2010-04-01"},
                           {"AccountSid", accounts_.sms_account_sid},
                           {"From", message.from},
                           {"MessageSid", message.id},
                           {"MessageStatus", std::string(status_name(report.status))},
                           {"SmsSid", message.id},
                           {"SmsStatus", std::string(status_name(report.status))},
                           {"To", message.to}};
    if (report.status == Status::failed) fields.emplace_back("ErrorCode", std::to_string(report.code));
    return webhook(message.report_to, fields);
  }

  std::optional<http::ClientRequest> incoming(const Incoming& message, std::int64_t) const override {
    if (message.webhook.empty() || message.kind != "text") return std::nullopt;
    const std::string id = random_sid("SM");
    return webhook(message.webhook, {{"ApiVersion", "2010-04-01"},
                                     {"AccountSid", accounts_.sms_account_sid},
                                     {"Body", message.text},
                                     {"From", message.from},
                                     {"MessageSid", id},
                                     {"NumMedia", "0"},
                                     {"NumSegments", "1"},
                                     {"SmsSid", id},
                                     {"SmsStatus", "received"},
                                     {"To", message.to}});
  }

 private:
  http::ClientRequest webhook(const std::string& url, const http::Fields& fields) const {
    http::ClientRequest out;
    out.method = "POST";
    out.url = url;
    out.body = http::encode_form(fields);
    out.headers = {{"content-type", "application/x-www-form-urlencoded"},
                   {"x-twilio-signature", signature(url, fields)}};
    return out;
  }

  std::string signature(const std::string& url, const http::Fields& fields) const {
    const std::map<std::string, std::string> sorted(fields.begin(), fields.end());
    std::string text = url;
    for (const auto& [name, value] : sorted) text += name + value;
    return crypto::base64(crypto::hmac_sha1(accounts_.sms_auth_token, text));
  }

  const Accounts& accounts_;
};

}  // namespace

std::unique_ptr<Provider> make_twilio(const Accounts& accounts) {
  return std::make_unique<Twilio>(accounts);
}

}  // namespace flow::simulator
