#include "runtime/program/chance.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace flow::program {
namespace {

// Executions of years to come depend on these: they may never change.
TEST(Chance, IsFixedForEver) {
  EXPECT_EQ(bucket_of("", ""), 42);
  EXPECT_EQ(bucket_of("welcome\npick\n", "+639171234567"), 79);
  EXPECT_EQ(bucket_of("welcome\npick\n", "0"), 41);
}

TEST(Chance, IsEvenAndIndependent) {
  std::array<int, 100> first{};
  int same = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::string key = "+6391" + std::to_string(10'000'000 + i);
    const auto one = static_cast<std::size_t>(bucket_of("welcome\npick\n", key));
    const auto other = static_cast<std::size_t>(bucket_of("welcome\nagain\n", key));
    ++first.at(one);
    if (one / 50 == other / 50) ++same;
  }
  for (const int count : first) {
    EXPECT_GT(count, 850);
    EXPECT_LT(count, 1150);
  }
  // Who is in the first half of one experiment is in either half of another.
  EXPECT_NEAR(same, 50'000, 1000);
}

// Numbers in a row, as `random` without a key draws them.
TEST(Chance, NeighboursAreNotAlike) {
  int low = 0;
  int changes = 0;
  for (int i = 0; i < 20'000; ++i) {
    const bool here = bucket_of("a\nb\n", std::to_string(i)) < 50;
    const bool next = bucket_of("a\nb\n", std::to_string(i + 1)) < 50;
    low += here ? 1 : 0;
    changes += here != next ? 1 : 0;
  }
  EXPECT_NEAR(low, 10'000, 400);
  EXPECT_NEAR(changes, 10'000, 400);
}

}  // namespace
}  // namespace flow::program
