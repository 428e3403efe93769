// Guarantees against brute force: of 1,000 generated flows all orders of receipts, timers, signals, replies and results
// up to a bound are executed. None goes beyond what was proven, and every path that is reported to break a guarantee
// breaks it.
#include <gtest/gtest.h>

#include <utility>

#include "compiler/lower/lower.h"
#include "tests/proofs/executions.h"
#include "tests/proofs/replay.h"
#include "tests/proofs/samples.h"
#include "tests/support/long_run.h"

namespace flow::prove {
namespace {

constexpr std::uint64_t kFlows = 1'000;
constexpr Bounds kBounds{3'000, 8};  // for each of the inputs

// FLOW_TEST_LONG=1 goes on with ten times as many flows, each ten times as far.
std::uint64_t flows() {
  return testing_support::long_run() ? 10 * kFlows : kFlows;
}
Bounds bounds() {
  return testing_support::long_run() ? Bounds{10 * kBounds.events, 12} : kBounds;
}

// What all executions of one flow came to.
struct Seen {
  std::size_t executions = 0;
  std::int64_t messages = 0;
  std::map<program::ChannelKind, std::int64_t> by_kind;
  std::int64_t last_send_ms = 0;
  std::vector<bool> kept;  // by guarantee
  int depth = 1000;        // every order of so many events was executed
};

Seen execute(const Sample& sample, const ir::Flow& flow, const Children& others) {
  Seen seen;
  seen.kept.assign(flow.guarantees.size(), true);
  const Executions executions(flow, region_of_number, others);
  for (const auto& inputs : some_inputs(sample.workspace, *sample.flow, 2)) {
    const Fed fed =
        executions.run(inputs, static_cast<std::uint32_t>(seen.executions), bounds(), [&](const Done& done) {
          ++seen.executions;
          seen.messages = std::max(seen.messages, done.messages);
          seen.last_send_ms = std::max(seen.last_send_ms, done.last_send_ms);
          for (const auto& [kind, count] : done.by_kind) seen.by_kind[kind] = std::max(seen.by_kind[kind], count);
          for (std::size_t i = 0; i < flow.guarantees.size(); ++i)
            if (!keeps(done, flow.guarantees[i])) seen.kept[i] = false;
        });
    seen.depth = std::min(seen.depth, fed.depth);
  }
  return seen;
}

TEST(BruteForce, NoExecutionExceedsWhatWasProvenAndEveryBreakingPathBreaks) {
  std::size_t executions = 0;
  std::size_t proven = 0;
  std::size_t broken = 0;
  std::size_t exact = 0;     // bounds that some execution came up to
  std::size_t starting = 0;  // flows that start others
  std::map<int, std::size_t> depths;
  for (std::uint64_t i = 0; i < flows(); ++i) {
    const Sample sample = draw(i);
    const ir::Module module = lower::lower(sample.workspace);
    const Children others = seen_of_others(sample, module, {bounds().events / 4, bounds().depth});
    starting += others.empty() ? 0 : 1;
    const Seen seen = execute(sample, module.flows[0], others);
    executions += seen.executions;
    ++depths[seen.depth];
    EXPECT_LE(seen.messages, sample.certificate.messages.at_most) << "flow " << i;
    EXPECT_LE(seen.last_send_ms, sample.certificate.last_send_ms.at_most) << "flow " << i;
    for (const auto& [kind, count] : seen.by_kind)
      EXPECT_LE(count, sample.certificate.channel_messages.at(kind).at_most) << "flow " << i;
    exact += seen.messages == sample.certificate.messages.at_most ? 1 : 0;
    const Replay replay(sample.workspace, *sample.flow);
    for (const GuaranteeResult& result : sample.certificate.guarantees) {
      const check::Guarantee& guarantee = sample.flow->guarantees[result.guarantee];
      const std::string what = fmt::format("flow {}, {}", i, guarantee_text(*sample.flow, guarantee));
      if (result.verdict == Verdict::proven) {
        EXPECT_TRUE(seen.kept[result.guarantee]) << what;
        ++proven;
      }
      if (result.verdict != Verdict::broken) continue;
      ++broken;
      std::string problem;
      const auto said = replay.run(result.witness, &problem);
      ASSERT_TRUE(said) << what << ": " << problem;
      EXPECT_TRUE(breaks(*said, guarantee)) << what;
      const auto done = replay.run_interpreted(result.witness, &problem);
      ASSERT_TRUE(done) << what << ": " << problem;
      EXPECT_EQ(*done, *said) << what;
    }
  }
  std::string reached;
  for (const auto& [depth, count] : depths) reached += fmt::format(" {}: {},", depth, count);
  fmt::print("{} flows, {} executions, {} proven, {} broken; every order of so many events, flows:{} {} bounds met\n",
             flows(), executions, proven, broken, reached, exact);
  // The sample says something only when all of it happens often.
  EXPECT_GT(executions, 300 * flows());
  EXPECT_GT(proven, flows());
  EXPECT_GT(broken, flows() / 2);
  EXPECT_GT(exact, flows() / 2);
  EXPECT_GT(starting, flows() / 20);
}

}  // namespace
}  // namespace flow::prove
