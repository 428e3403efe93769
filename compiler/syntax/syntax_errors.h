// What the grammar did not expect, in the author's words. Internal to compiler/syntax; token types are the generated
// lexer's.
#pragma once

#include <string_view>
#include <vector>

#include "compiler/syntax/report.h"
#include "compiler/syntax/tokens.h"

namespace flow::syntax {

// tokens[at] does not fit. At most one message a line.
void report_unexpected(std::string_view text, const std::vector<Token>& tokens, std::size_t at, Report& report);

bool can_begin_entry(std::size_t type);

}  // namespace flow::syntax
