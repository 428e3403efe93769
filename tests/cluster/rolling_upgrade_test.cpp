// Two nodes under load become nodes of a newer release, one after the other: what the newer one has written stays with
// it, even when it dies, until it comes back, and nothing is lost on the way.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "runtime/service/image.h"
#include "tests/cluster/stage.h"

namespace flow::cluster_test {
namespace {

using namespace std::chrono_literals;
using testing_support::LoggedMessage;
using testing_support::Order;

constexpr int kShards = 8;
constexpr std::size_t kOpen = 4;
constexpr const char* kScript = R"(
[[rules]]
reports = [{ status = "sent", after = "300ms" }, { status = "delivered", after = "500ms" }, { status = "read", after = "700ms" }]
)";

class RollingUpgrade : public testing::Test {
 protected:
  RollingUpgrade() : stage_({.nodes = 2, .shards = kShards, .lease = 1s, .clock_rate = 1, .script = kScript}) {}

  // Until the nodes have so many shards.
  bool become(std::int64_t first, std::int64_t second) {
    for (int i = 0; i < 600; ++i) {
      if (stage_.shards_of("n0") == first && stage_.shards_of("n1") == second) return true;
      stage_.load(100ms, kOpen);
    }
    return false;
  }
  std::string newer_shards() {
    return stage_.sql(fmt::format("select count(*) from flowd.leases where format > {}", service::kImageVersion));
  }

  Stage stage_;
};

TEST_F(RollingUpgrade, WhatANewerReleaseHasWrittenStaysWithIt) {
  for (const std::size_t node : {0U, 1U}) {
    stage_.launch(node);
    ASSERT_TRUE(stage_.wait_ready(node)) << stage_.logs();
  }
  stage_.deploy();
  ASSERT_TRUE(become(kShards / 2, kShards / 2)) << stage_.logs();
  stage_.load(500ms, kOpen);

  EXPECT_EQ(stage_.stop(0), 0) << stage_.logs();
  ASSERT_TRUE(become(0, kShards)) << "an older node reads what its own release has written\n" << stage_.logs();
  stage_.launch(0, "flowd_next");
  ASSERT_TRUE(stage_.wait_ready(0)) << stage_.logs();
  ASSERT_TRUE(become(kShards / 2, kShards / 2)) << stage_.logs();
  EXPECT_EQ(newer_shards(), fmt::format("{}\n", kShards / 2));
  stage_.load(500ms, kOpen);

  // Its shards are nobody's, however long the other node looks at them.
  stage_.kill(0);
  ASSERT_TRUE(become(0, kShards / 2)) << stage_.logs();
  stage_.load(2s, kOpen);
  EXPECT_EQ(stage_.shards_of("n1"), kShards / 2);
  EXPECT_EQ(stage_.shards_of(""), kShards / 2);
  EXPECT_TRUE(stage_.running(1)) << stage_.logs();

  stage_.launch(0, "flowd_next");
  ASSERT_TRUE(stage_.wait_ready(0)) << stage_.logs();
  ASSERT_TRUE(become(kShards / 2, kShards / 2)) << stage_.logs();
  EXPECT_EQ(stage_.stop(1), 0) << stage_.logs();
  stage_.launch(1, "flowd_next");
  ASSERT_TRUE(stage_.wait_ready(1)) << stage_.logs();
  ASSERT_TRUE(become(kShards / 2, kShards / 2)) << stage_.logs();
  EXPECT_EQ(newer_shards(), fmt::format("{}\n", kShards));

  ASSERT_EQ(stage_.finish(60s), 0U) << "not every execution ended\n" << stage_.logs();
  const auto judgement =
      testing_support::judge(stage_.orders(), stage_.messages(),
                             {.channels = [](const Order&) { return 1; },
                              .delayed = [](const Order&) { return true; },  // nobody had some shards for a while
                              .interrupted = [](const auto&, const auto&) { return true; }});  // likewise, at the kill
  for (const std::string& fault : judgement.faults) ADD_FAILURE() << fault;
  fmt::print("{} starts, {} lost, {} too late to be sent and told so, {} messages, {} repeated\n",
             stage_.orders().all().size(), judgement.lost, judgement.too_late, judgement.messages, judgement.repeats);
  EXPECT_GT(judgement.messages, 0U);
}

}  // namespace
}  // namespace flow::cluster_test
