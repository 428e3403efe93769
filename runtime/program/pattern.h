// Regular expressions of the language: RE2, so that matching takes time in proportion to the text, whatever the
// pattern.
//
// Patterns come from flows. A compiled one is kept for the whole program and shared by all threads; past
// limits::kPatternsKeptMax of them all are made anew on their next use.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flow::program {

// invalid_argument: not a regular expression, longer than limits::kPatternBytesMax, or too large when compiled.
Status check_regex(std::string_view pattern);

// Whether the pattern matches the whole text, or something in it. A pattern that check_regex() refuses matches nothing.
bool matches_whole(std::string_view text, std::string_view pattern);
bool matches_part(std::string_view text, std::string_view pattern);

// A text of which matches_whole() is true; nothing when none was found, which does not say that there is none.
std::optional<std::string> text_that_matches(std::string_view pattern);

}  // namespace flow::program
