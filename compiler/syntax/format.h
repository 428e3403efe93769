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

// The expression as a file may have it at its left margin: a text between `"""` keeps its lines.
std::string source_text(const Expr& expr);

}  // namespace flow::syntax
