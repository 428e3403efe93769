#include "runtime/tables/order_list.h"

#include <algorithm>
#include <list>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace flow::tables {
namespace {

TEST(OrderList, AgreesWithAList) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  OrderList order;
  std::list<OrderList::Handle> expected;
  for (int i = 0; i < 50'000; ++i) {
    const auto handle = static_cast<OrderList::Handle>(random() % 100);
    const auto found = std::find(expected.begin(), expected.end(), handle);
    ASSERT_EQ(order.contains(handle), found != expected.end());
    if (found == expected.end()) {
      order.push_back(handle);
      expected.push_back(handle);
    } else {
      order.erase(handle);
      expected.erase(found);
    }
    ASSERT_EQ(order.size(), expected.size());
    if (i % 50 != 0) continue;
    std::vector<OrderList::Handle> back;
    for (auto at = order.youngest(); at != OrderList::kNone; at = order.older(at)) back.push_back(at);
    ASSERT_TRUE(std::equal(back.begin(), back.end(), expected.rbegin(), expected.rend()));
    std::vector<OrderList::Handle> forth;
    for (auto at = order.oldest(); at != OrderList::kNone; at = order.younger(at)) forth.push_back(at);
    ASSERT_TRUE(std::equal(forth.begin(), forth.end(), expected.begin(), expected.end()));
  }
}

}  // namespace
}  // namespace flow::tables
