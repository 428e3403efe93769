// Proofs over flows whose bounds a person can count.
#include <algorithm>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "compiler/check/flow_test_builder.h"
#include "compiler/prove/explore.h"
#include "compiler/prove/prove.h"
#include "compiler/prove/starts.h"
#include "tests/differential/tutorial.h"
#include "tests/proofs/replay.h"

namespace flow::prove {
namespace {

using check::ChannelKind;
using check::FlowBuilder;
using diagnostics::Code;
using Kind = check::Guarantee::Kind;
using Handler = check::Handler;

struct Result {
  Certificate certificate;
  std::vector<diagnostics::Diagnostic> found;
};

// Proves, and replays every refusal.
Result run(const check::Workspace& workspace, const check::Flow& flow) {
  diagnostics::Sink sink;
  Result result{prove(workspace, flow, sink), {}};
  result.found = sink.sorted();
  const Replay replay(workspace, flow);
  for (const GuaranteeResult& one : result.certificate.guarantees) {
    if (one.verdict != Verdict::broken) continue;
    std::string problem;
    const auto observed = replay.run(one.witness, &problem);
    EXPECT_TRUE(observed.has_value()) << problem;
    if (!observed) continue;
    const check::Guarantee& guarantee = flow.guarantees[one.guarantee];
    if (guarantee.kind == Kind::last_send) EXPECT_GT(observed->last_send_ms, guarantee.limit);
    if (guarantee.kind == Kind::end) EXPECT_GT(observed->end_ms, guarantee.limit);
    if (guarantee.kind == Kind::messages && !guarantee.channel) EXPECT_GT(observed->messages, guarantee.limit);
    if (guarantee.kind == Kind::every_region_reaches) {
      EXPECT_TRUE(observed->ended);
      EXPECT_FALSE(observed->entered.contains(check::index(guarantee.step)));
    }
  }
  return result;
}
Result run(const FlowBuilder& b) {
  return run(b.workspace(), b.flow());
}

void expect_exact(const Bound& bound, std::int64_t value) {
  EXPECT_EQ(bound.at_most, value);
  EXPECT_EQ(bound.reached, value);
  EXPECT_TRUE(bound.complete);
}

FlowBuilder otp() {
  FlowBuilder b({"route", "viber", "waba", "sms"});
  b.recognize("route", {{{"PH"}, "viber"}, {{"MY"}, "waba"}}, "sms");
  b.send("viber", ChannelKind::viber,
         {.failed = "waba",
          .read = "end",
          .undelivered_ms = 30'000,
          .undelivered = "waba",
          .unread_ms = 60'000,
          .unread = "sms"});
  b.send("waba", ChannelKind::whatsapp,
         {.failed = "sms", .delivered = "end", .undelivered_ms = 35'000, .undelivered = "sms"});
  b.send("sms", ChannelKind::sms, {.failed = "end failed", .sent = "end"});
  return b;
}

TEST(Proofs, OfAChainOfFallbacks) {
  FlowBuilder b = otp();
  b.guarantee(Kind::messages, 3).guarantee(Kind::last_send, 90'000).guarantee(Kind::every_region_reaches, 0, {}, "sms");
  b.guarantee(Kind::messages, 1, ChannelKind::sms);
  const Result r = run(b);
  EXPECT_TRUE(r.found.empty()) << r.found[0].message;
  expect_exact(r.certificate.messages, 3);
  // Delivered at the last moment (30 s), then 60 s unread; or 30 s and 35 s undelivered.
  expect_exact(r.certificate.last_send_ms, 90'000);
  expect_exact(r.certificate.channel_messages.at(ChannelKind::sms), 1);
}

TEST(Proofs, RefuseTooManyMessagesWithThePath) {
  FlowBuilder b = otp();
  b.guarantee(Kind::messages, 2);
  const Result r = run(b);
  ASSERT_EQ(r.found.size(), 1U);
  EXPECT_EQ(r.found[0].code, Code::too_many_messages);
  EXPECT_EQ(r.found[0].primary.text, "it can send 3");
  const std::vector<std::string> path = {"0s  start, `to` is of PH => `route`", "0s  `route`: PH => `viber`, message 1",
                                         "0s  `viber`: failed => `waba`, message 2",
                                         "0s  `waba`: failed => `sms`, message 3"};
  EXPECT_EQ(r.found[0].path, path);
}

TEST(Proofs, RefuseALateSendWithThePath) {
  FlowBuilder b = otp();
  b.guarantee(Kind::last_send, 89'999);
  const Result r = run(b);
  ASSERT_EQ(r.found.size(), 1U);
  EXPECT_EQ(r.found[0].code, Code::send_too_late);
  EXPECT_EQ(r.found[0].primary.text, "the last send can be as late as 1m30s");
  EXPECT_EQ(r.found[0].path.back(), "1m30s  `viber`: unread after 1m => `sms`, message 2");
}

TEST(Proofs, RefuseARegionThatDoesNotReachTheStep) {
  FlowBuilder b = otp();
  b.recognize("route", {{{"PH"}, "viber"}, {{"MY"}, "end"}}, "sms");
  b.guarantee(Kind::every_region_reaches, 0, {}, "sms");
  const Result r = run(b);
  ASSERT_EQ(r.found.size(), 1U);
  EXPECT_EQ(r.found[0].code, Code::step_not_reached);
  EXPECT_EQ(r.found[0].path.back(), "0s  `route`: MY => end");
}

TEST(Proofs, RefuseWhenExpiryComesBeforeTheStep) {
  FlowBuilder b = otp();
  b.expires(65'000).guarantee(Kind::every_region_reaches, 0, {}, "sms");
  const Result r = run(b);
  ASSERT_EQ(r.found.size(), 1U);
  EXPECT_EQ(r.found[0].path.back(), "1m5s  in `waba` the flow expires");
  b.expires(65'001);
  EXPECT_TRUE(run(b).found.empty());
}

TEST(Proofs, ExpiryCutsTimeAndMessages) {
  FlowBuilder b({"sms", "pause"});
  b.send("sms", ChannelKind::sms, {.failed = "pause", .sent = "pause"});
  b.wait("pause", 60'000, "jump sms max 100 else end").expires(600'000);
  const Result r = run(b);
  // At 0, 1 m, … 9 m; what would begin at 10 m is cut.
  expect_exact(r.certificate.messages, 10);
  // Each SMS may take up to 30 s to be handed over.
  expect_exact(r.certificate.last_send_ms, 599'999);
}

TEST(Proofs, SuccessiveRecognitionsOfOneNumberAgree) {
  FlowBuilder b({"first", "viber", "second", "sms"});
  b.recognize("first", {{{"PH"}, "viber"}}, "second");
  b.send("viber", ChannelKind::viber, {.failed = "second", .sent = "second"});
  // Who came over `viber` is in PH.
  b.recognize("second", {{{"PH"}, "end"}}, "sms");
  b.send("sms", ChannelKind::sms, {.failed = "end", .sent = "end"});
  expect_exact(run(b).certificate.messages, 1);
}

TEST(Proofs, SendsOutsideTheAllowedRegionsDoNotCount) {
  FlowBuilder b({"route", "viber", "waba", "sms"});
  b.allow({"PH"}).recognize("route", {{{"MY"}, "viber"}}, "sms");
  b.send("viber", ChannelKind::viber, {.failed = "waba", .sent = "waba"});
  b.send("waba", ChannelKind::whatsapp, {.failed = "sms", .sent = "sms"});
  b.send("sms", ChannelKind::sms, {.failed = "end", .sent = "end"});
  expect_exact(run(b).certificate.messages, 1);
}

TEST(Proofs, JumpsAndHandlersCount) {
  FlowBuilder b({"sms", "more"});
  b.send("sms", ChannelKind::sms, {.failed = "jump sms max 3 else end failed", .sent = "end"});
  b.send("more", ChannelKind::sms, {.failed = "end", .sent = "end"});
  b.on(Handler::Kind::signal, "more", "again").on(Handler::Kind::signal, "sms", "again");
  // Four, one by the first signal, and one by the second: the counter of the jump is used up by then, or is used then.
  expect_exact(run(b).certificate.messages, 6);
}

TEST(Proofs, AHandlerOfALateReportNeedsAMessageThatWasLeft) {
  FlowBuilder none({"sms", "more"});
  none.send("sms", ChannelKind::sms, {.failed = "end", .sent = "end"});
  none.send("more", ChannelKind::sms, {.failed = "end", .sent = "end"}).on(Handler::Kind::delivered, "more");
  expect_exact(run(none).certificate.messages, 1);
  FlowBuilder one({"viber", "pause", "more"});
  one.send("viber", ChannelKind::viber, {.failed = "pause", .sent = "pause"}).wait("pause", 10, "end");
  one.send("more", ChannelKind::sms, {.failed = "end", .sent = "end"}).on(Handler::Kind::read, "more");
  expect_exact(run(one).certificate.messages, 2);
}

TEST(Proofs, DataThatCannotBeBothIsNotProvenButBounded) {
  FlowBuilder b({"first", "viber", "second", "sms"});
  check::Type text;
  text.kind = check::ValueType::text;
  b.flow().variables.push_back({"plan", text, program::FieldRole::input, {}});
  b.branch("first", {"viber"}, "second").branch("second", {"sms"}, "end");
  b.send("viber", ChannelKind::viber, {.failed = "second", .sent = "second"});
  b.send("sms", ChannelKind::sms, {.failed = "end", .sent = "end"});
  // plan == "a" in one branch, plan == "b" in the other.
  const auto equals = [&](const std::string& value) {
    check::Expr variable;
    variable.kind = check::ExprKind::variable;
    variable.type = text;
    variable.variable = check::VariableId{1};
    check::Expr constant;
    constant.kind = check::ExprKind::constant;
    constant.type = text;
    constant.text = value;
    check::Expr result;
    result.kind = check::ExprKind::equal;
    result.type.kind = check::ValueType::boolean;
    result.children = {variable, constant};
    return result;
  };
  const auto condition = [&](const char* step) -> check::Expr& {
    return std::get<check::Branch>(b.flow().steps[check::index(b.step(step))].body).arms[0].condition;
  };
  condition("first") = equals("a");
  condition("second") = equals("b");
  b.guarantee(Kind::messages, 1);
  Result r = run(b);
  ASSERT_EQ(r.found.size(), 1U);
  EXPECT_EQ(r.found[0].code, Code::guarantee_not_proven);
  EXPECT_EQ(r.found[0].primary.text, "the bound that was found is 2");
  EXPECT_EQ(r.certificate.messages.reached, 1);
  // The same value in both: inputs are found that take both arms.
  condition("second") = equals("a");
  r = run(b);
  ASSERT_EQ(r.found.size(), 1U);
  EXPECT_EQ(r.found[0].code, Code::too_many_messages);
  EXPECT_NE(r.found[0].path[0].find("`plan` = \"a\""), std::string::npos) << r.found[0].path[0];
  expect_exact(r.certificate.messages, 2);
}

TEST(Proofs, PastTheWorkLimitTheBoundIsCoarseAndSound) {
  ASSERT_LT(limits::kProofLabelsMax, 1'000'000U);
  // Each step may jump back nine times, in any order: a million combinations of counters.
  const std::vector<std::string> names = {"a", "b", "c", "d", "e", "f", "g"};
  FlowBuilder b(names);
  for (std::size_t i = 0; i + 1 < names.size(); ++i) {
    b.branch(names[i], {fmt::format("jump a max 9 else {}", names[i + 1])}, names[i + 1]);
  }
  b.send("g", ChannelKind::sms, {.failed = "jump a max 9 else end", .sent = "end"});
  b.guarantee(Kind::messages, 64).guarantee(Kind::messages, 63);
  const Result r = run(b);
  EXPECT_FALSE(r.certificate.messages.complete);
  // One, and one more for each of 7 × 9 jumps; in truth there are 10.
  EXPECT_EQ(r.certificate.messages.at_most, 64);
  EXPECT_EQ(r.certificate.guarantees[0].verdict, Verdict::proven);
  ASSERT_EQ(r.found.size(), 1U);
  EXPECT_EQ(r.found[0].code, Code::guarantee_not_proven);
  EXPECT_EQ(r.found[0].primary.text, "the bound that was found is 64");
  EXPECT_NE(r.found[0].hint.find(fmt::format("more than {} ways", limits::kProofLabelsMax)), std::string::npos)
      << r.found[0].hint;
}

TEST(Proofs, AnExplorationKeepsToItsWork) {
  FlowBuilder b({"sms"});
  b.send("sms", ChannelKind::sms, {.failed = "jump sms max 200 else end", .sent = "end"});
  const Question question;
  const auto starts = abstract_starts(b.workspace(), b.flow(), false);
  const Topology topology(b.flow());
  const Answer whole = explore(b.workspace(), b.flow(), topology, question, starts, limits::kProofLabelsMax);
  EXPECT_TRUE(whole.complete);
  EXPECT_EQ(whole.upper, 201);
  EXPECT_LT(whole.work, limits::kProofLabelsMax);
  const Answer enough = explore(b.workspace(), b.flow(), topology, question, starts, whole.work);
  EXPECT_TRUE(enough.complete);
  const Answer part = explore(b.workspace(), b.flow(), topology, question, starts, whole.work / 2);
  EXPECT_FALSE(part.complete);
  EXPECT_LE(part.work, whole.work / 2 + 8);
}

// One number × 2 for each flag.
TEST(Proofs, TheSearchForAWitnessTriesSoManyInputs) {
  const auto starts_of = [](std::size_t flags) {
    FlowBuilder b({"ask"});
    b.branch("ask", std::vector<std::string>(flags, "end"), "end");
    auto& branch = std::get<check::Branch>(b.flow().steps[check::index(b.step("ask"))].body);
    for (check::Branch::Arm& arm : branch.arms) {
      check::Type boolean;
      boolean.kind = check::ValueType::boolean;
      check::Expr read;
      read.kind = check::ExprKind::variable;
      read.type = boolean;
      read.variable = check::VariableId{static_cast<std::uint32_t>(b.flow().variables.size())};
      arm.condition = read;
      b.flow().variables.push_back(
          {fmt::format("flag{}", b.flow().variables.size()), boolean, program::FieldRole::input, {}});
    }
    const auto starts = concrete_starts(b.workspace(), b.flow(), false);
    for (const Valuation& start : starts) {
      for (const Value& value : start) EXPECT_TRUE(value.is_present());
    }
    return starts.size();
  };
  EXPECT_EQ(starts_of(7), limits::kProofInputsMax / 2);
  EXPECT_EQ(starts_of(8), limits::kProofInputsMax);
  EXPECT_EQ(starts_of(9), limits::kProofInputsMax);
  EXPECT_EQ(starts_of(100), limits::kProofInputsMax);
}

TEST(Proofs, AreDoneInTimeForALargeFlow) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < 5000; ++i) names.push_back(fmt::format("s{}", i));
  FlowBuilder b(names);
  for (std::size_t i = 0; i + 1 < names.size(); ++i) {
    b.send(names[i], ChannelKind::sms, {.failed = names[i + 1], .sent = "jump s0 max 1000 else end"});
  }
  b.set(names.back(), "end");
  b.guarantee(Kind::messages, 1000);
  const Result r = run(b);
  ASSERT_EQ(r.found.size(), 1U);
  EXPECT_EQ(r.found[0].code, diagnostics::Code::message_limit);
  EXPECT_EQ(r.certificate.messages.at_most, std::int64_t{limits::kMessagesPerExecutionMax});
}

TEST(Proofs, AllGuaranteesOfAFlowShareTheWork) {
  // Four thousand combinations of counters: within the limit of one question, too many for a hundred.
  const std::vector<std::string> names = {"a", "b", "c", "d", "e"};
  FlowBuilder b(names);
  for (std::size_t i = 0; i + 1 < names.size(); ++i) {
    b.branch(names[i], {fmt::format("jump a max 7 else {}", names[i + 1])}, names[i + 1]);
  }
  b.send("e", ChannelKind::sms, {.failed = "end", .sent = "end"});
  for (std::size_t i = 0; i < limits::kGuaranteesMax; ++i) b.guarantee(Kind::messages, 1);
  const Question question;
  const auto starts = abstract_starts(b.workspace(), b.flow(), false);
  const Answer one = explore(b.workspace(), b.flow(), Topology(b.flow()), question, starts, limits::kProofLabelsMax);
  ASSERT_TRUE(one.complete);
  ASSERT_GT(one.work * limits::kGuaranteesMax, limits::kProofWorkMax);
  const Result r = run(b);
  const auto& results = r.certificate.guarantees;
  EXPECT_EQ(results.front().verdict, Verdict::proven);
  EXPECT_EQ(results.back().verdict, Verdict::unknown);
  const auto proven = static_cast<std::size_t>(std::count_if(
      results.begin(), results.end(), [](const GuaranteeResult& each) { return each.verdict == Verdict::proven; }));
  EXPECT_LE(proven * one.work, limits::kProofWorkMax);
}

TEST(Proofs, LongPathsAreShortenedForPeopleOnly) {
  FlowBuilder b({"sms"});
  b.send("sms", ChannelKind::sms, {.failed = "jump sms max 200 else end", .sent = "end"});
  b.guarantee(Kind::messages, 150);
  const Result r = run(b);
  ASSERT_EQ(r.found.size(), 1U);
  EXPECT_EQ(r.found[0].path.size(), limits::kProofLinesMax + 1);
  EXPECT_EQ(r.certificate.guarantees[0].witness.events.size(), 151U);
}

TEST(Proofs, OfTheTutorial) {
  const check::Workspace workspace = generate::tutorial();
  for (const auto& flow : workspace.flows) {
    const Result r = run(workspace, *flow);
    EXPECT_TRUE(r.certificate.messages.exact()) << r.certificate.messages.at_most;
    EXPECT_TRUE(r.certificate.last_send_ms.exact());
  }
}

TEST(Certificate, IsAJsonDocument) {
  FlowBuilder b = otp();
  b.guarantee(Kind::messages, 3).guarantee(Kind::last_send, 1000);
  const Result r = run(b);
  const auto json = nlohmann::json::parse(to_json(b.flow(), r.certificate));
  EXPECT_EQ(json["version"], 1);
  EXPECT_EQ(json["messages"]["at_most"], 3);
  EXPECT_EQ(json["channels"]["sms"]["at_most"], 1);
  EXPECT_EQ(json["guarantees"][0]["guarantee"], "messages <= 3");
  EXPECT_EQ(json["guarantees"][0]["verdict"], "proven");
  EXPECT_EQ(json["guarantees"][1]["guarantee"], "last send within 1s");
  EXPECT_EQ(json["guarantees"][1]["verdict"], "broken");
}

}  // namespace
}  // namespace flow::prove
