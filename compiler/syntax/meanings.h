// What the grammar's tokens mean in the tree. Internal to compiler/syntax.
#pragma once

#include <cstddef>
#include <string_view>

#include "compiler/syntax/tree.h"

namespace flow::syntax {

// Of a token that joins two expressions.
BinaryOp operator_of(std::size_t type);
// The token at `span`, which is an expression by itself.
Expr atom(std::size_t type, source::Span span, std::string_view text);

// Takes a word or a text before `:` as the argument's name; false: it is neither.
bool name_argument(Argument& argument, const Expr& written);

// What may stand after `is`.
bool is_test(std::string_view word);

}  // namespace flow::syntax
