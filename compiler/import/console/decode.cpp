// Our graph as text. What it says is put down as it stands; the reader checks afterwards that the text says just that
// (read_own.cpp), so nothing here needs to know what values may hold.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/import/console/clauses.h"
#include "compiler/import/console/graph.h"

namespace flow::importing::console {
namespace {

bool is_true(const Json& object, std::string_view member) {
  const Json* found = member_of(object, member);
  return found != nullptr && *found == true;
}

class Decoder {
 public:
  Decoder(const Json& graph, const std::string& pointer, Report& report)
      : graph_(graph), pointer_(pointer), report_(report) {}

  Decoded decode() {
    read_nodes();
    read_edges();
    bool first = true;
    for (const Part& part : parts()) {
      const bool node = part.id != nullptr;
      before(*part.json, part.pointer, first);
      if (node) {
        this->node(*part.json, part.pointer);
      } else {
        line(*part.json, part.pointer, "");
      }
      after(*part.json, part.pointer);
      first = false;
    }
    end_comments(graph_, pointer_);
    end_line();
    for (const auto& [source, edge] : edges_)
      if (!edge.used) wrong(edge.pointer, "comes from a port that the node does not have");
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (nodes_[i].json->contains("target") && !nodes_[i].used) wrong(nodes_[i].pointer, "no edge leads to it");
    return std::move(out_);
  }

 private:
  struct Node {
    const Json* json = nullptr;
    std::string pointer;
    bool used = false;
  };
  struct Edge {
    std::string target;
    std::string pointer;
    bool used = false;
  };
  // Something of the file's outermost level.
  struct Part {
    const Json* json = nullptr;
    std::string pointer;
    const std::string* id = nullptr;  // of a node
  };

  void wrong(const std::string& pointer, std::string message) {
    report_.add({NoteKind::not_understood, pointer, "", std::move(message), ""});
  }

  // The pointer of what a clause says: its errors begin with theirs.
  void wrong_below(const std::string& pointer, const std::string& error) {
    const std::size_t colon = error.find(": ");
    wrong(pointer + error.substr(0, colon), colon == std::string::npos ? error : error.substr(colon + 2));
  }

  const Json* list_of(const Json& object, std::string_view member, const std::string& pointer) {
    const Json* found = member_of(object, member);
    if (found == nullptr || found->is_array()) return found;
    wrong(at(pointer, member), "is no list");
    return nullptr;
  }

  // ---- the graph

  void read_nodes() {
    const Json* nodes = list_of(graph_, "nodes", pointer_);
    if (nodes == nullptr) return wrong(pointer_, "the graph has no `nodes`");
    const std::string pointer = at(pointer_, "nodes");
    for (std::size_t i = 0; i < nodes->size(); ++i) {
      const std::string id = text_of((*nodes)[i], "id");
      if (id.empty() || id.find('\n') != std::string::npos) {
        wrong(at(pointer, i), "is no node with an `id`");
        continue;
      }
      if (!by_id_.emplace(id, nodes_.size()).second) {
        wrong(at(pointer, i), fmt::format("has the id of another node: `{}`", shown(id)));
        continue;
      }
      nodes_.push_back({&(*nodes)[i], at(pointer, i)});
    }
  }

  void read_edges() {
    const Json* edges = list_of(graph_, "edges", pointer_);
    if (edges == nullptr) return wrong(pointer_, "the graph has no `edges`");
    const std::string pointer = at(pointer_, "edges");
    for (std::size_t i = 0; i < edges->size(); ++i) {
      const Json& edge = (*edges)[i];
      const std::string source = text_of(edge, "source");
      const std::string target = text_of(edge, "target");
      for (const std::string& end : {source, target})
        if (!by_id_.contains(end)) wrong(at(pointer, i), fmt::format("there is no node `{}`", shown(end)));
      const auto added = edges_.emplace(source + '\n' + text_of(edge, "sourcePort"), Edge{target, at(pointer, i)});
      if (!added.second) wrong(at(pointer, i), "comes from the same port as another edge");
    }
  }

  // Settings of the header come first, but for those that say after which node they stand.
  std::vector<Part> parts() {
    std::vector<Part> out;
    std::multimap<std::string, Part> later;
    const Json* properties = list_of(graph_, "properties", pointer_);
    for (std::size_t i = 0; properties != nullptr && i < properties->size(); ++i) {
      Part part{&(*properties)[i], at(at(pointer_, "properties"), i), nullptr};
      const std::string after = text_of(*part.json, "after");
      if (after.empty()) {
        out.push_back(std::move(part));
      } else if (by_id_.contains(after)) {
        later.emplace(after, std::move(part));
      } else {
        wrong(part.pointer, fmt::format("stands after a node that does not exist: `{}`", shown(after)));
      }
    }
    for (const Node& node : nodes_) {
      if (node.json->contains("target")) continue;  // of arrows, no entry
      const std::string* id = &(*node.json)["id"].get_ref<const std::string&>();
      out.push_back({node.json, node.pointer, id});
      const auto [begin, end] = later.equal_range(*id);
      for (auto each = begin; each != end; ++each) out.push_back(each->second);
    }
    return out;
  }

