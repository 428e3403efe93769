// launch flow, forward to: another flow is started, and not waited for
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

void enter_launch(Context& context, Builder& builder, check::StepId id, const check::Launch& step) {
  const BlockId limited = builder.block();
  const BlockId beyond = builder.block();
  builder.branch(builder.integer(Op::may_request), limited, beyond);
  builder.at(limited);
  std::vector<Reg> operands;
  for (const auto& argument : step.arguments) operands.push_back(lower_value(context, builder, argument.value));
  builder.launch(context.operations.at(id), std::move(operands));
  lower_target(context, builder, step.target);
  builder.at(beyond);
  builder.finish(program::EndKind::failed, -1, context.text("too many operations"));
}

}  // namespace flow::lower
