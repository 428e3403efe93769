#include "runtime/outbox/schedule.h"

#include <gtest/gtest.h>

namespace flow::outbox {
namespace {

class TwoAtATime final : public Transport {
 public:
  std::optional<ChannelPolicy> policy(std::string_view) const override {
    return ChannelPolicy{.kind = program::ChannelKind::sms, .at_most_once = false, .in_flight_max = 2};
  }
  void hand_over(SendRequest, SendDone) override {}
};

Name name(std::uint32_t message) {
  return {{}, message};
}
Turn sms(std::uint32_t message) {
  return {name(message), "sms"};
}

TEST(Schedule, KeepsTheOrderAndTheLimitOfEachChannel) {
  TwoAtATime transport;
  Schedule schedule(transport);
  for (std::uint32_t i = 0; i < 4; ++i) schedule.add(name(i), "sms", 10);
  schedule.add(name(9), "viber", 10);
  EXPECT_TRUE(schedule.take(9).empty());
  EXPECT_EQ(schedule.next_ms(), 10);
  EXPECT_EQ(schedule.take(10), (std::vector<Turn>{sms(0), sms(1), {name(9), "viber"}}));
  EXPECT_TRUE(schedule.take(10).empty()) << "two are in flight";
  EXPECT_EQ(schedule.in_flight(), 3U);
  schedule.finished("sms");
  EXPECT_EQ(schedule.take(10), (std::vector{sms(2)}));
  EXPECT_EQ(schedule.queued(), 1U);
}

TEST(Schedule, ARetryDoesNotHoldBackOthers) {
  TwoAtATime transport;
  Schedule schedule(transport);
  schedule.add(name(1), "sms", 1000);
  schedule.add(name(2), "sms", 10);
  EXPECT_EQ(schedule.take(500), (std::vector{sms(2)}));
  EXPECT_EQ(schedule.next_ms(), 1000);
}

TEST(Backoff, DoublesUpToItsMost) {
  core::SeededRandom random(1);
  const SendResult result{.result = SendClass::transient, .provider_message_id = "", .reason = ""};
  for (std::uint32_t attempt = 1; attempt < 40; ++attempt) {
    const std::int64_t whole = attempt > 6 ? 30'000 : 500LL << (attempt - 1);
    for (int i = 0; i < 100; ++i) {
      const std::int64_t wait = backoff_ms(result, attempt, 1, random);
      ASSERT_GE(wait, whole / 2);
      ASSERT_LE(wait, whole);
    }
  }
}

TEST(Backoff, WaitsAsLongAsTheProviderAsks) {
  core::SeededRandom random(1);
  SendResult result{.result = SendClass::throttled, .provider_message_id = "", .reason = "", .retry_after_ms = 60'000};
  EXPECT_EQ(backoff_ms(result, 1, 1, random), 60'000);
  EXPECT_EQ(backoff_ms(result, 1, 10, random), 600'000) << "a minute of the provider's is ten of ours";
  result.retry_after_ms = INT64_MAX;
  EXPECT_EQ(backoff_ms(result, 1, 1, random), 3'600'000) << "what a provider says is not trusted without a bound";
}

}  // namespace
}  // namespace flow::outbox
