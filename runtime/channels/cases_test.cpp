// Runs the named cases of every provider: <provider>/cases.json. The keys and names that they mention are here.
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "runtime/channels/meta_messenger/meta_messenger.h"
#include "runtime/channels/sendgrid_email/sendgrid_email.h"
#include "runtime/channels/twilio_sms/twilio_sms.h"
#include "runtime/channels/vonage_viber/vonage_viber.h"
#include "runtime/channels/whatsapp_cloud/whatsapp_cloud.h"
#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"
#include "runtime/crypto/jwt.h"
#include "runtime/crypto/signature.h"
#include "runtime/http/form.h"
#include "runtime/http/json.h"

namespace flow::channels {
namespace {

using http::Json;

constexpr std::int64_t kNow = 1'795'000'000'000;
const std::string kAccount = "AC00000000000000000000000000000000";
const std::string kPublicUrl = "https://flowd.example";
const Correlation kCorrelation{{}, 2, 1};

std::shared_ptr<const Correlator> correlator() {
  return std::make_shared<const Correlator>(std::vector<crypto::SealingKey>{{"k", std::string(32, 'k')}});
}

const crypto::PrivateKey& mail_key() {
  static const crypto::PrivateKey key;
  return key;
}

std::unique_ptr<Adapter> adapter_of(const std::string& provider) {
  using config::Secret;
  if (provider == "whatsapp_cloud") {
    return whatsapp_cloud::make({"https://wa.example", "v21.0", "106540352242922", Secret("wa-access-token"),
                                 Secret("wa-app-secret"), Secret("wa-verify-token")},
                                "channel", correlator());
  }
  if (provider == "vonage_viber") {
    return vonage_viber::make({"https://viber.example", "a1b2c3d4", Secret("vb-api-secret"), Secret("vb-signature")},
                              "channel", correlator());
  }
  if (provider == "meta_messenger" || provider == "meta_instagram") {
    return meta_messenger::make({provider == "meta_instagram", "https://meta.example", "v21.0", "104455",
                                 Secret("meta-access-token"), Secret("meta-app-secret"), Secret("meta-verify-token")},
                                "channel", correlator());
  }
  if (provider == "sendgrid_email") {
    return sendgrid_email::make({"https://mail.example", Secret("mail-api-key"), mail_key().public_key()}, "channel",
                                correlator());
  }
  return twilio_sms::make({"https://sms.example", kAccount, Secret("sms-auth-token")}, "channel", kPublicUrl,
                          correlator());
}

struct Case {
  std::string provider;
  std::string kind;
  Json data;
};

void PrintTo(const Case& value, std::ostream* out) {
  *out << value.provider << " " << value.kind;
}

std::vector<Case> cases_of(const std::string& kind) {
  std::vector<Case> cases;
  for (const char* provider :
       {"whatsapp_cloud", "vonage_viber", "twilio_sms", "meta_messenger", "meta_instagram", "sendgrid_email"}) {
    std::ifstream in(std::string(FLOW_SOURCE_DIR "/runtime/channels/") + provider + "/cases.json");
    const Json all = Json::parse(in);
    for (const Json& data : all.at(kind)) cases.push_back({provider, kind, data});
  }
  return cases;
}

std::string case_name(const testing::TestParamInfo<Case>& info) {
  return info.param.provider + "_" + info.param.data.at("name").get<std::string>();
}

std::string replace(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

class RequestCase : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Cases, RequestCase, testing::ValuesIn(cases_of("requests")), case_name);

TEST_P(RequestCase, IsBuilt) {
  const Json& data = GetParam().data;
  const Json& given = data.at("send");
  outbox::SendRequest send;
  send.to = given.at("to");
  send.sender = given.value("sender", "");
  send.text = given.value("text", "");
  send.purpose = given.at("purpose");
  send.template_name = given.value("template", "");
  send.language = given.value("language", "");
  send.ttl_ms = given.value("ttl_ms", std::int64_t{0});
  if (given.contains("parameters")) send.parameters = given.at("parameters").get<decltype(send.parameters)>();
  if (!send.template_name.empty()) send.message_kind = program::MessageKind::message_template;
  if (given.contains("kind"))
    send.message_kind = program::find_message_kind(given.at("kind").get<std::string>()).value();
  if (given.contains("parts")) {
    for (const Json& each : given.at("parts"))
      send.parts.push_back({program::find_part(each.at(0).get<std::string>()).value(), each.at(1)});
  }

  const auto request = adapter_of(GetParam().provider)->request(send, "TOKEN");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, data.at("url").get<std::string>());
  if (data.contains("headers")) {
    for (const auto& [name, value] : data.at("headers").items()) {
      EXPECT_EQ(http::find_header(request.headers, name), value.get<std::string>()) << name;
    }
  }
  if (data.contains("json")) {
    EXPECT_EQ(Json::parse(request.body), Json::parse(replace(data.at("json").dump(), "{{token}}", "TOKEN")));
  } else {
    const auto expected = Json::parse(replace(data.at("form").dump(), "{{token}}", "TOKEN")).get<http::Fields>();
    EXPECT_EQ(http::parse_form(request.body), expected);
  }
}

TEST(Adapters, HandTheTraceContextOn) {
  for (const char* provider : {"whatsapp_cloud", "vonage_viber", "twilio_sms"}) {
    outbox::SendRequest send;
    EXPECT_FALSE(http::find_header(adapter_of(provider)->request(send, "TOKEN").headers, "traceparent"));
    send.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    EXPECT_EQ(http::find_header(adapter_of(provider)->request(send, "TOKEN").headers, "traceparent"), send.traceparent);
  }
}

class AnswerCase : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Cases, AnswerCase, testing::ValuesIn(cases_of("answers")), case_name);

