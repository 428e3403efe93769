#include "runtime/channels/channels.h"

#include <future>
#include <mutex>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "runtime/http/server.h"

namespace flow::channels {
namespace {

using outbox::SendClass;

config::Config config_for(const std::string& base_url, std::chrono::milliseconds timeout) {
  config::Config config;
  config.sealing_keys.push_back({"k", std::string(32, 'k')});
  config::Channel sms;
  sms.provider = config::TwilioSms{base_url, "AC1", config::Secret("auth-token")};
  sms.timeout = timeout;
  sms.at_most_once = true;
  sms.in_flight_max = 7;
  sms.sends_per_second = 30;
  sms.burst = 3;
  sms.queue_max = 40;
  sms.queue_time_max = std::chrono::seconds(5);
  sms.breaker.pause = std::chrono::seconds(2);
  config.channels.emplace("sms_otp", std::move(sms));
  return config;
}

outbox::SendResult hand_over(Channels& channels) {
  outbox::SendRequest request;
  request.channel = "sms_otp";
  request.to = "+14155550100";
  request.sender = "SHOP";
  request.text = "482913";
  std::promise<outbox::SendResult> result;
  channels.hand_over(std::move(request), [&](outbox::SendResult value) { result.set_value(std::move(value)); });
  return result.get_future().get();
}

std::int64_t now() {
  return 1'795'000'000'000;
}

std::string url_of(const http::Server& server) {
  return "http://127.0.0.1:" + std::to_string(server.port());
}

TEST(Channels, KnowsItsPolicies) {
  const Channels channels(config_for("http://127.0.0.1:1", std::chrono::seconds(1)), "", now);
  const auto policy = channels.policy("sms_otp");
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->kind, program::ChannelKind::sms);
  EXPECT_TRUE(policy->at_most_once);
  EXPECT_EQ(policy->in_flight_max, 7U);
  EXPECT_EQ(policy->per_second, 30U);
  EXPECT_EQ(policy->burst, 3U);
  EXPECT_EQ(policy->queue_max, 40U);
  EXPECT_EQ(policy->queue_time_max_ms, 5000);
  EXPECT_EQ(policy->account, "twilio_sms http://127.0.0.1:1 AC1");
  EXPECT_EQ(policy->breaker.pause_ms, 2000);
  EXPECT_EQ(policy->breaker, (outbox::BreakerSettings{.pause_ms = 2000})) << "the rest as the outbox has it";
  EXPECT_FALSE(channels.policy("viber_otp"));
}

TEST(Channels, HandsOverAndTheReportFindsItsWayBack) {
  http::Request seen;
  auto server = http::Server::start({}, [&](http::Request request, http::Responder respond) {
    seen = std::move(request);
    respond({201, {}, R"({"sid":"SM1","status":"queued"})"});
  });
  ASSERT_TRUE(server);
  Channels channels(config_for(url_of(**server), std::chrono::seconds(5)), "https://flowd.example", now);
  const auto result = hand_over(channels);
  EXPECT_EQ(result.result, SendClass::accepted) << result.reason;
  EXPECT_EQ(result.provider_message_id, "SM1");
  EXPECT_EQ(seen.target, "/2010-04-01/Accounts/AC1/Messages.json");
  EXPECT_NE(seen.body.find("Body=482913"), std::string::npos);
}

TEST(Channels, AReloadIsForWhatComesAndNotForWhatIsUnderWay) {
  std::vector<http::Request> seen;
  std::promise<http::Responder> first;
  auto server = http::Server::start({}, [&](http::Request request, http::Responder respond) {
    seen.push_back(std::move(request));
    if (seen.size() == 1) return first.set_value(std::move(respond));
    respond({201, {}, R"({"sid":"SM2","status":"queued"})"});
  });
  ASSERT_TRUE(server);
  auto config = config_for(url_of(**server), std::chrono::seconds(20));
  Channels channels(config, "https://flowd.example", now);
  auto under_way = std::async(std::launch::async, [&] { return hand_over(channels); });
  const http::Responder respond = first.get_future().get();

  auto& sms = config.channels.at("sms_otp");
  std::get<config::TwilioSms>(sms.provider).auth_token = config::Secret("rotated-token");
  sms.in_flight_max = 9;
  config.channels.emplace("sms_new", sms);
  channels.reload(config);
  EXPECT_EQ(channels.policy("sms_otp")->in_flight_max, 9U);
  EXPECT_TRUE(channels.policy("sms_new"));
  EXPECT_EQ(hand_over(channels).provider_message_id, "SM2");
  respond({201, {}, R"({"sid":"SM1","status":"queued"})"});
  EXPECT_EQ(under_way.get().provider_message_id, "SM1");
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_NE(seen[0].header("authorization"), seen[1].header("authorization"));
}

TEST(Channels, NobodyThereIsCertainlyNotTaken) {
  Channels channels(config_for("http://127.0.0.1:1", std::chrono::seconds(5)), "", now);
  const auto result = hand_over(channels);
  EXPECT_EQ(result.result, SendClass::transient);
  EXPECT_EQ(result.reason.find("auth-token"), std::string::npos);
}

TEST(Channels, NoAnswerInTimeMayHaveBeenTaken) {
  std::vector<http::Responder> held;
  auto server = http::Server::start({}, [&](http::Request, http::Responder respond) { held.push_back(respond); });
  ASSERT_TRUE(server);
  Channels channels(config_for(url_of(**server), std::chrono::milliseconds(100)), "", now);
  EXPECT_EQ(hand_over(channels).result, SendClass::unknown);
}

TEST(Channels, WebhooksOfUnknownChannelsAndLargeOnesAreRefused) {
  const Channels channels(config_for("http://127.0.0.1:1", std::chrono::seconds(1)), "", now);
  http::Request request;
  EXPECT_EQ(channels.webhook("viber_otp", request).error().code, ErrorCode::not_found);
  EXPECT_EQ(channels.handshake("viber_otp", request).error().code, ErrorCode::not_found);
  request.body = std::string(limits::kWebhookBytesMax + 1, 'a');
  EXPECT_EQ(channels.webhook("sms_otp", request).error().code, ErrorCode::resource_exhausted);
}

TEST(Channels, AChannelWithoutTypingSaysSo) {
  Channels channels(config_for("http://127.0.0.1:1", std::chrono::seconds(1)), "", now);
  outbox::SendResult seen;
  channels.show_typing({.channel = "sms_otp", .to = "+14155550100", .answers = "SM1", .time_ms = 1000},
                       [&](outbox::SendResult value) { seen = std::move(value); });
  EXPECT_EQ(seen.result, outbox::SendClass::permanent_configuration);
  channels.show_typing({.channel = "nobody", .to = "+14155550100", .answers = "SM1", .time_ms = 1000},
                       [&](outbox::SendResult value) { seen = std::move(value); });
  EXPECT_EQ(seen.result, outbox::SendClass::permanent_configuration);
}

TEST(Channels, TypingIsAnActionOfThePageAndAnswersAMessageOnWhatsApp) {
  std::mutex mutex;
  std::vector<std::string> bodies;
  auto server = http::Server::start({}, [&](http::Request request, http::Responder respond) {
    {
      const std::lock_guard lock(mutex);
      bodies.push_back(request.body);
    }
    respond({200, {}, "{}"});
  });
  ASSERT_TRUE(server);
  config::Config config = config_for(url_of(**server), std::chrono::seconds(5));
  config::Channel page;
  config::MetaMessenger meta;
  meta.base_url = url_of(**server);
  page.provider = meta;
  config.channels.emplace("page_shop", page);
  config::WhatsappCloud whatsapp;
  whatsapp.base_url = url_of(**server);
  page.provider = whatsapp;
  config.channels.emplace("waba_shop", page);
  Channels channels(config, "", now);
  const auto show = [&](std::string channel, std::string answers) {
    std::promise<outbox::SendResult> result;
    channels.show_typing({.channel = std::move(channel), .to = "7011", .answers = std::move(answers), .time_ms = 5000},
                         [&](outbox::SendResult value) { result.set_value(std::move(value)); });
    return result.get_future().get().result;
  };
  EXPECT_EQ(show("page_shop", ""), outbox::SendClass::accepted);
  EXPECT_EQ(show("waba_shop", "wamid.1"), outbox::SendClass::accepted);
  EXPECT_EQ(show("waba_shop", ""), outbox::SendClass::permanent_configuration) << "it answers a message";
  const std::lock_guard lock(mutex);
  EXPECT_EQ(bodies,
            (std::vector<std::string>{R"({"recipient":{"id":"7011"},"sender_action":"typing_on"})",
                                      R"({"messaging_product":"whatsapp","status":"read","message_id":"wamid.1",)"
                                      R"("typing_indicator":{"type":"text"}})"}));
}

}  // namespace
}  // namespace flow::channels
