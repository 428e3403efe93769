// Random text of the language's shape, laid out as badly as authors can, for tests of parser and formatter. Pure: the
// same seed gives the same text.
#pragma once

#include <cstdint>
#include <string>

namespace flow::syntax {

// A file of a few entries that has no syntax error. Every construct of docs/language/shape.md comes up, and comments
// in all places that can have one; each comment is another text.
std::string random_text(std::uint64_t seed);

// `text` with one to four changes: lines and pieces deleted, doubled, moved, swapped; odd characters put in. It may
// have any error.
std::string mutated(const std::string& text, std::uint64_t seed);

}  // namespace flow::syntax
