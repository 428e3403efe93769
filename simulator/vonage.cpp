// Vonage's Messages API, version 1, with Viber Business Messages.
#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"
#include "runtime/http/json.h"
#include "simulator/provider.h"

namespace flow::simulator {
namespace {

using http::Json;

constexpr std::size_t kTextBytesMax = 4000;  // 1000 characters
constexpr std::size_t kActionCharactersMax = 30;
constexpr std::size_t kReferenceBytesMax = 100;
constexpr std::int64_t kTtlSMin = 30;
constexpr std::int64_t kTtlSMax = 259'200;

http::Response api_error(int status, const std::string& fragment, const std::string& title, const std::string& detail) {
  const Json body = {{"type", "https://developer.vonage.com/api-errors/messages#" + fragment},
                     {"title", title},
                     {"detail", detail},
                     {"instance", random_uuid()}};
  return {status, {{"content-type", "application/problem+json"}}, http::dump(body)};
}

std::unexpected<http::Response> invalid(const std::string& name, const std::string& reason) {
  auto response = api_error(422, "1020", "Invalid params", "The value of one or more parameters is invalid.");
  auto body = http::parse_json(response.body).value_or(Json::object());
  body["invalid_parameters"] = Json::array({{{"name", name}, {"reason", reason}}});
  response.body = http::dump(body);
  return std::unexpected(std::move(response));
}

std::string_view status_name(Status status) {
  switch (status) {
    case Status::sent:
      return "submitted";
    case Status::delivered:
      return "delivered";
    case Status::read:
      return "read";
    case Status::failed:
      return "rejected";
  }
  return "rejected";
}

// Texts, and pictures, videos and files by their addresses.
std::expected<void, http::Response> read_content(const Json& body, Message& message) {
  const Json& service = http::member(body, "viber_service");
  if (const Json& action = http::member(service, "action"); !action.is_null()) {
    if (http::text(action, "url").empty()) return invalid("viber_service.action.url", "is missing");
    const std::string_view title = http::text(action, "text");
    if (title.empty() || title.size() > 4 * kActionCharactersMax)
      return invalid("viber_service.action.text", "must have 1 to 30 characters");
  }
  if (message.kind == "text") {
    message.text = http::text(body, "text");
    if (message.text.empty() || message.text.size() > kTextBytesMax)
      return invalid("text", "must have 1 to 1000 characters");
    return {};
  }
  if (message.kind != "image" && message.kind != "video" && message.kind != "file")
    return invalid("message_type", "is not known");
  const Json& media = http::member(body, message.kind);
  message.text = http::text(media, "caption");
  if (!http::text(media, "url").starts_with("http")) return invalid(message.kind + ".url", "is missing");
  if (message.text.size() > kTextBytesMax) return invalid(message.kind + ".caption", "is longer than 1000 characters");
  if (message.kind != "video") return {};
  if (http::text(media, "thumb_url").empty()) return invalid("video.thumb_url", "is missing");
  const auto within = [&](const char* name, std::int64_t most) {
    const auto value = http::whole_number(http::text(service, name));
    return value && *value >= 1 && *value <= most;
  };
  if (!within("duration", 600)) return invalid("viber_service.duration", "must be 1 to 600");
  if (!within("file_size", 200)) return invalid("viber_service.file_size", "must be 1 to 200");
  return {};
}

class Vonage final : public Provider {
 public:
  explicit Vonage(const Accounts& accounts) : accounts_(accounts) {}

  Channel channel() const override { return Channel::viber; }
  bool serves(std::string_view path) const override { return path == "/v1/messages"; }

  std::expected<Message, http::Response> read(const http::Request& request) const override {
    if (basic_credentials(request) != accounts_.viber_api_key + ":" + accounts_.viber_api_secret) {
      return std::unexpected(
          api_error(401, "unauthorized", "Unauthorized", "You did not provide correct credentials."));
    }
    const auto body = http::parse_json(request.body);
    if (!body || !body->is_object()) return invalid("body", "must be JSON");
    if (http::text(*body, "channel") != "viber_service") return invalid("channel", "must be viber_service");
    Message message;
    message.channel = Channel::viber;
    message.to = "+" + std::string(http::text(*body, "to"));
    message.from = http::text(*body, "from");
    message.kind = http::text(*body, "message_type");
    message.reference = http::text(*body, "client_ref");
    if (!is_e164(message.to)) return invalid("to", "must be digits without a plus");
    if (message.from.empty()) return invalid("from", "is missing");
    if (auto good = read_content(*body, message); !good) return std::unexpected(good.error());
    if (message.reference.size() > kReferenceBytesMax) return invalid("client_ref", "is longer than 100");
    const Json& service = http::member(*body, "viber_service");
    const std::string_view category = http::text(service, "category");
    if (category != "transaction" && category != "promotion") return invalid("viber_service.category", "is missing");
    if (const Json& ttl = http::member(service, "ttl"); !ttl.is_null()) {
      const auto seconds = ttl.is_number_integer() ? http::whole_number(ttl) : std::nullopt;
      if (!seconds || *seconds < kTtlSMin || *seconds > kTtlSMax)
        return invalid("viber_service.ttl", "must be 30 to 259200");
      message.ttl_ms = *seconds * 1000;
    }
    message.id = random_uuid();
    return message;
  }

