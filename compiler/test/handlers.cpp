#include "compiler/test/handlers.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace flow::test {
namespace {

using catalogue::TestLine;
using program::Effect;
using program::EffectKind;
using program::EndKind;
using program::FlowInfo;

void happen_receipt(Stage& stage, const Line& line, std::int64_t at_ms) {
  stage.receipt(line, at_ms);
}

void happen_signal(Stage& stage, const Line& line, std::int64_t at_ms) {
  stage.signal(line, at_ms);
}

void happen_reply(Stage& stage, const Line& line, std::int64_t at_ms) {
  stage.reply(line, at_ms);
}

constexpr std::pair<TestLine, Act> kActs[] = {
    {TestLine::receipt, happen_receipt},
    {TestLine::signal, happen_signal},
    {TestLine::reply, happen_reply},
};

bool is_at(const Line& line, const Effect& effect) {
  return test::is_of_step(line.steps, effect.step);
}

bool is_send(const FlowInfo&, const Line& line, const Effect& effect) {
  return effect.kind == EffectKind::send && is_at(line, effect);
}

bool is_request(const FlowInfo&, const Line& line, const Effect& effect) {
  return effect.kind == EffectKind::request && is_at(line, effect);
}

bool is_launch(const FlowInfo&, const Line& line, const Effect& effect) {
  return effect.kind == EffectKind::launch && is_at(line, effect);
}

bool is_visit(const FlowInfo&, const Line& line, const Effect& effect) {
  return effect.kind == EffectKind::enter && is_at(line, effect);
}

bool is_end(const FlowInfo&, const Line&, const Effect& effect) {
  return effect.kind == EffectKind::end && effect.end == EndKind::done;
}

bool is_end_failed(const FlowInfo&, const Line& line, const Effect& effect) {
  return effect.kind == EffectKind::end && effect.end == EndKind::failed &&
         line.text.value_or(effect.reason) == effect.reason;
}

bool is_unsubscription(const FlowInfo& info, const Line& line, const Effect& effect) {
  return effect.kind == EffectKind::request &&
         info.operations.at(effect.site).kind == program::OperationKind::unsubscribe && !effect.arguments.empty() &&
         effect.arguments.front() == *line.text;
}

bool is_end_outcome(const FlowInfo& info, const Line& line, const Effect& effect) {
  if (effect.kind != EffectKind::end) return false;
  if (effect.end == EndKind::expired) return *line.text == "expired";
  return effect.end == EndKind::outcome && info.outcomes.at(static_cast<std::size_t>(effect.outcome)) == *line.text;
}

constexpr std::pair<TestLine, Judge> kJudges[] = {
    {TestLine::expect_launch, is_launch},
    {TestLine::expect_send, is_send},
    {TestLine::never_send, is_send},
    {TestLine::expect_request, is_request},
    {TestLine::visited, is_visit},
    {TestLine::end, is_end},
    {TestLine::end_failed, is_end_failed},
    {TestLine::end_outcome, is_end_outcome},
    {TestLine::unsubscribed, is_unsubscription},
};

template <typename Table>
auto find(const Table& table, TestLine id) {
  const auto found = std::ranges::find_if(table, [&](const auto& entry) { return entry.first == id; });
  FLOW_CHECK(found != std::end(table), "test line {} has no handler", static_cast<int>(id));
  return found->second;
}

}  // namespace

Act act_of(TestLine id) {
  return find(kActs, id);
}

Judge judge_of(TestLine id) {
  return find(kJudges, id);
}

}  // namespace flow::test
