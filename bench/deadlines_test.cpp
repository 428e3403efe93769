#include "bench/deadlines.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace flow::bench {
namespace {

TEST(Deadlines, AreTakenInOrderOfTimeThenKey) {
  Deadlines deadlines;
  deadlines.set(3, 10);
  deadlines.set(1, 20);
  deadlines.set(2, 10);
  EXPECT_EQ(deadlines.earliest_ms(), 10);
  Deadlines::Key key = 0;
  ASSERT_TRUE(deadlines.take_due(15, &key));
  EXPECT_EQ(key, 2U);
  ASSERT_TRUE(deadlines.take_due(15, &key));
  EXPECT_EQ(key, 3U);
  EXPECT_FALSE(deadlines.take_due(15, &key));
  ASSERT_TRUE(deadlines.take_due(20, &key)) << "due at its very instant";
  EXPECT_EQ(deadlines.earliest_ms(), program::kNever);
}

// Against the plainest thing that could do it.
TEST(Deadlines, AgreeWithASortedMap) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  Deadlines deadlines;
  std::map<Deadlines::Key, std::int64_t> expected;
  std::int64_t now = 0;
  for (int i = 0; i < 50'000; ++i) {
    const auto key = static_cast<Deadlines::Key>(random() % 300);
    switch (random() % 4) {
      case 0:
        deadlines.clear(key);
        expected.erase(key);
        break;
      case 1: {
        now += static_cast<std::int64_t>(random() % 5);
        auto first = expected.end();
        for (auto it = expected.begin(); it != expected.end(); ++it) {
          if (it->second <= now && (first == expected.end() || it->second < first->second)) first = it;
        }
        Deadlines::Key taken = 0;
        ASSERT_EQ(deadlines.take_due(now, &taken), first != expected.end());
        if (first == expected.end()) break;
        ASSERT_EQ(taken, first->first);
        expected.erase(first);
        break;
      }
      default: {
        const std::int64_t at = now + static_cast<std::int64_t>(random() % 100);
        deadlines.set(key, at);
        expected[key] = at;
      }
    }
    ASSERT_EQ(deadlines.size(), expected.size());
  }
}

}  // namespace
}  // namespace flow::bench