  http::Response accept(const Message& message) const override {
    return {202, {{"content-type", "application/json"}}, http::dump({{"message_uuid", message.id}})};
  }

  http::Response refuse(std::int64_t code) const override {
    const int status = code == 1000 || code == 1241 ? 429 : code == 1030 || code == 1100 ? 503 : 422;
    return api_error(status, std::to_string(code), std::to_string(code), "The request was refused.");
  }

  std::optional<http::ClientRequest> report(const Message& message, const Report& report,
                                            std::int64_t now_ms) const override {
    if (accounts_.viber_webhook.empty()) return std::nullopt;
    Json body = {
        {"message_uuid", message.id},          {"to", message.to.substr(1)},           {"from", message.from},
        {"timestamp", "2026-01-01T00:00:00Z"}, {"status", status_name(report.status)}, {"channel", "viber_service"}};
    if (!message.reference.empty()) body["client_ref"] = message.reference;
    if (report.status == Status::failed) {
      body["error"] = {{"type", fmt::format("https://developer.vonage.com/api-errors/messages#{}", report.code)},
                       {"title", std::to_string(report.code)},
                       {"detail", "The message was not delivered."},
                       {"instance", random_uuid()}};
    }
    return webhook(accounts_.viber_webhook, body, now_ms);
  }

  std::optional<http::ClientRequest> incoming(const Incoming& message, std::int64_t now_ms) const override {
    const std::string& url = message.webhook.empty() ? accounts_.viber_webhook : message.webhook;
    Json body = {{"message_uuid", random_uuid()},       {"to", message.to},           {"from", message.from.substr(1)},
                 {"timestamp", "2026-01-01T00:00:00Z"}, {"channel", "viber_service"}, {"message_type", message.kind}};
    if (message.kind == "text") {
      body["text"] = message.text;
    } else if (message.kind == "button") {
      body["button"] = {{"payload", message.text}, {"text", message.text}};
    } else if (message.kind == "image") {
      body["image"] = {{"url", message.url}, {"caption", message.text}};
    } else if (message.kind == "location") {
      body["location"] = {{"lat", message.latitude}, {"long", message.longitude}};
    } else {
      return std::nullopt;
    }
    if (url.empty()) return std::nullopt;
    return webhook(url, body, now_ms);
  }

 private:
  http::ClientRequest webhook(const std::string& url, const Json& body, std::int64_t now_ms) const {
    http::ClientRequest out;
    out.method = "POST";
    out.url = url;
    out.body = http::dump(body);
    out.headers = {{"content-type", "application/json"}, {"authorization", "Bearer " + token(out.body, now_ms)}};
    return out;
  }

  // A JSON Web Token by hand (RFC 7519, HS256).
  std::string token(const std::string& body, std::int64_t now_ms) const {
    const Json header = {{"alg", "HS256"}, {"typ", "JWT"}};
    const Json claims = {{"iat", now_ms / 1000},
                         {"jti", random_uuid()},
                         {"iss", "Vonage"},
                         {"payload_hash", crypto::hex(crypto::sha256(body))},
                         {"api_key", accounts_.viber_api_key},
                         {"application_id", "00000000-0000-4000-8000-000000000000"}};
    const std::string text = crypto::base64url(http::dump(header)) + "." + crypto::base64url(http::dump(claims));
    return text + "." + crypto::base64url(crypto::hmac_sha256(accounts_.viber_signature_secret, text));
  }

  const Accounts& accounts_;
};

}  // namespace

std::unique_ptr<Provider> make_vonage(const Accounts& accounts) {
  return std::make_unique<Vonage>(accounts);
}

}  // namespace flow::simulator
