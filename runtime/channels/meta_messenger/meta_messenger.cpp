#include "runtime/channels/meta_messenger/meta_messenger.h"

#include <algorithm>

#include "base/limits.h"
#include "runtime/channels/meta_webhook.h"
#include "runtime/channels/parts.h"
#include "runtime/http/json_view.h"

namespace flow::channels::meta_messenger {
namespace {

using http::JsonView;
using outbox::SendClass;
using outbox::SendRequest;
using outbox::SendResult;
using program::ChannelKind;
using program::MessageKind;
using program::PartKind;
using program::Receipt;
using program::ReplyKind;

// Titles are texts of ours; the payload comes back with the answer.
void append_quick_replies(std::string& body, const SendRequest& send) {
  append_member(body, "text", send.text);
  body += R"("quick_replies":[)";
  for (const outbox::MessagePart& each : send.parts) {
    if (each.kind != PartKind::choice) continue;
    body += R"({"content_type":"text",)";
    append_member(body, "title", each.value);
    append_member(body, "payload", each.value);
    close_with(body, '}');
    body += ',';
  }
  close_with(body, ']');
  body += ',';
}

// `"buttons":[…]` of a group: those of a message or of a card.
void append_buttons(std::string& body, Parts parts, PartKind title, PartKind opens) {
  body += R"("buttons":[)";
  for_each_group(parts, title, [&](Parts button) {
    const bool link = button.size() > 1 && button[1].kind == opens;
    body += link ? R"({"type":"web_url",)" : R"({"type":"postback",)";
    append_member(body, "title", button.front().value);
    append_member(body, link ? "url" : "payload", button.size() > 1 ? button[1].value : button.front().value);
    close_with(body, '}');
    body += ',';
  });
  close_with(body, ']');
}

void append_card(std::string& body, Parts card) {
  body += '{';
  append_member(body, "title", card.front().value);
  append_optional(body, "subtitle", part(card, PartKind::card_subtitle));
  append_optional(body, "image_url", part(card, PartKind::card_image));
  if (has_part(card, PartKind::card_button)) append_buttons(body, card, PartKind::card_button, PartKind::card_opens);
  close_with(body, '}');
  body += ',';
}

void append_template(std::string& body, const SendRequest& send) {
  body += R"("attachment":{"type":"template","payload":{)";
  if (send.message_kind == MessageKind::cards) {
    append_member(body, "template_type", "generic");
    body += R"("elements":[)";
    for_each_group(send.parts, PartKind::card, [&](Parts card) { append_card(body, card); });
    close_with(body, ']');
  } else {
    append_member(body, "template_type", "button");
    append_member(body, "text", send.text);
    append_buttons(body, send.parts, PartKind::button, PartKind::button_opens);
  }
  body += "}},";
}

void append_media(std::string& body, const SendRequest& send) {
  static constexpr PartKind kMedia[] = {PartKind::image, PartKind::video, PartKind::audio, PartKind::file};
  for (const PartKind kind : kMedia) {
    if (!has_part(send.parts, kind)) continue;
    body += R"("attachment":{)";
    append_member(body, "type", program::to_string(kind));
    body += R"("payload":{)";
    append_member(body, "url", part(send.parts, kind));
    close_with(body, '}');
    body += "},";
    return;
  }
}

void append_message(std::string& body, const SendRequest& send) {
  switch (send.message_kind) {
    case MessageKind::choices:
      return append_quick_replies(body, send);
    case MessageKind::buttons:
    case MessageKind::cards:
      return append_template(body, send);
    case MessageKind::text:
      return append_member(body, "text", send.text);
    default:
      return append_media(body, send);
  }
}

// What somebody wrote: a text, perhaps by a quick reply, or the first of what is attached.
void read_content(const JsonView& message, Inbound& out) {
  out.text = bounded_text(message.text("text"));
  if (!out.text.empty()) out.kind = ReplyKind::text;
  if (const JsonView quick = message.member("quick_reply"); quick.is_object()) {
    out.kind = ReplyKind::button;
    out.choice = bounded_text(quick.text("payload"));
  }
  const JsonView attached = message.first("attachments");
  if (!attached.is_object()) return;
  const JsonView payload = attached.member("payload");
  out.kind = program::reply_kind(attached.text("type")).value_or(ReplyKind::other);
  out.url = bounded_text(payload.text("url"));
  const JsonView place = payload.member("coordinates");
  if (place.is_object()) put_place(place.member("lat").real_number(), place.member("long").real_number(), out);
}

const AnswerRules kAnswers = {
    .id = [](const JsonView& body) { return body.text("message_id"); },
    .code = [](const JsonView& body) { return body.member("error").member("code").whole_number(); },
    .meaning = error_meaning,
    .bad_request = SendClass::permanent_recipient};

class MetaMessenger final : public Adapter {
 public:
  MetaMessenger(const config::MetaMessenger& settings, std::string channel,
                std::shared_ptr<const Correlator> correlator)
      : kind_(settings.instagram ? ChannelKind::instagram : ChannelKind::messenger),
        account_id_(settings.account_id),
        frame_{fmt::format("{}/{}/me/messages", settings.base_url, settings.api_version),
               {{"authorization", "Bearer " + settings.access_token.reveal()}, {"content-type", "application/json"}}},
        webhook_(settings.verify_token, settings.app_secret),
        channel_(std::move(channel)),
        correlator_(std::move(correlator)) {}

  ChannelKind kind() const override { return kind_; }
  bool reports_by_id() const override { return true; }

