#include "compiler/import/console/canvas.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "compiler/import/console/kinds.h"

namespace flow::importing::console {
namespace {

// Around a graph: {"data": {"graph": {"nodes": …}}}.
constexpr auto kWrappers = std::to_array<std::string_view>(
    {"graph", "flow", "canvas", "graphData", "data", "model", "content", "definition", "flowModel", "viewModel"});
constexpr auto kNodeLists = std::to_array<std::string_view>({"nodes", "nodeList", "elements", "cells", "steps"});
constexpr auto kEdgeLists = std::to_array<std::string_view>({"edges", "edgeList", "links", "connections", "lines"});
constexpr std::size_t kWrappersMax = 8;

const Json* list_in(const Json& json, std::span<const std::string_view> names, std::string& name) {
  for (const std::string_view each : names) {
    const Json* found = member_of(json, each);
    if (found == nullptr || !found->is_array()) continue;
    name = each;
    return found;
  }
  return nullptr;
}

// The object with the lists, and where it stands.
const Json* unwrapped(const Json& json, std::string& pointer) {
  const Json* at_now = &json;
  for (std::size_t depth = 0; depth < kWrappersMax; ++depth) {
    std::string name;
    if (at_now->is_array() || list_in(*at_now, kNodeLists, name) != nullptr) return at_now;
    const Json* inner = nullptr;
    for (const std::string_view each : kWrappers) {
      const Json* found = member_of(*at_now, each);
      if (found == nullptr || (!found->is_object() && !found->is_array())) continue;
      inner = found;
      pointer = at(pointer, each);
      break;
    }
    if (inner == nullptr) return nullptr;
    at_now = inner;
  }
  return nullptr;
}

// An id is a text or a whole number.
std::string id_of(const Json* json) {
  if (json == nullptr) return {};
  if (json->is_string()) return json->get<std::string>();
  return json->is_number_integer() ? json->dump() : std::string();
}

// The first of these members that is a text, or has one as `cell`, `id`, `value`, `text` or `content`.
std::string first_text(const Json& object, std::span<const std::string_view> members) {
  for (const std::string_view each : members) {
    const Json* found = member_of(object, each);
    if (found == nullptr) continue;
    if (const std::string id = id_of(found); !id.empty()) return id;
    for (const std::string_view inner : {"cell", "id", "value", "text", "content", "zh", "en"})
      if (const std::string id = id_of(member_of(*found, inner)); !id.empty()) return id;
  }
  return {};
}

constexpr auto kSources = std::to_array<std::string_view>({"source", "sourceNodeId", "sourceId", "from", "sourceNode"});
constexpr auto kTargets = std::to_array<std::string_view>({"target", "targetNodeId", "targetId", "to", "targetNode"});
constexpr auto kPorts =
    std::to_array<std::string_view>({"sourceHandle", "sourcePort", "sourceAnchorId", "sourcePortId", "port", "handle"});
constexpr auto kLabels = std::to_array<std::string_view>({"label", "text", "name", "title", "condition"});
constexpr auto kNames = std::to_array<std::string_view>({"name", "nodeName", "label", "title", "text"});
constexpr auto kTypes =
    std::to_array<std::string_view>({"type", "nodeType", "code", "component", "componentType", "kind", "shape"});
constexpr auto kHolders = std::to_array<std::string_view>(
    {"data", "properties", "config", "settings", "params", "formData", "attributes", "extend"});

// The id that one of these members is, or holds as `cell` or `id`.
std::string end_of(const Json& edge, std::span<const std::string_view> members) {
  for (const std::string_view each : members) {
    const Json* found = member_of(edge, each);
    if (found == nullptr) continue;
    if (const std::string id = id_of(found); !id.empty()) return id;
    for (const std::string_view inner : {"cell", "id"})
      if (const std::string id = id_of(member_of(*found, inner)); !id.empty()) return id;
  }
  return {};
}

// How things look, of nodes and edges: nobody misses it.
bool is_look(std::string_view member) {
  static const std::set<std::string_view> kLooks = {"x",          "y",           "position",       "positionAbsolute",
                                                    "width",      "height",      "size",           "zIndex",
                                                    "z",          "style",       "selected",       "dragging",
                                                    "draggable",  "attrs",       "ports",          "visible",
                                                    "measured",   "className",   "view",           "angle",
                                                    "tools",      "markerEnd",   "markerStart",    "animated",
                                                    "connector",  "router",      "vertices",       "pointsList",
                                                    "points",     "startPoint",  "endPoint",       "deletable",
                                                    "selectable", "connectable", "anchors",        "handleBounds",
                                                    "parent",     "children",    "sourcePosition", "targetPosition"};
  return kLooks.contains(member);
}

template <std::size_t N>
bool has(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class Reader {
 public:
  Reader(std::string pointer, Report& report) : pointer_(std::move(pointer)), report_(report) {}

  Canvas read(const Json& json) {
    const Json* graph = unwrapped(json, pointer_);
    if (graph == nullptr) {
      wrong(pointer_, "has neither `nodes` and `edges` nor `cells`");
      return std::move(canvas_);
    }
    std::string nodes = "";
    std::string edges = "";
    const Json* first = graph->is_array() ? graph : list_in(*graph, kNodeLists, nodes);
    const Json* second = list_in(*graph, kEdgeLists, edges);
    std::vector<std::pair<const Json*, std::string>> found_edges;
    const std::string pointer = graph->is_array() ? pointer_ : at(pointer_, nodes);
    for (std::size_t i = 0; i < first->size(); ++i) {
      const Json& each = (*first)[i];
      if (is_edge(each)) {
        found_edges.emplace_back(&each, at(pointer, i));
      } else {
        add_node(each, at(pointer, i));
      }
    }
    for (std::size_t i = 0; second != nullptr && i < second->size(); ++i)
      found_edges.emplace_back(&(*second)[i], at(at(pointer_, edges), i));
    for (const auto& [edge, place] : found_edges) add_edge(*edge, place);
    read_rest(*graph, nodes, edges);
    return std::move(canvas_);
  }

 private:
  void wrong(const std::string& pointer, std::string message) {
    report_.add({NoteKind::not_understood, pointer, "", std::move(message), ""});
  }
  void leave_out(const std::string& pointer, const Json& value) {
    report_.add({NoteKind::left_out, pointer, "", shown_value(value), ""});
  }

  // Among cells.
  static bool is_edge(const Json& cell) {
    if (text_of(cell, "shape") == "edge" || text_of(cell, "type") == "edge") return true;
    // A message has `from` and `to`, too.
    constexpr auto kFrom = std::to_array<std::string_view>({"source", "sourceNodeId"});
    constexpr auto kTo = std::to_array<std::string_view>({"target", "targetNodeId"});
    return !end_of(cell, kFrom).empty() && !end_of(cell, kTo).empty();
  }

  void add_node(const Json& json, const std::string& pointer) {
    Node node;
    node.pointer = pointer;
    constexpr auto kIds = std::to_array<std::string_view>({"id", "nodeId", "key"});
    node.id = json.is_object() ? end_of(json, kIds) : std::string();
    if (node.id.empty()) return wrong(pointer, "is no node with an `id`");
    if (!by_id_.emplace(node.id, canvas_.nodes.size()).second)
      return wrong(pointer, fmt::format("has the id of another node: `{}`", shown(node.id)));
    node.position = position_of(json);
    node.type = type_of(json, node.id);
    node.name = name_of_node(json);
    for (const auto& [member, value] : json.items()) {
      if (has(kHolders, member) && value.is_object()) {
        properties(node, value, at(pointer, member), 0);
      } else if (!has(kIds, member) && !has(kNames, member) && !has(kTypes, member)) {
        if (is_look(member)) {
          look(member);
        } else {
          node.properties.push_back({squeezed(member), &value, at(pointer, member)});
        }
      }
    }
    canvas_.nodes.push_back(std::move(node));
  }

  void look(std::string_view member) {
    constexpr auto kKept = std::to_array<std::string_view>({"x", "y", "position"});  // in the layout
    if (!has(kKept, member) && looks_.emplace(member).second)
      report_.add({NoteKind::left_out, pointer_, "", fmt::format("`{}` says how things look", shown(member)), ""});
  }

  // The members of `data`, and of a `properties` within it.
  void properties(Node& node, const Json& holder, const std::string& pointer, std::size_t depth) {
    for (const auto& [member, value] : holder.items()) {
      const std::string place = at(pointer, member);
      if (has(kHolders, member) && value.is_object() && depth < 3) {
        properties(node, value, place, depth + 1);
      } else if ((member == "name" || member == "label" || member == "title" || member == "nodeName") &&
                 value.is_string() && value == node.name) {
        continue;  // it is the step's name
      } else if (value.is_string() && value == node.type) {
        continue;
      } else {
        node.properties.push_back({squeezed(member), &value, place});
      }
    }
  }

  static std::optional<Position> position_of(const Json& json) {
    const Json* object = member_of(json, "position");
    const Json& from = object != nullptr && object->is_object() ? *object : json;
    const Json* x = member_of(from, "x");
    const Json* y = member_of(from, "y");
    if (x == nullptr || y == nullptr || !x->is_number() || !y->is_number()) return std::nullopt;
    return Position{x->get<double>(), y->get<double>()};
  }

  // Everything that may say what a node is: the first that says it, else the first that says anything.
  static std::string type_of(const Json& json, const std::string& id) {
    std::vector<std::string> all;
    std::vector<const Json*> places = {&json};
    for (const std::string_view holder : kHolders)
      if (const Json* found = member_of(json, holder)) places.push_back(found);
    for (const Json* place : places)
      for (const std::string_view member : kTypes)
        if (std::string text = text_of(*place, member); !text.empty()) all.push_back(std::move(text));
    if (const std::size_t hash = id.find('#'); hash != std::string::npos) all.push_back(id.substr(0, hash));
    for (const std::string& each : all)
      if (find_kind(each) != nullptr) return each;
    return all.empty() ? std::string() : all.front();
  }

  static std::string name_of_node(const Json& json) {
    for (const std::string_view holder : {"data", "properties", "config"}) {
      const Json* found = member_of(json, holder);
      constexpr auto kInner = std::to_array<std::string_view>({"name", "nodeName", "label", "title"});
      if (found == nullptr || !found->is_object()) continue;
      if (std::string name = first_text(*found, kInner); !name.empty()) return name;
    }
    return first_text(json, kNames);
  }

  void add_edge(const Json& json, const std::string& pointer) {
    const std::string source = json.is_object() ? end_of(json, kSources) : std::string();
    const std::string target = json.is_object() ? end_of(json, kTargets) : std::string();
    const auto from = by_id_.find(source);
    const auto to = by_id_.find(target);
    if (source.empty() || target.empty()) return wrong(pointer, "is no edge with a source and a target");
    if (from == by_id_.end())
      return wrong(pointer, fmt::format("comes from `{}`, which does not exist", shown(source)));
    if (to == by_id_.end()) return wrong(pointer, fmt::format("leads to `{}`, which does not exist", shown(target)));
    Edge edge;
    edge.pointer = pointer;
    edge.source = from->second;
    edge.target = to->second;
    edge.label = label_of(json);
    edge.port = first_text(json, kPorts);
    if (const Json* end = member_of(json, "source"); edge.port.empty() && end != nullptr)
      edge.port = text_of(*end, "port");
    if (edge.port.empty()) edge.port = edge.label;
    note_rest(json, pointer);
    canvas_.nodes[edge.source].out.push_back(canvas_.edges.size());
    canvas_.nodes[edge.target].in.push_back(canvas_.edges.size());
    canvas_.edges.push_back(std::move(edge));
  }

  static std::string label_of(const Json& json) {
    if (std::string label = first_text(json, kLabels); !label.empty()) return label;
    const Json* data = member_of(json, "data");
    return data == nullptr ? std::string() : first_text(*data, kLabels);
  }

  void note_rest(const Json& edge, const std::string& pointer) {
    constexpr auto kKnown = std::to_array<std::string_view>(
        {"id", "key", "shape", "type", "targetHandle", "targetPort", "targetAnchorId", "targetPortId", "labels"});
    for (const auto& [member, value] : edge.items()) {
      const bool known = has(kSources, member) || has(kTargets, member) || has(kPorts, member) ||
                         has(kLabels, member) || has(kKnown, member);
      if (known) continue;
      if (is_look(member)) {
        look(member);
      } else if (!value.is_null() && !(value.is_structured() && value.empty())) {
        leave_out(at(pointer, member), value);
      }
    }
  }

  void read_rest(const Json& graph, std::string_view nodes, std::string_view edges) {
    if (!graph.is_object()) return;
    canvas_.name = first_text(graph, kNames);
    canvas_.trigger = text_of(graph, "triggerType");
    for (const auto& [member, value] : graph.items()) {
      if (member == nodes || member == edges || member == "triggerType" || has(kNames, member)) continue;
      leave_out(at(pointer_, member), value);
    }
  }

  std::string pointer_;
  Report& report_;
  Canvas canvas_;
  std::unordered_map<std::string, std::size_t> by_id_;
  std::set<std::string, std::less<>> looks_;
};

}  // namespace

std::string squeezed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
  }
  return out;
}

bool is_canvas(const Json& json) {
  std::string pointer;
  const Json* graph = unwrapped(json, pointer);
  if (graph == nullptr) return false;
  std::string name;
  if (graph->is_object() && list_in(*graph, kEdgeLists, name) != nullptr) return true;
  const Json* cells = graph->is_array() ? graph : list_in(*graph, kNodeLists, name);
  if (cells == nullptr || cells->empty()) return false;
  const bool all = std::all_of(cells->begin(), cells->end(), [](const Json& each) { return each.is_object(); });
  return all && (name == "cells" || std::any_of(cells->begin(), cells->end(), [](const Json& each) {
                   return each.contains("shape") || each.contains("source") || each.contains("sourceNodeId");
                 }));
}

Canvas read_canvas(const Json& json, const std::string& pointer, Report& report) {
  return Reader(pointer, report).read(json);
}

}  // namespace flow::importing::console
