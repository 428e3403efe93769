// The values that generated flows and inputs are made of: common ones, and those at which something may break.
#pragma once

#include "tests/differential/generate.h"

namespace flow::generate {

Value random_value(Random& random, program::ValueType kind, const Options& options);

// An address of a picture, which every check lets through.
check::Expr picture();

}  // namespace flow::generate
