// The limiter, the concurrency and the breaker by themselves.
#include <algorithm>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "runtime/outbox/breaker.h"
#include "runtime/outbox/concurrency.h"
#include "runtime/outbox/limiter.h"
#include "runtime/program/abi.h"

namespace flow::outbox {
namespace {

constexpr std::int64_t kMs = 1'000'000;

TEST(Limiter, GivesABurstThenEvenSlots) {
  Limiter limiter({.per_second = 100, .burst = 3});
  std::vector<std::int64_t> at;
  for (int i = 0; i < 6; ++i) at.push_back(std::max<std::int64_t>(0, limiter.reserve(1000, 1).first_ns / kMs - 1000));
  EXPECT_EQ(at, (std::vector<std::int64_t>{0, 0, 0, 10, 20, 30}));
  EXPECT_EQ(limiter.wait_ms(1000, 0), 40);
  EXPECT_EQ(limiter.wait_ms(1000, 6), 100);
  EXPECT_EQ(limiter.wait_ms(2000, 0), 0);
  EXPECT_EQ(Limiter({}).wait_ms(0, 1'000'000), 0);
}

TEST(Limiter, AReservationIsOfAFewMilliseconds) {
  Limiter limiter({.per_second = 10'000, .burst = 1});
  EXPECT_EQ(limiter.reserve(0, 1'000'000).count, 50U);
  EXPECT_EQ(limiter.reserve(0, 3).first_ns, 5 * kMs);
  EXPECT_EQ(Limiter({.per_second = 1, .burst = 1}).reserve(0, 100).count, 1U);
}

TEST(Limiter, WhatNobodyUsesGoesToTheNext) {
  Limiter limiter({.per_second = 10'000, .burst = 1});
  Limiter::Slots slots = limiter.reserve(0, 50);
  slots.first_ns += 20 * slots.interval_ns;
  slots.count -= 20;
  limiter.give_back(slots);
  EXPECT_EQ(limiter.reserve(0, 1).first_ns, 2 * kMs);
  const Limiter::Slots lost = limiter.reserve(0, 1);
  limiter.reserve(0, 1);
  limiter.give_back(lost);
  EXPECT_EQ(limiter.reserve(0, 1).first_ns, 2 * kMs + 3 * lost.interval_ns) << "somebody stands behind it";
}

TEST(Limiter, ManyThreadsGetEachSlotOnce) {
  Limiter limiter({.per_second = 1'000'000, .burst = 1});
  constexpr int kThreads = 4;
  constexpr int kEach = 10'000;
  std::vector<std::vector<std::int64_t>> got(kThreads);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : got) {
      threads.emplace_back([&] {
        for (int i = 0; i < kEach; ++i) mine.push_back(limiter.reserve(0, 1).first_ns);
      });
    }
  }
  std::vector<std::int64_t> all;
  for (const auto& mine : got) all.insert(all.end(), mine.begin(), mine.end());
  std::ranges::sort(all);
  for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i], static_cast<std::int64_t>(i) * 1000);
}

TEST(Concurrency, PermitsGoAroundInOrder) {
  Concurrency two(2);
  std::string woken;
  Waiter a{.wake = [&] { woken += 'a'; }};
  Waiter b{.wake = [&] { woken += 'b'; }};
  Waiter c{.wake = [&] { woken += 'c'; }};
  EXPECT_TRUE(two.acquire(a));
  EXPECT_TRUE(two.acquire(a));
  EXPECT_FALSE(two.acquire(b));
  EXPECT_FALSE(two.acquire(b)) << "in line once";
  EXPECT_FALSE(two.acquire(c));
  two.release(&a);
  EXPECT_EQ(woken, "b");
  EXPECT_FALSE(two.acquire(a)) << "what b was given is b's";
  EXPECT_TRUE(two.acquire(b));
  two.leave(c);
  two.release(&b);
  EXPECT_EQ(woken, "ba");
  two.leave(a);
  EXPECT_EQ(two.taken(), 1U) << "what was granted to who left is free";
}

TEST(Concurrency, ManyThreadsNeverHoldMoreAndNeverSleepForEver) {
  Concurrency three(3);
  std::atomic<int> held{0};
  std::atomic<int> most{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        std::atomic<std::uint32_t> calls{0};
        Waiter waiter;
        waiter.wake = [&] {
          calls.fetch_add(1);
          calls.notify_one();
        };
        for (int i = 0; i < 5000; ++i) {
          for (std::uint32_t seen = calls.load(); !three.acquire(waiter); seen = calls.load()) calls.wait(seen);
          const int now = held.fetch_add(1) + 1;
          for (int before = most.load(); before < now && !most.compare_exchange_weak(before, now);) {
          }
          held.fetch_sub(1);
          three.release(&waiter);
        }
        three.leave(waiter);
      });
    }
  }
  EXPECT_LE(most.load(), 3);
  EXPECT_EQ(three.taken(), 0U);
}

