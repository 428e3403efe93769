// launch flow, forward to: another flow is started, and not waited for
#include <cstdint>

#include "base/limits.h"
#include "compiler/lower/context.h"

namespace flow::lower {

program::OperationInfo launch_info(check::StepId id, const check::Launch& step) {
  program::OperationInfo info;
  info.step = static_cast<std::int32_t>(check::index(id));
  info.kind = program::OperationKind::launch;
  info.target = step.flow;
  for (const auto& argument : step.arguments) {
    info.arguments.push_back(argument.name);
    info.secret = info.secret || argument.value.type.secret;
  }
  info.outcomes.push_back({program::OperationOutcome::Kind::failed, 0, {}});
  return info;
}

namespace {

// Whether an execution may begin more operations than the limit. Each step is entered once at most between one jump or
// handler and the next.
bool may_begin_too_many(const check::Flow& flow) {
  std::uint64_t rounds = 1 + flow.handlers.size();
  for (const check::Jump& jump : flow.jumps) rounds += jump.max;
  std::uint64_t steps = 0;
  for (const check::Step& step : flow.steps)
    if (std::holds_alternative<check::Operation>(step.body) || std::holds_alternative<check::Launch>(step.body))
      ++steps;
  return rounds * steps > limits::kOperationsPerExecutionMax;
}

}  // namespace

void enter_launch(Context& context, Builder& builder, check::StepId id, const check::Launch& step) {
  const bool limited = may_begin_too_many(context.flow);
  const BlockId beyond = limited ? builder.block() : kNoBlock;
  if (limited) {
    const BlockId within = builder.block();
    builder.branch(builder.integer(Op::may_request), within, beyond);
    builder.at(within);
  }
  std::vector<Reg> operands;
  for (const auto& argument : step.arguments) operands.push_back(lower_value(context, builder, argument.value));
  builder.launch(context.operations.at(id), std::move(operands));
  lower_target(context, builder, step.target);
  if (!limited) return;
  builder.at(beyond);
  builder.finish(program::EndKind::failed, -1, context.text("too many operations"));
}

}  // namespace flow::lower
