#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "compiler/import/console/clauses.h"
#include "compiler/import/console/graph.h"
#include "compiler/import/console/types.h"
#include "compiler/syntax/format.h"

namespace flow::importing::console {
namespace {

using syntax::Clause;
using syntax::Entry;
using syntax::Expr;
using syntax::ExprKind;
using syntax::Target;

// The one name that a clause is, or null.
const std::string* single_name(const Clause& clause) {
  if (clause.items.size() != 1 || clause.items[0].is_else || clause.items[0].exprs.size() != 1) return nullptr;
  const Expr& expr = clause.items[0].exprs[0];
  return expr.kind == ExprKind::name ? &expr.text : nullptr;
}

// Which words a component's block may have.
struct Tables {
  const check::Patterns* settings = nullptr;
  const check::Patterns* arms = nullptr;
};

Tables tables_of(const catalogue::ComponentInfo* component) {
  using catalogue::Component;
  if (component == nullptr) return {};
  switch (component->id) {
    case Component::send:
    case Component::ask:
    case Component::reply:
      return {&check::setting_patterns(), &check::outcome_patterns()};
    case Component::http:
      return {&check::http_setting_patterns(), &check::outcome_patterns()};
    case Component::call_function:
      return {&check::function_setting_patterns(), &check::outcome_patterns()};
    case Component::generate:
      return {&check::generate_setting_patterns(), &check::outcome_patterns()};
    case Component::contact:
      return {&check::contact_setting_patterns(), &check::outcome_patterns()};
    case Component::wait_until:
    case Component::await_signal:
    case Component::await_reply:
    case Component::hand_over:
    case Component::classify:
    case Component::call_flow:
      return {nullptr, &check::outcome_patterns()};
    default:
      return {};
  }
}

class Encoder {
 public:
  Encoder(const syntax::File& file, const Layout& layout) : file_(file), layout_(layout) {}

  Encoded encode() {
    name_steps();
    Json properties = Json::array();
    std::string before;  // the node that stands last
    for (std::size_t i = 0; i < file_.entries.size(); ++i) {
      const Entry& entry = file_.entries[i];
      const Entry* previous = i == 0 ? nullptr : &file_.entries[i - 1];
      if (ids_[i].empty()) {
        Json property = line(entry, previous, &check::header_patterns(), {});
        if (!before.empty()) property["after"] = before;
        properties.push_back(std::move(property));
        continue;
      }
      add(node(entry, previous, ids_[i], keys_[i]), keys_[i]);
      before = ids_[i];
    }
    while (!waiting_.empty()) {
      auto waiting = std::exchange(waiting_, {});
      for (auto& [json, key] : waiting) add(std::move(json), key);
    }
    Json graph = {{"format", kGraphFormat},
                  {"version", kGraphVersion},
                  {"properties", std::move(properties)},
                  {"nodes", std::move(nodes_)},
                  {"edges", std::move(edges_)}};
    if (!file_.dangling.empty()) graph["endComments"] = comments(file_.dangling, file_.entries.empty());
    if (layout_.format == "console" && layout_.properties.is_object()) {
      const Json* extra = member_of(layout_.properties, "graph");
      if (extra != nullptr) graph["extra"] = *extra;
    }
    return {std::move(graph), std::move(node_keys_)};
  }

 private:
  // Where ports of an entry are: the node, and the lines of nested blocks that lead to it.
  struct Place {
    std::string node;
    std::string key;
    std::string path;
    std::set<std::string>* ports = nullptr;
    Tables tables;
    const std::set<std::string>* local = nullptr;  // names that mean something else than steps
  };

  static bool is_step(const Entry& entry) { return entry.colon && single_name(entry.head) != nullptr; }

  void name_steps() {
    ids_.resize(file_.entries.size());
    keys_.resize(file_.entries.size());
    for (std::size_t i = 0; i < file_.entries.size(); ++i) {
      const Entry& entry = file_.entries[i];
      if (is_step(entry)) {
        const std::string& name = *single_name(entry.head);
        const auto* component = component_of(entry.colon->clause);
        keys_[i] = unique_key(name);
        ids_[i] = id(component == nullptr ? std::string(kUnknownType) : node_type(*component), keys_[i]);
        steps_.emplace(name, ids_[i]);
      } else if (entry.arrow) {
        const auto found = check::match(entry.head, check::header_patterns());
        const auto header = found ? catalogue::header_entries()[found->entry].id : catalogue::Header::none;
        keys_[i] = unique_key(clause_text(entry.head));
        ids_[i] = id(node_type(header), keys_[i]);
      }
    }
  }

  std::string unique_key(const std::string& name) {
    const std::size_t count = ++key_counts_[name];
    return count == 1 ? name : fmt::format("{} #{}", name, count);
  }

