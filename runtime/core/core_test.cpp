// The small parts of the core: ids, clock, log, failpoints.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>

#include "runtime/core/bytes.h"
#include "runtime/core/clock.h"
#include "runtime/core/execution_id.h"
#include "runtime/core/failpoint.h"
#include "runtime/core/log.h"
#include "runtime/core/random.h"

namespace flow::core {
namespace {

ExecutionId random_id(Random& random) {
  std::array<std::uint8_t, 15> bytes{};
  random.fill(bytes);
  return make_execution_id(static_cast<std::uint8_t>(random.below(256)), bytes);
}

TEST(ExecutionId, PrintsAndParsesBack) {
  SeededRandom random(7);
  for (int i = 0; i < 1000; ++i) {
    const ExecutionId id = random_id(random);
    const std::string text = to_string(id);
    ASSERT_EQ(text.size(), 26U);
    ASSERT_EQ(parse_execution_id(text), id) << text;
  }
}

TEST(ExecutionId, SeedsAreEven) {
  SeededRandom random(7);
  std::array<int, 10> found{};
  for (int i = 0; i < 1000; ++i) ++found.at(seed_of(random_id(random)) % 10);
  for (const int count : found) EXPECT_GT(count, 60);
}

TEST(ExecutionId, RefusesEverythingElse) {
  EXPECT_FALSE(parse_execution_id(""));
  EXPECT_FALSE(parse_execution_id(std::string(25, '0')));
  EXPECT_FALSE(parse_execution_id(std::string(27, '0')));
  EXPECT_FALSE(parse_execution_id("u" + std::string(25, '0')));
  EXPECT_FALSE(parse_execution_id("8" + std::string(25, '0'))) << "that would be 129 bits";
  EXPECT_TRUE(parse_execution_id("7" + std::string(25, 'z')));
}

TEST(ExecutionId, SlotsAreFixedForEverAndEven) {
  EXPECT_EQ(slot_of("+639171234567"), slot_of("+639171234567"));
  // Stored ids depend on these: they may never change.
  EXPECT_EQ(slot_of(""), 239);
  EXPECT_EQ(slot_of("+639171234567"), 41);
  std::array<int, kSlots> count{};
  for (int i = 0; i < 256'000; ++i) ++count[slot_of(std::to_string(60'100'000'000 + i))];
  for (const int n : count) EXPECT_NEAR(n, 1000, 200);
}

TEST(Bytes, WhatIsCutFailsAndStaysFailed) {
  std::string bytes;
  ByteWriter writer(bytes);
  writer.u16(7);
  writer.text("abc");
  writer.i64(-5);
  ByteReader whole(bytes);
  EXPECT_EQ(whole.u16(), 7);
  EXPECT_EQ(whole.text(), "abc");
  EXPECT_EQ(whole.i64(), -5);
  EXPECT_TRUE(whole.complete());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ByteReader cut(std::string_view(bytes).substr(0, size));
    cut.u16();
    cut.text();
    cut.i64();
    EXPECT_FALSE(cut.complete()) << size;
  }
}

TEST(Bytes, ACountIsNeverMoreThanCanFollow) {
  std::string bytes;
  ByteWriter(bytes).u32(0xffffffff);
  ByteReader reader(bytes);
  EXPECT_EQ(reader.count(1), 0U);
  EXPECT_TRUE(reader.failed());
}

TEST(Clock, ContinuesAcrossARestart) {
  const ClockBase first = continue_clock({}, 1'000'000, 10, 0);
  EXPECT_EQ(first.at(1'000'000), 1'000'000);
  EXPECT_EQ(first.at(1'001'000), 1'010'000);
  const ClockBase second = continue_clock(first, 1'002'000, 10, 0);
  EXPECT_EQ(second.at(1'002'000), 1'020'000) << "the same instant in both";
  EXPECT_EQ(second.at(1'003'000), 1'030'000);
}

