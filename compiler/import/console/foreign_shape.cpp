#include "compiler/import/console/foreign_shape.h"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace flow::importing::console {
namespace {

using Words = std::set<std::string_view>;

const Words kNodes = {"nodes", "nodeList", "elements", "cells", "steps"};
const Words kEdges = {"edges", "edgeList", "links", "connections", "lines"};
const Words kHolders = {"data", "properties", "config", "settings", "params", "formData", "attributes", "extend"};
const Words kIds = {"id", "nodeId", "key"};
const Words kNames = {"name", "nodeName", "label", "title", "text"};
const std::vector<std::string_view> kTypes = {"type",          "nodeType", "code", "component",
                                              "componentType", "kind",     "shape"};
const Words kLooks = {"x",          "y",           "position",       "positionAbsolute",
                      "width",      "height",      "size",           "zIndex",
                      "z",          "style",       "selected",       "dragging",
                      "draggable",  "attrs",       "ports",          "visible",
                      "measured",   "className",   "view",           "angle",
                      "tools",      "markerEnd",   "markerStart",    "animated",
                      "connector",  "router",      "vertices",       "pointsList",
                      "points",     "startPoint",  "endPoint",       "deletable",
                      "selectable", "connectable", "anchors",        "handleBounds",
                      "parent",     "children",    "sourcePosition", "targetPosition"};
constexpr std::size_t kDepthMax = 9;

std::string scalar(const Json* json) {
  if (json == nullptr || json->is_structured() || json->is_null()) return {};
  return json->is_string() ? json->get<std::string>() : json->dump();
}

// An id, or the object that names it.
std::string named(const Json& object, std::initializer_list<std::string_view> members) {
  for (const std::string_view member : members) {
    const Json* found = member_of(object, member);
    if (found == nullptr) continue;
    for (const Json* one : {found, member_of(*found, "cell"), member_of(*found, "id")})
      if (one != nullptr && (one->is_string() || one->is_number_integer()) && !scalar(one).empty()) return scalar(one);
  }
  return {};
}

// What people read: a text, or an object around it.
std::string read_text(const Json& object, std::initializer_list<std::string_view> members) {
  for (const std::string_view member : members) {
    const Json* found = member_of(object, member);
    if (found == nullptr) continue;
    if (found->is_string() || found->is_number_integer()) {
      if (std::string text = scalar(found); !text.empty()) return text;
    }
    for (const std::string_view inner : {"cell", "id", "value", "text", "content", "zh", "en"}) {
      const Json* text = member_of(*found, inner);
      if (text != nullptr && (text->is_string() || text->is_number_integer()) && !scalar(text).empty())
        return scalar(text);
    }
  }
  return {};
}

class Reader {
 public:
  explicit Reader(bool (*is_type)(std::string_view)) : is_type_(is_type) {}

  std::optional<Shape> run(const Json& json) {
    const Json* graph = find(json);
    if (graph == nullptr) return std::nullopt;
    std::vector<const Json*> edges;
    const Json* nodes = graph->is_array() ? graph : list(*graph, kNodes);
    for (const Json& one : *nodes) {
      if (is_edge(one))
        edges.push_back(&one);
      else if (!add_box(one))
        return std::nullopt;
    }
    if (const Json* more = list(*graph, kEdges))
      for (const Json& one : *more) edges.push_back(&one);
    for (const Json* one : edges)
      if (!add_way(*one)) return std::nullopt;
    return std::move(shape_);
  }

 private:
  static const Json* list(const Json& json, const Words& names) {
    if (!json.is_object()) return nullptr;
    for (const auto& [name, value] : json.items())
      if (names.contains(name) && value.is_array()) return &value;
    return nullptr;
  }

  static bool is_list_of_nodes(const Json& json) {
    return json.is_array() && !json.empty() &&
           std::all_of(json.begin(), json.end(), [](const Json& one) { return one.is_object(); });
  }

  // The nearest object with a list of nodes, or such a list; also in a text.
  const Json* find(const Json& json) {
    std::vector<const Json*> level = {&json};
    for (std::size_t depth = 0; depth < kDepthMax && !level.empty(); ++depth) {
      std::vector<const Json*> next;
      for (const Json* one : level) {
        if (is_list_of_nodes(*one) || list(*one, kNodes) != nullptr) return one;
        if (!one->is_object()) continue;
        for (const auto& [name, value] : one->items()) {
          const Json* inner = value.is_string() ? parsed(value.get_ref<const std::string&>()) : &value;
          if (inner != nullptr && inner->is_structured()) next.push_back(inner);
        }
      }
      level = std::move(next);
    }
    return nullptr;
  }

  const Json* parsed(std::string_view text) {
    if (!text.starts_with('{') && !text.starts_with('[')) return nullptr;
    auto json = read_json(text);
    if (!json) return nullptr;
    shape_.inside.push_back(*std::move(json));
    return &shape_.inside.back();
  }