  http::ClientRequest request(const SendRequest& send, std::string_view token) const override {
    std::string body;
    body.reserve(256 + 2 * send.text.size() + 80 * send.parts.size());
    body += R"({"recipient":{)";
    append_member(body, "id", send.to);
    close_with(body, '}');
    body += R"(,"messaging_type":"UPDATE","message":{)";
    append_message(body, send);
    append_member(body, "metadata", token);
    close_with(body, '}');
    body += '}';
    return frame_.make(send, std::move(body));
  }

  std::optional<http::ClientRequest> typing(const outbox::TypingRequest& wanted) const override {
    std::string body = R"({"recipient":{)";
    append_member(body, "id", wanted.to);
    close_with(body, '}');
    body += R"(,"sender_action":"typing_on"})";
    return frame_.make(wanted.traceparent, std::move(body));
  }

  SendResult answer(const http::Response& response) const override { return read_answer(response, kAnswers); }

  Result<std::string> handshake(const http::Request& request) const override { return webhook_.handshake(request); }

  Result<Reports> webhook(const http::Request& request, std::int64_t real_now_ms) const override {
    if (auto status = webhook_.verify(request); !status) return std::unexpected(status.error());
    const auto body = JsonView::parse(request.body);
    if (!body || body->text("object") != (kind_ == ChannelKind::messenger ? "page" : "instagram")) {
      return fail(ErrorCode::invalid_argument, "not a webhook of this kind of channel");
    }
    Reports out;
    body->for_each("entry", [&](const JsonView& entry) {
      if (entry.text("id") != account_id_) {
        ++out.ignored;
        return;
      }
      entry.for_each("messaging", [&](const JsonView& event) { add(event, real_now_ms, out); });
    });
    return out;
  }

 private:
  static bool is_full(Reports& out) {
    if (out.reports.size() + out.by_id.size() < limits::kWebhookReportsMax) return false;
    ++out.ignored;
    return true;
  }

  void add(const JsonView& event, std::int64_t real_now_ms, Reports& out) const {
    if (is_full(out)) return;
    const std::string sender = clean_id(event.member("sender").text("id"));
    const JsonView message = event.member("message");
    if (message.is_object() && message.member("is_echo").is_true()) return add_echo(message, event, real_now_ms, out);
    const JsonView postback = event.member("postback");
    if (message.is_object() || postback.is_object()) return add_inbound(message, postback, event, real_now_ms, out);
    const JsonView delivery = event.member("delivery");
    const JsonView read = event.member("read");
    const JsonView& report = delivery.is_object() ? delivery : read;
    if (!report.is_object() || sender.empty()) {
      ++out.ignored;
      return;
    }
    const Receipt status = delivery.is_object() ? Receipt::delivered : Receipt::read;
    bool named = false;
    report.for_each("mids", [&](const JsonView& each) {
      std::string id = clean_id(each.text());
      if (id.empty() || is_full(out)) return;
      out.by_id.push_back({status, std::move(id), {}, 0});
      named = true;
    });
    if (named) return;
    if (const std::string id = clean_id(report.text("mid")); !id.empty()) {
      out.by_id.push_back({status, id, {}, 0});
    } else if (const auto watermark = report.member("watermark").whole_number()) {
      out.by_id.push_back({status, {}, sender, *watermark});
    } else {
      ++out.ignored;
    }
  }

  void add_inbound(const JsonView& message, const JsonView& postback, const JsonView& event, std::int64_t real_now_ms,
                   Reports& out) const {
    Inbound made;
    made.kind = ReplyKind::other;
    made.sender = clean_id(event.member("sender").text("id"));
    made.to = account_id_;
    const auto at_ms = event.member("timestamp").whole_number().value_or(real_now_ms);
    made.age_ms = std::clamp<std::int64_t>(real_now_ms - at_ms, 0, kInboundAgeMsMax);
    const JsonView& source = postback.is_object() ? postback : message;
    made.message_id = clean_id(source.text("mid"));
    if (postback.is_object()) {
      made.kind = ReplyKind::button;
      made.text = bounded_text(postback.text("title"));
      made.choice = bounded_text(postback.text("payload"));
    } else {
      read_content(message, made);
    }
    if (made.sender.empty() || made.message_id.empty() || out.inbound.size() >= limits::kWebhookReportsMax)
      ++out.ignored;
    else
      out.inbound.push_back(std::move(made));
  }

  // A message of ours, as the provider sends it: with it comes the token, and what id it has.
  void add_echo(const JsonView& message, const JsonView& event, std::int64_t real_now_ms, Reports& out) const {
    const auto correlation = correlator_->read(channel_, message.text("metadata"), real_now_ms);
    std::string id = clean_id(message.text("mid"));
    if (!correlation || id.empty()) {
      ++out.ignored;
      return;
    }
    out.sent.push_back({*correlation, id, clean_id(event.member("recipient").text("id")),
                        event.member("timestamp").whole_number().value_or(real_now_ms)});
    out.reports.push_back({*correlation, Receipt::sent, "", std::move(id)});
  }

  ChannelKind kind_;
  std::string account_id_;
  RequestFrame frame_;
  MetaWebhook webhook_;
  std::string channel_;
  std::shared_ptr<const Correlator> correlator_;
};

}  // namespace

std::unique_ptr<Adapter> make(const config::MetaMessenger& settings, std::string channel,
                              std::shared_ptr<const Correlator> correlator) {
  return std::make_unique<MetaMessenger>(settings, std::move(channel), std::move(correlator));
}

}  // namespace flow::channels::meta_messenger
