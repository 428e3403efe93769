// Filters of Liquid, as far as the language can say them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/import/studio/expressions.h"

namespace flow::importing::studio {

using OfOperand = std::function<std::optional<Expr>(const liquid::Operand&)>;

// What a filter makes of a value; nothing, and the reason in `why`, when the language cannot say it. Beside a result
// `why` is what it says otherwise than Studio, or as it was.
std::optional<Expr> filtered(Expr value, const liquid::Filter& filter, const OfOperand& operand, Place place,
                             std::string& why);

Expr number_expr(std::string code);
// Whether an operator (one of them: `??`) stands outside of brackets and texts.
bool has_operator(const std::string& code, std::string_view wanted = " ");

}  // namespace flow::importing::studio
