#include "compiler/import/console/foreign_shape.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "compiler/import/console/shapes.h"

namespace flow::importing::console {
namespace {

using Words = std::set<std::string_view>;

const std::vector<std::string_view> kNodes = {"nodes",         "nodeList", "elements", "cells",     "steps",
                                              "nodeDataArray", "vertices", "blocks",   "components"};
const std::vector<std::string_view> kEdges = {"edges", "edgeList",      "links",         "connections",
                                              "lines", "lineList",      "linkDataArray", "connectors",
                                              "arcs",  "sequenceFlows", "transitions",   "wires"};
const Words kHolders = {"data", "properties", "config", "settings", "params", "formData", "attributes", "extend"};
const Words kIds = {"id", "nodeId", "key", "uuid", "_id"};
const Words kNames = {"name", "nodeName", "displayName", "label", "title", "text"};
const std::vector<std::string_view> kTypes = {"type",          "nodeType",      "code",      "nodeCode",
                                              "component",     "componentType", "prototype", "prototypeCode",
                                              "componentCode", "kind",          "category",  "shape"};
const Words kWays = {"next",     "nextNode", "nextNodeId", "nextId", "nextStep", "next_id", "next_node",
                     "outgoing", "outputs",  "wires",      "outs",   "exits",    "nexts"};
constexpr std::size_t kDepthMax = 9;

std::string scalar(const Json* json) {
  if (json == nullptr || json->is_structured() || json->is_null()) return {};
  return json->is_string() ? json->get<std::string>() : json->dump();
}

// Ids, or what the objects that name them say.
std::vector<std::string> ends(const Json& object, std::initializer_list<std::string_view> members) {
  std::vector<std::string> all;
  for (const std::string_view member : members) {
    const Json* found = member_of(object, member);
    if (found == nullptr) continue;
    for (const Json* one : {found, member_of(*found, "cell"), member_of(*found, "id"), member_of(*found, "node"),
                            member_of(*found, "nodeId")})
      if (one != nullptr && (one->is_string() || one->is_number_integer()) && !scalar(one).empty())
        all.push_back(scalar(one));
  }
  return all;
}
std::string named(const Json& object, std::initializer_list<std::string_view> members) {
  const std::vector<std::string> all = ends(object, members);
  return all.empty() ? std::string() : all.front();
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
  explicit Reader(bool (*knows)(std::string_view)) : is_type_(knows) {}

  std::optional<Shape> run(const Json& json) {
    const Json* graph = find(json);
    if (graph == nullptr) return std::nullopt;
    std::vector<const Json*> edges;
    const bool bare = graph->is_array() || is_map_of_nodes(*graph);
    const Json* nodes = bare ? graph : list(*graph, kNodes);
    for (const auto& [key, one] : nodes->items()) {
      if (is_edge(one))
        edges.push_back(&one);
      else if (!add_box(one, nodes->is_array() ? std::string() : key))
        return std::nullopt;
    }
    if (const Json* more = bare ? nullptr : list(*graph, kEdges))
      for (const Json& one : *more) edges.push_back(&one);
    for (const Json* one : edges)
      if (!add_way(*one)) return std::nullopt;
    if (!add_inner_ways()) return std::nullopt;
    return std::move(shape_);
  }

 private:
  // A list, or an object by ids.
  static const Json* list(const Json& json, const std::vector<std::string_view>& names) {
    for (const std::string_view name : names) {
      const Json* found = member_of(json, name);
      const bool map = found != nullptr && found->is_object() && !found->empty() && all_objects(*found);
      if (found != nullptr && (found->is_array() || map)) return found;
    }
    return nullptr;
  }
  static bool all_objects(const Json& json) {
    return std::all_of(json.begin(), json.end(), [](const Json& one) { return one.is_object(); });
  }
  // Drawflow: nodes by their numbers.
  static bool is_map_of_nodes(const Json& json) {
    return json.is_object() && !json.empty() && std::all_of(json.begin(), json.end(), [](const Json& one) {
             return one.is_object() && one.contains("outputs") && (one.contains("id") || one.contains("name"));
           });
  }
  static bool is_list_of_nodes(const Json& json) { return json.is_array() && !json.empty() && all_objects(json); }

  // The nearest object with a list of nodes, or such a list; also in a text.
  const Json* find(const Json& json) {
    std::vector<const Json*> level = {&json};
    for (std::size_t depth = 0; depth < kDepthMax && !level.empty(); ++depth) {
      std::vector<const Json*> next;
      for (const Json* one : level) {
        if (is_list_of_nodes(*one) || is_map_of_nodes(*one) || list(*one, kNodes) != nullptr) return one;
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
    const std::string type = text_of(json, "type");
    return text_of(json, "shape") == "edge" || type == "edge" || type == "link" || type.ends_with(".Link") ||
           (!named(json, {"source", "sourceNodeId"}).empty() && !named(json, {"target", "targetNodeId"}).empty());
  }

  bool add_box(const Json& json, const std::string& key) {
    if (!json.is_object()) return false;
    Box box;
    for (const std::string_view id : {"id", "nodeId", "key", "uuid", "_id"})
      if (const Json* found = member_of(json, id); box.id.empty() && found != nullptr && !found->is_boolean())
        box.id = scalar(found);
    if (box.id.empty()) box.id = key;
    if (box.id.empty() || !places_.emplace(box.id, shape_.boxes.size()).second) return false;
    box.type = type_of(json, box.id);
    box.name = name_of(json);
    for (const auto& [member, value] : json.items()) {
      const bool look = shapes::is_look(member) || (member == "inputs" && value.is_object());
      if (kHolders.contains(member) && value.is_object())
        add_settings(value, 0, box);
      else if (kWays.contains(member))
        inner_.push_back({shape_.boxes.size(), member, &value});
      else if (!look && !kIds.contains(member) && !is_name(member, value, box) && !is_type(member, value, box))
        box.settings.emplace_back(letters(member), &value);
    }
    add_text(json, box);
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
        if (std::string type = text_of(*place, member); !type.empty() && member != "shape")
          all.push_back(std::move(type));
    for (const Json* place : places)
      if (std::string type = text_of(*place, "shape"); !type.empty()) all.push_back(std::move(type));
    if (const std::size_t sign = id.find('#'); sign != std::string::npos) all.push_back(id.substr(0, sign));
    const auto known = std::find_if(all.begin(), all.end(), [&](const std::string& type) { return is_type_(type); });
    if (known != all.end() || !all.empty()) return known != all.end() ? *known : all.front();
    for (const std::string_view member : {"name", "nodeName", "displayName", "label", "title", "text"})
      if (std::string name = text_of(json, member); is_type_(name)) return name;
    return {};
  }

  static std::string name_of(const Json& json) {
    for (const std::string_view holder : {"data", "properties", "config"}) {
      const Json* inner = member_of(json, holder);
      if (inner == nullptr || !inner->is_object()) continue;
      if (std::string name = read_text(*inner, {"name", "nodeName", "displayName", "label", "title"}); !name.empty())
        return name;
    }
    if (std::string name = read_text(json, {"name", "nodeName", "displayName", "label", "title", "text"});
        !name.empty())
      return name;
    return json.contains("attrs") ? label_of(json) : std::string();
  }

  static std::string label_of(const Json& json) {
    static const std::initializer_list<std::string_view> kLabels = {"label", "text", "name", "title", "condition"};
    if (std::string label = read_text(json, kLabels); !label.empty()) return label;
    if (const Json* data = member_of(json, "data"))
      if (std::string label = read_text(*data, kLabels); !label.empty()) return label;
    const Json* list = member_of(json, "labels");
    const Json* holder = list != nullptr && list->is_array() && !list->empty() ? &list->front() : &json;
    if (holder->is_string()) return holder->get<std::string>();
    if (const Json* attrs = member_of(*holder, "attrs"))
      for (const std::string_view part : {"label", "text", "title"})
        if (const Json* found = member_of(*attrs, part))
          if (std::string text = text_of(*found, "text"); !text.empty()) return text;
    return holder == &json ? std::string() : read_text(*holder, {"text", "label"});
  }

  static bool is_name(const std::string& member, const Json& value, const Box& box) {
    return kNames.contains(member) && read_text(Json{{member, value}}, {member}) == box.name;
  }
  // How a library draws a node that says elsewhere what it is, is no setting either.
  bool is_type(const std::string& member, const Json& value, const Box& box) const {
    if (!says_type(member) || !value.is_string()) return false;
    const bool drawn = member == "type" || member == "shape" || member == "component";
    return value == box.type || (drawn && is_type_(box.type));
  }
  // A node without another name may have its text as `text`.
  static void add_text(const Json& json, Box& box) {
    const Json* text = member_of(json, "text");
    if (text != nullptr && text->is_string() && box.setting({"text", "body", "content", "message"}) == nullptr)
      box.text_of_node = text;
  }

  // A holder may be in a holder. The name and the type are no settings.
  void add_settings(const Json& holder, std::size_t depth, Box& box) {
    for (const auto& [member, value] : holder.items()) {
      const bool called = member != "text" && is_name(member, value, box) && value.is_string();
      if (kHolders.contains(member) && value.is_object() && depth < 3)
        add_settings(value, depth + 1, box);
      else if (kWays.contains(member))
        inner_.push_back({shape_.boxes.size(), member, &value});
      else if (!called && !is_type(member, value, box))
        box.settings.emplace_back(letters(member), &value);
    }
  }

  // Of several ends, the one that is a node.
  const std::string* end_of(const std::vector<std::string>& all) const {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const std::string& id) { return places_.contains(id); });
    return found == all.end() ? nullptr : &*found;
  }

  bool add_way(const Json& json) {
    const auto sources = ends(json, {"source", "sourceNodeId", "sourceId", "from", "sourceNode", "fromNode", "fromId",
                                     "fromNodeId", "sourceRef", "source_id", "from_id", "origin"});
    const auto targets = ends(json, {"target", "targetNodeId", "targetId", "to", "targetNode", "toNode", "toId",
                                     "toNodeId", "targetRef", "target_id", "to_id", "destination"});
    const std::string* from = end_of(sources);
    const std::string* to = end_of(targets);
    if (from == nullptr || to == nullptr) return false;
    Way way;
    way.to = places_.at(*to);
    way.label = label_of(json);
    way.port = port_of(json, *from);
    if (way.port.empty()) way.port = way.label;
    connect(places_.at(*from), std::move(way));
    return true;
  }

  void connect(std::size_t from, Way way) {
    shape_.boxes[way.to].led_to = true;
    shape_.boxes[from].ways.push_back(std::move(way));
  }

  static std::string port_of(const Json& json, const std::string& from) {
    std::string port = read_text(json, {"sourceHandle", "sourcePort", "sourceAnchorId", "sourcePortId", "sourceAnchor",
                                        "fromPort", "fromHandle", "sourceOutput", "outlet", "port", "handle"});
    for (const std::string_view end : {"source", "from"})
      if (const Json* found = member_of(json, end); port.empty() && found != nullptr)
        port = read_text(*found, {"port", "portId", "handle"});
    if (const std::string end = text_of(json, "source"); port.empty() && end != from) port = end;
    const bool prefixed = port.size() > from.size() + 1 && port.starts_with(from) &&
                          std::string_view("_-:.").find(port[from.size()]) != std::string_view::npos;
    return prefixed ? port.substr(from.size() + 1) : port;
  }

  // ---- Ways out that stand in their nodes ----

  struct Inner {
    std::size_t box = 0;
    std::string member;
    const Json* value = nullptr;
  };

  bool add_inner_ways() {
    for (std::size_t i = 0; i < shape_.boxes.size(); ++i)
      for (const Way& way : shape_.boxes[i].ways) ++listed_[{i, way.to}];
    for (const Inner& inner : inner_) {
      std::vector<std::pair<std::string, std::string>> found;  // by port: an id
      collect(*inner.value, "", 0, found);
      const bool leads =
          std::any_of(found.begin(), found.end(), [&](const auto& one) { return places_.contains(one.second); });
      if (!leads && !found.empty()) {
        shape_.boxes[inner.box].settings.emplace_back(letters(inner.member), inner.value);
        continue;
      }
      for (const auto& [port, id] : found)
        if (!add_inner_way(inner.box, port, id, nullptr)) return false;
    }
    for (std::size_t i = 0; i < shape_.boxes.size(); ++i)
      if (!add_branches(i)) return false;
    return true;
  }

  bool add_inner_way(std::size_t from, const std::string& port, const std::string& id, const Json* branch) {
    const auto to = places_.find(id);
    if (to == places_.end()) return false;
    if (const auto known = listed_.find({from, to->second}); known != listed_.end() && known->second > 0) {
      --known->second;
      for (Way& way : shape_.boxes[from].ways)
        if (branch != nullptr && way.to == to->second && way.branch == nullptr) return way.branch = branch, true;
      return true;
    }
    connect(from, {port, "", to->second, branch});
    return true;
  }

  static void collect(const Json& json, const std::string& port, int depth,
                      std::vector<std::pair<std::string, std::string>>& out) {
    if (depth > 4 || json.is_null()) return;
    if (json.is_string() || json.is_number_integer()) {
      if (!scalar(&json).empty()) out.emplace_back(port, scalar(&json));
    } else if (json.is_array()) {
      for (std::size_t i = 0; i < json.size(); ++i)
        collect(json[i], port.empty() && json.size() > 1 && json[i].is_array() ? std::to_string(i) : port, depth + 1,
                out);
    } else if (json.is_object()) {
      collect_object(json, port, depth, out);
    }
  }
  static void collect_object(const Json& json, const std::string& given, int depth,
                             std::vector<std::pair<std::string, std::string>>& out) {
    const std::string port =
        given.empty() ? read_text(json, {"port", "portId", "handle", "outcome", "event", "label", "name", "key"})
                      : given;
    for (const std::string_view member : {"connections", "targets", "nodes"})
      if (const Json* found = member_of(json, member); found != nullptr && found->is_array())
        return collect(*found, port, depth + 1, out);
    const std::string id = named(json, {"target", "targetId", "targetNodeId", "targetNode", "nodeId", "node", "to",
                                        "next", "nextId", "nextNodeId"});
    if (!id.empty()) {
      out.emplace_back(port, id);
    } else if (depth == 0) {
      for (const auto& [name, value] : json.items()) collect(value, json.size() == 1 ? "" : name, 1, out);
    }
  }

  // Branches that name the nodes to which they lead.
  bool add_branches(std::size_t box) {
    static const Words kLists = {"branches", "conditions",     "branchlist",    "cases",
                                 "options",  "randombranches", "multibranches", "categories"};
    const auto settings = shape_.boxes[box].settings;
    for (const auto& [key, value] : settings) {
      if (!kLists.contains(key) || !value->is_array()) continue;
      for (std::size_t i = 0; i < value->size(); ++i) {
        const Json& branch = (*value)[i];
        for (const std::string_view member :
             {"next", "nextNode", "nextNodeId", "nextId", "target", "targetNodeId", "targetId", "targetNode", "goto"}) {
          const std::string id = scalar(branch.is_object() ? member_of(branch, member) : nullptr);
          if (id.empty() || !places_.contains(id)) continue;
          std::string port = read_text(branch, {"port", "id", "key", "name", "label", "code", "value"});
          if (port.empty()) port = "branch " + std::to_string(i + 1);
          if (!add_inner_way(box, port, id, &branch)) return false;
          break;
        }
      }
    }
    return true;
  }

  bool (*is_type_)(std::string_view);
  Shape shape_;
  std::unordered_map<std::string, std::size_t> places_;
  std::vector<Inner> inner_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> listed_;  // edges of the list, by their ends
};

}  // namespace

std::string letters(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool capital = c >= 'A' && c <= 'Z';
    const bool other = static_cast<unsigned char>(c) >= 0x80;
    if (capital || other || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
      out += static_cast<char>(capital ? c | 0x20 : c);
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
