// What steps read of the wall clock: the point in time at which they are entered. Internal to compiler/check.
#pragma once

#include <optional>

#include "compiler/check/expression_checker.h"
#include "compiler/check/stages.h"

namespace flow::check {

// The moment in which the step is entered. REQUIRES: Flow::now is declared.
Expr now_of(FlowScope& scope, Span span);

// `function` of the moment in which the step is entered, and of the flow's zone; reports at `place` that it has none.
std::optional<Expr> clock_value(FlowScope& scope, Function function, ValueType type, Span place);

}  // namespace flow::check
