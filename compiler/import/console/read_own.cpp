#include "compiler/import/console/read_own.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/import/console/graph.h"
#include "compiler/import/console/types.h"
#include "compiler/import/console/workspace_part.h"
#include "compiler/source/source.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/parse.h"

namespace flow::importing::console {
namespace {

// Members that say how the text is laid out, and no more.
const std::set<std::string_view>& layout_members() {
  static const std::set<std::string_view> kMembers = {"blankBefore", "sameLine", "oneLine", "lines"};
  return kMembers;
}

const std::set<std::string_view>& known_members() {
  static const std::set<std::string_view> kMembers = {
      "setting",      "values",       "words",       "items",  "colon", "equals", "properties", "ports",  "comments",
      "afterComment", "braceComment", "endComments", "after",  "to",    "else",   "id",         "type",   "value",
      "name",         "component",    "head",        "target", "nodes", "edges",  "format",     "version"};
  return kMembers;
}

std::string_view word_in(const Json& object, std::string_view member) {
  const Json* found = member_of(object, member);
  return found != nullptr && found->is_string() ? std::string_view(found->get_ref<const std::string&>())
                                                : std::string_view();
}

// The edges of a graph, which outlives them, by node and port; of two with the same beginning the last counts.
class Edges {
 public:
  struct Edge {
    std::string_view source;
    std::string_view port;
    std::string_view target;
  };

  Edges() = default;
  explicit Edges(const Json& list) {
    edges_.reserve(list.size());
    for (const Json& edge : list)
      edges_.push_back({word_in(edge, "source"), word_in(edge, "sourcePort"), word_in(edge, "target")});
    std::stable_sort(edges_.begin(), edges_.end(),
                     [](const Edge& a, const Edge& b) { return beginning(a) < beginning(b); });
    const auto kept = std::unique(edges_.rbegin(), edges_.rend(),
                                  [](const Edge& a, const Edge& b) { return beginning(a) == beginning(b); });
    edges_.erase(edges_.begin(), kept.base());
  }

  std::size_t size() const { return edges_.size(); }
  // By port.
  std::span<const Edge> from(std::string_view source) const {
    const auto [first, last] = std::equal_range(edges_.begin(), edges_.end(), Edge{source, {}, {}},
                                                [](const Edge& a, const Edge& b) { return a.source < b.source; });
    return {first, last};
  }
  const Edge* find(std::string_view source, std::string_view port) const {
    const auto found = std::lower_bound(edges_.begin(), edges_.end(), std::pair(source, port),
                                        [](const Edge& edge, const auto& key) { return beginning(edge) < key; });
    return found != edges_.end() && beginning(*found) == std::pair(source, port) ? &*found : nullptr;
  }

 private:
  static std::pair<std::string_view, std::string_view> beginning(const Edge& edge) { return {edge.source, edge.port}; }
  std::vector<Edge> edges_;
};

// Compares what the graph says with what its text says.
class Comparison {
 public:
  Comparison(const Json& graph, const std::string& pointer, const Json& expected, Report& report)
      : graph_(graph), pointer_(pointer), expected_(expected), report_(report) {}

  // By node of the graph, the node of `expected` that is the same; pairs of both.
  std::vector<std::pair<std::size_t, std::size_t>> pair_nodes() {
    for (const bool own : {true, false}) {
      const Json& all = own ? graph_["nodes"] : expected_["nodes"];
      for (std::size_t i = 0; i < all.size(); ++i) {
        (own ? places_ : expected_places_).emplace(word_in(all[i], "id"), i);
        if (!all[i].contains("target")) (own ? entries_ : expected_entries_).push_back(i);
      }
      (own ? edges_ : expected_edges_) = Edges(own ? graph_["edges"] : expected_["edges"]);
    }
    for (std::size_t i = 0; i < std::min(entries_.size(), expected_entries_.size()); ++i)
      pair(entries_[i], expected_entries_[i]);
    while (!open_.empty()) {
      const auto [own, other] = open_.front();
      open_.pop_front();
      follow(own, other);
    }
    return {pairs_.begin(), pairs_.end()};
  }

