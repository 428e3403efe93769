// The canonical layout (docs/language/layout.md): idempotent, without options; order and comments are the author's.
#pragma once

#include <string>

#include "compiler/syntax/tree.h"

namespace flow::syntax {

std::string format(const File& file);

// One expression, clause or target on one line, as diagnostics quote it.
std::string format(const Expr& expr);
std::string format(const Clause& clause);
std::string format(const Target& target);

}  // namespace flow::syntax
