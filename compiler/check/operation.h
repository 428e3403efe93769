// What the components that ask the outside have in common. Internal to compiler/check but for body_arguments(), which
// the stubs of tests use as well.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "compiler/check/stages.h"

namespace flow::check {

// operation_arms.cpp: the arms of a step; false when a mistake was reported. `name`: "http".
bool check_operation_arms(FlowScope& scope, const syntax::Entry& entry, std::string_view name,
                          const std::vector<const syntax::Entry*>& lines, Operation& operation);

// http_body.cpp: the arguments of `json(…)`, `form(…)` or a text; false when a mistake was reported.
bool body_arguments(Values& values, const syntax::Expr& written, std::vector<Operation::Argument>& out);

// The value as a text, as an interpolation has it; nothing when that was reported.
std::optional<Expr> as_text(Values& values, Expr value);

// http_url.cpp: the arguments of an address; false when a mistake was reported. `secure`: it is one of https.
bool url_arguments(FlowScope& scope, const syntax::Expr& written, std::vector<Operation::Argument>& out, bool& secure);

// The read NAME : TYPE = PATH of a line, if it is one.
const syntax::Expr* read_name(const syntax::Entry& line);

}  // namespace flow::check
