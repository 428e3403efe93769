#include "runtime/timers/wheel.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace flow::timers {
namespace {

using Key = Wheel::Key;

TEST(Wheel, TakesInOrderOfTimeThenKey) {
  Wheel wheel;
  wheel.set(3, 10);
  wheel.set(1, 20);
  wheel.set(2, 10);
  EXPECT_EQ(wheel.earliest_ms(), 10);
  Key key = 0;
  EXPECT_FALSE(wheel.take_due(9, &key));
  ASSERT_TRUE(wheel.take_due(15, &key));
  EXPECT_EQ(key, 2U);
  ASSERT_TRUE(wheel.take_due(15, &key));
  EXPECT_EQ(key, 3U);
  EXPECT_FALSE(wheel.take_due(15, &key));
  ASSERT_TRUE(wheel.take_due(20, &key)) << "due at its very instant";
  EXPECT_EQ(wheel.earliest_ms(), program::kNever);
  EXPECT_EQ(wheel.size(), 0U);
}

TEST(Wheel, ReachesAllTimes) {
  const std::int64_t times[] = {INT64_MIN,
                                INT64_MIN + 1,
                                -1,
                                0,
                                1,
                                4095,
                                4096,
                                std::int64_t{1} << 24,
                                std::int64_t{1} << 34,
                                std::int64_t{1} << 44,
                                std::int64_t{1} << 54,
                                INT64_MAX - 1};
  for (const std::int64_t start : {INT64_MIN, std::int64_t{-5}, std::int64_t{0}, std::int64_t{1'700'000'000'000}}) {
    Wheel wheel(start);
    Key key = 0;
    for (const std::int64_t at : times) wheel.set(key++, at);
    EXPECT_LE(wheel.earliest_ms(), INT64_MIN);
    for (Key i = 0; i < std::size(times); ++i) {
      if (times[i] > INT64_MIN) EXPECT_FALSE(wheel.take_due(times[i] - 1, &key)) << "never before its time";
      ASSERT_TRUE(wheel.take_due(times[i], &key));
      EXPECT_EQ(key, i);
    }
  }
}

// Who sleeps until earliest_ms() wakes at most once a level and once for the timer.
TEST(Wheel, SleepingByItsWordIsNoBusyLoop) {
  Wheel wheel(1'700'000'000'123);
  const std::int64_t at = 1'700'000'000'123 + 400LL * 24 * 3600 * 1000 + 77;
  wheel.set(0, at);
  Key key = 0;
  int wakes = 0;
  std::int64_t now = 1'700'000'000'123;
  while (!wheel.take_due(now, &key)) {
    ASSERT_GT(wheel.earliest_ms(), now);
    now = wheel.earliest_ms();
    ++wakes;
  }
  EXPECT_EQ(now, at);
  EXPECT_LE(wakes, 6);
}

TEST(Wheel, AClockThatGoesBackGivesNothingEarly) {
  Wheel wheel(1000);
  Key key = 0;
  EXPECT_FALSE(wheel.take_due(5000, &key));
  wheel.set(1, 3000);
  wheel.set(2, 6000);
  EXPECT_FALSE(wheel.take_due(2000, &key));
  EXPECT_EQ(wheel.earliest_ms(), 3000);
  ASSERT_TRUE(wheel.take_due(3000, &key));
  EXPECT_EQ(key, 1U);
  EXPECT_FALSE(wheel.take_due(3500, &key));
  ASSERT_TRUE(wheel.take_due(6000, &key));
  EXPECT_EQ(key, 2U);
}

TEST(Wheel, WhatIsDueMayStillBeMovedOrCleared) {
  Wheel wheel;
  for (Key key = 0; key < 4; ++key) wheel.set(key, 10);
  Key key = 9;
  ASSERT_TRUE(wheel.take_due(10, &key));
  EXPECT_EQ(key, 0U);
  wheel.clear(1);
  wheel.set(2, 30);
  wheel.set(0, 10);
  wheel.set(5, 3);
  EXPECT_EQ(wheel.earliest_ms(), 3);
  for (const Key expected : {5U, 0U, 3U}) {
    ASSERT_TRUE(wheel.take_due(10, &key));
    EXPECT_EQ(key, expected);
  }
  EXPECT_FALSE(wheel.take_due(29, &key));
  ASSERT_TRUE(wheel.take_due(30, &key));
  EXPECT_EQ(key, 2U);
}

TEST(Wheel, MemoryIsAtMostTwentyBytesAKeyAndDoesNotPileUp) {
  Wheel wheel;
  Key key = 0;
  ASSERT_FALSE(wheel.take_due(1000, &key));
  const Key keys = 1'000'000;
  for (Key i = 0; i < keys; ++i) wheel.set(i, 2000 + i);
  EXPECT_LE(wheel.allocated_bytes(), 20U * keys);
  for (int i = 0; i < 100'000; ++i) {  // late and cleared, over and over
    wheel.set(7, i % 1000);
    wheel.clear(7);
    wheel.set(8, 1000);
    wheel.set(8, 999);
  }
  EXPECT_LE(wheel.allocated_bytes(), 20U * keys);
}

// The plainest thing that could do it.
struct Model {
  std::map<Key, std::int64_t> at;
  std::set<std::pair<std::int64_t, Key>> order;
  void set(Key key, std::int64_t time) {
    clear(key);
    at[key] = time;
    order.emplace(time, key);
  }
  void clear(Key key) {
    const auto found = at.find(key);
    if (found == at.end()) return;
    order.erase({found->second, key});
    at.erase(found);
  }
};

void agree(unsigned seed, int operations, Key keys, std::int64_t start) {
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  Wheel wheel(start);
  Model model;
  std::int64_t now = start;
  const auto span = [&random] { return static_cast<std::int64_t>(random() >> (20 + random() % 44)); };
  for (int i = 0; i < operations; ++i) {
    const auto key = static_cast<Key>(random() % keys);
    switch (random() % 8) {
      case 0:
        wheel.clear(key);
        model.clear(key);
        break;
      case 1:
        if (random() % 4 == 0 && now < start + (std::int64_t{1} << 50))
          now += span();
        else
          now += static_cast<std::int64_t>(random() % 50);
        break;
      case 2:
      case 3: {
        const bool due = !model.order.empty() && model.order.begin()->first <= now;
        Key taken = 0;
        ASSERT_EQ(wheel.take_due(now, &taken), due);
        if (!due) {
          if (!model.order.empty()) ASSERT_GT(wheel.earliest_ms(), now);
          break;
        }
        ASSERT_EQ(taken, model.order.begin()->second);
        model.clear(taken);
        break;
      }
      default: {
        const std::int64_t at = random() % 3 == 0 ? now + static_cast<std::int64_t>(random() % 40) - 20 : now + span();
        wheel.set(key, at);
        model.set(key, at);
      }
    }
    ASSERT_EQ(wheel.size(), model.at.size());
    if (model.order.empty()) {
      ASSERT_EQ(wheel.earliest_ms(), program::kNever);
    } else {
      ASSERT_LE(wheel.earliest_ms(), model.order.begin()->first);
    }
  }
  Key taken = 0;
  while (wheel.take_due(INT64_MAX, &taken)) {
    ASSERT_FALSE(model.order.empty());
    ASSERT_EQ(taken, model.order.begin()->second);
    model.clear(taken);
  }
  EXPECT_TRUE(model.order.empty());
}

TEST(Wheel, AgreesWithASortedMap) {
  for (int run = 0; run < 10; ++run) {
    const unsigned seed = std::random_device{}();
    const std::int64_t starts[] = {0, 1'700'000'000'000, -1'000'000};
    ASSERT_NO_FATAL_FAILURE(agree(seed, 30'000, run % 2 == 0 ? 300 : 5, starts[run % 3]));
  }
}

}  // namespace
}  // namespace flow::timers
