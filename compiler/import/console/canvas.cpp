#include "compiler/import/console/canvas.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "compiler/import/console/kinds.h"
#include "compiler/import/console/settings.h"
#include "compiler/import/console/shapes.h"

namespace flow::importing::console {
namespace {

using shapes::has;

class Reader {
 public:
  Reader(std::string pointer, Report& report) : pointer_(std::move(pointer)), report_(report) {}

  Canvas read(const Json& graph) {
    std::string nodes;
    std::string edges;
    const bool bare = graph.is_array() || shapes::is_node_map(graph);
    const Json* first = bare ? &graph : shapes::list_in(graph, shapes::node_lists(), true, nodes);
    if (first == nullptr) {
      wrong(pointer_, "has neither `nodes` and `edges` nor `cells`",
            "give the file that the console's Settings > Export wrote, or a graph with `nodes` and `edges`");
      return std::move(canvas_);
    }
    const Json* second = bare ? nullptr : shapes::list_in(graph, shapes::edge_lists(), true, edges);
    std::vector<std::pair<const Json*, std::string>> found_edges;
    const std::string pointer = bare ? pointer_ : at(pointer_, nodes);
    each_of(*first, pointer, [&](const Json& each, const std::string& place, const std::string& key) {
      if (shapes::is_edge(each)) {
        found_edges.emplace_back(&each, place);
      } else {
        add_node(each, place, key);
      }
    });
    if (second != nullptr)
      each_of(*second, at(pointer_, edges), [&](const Json& each, const std::string& place, const std::string&) {
        found_edges.emplace_back(&each, place);
      });
    for (const auto& [edge, place] : found_edges) add_edge(*edge, place);
    add_inner_edges();
    read_rest(graph, nodes, edges, bare);
    return std::move(canvas_);
  }

 private:
  // A way out that stands in its node.
  struct Inner {
    std::size_t node = 0;
    std::string member;
    const Json* value = nullptr;
    std::string pointer;
    bool sure = false;  // it cannot be a setting
  };

  template <typename Function>
  static void each_of(const Json& list, const std::string& pointer, Function&& function) {
    if (list.is_array()) {
      for (std::size_t i = 0; i < list.size(); ++i) function(list[i], at(pointer, i), std::string());
    } else {
      for (const auto& [key, each] : list.items()) function(each, at(pointer, key), key);
    }
  }

  void wrong(const std::string& pointer, std::string message, std::string remedy = {}) {
    report_.add({NoteKind::not_understood, pointer, "", std::move(message), std::move(remedy)});
  }
  void leave_out(const std::string& pointer, const Json& value) {
    canvas_.rest[pointer.substr(pointer_.size())] = value;
    report_.add({NoteKind::left_out, pointer, "", shown_value(value), ""});
  }

  // `key`: its name in a map of nodes.
  void add_node(const Json& json, const std::string& pointer, const std::string& key) {
    Node node;
    node.pointer = pointer;
    for (const std::string_view each : shapes::ids())
      if (node.id.empty()) node.id = shapes::id_of(member_of(json, each));
    if (node.id.empty()) node.id = key;
    if (!json.is_object() || node.id.empty())
      return wrong(pointer, "is no node with an `id`", "give every node an `id` of its own");
    if (!by_id_.emplace(node.id, canvas_.nodes.size()).second)
      return wrong(pointer, fmt::format("has the id of another node: `{}`", shown(node.id)),
                   "ids of nodes are different: edges name them");
    node.position = shapes::position_of(json);
    node.name = name_of_node(json);
    node.type = type_of(json, node.id);
    for (const auto& [member, value] : json.items()) add_member(node, member, value, at(pointer, member));
    add_text(node, json, pointer);
    canvas_.nodes.push_back(std::move(node));
  }

  void add_member(Node& node, const std::string& member, const Json& value, const std::string& pointer) {
    if (has(shapes::holders(), member) && value.is_object()) {
      properties(node, value, pointer, 0);
    } else if (has(shapes::ids(), member) || says_name(node, member, value) || says_type(node, member, value)) {
      return;
    } else if (shapes::holds_ways_out(member)) {
      const bool sure = value.is_string() || member == "wires" || member == "next";
      inner_.push_back({canvas_.nodes.size(), member, &value, pointer, sure});
    } else if (shapes::is_look(member) || (member == "inputs" && value.is_object())) {
      look(member);
    } else {
      node.properties.push_back({squeezed(member), &value, pointer});
    }
  }

