#include "compiler/check/graph.h"

#include <random>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "compiler/check/flow_test_builder.h"
#include "compiler/check/graph_reports.h"

namespace flow::check {
namespace {

using diagnostics::Code;
using diagnostics::Diagnostic;
using diagnostics::Sink;
using Arms = FlowBuilder::Arms;

const Arms kSmsArms = {.failed = "end failed", .sent = "end"};

std::vector<Diagnostic> all(const FlowBuilder& b) {
  Sink sink;
  report_graph(b.workspace(), b.flow(), sink);
  return sink.sorted();
}

TEST(Graph, ASoundFlowHasNothingToReport) {
  FlowBuilder b({"route", "viber", "sms"});
  b.recognize("route", {{{"PH"}, "viber"}}, "sms");
  b.send("viber", ChannelKind::viber,
         {.failed = "sms",
          .read = "end",
          .undelivered_ms = 30'000,
          .undelivered = "sms",
          .unread_ms = 60'000,
          .unread = "sms"});
  b.send("sms", ChannelKind::sms, kSmsArms);
  b.on(Handler::Kind::read, "end").on(Handler::Kind::signal, "end", "verified");
  const auto found = all(b);
  EXPECT_TRUE(found.empty()) << found[0].message;
}

constexpr std::size_t kManySteps = 10'000;

TEST(Unreachable, NamesTheFirstOfAGroupAndWhatHangsBehind) {
  FlowBuilder b({"a", "lost", "behind"});
  b.set("a", "end").set("lost", "behind").set("behind", "end");
  const auto found = all(b);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].code, Code::unreachable_step);
  EXPECT_EQ(found[0].message, "nothing leads to the step `lost`");
  EXPECT_EQ(found[0].hint, "lead an arrow to it, or delete it; `behind` is reached only through it");
}

TEST(Unreachable, ACircleOfLostStepsIsReportedOnce) {
  FlowBuilder b({"a", "x", "y"});
  b.set("a", "end").wait("x", 1, "y").wait("y", 1, "jump x max 2 else end");
  const auto found = all(b);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].message, "nothing leads to the step `x`");
  EXPECT_EQ(found[0].primary.text, "only steps behind it lead here");
}

TEST(Unreachable, HandlersAndJumpsLeadToSteps) {
  FlowBuilder b({"a", "b", "c"});
  b.wait("a", 1, "end").wait("b", 1, "jump c max 1 else end").wait("c", 1, "jump b max 1 else end");
  b.on(Handler::Kind::signal, "b", "x");
  EXPECT_TRUE(all(b).empty());
}

TEST(Cycles, AreShownAsAPath) {
  FlowBuilder b({"ask", "pause"});
  b.send("ask", ChannelKind::sms, {.failed = "pause", .sent = "end"}).wait("pause", 30'000, "ask");
  const auto found = all(b);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].code, Code::unbounded_cycle);
  EXPECT_EQ(found[0].message, "the step `ask` leads back to itself without a bound");
  const std::vector<std::string> path = {"`ask`: failed => `pause`", "`pause` waits 30s => `ask`"};
  EXPECT_EQ(found[0].path, path);
  EXPECT_EQ(found[0].hint, "say how often, and what comes then: `=> jump ask max 3 else …`");
}

TEST(Cycles, OfOneStepAndWithoutAWayOut) {
  FlowBuilder b({"a"});
  b.set("a", "a");
  const auto found = all(b);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].message, "the step `a` leads to itself without a bound");
  EXPECT_EQ(found[0].primary.text, "this arrow closes the cycle, and nothing leads out of it");
}

TEST(Cycles, WithAJumpAreBounded) {
  FlowBuilder b({"a", "b"});
  b.wait("a", 1, "b").jump("b", "jump a max 3 else end");
  EXPECT_TRUE(all(b).empty());
}

TEST(Cycles, TheElseOfAJumpCounts) {
  FlowBuilder b({"a", "b"});
  b.wait("a", 1, "b").jump("b", "jump a max 3 else a");
  const auto found = all(b);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].code, Code::unbounded_cycle);
}

TEST(Cycles, EachGroupIsReportedOnceAndLongChainsDoNotRecurse) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kManySteps; ++i) names.push_back(fmt::format("s{}", i));
  FlowBuilder b(names);
  for (std::size_t i = 0; i < names.size(); ++i) b.set(names[i], names[(i + 1) % names.size()]);
  const auto found = all(b);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].path.size(), limits::kProofLinesMax + 1);
}

// Every analysis is about linear: a large flow with all of its handlers takes no time to speak of.
TEST(Graph, TheLargestFlowsAreLookedAtInTime) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kManySteps; ++i) names.push_back(fmt::format("s{}", i));
  FlowBuilder b(names);
  for (std::size_t i = 0; i + 1 < names.size(); ++i) {
    const std::string back = fmt::format("jump {} max 2 else {}", names[i / 2], names[i + 1]);
    b.send(names[i], ChannelKind::viber, {.failed = back, .sent = "end"});
  }
  b.set(names.back(), "end");
  for (int i = 0; i < 32; ++i) b.on(Handler::Kind::read, names[0]).on(Handler::Kind::delivered, names[0]);
  EXPECT_TRUE(all(b).empty());
  // None of them can be reached but the first.
  b.set(names[0], "end");
  b.flow().handlers.clear();
  EXPECT_EQ(all(b).front().code, Code::unreachable_step);
}

TEST(Jumps, OnNoCycleAreFlagged) {
  FlowBuilder b({"a", "b"});
  b.wait("a", 1, "jump b max 2 else end").set("b", "end");
  const auto found = all(b);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].code, Code::jump_without_cycle);
  EXPECT_EQ(found[0].hint, "write `=> b`");
}

