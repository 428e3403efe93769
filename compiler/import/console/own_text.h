// Our own graph as the text that it stands for, without comments: a reading of its own, for the proof of an import.
#pragma once

#include <string>

#include "compiler/import/json.h"

namespace flow::importing::console {

// REQUIRES: a graph of docs/formats/console.md. Throws std::exception where it is none.
std::string own_text(const Json& graph);

}  // namespace flow::importing::console