TEST_P(AnswerCase, IsClassified) {
  const Json& data = GetParam().data;
  http::Response response;
  response.status = data.at("status");
  const Json& body = data.at("body");
  response.body = body.is_string() ? body.get<std::string>() : body.dump();
  if (data.contains("headers")) {
    for (const auto& [name, value] : data.at("headers").items()) response.headers.emplace_back(name, value);
  }
  const auto result = adapter_of(GetParam().provider)->answer(response);
  EXPECT_EQ(to_string(result.result), data.at("result").get<std::string>());
  EXPECT_EQ(result.provider_message_id, data.value("id", ""));
  EXPECT_EQ(result.reason, data.value("reason", ""));
  EXPECT_EQ(result.retry_after_ms, data.value("retry_after_ms", 0));
}

// Signs as the provider does, or not quite: what `sign` of a case says.
void sign(const Case& test, http::Request& request) {
  const std::string how = test.data.value("sign", "ok");
  if (how == "none") return;
  const auto key = [&](const char* good) { return how == "other_key" ? std::string("other") : std::string(good); };
  const std::string body = how == "other_body" ? request.body + "&x=1" : request.body;
  if (test.provider == "whatsapp_cloud") {
    request.headers.emplace_back("x-hub-signature-256",
                                 "sha256=" + crypto::hex(crypto::hmac_sha256(key("wa-app-secret"), body)));
  } else if (test.provider.starts_with("meta_")) {
    request.headers.emplace_back("x-hub-signature-256",
                                 "sha256=" + crypto::hex(crypto::hmac_sha256(key("meta-app-secret"), body)));
  } else if (test.provider == "sendgrid_email") {
    const std::string time = std::to_string((kNow - test.data.value("age_ms", std::int64_t{0})) / 1000);
    request.headers.emplace_back("x-twilio-email-event-webhook-timestamp", time);
    request.headers.emplace_back("x-twilio-email-event-webhook-signature", how == "other_key"
                                                                               ? crypto::PrivateKey().sign(time, body)
                                                                               : mail_key().sign(time, body));
  } else if (test.provider == "vonage_viber") {
    Json claims = {{"iss", "Vonage"},
                   {"payload_hash", crypto::hex(crypto::sha256(body))},
                   {"api_key", how == "other_account" ? "x" : "a1b2c3d4"},
                   {"iat", (kNow - test.data.value("age_ms", std::int64_t{0})) / 1000}};
    if (how == "no_time") claims.erase("iat");
    request.headers.emplace_back("authorization",
                                 "Bearer " + crypto::sign_jwt_hs256(claims.dump(), key("vb-signature")));
  } else {
    std::string url = kPublicUrl + (how == "other_url" ? "/elsewhere" : request.target);
    if (how == "with_port") url = kPublicUrl + ":443" + request.target;
    std::map<std::string, std::set<std::string>> sorted;
    for (const auto& [name, value] : http::parse_form(body).value_or(http::Fields())) sorted[name].insert(value);
    for (const auto& [name, values] : sorted) {
      for (const auto& value : values) url += name + value;
    }
    request.headers.emplace_back("x-twilio-signature", crypto::base64(crypto::hmac_sha1(key("sms-auth-token"), url)));
  }
}

