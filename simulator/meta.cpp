// Meta's Send API for pages on Messenger and accounts on Instagram.
#include <fmt/format.h>

#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"
#include "runtime/crypto/random.h"
#include "runtime/http/json.h"
#include "simulator/provider.h"

namespace flow::simulator {
namespace {

using http::Json;

constexpr std::size_t kMetadataBytesMax = 1000;

http::Response graph_error(int status, std::int64_t code, const std::string& message) {
  const Json body = {{"error",
                      {{"message", fmt::format("(#{}) {}", code, message)},
                       {"type", "OAuthException"},
                       {"code", code},
                       {"fbtrace_id", crypto::hex(crypto::random_bytes(8))}}}};
  return {status, {{"content-type", "application/json"}}, http::dump(body)};
}

std::unexpected<http::Response> bad_parameter(const std::string& what) {
  return std::unexpected(graph_error(400, 100, what));
}

std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

bool has_length(std::string_view text, std::size_t most) {
  return !text.empty() && characters(text) <= most;
}

std::string read_quick_replies(const Json& replies) {
  if (replies.empty() || replies.size() > 13) return "quick_replies must have 1 to 13";
  for (const Json& reply : replies) {
    if (http::text(reply, "content_type") != "text") return "a quick reply must have content_type text";
    if (!has_length(http::text(reply, "title"), 20)) return "a title must have 1 to 20 characters";
    if (!has_length(http::text(reply, "payload"), 1000)) return "a payload must have 1 to 1000 characters";
  }
  return {};
}

std::string read_buttons(const Json& buttons) {
  if (buttons.empty() || buttons.size() > 3) return "buttons must have 1 to 3";
  for (const Json& button : buttons) {
    if (!has_length(http::text(button, "title"), 20)) return "a title must have 1 to 20 characters";
    const std::string_view type = http::text(button, "type");
    const bool good = type == "web_url"    ? http::text(button, "url").starts_with("https://")
                      : type == "postback" ? has_length(http::text(button, "payload"), 1000)
                                           : false;
    if (!good) return "a button is a web_url with its url or a postback with its payload";
  }
  return {};
}

std::string read_template(const Json& payload, Message& message) {
  if (http::text(payload, "template_type") == "button") {
    message.text = http::text(payload, "text");
    if (!has_length(message.text, 640)) return "text must have 1 to 640 characters";
    return read_buttons(http::list(payload, "buttons"));
  }
  if (http::text(payload, "template_type") != "generic") return "template_type must be button or generic";
  const Json& elements = http::list(payload, "elements");
  if (elements.empty() || elements.size() > 10) return "elements must have 1 to 10";
  for (const Json& element : elements) {
    if (!has_length(http::text(element, "title"), 80)) return "a title must have 1 to 80 characters";
    if (characters(http::text(element, "subtitle")) > 80) return "a subtitle must have at most 80 characters";
    if (element.size() < 2) return "an element needs more than a title";
    if (element.contains("buttons")) {
      if (auto wrong = read_buttons(http::list(element, "buttons")); !wrong.empty()) return wrong;
    }
  }
  return {};
}

std::string read_message(const Json& content, std::size_t text_max, bool files, Message& message) {
  const Json& attachment = http::member(content, "attachment");
  if (attachment.is_null()) {
    message.kind = content.contains("quick_replies") ? "quick_replies" : "text";
    message.text = http::text(content, "text");
    if (!has_length(message.text, text_max)) return fmt::format("text must have 1 to {} characters", text_max);
    return message.kind == "text" ? "" : read_quick_replies(http::list(content, "quick_replies"));
  }
  if (content.contains("text")) return "a message has a text or an attachment";
  message.kind = http::text(attachment, "type");
  const Json& payload = http::member(attachment, "payload");
  if (message.kind == "template") return read_template(payload, message);
  const bool known = message.kind == "image" || message.kind == "video" || message.kind == "audio" ||
                     (files && message.kind == "file");
  if (!known) return "the attachment's type is not known";
  return http::text(payload, "url").starts_with("https://") ? "" : "payload.url must be an address";
}

class Meta final : public Provider {
 public:
  explicit Meta(const Accounts& accounts) : accounts_(accounts) {}

  Channel channel() const override { return Channel::messenger; }
  bool serves(std::string_view path) const override { return path.starts_with("/v") && path.ends_with("/me/messages"); }

  std::expected<Message, http::Response> read(const http::Request& request) const override {
    const std::string_view token = request.header("authorization").value_or("");
    const bool instagram = token == "Bearer " + accounts_.instagram_access_token;
    if (!instagram && token != "Bearer " + accounts_.messenger_access_token)
      return std::unexpected(graph_error(401, 190, "Invalid OAuth access token."));
    const auto body = http::parse_json(request.body);
    if (!body || !body->is_object()) return bad_parameter("The body is not JSON");
    Message message;
    message.channel = instagram ? Channel::instagram : Channel::messenger;
    message.from = instagram ? accounts_.instagram_account_id : accounts_.messenger_page_id;
    message.to = http::text(http::member(*body, "recipient"), "id");
    if (message.to.empty()) return bad_parameter("recipient.id is missing");
    if (const std::string_view action = http::text(*body, "sender_action"); !action.empty()) {
      if (action != "typing_on" || body->contains("message")) return bad_parameter("sender_action stands alone");
      return std::unexpected(
          http::Response{200, {{"content-type", "application/json"}}, http::dump({{"recipient_id", message.to}})});
    }
    const std::string_view type = http::text(*body, "messaging_type");
    if (type != "UPDATE" && type != "RESPONSE") return bad_parameter("messaging_type must be RESPONSE or UPDATE");
    const Json& content = http::member(*body, "message");
    message.reference = http::text(content, "metadata");
    if (message.reference.size() > kMetadataBytesMax) return bad_parameter("metadata is too long");
    const std::string wrong = read_message(content, instagram ? 1000 : 2000, !instagram, message);
    if (!wrong.empty()) return bad_parameter(wrong);
    message.id = "m_" + crypto::base64url(crypto::random_bytes(30));
    return message;
  }

