#include "compiler/import/console/own_text.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace flow::importing::console {
namespace {

class Writer {
 public:
  explicit Writer(const Json& graph) : graph_(graph) {
    for (const Json& node : graph.at("nodes")) nodes_.emplace(text_of(node, "id"), &node);
    for (const Json& edge : graph.at("edges"))
      edges_[{text_of(edge, "source"), text_of(edge, "sourcePort")}] = text_of(edge, "target");
  }

  std::string run() {
    const Json& properties = graph_.at("properties");
    const auto add_behind = [&](const std::string& node) {
      for (const Json& one : properties)
        if (text_of(one, "after") == node) add_line(one, "", "");
    };
    add_behind("");
    for (const Json& node : graph_.at("nodes")) {
      if (node.contains("target")) continue;  // stands where arrows lead to it
      add_node(node);
      add_behind(text_of(node, "id"));
    }
    return std::move(out_);
  }

 private:
  void add_node(const Json& node) {
    const std::string id = text_of(node, "id");
    if (const Json* component = member_of(node, "component")) {
      out_ += text_of(node, "name") + ": " + clause(*component, id);
      if (edges_.contains({id, "else"}) || node.contains("else")) out_ += " else " + target(node, "else", id, "else");
    } else {
      out_ += clause(node.at("head"), id);
    }
    add_rest(node, id);
    if (edges_.contains({id, "next"}) || node.contains("to")) out_ += " => " + target(node, "to", id, "next");
    out_ += '\n';
  }

  // `port`: where it leads, when no words say so; empty: nowhere.
  void add_line(const Json& entry, const std::string& node, const std::string& port) {
    out_ += clause(entry, node);
    add_rest(entry, node);
    if (!port.empty() || entry.contains("to")) out_ += " => " + target(entry, "to", node, port);
    out_ += '\n';
  }

  void add_rest(const Json& entry, const std::string& node) {
    if (const Json* colon = member_of(entry, "colon")) out_ += ": " + words(*colon, node);
    if (const Json* equals = member_of(entry, "equals")) out_ += " = " + clause(*equals, node);
    const Json* properties = member_of(entry, "properties");
    if (properties == nullptr) return;
    static const Json kNone = Json::array();
    const Json* given = member_of(entry, "ports");
    const Json& ports = given == nullptr ? kNone : *given;
    out_ += " {\n";
    const auto add_behind = [&](const std::string& port) {
      for (const Json& one : *properties)
        if (text_of(one, "after") == port) add_line(one, node, "");
    };
    add_behind("");
    for (const Json& one : ports) {
      add_line(one, node, text_of(one, "id"));
      add_behind(text_of(one, "id"));
    }
    out_ += "}";
  }

  // ---- Where an arrow leads

  std::string target(const Json& entry, const char* member, const std::string& node, const std::string& port) {
    if (const Json* literal = member_of(entry, member)) return words(*literal, node);
    const Json& to = *nodes_.at(edges_.at({node, port}));
    if (!to.contains("target")) return text_of(to, "name");
    const std::string id = text_of(to, "id");
    if (++depth_ > kDepthMax) throw std::runtime_error("jumps within jumps");
    std::string out = clause(to.at("target"), id);
    if (edges_.contains({id, "else"}) || to.contains("else")) out += " else " + target(to, "else", id, "else");
    --depth_;
    return out;
  }

  std::string words(const Json& literal, const std::string& node) {
    std::string out = clause(literal, node);
    if (const Json* otherwise = member_of(literal, "else")) out += " else " + words(*otherwise, node);
    return out;
  }

  // ---- Words

  std::string clause(const Json& entry, const std::string& node) const {
    if (const Json* items = member_of(entry, "items")) {
      std::string out;
      for (const Json& one : *items) out += (out.empty() ? "" : ", ") + side_by_side(one, node);
      return out;
    }
    if (const Json* list = member_of(entry, "words")) return side_by_side(*list, node);
    const std::string setting = entry.at("setting").get<std::string>();
    const Json& values = entry.at("values");
    std::string out;
    std::size_t next = 0;
    for (std::size_t at = 0; at < setting.size();) {
      const std::size_t end = std::min(setting.find(' ', at), setting.size());
      const std::string word = setting.substr(at, end - at);
      at = end + 1;
      if (word == "…") continue;
      const bool capitals = word.size() > 1 && std::isupper(static_cast<unsigned char>(word.front())) != 0;
      out += (out.empty() ? "" : " ") + (capitals ? value(values.at(next++), node) : word);
    }
    for (; next < values.size(); ++next) out += ", " + value(values.at(next), node);
    return out;
  }

  std::string side_by_side(const Json& list, const std::string& node) const {
    std::string out;
    for (const Json& one : list) out += (out.empty() ? "" : " ") + value(one, node);
    return out;
  }

  std::string value(const Json& value, const std::string& node) const {
    const std::string type = value.at("type").get<std::string>();
    const Json& inner = value.at("value");
    if (type == "else") return "else";
    if (type == "edge") return text_of(*nodes_.at(edges_.at({node, inner.get<std::string>()})), "name");
    const std::string text = inner.is_string() ? inner.get<std::string>() : inner.dump();
    if (type == "pattern") return "/" + text + "/";
    if (type != "text") return text;
    const Json* lines = member_of(value, "lines");
    if (lines == nullptr || *lines != true) return "\"" + text + "\"";
    return "\"\"\"\n" + text + (text.empty() ? "" : "\n") + "\"\"\"";
  }

  static constexpr int kDepthMax = 200;
  const Json& graph_;
  std::map<std::string, const Json*> nodes_;                          // by id
  std::map<std::pair<std::string, std::string>, std::string> edges_;  // by node and port: a node
  std::string out_;
  int depth_ = 0;
};

}  // namespace

std::string own_text(const Json& graph) {
  return Writer(graph).run();
}

}  // namespace flow::importing::console
