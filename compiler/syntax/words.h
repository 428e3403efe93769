// What authors write by habit, and what to tell them: units, spellings of other languages, odd characters. Internal to
// compiler/syntax.
#pragma once

#include <string>
#include <string_view>

namespace flow::syntax {

// A unit of time, as a word on its own: "s", "seconds", "min". Its short form is what the language writes.
bool is_unit(std::string_view word);
std::string_view short_unit(std::string_view word);

// What to write instead of `->`, `&&`, …
std::string_view foreign_hint(std::string_view spelling);

// The first character of well-formed UTF-8, not empty.
std::string first_character(std::string_view text);
// As messages show it: `'`, or the code point when it cannot be seen.
std::string quoted_character(std::string_view character);
// What to write instead.
std::string_view character_hint(std::string_view character);

}  // namespace flow::syntax
