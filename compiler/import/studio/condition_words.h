// Conditions of Studio's splits in the words of graphs, for the proof of an import. Nothing of the importer is used.
#pragma once

#include <string>

#include "compiler/import/studio/liquid_words.h"

namespace flow::importing::studio {

// Of a transition: all of its conditions; kAnything when one is not known. `input`: of the split.
std::string condition_words(const Json& transition, const std::string& input, LiquidWords& liquid);

// The setting of a widget that was kept, which says when a transition is taken.
std::string kept_condition(const Json& transition, const std::string& input, LiquidWords& liquid);

// What is no text is written as JSON; nothing is an empty text.
std::string scalar(const Json* json);

}  // namespace flow::importing::studio
