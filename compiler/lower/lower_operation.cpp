// http and whatever else asks the outside and waits for one answer
#include "compiler/lower/context.h"

namespace flow::lower {

using program::Timer;

program::OperationInfo operation_info(check::StepId id, const check::Operation& step) {
  program::OperationInfo info;
  info.step = static_cast<std::int32_t>(check::index(id));
  info.kind = step.kind;
  info.target = step.target;
  for (const auto& argument : step.arguments) {
    info.arguments.push_back(argument.name);
    info.secret = info.secret || argument.value.type.secret;
  }
  for (const auto& arm : step.arms) info.outcomes.push_back(arm.outcome);
  for (const auto& read : step.reads)
    info.reads.push_back({static_cast<std::uint32_t>(check::index(read.variable)), read.path, read.optional});
  info.retries = step.retries;
  info.retry_after_ms = step.retry_after_ms;
  return info;
}

void enter_operation(Context& context, Builder& builder, check::StepId id, const check::Operation& step) {
  const std::int64_t site = context.operations.at(id);
  const BlockId limited = builder.block();
  const BlockId failed = builder.block();
  builder.branch(builder.integer(Op::may_request), limited, failed);
  builder.at(limited);
  std::vector<Reg> operands;
  for (const auto& argument : step.arguments) operands.push_back(lower_value(context, builder, argument.value));
  if (step.late) arm(builder, Timer::late, step.late->after_ms);
  builder.request(site, std::move(operands));
  builder.rest();
  builder.at(failed);
  lower_target(context, builder, step.arms.front().target);
}

ir::Function handle_operation(Context& context, check::StepId id, const check::Operation& step) {
  Builder builder("handle " + context.step_name(id));
  const BlockId result = builder.block();
  const Handling handling = begin_handling(context, builder, kNoBlock, {{program::EventKind::result, result}});
  std::vector<std::pair<Timer, const check::Target*>> timers;
  if (step.late) timers.emplace_back(Timer::late, &step.late->target);
  lower_timers(context, builder, handling, timers);
  builder.at(handling.receipt_block);
  lower_late_receipt(context, builder, handling.bits);

  builder.at(result);
  const Reg outcome = builder.integer(Op::operation_take);
  std::vector<std::int64_t> cases = {kNoResult};
  std::vector<BlockId> blocks = {builder.block()};
  for (std::size_t i = 1; i < step.arms.size(); ++i) {
    cases.push_back(static_cast<std::int64_t>(i));
    blocks.push_back(builder.block());
  }
  const BlockId failed = builder.block();
  builder.switch_on(outcome, cases, blocks, failed);
  builder.at(blocks[0]);
  builder.ignore();
  for (std::size_t i = 1; i < step.arms.size(); ++i) {
    builder.at(blocks[i]);
    if (program::takes_values(step.arms[i].outcome) && !step.reads.empty())
      builder.effect(Op::take_values, context.operations.at(id));
    lower_leave_and_go(context, builder, step.arms[i].target);
  }
  builder.at(failed);
  lower_leave_and_go(context, builder, step.arms.front().target);
  return builder.take();
}

}  // namespace flow::lower
