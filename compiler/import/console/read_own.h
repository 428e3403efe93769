// Reads the graphs that an export of ours wrote, to the letter.
#pragma once

#include "compiler/import/format.h"

namespace flow::importing::console {

// Whether it says that it is one.
bool is_own_graph(const Json& graph);

// `graph` stands at `pointer`; `envelope` is what it came in, or null. What the text does not say is a note: everything
// of the graph is in the text, in the layout, or named by a note.
Imported read_own(const Json& graph, const std::string& pointer, const Json* envelope, const Options& options);

}  // namespace flow::importing::console
