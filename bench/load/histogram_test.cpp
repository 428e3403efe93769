#include "bench/load/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace flow::load {
namespace {

TEST(Histogram, QuantilesAreTrueToTheirPrecision) {
  std::mt19937_64 dice(1);
  std::vector<std::int64_t> values;
  Histogram histogram;
  for (int i = 0; i < 20'000; ++i) {
    values.push_back(static_cast<std::int64_t>(dice() >> (22 + dice() % 40)));  // of every magnitude
    histogram.add(values.back());
  }
  std::ranges::sort(values);
  for (const double part : {0.001, 0.5, 0.9, 0.99, 0.999}) {
    const auto exact = static_cast<double>(values[static_cast<std::size_t>(part * 20'000) - 1]);
    EXPECT_GE(static_cast<double>(histogram.quantile(part)), exact) << part;
    EXPECT_LE(static_cast<double>(histogram.quantile(part)), exact * (1 + 1.0 / 64) + 1) << part;
  }
  EXPECT_EQ(histogram.quantile(1), values.back());
  EXPECT_EQ(histogram.max(), values.back());
  EXPECT_EQ(histogram.count(), 20'000U);
}

TEST(Histogram, SmallValuesAreExact) {
  Histogram histogram;
  for (int i = 1; i <= 100; ++i) histogram.add(i);
  EXPECT_EQ(histogram.quantile(0.5), 50);
  EXPECT_EQ(histogram.quantile(1), 100);
  EXPECT_DOUBLE_EQ(histogram.mean(), 50.5);
}

TEST(Histogram, TakesWhatIsBeyondItsBounds) {
  Histogram histogram;
  EXPECT_EQ(histogram.quantile(0.5), 0);
  histogram.add(-5);
  histogram.add(INT64_MAX);
  EXPECT_EQ(histogram.count(), 2U);
  EXPECT_EQ(histogram.quantile(0.5), 0);
  EXPECT_EQ(histogram.max(), (std::int64_t{1} << 43) - 1);
}

}  // namespace
}  // namespace flow::load