  static bool is_edge(const Json& json) {
    return text_of(json, "shape") == "edge" || text_of(json, "type") == "edge" ||
           (!named(json, {"source", "sourceNodeId"}).empty() && !named(json, {"target", "targetNodeId"}).empty());
  }

  bool add_box(const Json& json) {
    if (!json.is_object()) return false;
    Box box;
    box.id = named(json, {"id", "nodeId", "key"});
    if (box.id.empty() || !places_.emplace(box.id, shape_.boxes.size()).second) return false;
    box.type = type_of(json, box.id);
    box.name = name_of(json);
    for (const auto& [member, value] : json.items()) {
      if (kHolders.contains(member) && value.is_object())
        add_settings(value, 0, box);
      else if (!kIds.contains(member) && !kNames.contains(member) && !kLooks.contains(member) && !says_type(member))
        box.settings.emplace_back(letters(member), &value);
    }
    shape_.boxes.push_back(std::move(box));
    return true;
  }

  static bool says_type(std::string_view member) {
    return std::find(kTypes.begin(), kTypes.end(), member) != kTypes.end();
  }

  std::string type_of(const Json& json, const std::string& id) const {
    std::vector<const Json*> places = {&json};
    for (const std::string_view holder :
         {"data", "properties", "config", "settings", "params", "formData", "attributes", "extend"})
      if (const Json* inner = member_of(json, holder)) places.push_back(inner);
    std::vector<std::string> all;
    for (const Json* place : places)
      for (const std::string_view member : kTypes)
        if (std::string type = text_of(*place, member); !type.empty()) all.push_back(std::move(type));
    if (const std::size_t sign = id.find('#'); sign != std::string::npos) all.push_back(id.substr(0, sign));
    const auto known = std::find_if(all.begin(), all.end(), [&](const std::string& type) { return is_type_(type); });
    return known != all.end() ? *known : all.empty() ? std::string() : all.front();
  }

  static std::string name_of(const Json& json) {
    for (const std::string_view holder : {"data", "properties", "config"}) {
      const Json* inner = member_of(json, holder);
      if (inner == nullptr || !inner->is_object()) continue;
      if (std::string name = read_text(*inner, {"name", "nodeName", "label", "title"}); !name.empty()) return name;
    }
    return read_text(json, {"name", "nodeName", "label", "title", "text"});
  }

  // A holder may be in a holder. The name and the type are no settings.
  static void add_settings(const Json& holder, std::size_t depth, Box& box) {
    for (const auto& [member, value] : holder.items()) {
      const bool is_name = kNames.contains(member) && member != "text" && value.is_string() && value == box.name;
      const bool is_type = value.is_string() && value == box.type;
      if (kHolders.contains(member) && value.is_object() && depth < 3)
        add_settings(value, depth + 1, box);
      else if (!is_name && !is_type)
        box.settings.emplace_back(letters(member), &value);
    }
  }

  bool add_way(const Json& json) {
    const auto from = places_.find(named(json, {"source", "sourceNodeId", "sourceId", "from", "sourceNode"}));
    const auto to = places_.find(named(json, {"target", "targetNodeId", "targetId", "to", "targetNode"}));
    if (from == places_.end() || to == places_.end()) return false;
    Way way;
    way.to = to->second;
    way.label = read_text(json, {"label", "text", "name", "title", "condition"});
    if (const Json* data = member_of(json, "data"); way.label.empty() && data != nullptr)
      way.label = read_text(*data, {"label", "text", "name", "title", "condition"});
    way.port = read_text(json, {"sourceHandle", "sourcePort", "sourceAnchorId", "sourcePortId", "port", "handle"});
    if (const Json* end = member_of(json, "source"); way.port.empty() && end != nullptr)
      way.port = text_of(*end, "port");
    if (way.port.empty()) way.port = way.label;
    shape_.boxes[way.to].led_to = true;
    shape_.boxes[from->second].ways.push_back(std::move(way));
    return true;
  }

  bool (*is_type_)(std::string_view);
  Shape shape_;
  std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace

std::string letters(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool capital = c >= 'A' && c <= 'Z';
    if (capital || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += static_cast<char>(capital ? c | 0x20 : c);
  }
  return out;
}

const Json* Box::setting(std::initializer_list<std::string_view> names) const {
  for (const std::string_view wanted : names)
    for (const auto& [key, value] : settings)
      if (key == wanted && !value->is_null()) return value;
  return nullptr;
}

std::string Box::text(std::initializer_list<std::string_view> names) const {
  return scalar(setting(names));
}

std::optional<Shape> shape_of(const Json& json, bool (*is_type)(std::string_view)) {
  return Reader(is_type).run(json);
}

}  // namespace flow::importing::console
