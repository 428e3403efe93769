// From a definition to flows of the language: one for each way in which the trigger is wired.
#pragma once

#include <string>

#include "compiler/import/format.h"
#include "compiler/import/studio/definition.h"

namespace flow::importing::studio {

struct Naming {
  std::string name;                    // of the first flow
  std::string title;                   // for people; empty: none
  const Startables* others = nullptr;  // that its sub-flows may be
};

// Fills `out`, whose report the definition was read with.
void build(const Definition& definition, const Naming& naming, const Json& wrapper, Imported& out);

}  // namespace flow::importing::studio