TEST(Jumps, OfAHandlerNeedNoCount) {
  FlowBuilder b({"a"});
  b.wait("a", 1, "end").on(Handler::Kind::signal, "jump a max 2 else end", "again");
  const auto found = all(b);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].code, Code::jump_without_cycle);
}

TEST(Jumps, BoundsAreFromOneToTheLimit) {
  for (const auto& [max, wrong] : {std::pair{0, true}, {1, false}, {1000, false}, {1001, true}}) {
    FlowBuilder b({"a"});
    b.wait("a", 1, fmt::format("jump a max {} else end", max));
    const auto found = all(b);
    EXPECT_EQ(found.size(), wrong ? 1U : 0U) << max;
    if (wrong) EXPECT_EQ(found.at(0).code, Code::jump_bound);
  }
  static_assert(limits::kJumpMax == 1000);
}

TEST(Handlers, OnReadNeedsAMessageThatIsLeftUnread) {
  // SMS reports no read; Viber does, but here the flow ends with each message.
  for (const ChannelKind kind : {ChannelKind::sms, ChannelKind::viber}) {
    FlowBuilder b({"a"});
    b.send("a", kind, {.failed = "end failed", .sent = "end"}).on(Handler::Kind::read, "end");
    const auto found = all(b);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].code, Code::handler_never_fires);
  }
  FlowBuilder b({"a", "pause"});
  b.send("a", ChannelKind::viber, {.failed = "end failed", .sent = "pause"}).wait("pause", 1, "end");
  b.on(Handler::Kind::read, "end").on(Handler::Kind::delivered, "end");
  EXPECT_TRUE(all(b).empty());
}

TEST(Handlers, ASecondOneOfAnEventThatEndsTheFlow) {
  FlowBuilder b({"a"});
  b.wait("a", 1, "end").on(Handler::Kind::signal, "end", "x").on(Handler::Kind::signal, "end", "x");
  const auto found = all(b);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].message, "`on signal x` can never fire");
  FlowBuilder goes_on({"a", "b"});
  goes_on.wait("a", 1, "end").wait("b", 1, "end");
  goes_on.on(Handler::Kind::signal, "b", "x").on(Handler::Kind::signal, "end", "x");
  EXPECT_TRUE(all(goes_on).empty());
}

TEST(Handlers, InAFlowThatNeverWaits) {
  FlowBuilder b({"a"});
  b.set("a", "end").on(Handler::Kind::signal, "end", "x");
  const auto found = all(b);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].primary.text, "the flow never waits for anything");
}

TEST(Expiry, WaitsAndArmsThatEndTooLate) {
  FlowBuilder b({"a", "b", "late"});
  b.expires(60'000).wait("a", 30'000, "b");
  b.send("b", ChannelKind::viber,
         {.failed = "late", .delivered = "end", .undelivered_ms = 30'000, .undelivered = "late"});
  b.wait("late", 29'999, "end");
  const auto found = all(b);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].code, Code::after_expiry);
  EXPECT_EQ(found[0].message, "`undelivered after 30s` cannot end before the flow has expired");
  EXPECT_EQ(found[0].primary.text, "1m after the start at the earliest");
}

TEST(Expiry, OnlyTheFirstArmOfADeadWayIsReported) {
  FlowBuilder b({"a", "b", "c"});
  b.expires(1000).wait("a", 1000, "b").wait("b", 1, "c").wait("c", 1, "end");
  const auto found = all(b);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].message, "the wait `a` cannot end before the flow has expired");
}

TEST(Expiry, AHandlerLeadsToAStepAtOnce) {
  FlowBuilder b({"a", "b"});
  b.expires(1000).wait("a", 600, "b").wait("b", 500, "end");
  EXPECT_EQ(all(b).size(), 1U);
  b.on(Handler::Kind::signal, "b", "x");
  EXPECT_TRUE(all(b).empty());
}

// Against a slow, obviously right search on small random graphs: is there a cycle of plain arrows?
TEST(Cycles, AgreeWithExhaustiveSearch) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    std::mt19937 random(seed);
    const int count = 1 + static_cast<int>(random() % 5);
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) names.push_back(fmt::format("s{}", i));
    const auto to = [&] {
      const auto pick = random() % static_cast<unsigned>(count + 2);
      return pick < names.size() ? names[pick] : std::string("end");
    };
    FlowBuilder b(names);
    std::vector<std::vector<std::string>> plain(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string first = to();
      const std::string second = to();
      const bool jumps = random() % 3 == 0;
      b.branch(names[i], {jumps ? fmt::format("jump {} max 2 else {}", names[0], first) : first}, second);
      plain[i] = {first, second};
    }
    std::vector<bool> reaches(names.size() * names.size(), false);
    for (std::size_t round = 0; round < names.size(); ++round) {
      for (std::size_t i = 0; i < names.size(); ++i) {
        for (const std::string& next : plain[i]) {
          if (next == "end") continue;
          const std::size_t j = index(b.step(next));
          reaches[i * names.size() + j] = true;
          for (std::size_t k = 0; k < names.size(); ++k) {
            if (reaches[j * names.size() + k]) reaches[i * names.size() + k] = true;
          }
        }
      }
    }
    bool cyclic = false;
    for (std::size_t i = 0; i < names.size(); ++i) cyclic = cyclic || reaches[i * names.size() + i];
    Sink sink;
    EXPECT_EQ(report_cycles(b.flow(), sink), !cyclic) << "seed " << seed;
  }
}

}  // namespace
}  // namespace flow::check