  // ---- lines

  void put(std::string_view text, const std::string& pointer) {
    out_.text += text;
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    for (std::size_t i = 0; i < lines; ++i) out_.pointers.push_back(pointer);
  }

  void end_line() {
    if (!out_.text.empty() && out_.text.back() != '\n') put("\n", last_pointer_);
  }

  void comment(const Json& text, const std::string& pointer, std::string_view space) {
    const bool is_comment = text.is_string() && text.get_ref<const std::string&>().starts_with("//") &&
                            text.get_ref<const std::string&>().find('\n') == std::string::npos;
    if (!is_comment) return wrong(pointer, "is no comment");
    put(space, pointer);
    put(text.get_ref<const std::string&>(), pointer);
    put("\n", pointer);
  }

  void comments(const Json& object, std::string_view member, const std::string& pointer) {
    const Json* all = list_of(object, member, pointer);
    const std::string below = at(pointer, member);
    for (std::size_t i = 0; all != nullptr && i < all->size(); ++i) {
      end_line();
      if (is_true((*all)[i], "blankBefore")) put("\n", pointer);
      const Json* text = member_of((*all)[i], "text");
      comment(text == nullptr ? Json() : *text, at(below, i), "");
    }
  }

  void end_comments(const Json& object, const std::string& pointer) { comments(object, "endComments", pointer); }

  // What stands above an entry.
  void before(const Json& entry, const std::string& pointer, bool first) {
    last_pointer_ = pointer;
    const bool ended = out_.text.empty() || out_.text.back() == '\n';
    if (is_true(entry, "sameLine") && !first && !ended && !entry.contains("comments")) return put("; ", pointer);
    end_line();
    comments(entry, "comments", pointer);
    if (is_true(entry, "blankBefore")) put("\n", pointer);
  }

  void after(const Json& entry, const std::string& pointer) {
    if (const Json* text = member_of(entry, "afterComment")) comment(*text, at(pointer, "afterComment"), " ");
  }

  void clause(const Json& json, const std::string& pointer, std::string_view jump = {}) {
    if (!json.is_object()) return wrong(pointer, "is no object");
    const auto text = clause_source(json, jump);
    if (!text) return wrong_below(pointer, text.error().message);
    put(*text, pointer);
  }

  void node(const Json& json, const std::string& pointer) {
    const std::string& id = json["id"].get_ref<const std::string&>();
    if (const Json* head = member_of(json, "head")) {
      clause(*head, at(pointer, "head"));
      colon(json, pointer);
    } else {
      const std::string name = text_of(json, "name");
      const Json* component = member_of(json, "component");
      if (name.empty() || component == nullptr)
        return wrong(pointer, "has neither a `head`, nor a `name` and a `component`, nor a `target`");
      put(name + ": ", pointer);
      const std::string jump = follow_name(id, "jump");
      clause(*component, at(pointer, "component"), jump);
      lead(json, "else", pointer, {id, "else"}, " else ");
    }
    rest(json, pointer, id);
    lead(json, "to", pointer, {id, "next"}, " => ");
  }

  // `node`: whose ports its arrows are.
  void line(const Json& json, const std::string& pointer, const std::string& node) {
    if (!json.is_object()) return wrong(pointer, "is no object");
    clause(json, pointer);
    colon(json, pointer);
    rest(json, pointer, node);
  }

  void colon(const Json& json, const std::string& pointer) {
    const Json* colon = member_of(json, "colon");
    if (colon == nullptr) return;
    put(": ", pointer);
    literal(*colon, at(pointer, "colon"));
  }

  void rest(const Json& json, const std::string& pointer, const std::string& node) {
    if (const Json* equals = member_of(json, "equals")) {
      put(" = ", pointer);
      clause(*equals, at(pointer, "equals"));
    }
    if (json.contains("properties") || json.contains("ports")) block(json, pointer, node);
  }