  void compare() {
    for (const auto& [own, other] : pairs_) compare_node(own, other);
    for (std::size_t i = 0; i < graph_["nodes"].size(); ++i)
      if (!pairs_.contains(i)) wrong(at(at(pointer_, "nodes"), i), "is not what the text says");
    if (pairs_.size() != expected_["nodes"].size() || edges_.size() != expected_edges_.size())
      wrong(pointer_, "the text has other nodes and edges");
    // All but nodes and edges, which have been or will be.
    Json own = Json::object();
    Json other = Json::object();
    for (const auto& [from, to] : {std::pair(&graph_, &own), std::pair(&expected_, &other)})
      for (const auto& [name, value] : from->items())
        if (name != "nodes" && name != "edges" && name != "extra" && name != "workspace") (*to)[name] = value;
    after_to_pair(own, other);
    extra_ = &graph_extra_;
    base_ = pointer_.size();
    compare(own, other, pointer_);
    compare_edges();
  }

  Json take_extra(std::size_t node) { return std::move(extras_[node]); }
  Json take_graph_extra() { return std::move(graph_extra_); }

 private:
  void wrong(const std::string& pointer, std::string message) {
    report_.add({NoteKind::not_understood, pointer, "", std::move(message), ""});
  }

  void pair(std::size_t own, std::size_t other) {
    if (pairs_.contains(own) || !paired_.insert(other).second) return;
    pairs_.emplace(own, other);
    open_.emplace_back(own, other);
  }

  // The nodes to which both lead.
  void follow(std::size_t own, std::size_t other) {
    const std::string_view expected_from = word_in(expected_["nodes"][other], "id");
    for (const Edges::Edge& edge : edges_.from(word_in(graph_["nodes"][own], "id"))) {
      const Edges::Edge* expected = expected_edges_.find(expected_from, edge.port);
      if (expected == nullptr) continue;
      const auto to = places_.find(edge.target);
      if (to != places_.end()) pair(to->second, expected_places_.at(expected->target));
    }
  }

  std::string paired_id(const std::string& id) const {
    const auto own = places_.find(id);
    const auto found = own == places_.end() ? pairs_.end() : pairs_.find(own->second);
    return found == pairs_.end() ? std::string() : expected_["nodes"][found->second]["id"].get<std::string>();
  }

  void after_to_pair(Json& own, const Json& other) {
    if (!own.contains("properties") || !other.contains("properties")) return;
    for (Json& property : own["properties"])
      if (property.is_object() && property.contains("after")) property["after"] = paired_id(text_of(property, "after"));
  }

  void compare_node(std::size_t own, std::size_t other) {
    const Json& node = graph_["nodes"][own];
    const Json& expected = expected_["nodes"][other];
    const std::string pointer = at(at(pointer_, "nodes"), own);
    extra_ = &extras_[own];
    *extra_ = Json::object();
    base_ = pointer.size();
    if (const Json* kept = member_of(node, "extra")) {
      if (kept->is_object()) {
        *extra_ = *kept;
      } else {
        keep(at(pointer, "extra"), *kept);
      }
    }
    if (const Json* position = member_of(node, "position")) {
      const Json* x = member_of(*position, "x");
      const Json* y = member_of(*position, "y");
      const bool good = x != nullptr && y != nullptr && x->is_number() && y->is_number() && position->size() == 2;
      if (!good) keep(at(pointer, "position"), *position);
    }
    compare_objects(node, expected, pointer, true);
  }

  // What has no meaning for an execution, and is not ours: it stays in the layout.
  void keep(const std::string& pointer, const Json& value) {
    report_.add({NoteKind::left_out, pointer, "", fmt::format("is kept for an export: {}", shown_value(value)), ""});
    (*extra_)[pointer.substr(std::min(base_, pointer.size()))] = value;
  }

  void compare(const Json& own, const Json& expected, const std::string& pointer) {
    if (own.is_object() && expected.is_object()) return compare_objects(own, expected, pointer);
    if (own.is_array() && expected.is_array()) {
      if (own.size() != expected.size())
        wrong(pointer, fmt::format("the text has {} of these, and here are {}", expected.size(), own.size()));
      for (std::size_t i = 0; i < std::min(own.size(), expected.size()); ++i)
        compare(own[i], expected[i], at(pointer, i));
      return;
    }
    if (own != expected) wrong(pointer, fmt::format("reads as {}, not as {}", shown_value(expected), shown_value(own)));
  }

