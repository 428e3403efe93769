// Nodes that choose: branches by conditions and by chance. And requests.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/import/console/steps.h"
#include "compiler/import/names.h"

namespace flow::importing::console {
namespace {

constexpr std::size_t kNone = std::string::npos;
constexpr std::size_t kBranchesMax = 1000;  // of one node: each is looked for among its edges

const Json* first_of(const Json& object, std::initializer_list<std::string_view> members) {
  for (const std::string_view each : members)
    if (const Json* found = member_of(object, each)) return found;
  return nullptr;
}

std::string first_text(const Json& object, std::initializer_list<std::string_view> members) {
  for (const std::string_view each : members)
    if (std::string text = text_of(object, each); !text.empty()) return text;
  return {};
}

// Host of an address that is written out; empty: none.
std::string host_of(std::string_view url) {
  const std::size_t begin = url.find("://");
  if (begin == std::string_view::npos) return {};
  std::string_view host = url.substr(begin + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  return host.find_first_of("{}@ ") == std::string_view::npos ? std::string(host) : std::string();
}

}  // namespace

// The edge of one of a node's branches: by the port that it names, else by its own name on the port or the label.
std::size_t StepMaker::edge_to(std::size_t node, const Json& branch) {
  for (const char* member : {"port", "portId", "handle", "anchorId", "id", "key", "name", "label", "code", "value"}) {
    const Json* said = member_of(branch, member);
    if (said == nullptr || said->is_structured()) continue;
    const std::string name = said->is_string() ? said->get<std::string>() : said->dump();
    std::size_t found = kNone;
    for (const std::size_t each : canvas_.nodes[node].out) {
      const Edge& edge = canvas_.edges[each];
      if (name.empty() || (edge.port != name && edge.label != name)) continue;
      if (found != kNone || used_.contains(each)) clear_ = false;
      found = each;
    }
    if (found == kNone) continue;
    used_.insert(found);
    return found;
  }
  return kNone;
}

std::optional<DraftEntry> StepMaker::branch(std::size_t node) {
  const Property* branches = take(node, {"branches", "conditions", "branchlist", "cases"});
  if (branches == nullptr || !branches->value->is_array() || branches->value->empty()) return std::nullopt;
  if (branches->value->size() > kBranchesMax) return std::nullopt;
  DraftEntry entry;
  entry.head = "branch";
  entry.has_block = true;
  for (const Json& each : *branches->value) {
    auto condition = this->condition(each, node, 0);
    if (!condition) return std::nullopt;
    entry.block.push_back(line(*std::move(condition), behind(edge_to(node, each))));
    const std::string name = first_text(each, {"name", "label"});
    const auto comment = comment_lines(name, 60);
    if (comment.size() == 1) entry.block.back().trailing_comment = comment[0];
  }
  const std::size_t otherwise = edge(node, Role::otherwise);
  entry.block.push_back(line("else", behind(otherwise)));
  if (otherwise == kNone) changed(node, entry.block.back(), "The original does not say what follows when none holds.");
  return entry;
}

// Rules and groups of rules, joined by And or Or.
std::optional<std::string> StepMaker::condition(const Json& json, std::size_t node, std::size_t depth) {
  if (!json.is_object() || depth > 8) return std::nullopt;
  const Json* rules = first_of(json, {"rules", "conditions", "ruleList"});
  const Json* groups = first_of(json, {"groups", "ruleGroups", "children"});
  if (rules == nullptr && groups == nullptr) return rule(json, node);
  std::vector<std::string> parts;
  for (const Json* list : {rules, groups}) {
    if (list == nullptr) continue;
    if (!list->is_array()) return std::nullopt;
    for (const Json& each : *list) {
      auto part = condition(each, node, depth + 1);
      if (!part) return std::nullopt;
      parts.push_back(*std::move(part));
    }
  }
  if (parts.empty()) return std::nullopt;
  if (parts.size() == 1) return parts[0];
  const std::string word =
      squeezed(first_text(json, {"logic", "relation", "combinator", "conjunction", "logicalOperator", "operator"}));
  if (word != "and" && word != "or") return std::nullopt;
  std::string out;
  for (const std::string& part : parts) {
    const bool joined = part.find(" and ") != kNone || part.find(" or ") != kNone;
    out += (out.empty() ? "" : " " + word + " ") + (joined ? "(" + part + ")" : part);
  }
  return out;
}

std::optional<std::string> StepMaker::rule(const Json& json, std::size_t node) {
  const std::string name = first_text(json, {"variable", "left", "field", "key", "variableName"});
  const std::string operation = squeezed(first_text(json, {"operator", "op", "comparator"}));
  const Json* value = first_of(json, {"value", "right", "target"});
  const Placeholder place = next_placeholder(name, 0);
  const std::string_view original = place.name.empty() ? std::string_view(name) : place.name;
  const Variable* variable = variables_.find(original);
  if (variable == nullptr || operation.empty()) return std::nullopt;
  const std::string left = variables_.value(original, node);
  if (operation == "stringisblank") return variable->name + " is blank";
  if (operation == "stringisnotblank") return variable->name + " is not blank";
  if (value == nullptr || value->is_structured() || value->is_null()) return std::nullopt;
  const std::string right = operand(*value, node);
  if (operation == "stringequals") return left + " == " + right;
  if (operation == "stringcontains") return left + " contains " + right;
  if (operation == "stringstartswith") return left + " starts with " + right;
  if (operation == "stringentirematchesregex" || operation == "stringanymatchesregex") {
    const auto expression = value->is_string() ? pattern(value->get_ref<const std::string&>()) : std::nullopt;
    if (!expression) return std::nullopt;
    return left + (operation == "stringanymatchesregex" ? " contains " : " matches ") + *expression;
  }
  // A text that is no number, or no date, holds for nothing: it is taken for one that does not.
  const std::string written = value->is_string() ? value->get<std::string>() : value->dump();
  const bool digits = !written.empty() && written.size() <= 12 && written.find_first_not_of("0123456789") == kNone;
  const std::string number = fmt::format("number({})", variable->name);
  if (digits && operation == "numberequals") return fmt::format("({} ?? -1) == {}", number, written);
  if (digits && operation == "numbergreaterthan") return fmt::format("({} ?? {}) > {}", number, written, written);
  if (digits && operation == "numberlessthan") return fmt::format("({} ?? {}) < {}", number, written, written);
  return std::nullopt;
}

std::optional<DraftEntry> StepMaker::random(std::size_t node) {
  const Property* branches = take(node, {"branches", "randombranches", "options"});
  if (branches == nullptr || !branches->value->is_array() || branches->value->size() > kBranchesMax)
    return std::nullopt;
  DraftEntry entry;
  entry.head = "random";
  entry.has_block = true;
  for (const Json& each : *branches->value) {
    const Json* share = first_of(each, {"percentage", "percent", "probability", "weight", "ratio"});
    if (share == nullptr || !share->is_number_integer()) return std::nullopt;
    entry.block.push_back(line(share->dump() + "%", behind(edge_to(node, each))));
  }
  return entry;
}

std::optional<DraftEntry> StepMaker::http(std::size_t node) {
  std::string method = taken_text(node, {"method", "requestmethod"});
  if (method.empty()) method = "GET";
  const Property* url = take(node, {"url", "requesturl", "address"});
  if ((method != "GET" && method != "POST") || url == nullptr || !url->value->is_string()) return std::nullopt;
  const std::string host = host_of(url->value->get_ref<const std::string&>());
  const auto after = seconds(take(node, {"timeout", "timeoutseconds"}));
  if (host.empty() || !after) return std::nullopt;
  DraftEntry entry;
  entry.head = fmt::format("http {} {}", method, text(*url->value, node));
  entry.has_block = true;
  if (const Property* headers = take(node, {"headers", "header"})) {
    if (!headers->value->is_array()) return std::nullopt;
    for (const Json& each : *headers->value) {
      const std::string key = first_text(each, {"key", "name"});
      const Json* value = member_of(each, "value");
      if (key.empty() || value == nullptr || !value->is_string()) return std::nullopt;
      entry.block.push_back(line(fmt::format("header {} = {}", one_line(key), text(*value, node))));
    }
  }
  if (const Property* body = take(node, {"body", "rawbody", "requestbody"})) {
    if (!body->value->is_string()) return std::nullopt;
    entry.block.push_back(line("body " + text(*body->value, node)));
  }
  if (const Property* read = take(node, {"responsevariables", "outputvariables", "outputs"})) {
    if (!read->value->is_array()) return std::nullopt;
    for (const Json& each : *read->value) {
      const std::string key = each.is_string() ? each.get<std::string>() : first_text(each, {"name", "key"});
      const Variable* variable = variables_.find(key);
      if (variable == nullptr || !is_name(key)) return std::nullopt;
      entry.block.push_back(line(fmt::format("read {}: text? = body.{}", variable->name, key)));
      declares_.push_back(variable->name);
    }
  }
  needs_.hosts.insert(host);
  const std::size_t failed = edge(node, Role::failed);
  std::size_t next = edge(node, Role::next);
  const auto& out = canvas_.nodes[node].out;
  if (out.size() == 1 && used_.empty()) used_.insert(next = out[0]);
  entry.block.push_back(line("ok", behind(next)));
  entry.block.push_back(line("failed, late after " + duration(*after * 1000), behind(failed)));
  if (failed == kNone) changed(node, entry.block.back(), "The original has no way out for a request that fails.");
  return entry;
}

}  // namespace flow::importing::console
