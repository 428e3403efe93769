// What can be told of the states of a definition before their steps are written.
#pragma once

#include <cstddef>
#include <vector>

#include "compiler/import/studio/definition.h"
#include "compiler/import/studio/values.h"
#include "compiler/import/studio/writer.h"

namespace flow::importing::studio {

// Marks what a way leads to from `from`. What is marked has its ways marked already.
void reach(const Definition& definition, std::size_t from, std::vector<bool>& seen);
// By state, whether a way leads to it from `from`.
std::vector<bool> reachable(const Definition& definition, std::size_t from);

// Splits on the reply of the `send-and-wait-for-reply` before them, which nothing else leads to: their arms may stand
// there.
Folds find_folds(const Definition& definition, const std::vector<bool>& included);

// By state, what has a value for certain where it begins. States that no way from `start` reaches know everything:
// nothing is absent where nothing comes.
std::vector<Known> find_known(const Definition& definition, const Values& values, std::size_t start);

}  // namespace flow::importing::studio
