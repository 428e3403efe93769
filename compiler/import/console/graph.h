// Our graph: a flow's syntax tree as nodes, edges with named ports, and typed properties (docs/formats/console.md).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compiler/import/json.h"
#include "compiler/import/layout.h"
#include "compiler/import/report.h"
#include "compiler/syntax/tree.h"

namespace flow::importing::console {

inline constexpr std::string_view kGraphFormat = "flow.graph";
inline constexpr int kGraphVersion = 1;

struct Encoded {
  Json graph;
  std::vector<std::string> keys;  // by node: what it is called in a layout
};

// Ids and positions of nodes that the layout places are the layout's; nodes without a position have none yet.
Encoded encode(const syntax::File& file, const Layout& layout);

// Gives a position to each node that has none: in columns by their distance from the start, below those placed.
void place_nodes(Json& graph);

// The text of a graph, with the JSON pointer of what each line says.
struct Decoded {
  std::string text;
  std::vector<std::string> pointers;  // by line
};

// What the graph has no place for is a `not_understood` note; then the text is incomplete.
Decoded decode(const Json& graph, const std::string& pointer, Report& report);

}  // namespace flow::importing::console
