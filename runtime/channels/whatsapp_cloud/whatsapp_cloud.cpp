#include "runtime/channels/whatsapp_cloud/whatsapp_cloud.h"

#include <algorithm>
#include <string_view>

#include "base/limits.h"
#include "runtime/channels/meta_webhook.h"
#include "runtime/channels/whatsapp_cloud/content.h"
#include "runtime/http/form.h"
#include "runtime/http/json_view.h"
#include "runtime/http/text.h"

namespace flow::channels::whatsapp_cloud {
namespace {

using namespace std::literals;  // "…"sv is appended without looking for its end

using http::JsonView;
using outbox::SendClass;
using outbox::SendRequest;
using outbox::SendResult;
using program::Receipt;
using program::ReplyKind;

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
  for (const outbox::MessagePart& each : send.parts) size += 60 + each.value.size();
  return size;
}

// What comes among messages and is none.
bool says_nothing(std::string_view type) {
  return type.empty() || type == "reaction" || type == "system";
}

std::int64_t age_of(const JsonView& message, std::int64_t real_now_ms) {
  const auto seconds = message.member("timestamp").whole_number();
  if (!seconds || *seconds < 0 || *seconds > real_now_ms / 1000) return 0;
  return std::min(real_now_ms - *seconds * 1000, kInboundAgeMsMax);
}

// Media come with an address, or with an id under which the API has it; both want the account's token.
void read_media(const JsonView& media, ReplyKind kind, const std::string& media_url, Inbound& out) {
  out.kind = kind;
  out.text = bounded_text(media.text("caption"));
  out.url = bounded_text(media.text("url"));
  const std::string id = clean_id(media.text("id"));
  if (out.url.empty() && !id.empty()) out.url = media_url + http::percent_encode(id);
}

void read_choice(ReplyKind kind, std::string_view id, std::string_view text, Inbound& out) {
  out.kind = kind;
  out.choice = bounded_text(id);
  out.text = bounded_text(text);
}

void read_content(const JsonView& message, const std::string& media_url, Inbound& out) {
  const std::string_view type = message.text("type");
  const JsonView content = message.member(type);
  out.kind = ReplyKind::other;
  if (type == "text") {
    out.kind = ReplyKind::text;
    out.text = bounded_text(content.text("body"));
  } else if (type == "button") {
    read_choice(ReplyKind::button, content.text("payload"), content.text("text"), out);
  } else if (type == "interactive") {
    const JsonView button = content.member("button_reply");
    const JsonView row = content.member("list_reply");
    if (button.is_object()) read_choice(ReplyKind::button, button.text("id"), button.text("title"), out);
    if (row.is_object()) read_choice(ReplyKind::list, row.text("id"), row.text("title"), out);
  } else if (type == "location") {
    out.kind = ReplyKind::location;
    out.text = bounded_text(content.text("name"));
    put_place(content.member("latitude").real_number(), content.member("longitude").real_number(), out);
  } else if (type == "document") {
    read_media(content, ReplyKind::file, media_url, out);
  } else if (const auto kind = program::reply_kind(type); kind && content.is_object()) {
    read_media(content, *kind, media_url, out);  // image, video, audio, sticker
  } else if (kind) {
    out.kind = *kind;  // contacts: a list
  }
}

class WhatsappCloud final : public Adapter {
 public:
  WhatsappCloud(const config::WhatsappCloud& settings, std::string channel,
                std::shared_ptr<const Correlator> correlator)
      : frame_{fmt::format("{}/{}/{}/messages", settings.base_url, settings.api_version, settings.phone_number_id),
               {{"authorization", "Bearer " + settings.access_token.reveal()}, {"content-type", "application/json"}}},
        phone_number_id_(settings.phone_number_id),
        media_url_(fmt::format("{}/{}/", settings.base_url, settings.api_version)),
        meta_(settings.verify_token, settings.app_secret),
        channel_(std::move(channel)),
        correlator_(std::move(correlator)) {}

  program::ChannelKind kind() const override { return program::ChannelKind::whatsapp; }

  http::ClientRequest request(const SendRequest& send, std::string_view token) const override {
    std::string body;
    body.reserve(size_of(send));
    body += R"({"messaging_product":"whatsapp","recipient_type":"individual","to":")"sv;
    http::append_json_text(body, send.to);
    body += R"(","biz_opaque_callback_data":")"sv;
    http::append_json_text(body, token);
    body += "\","sv;
    append_content(body, send);
    body += '}';
    return frame_.make(send, std::move(body));
  }

  // It stands beside the news that the message which is answered was read.
  std::optional<http::ClientRequest> typing(const outbox::TypingRequest& wanted) const override {
    if (wanted.answers.empty()) return std::nullopt;
    std::string body = R"({"messaging_product":"whatsapp","status":"read","message_id":")";
    http::append_json_text(body, wanted.answers);
    body += R"(","typing_indicator":{"type":"text"}})"sv;
    return frame_.make(wanted.traceparent, std::move(body));
  }

  SendResult answer(const http::Response& response) const override { return read_answer(response, kAnswers); }

  Result<std::string> handshake(const http::Request& request) const override { return meta_.handshake(request); }

  Result<Reports> webhook(const http::Request& request, std::int64_t real_now_ms) const override {
    if (auto status = meta_.verify(request); !status) return std::unexpected(status.error());
    const auto body = JsonView::parse(request.body);
    if (!body || body->text("object") != "whatsapp_business_account") {
      return fail(ErrorCode::invalid_argument, "not a WhatsApp webhook");
    }
    Reports out;
    body->for_each("entry", [&](const JsonView& entry) {
      entry.for_each("changes", [&](const JsonView& change) {
        if (change.text("field") != "messages") return;
        const JsonView value = change.member("value");
        value.for_each("statuses", [&](const JsonView& status) { add(status, real_now_ms, out); });
        value.for_each("messages", [&](const JsonView& message) {
          add_inbound(message, value, entry.text("id"), real_now_ms, out);
        });
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

  void add_inbound(const JsonView& message, const JsonView& value, std::string_view account, std::int64_t real_now_ms,
                   Reports& out) const {
    const JsonView ours = value.member("metadata");
    Inbound inbound;
    inbound.sender = e164_of(message.text("from"));
    inbound.message_id = clean_id(message.text("id"));
    const bool other_number = ours.text("phone_number_id") != phone_number_id_;
    if (other_number || inbound.sender.empty() || inbound.message_id.empty() || says_nothing(message.text("type")) ||
        out.inbound.size() >= limits::kWebhookReportsMax) {
      ++out.ignored;
      return;
    }
    inbound.account = clean_id(account);
    inbound.to = clean_id(ours.text("display_phone_number"));
    value.for_each("contacts", [&](const JsonView& contact) {
      if (contact.text("wa_id") == message.text("from")) {
        inbound.name = bounded_text(contact.member("profile").text("name"));
      }
    });
    inbound.age_ms = age_of(message, real_now_ms);
    read_content(message, media_url_, inbound);
    out.inbound.push_back(std::move(inbound));
  }

  RequestFrame frame_;
  std::string phone_number_id_;
  std::string media_url_;
  MetaWebhook meta_;
  std::string channel_;
  std::shared_ptr<const Correlator> correlator_;
};

}  // namespace

std::unique_ptr<Adapter> make(const config::WhatsappCloud& settings, std::string channel,
                              std::shared_ptr<const Correlator> correlator) {
  return std::make_unique<WhatsappCloud>(settings, std::move(channel), std::move(correlator));
}

}  // namespace flow::channels::whatsapp_cloud
