// From text: generated flows are written as source, parsed, checked and run; they must do what the generated tree does.
// So parser, checker and folding stand under the oracle, too: what an author writes is what runs.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "tests/differential/generate.h"
#include "tests/differential/load.h"
#include "tests/differential/subjects.h"
#include "tests/differential/write_source.h"

namespace flow::differential {
namespace {

// Mistakes that a generated flow may make: texts too long for a channel, constants that make a condition, an arm or a
// text pointless, a handler that leaves an awaited signal nothing.
const std::set<std::string>& expected_mistakes() {
  static const std::set<std::string> codes = {"F0311", "F0406", "F0407", "F0409", "F0701"};
  return codes;
}

// Effects without what the source does not say in the same way (the time to live follows from settings).
std::vector<program::Effect> comparable(std::vector<program::Effect> effects) {
  for (program::Effect& effect : effects) effect.ttl_ms = 0;
  return effects;
}

struct Twins {
  const check::Flow& made;
  oracle::Oracle oracle_of_made;
  const check::Flow& read;
  oracle::Oracle oracle_of_read;
};

std::string compare(const Twins& twins, std::uint64_t seed) {
  generate::Random random(seed);
  const auto inputs = random_inputs(random, twins.made);
  EventSource source(random, twins.made, twins.oracle_of_made.signals().size());
  oracle::State made = twins.oracle_of_made.create(inputs);
  oracle::State read = twins.oracle_of_read.create(inputs);
  for (std::size_t i = 0; i < 16; ++i) {
    const Event event = source.next(made);
    std::vector<program::Effect> expected;
    std::vector<program::Effect> found;
    const program::Verdict one = twins.oracle_of_made.advance(made, event.raw(), expected);
    const program::Verdict other = twins.oracle_of_read.advance(read, event.raw(), found);
    if (comparable(expected) == comparable(found) && one == other) continue;
    std::string text = event.text() + "\n";
    for (const program::Effect& effect : expected) text += "  made: " + describe(effect) + "\n";
    for (const program::Effect& effect : found) text += "  read: " + describe(effect) + "\n";
    return text;
  }
  return {};
}

// Who else gets the status reports of each step's messages: no effect shows it.
std::vector<std::string> reports(const check::Flow& flow) {
  std::vector<std::string> all;
  for (const check::Step& step : flow.steps)
    if (const auto* send = std::get_if<check::Send>(&step.body)) all.push_back(send->report_to);
  return all;
}

struct Seen {
  std::size_t questions = 0;
  std::size_t opted_out = 0;  // of questions
  std::size_t typing = 0;
  std::size_t reports = 0;
};

void count(const check::Flow& flow, Seen& seen) {
  for (const check::Step& step : flow.steps) {
    if (std::holds_alternative<check::Operation>(step.body)) ++seen.typing;
    const auto* send = std::get_if<check::Send>(&step.body);
    if (send == nullptr) continue;
    if (!send->report_to.empty()) ++seen.reports;
    if (!send->answer) continue;
    ++seen.questions;
    if (send->opted_out) ++seen.opted_out;
  }
}

TEST(Source, WhatIsWrittenIsWhatRuns) {
  constexpr std::uint64_t kFlows = 400;
  generate::Options options;
  options.as_written = true;
  options.traps = false;
  std::size_t taken = 0;
  Seen seen;
  std::map<std::string, std::size_t> refused;
  for (std::uint64_t seed = 0; seed < kFlows; ++seed) {
    const check::Workspace made = generate::workspace(seed, options);
    const auto files = generate::write_source(made);
    std::set<std::string> mistakes;
    const Result<check::Workspace> read = check_texts(files, &mistakes);
    if (!read) {
      for (const std::string& code : mistakes) {
        ++refused[code];
        EXPECT_TRUE(expected_mistakes().contains(code)) << "seed " << seed << "\n"
                                                        << read.error().message << files[1].second;
      }
      continue;
    }
    ++taken;
    EXPECT_EQ(reports(*made.flows[0]), reports(*read->flows[0])) << "seed " << seed;
    count(*read->flows[0], seen);
    const Twins twins{*made.flows[0], oracle::Oracle(made, *made.flows[0], generate::region_of), *read->flows[0],
                      oracle::Oracle(*read, *read->flows[0], generate::region_of)};
    for (std::uint64_t s = 0; s < 10; ++s) {
      const std::string difference = compare(twins, generate::derive(seed, s));
      ASSERT_EQ(difference, "") << "seed " << seed << " sequence " << s << "\n" << files[1].second;
    }
  }
  // Of each some must be among them, else this test looks at nothing of it.
  EXPECT_GT(seen.questions, 10U);
  EXPECT_GT(seen.opted_out, 5U);
  EXPECT_GT(seen.typing, 10U);
  EXPECT_GT(seen.reports, 10U);
  // Most must get through, else this test looks at nothing.
  EXPECT_GT(taken, kFlows / 2);
  for (const auto& [code, count] : refused) fmt::print("{} flows refused with {}\n", count, code);
}

}  // namespace
}  // namespace flow::differential
