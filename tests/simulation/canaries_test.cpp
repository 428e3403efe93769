// Mistakes put in on purpose are found, each within a stated number of seeds; and the simulator itself.
#include <gtest/gtest.h>

#include "runtime/core/log.h"
#include "tests/simulation/world.h"

namespace flow::simulation {
namespace {

class Simulation : public testing::Test {
 protected:
  Simulation() {
    core::log::set_sink([](std::string_view) {});
    core::log::set_level(core::log::Level::error);
  }
  ~Simulation() override { core::log::set_sink({}); }
};

// Of each canary. Most are found by the first or second.
constexpr std::uint64_t kSeeds = 150;

class Canaries : public Simulation, public testing::WithParamInterface<std::size_t> {};

TEST_P(Canaries, AreFound) {
  const Canary canary = static_cast<Canary>(GetParam());
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Plan plan{.seed = seed,
              .orders = 0,
              .faults = {},
              .nodes = needs_nodes(canary) ? 3U : 0U,
              .disk = {},
              .canary = canary,
              .without = {}};
    const Verdict verdict = simulate(plan);
    if (!verdict.failure) continue;
    RecordProperty("seed", static_cast<int>(seed));
    plan.canary.reset();
    EXPECT_FALSE(simulate(plan).failure) << "seed " << seed << " fails without the canary, too";
    return;
  }
  FAIL() << name_of(canary) << " was not found within " << kSeeds << " seeds";
}

INSTANTIATE_TEST_SUITE_P(All, Canaries, testing::Range<std::size_t>(0, kCanaries),
                         [](const auto& each) { return std::string(name_of(static_cast<Canary>(each.param))); });

TEST_F(Simulation, OneSeedIsOneHistory) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const Plan plan{.seed = seed, .orders = 40, .faults = {}, .nodes = 0, .disk = {}, .canary = {}, .without = {}};
    const Verdict first = simulate(plan);
    const Verdict second = simulate(plan);
    EXPECT_EQ(first.hash, second.hash) << "seed " << seed;
    EXPECT_EQ(first.events, second.events) << "seed " << seed;
  }
}

TEST_F(Simulation, SeedsDiffer) {
  const Plan one{.seed = 1, .orders = 10, .faults = {}, .nodes = 0, .disk = {}, .canary = {}, .without = {}};
  const Plan other{.seed = 2, .orders = 10, .faults = {}, .nodes = 0, .disk = {}, .canary = {}, .without = {}};
  EXPECT_NE(simulate(one).hash, simulate(other).hash);
}

TEST_F(Simulation, WithoutFaultsNothingIsRepeated) {
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    const Plan plan{
        .seed = seed, .orders = 50, .faults = Faults{}, .nodes = 0, .disk = {}, .canary = {}, .without = {}};
    const Verdict verdict = simulate(plan);
    EXPECT_FALSE(verdict.failure) << verdict.failure->what;
    EXPECT_EQ(verdict.repeats, 0U);
    EXPECT_EQ(verdict.deaths, 0U);
    EXPECT_EQ(verdict.executions, 50U);
  }
}

TEST_F(Simulation, AFailureIsMadeSmaller) {
  const Plan plan{
      .seed = 1, .orders = 0, .faults = {}, .nodes = 1, .disk = false, .canary = Canary::join_regresses, .without = {}};
  ASSERT_TRUE(simulate(plan).failure);
  const Plan smaller = shrink(plan);
  EXPECT_LT(smaller.orders, 100U);
  const Verdict verdict = simulate(smaller);
  ASSERT_TRUE(verdict.failure);
  EXPECT_NE(verdict.timeline.find("execution"), std::string::npos);
  EXPECT_NE(replay_command(smaller).find("--canary join_regresses"), std::string::npos);
}

TEST(JudgeOfRepeats, KnowsANodeThatGaveItsShardBackAndTookItAgain) {
  outbox::SendRequest request;
  request.not_after_ms = 1000;
  Judge judge;
  judge.handed_over(1, request, false, 0);
  judge.lost(1, {0, 255});
  judge.handed_over(1, request, false, 1);
  EXPECT_FALSE(judge.failure()) << judge.failure()->what;
}

TEST(JudgeOfRepeats, AllowsOneAttemptAtATime) {
  outbox::SendRequest request;
  request.not_after_ms = 1000;
  Judge judge;
  judge.handed_over(1, request, false, 0);
  judge.handed_over(1, request, false, 1);
  EXPECT_TRUE(judge.failure());
}

TEST(FaultsText, ComesBack) {
  generate::Random random(7);
  for (int i = 0; i < 20; ++i) {
    const Faults faults = Faults::draw(random);
    const auto read = Faults::parse(faults.text());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->text(), faults.text());
  }
  EXPECT_FALSE(Faults::parse("crash"));
  EXPECT_FALSE(Faults::parse("weather 3"));
  EXPECT_FALSE(Faults::parse("crash 1001"));
}

}  // namespace
}  // namespace flow::simulation
