// Internal to compiler/check.
#pragma once

#include <string_view>

namespace flow::check {

// Whether one of the alternatives of a regular expression is empty, `(a|)`: then it matches the empty text as well, and
// somewhere in every text, which hardly anybody means. REQUIRES: it is one of RE2.
bool has_empty_alternative(std::string_view regex);

}  // namespace flow::check