  static bool says_name(const Node& node, const std::string& member, const Json& value) {
    if (!has(shapes::names(), member)) return false;
    const Json holder = {{member, value}};
    const std::string_view only[] = {member};
    return shapes::first_text(holder, only) == node.name;
  }

  // `type` and `shape` of a node that says elsewhere what it is are how its library draws it.
  bool says_type(const Node& node, const std::string& member, const Json& value) {
    if (!has(shapes::types(), member)) return false;
    if (value.is_string() && value == node.type) return true;
    constexpr auto kDrawn = std::to_array<std::string_view>({"type", "shape", "component"});
    if (!value.is_string() || !has(kDrawn, member) || find_kind(node.type) == nullptr) return false;
    look(member);
    return true;
  }

  // A message without any other name keeps its text in `text`.
  static void add_text(Node& node, const Json& json, const std::string& pointer) {
    const Kind* kind = find_kind(node.type);
    const Json* text = member_of(json, "text");
    const bool message = kind != nullptr && kind->id == KindId::send && text != nullptr && text->is_string();
    const bool there = std::any_of(node.properties.begin(), node.properties.end(), [](const Property& each) {
      return each.key == "text" || each.key == "body" || each.key == "content" || each.key == "message";
    });
    if (message && !there) node.properties.push_back({"text", text, at(pointer, "text")});
  }

  void look(std::string_view member) {
    constexpr auto kKept = std::to_array<std::string_view>({"x", "y", "position", "pos_x", "pos_y"});  // in the layout
    if (!has(kKept, member) && looks_.emplace(member).second)
      report_.add({NoteKind::left_out, pointer_, "", fmt::format("`{}` says how things look", shown(member)), ""});
  }

  // The members of `data`, and of a `properties` within it.
  void properties(Node& node, const Json& holder, const std::string& pointer, std::size_t depth) {
    for (const auto& [member, value] : holder.items()) {
      const std::string place = at(pointer, member);
      if (has(shapes::holders(), member) && value.is_object() && depth < 3) {
        properties(node, value, place, depth + 1);
      } else if ((member == "name" || member == "displayName" || member == "label" || member == "title" ||
                  member == "nodeName") &&
                 value.is_string() && value == node.name) {
        continue;  // it is the step's name
      } else if (says_type(node, member, value)) {
        continue;
      } else if (shapes::holds_ways_out(member)) {
        inner_.push_back({canvas_.nodes.size(), member, &value, place, false});
      } else {
        node.properties.push_back({squeezed(member), &value, place});
      }
    }
  }

  // Everything that may say what a node is: the first that says it, else the first that says anything. A node that says
  // nothing at all may be called what it is.
  static std::string type_of(const Json& json, const std::string& id) {
    std::vector<std::string> all;
    std::vector<const Json*> places = {&json};
    for (const std::string_view holder : shapes::holders())
      if (const Json* found = member_of(json, holder)) places.push_back(found);
    for (const bool drawn : {false, true})  // how it is drawn says least
      for (const Json* place : places)
        for (const std::string_view member : shapes::types())
          if (std::string text = text_of(*place, member); !text.empty() && drawn == (member == "shape"))
            all.push_back(std::move(text));
    if (const std::size_t hash = id.find('#'); hash != std::string::npos) all.push_back(id.substr(0, hash));
    for (const std::string& each : all)
      if (find_kind(each) != nullptr) return each;
    if (!all.empty()) return all.front();
    for (const std::string_view member : shapes::names())
      if (const std::string text = text_of(json, member); find_kind(text) != nullptr) return text;
    return {};
  }

  static std::string name_of_node(const Json& json) {
    for (const std::string_view holder : {"data", "properties", "config"}) {
      const Json* found = member_of(json, holder);
      constexpr auto kInner = std::to_array<std::string_view>({"name", "nodeName", "displayName", "label", "title"});
      if (found == nullptr || !found->is_object()) continue;
      if (std::string name = shapes::first_text(*found, kInner); !name.empty()) return name;
    }
    if (std::string name = shapes::first_text(json, shapes::names()); !name.empty()) return name;
    return json.contains("attrs") ? shapes::label_of(json) : std::string();
  }

  // Of several ids, the one that a node has.
  std::string id_among(const std::vector<std::string>& all) const {
    for (const std::string& each : all)
      if (by_id_.contains(each)) return each;
    return all.empty() ? std::string() : all.front();
  }

