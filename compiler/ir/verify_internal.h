// The parts of verify(): each gives the first rule that is broken, or nothing. Private to compiler/ir.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/ir/ir.h"
#include "compiler/ir/verify.h"

namespace flow::ir {

// FlowInfo, texts, sends, and the ids of start, ended and handle.
Status verify_declarations(const Flow& flow, Form form);

// One function by itself: ids, types, blocks, assignment of registers. Gives the blocks in an order in which each
// comes after all that lead to it.
Result<std::vector<std::uint32_t>> verify_function(const Flow& flow, const Function& function);

// The same of all functions of the flow.
Result<std::vector<std::vector<std::uint32_t>>> verify_functions(const Flow& flow);

// How functions work together: cycles, `ignore`, what follows the end. REQUIRES: verify_function() passed for all;
// orders are what it gave.
Status verify_calls(const Flow& flow, const std::vector<std::vector<std::uint32_t>>& orders);

}  // namespace flow::ir
