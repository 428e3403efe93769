// Random flows that go out to the console and come back do what they did: the same text, the same IR, and the same
// effects of the same events.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "compiler/ir/text.h"
#include "compiler/lower/lower.h"
#include "tests/differential/generate.h"
#include "tests/differential/load.h"
#include "tests/differential/subjects.h"
#include "tests/differential/write_source.h"
#include "tests/importing/round_trip.h"
#include "tests/support/sanitized.h"

namespace flow::importing {
namespace {

using differential::check_texts;
using Files = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t kFlows = 250;
constexpr std::size_t kSequences = testing_support::kSanitized ? 40 : 400;  // of each flow: 100,000 in all
constexpr std::size_t kEvents = 16;

// Every flow of the workspace there and back; workspace.flow stays.
Files there_and_back(const Files& files) {
  Files out = files;
  for (auto& [path, text] : out) {
    if (path.ends_with("workspace.flow")) continue;
    const Read read = read_console(*exported(text));
    EXPECT_FALSE(read.report.failed()) << read.report.text() << text;
    EXPECT_EQ(read.text, canonical(text));
    EXPECT_EQ(tree_of(read.text), tree_of(text));
    text = read.text;
  }
  return out;
}

std::string difference(const oracle::Oracle& was, const oracle::Oracle& is, const check::Flow& flow,
                       std::uint64_t seed) {
  generate::Random random(seed);
  const auto inputs = differential::random_inputs(random, flow);
  differential::EventSource source(random, flow, was.signals().size());
  oracle::State one = was.create(inputs);
  oracle::State other = is.create(inputs);
  for (std::size_t i = 0; i < kEvents; ++i) {
    const differential::Event event = source.next(one);
    std::vector<program::Effect> expected;
    std::vector<program::Effect> found;
    const program::Verdict before = was.advance(one, event.raw(), expected);
    const program::Verdict after = is.advance(other, event.raw(), found);
    if (before != after || expected != found) return event.text();
  }
  return {};
}

TEST(Effects, OfAFlowThatCameBackAreTheSame) {
  generate::Options options;
  options.as_written = true;
  options.traps = false;
  std::size_t taken = 0;
  for (std::uint64_t seed = 0; taken < kFlows && seed < 8 * kFlows; ++seed) {
    const Files files = generate::write_source(generate::workspace(seed, options));
    // Some have constants that make an arm or a text pointless: refused before and after.
    const Result<check::Workspace> was = check_texts(files);
    const Files back = there_and_back(files);
    const Result<check::Workspace> is = check_texts(back);
    ASSERT_EQ(was.has_value(), is.has_value()) << "seed " << seed;
    if (!was) continue;
    ++taken;
    const ir::Module before = lower::lower(*was);
    const ir::Module after = lower::lower(*is);
    ASSERT_EQ(before.flows.size(), after.flows.size());
    for (std::size_t i = 0; i < before.flows.size(); ++i)
      ASSERT_EQ(ir::print(before.flows[i]), ir::print(after.flows[i])) << "seed " << seed;
    const oracle::Oracle one(*was, *was->flows[0], generate::region_of);
    const oracle::Oracle other(*is, *is->flows[0], generate::region_of);
    for (std::uint64_t s = 0; s < kSequences; ++s)
      ASSERT_EQ(difference(one, other, *was->flows[0], generate::derive(seed, s)), "")
          << "seed " << seed << " sequence " << s << "\n"
          << back[1].second;
  }
  EXPECT_EQ(taken, kFlows);
}

}  // namespace
}  // namespace flow::importing