  void add_edge(const Json& json, const std::string& pointer) {
    const std::string source = id_among(shapes::ends_of(json, shapes::sources()));
    const std::string target = id_among(shapes::ends_of(json, shapes::targets()));
    const auto from = by_id_.find(source);
    const auto to = by_id_.find(target);
    if (source.empty() || target.empty())
      return wrong(pointer, "is no edge with a source and a target", "take it out, or connect both of its ends");
    constexpr std::string_view kRemedy = "take the edge out, or lead it to a node that is there";
    if (from == by_id_.end())
      return wrong(pointer, fmt::format("comes from `{}`, which does not exist", shown(source)), std::string(kRemedy));
    if (to == by_id_.end())
      return wrong(pointer, fmt::format("leads to `{}`, which does not exist", shown(target)), std::string(kRemedy));
    Edge edge;
    edge.pointer = pointer;
    edge.source = from->second;
    edge.target = to->second;
    edge.label = shapes::label_of(json);
    edge.port = port_of(json, source);
    if (edge.port.empty()) edge.port = edge.label;
    note_rest(json, pointer);
    connect(std::move(edge));
  }

  void connect(Edge edge) {
    canvas_.nodes[edge.source].out.push_back(canvas_.edges.size());
    canvas_.nodes[edge.target].in.push_back(canvas_.edges.size());
    canvas_.edges.push_back(std::move(edge));
  }

  // LogicFlow and others put the node's id before it.
  static std::string port_of(const Json& json, const std::string& source) {
    std::string port = shapes::first_text(json, shapes::ports());
    constexpr auto kInner = std::to_array<std::string_view>({"port", "portId", "handle"});
    for (const std::string_view end : {"source", "from"})
      if (const Json* found = member_of(json, end); port.empty() && found != nullptr)
        port = shapes::first_text(*found, kInner);
    // Butterfly: `sourceNode` is the node, `source` the port.
    if (const std::string end = text_of(json, "source"); port.empty() && end != source) port = end;
    const bool prefixed = port.size() > source.size() + 1 && port.starts_with(source);
    if (prefixed && std::string_view("_-:.").find(port[source.size()]) != std::string_view::npos)
      port.erase(0, source.size() + 1);
    return port;
  }

  void note_rest(const Json& edge, const std::string& pointer) {
    constexpr auto kKnown = std::to_array<std::string_view>({"id", "key", "shape", "type", "targetHandle", "targetPort",
                                                             "targetAnchorId", "targetPortId", "targetAnchor", "toPort",
                                                             "toHandle", "targetInput", "labels", "uuid"});
    for (const auto& [member, value] : edge.items()) {
      const bool known = has(shapes::sources(), member) || has(shapes::targets(), member) ||
                         has(shapes::ports(), member) || has(shapes::labels(), member) || has(kKnown, member);
      if (known) continue;
      if (shapes::is_look(member)) {
        look(member);
      } else if (!value.is_null() && !(value.is_structured() && value.empty())) {
        leave_out(at(pointer, member), value);
      }
    }
  }

  // ---- ways out that stand in their nodes

  // Edges of the list that a way within a node may mean, each once.
  using Listed = std::map<std::pair<std::size_t, std::size_t>, std::vector<std::size_t>>;  // by source and target

  // Takes out of `listed` the edge that this way is, too; with the same port, if there is one.
  bool is_listed(std::size_t from, std::size_t to, const std::string& port, const Json* branch) {
    constexpr std::size_t kLookedAt = 64;
    const auto found = listed_.find({from, to});
    if (found == listed_.end() || found->second.empty()) return false;
    auto& all = found->second;
    std::size_t chosen = 0;
    for (std::size_t i = 0; i < std::min(all.size(), kLookedAt); ++i)
      if (canvas_.edges[all[i]].port == port) chosen = i;
    std::swap(all[chosen], all.back());
    if (branch != nullptr) canvas_.edges[all.back()].branch = branch;
    all.pop_back();
    return true;
  }

  void add_inner_edges() {
    for (std::size_t i = 0; i < canvas_.edges.size(); ++i)
      listed_[{canvas_.edges[i].source, canvas_.edges[i].target}].push_back(i);
    for (const Inner& inner : inner_) {
      const auto ways = shapes::ways_out(inner.member, *inner.value, inner.pointer);
      const bool sure =
          ways && std::any_of(ways->begin(), ways->end(), [](const shapes::WayOut& way) { return way.sure; });
      const bool leads = ways && std::any_of(ways->begin(), ways->end(),
                                             [&](const shapes::WayOut& way) { return by_id_.contains(way.to); });
      if (!ways || (!leads && !ways->empty() && !inner.sure && !sure)) {
        canvas_.nodes[inner.node].properties.push_back({squeezed(inner.member), inner.value, inner.pointer});
        continue;
      }
      for (const shapes::WayOut& way : *ways) add_way(inner.node, way, nullptr);
    }
    for (std::size_t node = 0; node < canvas_.nodes.size(); ++node) add_branches(node);
  }