std::string token_of(const Json& data) {
  const std::string which = data.value("token", "ok");
  if (which == "other_channel") return correlator()->make("other", kCorrelation, kNow);
  if (which == "old") return correlator()->make("channel", kCorrelation, kNow - kCorrelationAgeMsMax - 120'000);
  std::string token = correlator()->make("channel", kCorrelation, kNow);
  if (which == "forged") token[3] = token[3] == 'A' ? 'B' : 'A';
  return token;
}

std::string body_of(const Json& data) {
  if (data.contains("raw")) return data.at("raw");
  const Json& body = data.contains("form") ? data.at("form") : data.at("body");
  const std::string text = replace(replace(body.dump(), "{{token}}", token_of(data)), "{{account}}", kAccount);
  return data.contains("form") ? http::encode_form(Json::parse(text).get<http::Fields>()) : text;
}

const std::map<std::string, ErrorCode> kErrors = {{"permission_denied", ErrorCode::permission_denied},
                                                  {"invalid_argument", ErrorCode::invalid_argument},
                                                  {"not_found", ErrorCode::not_found}};
const std::map<std::string, program::Receipt> kStatuses = {{"accepted", program::Receipt::accepted},
                                                           {"sent", program::Receipt::sent},
                                                           {"delivered", program::Receipt::delivered},
                                                           {"read", program::Receipt::read},
                                                           {"failed", program::Receipt::failed}};

// Every part that the case does not mention is empty.
Inbound inbound_of(const Json& data) {
  Inbound out;
  out.kind = program::reply_kind(data.at("kind").get<std::string>()).value();
  out.sender = data.at("sender");
  out.message_id = data.at("id");
  out.name = data.value("customer", "");
  out.account = data.value("account", "");
  out.to = data.value("to", "");
  out.text = data.value("text", "");
  out.choice = data.value("choice", "");
  out.url = data.value("url", "");
  if (data.contains("latitude")) out.latitude = data.at("latitude");
  if (data.contains("longitude")) out.longitude = data.at("longitude");
  out.age_ms = data.value("age_ms", std::int64_t{0});
  return out;
}

class WebhookCase : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Cases, WebhookCase, testing::ValuesIn(cases_of("webhooks")), case_name);

TEST_P(WebhookCase, IsJudged) {
  const Json& data = GetParam().data;
  http::Request request;
  request.method = "POST";
  request.target = "/v1/webhooks/channel";
  if (GetParam().provider == "twilio_sms") request.target += "?c=" + token_of(data);
  request.body = body_of(data);
  if (data.contains("headers")) {
    for (const auto& [name, value] : data.at("headers").items()) request.headers.emplace_back(name, value);
  } else {
    sign(GetParam(), request);
  }
  const auto reports = adapter_of(GetParam().provider)->webhook(request, kNow);
  if (data.contains("error")) {
    ASSERT_FALSE(reports);
    EXPECT_EQ(reports.error().code, kErrors.at(data.at("error")));
    return;
  }
  ASSERT_TRUE(reports) << reports.error().message;
  ASSERT_EQ(reports->reports.size(), data.at("reports").size());
  for (std::size_t i = 0; i < reports->reports.size(); ++i) {
    const Json& expected = data.at("reports")[i];
    EXPECT_EQ(reports->reports[i], (Report{kCorrelation, kStatuses.at(expected.at("status")),
                                           expected.value("reason", ""), expected.value("id", "")}));
  }
  const Json by_id = data.value("by_id", Json::array());
  ASSERT_EQ(reports->by_id.size(), by_id.size());
  for (std::size_t i = 0; i < by_id.size(); ++i) {
    EXPECT_EQ(reports->by_id[i],
              (ReportById{kStatuses.at(by_id[i].at("status")), by_id[i].value("id", ""),
                          by_id[i].value("recipient", ""), by_id[i].value("until_ms", std::int64_t{0})}));
  }
  EXPECT_EQ(reports->sent.size(), data.value("sent", 0U));
  EXPECT_EQ(reports->ignored, data.value("ignored", 0U));
  const Json inbound = data.value("inbound", Json::array());
  ASSERT_EQ(reports->inbound.size(), inbound.size());
  for (std::size_t i = 0; i < inbound.size(); ++i) EXPECT_EQ(reports->inbound[i], inbound_of(inbound[i])) << i;
}

