#include "runtime/channels/vonage_viber/vonage_viber.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "runtime/channels/parts.h"
#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"
#include "runtime/crypto/jwt.h"
#include "runtime/http/json_view.h"
#include "runtime/http/text.h"

namespace flow::channels::vonage_viber {
namespace {

using http::JsonView;
using outbox::SendClass;
using outbox::SendRequest;
using outbox::SendResult;
using program::PartKind;
using program::Receipt;
using program::ReplyKind;

std::string_view without_plus(std::string_view number) {
  return number.starts_with('+') ? number.substr(1) : number;
}

Receipt status_of(std::string_view status) {
  if (status == "submitted") return Receipt::sent;
  if (status == "delivered") return Receipt::delivered;
  if (status == "read") return Receipt::read;
  if (status == "rejected" || status == "undeliverable") return Receipt::failed;
  return Receipt::none;
}

// Problems of the API name themselves by the end of their type's URL: "…/api-errors/messages#1300".
std::optional<std::int64_t> code_of(const JsonView& problem) {
  const std::string_view type = problem.text("type");
  const auto mark = type.rfind('#');
  if (mark != std::string_view::npos) {
    if (const auto code = http::whole_number(type.substr(mark + 1))) return code;
  }
  return problem.member("title").whole_number();
}

constexpr std::int64_t kMegabyte = 1'000'000;

struct Medium {
  PartKind kind;
  std::string_view type;
};
constexpr Medium kMedia[] = {{PartKind::image, "image"}, {PartKind::video, "video"}, {PartKind::file, "file"}};

// Null: the message is a text.
const Medium* medium_of(Parts parts) {
  const auto found = std::ranges::find_if(kMedia, [&](const Medium& medium) { return has_part(parts, medium.kind); });
  return found == std::end(kMedia) ? nullptr : found;
}

// `"text":"…"`, `"image":{…}`.
void append_content(std::string& body, const SendRequest& send) {
  const Medium* medium = medium_of(send.parts);
  if (medium == nullptr) {
    body += R"("text":")";
    http::append_json_text(body, send.text);
    body += '"';
    return;
  }
  fmt::format_to(std::back_inserter(body), "\"{}\":{{", medium->type);
  append_member(body, "url", part(send.parts, medium->kind));
  append_optional(body, "thumb_url", part(send.parts, PartKind::thumbnail));
  append_optional(body, "name", part(send.parts, PartKind::file_name));
  append_optional(body, "caption", send.text);
  close_with(body, '}');
}

// What stands in `viber_service` beside its category.
void append_options(std::string& body, Parts parts) {
  if (has_part(parts, PartKind::lasts)) {
    // The API wants both as texts, the size in whole megabytes.
    const std::int64_t bytes = http::whole_number(part(parts, PartKind::bytes)).value_or(0);
    fmt::format_to(std::back_inserter(body), R"(,"duration":"{}","file_size":"{}")", part(parts, PartKind::lasts),
                   std::max<std::int64_t>(1, (bytes + kMegabyte - 1) / kMegabyte));
  }
  if (!has_part(parts, PartKind::button)) return;
  body += R"(,"action":{)";
  append_member(body, "url", part(parts, PartKind::button_opens));
  append_member(body, "text", part(parts, PartKind::button));
  close_with(body, '}');
}

// A 422 of the API is about the request as a whole unless its code says that it is about the number.
const AnswerRules kAnswers = {.id = [](const JsonView& body) { return body.text("message_uuid"); },
                              .code = code_of,
                              .meaning = error_meaning,
                              .bad_request = SendClass::permanent_configuration};

ReplyKind kind_of(std::string_view type) {
  if (type == "vcard" || type == "contact") return ReplyKind::contacts;
  if (type == "reply") return ReplyKind::list;
  return program::reply_kind(type).value_or(ReplyKind::other);
}

// The token of the webhook says that it is young.
void add_inbound(const JsonView& message, Reports& out) {
  const std::string_view type = message.text("message_type");
  Inbound inbound;
  inbound.sender = e164_of(message.text("from"));
  inbound.message_id = clean_id(message.text("message_uuid"));
  if (message.text("channel") != "viber_service" || inbound.sender.empty() || inbound.message_id.empty()) {
    out.ignored = 1;
    return;
  }
  inbound.to = clean_id(message.text("to"));
  inbound.name = bounded_text(message.member("profile").text("name"));
  inbound.kind = kind_of(type);
  const JsonView content = message.member(type);
  switch (inbound.kind) {
    case ReplyKind::text:
      inbound.text = bounded_text(message.text("text"));
      break;
    case ReplyKind::button:
      inbound.choice = bounded_text(content.text("payload"));
      inbound.text = bounded_text(content.text("text"));
      break;
    case ReplyKind::list:
      inbound.choice = bounded_text(content.text("id"));
      inbound.text = bounded_text(content.text("title"));
      break;
    case ReplyKind::location:
      inbound.text = bounded_text(content.text("name"));
      put_place(content.member("lat").real_number(), content.member("long").real_number(), inbound);
      break;
    default:
      inbound.url = bounded_text(content.text("url"));
      inbound.text = bounded_text(content.text("caption"));
  }
  out.inbound.push_back(std::move(inbound));
}

class VonageViber final : public Adapter {
 public:
  VonageViber(const config::VonageViber& settings, std::string channel, std::shared_ptr<const Correlator> correlator)
      : api_key_(settings.api_key),
        frame_{settings.base_url + "/v1/messages",
               {{"authorization", "Basic " + crypto::base64(settings.api_key + ":" + settings.api_secret.reveal())},
                {"content-type", "application/json"},
                {"accept", "application/json"}}},
        signature_key_(settings.signature_secret.reveal()),
        channel_(std::move(channel)),
        correlator_(std::move(correlator)) {}