  http::Response accept(const Message& message) const override {
    const Json body = {{"recipient_id", message.to}, {"message_id", message.id}};
    return {200, {{"content-type", "application/json"}}, http::dump(body)};
  }

  http::Response refuse(std::int64_t code) const override {
    const bool throttled = code == 4 || code == 32 || code == 613;
    const bool down = code == 1 || code == 2 || code == 1200;
    return graph_error(throttled ? 429 : down ? 503 : code == 190 ? 401 : 400, code, "Message failed");
  }

  // `message.channel` says which of the two; people are known by an id.
  bool knows(std::string_view from) const override { return is_id(from); }

  std::optional<http::ClientRequest> incoming(const Incoming& message, std::int64_t now_ms) const override {
    const bool instagram = message.channel == Channel::instagram;
    Json said = {{"mid", "m_" + crypto::base64url(crypto::random_bytes(30))}};
    if (message.kind == "text" || message.kind == "button") {
      said["text"] = message.text;
      if (message.kind == "button") said["quick_reply"] = {{"payload", message.text}};
    } else if (message.kind == "image") {
      said["attachments"] = Json::array({{{"type", "image"}, {"payload", {{"url", message.url}}}}});
    } else if (message.kind == "location") {
      const Json place = {{"lat", message.latitude}, {"long", message.longitude}};
      said["attachments"] = Json::array({{{"type", "location"}, {"payload", {{"coordinates", place}}}}});
    } else {
      return std::nullopt;
    }
    const std::string& account = instagram ? accounts_.instagram_account_id : accounts_.messenger_page_id;
    const std::string& own = instagram ? accounts_.instagram_webhook : accounts_.messenger_webhook;
    const std::string& url = message.webhook.empty() ? own : message.webhook;
    if (url.empty()) return std::nullopt;
    const Json event = {{"sender", {{"id", message.from}}},
                        {"recipient", {{"id", account}}},
                        {"timestamp", now_ms},
                        {"message", std::move(said)}};
    return webhook(url, instagram, account, event, now_ms);
  }

  // `sent` as an echo, which has the sender's own metadata; Messenger names the others by a watermark, Instagram what
  // was read by its id. Neither reports a failure, nor Instagram a delivery.
  std::optional<http::ClientRequest> report(const Message& message, const Report& report,
                                            std::int64_t now_ms) const override {
    const bool instagram = message.channel == Channel::instagram;
    const std::string& webhook_url = instagram ? accounts_.instagram_webhook : accounts_.messenger_webhook;
    if (webhook_url.empty() || report.status == Status::failed) return std::nullopt;
    if (instagram && report.status == Status::delivered) return std::nullopt;
    Json event = {{"timestamp", now_ms}};
    if (report.status == Status::sent) {
      event["sender"] = {{"id", message.from}};
      event["recipient"] = {{"id", message.to}};
      event["message"] = {{"is_echo", true}, {"mid", message.id}, {"metadata", message.reference}};
    } else {
      event["sender"] = {{"id", message.to}};
      event["recipient"] = {{"id", message.from}};
      if (report.status == Status::delivered)
        event["delivery"] = {{"mids", Json::array({message.id})}, {"watermark", now_ms}};
      else
        event["read"] = instagram ? Json{{"mid", message.id}} : Json{{"watermark", now_ms}};
    }
    return webhook(webhook_url, instagram, message.from, event, now_ms);
  }

 private:
  static bool is_id(std::string_view id) {
    return !id.empty() && id.size() <= 64 && id.find_first_not_of("0123456789") == std::string_view::npos;
  }

  // Signed with the secret of the app.
  http::ClientRequest webhook(const std::string& url, bool instagram, const std::string& account, const Json& event,
                              std::int64_t now_ms) const {
    const Json body = {
        {"object", instagram ? "instagram" : "page"},
        {"entry", Json::array({{{"id", account}, {"time", now_ms}, {"messaging", Json::array({event})}}})}};
    http::ClientRequest out;
    out.method = "POST";
    out.url = url;
    out.body = http::dump(body);
    const std::string& secret = instagram ? accounts_.instagram_app_secret : accounts_.messenger_app_secret;
    out.headers = {{"content-type", "application/json"},
                   {"x-hub-signature-256", "sha256=" + crypto::hex(crypto::hmac_sha256(secret, out.body))}};
    return out;
  }

  const Accounts& accounts_;
};

}  // namespace

std::unique_ptr<Provider> make_meta(const Accounts& accounts) {
  return std::make_unique<Meta>(accounts);
}

}  // namespace flow::simulator
