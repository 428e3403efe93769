// flowd under kill -9 with flowsim's log as the judge: every accepted start is sent, timers fire, and a message is
// repeated only around a kill that came before flowd could have written down the provider's answer.
//
// FLOW_TEST_SEED replays a run's choices; FLOW_TEST_LONG=1 kills more often.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "runtime/core/failpoint.h"
#include "tests/crash/stage.h"
#include "tests/support/long_run.h"
#include "tests/support/run_program.h"

namespace flow::crash {
namespace {

using namespace std::chrono_literals;

constexpr double kClockRate = 5;  // handover within 20 s is over in 4 s: longer than flowd is ever away
// Starts under way at a time: load, but not so much that what piles up between two kills outlives its own deadlines.
constexpr std::size_t kOpen = 4;
// From a provider's answer to its being on flowd's disk: longer than a commit takes on a slow, busy disk.
constexpr std::int64_t kWriteMsMost = 1500;
// From flowd's handing over to the provider's log: a request may be taken after the kill of who wrote it.
constexpr std::int64_t kTransitMsMost = 1000;

// Filipinos never hear on Viber: their timers must fire. The others are delivered.
constexpr const char* kScript = R"(
[[rules]]
channel = "viber"
number = "+63917*"
reports = []
[[rules]]
channel = "whatsapp"
answer_after = "200ms"
reports = [{ status = "sent", after = "500ms" }, { status = "delivered", after = "1s" }, { status = "read", after = "2s" }]
[[rules]]
reports = [{ status = "sent", after = "500ms" }]
)";

class FlowdCrash : public testing::Test {
 protected:
  FlowdCrash() {
    const char* given = std::getenv("FLOW_TEST_SEED");
    seed_ = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    fmt::print("FLOW_TEST_SEED={}\n", seed_);
    stage_.emplace(folder_.path(), kScript, kClockRate);
  }

  void judge();

  testing_support::TemporaryFolder folder_;
  std::uint64_t seed_ = 0;
  std::optional<Stage> stage_;
  bool counted_ = false;  // a restart's metrics told of messages that it resumed
};

void FlowdCrash::judge() {
  ASSERT_EQ(stage_->finish(90s), 0U) << "not every execution ended\n" << stage_->flowd_log();
  for (const std::string& fault : stage_->faults()) ADD_FAILURE() << fault;
  EXPECT_TRUE(counted_) << "no restart counted what it sent again";
  EXPECT_EQ(stage_->stop(), 0);

  std::map<std::pair<std::string, std::string>, LoggedMessage> last;
  std::set<std::string> numbers;
  std::map<std::string, std::set<std::string>> channels;
  int repeats = 0;
  for (const LoggedMessage& message : stage_->messages()) {
    numbers.insert(message.number);
    channels[message.number].insert(message.channel);
    // Each number starts one execution, which sends at most one message on each channel.
    const auto [found, first] = last.try_emplace({message.channel, message.number}, message);
    if (first) continue;
    ++repeats;
    const LoggedMessage before = std::exchange(found->second, message);
    const bool excused = std::ranges::any_of(stage_->killed_at_ms(), [&](std::int64_t killed) {
      return killed >= before.taken_at_ms - kTransitMsMost && killed <= message.taken_at_ms &&
             (!before.answered_at_ms || killed <= *before.answered_at_ms + kWriteMsMost);
    });
    EXPECT_TRUE(excused) << message.channel << " to " << message.number << " was repeated without a kill between";
  }
  for (const Order& order : stage_->orders()) {
    EXPECT_FALSE(order.execution.empty()) << order.key << " was never accepted";
    EXPECT_TRUE(numbers.contains(order.number)) << order.key << " was accepted and not sent";
    if (order.number.starts_with("+63917")) {
      EXPECT_GE(channels[order.number].size(), 2U) << order.key << ": its timer did not fire";
    }
  }
  fmt::print("{} starts, {} messages, {} repeated because of {} kills\n", stage_->orders().size(), last.size(), repeats,
             stage_->killed_at_ms().size());
  RecordProperty("repeats", repeats);
}

TEST_F(FlowdCrash, AimedThenAtRandom) {
  ASSERT_TRUE(stage_->launch()) << stage_->flowd_log();
  stage_->deploy();
  stage_->load(200ms, kOpen);
  stage_->kill();
  for (const std::string_view place : core::failpoint::kPlaces) {
    for (const int nth : {1, 4}) {
      SCOPED_TRACE(std::string(place) + ":" + std::to_string(nth));
      if (stage_->launch(std::string(place) + ":" + std::to_string(nth))) {
        stage_->load(20s, kOpen);
        EXPECT_FALSE(stage_->running()) << "the failpoint was never reached";
      }
      stage_->kill();
    }
  }
  std::mt19937_64 random(seed_);
  const int kills = testing_support::long_run() ? 300 : 50;
  for (int i = 0; i < kills; ++i) {
    ASSERT_TRUE(stage_->launch()) << "kill " << i << "\n" << stage_->flowd_log();
    counted_ = counted_ || stage_->metrics().find("flow_sends_resumed_total{") != std::string::npos;
    stage_->load(std::chrono::milliseconds(random() % 300), kOpen);
    ASSERT_TRUE(stage_->running()) << "kill " << i << ": it died by itself\n" << stage_->flowd_log();
    stage_->kill();
  }
  ASSERT_TRUE(stage_->launch());
  judge();
}

}  // namespace
}  // namespace flow::crash
