#include "bench/load/reports.h"

#include <array>

#include "bench/load/wire.h"
#include "runtime/crypto/digest.h"

namespace flow::load {
namespace {

constexpr std::array<std::string_view, 3> kWhatsapp = {"sent", "delivered", "read"};
constexpr std::array<std::string_view, 3> kViber = {"submitted", "delivered", "read"};
constexpr std::string_view kSms = "sent";

template <typename Mac>
std::string_view finished(Mac mac, std::array<char, Mac::kBytes>& out) {
  mac.finish(std::span<unsigned char, Mac::kBytes>(reinterpret_cast<unsigned char*>(out.data()), Mac::kBytes));
  return {out.data(), out.size()};
}

template <typename Mac>
Mac begun(const std::string& key, std::string_view beginning) {
  Mac mac(key);
  mac.update(beginning);
  return mac;
}

std::string whatsapp_begin(const simulator::Accounts& accounts) {
  return R"({"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":)"
         R"({"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550000000","phone_number_id":")" +
         accounts.whatsapp_phone_number_id + R"("},"statuses":[{"id":")";
}

std::string viber_header() {
  std::string header;
  append_base64url(header, R"({"alg":"HS256","typ":"JWT"})");
  return header + ".";
}

}  // namespace

int reports_of(Channel channel) {
  return channel == Channel::sms ? 1 : channel == Channel::viber ? kViber.size() : kWhatsapp.size();
}

std::string_view target_of(std::string_view url) {
  const auto scheme = url.find("://");
  const auto path = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  return path == std::string_view::npos ? "/" : url.substr(path);
}

ReportWriter::ReportWriter(const simulator::Accounts& accounts, std::string host)
    : accounts_(accounts),
      host_(std::move(host)),
      whatsapp_target_(target_of(accounts.whatsapp_webhook)),
      viber_target_(target_of(accounts.viber_webhook)),
      sms_mac_(accounts.sms_auth_token),
      whatsapp_mac_(begun<crypto::HmacSha256>(accounts.whatsapp_app_secret, whatsapp_begin(accounts))),
      viber_mac_(begun<crypto::HmacSha256>(accounts.viber_signature_secret, viber_header())),
      whatsapp_begin_(whatsapp_begin(accounts)),
      viber_header_(viber_header()) {}

std::string_view ReportWriter::write(const Taken& taken, std::int64_t now_s) {
  out_.clear();
  body_.clear();
  switch (taken.channel) {
    case Channel::sms:
      sms(taken);
      break;
    case Channel::whatsapp:
      whatsapp(taken, now_s);
      break;
    case Channel::viber:
      viber(taken, now_s);
      break;
    case Channel::messenger:
    case Channel::instagram:
    case Channel::email:
      break;  // the load has no such channel
  }
  out_.append("\r\nContent-Length: ");
  append_number(out_, body_.size());
  out_.append("\r\n\r\n").append(body_);
  return out_;
}

void ReportWriter::head(std::string_view target, std::string_view type, std::string_view credential_name) {
  out_.append("POST ").append(target).append(" HTTP/1.1\r\nHost: ").append(host_);
  out_.append("\r\nContent-Type: ").append(type).append("\r\n").append(credential_name);
}

// Signed over the address and the sorted parameters, each name followed by its value.
void ReportWriter::sms(const Taken& taken) {
  struct Field {
    std::string_view name;
    std::string_view value;
  };
  const std::array<Field, 8> fields = {{{"AccountSid", accounts_.sms_account_sid},
                                        {"ApiVersion", "2010-04-01"},
                                        {"From", taken.from},
                                        {"MessageSid", taken.id},
                                        {"MessageStatus", kSms},
                                        {"SmsSid", taken.id},
                                        {"SmsStatus", kSms},
                                        {"To", taken.to}}};
  crypto::HmacSha1 mac = sms_mac_;
  mac.update(taken.reference);
  for (const auto& [name, value] : fields) {
    mac.update(name);
    mac.update(value);
    if (!body_.empty()) body_ += '&';
    body_.append(name) += '=';
    append_encoded(body_, value);
  }
  std::array<char, crypto::HmacSha1::kBytes> signature{};
  head(target_of(taken.reference), "application/x-www-form-urlencoded", "X-Twilio-Signature: ");
  append_base64(out_, finished(mac, signature));
}

// Signed over the body, whose beginning is always the same.
void ReportWriter::whatsapp(const Taken& taken, std::int64_t now_s) {
  const std::string_view status = kWhatsapp[taken.reported];
  body_.append(whatsapp_begin_).append(taken.id).append(R"(","status":")").append(status);
  body_.append(R"(","timestamp":")");
  append_number(body_, static_cast<std::uint64_t>(now_s));
  body_.append(R"(","recipient_id":")").append(std::string_view(taken.to).substr(1));
  body_.append(R"(","biz_opaque_callback_data":")").append(taken.reference);
  if (status == "read") {
    body_.append(R"("}]}}]}]})");
  } else {
    body_.append(R"(","conversation":{"id":"c0ffee","origin":{"type":"authentication"}},"pricing":{"billable":true,)"
                 R"("pricing_model":"PMP","category":"authentication","type":"regular"}}]}}]}]})");
  }
  crypto::HmacSha256 mac = whatsapp_mac_;
  mac.update(std::string_view(body_).substr(whatsapp_begin_.size()));
  std::array<char, crypto::HmacSha256::kBytes> signature{};
  head(whatsapp_target_, "application/json", "X-Hub-Signature-256: sha256=");
  append_hex(out_, finished(mac, signature));
}

// A token (RFC 7519, HS256) that is bound to the body by its hash.
void ReportWriter::viber(const Taken& taken, std::int64_t now_s) {
  body_.append(R"({"message_uuid":")").append(taken.id);
  body_.append(R"(","to":")").append(std::string_view(taken.to).substr(1));
  body_.append(R"(","from":")").append(taken.from);
  body_.append(R"(","timestamp":"2026-01-01T00:00:00Z","status":")").append(kViber[taken.reported]);
  body_.append(R"(","channel":"viber_service","client_ref":")").append(taken.reference).append("\"}");

  claims_.assign(R"({"iat":)");
  append_number(claims_, static_cast<std::uint64_t>(now_s));
  claims_.append(R"(,"jti":"00000000-0000-4000-8000-)");
  append_number(claims_, ++tokens_, 12);
  claims_.append(R"(","iss":"Vonage","payload_hash":")");
  append_hex(claims_, crypto::sha256(body_));
  claims_.append(R"(","api_key":")").append(accounts_.viber_api_key);
  claims_.append(R"(","application_id":"00000000-0000-4000-8000-000000000000"})");
  token_.clear();
  append_base64url(token_, claims_);

  crypto::HmacSha256 mac = viber_mac_;
  mac.update(token_);
  std::array<char, crypto::HmacSha256::kBytes> signature{};
  head(viber_target_, "application/json", "Authorization: Bearer ");
  out_.append(viber_header_).append(token_) += '.';
  append_base64url(out_, finished(mac, signature));
}

}  // namespace flow::load