  const Layout::Place* place_of(const std::string& key) const {
    const auto found = layout_.steps.find(key);
    return found == layout_.steps.end() ? nullptr : &found->second;
  }

  std::string id(const std::string& type, const std::string& key) {
    const Layout::Place* place = place_of(key);
    const std::string prefix = type + "#";
    if (place != nullptr && layout_.format == "console" && place->id.starts_with(prefix) &&
        place->id.size() > prefix.size() && taken_.insert(place->id).second)
      return place->id;
    for (unsigned attempt = 0;; ++attempt) {
      std::string tried = prefix + eight_characters(key, attempt);
      if (taken_.insert(tried).second) return tried;
    }
  }

  void add(Json node, const std::string& key) {
    const Layout::Place* place = place_of(key);
    if (place != nullptr && place->position) node["position"] = {{"x", place->position->x}, {"y", place->position->y}};
    if (place != nullptr && layout_.format == "console" && !place->properties.empty())
      node["extra"] = place->properties;
    nodes_.push_back(std::move(node));
    node_keys_.push_back(key);
  }

  static std::string_view type_in(std::string_view id) { return id.substr(0, id.find('#')); }

  Json node(const Entry& entry, const Entry* previous, const std::string& id, const std::string& key) {
    std::set<std::string> ports;
    std::set<std::string> local;
    Place place{id, key, "", &ports, {}, &local};
    Json out = {{"id", id}, {"type", type_in(id)}};
    if (!is_step(entry)) {
      out["head"] = clause_json(entry.head, &check::header_patterns());
      if (entry.colon) out["colon"] = literal(*entry.colon);
    } else {
      out["name"] = *single_name(entry.head);
      const Clause& clause = entry.colon->clause;
      const auto* component = component_of(clause);
      place.tables = tables_of(component);
      if (component != nullptr && component->id == catalogue::Component::deliver)
        local = {"next", "reached", "exhausted"};
      if (entry.block && !local.empty())
        for (const Entry& each : entry.block->entries)
          if (is_step(each)) local.insert(*single_name(each.head));
      const Expr* jump = jump_step(clause);
      const auto target = jump == nullptr ? steps_.end() : steps_.find(jump->text);
      const bool has_edge = target != steps_.end();
      if (has_edge) edge(place, "jump", target->second);
      ports = {"jump", "else", "next"};
      out["component"] = clause_json(clause, &check::component_patterns(), has_edge ? "jump" : "");
      if (entry.colon->otherwise) lead(out, "else", place, "else", *entry.colon->otherwise);
    }
    rest(out, entry, previous, place);
    if (entry.arrow) lead(out, "to", place, "next", *entry.arrow);
    return out;
  }

  // An entry of a block, or one of the header that leads nowhere.
  Json line(const Entry& entry, const Entry* previous, const check::Patterns* patterns, const Place& place) {
    Json out = clause_json(entry.head, patterns);
    Place inner = place;
    inner.tables = {};
    inner.path += syntax::format(entry.head) + "/";
    if (entry.colon) {
      out["colon"] = literal(*entry.colon);
      inner.tables = tables_of(component_of(entry.colon->clause));
    }
    rest(out, entry, previous, inner);
    return out;
  }

  void rest(Json& out, const Entry& entry, const Entry* previous, const Place& place) {
    if (entry.value) out["equals"] = clause_json(*entry.value, nullptr);
    layout(out, entry, previous);
    if (entry.block) block(out, *entry.block, place);
  }

  void block(Json& out, const syntax::Block& block, const Place& place) {
    Json properties = Json::array();
    Json ports = Json::array();
    std::string before;
    for (std::size_t i = 0; i < block.entries.size(); ++i) {
      const Entry& entry = block.entries[i];
      const Entry* previous = i == 0 || block.one_line ? nullptr : &block.entries[i - 1];
      if (!entry.arrow || place.ports == nullptr) {
        Json property = line(entry, previous, place.tables.settings, place);
        if (entry.arrow) property["to"] = literal(*entry.arrow);
        if (!before.empty()) property["after"] = before;
        properties.push_back(std::move(property));
        continue;
      }
      Json port = line(entry, previous, place.tables.arms, place);
      const std::string id = port_id(place, entry.head);
      port["id"] = id;
      lead(port, "to", place, id, *entry.arrow);
      ports.push_back(std::move(port));
      before = id;
    }
    out["properties"] = std::move(properties);
    if (!ports.empty()) out["ports"] = std::move(ports);
    if (block.one_line) out["oneLine"] = true;
    if (!block.dangling.empty()) out["endComments"] = comments(block.dangling, block.entries.empty());
  }

  static std::string port_id(const Place& place, const Clause& head) {
    const std::string id = place.path + syntax::format(head);
    if (place.ports->insert(id).second) return id;
    for (std::size_t count = 2;; ++count) {
      std::string tried = fmt::format("{} #{}", id, count);
      if (place.ports->insert(tried).second) return tried;
    }
  }

