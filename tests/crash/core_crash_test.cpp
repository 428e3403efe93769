// The core under kill -9: aimed at every failpoint, then at random under load. Nothing that was acknowledged is lost,
// nothing that is known to be handed over is sent again.
//
// FLOW_TEST_SEED replays a run's choices; FLOW_TEST_LONG=1 kills more often.
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "runtime/core/failpoint.h"
#include "tests/crash/world.h"
#include "tests/support/long_run.h"

namespace flow::crash {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr double kClockRate = 20;  // a handover of 30 s is over in 1.5 s
constexpr std::size_t kOpen = 40;

std::uint64_t chosen_seed() {
  const char* seed = std::getenv("FLOW_TEST_SEED");
  return seed != nullptr ? std::strtoull(seed, nullptr, 10) : std::random_device{}();
}

class CoreCrash : public testing::Test {
 protected:
  CoreCrash() : seed_(chosen_seed()) {
    fmt::print("FLOW_TEST_SEED={}\n", seed_);
    std::string pattern = (fs::temp_directory_path() / "flow-crash-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    world_.emplace(folder_, FLOW_BIN_DIR "/crash_worker", kClockRate, seed_);
  }
  ~CoreCrash() override {
    world_.reset();
    fs::remove_all(folder_);
  }

  // At a failpoint it has died already: that counts as one.
  void kill() {
    world_->kill();
    ++kills_;
  }

  void judge() {
    ASSERT_TRUE(world_->finish(60s)) << "not every execution ended";
    EXPECT_TRUE(world_->faults().empty()) << world_->faults().size() << ": " << world_->faults().front();
    int silent = 0;
    int lost = 0;
    for (const Start& start : world_->starts()) {
      if (start.execution.empty() || start.attempts == 0) ++lost;
      EXPECT_FALSE(start.execution.empty()) << start.key << " was never acknowledged";
      EXPECT_GT(start.attempts, 0) << start.key << " was accepted and not sent";
      if (start.manner != Manner::silent) continue;
      ++silent;
      EXPECT_TRUE(start.by_sms) << start.key << ": its timer did not fire";
    }
    EXPECT_GT(silent, 0);
    fmt::print("{} kills: {} starts, {} lost, {} messages, {} repeated, each of them not settled at a kill\n", kills_,
               world_->starts().size(), lost, world_->messages().size(), world_->repeats());
    RecordProperty("kills", kills_);
    RecordProperty("repeats", world_->repeats());
  }

  std::uint64_t seed_;
  std::string folder_;
  std::optional<World> world_;
  int kills_ = 0;
};

TEST_F(CoreCrash, WithoutAKillNothingIsSentTwice) {
  ASSERT_TRUE(world_->launch());
  ASSERT_TRUE(world_->work(1s, kOpen));
  judge();
  EXPECT_EQ(world_->repeats(), 0);
}

TEST_F(CoreCrash, AimedAtEveryFailpoint) {
  for (const std::string_view place : core::failpoint::kPlaces) {
    for (const int nth : {1, 3}) {
      SCOPED_TRACE(place);
      // It may die before it is ready, even before it has anything: that is a place like any other.
      const bool ready = world_->launch(std::string(place) + ":" + std::to_string(nth));
      if (ready) {
        EXPECT_FALSE(world_->work(20s, world_->starts().size() % 7 + 20)) << "the failpoint was never reached";
      }
      kill();
      ASSERT_TRUE(world_->launch());
      ASSERT_TRUE(world_->work(30ms, kOpen));
      kill();
    }
  }
  ASSERT_TRUE(world_->launch());
  judge();
}

TEST_F(CoreCrash, AtRandomUnderLoad) {
  std::mt19937_64 random(seed_);
  const int kills = testing_support::long_run() ? 500 : 150;
  for (int i = 0; i < kills; ++i) {
    ASSERT_TRUE(world_->launch()) << "kill " << i;
    ASSERT_TRUE(world_->work(std::chrono::milliseconds(random() % 80), kOpen * 2)) << "kill " << i;
    kill();
  }
  ASSERT_TRUE(world_->launch());
  judge();
}

}  // namespace
}  // namespace flow::crash
