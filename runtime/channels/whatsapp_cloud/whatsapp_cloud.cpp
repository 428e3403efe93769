#include "runtime/channels/whatsapp_cloud/whatsapp_cloud.h"

#include "base/limits.h"
#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"
#include "runtime/http/form.h"
#include "runtime/http/json.h"

namespace flow::channels::whatsapp_cloud {
namespace {

using http::Json;
using outbox::SendClass;
using outbox::SendRequest;
using outbox::SendResult;
using program::Receipt;

Json text_parameter(const std::string& value) {
  return {{"type", "text"}, {"text", value}};
}

// An authentication template shows the code in its body and copies it with its button, so it wants the code twice.
Json template_of(const SendRequest& send) {
  Json components = Json::array();
  if (!send.parameters.empty()) {
    Json parameters = Json::array();
    for (const auto& [name, value] : send.parameters) parameters.push_back(text_parameter(value));
    components.push_back({{"type", "body"}, {"parameters", std::move(parameters)}});
    if (send.purpose == "authentication") {
      components.push_back({{"type", "button"},
                            {"sub_type", "url"},
                            {"index", "0"},
                            {"parameters", Json::array({text_parameter(send.parameters.front().second)})}});
    }
  }
  Json body = {{"name", send.template_name}, {"language", {{"code", send.language}}}};
  if (!components.empty()) body["components"] = std::move(components);
  return body;
}

Receipt status_of(std::string_view status) {
  if (status == "sent") return Receipt::sent;
  if (status == "delivered") return Receipt::delivered;
  if (status == "read" || status == "played") return Receipt::read;
  if (status == "failed") return Receipt::failed;
  return Receipt::none;
}

std::string failure_reason(const Json& status) {
  const Json& errors = http::list(status, "errors");
  if (errors.empty()) return "no reason given";
  const auto code = http::whole_number(http::member(errors.front(), "code"));
  return code ? reason_of(*code, error_meaning(*code)) : "no reason given";
}

class WhatsappCloud final : public Adapter {
 public:
  WhatsappCloud(const config::WhatsappCloud& settings, std::string channel,
                std::shared_ptr<const Correlator> correlator)
      : settings_(settings), channel_(std::move(channel)), correlator_(std::move(correlator)) {}

  program::ChannelKind kind() const override { return program::ChannelKind::whatsapp; }

  http::ClientRequest request(const SendRequest& send, const std::string& token) const override {
    Json body = {{"messaging_product", "whatsapp"},
                 {"recipient_type", "individual"},
                 {"to", send.to},
                 {"biz_opaque_callback_data", token}};
    if (send.template_name.empty()) {
      body["type"] = "text";
      body["text"] = {{"preview_url", false}, {"body", send.text}};
    } else {
      body["type"] = "template";
      body["template"] = template_of(send);
    }
    http::ClientRequest out;
    out.method = "POST";
    out.url = fmt::format("{}/{}/{}/messages", settings_.base_url, settings_.api_version, settings_.phone_number_id);
    out.headers = {{"authorization", "Bearer " + settings_.access_token.reveal()},
                   {"content-type", "application/json"}};
    out.body = http::dump(body);
    return out;
  }

  SendResult answer(const http::Response& response) const override {
    const auto body = http::parse_json(response.body).value_or(Json());
    if (response.status >= 200 && response.status < 300) {
      const Json& messages = http::list(body, "messages");
      const std::string id = messages.empty() ? "" : clean_id(http::text(messages.front(), "id"));
      if (id.empty()) return {SendClass::unknown, "", "the provider's answer cannot be read", 0};
      return {SendClass::accepted, id, "", 0};
    }
    const auto code = http::whole_number(http::member(http::member(body, "error"), "code"));
    SendResult result = answer_by_status(response);
    if (!code) return result;
    const CodeMeaning* meaning = error_meaning(*code);
    if (meaning != nullptr) result.result = meaning->meaning;
    result.reason = reason_of(*code, meaning);
    return result;
  }

  Result<std::string> handshake(const http::Request& request) const override {
    const auto fields = http::parse_form(request.query());
    if (!fields || http::find_field(*fields, "hub.mode") != "subscribe") {
      return fail(ErrorCode::permission_denied, "not a subscription handshake");
    }
    const auto token = http::find_field(*fields, "hub.verify_token").value_or("");
    if (!crypto::equal_constant_time(token, settings_.verify_token.reveal())) {
      return fail(ErrorCode::permission_denied, "the verify token is another one");
    }
    return std::string(http::find_field(*fields, "hub.challenge").value_or(""));
  }

  Result<Reports> webhook(const http::Request& request, std::int64_t real_now_ms) const override {
    const std::string expected =
        "sha256=" + crypto::hex(crypto::hmac_sha256(settings_.app_secret.reveal(), request.body));
    if (!crypto::equal_constant_time(request.header("x-hub-signature-256").value_or(""), expected)) {
      return fail(ErrorCode::permission_denied, "the signature is not valid");
    }
    const auto body = http::parse_json(request.body);
    if (!body || http::text(*body, "object") != "whatsapp_business_account") {
      return fail(ErrorCode::invalid_argument, "not a WhatsApp webhook");
    }
    Reports out;
    for (const Json& entry : http::list(*body, "entry")) {
      for (const Json& change : http::list(entry, "changes")) {
        if (http::text(change, "field") != "messages") continue;
        for (const Json& status : http::list(http::member(change, "value"), "statuses")) {
          add(status, real_now_ms, out);
        }
      }
    }
    return out;
  }

 private:
  void add(const Json& status, std::int64_t real_now_ms, Reports& out) const {
    const auto correlation = correlator_->read(channel_, http::text(status, "biz_opaque_callback_data"), real_now_ms);
    const Receipt receipt = status_of(http::text(status, "status"));
    if (!correlation || receipt == Receipt::none || out.reports.size() >= limits::kWebhookReportsMax) {
      ++out.ignored;
      return;
    }
    out.reports.push_back({*correlation, receipt, receipt == Receipt::failed ? failure_reason(status) : "",
                           clean_id(http::text(status, "id"))});
  }

  config::WhatsappCloud settings_;
  std::string channel_;
  std::shared_ptr<const Correlator> correlator_;
};

}  // namespace

std::unique_ptr<Adapter> make(const config::WhatsappCloud& settings, std::string channel,
                              std::shared_ptr<const Correlator> correlator) {
  return std::make_unique<WhatsappCloud>(settings, std::move(channel), std::move(correlator));
}

}  // namespace flow::channels::whatsapp_cloud
