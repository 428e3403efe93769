// Expressions, by walking them.
#pragma once

#include <optional>
#include <vector>

#include "tests/oracle/values.h"

namespace flow::oracle {

// The value, or none when it is absent. Throws Trap.
std::optional<Value> evaluate(const check::Expr& expr, const std::vector<std::optional<Value>>& variables);

// Whether it is present and true.
bool holds(const check::Expr& expr, const std::vector<std::optional<Value>>& variables);

}  // namespace flow::oracle
