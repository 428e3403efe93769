// flowd under kill -9 with flowsim's log as the judge: every accepted start is sent, timers fire, and a message is
// repeated only when a kill came between its being handed over and flowd's having written down that it was taken; each
// repetition is announced in its execution's timeline.
//
// FLOW_TEST_SEED replays a run's choices; FLOW_TEST_LONG=1 kills more often.
#include <algorithm>
#include <cstdlib>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "runtime/core/failpoint.h"
#include "tests/crash/stage.h"
#include "tests/support/long_run.h"
#include "tests/support/run_program.h"

namespace flow::crash {
namespace {

using namespace std::chrono_literals;
using testing_support::LoggedMessage;
using testing_support::Order;

constexpr double kClockRate = 5;  // handover within 20 s is over in 4 s: longer than flowd is ever away
// Starts under way at a time: load, but not so much that what piles up between two kills outlives its own deadlines.
constexpr std::size_t kOpen = 4;
// From a provider's answer to its being on flowd's disk: longer than a commit takes on a slow, busy disk.
constexpr std::int64_t kWriteMsMost = 1500;

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

  bool interrupted(const LoggedMessage& before, const LoggedMessage& again) const;
  void judge();

  testing_support::TemporaryFolder folder_;
  std::uint64_t seed_ = 0;
  std::optional<Stage> stage_;
  bool counted_ = false;  // a restart's metrics told of messages that it resumed
};

// Whether a copy may come after one before it: only when flowd was killed between, and before it had the provider's
// acceptance, or a report on the message, on its disk.
bool FlowdCrash::interrupted(const LoggedMessage& before, const LoggedMessage& again) const {
  const auto& kills = stage_->killed_at_ms();
  // The end of the process that sent the copy; what flowsim takes later comes from later ones.
  const auto kill = std::ranges::lower_bound(kills, before.taken_at_ms);
  if (kill == kills.end() || *kill >= again.taken_at_ms) return false;
  const std::int64_t last_kill = *std::prev(std::ranges::lower_bound(kills, again.taken_at_ms));
  if (before.reported_at_ms && *before.reported_at_ms < last_kill) return false;
  return !before.answered_at_ms || *kill <= *before.answered_at_ms + kWriteMsMost;
}

void FlowdCrash::judge() {
  ASSERT_EQ(stage_->finish(90s), 0U) << "not every execution ended\n" << stage_->flowd_log();
  EXPECT_TRUE(counted_) << "no restart counted what it sent again";
  const auto judgement = testing_support::judge(
      stage_->orders(), stage_->messages(),
      {.channels = [](const Order& order) { return order.number.starts_with("+63917") ? 2 : 1; },
       .delayed = [](const Order&) { return true; },  // there is always a kill near
       .interrupted = [this](const auto& before, const auto& again) { return interrupted(before, again); }});
  EXPECT_EQ(stage_->stop(), 0);
  for (const std::string& fault : judgement.faults) ADD_FAILURE() << fault;
  const std::size_t starts = stage_->orders().all().size();
  EXPECT_LE(judgement.too_late, starts / 50) << "more executions than a few missed their deadlines";
  fmt::print(
      "{} kills: {} starts, {} lost, {} too late to be sent and told so, {} messages, {} repeated, each of them under "
      "way at a kill and announced in its timeline\n",
      stage_->killed_at_ms().size(), starts, judgement.lost, judgement.too_late, judgement.messages, judgement.repeats);
  RecordProperty("kills", static_cast<int>(stage_->killed_at_ms().size()));
  RecordProperty("repeats", static_cast<int>(judgement.repeats));
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
