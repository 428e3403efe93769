#include "runtime/outbox/schedule.h"

#include <deque>

#include <gtest/gtest.h>

#include "base/limits.h"

namespace flow::outbox {
namespace {

class OnePolicy final : public Transport {
 public:
  explicit OnePolicy(ChannelPolicy policy) : policy_(std::move(policy)) {}
  std::optional<ChannelPolicy> policy(std::string_view channel) const override {
    return channel == "unbound" ? std::nullopt : std::optional(policy_);
  }
  void hand_over(SendRequest, SendDone) override {}
  void set(ChannelPolicy policy) { policy_ = std::move(policy); }

 private:
  ChannelPolicy policy_;
};

ChannelPolicy with(std::size_t in_flight, std::uint32_t per_second = 0, std::uint32_t burst = 1) {
  ChannelPolicy policy;
  policy.in_flight_max = in_flight;
  policy.per_second = per_second;
  policy.burst = burst;
  return policy;
}

Name name(std::uint32_t message) {
  return {{}, message};
}

std::vector<std::uint32_t> messages(const std::vector<Turn>& turns) {
  std::vector<std::uint32_t> all;
  for (const Turn& turn : turns) all.push_back(turn.name.message);
  return all;
}

std::vector<Turn> take(Schedule& schedule, std::int64_t now_ms, std::size_t max = 1000) {
  std::vector<Turn> turns;
  schedule.take(now_ms, max, turns);
  return turns;
}

using Messages = std::vector<std::uint32_t>;

TEST(Schedule, KeepsTheOrderAndTheLimitOfEachChannel) {
  OnePolicy transport(with(2));
  Schedule schedule(transport);
  for (std::uint32_t i = 0; i < 4; ++i) schedule.add(name(i), "sms", 10);
  schedule.add(name(9), "viber", 10);
  EXPECT_TRUE(schedule.take(9).empty());
  EXPECT_EQ(schedule.next_ms(), 10);
  const auto turns = schedule.take(10);
  EXPECT_EQ(messages(turns), (Messages{0, 1, 9}));
  EXPECT_EQ(turns[2].channel, "viber");
  EXPECT_TRUE(schedule.take(10).empty()) << "two are in flight";
  EXPECT_EQ(schedule.next_ms(), program::kNever);
  EXPECT_EQ(schedule.in_flight(), 3U);
  schedule.finished("sms");
  EXPECT_EQ(schedule.next_ms(), 10);
  EXPECT_EQ(messages(schedule.take(10)), (Messages{2}));
  EXPECT_EQ(schedule.queued(), 1U);
}

TEST(Schedule, ARetryDoesNotHoldBackOthers) {
  OnePolicy transport(with(2));
  Schedule schedule(transport);
  schedule.add(name(1), "sms", 1000);
  schedule.add(name(2), "sms", 10);
  EXPECT_EQ(messages(schedule.take(500)), (Messages{2}));
  EXPECT_EQ(schedule.next_ms(), 1000);
}

TEST(Schedule, SendsAtExactlyItsRateAndSleepsInBetween) {
  for (const std::uint32_t rate : {1U, 7U, 100U, 1000U, 3333U}) {
    OnePolicy transport(with(1'000'000, rate, rate));
    Schedule schedule(transport);
    const LaneId lane = schedule.lane("sms");
    for (std::uint32_t i = 0; i < rate * 70; ++i) schedule.add({.name = name(i), .lane = lane, .at_ms = 0});
    std::size_t sent = 0;
    std::size_t woken = 0;
    std::int64_t now = 1'000'000;
    for (; now < 1'060'000; now = schedule.next_ms()) {
      const std::size_t turns = take(schedule, now, 100'000).size();
      EXPECT_TRUE(turns > 0 || sent == 0) << "woken for nothing at " << now;
      sent += turns;
      ++woken;
      ASSERT_GT(schedule.next_ms(), now);
    }
    // At once what a burst allows, then one after the other.
    EXPECT_NEAR(static_cast<double>(sent), 61.0 * rate, 1.0 + rate / 1000.0) << rate;
    EXPECT_LE(woken, 60'001U);
  }
}

TEST(Schedule, TheRateIsInRealTime) {
  OnePolicy transport(with(1'000'000, 10));
  Gates gates(transport, {.clock_rate = 60});
  Schedule schedule(gates, nullptr);
  for (std::uint32_t i = 0; i < 100; ++i) schedule.add(name(i), "sms", 0);
  std::size_t sent = 0;
  for (std::int64_t now = 1000; now < 61'000; now = schedule.next_ms()) sent += take(schedule, now).size();
  EXPECT_EQ(sent, 10U) << "a minute of service time is a real second";
}

TEST(Schedule, ANodeSendsItsShare) {
  OnePolicy transport(with(1'000'000, 100, 10));
  Gates gates(transport);
  Schedule schedule(gates, nullptr);
  const LaneId lane = schedule.lane("sms");
  gates.set_share(0.25);
  for (std::uint32_t i = 0; i < 5000; ++i) schedule.add({.name = name(i), .lane = lane, .at_ms = 0});
  std::size_t sent = 0;
  for (std::int64_t now = 0; now < 60'000; now = schedule.next_ms()) sent += take(schedule, now).size();
  EXPECT_NEAR(static_cast<double>(sent), 60 * 25 + 1, 1);
}

TEST(Schedule, ShardsShareARateFairlyHoweverMuchEachHas) {
  OnePolicy transport(with(1'000'000, 1000, 100));
  Gates gates(transport);
  Schedule much(gates, nullptr);
  Schedule little(gates, nullptr);
  for (std::uint32_t i = 0; i < 200'000; ++i) much.add(name(i), "sms", 0);
  for (std::uint32_t i = 0; i < 40'000; ++i) little.add(name(i), "sms", 0);
  std::size_t by_much = 0;
  std::size_t by_little = 0;
  for (std::int64_t now = 0; now < 60'000;) {
    by_much += take(much, now).size();
    by_little += take(little, now).size();
    const std::int64_t next = std::min(much.next_ms(), little.next_ms());
    ASSERT_GT(next, now);
    now = next;
  }
  EXPECT_NEAR(static_cast<double>(by_much + by_little), 60'000 + 100, 10);
  EXPECT_NEAR(static_cast<double>(by_much) / static_cast<double>(by_little), 1, 0.02);
}

TEST(Schedule, ShardsShareTheConcurrencyAndNobodyIsPassedOver) {
  OnePolicy transport(with(4));
  Gates gates(transport);
  int woken_first = 0;
  int woken_second = 0;
  Schedule first(gates, [&] { ++woken_first; });
  Schedule second(gates, [&] { ++woken_second; });
  for (std::uint32_t i = 0; i < 1000; ++i) {
    first.add(name(i), "sms", 0);
    second.add(name(i), "sms", 0);
  }
  std::deque<Turn> of_first;
  std::deque<Turn> of_second;
  for (const Turn& turn : take(first, 0)) of_first.push_back(turn);
  EXPECT_EQ(of_first.size(), 4U);
  EXPECT_TRUE(take(second, 0).empty());
  EXPECT_EQ(second.next_ms(), program::kNever);
  std::size_t sent_second = 0;
  for (int i = 0; i < 400; ++i) {
    std::deque<Turn>& from = of_first.size() >= of_second.size() ? of_first : of_second;
    Schedule& by = &from == &of_first ? first : second;
    by.finished(from.front(), SendClass::accepted, i);
    from.pop_front();
    for (const Turn& turn : take(first, i)) of_first.push_back(turn);
    for (const Turn& turn : take(second, i)) {
      of_second.push_back(turn);
      ++sent_second;
    }
    ASSERT_EQ(of_first.size() + of_second.size(), 4U);
  }
  EXPECT_NEAR(static_cast<double>(sent_second), 200, 10);
  EXPECT_GT(woken_first, 0);
  EXPECT_GT(woken_second, 0);
}

TEST(Schedule, AShardThatGoesLeavesNothingTaken) {
  OnePolicy transport(with(2));
  Gates gates(transport);
  int woken = 0;
  Schedule stays(gates, [&] { ++woken; });
  {
    Schedule goes(gates, nullptr);
    for (std::uint32_t i = 0; i < 5; ++i) goes.add(name(i), "sms", 0);
    EXPECT_EQ(take(goes, 0).size(), 2U);
    stays.add(name(9), "sms", 0);
    EXPECT_TRUE(take(stays, 0).empty());
    EXPECT_EQ(gates.find("sms").queued(), 4);
  }
  EXPECT_GT(woken, 0);
  EXPECT_EQ(messages(take(stays, 0)), (Messages{9}));
  EXPECT_EQ(gates.find("sms").concurrency().taken(), 1U);
  EXPECT_EQ(gates.find("sms").queued(), 0);
}

TEST(Schedule, AnotherConfigurationIsTakenOverWhileMessagesWait) {
  OnePolicy transport(with(2));
  Gates gates(transport);
  int woken = 0;
  Schedule schedule(gates, [&] { ++woken; });
  for (std::uint32_t i = 0; i < 40; ++i) schedule.add(name(i), "sms", 0);
  std::vector<Turn> turns = take(schedule, 0);
  EXPECT_EQ(turns.size(), 2U);

  transport.set(with(5));
  gates.refresh();
  EXPECT_GT(woken, 0) << "more may begin at once";
  EXPECT_EQ(take(schedule, 0).size(), 3U);

  ChannelPolicy slow = with(100, 10, 1);
  slow.queue_max = 7;
  slow.queue_time_max_ms = 1'000'000;
  transport.set(slow);
  gates.refresh();
  EXPECT_EQ(take(schedule, 1000).size(), 1U) << "now there is a rate";
  EXPECT_EQ(take(schedule, 1100).size(), 1U);
  EXPECT_EQ(schedule.admit(schedule.lane("sms"), Priority::authentication_first, 1100, program::kNever).why,
            Admission::Why::queue_full);

  transport.set(with(1));
  gates.refresh();
  EXPECT_TRUE(take(schedule, 1200).empty()) << "fewer, when permits come back";
  transport.set(with(100));
  gates.refresh();
  EXPECT_EQ(take(schedule, 1200).size(), 33U) << "and no rate any more";
}

TEST(Schedule, WhatRunsGoesBeforeWhatStartsAndCodesBeforeMarketing) {
  OnePolicy transport(with(1));
  Schedule schedule(transport);
  const LaneId lane = schedule.lane("sms");
  const std::vector<Priority> upside_down = {priority_of("marketing", false),      priority_of("marketing", true),
                                             priority_of("transaction", false),    priority_of("transaction", true),
                                             priority_of("authentication", false), priority_of("authentication", true)};
  for (std::uint32_t i = 0; i < 6; ++i) {
    schedule.add({.name = name(i), .lane = lane, .priority = upside_down[i], .at_ms = 0});
  }
  Messages order;
  for (int i = 0; i < 6; ++i) {
    const auto turns = take(schedule, i);
    ASSERT_EQ(turns.size(), 1U);
    order.push_back(turns[0].name.message);
    schedule.finished(turns[0], SendClass::accepted, i);
  }
  EXPECT_EQ(order, (Messages{5, 4, 3, 2, 1, 0}));
}

TEST(Schedule, NoPriorityStarves) {
  OnePolicy transport(with(1));
  Schedule schedule(transport);
  const LaneId lane = schedule.lane("sms");
  schedule.add({.name = name(7), .lane = lane, .priority = Priority::marketing_first, .at_ms = 0});
  std::uint32_t turn_of_marketing = 0;
  for (std::uint32_t turn = 1; turn <= kFairTurns * kPriorities && turn_of_marketing == 0; ++turn) {
    schedule.add({.name = name(1), .lane = lane, .priority = Priority::authentication_first, .at_ms = 0});
    const auto turns = take(schedule, turn, 1);
    ASSERT_EQ(turns.size(), 1U);
    if (turns[0].name.message == 7) turn_of_marketing = turn;
    schedule.finished(turns[0], SendClass::accepted, turn);
  }
  EXPECT_GT(turn_of_marketing, 1U);
}

TEST(Schedule, WhatExpiredIsToldAndUsesNothing) {
  OnePolicy transport(with(10, 1));
  Schedule schedule(transport);
  const LaneId lane = schedule.lane("sms");
  for (std::uint32_t i = 0; i < 4; ++i) {
    schedule.add({.name = name(i), .lane = lane, .at_ms = 0, .not_after_ms = i < 3 ? 500 : 5000});
  }
  EXPECT_EQ(take(schedule, 0).size(), 1U);
  EXPECT_EQ(schedule.next_ms(), 1000);
  const auto turns = take(schedule, 1000);
  ASSERT_EQ(messages(turns), (Messages{1, 2, 3}));
  EXPECT_TRUE(turns[0].expired);
  EXPECT_TRUE(turns[1].expired);
  EXPECT_FALSE(turns[2].expired);
  EXPECT_EQ(schedule.in_flight(), 2U);
}

TEST(Schedule, AnAttemptThatWasNotMadeLeavesItsPlaceAndItsSlot) {
  OnePolicy transport(with(1, 1));
  Schedule schedule(transport);
  for (std::uint32_t i = 0; i < 3; ++i) schedule.add(name(i), "sms", 0);
  const auto turns = take(schedule, 0);
  ASSERT_EQ(turns.size(), 1U);
  schedule.not_begun(turns[0]);
  EXPECT_EQ(schedule.next_ms(), 0);
  EXPECT_EQ(messages(take(schedule, 0)), (Messages{1}));
}

TEST(Schedule, WaitsWhileTheProviderIsDownAndProbesAfterwards) {
  ChannelPolicy policy = with(100);
  policy.breaker = {.consecutive_failures = 5, .pause_ms = 1000, .pause_ms_max = 4000, .probes = 2};
  OnePolicy transport(policy);
  core::MetricSet metrics;
  Gates gates(transport, {.metrics = &metrics});
  int woken = 0;
  Schedule schedule(gates, nullptr);
  Schedule other(gates, [&] { ++woken; });
  for (std::uint32_t i = 0; i < 5; ++i) schedule.add(name(i), "sms", 0);
  for (const Turn& turn : take(schedule, 0)) schedule.finished(turn, SendClass::unknown, 10);
  EXPECT_EQ(metrics.value("flow_breaker_state", {{"channel", "sms"}}), 2);
  for (std::uint32_t i = 5; i < 50; ++i) schedule.add(name(i), "sms", 10);
  other.add(name(99), "sms", 10);
  EXPECT_TRUE(take(schedule, 10).empty());
  EXPECT_TRUE(take(other, 10).empty());
  const std::int64_t probing = schedule.next_ms();
  EXPECT_GE(probing, 510);
  EXPECT_LE(probing, 1010);
  EXPECT_EQ(other.next_ms(), probing);
  EXPECT_EQ(schedule.wait_ms(schedule.lane("sms"), Priority::authentication_continued, 10), probing - 10);

  const auto probes = take(schedule, probing);
  ASSERT_EQ(probes.size(), 2U);
  EXPECT_EQ(schedule.next_ms(), program::kNever) << "the probes' answers decide";
  EXPECT_TRUE(take(other, probing).empty());
  EXPECT_EQ(other.next_ms(), program::kNever);
  schedule.finished(probes[0], SendClass::accepted, probing + 5);
  schedule.finished(probes[1], SendClass::permanent_recipient, probing + 5);
  EXPECT_GT(woken, 0);
  EXPECT_EQ(take(schedule, probing + 5).size(), 43U);
  EXPECT_EQ(take(other, probing + 5).size(), 1U);
  EXPECT_EQ(metrics.value("flow_breaker_state", {{"channel", "sms"}}), 0);
  EXPECT_EQ(metrics.value("flow_breaker_opened_total", {{"channel", "sms"}}), 1);
  EXPECT_EQ(metrics.value("flow_channel_queued", {{"channel", "sms"}}), 0);
  EXPECT_EQ(metrics.value("flow_channel_turns_total", {{"channel", "sms"}}), 51);
}

TEST(Schedule, AProbeThatIsNotMadeIsMadeByAnother) {
  ChannelPolicy policy = with(100);
  policy.breaker = {.consecutive_failures = 1, .pause_ms = 1000, .pause_ms_max = 1000, .probes = 1};
  OnePolicy transport(policy);
  Gates gates(transport);
  Schedule schedule(gates, nullptr);
  for (std::uint32_t i = 0; i < 4; ++i) schedule.add(name(i), "sms", 0);
  const auto first = take(schedule, 0, 1);
  schedule.finished(first[0], SendClass::transient, 0);
  auto turns = take(schedule, 1000);
  ASSERT_EQ(messages(turns), (Messages{1}));
  schedule.not_begun(turns[0]);
  turns = take(schedule, 1001);
  ASSERT_EQ(messages(turns), (Messages{2}));
  {
    Schedule other(gates, nullptr);
    schedule.not_begun(turns[0]);
    other.add(name(8), "sms", 0);
    EXPECT_EQ(take(other, 1001).size(), 1U);
  }
  EXPECT_EQ(messages(take(schedule, 1002)), (Messages{3})) << "the probe of a shard that went is free again";
}

TEST(Schedule, RefusesWhatWouldWaitTooLong) {
  ChannelPolicy policy = with(1'000'000, 100);
  policy.queue_max = 1000;
  policy.queue_time_max_ms = 5000;
  OnePolicy transport(policy);
  Schedule schedule(transport);
  const LaneId lane = schedule.lane("sms");
  const auto admit = [&](std::int64_t not_after_ms) {
    return schedule.admit(lane, Priority::transaction_first, 0, not_after_ms);
  };
  EXPECT_EQ(admit(60'000).why, Admission::Why::admitted);
  take(schedule, 0);
  std::uint32_t added = 0;
  const auto fill = [&](std::uint32_t to) {
    for (; added < to; ++added) schedule.add({.name = name(added), .lane = lane, .at_ms = 0});
  };
  fill(200);
  EXPECT_NEAR(static_cast<double>(admit(60'000).wait_ms), 2000, 20);
  EXPECT_EQ(admit(1500).why, Admission::Why::too_late_for_message);
  EXPECT_EQ(admit(60'000).why, Admission::Why::admitted);
  fill(600);
  const Admission late = admit(60'000);
  EXPECT_EQ(late.why, Admission::Why::wait_too_long);
  EXPECT_NEAR(static_cast<double>(late.retry_after_ms), 1000, 50);
  EXPECT_EQ(schedule.admit(lane, Priority::authentication_first, 0, 60'000).why, Admission::Why::admitted)
      << "what goes first does not wait for what is behind it";
  fill(1000);
  EXPECT_EQ(schedule.admit(lane, Priority::authentication_first, 0, 60'000).why, Admission::Why::queue_full);
}

TEST(Schedule, EstimatesByTheAnswersOfTheProvider) {
  OnePolicy transport(with(10));
  Schedule schedule(transport);
  const LaneId lane = schedule.lane("sms");
  for (std::uint32_t i = 0; i < 110; ++i) schedule.add({.name = name(i), .lane = lane, .at_ms = 0});
  for (const Turn& turn : take(schedule, 0)) schedule.finished(turn, SendClass::accepted, 200);
  EXPECT_EQ(take(schedule, 200).size(), 10U);
  EXPECT_NEAR(static_cast<double>(schedule.wait_ms(lane, Priority::transaction_first, 200)), 90.0 / 10 * 200, 1);
}

TEST(Schedule, AChannelThatIsNotBoundEndsItsMessagesAtOnce) {
  OnePolicy transport(with(1, 1));
  core::MetricSet metrics;
  Gates gates(transport, {.metrics = &metrics});
  Schedule schedule(gates, nullptr);
  for (std::uint32_t i = 0; i < 500; ++i) schedule.add(name(i), "unbound", 0);
  EXPECT_EQ(take(schedule, 0).size(), 500U);
  EXPECT_TRUE(metrics.samples().empty()) << "names from stored executions make no labels";
}

TEST(Schedule, TakesAtMostWhatFitsIntoACommitAndGoesRoundTheChannels) {
  OnePolicy transport(with(1'000'000));
  Schedule schedule(transport);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    schedule.add(name(i), "a", 0);
    schedule.add(name(i), "b", 0);
  }
  std::map<std::string_view, int> begun;
  for (int i = 0; i < 10; ++i) {
    const auto turns = take(schedule, i, 50);
    EXPECT_EQ(turns.size(), 50U);
    EXPECT_LE(schedule.next_ms(), i);
    for (const Turn& turn : turns) ++begun[turn.channel];
  }
  EXPECT_EQ(begun["a"], 250);
  EXPECT_EQ(begun["b"], 250);
}

TEST(Schedule, AMillionNames) {
  OnePolicy transport(with(1000));
  Schedule schedule(transport);
  const LaneId lane = schedule.lane("sms");
  constexpr std::uint32_t kMany = 1'000'000;
  for (std::uint32_t i = 0; i < kMany; ++i) schedule.add({.name = name(i), .lane = lane, .at_ms = i % 1000});
  EXPECT_EQ(schedule.queued(), kMany);
  std::vector<Turn> turns;
  std::uint32_t seen = 0;
  for (std::int64_t now = 1000; schedule.queued() > 0; ++now) {
    turns.clear();
    schedule.take(now, 10'000, turns);
    ASSERT_FALSE(turns.empty());
    seen += static_cast<std::uint32_t>(turns.size());
    for (const Turn& turn : turns) schedule.finished(turn, SendClass::accepted, now);
  }
  EXPECT_EQ(seen, kMany);
}

// Random operations on three shards and two channels against what must hold: nothing lost or doubled, no limit broken,
// nobody asleep while something could go.
class RandomOperations : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, RandomOperations, testing::Range<std::uint64_t>(1, 41));

TEST_P(RandomOperations, KeepEveryLimitAndLoseNothing) {
  core::SeededRandom random(GetParam());
  constexpr std::size_t kShards = 3;
  constexpr std::size_t kInFlight = 6;
  constexpr std::uint32_t kRate = 200;
  constexpr std::uint32_t kBurst = 20;
  ChannelPolicy policy = with(kInFlight, kRate, kBurst);
  policy.breaker = {.consecutive_failures = 4, .pause_ms = 300, .pause_ms_max = 1200, .probes = 2};
  OnePolicy transport(policy);
  Gates gates(transport);
  std::array<bool, kShards> woken{};
  std::vector<std::unique_ptr<Schedule>> shards;
  for (std::size_t i = 0; i < kShards; ++i) {
    shards.push_back(std::make_unique<Schedule>(gates, [&woken, i] { woken[i] = true; }));
  }
  std::map<std::uint32_t, int> left;  // messages that must still come
  std::vector<std::pair<std::size_t, Turn>> flying;
  std::map<std::string, std::vector<std::int64_t>> begun;
  std::uint32_t next_name = 0;
  bool provider_is_down = false;
  const auto step = [&](std::size_t shard, std::int64_t now) {
    woken[shard] = false;
    for (const Turn& turn : take(*shards[shard], now, 1 + random.below(20))) {
      ASSERT_EQ(left.erase(turn.name.message), 1U) << "twice, or never asked for";
      if (turn.expired) continue;
      if (random.below(10) == 0) {
        shards[shard]->not_begun(turn);
        continue;
      }
      begun[std::string(turn.channel)].push_back(now);
      flying.emplace_back(shard, turn);
    }
  };
  const auto check = [&] {
    std::map<std::string_view, std::size_t> count;
    for (const auto& [shard, turn] : flying) ++count[turn.channel];
    for (const auto& [channel, of_it] : count) ASSERT_LE(of_it, kInFlight);
  };
  std::int64_t now = 1000;
  for (int i = 0; i < 3000; ++i) {
    const std::size_t shard = random.below(kShards);
    switch (random.below(6)) {
      case 0:
      case 1:
        for (std::uint64_t count = random.below(8); count > 0; --count) {
          const std::int64_t at = now + static_cast<std::int64_t>(random.below(50));
          shards[shard]->add({.name = name(next_name),
                              .lane = shards[shard]->lane(random.below(2) == 0 ? "a" : "b"),
                              .priority = static_cast<Priority>(random.below(kPriorities)),
                              .at_ms = at,
                              .not_after_ms = at + 1 + static_cast<std::int64_t>(random.below(5000))});
          left[next_name++] = 1;
        }
        break;
      case 2:
        if (!flying.empty()) {
          const std::size_t which = random.below(flying.size());
          const auto [of, turn] = flying[which];
          flying.erase(flying.begin() + static_cast<std::ptrdiff_t>(which));
          shards[of]->finished(turn, provider_is_down ? SendClass::unknown : SendClass::accepted, now);
        }
        break;
      case 3:
        now += static_cast<std::int64_t>(random.below(20));
        if (random.below(50) == 0) provider_is_down = !provider_is_down;
        break;
      default:
        step(shard, now);
    }
    check();
  }
  // Heal: answers come, and whoever has a time or was woken gets on. Nobody else is asked.
  for (int rounds = 0; !left.empty() || !flying.empty(); ++rounds) {
    ASSERT_LT(rounds, 100'000) << left.size() << " are left";
    for (const auto& [of, turn] : std::exchange(flying, {})) shards[of]->finished(turn, SendClass::accepted, now);
    std::int64_t next = program::kNever;
    for (std::size_t shard = 0; shard < kShards; ++shard) {
      if (woken[shard] || shards[shard]->next_ms() <= now) step(shard, now);
      next = std::min(next, woken[shard] ? now : shards[shard]->next_ms());
    }
    check();
    if (next != program::kNever) now = std::max(now, next);
    ASSERT_TRUE(next != program::kNever || !flying.empty() || left.empty()) << "all asleep with work to do";
  }
  for (const auto& [channel, times] : begun) {
    const std::size_t most = kBurst + 2 * kShards;  // a slot held, and one given back by an attempt not made
    for (std::size_t i = 0; i < times.size(); ++i) {
      for (std::size_t j = i; j < std::min(times.size(), i + 200); ++j) {
        ASSERT_LE(j - i + 1, most + static_cast<std::size_t>((times[j] - times[i]) * kRate / 1000));
      }
    }
  }
  EXPECT_EQ(gates.find("a").queued(), 0);
  EXPECT_EQ(gates.find("a").concurrency().taken() + gates.find("b").concurrency().taken(), 0U);
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
