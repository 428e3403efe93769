// The shapes in which canvas libraries keep the same things: lists, ids, ends of edges, places, labels
// (docs/importing/console.md). What is here looks at one JSON value and knows nothing of the rest of the graph.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/import/draft.h"
#include "compiler/import/json.h"

namespace flow::importing::console::shapes {

using Names = std::span<const std::string_view>;

// Where a thing is looked for, the likeliest first.
Names node_lists();
Names edge_lists();
Names ids();
Names sources();
Names targets();
Names ports();
Names labels();
Names names();
Names types();
Names holders();  // of settings
bool has(Names names, std::string_view name);

// The first of these members that is a list, or (`map`) an object that has nothing but objects.
const Json* list_in(const Json& json, Names names, bool map, std::string& name);
// Nodes by their ids, with their ways out, and nothing around them: {"1": {"outputs": …}, …}.
bool is_node_map(const Json& json);

// An id is a text or a whole number; empty: neither.
std::string id_of(const Json* json);
// All ids that these members are, or hold as `cell`, `id`, `node` or `nodeId`.
std::vector<std::string> ends_of(const Json& edge, Names members);
// The first of these members that is a text, or has one as `text`, `value`, `content`, …
std::string first_text(const Json& object, Names members);
// X6's `labels` and `attrs`, too.
std::string label_of(const Json& json);

std::optional<Position> position_of(const Json& json);

// How things look, of nodes and edges: nobody misses it.
bool is_look(std::string_view member);
// Whether it has a source and a target, among nodes.
bool is_edge(const Json& cell);

// Ways out that stand within a node: `next`, `outputs`, `wires`, …
bool holds_ways_out(std::string_view member);
struct WayOut {
  std::string port;
  std::string to;  // an id
  std::string pointer;
  bool sure = false;  // nothing else is written so
};
// Nothing: it is no such thing, but a setting. An empty list: none leads anywhere.
std::optional<std::vector<WayOut>> ways_out(std::string_view member, const Json& value, const std::string& pointer);

}  // namespace flow::importing::console::shapes
