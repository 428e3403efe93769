// set: assignments in order; a later one sees the earlier ones
#include "compiler/lower/context.h"

namespace flow::lower {

void enter_set(Context& context, Builder& builder, const check::Set& step) {
  for (const auto& assignment : step.assignments)
    lower_assignment(context, builder, assignment.variable, assignment.value);
  lower_target(context, builder, step.target);
}

}  // namespace flow::lower