  // Settings and ports in the order in which they stand.
  std::vector<Part> lines_of(const Json& json, const std::string& pointer) {
    std::vector<Part> out;
    std::multimap<std::string, Part> later;
    const Json* ports = list_of(json, "ports", pointer);
    std::set<std::string> ids;
    for (std::size_t i = 0; ports != nullptr && i < ports->size(); ++i) ids.insert(text_of((*ports)[i], "id"));
    const Json* properties = list_of(json, "properties", pointer);
    for (std::size_t i = 0; properties != nullptr && i < properties->size(); ++i) {
      Part part{&(*properties)[i], at(at(pointer, "properties"), i), nullptr};
      const std::string after = text_of(*part.json, "after");
      if (after.empty()) {
        out.push_back(std::move(part));
      } else if (ids.contains(after)) {
        later.emplace(after, std::move(part));
      } else {
        wrong(part.pointer, fmt::format("stands after a port that does not exist: `{}`", shown(after)));
      }
    }
    for (std::size_t i = 0; ports != nullptr && i < ports->size(); ++i) {
      const Json& port = (*ports)[i];
      const std::string below = at(at(pointer, "ports"), i);
      const Json* id = member_of(port, "id");
      if (id == nullptr || !id->is_string()) {
        wrong(below, "is no port with an `id`");
        continue;
      }
      out.push_back({&port, below, &id->get_ref<const std::string&>()});
      const auto [begin, end] = later.equal_range(*out.back().id);
      for (auto each = begin; each != end; ++each) out.push_back(each->second);
    }
    return out;
  }

  void block(const Json& json, const std::string& pointer, const std::string& node) {
    const bool one_line = is_true(json, "oneLine");
    put(" {", pointer);
    if (const Json* text = member_of(json, "braceComment")) comment(*text, at(pointer, "braceComment"), " ");
    if (!one_line) end_line();
    bool first = true;
    for (const Part& part : lines_of(json, pointer)) {
      const bool same = one_line && !part.json->contains("comments") && out_.text.back() != '\n';
      if (same) {
        put(first ? " " : "; ", part.pointer);
      } else {
        before(*part.json, part.pointer, first);
      }
      line(*part.json, part.pointer, node);
      const bool port = part.id != nullptr;
      if (port) lead(*part.json, "to", part.pointer, {node, *part.id}, " => ");
      if (!port && part.json->contains("to")) lead(*part.json, "to", part.pointer, {}, " => ");
      after(*part.json, part.pointer);
      first = false;
    }
    end_comments(json, pointer);
    if (!one_line) end_line();
    put(one_line ? " }" : "}", pointer);
  }

  // ---- where arrows lead

  Edge* edge_of(const std::string& node, const std::string& port) {
    const auto found = edges_.find(node + '\n' + port);
    return found == edges_.end() ? nullptr : &found->second;
  }

  // The name of the step to which an edge leads; empty: there is none.
  std::string follow_name(const std::string& node, const std::string& port) {
    Edge* edge = edge_of(node, port);
    if (edge == nullptr) return {};
    edge->used = true;
    const auto to = by_id_.find(edge->target);
    return to == by_id_.end() ? std::string() : text_of(*nodes_[to->second].json, "name");
  }

  // What stands behind an arrow or an `else`: the words that the member holds, or where the port's edge leads.
  void lead(const Json& json, const char* member, const std::string& pointer,
            const std::pair<std::string, std::string>& port, std::string_view sign) {
    const Json* words = member_of(json, member);
    Edge* edge = edge_of(port.first, port.second);
    if (words != nullptr) {
      put(sign, pointer);
      literal(*words, at(pointer, member));
      return;
    }
    if (edge == nullptr || edge->used) {
      if (port.second != "next" && port.second != "else") wrong(pointer, "no edge leads on from this port");
      return;
    }
    edge->used = true;
    put(sign, pointer);
    target(edge->target, edge->pointer);
  }

  void target(const std::string& id, const std::string& pointer) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return;  // said already
    Node& node = nodes_[found->second];
    const Json* words = member_of(*node.json, "target");
    if (words == nullptr) {
      const std::string name = text_of(*node.json, "name");
      if (name.empty()) return wrong(pointer, "leads to a node that has no name");
      return put(name, pointer);
    }
    const bool jump = edge_of(id, "jump") != nullptr;
    if (jump && node.used) return wrong(pointer, "leads to a jump that stands behind another arrow");
    node.used = true;
    if (++depth_ > limits::kNestingDepthMax) return wrong(pointer, "leads to too many jumps, one behind the other");
    const std::string name = follow_name(id, "jump");
    clause(*words, at(node.pointer, "target"), name);
    if (jump) lead(*node.json, "else", node.pointer, {id, "else"}, " else ");
    --depth_;
  }

  void literal(const Json& json, const std::string& pointer) {
    clause(json, pointer);
    const Json* otherwise = member_of(json, "else");
    if (otherwise == nullptr) return;
    put(" else ", pointer);
    literal(*otherwise, at(pointer, "else"));
  }

  const Json& graph_;
  const std::string& pointer_;
  Report& report_;
  std::vector<Node> nodes_;
  std::unordered_map<std::string, std::size_t> by_id_;
  std::map<std::string, Edge> edges_;  // by node and port
  Decoded out_;
  std::string last_pointer_;
  std::size_t depth_ = 0;  // of jumps behind the `else` of jumps
};

}  // namespace

Decoded decode(const Json& graph, const std::string& pointer, Report& report) {
  return Decoder(graph, pointer, report).decode();
}

}  // namespace flow::importing::console
