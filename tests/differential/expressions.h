// Random expressions of a given type.
#pragma once

#include "tests/differential/generate.h"

namespace flow::generate {

// What an expression may use: the flow's variables up to `count`, and which of them are certainly set (bits by id).
struct Scope {
  const std::vector<check::Variable>* variables = nullptr;
  std::size_t count = 0;
  std::uint64_t certain = 0;
  std::uint64_t readable = ~std::uint64_t{0};  // the others have no value anywhere
  const check::Expr* zone = nullptr;           // the flow's
  const check::Expr* language = nullptr;       // the flow's, or its default
};

struct Wanted {
  program::ValueType kind{};
  bool may_be_absent = false;
  bool may_be_secret = false;
  const check::Type* type = nullptr;  // of a list or record
};

check::Expr expression(Random& random, const Options& options, const Scope& scope, Wanted wanted);

// A condition that holds only where `variable` is set: `x is set`, or that and something more that may read x.
check::Expr set_condition(Random& random, const Options& options, Scope scope, check::VariableId variable);

}  // namespace flow::generate