  program::ChannelKind kind() const override { return program::ChannelKind::viber; }

  http::ClientRequest request(const SendRequest& send, std::string_view token) const override {
    std::string body;
    body.reserve(256 + send.to.size() + send.sender.size() + token.size() + send.text.size() + send.text.size() / 4);
    body += R"({"message_type":")";
    const Medium* medium = medium_of(send.parts);
    body += medium == nullptr ? "text" : medium->type;
    body += R"(","channel":"viber_service","to":")";
    http::append_json_text(body, without_plus(send.to));
    body += R"(","from":")";
    http::append_json_text(body, send.sender);
    body += "\",";
    append_content(body, send);
    body += R"(,"client_ref":")";
    http::append_json_text(body, token);
    body += send.purpose == "marketing" ? R"(","viber_service":{"category":"promotion")"
                                        : R"(","viber_service":{"category":"transaction")";
    if (send.ttl_ms > 0) {
      fmt::format_to(std::back_inserter(body), ",\"ttl\":{}", std::clamp(send.ttl_ms / 1000, kTtlSMin, kTtlSMax));
    }
    if (!send.parts.empty()) append_options(body, send.parts);
    body += "}}";
    return frame_.make(send, std::move(body));
  }

  SendResult answer(const http::Response& response) const override { return read_answer(response, kAnswers); }

  Result<std::string> handshake(const http::Request&) const override {
    return fail(ErrorCode::not_found, "this provider has no handshake");
  }

  Result<Reports> webhook(const http::Request& request, std::int64_t real_now_ms) const override {
    if (auto status = verify(request, real_now_ms); !status) return std::unexpected(status.error());
    const auto body = JsonView::parse(request.body);
    if (!body || !body->is_object()) return fail(ErrorCode::invalid_argument, "not a JSON object");
    Reports out;
    if (body->member("status").text().empty() && !body->text("message_type").empty()) {
      add_inbound(*body, out);
      return out;
    }
    const auto correlation = correlator_->read(channel_, body->text("client_ref"), real_now_ms);
    const Receipt receipt = status_of(body->text("status"));
    if (!correlation || receipt == Receipt::none) {
      out.ignored = 1;
      return out;
    }
    std::string reason;
    if (receipt == Receipt::failed) {
      const auto code = code_of(body->member("error"));
      reason = code ? reason_of(*code, error_meaning(*code)) : "no reason given";
    }
    out.reports.push_back({*correlation, receipt, std::move(reason), clean_id(body->text("message_uuid"))});
    return out;
  }

 private:
  // The token says who signed and when; its payload_hash binds it to these bytes.
  Status verify(const http::Request& request, std::int64_t real_now_ms) const {
    const std::string_view header = request.header("authorization").value_or("");
    constexpr std::string_view kScheme = "bearer ";
    if (http::lower_case(header.substr(0, kScheme.size())) != kScheme) return refused("there is no bearer token");
    const auto claims_text = crypto::verify_jwt_hs256(header.substr(kScheme.size()), signature_key_);
    if (!claims_text) return std::unexpected(claims_text.error());
    const auto claims = JsonView::parse(*claims_text);
    if (!claims || !claims->is_object()) return refused("its claims are no JSON object");
    std::array<char, 64> hash;
    crypto::write_hex(crypto::view(crypto::sha256_of(request.body)), hash);
    if (!crypto::equal_constant_time(claims->text("payload_hash"), crypto::view(hash)))
      return refused("it is for another body");
    if (claims->text("api_key") != api_key_) return refused("it is of another account");
    const JsonView issued = claims->member("iat");
    const auto seconds = issued.is_number() ? issued.whole_number() : std::nullopt;
    if (!seconds || *seconds < 0 || *seconds > INT64_MAX / 1000) return refused("it does not say when it was made");
    const std::int64_t age_ms = real_now_ms - *seconds * 1000;
    if (age_ms > kSignatureAgeMsMax || age_ms < -kClockSkewMsMax) return refused("it is too old, or not yet made");
    const auto expires = claims->member("exp").whole_number();
    if (expires && *expires < (real_now_ms - kClockSkewMsMax) / 1000) return refused("it has expired");
    return {};
  }

  static std::unexpected<Error> refused(std::string_view why) {
    return fail(ErrorCode::permission_denied, "the webhook's token is not valid: {}", why);
  }

  std::string api_key_;
  RequestFrame frame_;
  crypto::HmacSha256 signature_key_;
  std::string channel_;
  std::shared_ptr<const Correlator> correlator_;
};

}  // namespace

std::unique_ptr<Adapter> make(const config::VonageViber& settings, std::string channel,
                              std::shared_ptr<const Correlator> correlator) {
  return std::make_unique<VonageViber>(settings, std::move(channel), std::move(correlator));
}

}  // namespace flow::channels::vonage_viber
