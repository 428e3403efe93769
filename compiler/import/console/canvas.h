// A graph as canvas libraries keep it, whichever wrote it: nodes/edges with source and target (React Flow, Vue Flow),
// `cells` (X6), sourceNodeId and targetNodeId (LogicFlow), nodes that hold their ways out (Drawflow, Node-RED).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/import/draft.h"
#include "compiler/import/json.h"
#include "compiler/import/report.h"

namespace flow::importing::console {

// A setting of a node, wherever its library keeps it.
struct Property {
  std::string key;  // squeezed(): `waitingTime` is "waitingtime"
  const Json* value = nullptr;
  std::string pointer;
};

struct Node {
  std::string id;
  std::string type;  // as written: "SendWhatsAppMessageNode"
  std::string name;  // empty: it has none
  std::vector<Property> properties;
  std::optional<Position> position;
  std::string pointer;
  std::vector<std::size_t> out;  // edges, in order
  std::vector<std::size_t> in;
};

struct Edge {
  std::string port;   // of the source; the edge's label where it has none
  std::string label;  // what people read on it
  std::size_t source = 0;
  std::size_t target = 0;
  std::string pointer;
  const Json* branch = nullptr;  // that names its target itself
};

struct Canvas {
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  Json rest = Json::object();  // members of the graph and of its edges that are not known, by JSON pointer within it
  std::string trigger;         // "TriggeredByWhatsApp", as written; empty: it says none
  std::string name;            // of the whole; may be empty
};

// Whether it looks like a graph of one of these libraries.
bool is_canvas(const Json& json);

// The JSON stands at `pointer` and outlives the canvas. What is no node and no edge is a note: dangling edges, ids that
// come twice. Members that say how things look are left out, and noted once each by their names.
Canvas read_canvas(const Json& json, const std::string& pointer, Report& report);

// Small letters and digits alone, and what is no ASCII.
std::string squeezed(std::string_view text);
// Whether a name of the language can be made of it.
bool has_ascii_name(std::string_view text);

// A node with `enabled: false` and the like: what it says is not done.
bool is_switched_off(const Node& node);

}  // namespace flow::importing::console
