// Imports that went wrong: a flow as an importer makes it, with one thing changed.
#pragma once

#include <string>
#include <vector>

#include "compiler/import/draft.h"

namespace flow::importing {

struct Mutant {
  std::string what;  // "`sms`: `failed` leads to `end`, not to `next`"
  DraftFlow flow;
};

// An arrow that leads elsewhere; an arm that is missing; two arms of a branch or two messages of a row in the other
// order; another text.
std::vector<Mutant> mutants_of(const DraftFlow& flow);

}  // namespace flow::importing
