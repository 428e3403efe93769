// For the tests of the JIT: a small flow, and a stand-in for the phone library.
#pragma once

#include <cstdint>
#include <string_view>

#include "compiler/ir/ir.h"

namespace flow::jit::testing {

// PH for everything that begins so, else none.
inline std::int64_t region_of(std::string_view e164) {
  return e164.starts_with("+63") ? ('P' << 8 | 'H') : 0;
}

// testdata/reminder.ir, verified.
ir::Flow reminder();

}  // namespace flow::jit::testing
