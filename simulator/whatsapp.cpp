// Meta's WhatsApp Cloud API.
#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"
#include "runtime/crypto/random.h"
#include "runtime/http/json.h"
#include "simulator/provider.h"
#include "simulator/whatsapp_content.h"

namespace flow::simulator {
namespace {

using http::Json;

constexpr std::size_t kOpaqueBytesMax = 512;

http::Response graph_error(int status, std::int64_t code, const std::string& message) {
  const Json body = {{"error",
                      {{"message", fmt::format("(#{}) {}", code, message)},
                       {"type", "OAuthException"},
                       {"code", code},
                       {"error_data", {{"messaging_product", "whatsapp"}, {"details", message}}},
                       {"fbtrace_id", crypto::hex(crypto::random_bytes(8))}}}};
  return {status, {{"content-type", "application/json"}}, http::dump(body)};
}

std::unexpected<http::Response> bad_parameter(const std::string& what) {
  return std::unexpected(graph_error(400, 100, what));
}

// A template's header shows a text, a medium or a place.
std::string read_header_parameter(const Json& parameter) {
  const std::string_view type = http::text(parameter, "type");
  if (type == "text") return http::text(parameter, "text").empty() ? "a parameter needs a text" : "";
  if (type != "location") return read_whatsapp_media(parameter, 0);
  return http::text(http::member(parameter, "location"), "latitude").empty() ? "a place needs a latitude" : "";
}

// A component of a template, with texts for parameters; an error's text when it is malformed.
std::string read_component(const Json& component, Message& message) {
  const std::string_view type = http::text(component, "type");
  const Json& parameters = http::list(component, "parameters");
  if (parameters.empty()) return "components need parameters";
  if (type == "header") return read_header_parameter(parameters.front());
  for (const Json& parameter : parameters) {
    if (http::text(parameter, "type") != "text" || http::text(parameter, "text").empty()) {
      return "a parameter needs type text and a text";
    }
  }
  if (type == "body") {
    for (const Json& parameter : parameters) message.parameters.emplace_back(http::text(parameter, "text"));
    return {};
  }
  if (type == "button") {
    const bool good = http::text(component, "sub_type") == "url" && http::text(component, "index") == "0";
    if (!good) return "a button needs sub_type url and an index";
    // A code button must copy the code that the body shows.
    if (message.parameters.empty() || http::text(parameters.front(), "text") != message.parameters.front()) {
      return "the button's code is not the body's";
    }
    return {};
  }
  return "a component is a header, body or button";
}

std::expected<void, http::Response> read_template(const Json& body, Message& message) {
  const Json& content = http::member(body, "template");
  message.template_name = http::text(content, "name");
  message.language = http::text(http::member(content, "language"), "code");
  if (message.template_name.empty() || message.language.empty())
    return bad_parameter("template needs name and language");
  for (const Json& component : http::list(content, "components")) {
    if (const auto wrong = read_component(component, message); !wrong.empty()) return bad_parameter(wrong);
  }
  return {};
}

class Whatsapp final : public Provider {
 public:
  explicit Whatsapp(const Accounts& accounts) : accounts_(accounts) {}

  Channel channel() const override { return Channel::whatsapp; }
  bool serves(std::string_view path) const override {
    return path.starts_with("/v") && path.ends_with("/messages") && path != "/v1/messages";
  }

  std::expected<Message, http::Response> read(const http::Request& request) const override {
    if (request.header("authorization") != "Bearer " + accounts_.whatsapp_access_token) {
      return std::unexpected(graph_error(401, 190, "Invalid OAuth access token."));
    }
    if (!request.path().ends_with("/" + accounts_.whatsapp_phone_number_id + "/messages")) {
      return std::unexpected(graph_error(400, 100, "Unsupported post request. Object does not exist"));
    }
    const auto body = http::parse_json(request.body);
    if (!body) return bad_parameter("The body is not JSON");
    if (http::text(*body, "messaging_product") != "whatsapp")
      return bad_parameter("messaging_product must be whatsapp");
    if (http::text(*body, "status") == "read") {
      const bool good = http::text(http::member(*body, "typing_indicator"), "type") == "text" &&
                        http::text(*body, "message_id").starts_with("wamid.");
      if (!good) return bad_parameter("a typing_indicator of type text for a message_id");
      return std::unexpected(
          http::Response{200, {{"content-type", "application/json"}}, http::dump({{"success", true}})});
    }
    if (http::text(*body, "recipient_type") != "individual") return bad_parameter("recipient_type must be individual");
    Message message;
    message.channel = Channel::whatsapp;
    message.from = accounts_.whatsapp_phone_number_id;
    message.to = http::text(*body, "to");
    if (!message.to.starts_with('+')) message.to = "+" + message.to;
    if (!is_e164(message.to)) return bad_parameter("to must be a phone number");
    message.reference = http::text(*body, "biz_opaque_callback_data");
    if (message.reference.size() > kOpaqueBytesMax) return bad_parameter("biz_opaque_callback_data is too long");
    const std::string_view type = http::text(*body, "type");
    if (type == "template") {
      if (auto good = read_template(*body, message); !good) return std::unexpected(good.error());
    } else if (const auto wrong = read_whatsapp_content(*body, message); !wrong.empty()) {
      return bad_parameter(wrong);
    }
    message.id = "wamid." + crypto::base64(crypto::random_bytes(30));
    return message;
  }

