#include "runtime/channels/sent_ids.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace flow::channels {
namespace {

Correlation message(std::uint32_t number) {
  return {{}, number, 1};
}

TEST(SentIds, FindsByIdAndByTime) {
  SentIds ids(10);
  ids.remember("page", "7011", "m_1", message(1), 1000);
  ids.remember("page", "7011", "m_2", message(2), 2000);
  ids.remember("page", "7012", "m_3", message(3), 1500);
  EXPECT_EQ(ids.find("page", "m_2"), message(2));
  EXPECT_EQ(ids.find("other", "m_2"), std::nullopt);
  EXPECT_EQ(ids.find("page", "m_4"), std::nullopt);
  EXPECT_TRUE(ids.until("page", "7011", 999).empty());
  const auto first = ids.until("page", "7011", 1999);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].correlation, message(1));
  EXPECT_EQ(first[0].id, "m_1");
  EXPECT_EQ(ids.until("page", "7011", 2000).size(), 2U);
}

TEST(SentIds, TheFirstToSayItCounts) {
  SentIds ids(10);
  ids.remember("page", "7011", "m_1", message(1), 1000);
  ids.remember("page", "7011", "m_1", message(2), 5000);
  EXPECT_EQ(ids.find("page", "m_1"), message(1));
  EXPECT_EQ(ids.until("page", "7011", 1000).size(), 1U);
}

TEST(SentIds, ForgetsTheOldestBeyondKSentIdsMax) {
  SentIds ids(limits::kSentIdsMax);
  for (std::size_t i = 0; i <= limits::kSentIdsMax; ++i)
    ids.remember("page", std::to_string(i % 3), std::to_string(i), message(static_cast<std::uint32_t>(i)), 0);
  EXPECT_EQ(ids.find("page", "0"), std::nullopt);
  EXPECT_EQ(ids.find("page", "1"), message(1));
  EXPECT_EQ(ids.find("page", std::to_string(limits::kSentIdsMax)),
            message(static_cast<std::uint32_t>(limits::kSentIdsMax)));
  EXPECT_EQ(ids.until("page", "0", 0).size() + ids.until("page", "1", 0).size() + ids.until("page", "2", 0).size(),
            limits::kSentIdsMax);
}

}  // namespace
}  // namespace flow::channels