  // `node`: its id, position and what is not ours are looked at elsewhere.
  void compare_objects(const Json& own, const Json& expected, const std::string& pointer, bool node = false) {
    const auto elsewhere = [&](std::string_view name) {
      return node && (name == "id" || name == "position" || name == "extra");
    };
    for (const auto& [name, value] : own.items()) {
      if (elsewhere(name)) continue;
      if (const Json* same = member_of(expected, name)) {
        if (layout_members().contains(name) && value != *same) {
          note_layout(at(pointer, name));
        } else {
          compare(value, *same, at(pointer, name));
        }
      } else if (layout_members().contains(name)) {
        note_layout(at(pointer, name));
      } else if (known_members().contains(name)) {
        wrong(at(pointer, name), "says nothing here");
      } else {
        keep(at(pointer, name), value);
      }
    }
    for (const auto& [name, value] : expected.items()) {
      if (own.contains(name) || elsewhere(name) || layout_members().contains(name) ||
          (value.is_array() && value.empty()))
        continue;
      wrong(pointer, fmt::format("lacks `{}`: {}", name, shown_value(value)));
    }
  }

  void note_layout(const std::string& pointer) {
    report_.add({NoteKind::left_out, pointer, "", "the text cannot be laid out like this", ""});
  }

  void compare_edges() {
    constexpr std::string_view kKnown[] = {"source", "sourcePort", "target"};
    const Json& edges = graph_["edges"];
    for (std::size_t i = 0; i < edges.size(); ++i) {
      const std::string pointer = at(at(pointer_, "edges"), i);
      for (const auto& [name, value] : edges[i].items())
        if (std::find(std::begin(kKnown), std::end(kKnown), name) == std::end(kKnown)) keep(at(pointer, name), value);
      const std::string source = paired_id(text_of(edges[i], "source"));
      const Edges::Edge* expected = expected_edges_.find(source, word_in(edges[i], "sourcePort"));
      if (expected == nullptr || expected->target != paired_id(text_of(edges[i], "target")))
        wrong(pointer, "is not what the text says");
    }
  }

