// How many messages there are in a window of time: what is claimed to be reached is reached, and nothing exceeds it.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/limits.h"
#include "compiler/prove/explore.h"
#include "compiler/prove/starts.h"
#include "compiler/prove/witness.h"
#include "tests/differential/generate.h"
#include "tests/proofs/replay.h"
#include "tests/support/long_run.h"

namespace flow::prove {
namespace {

constexpr std::uint64_t kSeed = 20'261'121;
constexpr std::int64_t kWindows[] = {1'000, 30'000, 300'000, 3'600'000};

check::Workspace workspace_of(std::uint64_t number) {
  generate::Options options;
  options.steps_max = 6;
  options.jumps_max = 2;
  options.jump_bound_max = 3;
  options.handlers_max = 2;
  options.traps = false;
  return generate::workspace(generate::derive(kSeed, number), options);
}

// The most messages of any time shorter than the window.
std::int64_t most_within(const std::vector<std::int64_t>& sends_ms, std::int64_t window_ms) {
  std::int64_t most = 0;
  for (std::size_t first = 0, last = 0; last < sends_ms.size(); ++last) {
    while (sends_ms[last] - sends_ms[first] >= window_ms) ++first;
    most = std::max(most, static_cast<std::int64_t>(last - first + 1));
  }
  return most;
}

Question question_of(std::int64_t window_ms) {
  Question question;
  question.goal = Question::Goal::messages;
  question.window_ms = window_ms;
  return question;
}

TEST(Windows, AreReachedAndNeverExceeded) {
  const std::uint64_t flows = testing_support::long_run() ? 3000 : 150;
  std::size_t shown = 0;
  for (std::uint64_t i = 0; i < flows; ++i) {
    SCOPED_TRACE(i);
    const check::Workspace workspace = workspace_of(i);
    const check::Flow& flow = *workspace.flows.front();
    const Topology topology(flow);
    const Replay replay(workspace, flow);
    const auto starts = abstract_starts(workspace, flow, false);
    const auto concrete = concrete_starts(workspace, flow, false);
    std::int64_t before = 0;
    for (const std::int64_t window_ms : kWindows) {
      const Answer answer = explore(workspace, flow, topology, question_of(window_ms), starts, limits::kProofLabelsMax);
      if (!answer.complete) continue;
      EXPECT_GE(answer.upper, before) << "a longer window has no less";
      before = answer.upper;
      EXPECT_LE(answer.lower, answer.upper);
      if (answer.best && answer.lower > 0) {
        if (const auto witness = make_witness(workspace, flow, *answer.best, Schedule::earliest)) {
          std::string problem;
          const auto observed = replay.run(*witness, &problem);
          ASSERT_TRUE(observed) << problem;
          EXPECT_GE(most_within(observed->sends_ms, window_ms), answer.lower);
          ++shown;
        }
      }
      for (std::size_t start = 0; start < concrete.size(); start += 1 + concrete.size() / 3) {
        const Answer one =
            explore(workspace, flow, topology, question_of(window_ms), {concrete[start]}, limits::kProofLabelsMax);
        if (!one.best) continue;
        const auto witness = make_witness(workspace, flow, *one.best, Schedule::earliest);
        if (!witness) continue;
        replay.attack(witness->inputs, true, 300, [&](const Observed& observed) {
          ASSERT_LE(most_within(observed.sends_ms, window_ms), answer.upper) << "window " << window_ms;
        });
      }
      if (testing::Test::HasFailure()) return;
    }
  }
  EXPECT_GT(shown, flows / 2);
}

TEST(Windows, AreTheWholeFlowWhenTheyAreLong) {
  for (std::uint64_t i = 0; i < 200; ++i) {
    const check::Workspace workspace = workspace_of(i);
    const check::Flow& flow = *workspace.flows.front();
    Question whole;
    whole.goal = Question::Goal::messages;
    const auto starts = abstract_starts(workspace, flow, false);
    const Topology topology(flow);
    const Answer all = explore(workspace, flow, topology, whole, starts, limits::kProofLabelsMax);
    const Answer longest =
        explore(workspace, flow, topology, question_of(flow.expires_ms + 1), starts, limits::kProofLabelsMax);
    if (!all.complete || !longest.complete) continue;
    EXPECT_EQ(longest.upper, all.upper) << i;
    EXPECT_EQ(longest.lower, all.lower) << i;
  }
}

}  // namespace
}  // namespace flow::prove
