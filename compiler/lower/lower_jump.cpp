// Targets, and jumps with their counters. A jump as written is one function, however many steps go there.
#include "compiler/lower/context.h"

namespace flow::lower {

void lower_target(Context& context, Builder& builder, const check::Target& target) {
  using Kind = check::Target::Kind;
  switch (target.kind) {
    case Kind::step:
      return builder.tail(context.functions.enter[check::index(target.step)]);
    case Kind::end:
      return builder.finish(program::EndKind::done);
    case Kind::end_failed:
      return builder.finish(program::EndKind::failed, -1, context.text(target.reason));
    case Kind::end_outcome:
      return builder.finish(program::EndKind::outcome, static_cast<std::int32_t>(target.outcome));
    case Kind::jump:
      return builder.tail(context.functions.jump[check::index(target.jump)]);
  }
}

void lower_leave_and_go(Context& context, Builder& builder, const check::Target& target) {
  builder.effect(Op::leave);
  lower_target(context, builder, target);
}

ir::Function lower_jump(Context& context, std::size_t index) {
  const check::Jump& jump = context.flow.jumps[index];
  Builder builder("jump " + std::to_string(index) + " " + context.step_name(jump.step));
  const BlockId again = builder.block();
  const BlockId spent = builder.block();
  const Reg counted =
      builder.integer(Op::count, ir::kNoReg, builder.constant(jump.max), static_cast<std::int64_t>(index));
  builder.branch(counted, again, spent);
  builder.at(again);
  builder.tail(context.functions.enter[check::index(jump.step)]);
  builder.at(spent);
  lower_target(context, builder, jump.otherwise);
  return builder.take();
}

}  // namespace flow::lower
