// Expressions that read the clock, as `wait until` and `schedule` make them.
#pragma once

#include "compiler/check/checked.h"
#include "tests/differential/random.h"

namespace flow::generate {

// `now`: Flow::now.
check::Expr next_time(check::VariableId now, check::Expr time, check::Expr zone);

check::Expr call(program::FunctionId function, check::ValueType type, std::vector<check::Expr> operands);

// A condition on the clock time or the day of the week.
check::Expr clock_condition(Random& random, check::VariableId now, const check::Expr& zone);

}  // namespace flow::generate
