// The generator's reports and flowd's own adapters, which know nothing of each other: taken as they are, refused when
// anything is changed.
#include "bench/load/reports.h"

#include <gtest/gtest.h>

#include "bench/load/wire.h"
#include "runtime/channels/twilio_sms/twilio_sms.h"
#include "runtime/channels/vonage_viber/vonage_viber.h"
#include "runtime/channels/whatsapp_cloud/whatsapp_cloud.h"

namespace flow::load {
namespace {

using program::Receipt;

constexpr std::int64_t kNowS = 1'795'000'000;
constexpr std::int64_t kNowMs = kNowS * 1000;
const std::string kUrl = "http://127.0.0.1:8080";
const channels::Correlation kCorrelation{{}, 2, 1};

std::shared_ptr<const channels::Correlator> correlator() {
  return std::make_shared<const channels::Correlator>(std::vector<crypto::SealingKey>{{"k", std::string(32, 'k')}});
}

simulator::Accounts accounts() {
  simulator::Accounts made;
  made.whatsapp_webhook = kUrl + "/v1/webhooks/channel";
  made.viber_webhook = kUrl + "/v1/webhooks/channel";
  return made;
}

std::unique_ptr<channels::Adapter> adapter_of(Channel channel) {
  using config::Secret;
  const simulator::Accounts a = accounts();
  if (channel == Channel::whatsapp) {
    return channels::whatsapp_cloud::make(
        {"http://wa", "v21.0", a.whatsapp_phone_number_id, Secret(a.whatsapp_access_token),
         Secret(a.whatsapp_app_secret), Secret("verify")},
        "channel", correlator());
  }
  if (channel == Channel::viber) {
    return channels::vonage_viber::make(
        {"http://vb", a.viber_api_key, Secret(a.viber_api_secret), Secret(a.viber_signature_secret)}, "channel",
        correlator());
  }
  return channels::twilio_sms::make({"http://sms", a.sms_account_sid, Secret(a.sms_auth_token)}, "channel", kUrl,
                                    correlator());
}

Taken taken_on(Channel channel) {
  Taken taken;
  taken.channel = channel;
  taken.to = "+12012345678";
  taken.from = "SHOP & Co";
  taken.id = "SM0123456789abcdef";
  const std::string token = correlator()->make("channel", kCorrelation, kNowMs);
  taken.reference = channel == Channel::sms ? kUrl + "/v1/webhooks/channel?c=" + token : token;
  return taken;
}

// As flowd's server would have it.
http::Request request_of(std::string_view bytes) {
  HttpMessage message;
  std::size_t size = 0;
  EXPECT_EQ(read_message(bytes, message, size), Reading::complete);
  EXPECT_EQ(size, bytes.size());
  http::Request request;
  request.method = "POST";
  request.target = message.target();
  for (const char* name : {"x-twilio-signature", "x-hub-signature-256", "authorization", "content-type"}) {
    if (!message.field(name).empty()) request.headers.emplace_back(name, message.field(name));
  }
  request.body = message.body;
  return request;
}

class Reports : public testing::TestWithParam<Channel> {};
INSTANTIATE_TEST_SUITE_P(Channels, Reports, testing::Values(Channel::sms, Channel::whatsapp, Channel::viber),
                         [](const auto& tested) { return std::string(simulator::to_string(tested.param)); });

TEST_P(Reports, AreTakenByTheAdapter) {
  ReportWriter writer(accounts(), "127.0.0.1:8080");
  const auto adapter = adapter_of(GetParam());
  Taken taken = taken_on(GetParam());
  const std::vector<Receipt> expected = {Receipt::sent, Receipt::delivered, Receipt::read};
  for (int i = 0; i < reports_of(GetParam()); ++i) {
    const http::Request request = request_of(writer.write(taken, kNowS));
    EXPECT_EQ(request.path(), "/v1/webhooks/channel");
    const auto reports = adapter->webhook(request, kNowMs);
    ASSERT_TRUE(reports.has_value()) << reports.error().message;
    ASSERT_EQ(reports->reports.size(), 1U);
    EXPECT_EQ(reports->reports[0].correlation, kCorrelation);
    EXPECT_EQ(reports->reports[0].status, expected[static_cast<std::size_t>(i)]);
    EXPECT_EQ(reports->reports[0].provider_message_id, taken.id);
    ++taken.reported;
  }
}

TEST_P(Reports, AreRefusedWhenChanged) {
  ReportWriter writer(accounts(), "127.0.0.1:8080");
  const auto adapter = adapter_of(GetParam());
  const http::Request good = request_of(writer.write(taken_on(GetParam()), kNowS));
  ASSERT_TRUE(adapter->webhook(good, kNowMs).has_value());

  http::Request other_body = good;
  const auto at = other_body.body.find("SM0123456789abcdef");
  ASSERT_NE(at, std::string::npos);
  other_body.body[at + 2] = '9';
  EXPECT_FALSE(adapter->webhook(other_body, kNowMs).has_value());

  for (std::size_t i = 0; i < good.headers.size(); ++i) {
    if (good.headers[i].first == "content-type") continue;
    http::Request other_signature = good;
    char& last = other_signature.headers[i].second[other_signature.headers[i].second.size() - 5];
    last = last == 'a' ? 'b' : 'a';
    EXPECT_FALSE(adapter->webhook(other_signature, kNowMs).has_value()) << good.headers[i].first;
  }

  simulator::Accounts others = accounts();
  others.sms_auth_token += "x";
  others.whatsapp_app_secret += "x";
  others.viber_signature_secret += "x";
  ReportWriter stranger(others, "127.0.0.1:8080");
  EXPECT_FALSE(adapter->webhook(request_of(stranger.write(taken_on(GetParam()), kNowS)), kNowMs).has_value());
}

}  // namespace
}  // namespace flow::load
