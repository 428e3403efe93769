// Every small mistake that an author could make in a file, one at a time: what the checker is held against.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/syntax/tree.h"

namespace flow::mutation {

struct Mutant {
  std::string kind;   // "delete entry", "retarget", …
  std::string about;  // the first word of the innermost entry that was changed: "failed", "guarantee", "send"
  std::uint32_t line = 0;
  std::string change;  // for people: "`sms` becomes `end`"
  std::string text;    // the whole file
};

// All mutants of `text`, whose tree is `file`, in a fixed order: entries deleted, doubled, swapped; items and words
// deleted, misspelt, swapped with others of the file; arrows led elsewhere; numbers, units, texts and operators
// changed.
std::vector<Mutant> mutants(std::string_view text, const syntax::File& file);

}  // namespace flow::mutation
