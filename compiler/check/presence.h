// Definite assignment: where a variable surely has a value. Internal to compiler/check.
#pragma once

#include <string_view>
#include <vector>

#include "compiler/check/scope.h"

namespace flow::check {

// By VariableId: has it surely a value here?
using Known = std::vector<bool>;

// What a condition tells when it is true, or when it is false.
Known facts(const Expr& condition, bool truth, std::size_t variables);

// Walks all paths of a flow whose structure is known: sets Type::optional of every expression in steps, and reports
// values that may be absent where one is needed, with the path that misses them.
void check_presence(FlowScope& scope);

// The same for the header, before any step: `lets` in order, `language`.
void check_header_presence(FlowScope& scope);

}  // namespace flow::check