const BreakerSettings kSettings = {.consecutive_failures = 3,
                                   .failure_percent = 50,
                                   .window_attempts_min = 10,
                                   .window_ms = 1000,
                                   .pause_ms = 100,
                                   .pause_ms_max = 400,
                                   .probes = 2};
using State = Breaker::State;

// Begins and ends one attempt.
void attempt(Breaker& breaker, SendClass result, std::int64_t now_ms) {
  Waiter waiter;
  const auto pass = breaker.admit(now_ms, waiter);
  ASSERT_TRUE(pass);
  breaker.report(*pass, result, now_ms);
}

TEST(Breaker, OpensOnFailuresInARow) {
  Breaker breaker(kSettings);
  for (const SendClass result : {SendClass::unknown, SendClass::transient, SendClass::accepted, SendClass::unknown,
                                 SendClass::unknown, SendClass::transient}) {
    EXPECT_EQ(breaker.state(), State::closed);
    attempt(breaker, result, 0);
  }
  EXPECT_EQ(breaker.state(), State::open);
  Waiter waiter;
  EXPECT_FALSE(breaker.admit(0, waiter));
  EXPECT_GE(breaker.retry_ms(), 50);
  EXPECT_LE(breaker.retry_ms(), 100);
}

TEST(Breaker, WhatIsNoFaultOfTheProviderNeverOpensIt) {
  Breaker breaker(kSettings);
  for (int i = 0; i < 1000; ++i) {
    attempt(breaker,
            i % 3 == 0   ? SendClass::permanent_recipient
            : i % 3 == 1 ? SendClass::permanent_configuration
                         : SendClass::throttled,
            i);
  }
  EXPECT_EQ(breaker.state(), State::closed);
}

TEST(Breaker, OpensOnARateOfFailures) {
  Breaker breaker(kSettings);
  int attempts = 0;
  for (; breaker.state() == State::closed && attempts < 100; ++attempts) {
    attempt(breaker, attempts % 2 == 0 ? SendClass::accepted : SendClass::unknown, 0);
  }
  EXPECT_EQ(attempts, 10) << "half of the fewest that say something";
  Breaker slow(kSettings);
  for (int i = 0; i < 100; ++i) attempt(slow, i % 2 == 0 ? SendClass::accepted : SendClass::unknown, i * 200);
  EXPECT_EQ(slow.state(), State::closed) << "never enough of them in one window";
}

TEST(Breaker, PausesLongerWhileTheProviderStaysDownAndForgetsWhenItIsBack) {
  Breaker breaker(kSettings);
  for (int i = 0; i < 3; ++i) attempt(breaker, SendClass::unknown, 0);
  std::int64_t now = 0;
  for (const std::int64_t whole : {100, 200, 400, 400}) {
    EXPECT_GE(breaker.retry_ms() - now, whole / 2);
    EXPECT_LE(breaker.retry_ms() - now, whole);
    now = breaker.retry_ms();
    attempt(breaker, SendClass::transient, now);
    EXPECT_EQ(breaker.state(), State::open);
  }
  now = breaker.retry_ms();
  attempt(breaker, SendClass::accepted, now);
  EXPECT_EQ(breaker.state(), State::half_open);
  attempt(breaker, SendClass::permanent_recipient, now);
  EXPECT_EQ(breaker.state(), State::closed);
  for (int i = 0; i < 3; ++i) attempt(breaker, SendClass::unknown, now);
  EXPECT_LE(breaker.retry_ms() - now, 100);
}

