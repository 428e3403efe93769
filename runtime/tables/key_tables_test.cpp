#include "runtime/tables/key_tables.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

#include "base/limits.h"

namespace flow::tables {
namespace {

TEST(KeyHistory, ForgetsByGenerationsAndNeverTooEarly) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  KeyHistory history(1000);
  std::map<std::uint64_t, std::int64_t> expected;
  std::int64_t floor = -50'000;
  for (int i = 0; i < 40'000; ++i) {
    const std::uint64_t key = random();
    const std::int64_t at = floor + static_cast<std::int64_t>(random() % 9000);
    history.insert(key, at);
    expected[key] = at;
    if (i % 1000 != 0) continue;
    floor += 950;
    history.drop_before(floor);
    std::erase_if(expected, [floor](const auto& entry) { return entry.second < floor; });
    for (const auto& [kept, time] : expected) ASSERT_TRUE(history.maybe_contains(kept)) << time;
    ASSERT_LE(history.generations(), 11U);
    ASSERT_FALSE(history.maybe_contains(random())) << "one in 10^14";
  }
  history.drop_before(INT64_MAX);
  EXPECT_EQ(history.size(), 0U);
}

TEST(KeyHistory, HasAtMostSoManyGenerations) {
  KeyHistory history(1);
  for (int i = 0; i < 5000; ++i) {
    history.insert(static_cast<std::uint64_t>(i) << 30, i * 7919 % 5000);
    ASSERT_LE(history.generations(), limits::kKeyGenerationsMax);
  }
  EXPECT_EQ(history.generations(), limits::kKeyGenerationsMax);
  for (std::int64_t floor = 0; floor < 5000; floor += 1000) {
    history.drop_before(floor);
    for (int i = 0; i < 5000; ++i) {
      if (i * 7919 % 5000 >= floor) ASSERT_TRUE(history.maybe_contains(static_cast<std::uint64_t>(i) << 30));
    }
  }
  history.drop_before(5000);
  EXPECT_EQ(history.generations(), 0U);
}

TEST(KeyHistory, CostsAtMostFourteenBytesAKey) {
  std::mt19937_64 random(1);
  KeyHistory history(1000);
  for (int i = 1; i <= 600'000; ++i) {
    history.insert(random(), 5);
    if (i >= 100'000 && i % 10'000 == 0) ASSERT_LE(history.allocated_bytes(), 14U * static_cast<unsigned>(i));
  }
}

}  // namespace
}  // namespace flow::tables
