// Small flows in IR, built by hand, for the tests of the JIT.
#pragma once

#include <cstdint>
#include <string_view>

#include "compiler/ir/ir.h"

namespace flow::jit::testing {

// PH for everything that begins so, else none: no phone library in these tests.
inline std::int64_t region_of(std::string_view e164) {
  return e164.starts_with("+63") ? ('P' << 8 | 'H') : 0;
}

// Sends a greeting and fails 30 s later unless it was delivered.
ir::Flow reminder();

}  // namespace flow::jit::testing