  http::Response accept(const Message& message) const override {
    const std::string wa_id = message.to.substr(1);
    Json entry = {{"id", message.id}};
    if (!message.template_name.empty()) entry["message_status"] = "accepted";
    const Json body = {{"messaging_product", "whatsapp"},
                       {"contacts", Json::array({{{"input", message.to}, {"wa_id", wa_id}}})},
                       {"messages", Json::array({std::move(entry)})}};
    return {200, {{"content-type", "application/json"}}, http::dump(body)};
  }

  http::Response refuse(std::int64_t code) const override {
    const bool throttled = code == 130429 || code == 131048 || code == 131056 || code == 80007 || code == 4;
    const bool down = code == 131016 || code == 131000 || code == 133004;
    return graph_error(throttled ? 429 : down ? 503 : code == 190 ? 401 : 400, code, "Message failed");
  }

  std::optional<http::ClientRequest> report(const Message& message, const Report& report,
                                            std::int64_t now_ms) const override {
    if (accounts_.whatsapp_webhook.empty()) return std::nullopt;
    Json status = {{"id", message.id},
                   {"status", to_string(report.status)},
                   {"timestamp", std::to_string(now_ms / 1000)},
                   {"recipient_id", message.to.substr(1)},
                   {"biz_opaque_callback_data", message.reference}};
    if (report.status == Status::failed) {
      status["errors"] = Json::array({{{"code", report.code},
                                       {"title", "Message undeliverable"},
                                       {"message", "Message undeliverable"},
                                       {"error_data", {{"details", "Message Undeliverable."}}}}});
    } else if (report.status != Status::read) {
      status["conversation"] = {{"id", "c0ffee"}, {"origin", {{"type", "authentication"}}}};
      status["pricing"] = {
          {"billable", true}, {"pricing_model", "PMP"}, {"category", "authentication"}, {"type", "regular"}};
    }
    const Json value = {{"messaging_product", "whatsapp"},
                        {"metadata", {{"display_phone_number", "15550000000"}, {"phone_number_id", message.from}}},
                        {"statuses", Json::array({std::move(status)})}};
    return webhook(accounts_.whatsapp_webhook, value);
  }

  std::optional<http::ClientRequest> incoming(const Incoming& message, std::int64_t now_ms) const override {
    const std::string& url = message.webhook.empty() ? accounts_.whatsapp_webhook : message.webhook;
    const std::string from = message.from.substr(1);
    Json body = {{"from", from}, {"id", random_sid("wamid.")}, {"timestamp", std::to_string(now_ms / 1000)}};
    body["type"] = message.kind;
    if (message.kind == "text") {
      body["text"] = {{"body", message.text}};
    } else if (message.kind == "button") {
      body["type"] = "interactive";
      body["interactive"] = {{"type", "button_reply"},
                             {"button_reply", {{"id", message.text}, {"title", message.text}}}};
    } else if (message.kind == "image") {
      body["image"] = {{"id", "1"}, {"mime_type", "image/jpeg"}, {"caption", message.text}, {"url", message.url}};
    } else if (message.kind == "location") {
      body["location"] = {{"latitude", message.latitude}, {"longitude", message.longitude}};
    } else {
      return std::nullopt;
    }
    if (url.empty()) return std::nullopt;
    return webhook(
        url,
        {{"messaging_product", "whatsapp"},
         {"metadata", {{"display_phone_number", message.to}, {"phone_number_id", accounts_.whatsapp_phone_number_id}}},
         {"contacts", Json::array({{{"wa_id", from}, {"profile", {{"name", "Somebody"}}}}})},
         {"messages", Json::array({std::move(body)})}});
  }

 private:
  http::ClientRequest webhook(const std::string& url, const Json& value) const {
    const Json body = {
        {"object", "whatsapp_business_account"},
        {"entry", Json::array({{{"id", "1"}, {"changes", Json::array({{{"field", "messages"}, {"value", value}}})}}})}};
    http::ClientRequest out;
    out.method = "POST";
    out.url = url;
    out.body = http::dump(body);
    const std::string digest = crypto::hex(crypto::hmac_sha256(accounts_.whatsapp_app_secret, out.body));
    out.headers = {{"content-type", "application/json"}, {"x-hub-signature-256", "sha256=" + digest}};
    return out;
  }

  const Accounts& accounts_;
};

}  // namespace

std::unique_ptr<Provider> make_whatsapp(const Accounts& accounts) {
  return std::make_unique<Whatsapp>(accounts);
}

}  // namespace flow::simulator