  // `first`: nothing of their block stands above them, so no empty line either.
  static Json comments(const std::vector<syntax::Comment>& all, bool first) {
    Json out = Json::array();
    for (const syntax::Comment& comment : all) {
      Json one = {{"text", comment.text}};
      if (comment.blank_before && !(first && out.empty())) one["blankBefore"] = true;
      out.push_back(std::move(one));
    }
    return out;
  }

  // `previous`: what stands above it; null for the first, and on one line.
  static void layout(Json& out, const Entry& entry, const Entry* previous) {
    if (!entry.leading.empty()) out["comments"] = comments(entry.leading, previous == nullptr);
    if (entry.after_brace) out["braceComment"] = entry.after_brace->text;
    if (entry.trailing) out["afterComment"] = entry.trailing->text;
    const bool blank = entry.leading.empty() ? entry.blank_before && previous != nullptr : entry.blank_after_leading;
    if (blank) out["blankBefore"] = true;
    const bool same_line =
        entry.semicolon_before && entry.leading.empty() && previous != nullptr && !previous->trailing;
    if (same_line) out["sameLine"] = true;
  }

  // ---- where arrows lead

  void edge(const Place& from, const std::string& port, const std::string& to) {
    edges_.push_back({{"source", from.node}, {"sourcePort", port}, {"target", to}});
  }

  // An edge from the port, or the target's words where it is no place in the graph.
  void lead(Json& out, const char* member, const Place& place, const std::string& port, const Target& target) {
    const std::string to = node_of(target, place, port);
    if (to.empty()) {
      out[member] = literal(target);
    } else {
      edge(place, port, to);
    }
  }

  std::string node_of(const Target& target, const Place& place, const std::string& port) {
    const std::string* name = single_name(target.clause);
    const auto is_local = [&](const std::string& word) {
      return place.local != nullptr && place.local->contains(word);
    };
    if (name != nullptr && !target.otherwise && !is_local(*name)) {
      const auto step = steps_.find(*name);
      if (step != steps_.end()) return step->second;
    }
    if (is_end(target)) return end_node(target.clause);
    const Expr* jump = jump_step(target.clause);
    const auto step = jump == nullptr || is_local(jump->text) ? steps_.end() : steps_.find(jump->text);
    return step == steps_.end() ? std::string() : jump_node(target, place, port, step->second);
  }

  static bool is_end(const Target& target) {
    if (target.otherwise || target.clause.items.size() != 1 || target.clause.items[0].exprs.empty()) return false;
    const Expr& first = target.clause.items[0].exprs[0];
    return first.kind == ExprKind::name && first.text == "end";
  }

  std::string end_node(const Clause& clause) {
    const std::string text = clause_json(clause, nullptr).dump();
    std::string& end = ends_[text];
    if (!end.empty()) return end;
    const std::string key = unique_key(clause_text(clause));
    end = id(std::string(kEndType), key);
    waiting_.emplace_back(Json{{"id", end}, {"type", kEndType}, {"target", clause_json(clause, nullptr)}}, key);
    return end;
  }

  // A jump behind an arrow is a node without a name.
  std::string jump_node(const Target& target, const Place& place, const std::string& port, const std::string& step) {
    const std::string key = unique_key(place.key + "/" + port);
    Place inner = place;
    inner.node = id(std::string(kJumpType), key);
    inner.key = key;
    Json node = {{"id", inner.node},
                 {"type", kJumpType},
                 {"target", clause_json(target.clause, &check::component_patterns(), "jump")}};
    edge(inner, "jump", step);
    if (target.otherwise) lead(node, "else", inner, "else", *target.otherwise);
    waiting_.emplace_back(std::move(node), key);
    return inner.node;
  }

  Json literal(const Target& target) {
    Json out = clause_json(target.clause, &check::component_patterns());
    if (target.otherwise) out["else"] = literal(*target.otherwise);
    return out;
  }

  const syntax::File& file_;
  const Layout& layout_;
  std::vector<std::string> ids_;   // by entry; empty: no node
  std::vector<std::string> keys_;  // likewise
  std::map<std::string, std::string> steps_;
  std::map<std::string, std::string> ends_;
  std::map<std::string, std::size_t> key_counts_;
  std::set<std::string> taken_;
  std::vector<std::pair<Json, std::string>> waiting_;  // nodes that are no entries
  Json nodes_ = Json::array();
  std::vector<std::string> node_keys_;
  Json edges_ = Json::array();
};

}  // namespace

Encoded encode(const syntax::File& file, const Layout& layout) {
  return Encoder(file, layout).encode();
}

}  // namespace flow::importing::console
