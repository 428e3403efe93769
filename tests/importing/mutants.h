// Imports that went wrong: a flow as an importer writes it, with one thing changed.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace flow::importing {

struct Mutant {
  std::string what;  // "line 12: `failed` leads to `end`, not to `next`"
  std::string text;
};

// Of a flow's text in the canonical layout: an arrow that leads elsewhere, an arm or a setting that is missing, two
// arms in the other order, another text, value, recipient, method, number or time. Of the header only what leads
// somewhere. Lines below a comment are left: an import says there what it has added or made up. Some are no flows that
// pass the checks. At most so many, spread over all.
std::vector<Mutant> mutants_of(const std::string& text, std::size_t most);

// The same of values: another one in the place of each, another function, another member of an answer that is read.
std::vector<Mutant> value_mutants_of(const std::string& text, std::size_t most);

// The text without what only people read.
std::string without_comments(const std::string& text);

}  // namespace flow::importing
