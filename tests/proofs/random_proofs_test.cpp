// Proofs over generated flows: what is claimed to be reached is reached, and nothing exceeds what is claimed.
#include <gtest/gtest.h>

#include <string_view>

#include "compiler/prove/prove.h"
#include "compiler/prove/starts.h"
#include "tests/proofs/replay.h"
#include "tests/proofs/samples.h"
#include "tests/support/long_run.h"

namespace flow::prove {
namespace {

// FLOW_TEST_LONG=1 looks at twenty times as many flows.
std::uint64_t flows(std::uint64_t count) {
  return testing_support::long_run() ? 20 * count : count;
}

TEST(RandomProofs, WhatIsReachedIsReachedAndWhatIsBrokenBreaks) {
  int broken = 0;
  int exact = 0;
  for (std::uint64_t i = 0; i < flows(220); ++i) {
    const Sample s = draw(i);
    const Replay replay(s.workspace, *s.flow);
    std::string problem;
    const auto reached = [&](const Bound& bound, const check::Guarantee& as) {
      if (bound.witness.events.empty()) return;
      const auto observed = replay.run(bound.witness, &problem);
      ASSERT_TRUE(observed.has_value()) << "flow " << i << ": " << problem;
      EXPECT_EQ(amount(*observed, as), bound.reached) << "flow " << i;
      exact += bound.exact() ? 1 : 0;
    };
    reached(s.certificate.messages, {check::Guarantee::Kind::messages, {}, 0, {}, {}});
    for (const auto& [kind, bound] : s.certificate.channel_messages) {
      reached(bound, {check::Guarantee::Kind::messages, kind, 0, {}, {}});
    }
    reached(s.certificate.last_send_ms, {check::Guarantee::Kind::last_send, {}, 0, {}, {}});
    reached(*s.certificate.cost, {check::Guarantee::Kind::cost, {}, 0, {}, {}});
    for (const GuaranteeResult& result : s.certificate.guarantees) {
      if (result.verdict != Verdict::broken) continue;
      ++broken;
      const auto observed = replay.run(result.witness, &problem);
      ASSERT_TRUE(observed.has_value()) << "flow " << i << ", guarantee " << result.guarantee << ": " << problem;
      EXPECT_TRUE(breaks(*observed, s.flow->guarantees[result.guarantee]))
          << "flow " << i << ", guarantee " << result.guarantee;
      const auto interpreted = replay.run_interpreted(result.witness, &problem);
      ASSERT_TRUE(interpreted.has_value()) << "flow " << i << ": " << problem;
      EXPECT_EQ(*interpreted, *observed) << "flow " << i;
    }
  }
  // The sample says something only when both happen often.
  EXPECT_GT(broken, 100);
  EXPECT_GT(exact, 250);
}

std::size_t attack(std::uint64_t i, const Reach* child) {
  std::size_t executions = 0;
  const Sample s = draw(i, child);
  const Replay replay(s.workspace, *s.flow, child);
  const std::vector<Valuation> starts = concrete_starts(s.workspace, *s.flow, true);
  for (std::size_t start = 0; start < starts.size(); start += 1 + starts.size() / 6) {
    std::vector<Input> inputs;
    for (std::size_t v = 0; v < s.flow->variables.size(); ++v) {
      const Value& value = starts[start][v];
      if (s.flow->variables[v].role != program::FieldRole::input) continue;
      inputs.push_back(
          {check::VariableId{static_cast<std::uint32_t>(v)}, value.is_present(), value.scalar, value.text});
    }
    replay.attack(inputs, true, 1500, [&](const Observed& observed) {
      ++executions;
      EXPECT_LE(observed.messages, s.certificate.messages.at_most) << "flow " << i;
      EXPECT_LE(observed.last_send_ms, s.certificate.last_send_ms.at_most) << "flow " << i;
      EXPECT_LE(observed.cost, s.certificate.cost->at_most) << "flow " << i;
      if (s.certificate.guarantees.at(4).verdict == Verdict::proven)
        EXPECT_LE(observed.end_ms, s.flow->guarantees[4].limit) << "flow " << i;
      for (const auto& [kind, count] : observed.by_kind) {
        EXPECT_LE(count, s.certificate.channel_messages.at(kind).at_most) << "flow " << i;
      }
    });
    const GuaranteeResult& region = s.certificate.guarantees.at(3);
    if (region.verdict != Verdict::proven) continue;
    replay.attack(inputs, false, 500, [&](const Observed& observed) {
      EXPECT_FALSE(breaks(observed, s.flow->guarantees[3])) << "flow " << i;
    });
  }
  return executions;
}

TEST(RandomProofs, NothingExceedsABound) {
  std::size_t executions = 0;
  for (std::uint64_t i = 0; i < flows(90); ++i) executions += attack(i, nullptr);
  EXPECT_GT(executions, 50'000U);
}

TEST(RandomProofs, WhatAFlowStartsCounts) {
  Reach child;
  child.messages = 3;
  child.channel_messages = {{check::ChannelKind::sms, 2}, {check::ChannelKind::viber, 1}};
  child.cost = 70'000;
  child.last_send_ms = 40'000;
  child.end_ms = 60'000;
  child.last_send_of_all_ms = child.last_send_ms;
  child.end_of_all_ms = child.end_ms;
  std::size_t executions = 0;
  for (std::uint64_t i = 0; i < flows(160); ++i) {
    if (!starts_others(*draw(i, &child).flow)) continue;
    child.launches = i % 2 == 0;
    child.last_send_of_all_ms = child.launches ? 900'000 : child.last_send_ms;
    child.end_of_all_ms = child.launches ? 1'000'000 : child.end_ms;
    executions += attack(i, &child);
  }
  EXPECT_GT(executions, 5'000U);
}

}  // namespace
}  // namespace flow::prove