  void add_way(std::size_t node, const shapes::WayOut& way, const Json* branch) {
    const auto to = by_id_.find(way.to);
    if (to == by_id_.end())
      return wrong(way.pointer, fmt::format("leads to `{}`, which does not exist", shown(way.to)),
                   "lead it to a node that is there");
    if (is_listed(node, to->second, way.port, branch)) return;
    connect({way.port, "", node, to->second, way.pointer, branch});
  }

  // Branches that name the nodes to which they lead.
  void add_branches(std::size_t node) {
    for (const Property& property : canvas_.nodes[node].properties) {
      constexpr auto kLists =
          std::to_array<std::string_view>({"branches", "conditions", "branchlist", "cases", "options", "randombranches",
                                           "multibranches", "categories"});
      if (!has(kLists, property.key) || !property.value->is_array()) continue;
      for (std::size_t i = 0; i < property.value->size(); ++i) add_branch(node, (*property.value)[i], property, i);
    }
  }

  void add_branch(std::size_t node, const Json& branch, const Property& property, std::size_t index) {
    constexpr auto kTo = std::to_array<std::string_view>(
        {"next", "nextNode", "nextNodeId", "nextId", "target", "targetNodeId", "targetId", "targetNode", "goto"});
    for (const std::string_view member : kTo) {
      const std::string id = shapes::id_of(member_of(branch, member));
      if (id.empty() || !by_id_.contains(id)) continue;
      constexpr auto kCalled = std::to_array<std::string_view>({"port", "id", "key", "name", "label", "code", "value"});
      std::string port = shapes::first_text(branch, kCalled);
      if (port.empty()) port = fmt::format("branch {}", index + 1);
      return add_way(node, {port, id, at(at(property.pointer, index), member)}, &branch);
    }
  }

  void read_rest(const Json& graph, std::string_view nodes, std::string_view edges, bool bare) {
    if (bare) return;
    canvas_.name = shapes::first_text(graph, shapes::names());
    canvas_.trigger = text_of(graph, "triggerType");
    for (const auto& [member, value] : graph.items()) {
      if (member == nodes || member == edges || member == "triggerType" || has(shapes::names(), member)) continue;
      leave_out(at(pointer_, member), value);
    }
  }

  std::string pointer_;
  Report& report_;
  Canvas canvas_;
  std::vector<Inner> inner_;
  Listed listed_;
  std::unordered_map<std::string, std::size_t> by_id_;
  std::set<std::string, std::less<>> looks_;
};

}  // namespace

std::string squeezed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
    if (letter) out += c;
  }
  return out;
}

bool has_ascii_name(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

bool is_switched_off(const Node& node) {
  return std::any_of(node.properties.begin(), node.properties.end(), [](const Property& property) {
    if (property.value->is_structured()) return false;
    const auto on = switched(property.value);
    return is_one_of(property.key, {"enabled", "enable", "active"}) ? on == false
                                                                    : property.key == "disabled" && on == true;
  });
}

bool is_canvas(const Json& json) {
  std::string name;
  if (shapes::is_node_map(json)) return true;
  const Json* cells = json.is_array() ? &json : shapes::list_in(json, shapes::node_lists(), true, name);
  if (cells == nullptr) return false;
  std::string edges;
  if (json.is_object() && shapes::list_in(json, shapes::edge_lists(), true, edges) != nullptr) return true;
  if (cells->empty()) return false;
  const bool all = std::all_of(cells->begin(), cells->end(), [](const Json& each) { return each.is_object(); });
  return all && (name == "cells" || std::any_of(cells->begin(), cells->end(), [](const Json& each) {
                   return each.contains("shape") || each.contains("source") || each.contains("sourceNodeId") ||
                          each.contains("wires") || (each.contains("next") && each.contains("type"));
                 }));
}

Canvas read_canvas(const Json& json, const std::string& pointer, Report& report) {
  return Reader(pointer, report).read(json);
}

}  // namespace flow::importing::console