class HandshakeCase : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Cases, HandshakeCase, testing::ValuesIn(cases_of("handshakes")), case_name);

TEST_P(HandshakeCase, IsAnswered) {
  const Json& data = GetParam().data;
  http::Request request;
  request.method = "GET";
  request.target = "/v1/webhooks/channel?" + data.at("query").get<std::string>();
  const auto answer = adapter_of(GetParam().provider)->handshake(request);
  if (data.contains("error")) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, kErrors.at(data.at("error")));
  } else {
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(*answer, data.at("answer").get<std::string>());
  }
}

TEST(WhatsappCloud, TakesSoManyReportsOfOneWebhookAndCountsTheRest) {
  const std::string token = correlator()->make("channel", kCorrelation, kNow);
  const auto reports_of = [&](std::size_t count) {
    const Json status = {{"id", "wamid.1"}, {"status", "sent"}, {"biz_opaque_callback_data", token}};
    const Json change = {{"field", "messages"}, {"value", {{"statuses", Json(count, status)}}}};
    http::Request request;
    request.method = "POST";
    request.target = "/v1/webhooks/channel";
    request.body = Json{{"object", "whatsapp_business_account"},
                        {"entry", Json::array({Json{{"changes", Json::array({change})}}})}}
                       .dump();
    sign({"whatsapp_cloud", "webhooks", Json::object()}, request);
    return adapter_of("whatsapp_cloud")->webhook(request, kNow).value();
  };
  const Reports all = reports_of(limits::kWebhookReportsMax);
  EXPECT_EQ(all.reports.size(), limits::kWebhookReportsMax);
  EXPECT_EQ(all.ignored, 0U);
  const Reports some = reports_of(limits::kWebhookReportsMax + 1);
  EXPECT_EQ(some.reports.size(), limits::kWebhookReportsMax);
  EXPECT_EQ(some.ignored, 1U);
}

TEST(Inbound, TextsAreCutBetweenCharacters) {
  const std::string fits(limits::kTextValueBytesMax, 'x');
  EXPECT_EQ(bounded_text(fits), fits);
  EXPECT_EQ(bounded_text(fits + "x"), fits);
  const std::string odd = fits.substr(1) + "\u00e9";
  EXPECT_EQ(bounded_text(odd), fits.substr(1));
}

TEST(Inbound, OnlyPlacesOnTheGlobeCount) {
  Inbound inbound;
  put_place(90.1, 0.0, inbound);
  put_place(0.0, std::nan(""), inbound);
  put_place(std::nullopt, 1.0, inbound);
  EXPECT_FALSE(inbound.latitude || inbound.longitude);
  put_place(-33.8567844, 151.213108, inbound);
  EXPECT_EQ(inbound.latitude, -33'856'784);
  EXPECT_EQ(inbound.longitude, 151'213'108);
}

TEST(TwilioSignature, OfTheProvidersDocumentation) {
  std::vector<http::FieldView> fields = {{"CallSid", "CA1234567890ABCDE"},
                                         {"Caller", "+14158675309"},
                                         {"Digits", "1234"},
                                         {"From", "+14158675309"},
                                         {"To", "+18005551212"}};
  const std::string target = "/myapp.php?foo=1&bar=2";
  const twilio_sms::Verifier verifier("12345", "https://mycompany.com");
  EXPECT_TRUE(verifier.is_valid("RSOYDt4T1cUTdK1PDd93/VVr8B8=", target, fields));
  EXPECT_FALSE(verifier.is_valid("RSOYDt4T1cUTdK1PDd93/VVr8B9=", target, fields));
  EXPECT_FALSE(
      twilio_sms::Verifier("12346", "https://mycompany.com").is_valid("RSOYDt4T1cUTdK1PDd93/VVr8B8=", target, fields));
}

}  // namespace
}  // namespace flow::channels
