// Lists and records of generated flows: a few types, and values of them in their canonical form.
#pragma once

#include "tests/differential/generate.h"

namespace flow::generate {

check::Type some_list(Random& random);
check::Type some_record();

// Whether the two are the same of these types.
bool same_type(const check::Type& a, const check::Type& b);

// Values of one of these types; they live as long as the program.
const std::vector<std::string>& composite_values(const check::Type& type);

// A part of a list or record, as the checker makes it of its operands; its marks are left to the caller.
check::Expr item_call(const check::Type& part, std::vector<check::Expr> operands);
check::Expr member_call(const check::Type& part, std::vector<check::Expr> operands);

// As it is written after `:`.
std::string type_text(const check::Type& type, std::string_view (*plain)(program::ValueType));

}  // namespace flow::generate
