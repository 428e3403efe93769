#include "compiler/import/console/shapes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace flow::importing::console::shapes {
namespace {

constexpr auto kNodeLists = std::to_array<std::string_view>(
    {"nodes", "nodeList", "elements", "cells", "steps", "nodeDataArray", "vertices", "blocks", "components"});
constexpr auto kEdgeLists =
    std::to_array<std::string_view>({"edges", "edgeList", "links", "connections", "lines", "lineList", "linkDataArray",
                                     "connectors", "arcs", "sequenceFlows", "transitions", "wires"});
constexpr auto kIds = std::to_array<std::string_view>({"id", "nodeId", "key", "uuid", "_id"});
constexpr auto kSources =
    std::to_array<std::string_view>({"source", "sourceNodeId", "sourceId", "from", "sourceNode", "fromNode", "fromId",
                                     "fromNodeId", "sourceRef", "source_id", "from_id", "origin"});
constexpr auto kTargets =
    std::to_array<std::string_view>({"target", "targetNodeId", "targetId", "to", "targetNode", "toNode", "toId",
                                     "toNodeId", "targetRef", "target_id", "to_id", "destination"});
constexpr auto kPorts =
    std::to_array<std::string_view>({"sourceHandle", "sourcePort", "sourceAnchorId", "sourcePortId", "sourceAnchor",
                                     "fromPort", "fromHandle", "sourceOutput", "outlet", "port", "handle"});
constexpr auto kLabels = std::to_array<std::string_view>({"label", "text", "name", "title", "condition"});
constexpr auto kNames = std::to_array<std::string_view>({"name", "nodeName", "displayName", "label", "title", "text"});
constexpr auto kTypes =
    std::to_array<std::string_view>({"type", "nodeType", "code", "nodeCode", "component", "componentType", "prototype",
                                     "prototypeCode", "componentCode", "kind", "category", "shape"});
constexpr auto kHolders = std::to_array<std::string_view>(
    {"data", "properties", "config", "settings", "params", "formData", "attributes", "extend"});

constexpr auto kPositions = std::to_array<std::string_view>(
    {"position", "geometry", "coordinates", "coords", "meta", "ui", "view", "style", "data"});
constexpr auto kAcross = std::to_array<std::string_view>({"x", "pos_x", "posX", "left"});
constexpr auto kDown = std::to_array<std::string_view>({"y", "pos_y", "posY", "top"});
constexpr std::size_t kPositionDepth = 2;

// 120, "120", "120px".
std::optional<double> coordinate(const Json* json) {
  if (json == nullptr) return std::nullopt;
  double value = 0;
  if (json->is_number()) {
    value = json->get<double>();
  } else if (json->is_string()) {
    std::string_view text = json->get_ref<const std::string&>();
    if (text.ends_with("px")) text.remove_suffix(2);
    if (text.empty() || text.size() > 20 || text.find_first_not_of("+-.0123456789") != std::string_view::npos)
      return std::nullopt;
    try {
      value = std::stod(std::string(text));
    } catch (const std::exception&) {
      return std::nullopt;
    }
  } else {
    return std::nullopt;
  }
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<double> coordinate(const Json& json, Names members) {
  for (const std::string_view each : members)
    if (const auto value = coordinate(member_of(json, each))) return value;
  return std::nullopt;
}

// GoJS: "120 80".
std::optional<Position> two_words(const Json* json) {
  if (json == nullptr || !json->is_string()) return std::nullopt;
  const std::string& text = json->get_ref<const std::string&>();
  const std::size_t space = text.find(' ');
  if (space == std::string::npos) return std::nullopt;
  const Json first = text.substr(0, space);
  const Json second = text.substr(space + 1);
  const auto x = coordinate(&first);
  const auto y = coordinate(&second);
  return x && y ? std::optional(Position{*x, *y}) : std::nullopt;
}

std::optional<Position> position_in(const Json& json, std::size_t depth) {
  if (json.is_array() && json.size() == 2) {
    const auto x = coordinate(&json[0]);
    const auto y = coordinate(&json[1]);
    if (x && y) return Position{*x, *y};
  }
  if (!json.is_object()) return std::nullopt;
  for (const std::string_view inner : kPositions) {
    const Json* found = depth == 0 ? nullptr : member_of(json, inner);
    if (found == nullptr) continue;
    if (const auto position = position_in(*found, depth - 1)) return position;
  }
  for (const std::string_view each : {"loc", "location"})
    if (const auto position = two_words(member_of(json, each))) return position;
  const auto x = coordinate(json, kAcross);
  const auto y = coordinate(json, kDown);
  return x && y ? std::optional(Position{*x, *y}) : std::nullopt;
}

constexpr auto kNext = std::to_array<std::string_view>(
    {"next", "nextNode", "nextNodeId", "nextId", "nextStep", "next_id", "next_node", "outgoing"});
constexpr auto kOutputs = std::to_array<std::string_view>({"outputs", "wires", "outs", "exits", "nexts"});

// Where one entry of a list of ways out leads.
void add_ways(const Json& json, const std::string& port, const std::string& pointer, std::vector<WayOut>& out,
              bool& sound, std::size_t depth);

std::string port_of(const Json& json) {
  constexpr auto kOwn =
      std::to_array<std::string_view>({"port", "portId", "handle", "outcome", "event", "label", "name", "key"});
  return first_text(json, kOwn);
}

void add_object(const Json& json, std::string port, const std::string& pointer, std::vector<WayOut>& out, bool& sound,
                std::size_t depth) {
  constexpr auto kTo = std::to_array<std::string_view>(
      {"target", "targetId", "targetNodeId", "targetNode", "nodeId", "node", "to", "next", "nextId", "nextNodeId"});
  if (port.empty()) port = port_of(json);
  for (const std::string_view list : {"connections", "targets", "nodes"}) {
    const Json* found = member_of(json, list);
    if (found == nullptr || !found->is_array()) continue;
    for (std::size_t i = 0; i < found->size(); ++i)
      add_ways((*found)[i], port, at(at(pointer, list), i), out, sound, depth + 1);
    for (WayOut& way : out) way.sure = true;
    return;
  }
  for (const std::string_view member : kTo) {
    const Json* found = member_of(json, member);
    const std::string id = found != nullptr && found->is_object() ? id_of(member_of(*found, "id")) : id_of(found);
    if (id.empty()) continue;
    out.push_back({port, id, at(pointer, member), true});
    return;
  }
  // A port of its own to which nothing is connected, or something else.
  sound = sound && (json.contains("target") || json.contains("next") || json.contains("to"));
}

void add_ways(const Json& json, const std::string& port, const std::string& pointer, std::vector<WayOut>& out,
              bool& sound, std::size_t depth) {
  if (json.is_null() || depth > 3) return;
  if (const std::string id = id_of(&json); !id.empty()) {
    out.push_back({port, id, pointer});
  } else if (json.is_object()) {
    add_object(json, port, pointer, out, sound, depth);
  } else if (json.is_array()) {
    for (std::size_t i = 0; i < json.size(); ++i)
      add_ways(json[i], port.empty() && json.size() > 1 && json[i].is_array() ? std::to_string(i) : port,
               at(pointer, i), out, sound, depth + 1);
  } else if (!(json.is_string())) {
    sound = false;
  }
}

}  // namespace

Names node_lists() {
  return kNodeLists;
}
Names edge_lists() {
  return kEdgeLists;
}
Names ids() {
  return kIds;
}
Names sources() {
  return kSources;
}
Names targets() {
  return kTargets;
}
Names ports() {
  return kPorts;
}
Names labels() {
  return kLabels;
}
Names names() {
  return kNames;
}
Names types() {
  return kTypes;
}
Names holders() {
  return kHolders;
}

bool has(Names names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const Json* list_in(const Json& json, Names names, bool map, std::string& name) {
  for (const std::string_view each : names) {
    const Json* found = member_of(json, each);
    if (found == nullptr) continue;
    const bool objects = map && found->is_object() && !found->empty() &&
                         std::all_of(found->begin(), found->end(), [](const Json& one) { return one.is_object(); });
    if (!found->is_array() && !objects) continue;
    name = each;
    return found;
  }
  return nullptr;
}

bool is_node_map(const Json& json) {
  return json.is_object() && !json.empty() && std::all_of(json.begin(), json.end(), [](const Json& one) {
           return one.is_object() && one.contains("outputs") && (one.contains("id") || one.contains("name"));
         });
}

std::string id_of(const Json* json) {
  if (json == nullptr) return {};
  if (json->is_string()) return json->get<std::string>();
  return json->is_number_integer() ? json->dump() : std::string();
}

std::vector<std::string> ends_of(const Json& edge, Names members) {
  std::vector<std::string> out;
  for (const std::string_view each : members) {
    const Json* found = member_of(edge, each);
    if (found == nullptr) continue;
    if (std::string id = id_of(found); !id.empty()) out.push_back(std::move(id));
    for (const std::string_view inner : {"cell", "id", "node", "nodeId"})
      if (std::string id = id_of(member_of(*found, inner)); !id.empty()) out.push_back(std::move(id));
  }
  return out;
}

std::string first_text(const Json& object, Names members) {
  for (const std::string_view each : members) {
    const Json* found = member_of(object, each);
    if (found == nullptr) continue;
    if (std::string id = id_of(found); !id.empty()) return id;
    for (const std::string_view inner : {"cell", "id", "value", "text", "content", "zh", "en"})
      if (std::string id = id_of(member_of(*found, inner)); !id.empty()) return id;
  }
  return {};
}

std::string label_of(const Json& json) {
  if (std::string label = first_text(json, kLabels); !label.empty()) return label;
  if (const Json* data = member_of(json, "data"))
    if (std::string label = first_text(*data, kLabels); !label.empty()) return label;
  const Json* list = member_of(json, "labels");
  const Json* holder = list != nullptr && list->is_array() && !list->empty() ? &(*list)[0] : &json;
  if (holder->is_string()) return holder->get<std::string>();
  if (const Json* attrs = member_of(*holder, "attrs"))
    for (const std::string_view part : {"label", "text", "title"})
      if (const Json* found = member_of(*attrs, part))
        if (std::string text = text_of(*found, "text"); !text.empty()) return text;
  constexpr auto kText = std::to_array<std::string_view>({"text", "label"});
  return holder == &json ? std::string() : first_text(*holder, kText);
}

std::optional<Position> position_of(const Json& json) {
  return position_in(json, kPositionDepth);
}

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
                                                    "parent",     "children",    "sourcePosition", "targetPosition",
                                                    "geometry",   "loc",         "coordinates",    "coords",
                                                    "pos_x",      "pos_y",       "posX",           "posY",
                                                    "left",       "top",         "html",           "typenode",
                                                    "class",      "icon",        "color",          "bgcolor"};
  return kLooks.contains(member);
}

bool is_edge(const Json& cell) {
  if (text_of(cell, "shape") == "edge" || text_of(cell, "type") == "edge") return true;
  if (const std::string type = text_of(cell, "type"); type.ends_with(".Link") || type == "link") return true;
  // A message has `from` and `to`, too.
  constexpr auto kFrom = std::to_array<std::string_view>({"source", "sourceNodeId"});
  constexpr auto kTo = std::to_array<std::string_view>({"target", "targetNodeId"});
  return !ends_of(cell, kFrom).empty() && !ends_of(cell, kTo).empty();
}

bool holds_ways_out(std::string_view member) {
  return has(kNext, member) || has(kOutputs, member);
}

std::optional<std::vector<WayOut>> ways_out(std::string_view member, const Json& value, const std::string& pointer) {
  std::vector<WayOut> out;
  bool sound = true;
  if (has(kOutputs, member) && value.is_object()) {  // by port
    for (const auto& [port, each] : value.items())
      add_ways(each, value.size() == 1 ? "" : port, at(pointer, port), out, sound, 1);
  } else {
    add_ways(value, "", pointer, out, sound, 0);
  }
  if (!sound) return std::nullopt;
  return out;
}

}  // namespace flow::importing::console::shapes
