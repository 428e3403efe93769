// Texts of which one is taken, `{% if %}`, as a second reader of a definition has them. Nothing of the importer is
// used.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/import/fidelity/graph.h"
#include "compiler/import/json.h"

namespace flow::importing::studio {

// The words of a text without tags.
using TextWords = std::function<std::string(std::string_view)>;

// Of all texts in `json`: each outermost `if`, `unless` and `case`, as far as it can be told.
void add_chosen_texts(const Json& json, const TextWords& words, std::vector<fidelity::State::Texts>& out);

// The text with `{{*}}` in place of each of them; as it is when one stands beside another value.
std::string without_choices(std::string_view text);

}  // namespace flow::importing::studio
