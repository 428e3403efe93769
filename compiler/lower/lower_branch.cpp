// branch: conditions in order, the first that is true
#include "compiler/lower/context.h"

namespace flow::lower {

void enter_branch(Context& context, Builder& builder, const check::Branch& step) {
  if (step.at_now) keep_now(context, builder);
  if (step.first) lower_assignment(context, builder, step.first->variable, step.first->value);
  for (const auto& arm : step.arms) {
    const BlockId yes = builder.block();
    const BlockId no = builder.block();
    lower_condition(context, builder, arm.condition, yes, no);
    builder.at(yes);
    lower_target(context, builder, arm.target);
    builder.at(no);
  }
  lower_target(context, builder, step.otherwise);
}

}  // namespace flow::lower