TEST(Breaker, OldAnswersSayNothing) {
  Breaker breaker(kSettings);
  Waiter waiter;
  const auto early = breaker.admit(0, waiter);
  for (int i = 0; i < 3; ++i) attempt(breaker, SendClass::unknown, 0);
  const std::int64_t now = breaker.retry_ms();
  const auto probe = breaker.admit(now, waiter);
  breaker.report(*early, SendClass::unknown, now);
  EXPECT_EQ(breaker.state(), State::half_open);
  breaker.report(*probe, SendClass::accepted, now);
  attempt(breaker, SendClass::accepted, now);
  breaker.report(*probe, SendClass::unknown, now);
  EXPECT_EQ(breaker.state(), State::closed);
}

TEST(Breaker, ProbesAreFewAndWhoWaitsIsWoken) {
  Breaker breaker(kSettings);
  for (int i = 0; i < 3; ++i) attempt(breaker, SendClass::unknown, 0);
  const std::int64_t now = breaker.retry_ms();
  int woken = 0;
  Waiter waiter{.wake = [&] { ++woken; }};
  const auto first = breaker.admit(now, waiter);
  const auto second = breaker.admit(now, waiter);
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(breaker.admit(now, waiter));
  EXPECT_EQ(breaker.retry_ms(), program::kNever);
  breaker.cancel(*first);
  EXPECT_EQ(woken, 1);
  EXPECT_TRUE(breaker.admit(now, waiter));
  EXPECT_FALSE(breaker.admit(now, waiter));
  breaker.report(*second, SendClass::unknown, now);
  EXPECT_EQ(woken, 2);
  EXPECT_GT(breaker.retry_ms(), now);
}

TEST(Breaker, OtherSettingsCountFromNowOn) {
  Breaker breaker(kSettings);
  attempt(breaker, SendClass::transient, 0);
  BreakerSettings patient = kSettings;
  patient.consecutive_failures = 5;
  patient.probes = 1;
  breaker.set_settings(patient);
  for (int i = 0; i < 3; ++i) attempt(breaker, SendClass::transient, 0);
  EXPECT_EQ(breaker.state(), State::closed);
  attempt(breaker, SendClass::transient, 0);
  EXPECT_EQ(breaker.state(), State::open);

  // While probes are under way: they say nothing any more, and others may be made.
  const std::int64_t later = breaker.retry_ms();
  Waiter waiter;
  const auto probe = breaker.admit(later, waiter);
  ASSERT_TRUE(probe);
  EXPECT_FALSE(breaker.admit(later, waiter));
  breaker.set_settings(kSettings);
  breaker.report(*probe, SendClass::accepted, later);
  EXPECT_EQ(breaker.state(), State::half_open);
  attempt(breaker, SendClass::accepted, later);
  attempt(breaker, SendClass::accepted, later);
  EXPECT_EQ(breaker.state(), State::closed);
}

TEST(Breaker, NodesDoNotProbeInStep) {
  std::set<std::int64_t> pauses;
  BreakerSettings settings = kSettings;
  settings.pause_ms = settings.pause_ms_max = 10'000;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Breaker breaker(settings, seed);
    for (int i = 0; i < 3; ++i) attempt(breaker, SendClass::unknown, 0);
    pauses.insert(breaker.retry_ms());
  }
  EXPECT_GE(pauses.size(), 15U);
}

}  // namespace
}  // namespace flow::outbox
