#include "runtime/channels/whatsapp_cloud/whatsapp_cloud.h"

#include <array>

#include "base/limits.h"
#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"
#include "runtime/crypto/mac.h"
#include "runtime/http/form.h"
#include "runtime/http/json_view.h"
#include "runtime/http/text.h"

namespace flow::channels::whatsapp_cloud {
namespace {

using http::JsonView;
using outbox::SendClass;
using outbox::SendRequest;
using outbox::SendResult;
using program::Receipt;

void append_parameter(std::string& body, std::string_view value) {
  body += R"({"type":"text","text":")";
  http::append_json_text(body, value);
  body += "\"}";
}

// An authentication template shows the code in its body and copies it with its button, so it wants the code twice.
void append_template(std::string& body, const SendRequest& send) {
  body += R"("type":"template","template":{"name":")";
  http::append_json_text(body, send.template_name);
  body += R"(","language":{"code":")";
  http::append_json_text(body, send.language);
  body += "\"}";
  if (!send.parameters.empty()) {
    body += R"(,"components":[{"type":"body","parameters":[)";
    for (const auto& [name, value] : send.parameters) {
      append_parameter(body, value);
      body += ',';
    }
    body.back() = ']';
    body += '}';
    if (send.purpose == "authentication") {
      body += R"(,{"type":"button","sub_type":"url","index":"0","parameters":[)";
      append_parameter(body, send.parameters.front().second);
      body += "]}";
    }
    body += ']';
  }
  body += '}';
}

Receipt status_of(std::string_view status) {
  if (status == "sent") return Receipt::sent;
  if (status == "delivered") return Receipt::delivered;
  if (status == "read" || status == "played") return Receipt::read;
  if (status == "failed") return Receipt::failed;
  return Receipt::none;
}

std::string failure_reason(const JsonView& status) {
  const auto code = status.first("errors").member("code").whole_number();
  return code ? reason_of(*code, error_meaning(*code)) : "no reason given";
}

const AnswerRules kAnswers = {
    .id = [](const JsonView& body) { return body.first("messages").text("id"); },
    .code = [](const JsonView& body) { return body.member("error").member("code").whole_number(); },
    .meaning = error_meaning,
    .bad_request = SendClass::permanent_recipient};

std::size_t size_of(const SendRequest& send) {
  std::size_t size = 320 + send.text.size() + send.text.size() / 4 + send.template_name.size();
  for (const auto& [name, value] : send.parameters) size += 40 + 2 * value.size();
  return size;
}

class WhatsappCloud final : public Adapter {
 public:
  WhatsappCloud(const config::WhatsappCloud& settings, std::string channel,
                std::shared_ptr<const Correlator> correlator)
      : frame_{fmt::format("{}/{}/{}/messages", settings.base_url, settings.api_version, settings.phone_number_id),
               {{"authorization", "Bearer " + settings.access_token.reveal()}, {"content-type", "application/json"}}},
        verify_token_(settings.verify_token),
        signature_key_(settings.app_secret.reveal()),
        channel_(std::move(channel)),
        correlator_(std::move(correlator)) {}

  program::ChannelKind kind() const override { return program::ChannelKind::whatsapp; }

  http::ClientRequest request(const SendRequest& send, std::string_view token) const override {
    std::string body;
    body.reserve(size_of(send));
    body += R"({"messaging_product":"whatsapp","recipient_type":"individual","to":")";
    http::append_json_text(body, send.to);
    body += R"(","biz_opaque_callback_data":")";
    http::append_json_text(body, token);
    body += "\",";
    if (send.template_name.empty()) {
      body += R"("type":"text","text":{"preview_url":false,"body":")";
      http::append_json_text(body, send.text);
      body += "\"}";
    } else {
      append_template(body, send);
    }
    body += '}';
    return frame_.make(send, std::move(body));
  }

  SendResult answer(const http::Response& response) const override { return read_answer(response, kAnswers); }

  Result<std::string> handshake(const http::Request& request) const override {
    const auto fields = http::parse_form(request.query());
    if (!fields || http::find_field(*fields, "hub.mode") != "subscribe") {
      return fail(ErrorCode::permission_denied, "not a subscription handshake");
    }
    const auto token = http::find_field(*fields, "hub.verify_token").value_or("");
    if (!crypto::equal_constant_time(token, verify_token_.reveal())) {
      return fail(ErrorCode::permission_denied, "the verify token is another one");
    }
    return std::string(http::find_field(*fields, "hub.challenge").value_or(""));
  }

  Result<Reports> webhook(const http::Request& request, std::int64_t real_now_ms) const override {
    constexpr std::string_view kScheme = "sha256=";
    const std::string_view signature = request.header("x-hub-signature-256").value_or("");
    std::array<char, 64> expected;
    crypto::write_hex(crypto::view(crypto::code_of(signature_key_, request.body)), expected);
    if (!signature.starts_with(kScheme) ||
        !crypto::equal_constant_time(signature.substr(kScheme.size()), crypto::view(expected))) {
      return fail(ErrorCode::permission_denied, "the signature is not valid");
    }
    const auto body = JsonView::parse(request.body);
    if (!body || body->text("object") != "whatsapp_business_account") {
      return fail(ErrorCode::invalid_argument, "not a WhatsApp webhook");
    }
    Reports out;
    body->for_each("entry", [&](const JsonView& entry) {
      entry.for_each("changes", [&](const JsonView& change) {
        if (change.text("field") != "messages") return;
        change.member("value").for_each("statuses", [&](const JsonView& status) { add(status, real_now_ms, out); });
      });
    });
    return out;
  }

 private:
  void add(const JsonView& status, std::int64_t real_now_ms, Reports& out) const {
    const auto correlation = correlator_->read(channel_, status.text("biz_opaque_callback_data"), real_now_ms);
    const Receipt receipt = status_of(status.text("status"));
    if (!correlation || receipt == Receipt::none || out.reports.size() >= limits::kWebhookReportsMax) {
      ++out.ignored;
      return;
    }
    out.reports.push_back(
        {*correlation, receipt, receipt == Receipt::failed ? failure_reason(status) : "", clean_id(status.text("id"))});
  }

  RequestFrame frame_;
  config::Secret verify_token_;
  crypto::HmacSha256 signature_key_;
  std::string channel_;
  std::shared_ptr<const Correlator> correlator_;
};

}  // namespace

std::unique_ptr<Adapter> make(const config::WhatsappCloud& settings, std::string channel,
                              std::shared_ptr<const Correlator> correlator) {
  return std::make_unique<WhatsappCloud>(settings, std::move(channel), std::move(correlator));
}

}  // namespace flow::channels::whatsapp_cloud