TEST(Clock, ARestartWithAnotherRateGoesOnFromThere) {
  const ClockBase first = continue_clock({}, 1'000'000, 10, 0);
  const ClockBase second = continue_clock(first, 1'002'000, 1, 0);
  EXPECT_EQ(second.at(1'003'000), 1'021'000);
}

TEST(Clock, NeverFallsBelowWhatWasSeen) {
  const ClockBase base = continue_clock({}, 1'000, 1, 5'000);  // the system's clock was set back
  EXPECT_EQ(base.at(1'000), 5'000);
}

TEST(Failpoint, RefusesUnknownPlaces) {
  EXPECT_FALSE(failpoint::arm("nowhere:1"));
  EXPECT_FALSE(failpoint::arm("before_commit:0"));
  EXPECT_FALSE(failpoint::arm("before_commit:x"));
  EXPECT_FALSE(failpoint::any_armed());
}

TEST(FailpointDeathTest, KillsTheNthTime) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        (void)failpoint::arm("after_commit:2");
        failpoint::reach("before_commit");
        failpoint::reach("after_commit");
        std::fputs("first", stderr);
        failpoint::reach("after_commit");
        std::fputs("second", stderr);
      },
      testing::KilledBySignal(SIGKILL), "^first$");
}

TEST(Log, WritesOneObjectALine) {
  std::string line;
  log::set_sink([&](std::string_view text) { line = text; });
  log::info("started", {{"port", std::int64_t{80}}, {"why", std::string("a\"b\n\xff")}, {"ok", true}});
  log::debug("dropped");
  log::set_sink({});
  EXPECT_NE(line.find(R"("level":"info","event":"started","port":80,"why":"a\"b\n)"), std::string::npos) << line;
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(Log, NoEventFillsADisk) {
  std::size_t lines = 0;
  std::size_t others = 0;
  log::set_sink(
      [&](std::string_view text) { ++(text.find("provider_down") == std::string_view::npos ? others : lines); });
  const auto before = log::suppressed_lines();
  for (int i = 0; i < 10'000; ++i) log::warning("provider_down");
  log::warning("something_else");
  log::set_sink({});
  EXPECT_EQ(lines + (log::suppressed_lines() - before), 10'000U) << "what is left out is counted";
  EXPECT_GE(lines, static_cast<std::size_t>(log::kBurst));
  EXPECT_GT(log::suppressed_lines(), before);
  EXPECT_EQ(others, 1U) << "each event has a budget of its own";
}

TEST(Log, ABudgetComesBackAndSaysWhatItLeftOut) {
  log::Budget budget;
  for (int i = 0; i < static_cast<int>(log::kBurst); ++i) EXPECT_EQ(budget.take(100), 0U);
  EXPECT_EQ(budget.take(100), std::nullopt);
  EXPECT_EQ(budget.take(100.1), std::nullopt);
  EXPECT_EQ(budget.take(99), std::nullopt) << "a clock that goes back gives nothing";
  EXPECT_EQ(budget.take(100.5), 3U);
  for (int i = 0; i < static_cast<int>(log::kBurst); ++i) EXPECT_EQ(budget.take(1000), 0U);
  EXPECT_EQ(budget.take(1000), std::nullopt);
}

TEST(Log, LevelsChangeAtRunTime) {
  std::string seen;
  log::set_sink([&](std::string_view text) { seen += text; });
  log::set_level(log::Level::error);
  log::warning("level_a");
  log::set_level(log::Level::debug);
  log::debug("level_b");
  log::set_level(log::Level::info);
  log::set_sink({});
  EXPECT_EQ(seen.find("level_a"), std::string::npos);
  EXPECT_NE(seen.find("level_b"), std::string::npos);
}

TEST(Log, MasksSoThatNobodyCanDial) {
  EXPECT_EQ(log::mask("+639171234567"), "+639*******67");
  EXPECT_EQ(log::mask("12345"), "*****");
}

}  // namespace
}  // namespace flow::core
