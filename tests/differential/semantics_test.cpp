// What holds for every execution, on the oracle alone: the properties of properties.h over generated flows, and the
// lattice of receipts.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/limits.h"
#include "compiler/ir/text.h"
#include "tests/differential/generate.h"
#include "tests/differential/subjects.h"
#include "tests/differential/tutorial.h"

namespace flow::differential {
namespace {

constexpr std::uint64_t kSeed = 20'260'724;

TEST(Semantics, PropertiesHoldOnEveryWay) {
  std::set<program::EndKind> ends;
  for (std::uint64_t f = 0; f < 300; ++f) {
    const check::Workspace workspace = generate::workspace(generate::derive(kSeed, f));
    const check::Flow& flow = *workspace.flows[0];
    const Subject subject{&workspace, &flow, generate::region_of, {}, {}};
    const std::size_t signals = oracle::Oracle(workspace, flow, generate::region_of).signals().size();
    for (std::uint64_t s = 0; s < 20; ++s) {
      generate::Random random(generate::derive(generate::derive(kSeed, f), s));
      SideBySide run(subject, random_inputs(random, flow));
      EventSource source(random, flow, signals);
      for (std::size_t i = 0; i < 12; ++i) {
        const Event event = source.next(run.state());
        const auto wrong = run.step(event);
        ASSERT_FALSE(wrong) << "seed " << kSeed << " flow " << f << " sequence " << s << " " << event.text() << ": "
                            << *wrong;
      }
      ends.insert(run.state().end);
    }
  }
  // Executions end in every way, and some do not end.
  EXPECT_EQ(ends.size(), 5U);
}

// The same receipts in another order merge to the same status, whatever arms were taken on the way.
TEST(Semantics, ReceiptsMergeToTheSameStatusInEveryOrder) {
  const check::Workspace workspace = generate::tutorial();
  const check::Flow& flow = *workspace.flows[0];
  const oracle::Oracle oracle(workspace, flow, generate::region_of);
  std::vector<std::int32_t> receipts = {1, 2, 3, 4};
  for (std::size_t kept = 1; kept <= receipts.size(); ++kept) {
    std::vector<std::int32_t> order(receipts.begin(), receipts.begin() + static_cast<std::ptrdiff_t>(kept));
    do {
      oracle::State state = oracle.create({oracle::Value{"+639171234567"}, oracle::Value{"482913"}, std::nullopt});
      std::vector<program::Effect> effects;
      Event event;
      event.at_ms = kBeginMs;
      oracle.advance(state, event.raw(), effects);
      event.kind = program::EventKind::receipt;
      for (const std::int32_t receipt : order) {
        event.receipt = receipt;
        oracle.advance(state, event.raw(), effects);
        oracle.advance(state, event.raw(), effects);
      }
      EXPECT_EQ(static_cast<std::size_t>(state.messages.at(0).status), kept);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(Semantics, TheLimitOnMessagesFailsTheNextSend) {
  const check::Workspace workspace = generate::endless_sender();
  const oracle::Oracle oracle(workspace, *workspace.flows[0], generate::region_of);
  oracle::State state = oracle.create({oracle::Value{"+639171234567"}, oracle::Value{"482913"}, std::nullopt});
  std::vector<program::Effect> effects;
  Event event;
  event.at_ms = kBeginMs;
  oracle.advance(state, event.raw(), effects);
  event.kind = program::EventKind::receipt;
  event.receipt = 2;
  for (; !state.ended; ++event.message) oracle.advance(state, event.raw(), effects);
  EXPECT_EQ(state.messages.size(), 1000U);
  EXPECT_EQ(effects.back().reason, "too many");
}

// A flow that launches another as often as it can, and `max` times again.
check::Workspace launcher(std::uint32_t max) {
  check::Workspace made = generate::tutorial();
  auto flow = std::make_unique<check::Flow>();
  flow->name = "launcher";
  flow->purpose = "authentication";
  flow->expires_ms = 86'400'000;
  check::Target again;
  again.kind = check::Target::Kind::jump;
  check::Target end;
  end.kind = check::Target::Kind::end;
  flow->jumps.push_back({check::StepId{0}, max, end, {}});
  flow->steps.push_back({"go", "launch flow", {}, check::Launch{"other", {}, again}});
  made.flows.clear();
  made.flows.push_back(std::move(flow));
  return made;
}

// Whether it is looked at whether the execution may begin one more.
bool looks(const ir::Module& module) {
  return ir::print(module.flows[0]).find("may_request") != std::string::npos;
}

TEST(Semantics, TheLimitOnOperationsEndsTheNextLaunch) {
  constexpr std::uint32_t kMost = limits::kOperationsPerExecutionMax - 1;  // again, after the first
  for (const auto& [max, ends] : {std::pair{kMost + 1, program::EndKind::failed},
                                  std::pair{kMost, program::EndKind::done}, std::pair{3U, program::EndKind::done}}) {
    const auto prepared = prepare(launcher(max), 0, false);
    ASSERT_TRUE(prepared) << prepared.error().message;
    SideBySide run((*prepared)->subject, {});
    Event start;
    start.at_ms = kBeginMs;
    const auto wrong = run.step(start);
    EXPECT_FALSE(wrong) << max << ": " << *wrong;
    EXPECT_EQ(run.state().end, ends) << max;
    EXPECT_EQ(run.state().operations, std::min(max, kMost) + 1) << max;
    EXPECT_EQ(looks(*(*prepared)->module), max > kMost) << max;
  }
}

std::uint64_t digest(const check::Expr& expr) {
  std::uint64_t sum = static_cast<std::uint64_t>(expr.kind) * 31 + static_cast<std::uint64_t>(expr.type.kind);
  sum = sum * 31 + static_cast<std::uint64_t>(expr.scalar) + expr.text.size();
  for (const check::Expr& child : expr.children) sum = sum * 1'000'003 + digest(child);
  return sum;
}

// The same on every compiler: a failure seen anywhere can be replayed here. (A change of the generator changes it.)
TEST(Generate, AFlowIsTheSameEverywhere) {
  std::uint64_t sum = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const check::Workspace workspace = generate::workspace(seed);
    const check::Flow& flow = *workspace.flows[0];
    for (const auto& [variable, value] : flow.lets) sum = sum * 31 + digest(value);
    for (const check::Step& step : flow.steps) {
      sum = sum * 31 + step.body.index();
      if (const auto* branch = std::get_if<check::Branch>(&step.body))
        for (const auto& arm : branch->arms) sum = sum * 31 + digest(arm.condition);
      if (const auto* set = std::get_if<check::Set>(&step.body))
        for (const auto& assignment : set->assignments) sum = sum * 31 + digest(assignment.value);
      if (const auto* send = std::get_if<check::Send>(&step.body))
        sum = sum * 31 + digest(send->to) + (send->body ? digest(*send->body) : 0) + send->report_to.size() +
              (send->opted_out ? 7 : 0) + (send->answer ? check::index(*send->answer) : 0);
      if (const auto* operation = std::get_if<check::Operation>(&step.body))
        for (const auto& argument : operation->arguments) sum = sum * 31 + digest(argument.value);
    }
  }
  EXPECT_EQ(sum, 3'909'366'114'185'063'287U);
}

TEST(Generate, TheSameSeedGivesTheSameFlow) {
  const check::Workspace one = generate::workspace(7);
  const check::Workspace other = generate::workspace(7);
  ASSERT_EQ(one.flows[0]->steps.size(), other.flows[0]->steps.size());
  EXPECT_EQ(one.flows[0]->variables.size(), other.flows[0]->variables.size());
  EXPECT_EQ(one.flows[0]->jumps.size(), other.flows[0]->jumps.size());
}

}  // namespace
}  // namespace flow::differential