  const Json& graph_;
  const std::string& pointer_;
  const Json& expected_;
  Report& report_;
  std::unordered_map<std::string_view, std::size_t> places_;  // by id
  std::unordered_map<std::string_view, std::size_t> expected_places_;
  std::vector<std::size_t> entries_;  // nodes that are entries of the file, in order
  std::vector<std::size_t> expected_entries_;
  Edges edges_;
  Edges expected_edges_;
  std::map<std::size_t, std::size_t> pairs_;
  std::set<std::size_t> paired_;
  std::deque<std::pair<std::size_t, std::size_t>> open_;
  std::map<std::size_t, Json> extras_;
  Json graph_extra_ = Json::object();
  Json* extra_ = nullptr;  // of what is being compared
  std::size_t base_ = 0;   // how long its own pointer is
};

std::optional<syntax::File> parsed(const Decoded& decoded, source::SourceMap& sources, Report& report) {
  diagnostics::Sink sink;
  const auto id = sources.add("import", decoded.text);
  auto file = syntax::parse(sources, id, sink);
  for (const auto& each : sink.sorted()) {
    const std::size_t line = sources.file(id).position(each.primary.span.begin).line;
    const std::string pointer = line - 1 < decoded.pointers.size() ? decoded.pointers[line - 1] : std::string();
    report.add(
        {NoteKind::not_understood, pointer, "", fmt::format("is no text of the language: {}", each.message), ""});
  }
  if (!file && !report.failed()) report.add({NoteKind::not_understood, "", "", "it is no text of the language", ""});
  return file;
}

// The name behind `flow`.
std::string flow_name(const syntax::File& file, const Options& options) {
  for (const syntax::Entry& entry : file.entries) {
    if (entry.head.items.empty() || entry.head.items[0].exprs.size() < 2) continue;
    const auto& words = entry.head.items[0].exprs;
    if (words[0].text == "flow" && words[1].kind == syntax::ExprKind::name) return words[1].text;
  }
  return options.flow_name;
}

// What the flow needs of a workspace.flow.
void read_workspace(const Json& graph, const std::string& pointer, std::string_view flow, Imported& out) {
  const Json* workspace = member_of(graph, "workspace");
  if (workspace == nullptr) return;
  const auto wrong = [&](std::string message) {
    out.report.add({NoteKind::not_understood, at(pointer, "workspace"), "", std::move(message), ""});
  };
  if (!workspace->is_string()) return wrong("is no text");
  auto part = read_workspace_part(workspace->get<std::string>(), flow);
  if (!part) return wrong(part.error().message);
  out.workspace = std::move(part->named);
  out.workspace_rules = std::move(part->rules);
}

// The envelope's own words: kept, and compared with the graph's.
void read_envelope(const Json& envelope, const Encoded& encoded, Report& report, Layout& layout) {
  std::string type;
  for (const Json& property : encoded.graph["properties"]) {
    const std::string setting = text_of(property, "setting");
    if (setting.starts_with("trigger ")) type = trigger_type(setting.substr(8, setting.find(' ', 8) - 8));
  }
  const Json* flow = member_of(envelope, "flow");
  if (flow != nullptr && text_of(*flow, "triggerType") != type) {
    report.add({NoteKind::defect, "/flow/triggerType", "",
                fmt::format("says `{}`, and the graph `{}`", shown(text_of(*flow, "triggerType")), type),
                "the graph counts"});
  }
  Json kept = Json::object();
  for (const auto& [name, value] : envelope.items()) {
    if (name == "editor" || name == "flow") continue;
    kept[name] = value;
    if (name != "schema") report.add({NoteKind::left_out, at("", name), "", "is kept for an export", ""});
  }
  const Json members = flow == nullptr || !flow->is_object() ? Json::object() : *flow;
  for (const auto& [name, value] : members.items())
    if (name != "triggerType") report.add({NoteKind::left_out, at("/flow", name), "", shown_value(value), ""});
  layout.properties["envelope"] = std::move(kept);
}

Layout::Place place_of(const Json& node) {
  Layout::Place place;
  place.id = text_of(node, "id");
  const Json* position = member_of(node, "position");
  const Json* x = position == nullptr ? nullptr : member_of(*position, "x");
  const Json* y = position == nullptr ? nullptr : member_of(*position, "y");
  if (x != nullptr && y != nullptr && x->is_number() && y->is_number())
    place.position = Position{x->get<double>(), y->get<double>()};
  return place;
}

DraftStep step_of(const Json& node, const std::string& pointer, const Layout::Place& place) {
  DraftStep step;
  step.name = text_of(node, "name");
  step.pointer = pointer;
  step.id = place.id;
  step.position = place.position;
  return step;
}

}  // namespace

bool is_own_graph(const Json& graph) {
  return text_of(graph, "format") == kGraphFormat;
}

Imported read_own(const Json& graph, const std::string& pointer, const Json* envelope, const Options& options) {
  Imported out;
  const Json* version = member_of(graph, "version");
  if (version == nullptr || *version != kGraphVersion) {
    out.report.add(
        {NoteKind::not_understood, at(pointer, "version"), "",
         fmt::format("is {}, and {} is known", version == nullptr ? "missing" : shown_value(*version), kGraphVersion),
         ""});
    return out;
  }
  const Decoded decoded = decode(graph, pointer, out.report);
  if (out.report.failed()) return out;
  source::SourceMap sources;
  const auto file = parsed(decoded, sources, out.report);
  if (!file || out.report.failed()) return out;

  Encoded encoded = encode(*file, {});
  const Discard graph_goes(encoded.graph);
  Comparison comparison(graph, pointer, encoded.graph, out.report);
  const auto pairs = comparison.pair_nodes();
  comparison.compare();
  ImportedFlow flow;
  flow.layout.format = "console";
  flow.flow.pointer = pointer;
  flow.flow.name = flow_name(*file, options);
  read_workspace(graph, pointer, flow.flow.name, out);
  for (const auto& [own, other] : pairs) {
    const Json& node = graph["nodes"][own];
    Layout::Place place = place_of(node);
    if (node.contains("name")) {
      flow.flow.steps.push_back(step_of(node, at(at(pointer, "nodes"), own), place));
      const std::string type = text_of(node, "type");
      out.report.count(type, type != kUnknownType && type != "Extern");
    }
    place.properties = comparison.take_extra(own);
    flow.layout.steps.emplace(encoded.keys[other], std::move(place));
  }
  Json extra = comparison.take_graph_extra();
  if (const Json* kept = member_of(graph, "extra")) extra.update(kept->is_object() ? *kept : Json{{"extra", *kept}});
  if (!extra.empty()) flow.layout.properties["graph"] = std::move(extra);
  if (envelope != nullptr) read_envelope(*envelope, encoded, out.report, flow.layout);
  flow.flow.text = syntax::format(*file);
  out.flows.push_back(std::move(flow));
  return out;
}

}  // namespace flow::importing::console
