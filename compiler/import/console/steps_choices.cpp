// Nodes that choose: branches by conditions and by chance.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/catalogue/catalogue.h"
#include "compiler/import/console/steps.h"

namespace flow::importing::console {
namespace {

constexpr std::size_t kNone = std::string::npos;
constexpr std::size_t kBranchesMax = 1000;  // of one node: each is looked for among its edges

// What names a branch, or where it leads.
const Keys kOfBranches = {"id",         "key",    "name",     "label",        "title",    "port",
                          "portid",     "handle", "handleid", "anchorid",     "next",     "nextnode",
                          "nextnodeid", "nextid", "target",   "targetnodeid", "targetid", "targetnode",
                          "goto",       "type",   "uuid",     "order",        "index"};

bool is_date(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00";
  if (text.size() != kShape.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == '0' ? !digit : text[i] != kShape[i]) return false;
  }
  return true;
}

// And, Or; empty: neither.
std::string joining(const Json& json) {
  for (const std::string_view key : {"logic", "relation", "combinator", "conjunction", "logicaloperator", "logictype",
                                     "join", "connector", "operator"}) {
    const std::string word = squeezed(member_text(json, {key}));
    if (is_one_of(word, {"and", "all", "every"})) return "and";
    if (is_one_of(word, {"or", "any", "some"})) return "or";
  }
  return {};
}

std::string in_brackets(const std::string& part) {
  const bool joined = part.find(" and ") != kNone || part.find(" or ") != kNone;
  return joined ? "(" + part + ")" : part;
}

}  // namespace

// The edge of one of a node's branches: by the port that it names, else by its own name on the port or the label.
std::size_t StepMaker::edge_to(std::size_t node, const Json& branch) {
  const auto& out = canvas_.nodes[node].out;
  for (const std::size_t each : out) {
    if (canvas_.edges[each].branch != &branch) continue;
    if (!used_.insert(each).second) clear_ = false;
    return each;
  }
  for (const char* member :
       {"port", "portId", "handle", "handleId", "anchorId", "id", "key", "name", "label", "title", "code", "value"}) {
    const Json* said = member_of(branch, member);
    if (said == nullptr || said->is_structured()) continue;
    const std::string name = said->is_string() ? said->get<std::string>() : said->dump();
    const std::string& id = canvas_.nodes[node].id;  // ports are read without it
    const std::string inner = name.size() > id.size() + 1 && name.starts_with(id) ? name.substr(id.size() + 1) : name;
    std::size_t found = kNone;
    for (const std::size_t each : out) {
      const Edge& edge = canvas_.edges[each];
      if (name.empty() || (edge.port != name && edge.label != name && edge.port != inner)) continue;
      if (found != kNone || used_.contains(each)) clear_ = false;
      found = each;
    }
    if (found == kNone) continue;
    used_.insert(found);
    return found;
  }
  return kNone;
}

bool StepMaker::tell_members(const Property& property, Keys known) {
  return tell_members(*property.value, property.pointer, known, 0);
}

bool StepMaker::tell_members(const Json& json, const std::string& pointer, Keys known, std::size_t depth) {
  constexpr std::size_t kDepthMax = 16;
  if (depth > kDepthMax || !json.is_structured()) return true;
  if (json.is_array()) {
    for (std::size_t i = 0; i < json.size(); ++i)
      if (!tell_members(json[i], at(pointer, i), known, depth + 1)) return false;
    return true;
  }
  for (const auto& [member, value] : json.items()) {
    const std::string key = squeezed(member);
    const std::string place = at(pointer, member);
    if (is_one_of(key, known) || is_one_of(key, kOfBranches)) {
      if (!tell_members(value, place, known, depth + 1)) return false;
      continue;
    }
    const bool nothing = value.is_null() || value == "" || (value.is_structured() && value.empty());
    if (nothing) continue;
    const bool turns = key.find("not") == 0 || key.find("neg") != kNone || key.find("inver") != kNone;
    const bool small = key.find("case") != kNone || key.find("ignore") != kNone;
    const bool off = switched(&value) == false;
    if ((turns && !off) || small || key == "disabled" || key == "enabled")
      return no(fmt::format("`{}` of a branch is not known", shown(member)));
    notes_.push_back({NoteKind::left_out, place, name_, "is not known: " + shown_value(value), ""});
  }
  return true;
}

std::optional<DraftEntry> StepMaker::branch(std::size_t node) {
  const Property* branches = take(node, {"branches", "conditions", "branchlist", "cases"});
  if (branches == nullptr || !branches->value->is_array() || branches->value->empty())
    return refuse("it has no list of branches");
  if (branches->value->size() > kBranchesMax) return refuse(fmt::format("it has more than {} branches", kBranchesMax));
  if (!tell_members(
          *branches,
          {"rules",        "conditions",   "rulelist",  "groups",     "rulegroups", "grouplist",   "children",
           "rule",         "condition",    "group",     "variable",   "left",       "field",       "variablename",
           "var",          "operator",     "op",        "comparator", "operation",  "value",       "right",
           "comparevalue", "expected",     "logic",     "relation",   "combinator", "conjunction", "logicaloperator",
           "logictype",    "join",         "connector", "else",       "iselse",     "default",     "isdefault",
           "valuetype",    "variabletype", "datatype",  "code"}))
    return std::nullopt;
  DraftEntry entry;
  entry.head = "branch";
  entry.has_block = true;
  std::size_t otherwise = kNone;
  for (const Json& each : *branches->value) {
    const std::string name = member_text(each, {"name", "label", "title"});
    const Json* rules = find_member(each, {"rules", "conditions", "rulelist", "groups", "rulegroups", "operator"});
    const bool is_else = switched(find_member(each, {"else", "iselse", "default", "isdefault"})) == true ||
                         (rules == nullptr && is_one_of(squeezed(name), {"else", "otherwise", "default"}));
    if (is_else) {
      if (&each != &branches->value->back() || otherwise != kNone) return refuse("its Else is not its last branch");
      otherwise = edge_to(node, each);
      continue;
    }
    auto condition = this->condition(each, node, 0);
    if (!condition) return refuse("a rule of it is not understood");
    entry.block.push_back(line(*std::move(condition), behind(edge_to(node, each))));
    const auto comment = comment_lines(name, 60);
    if (comment.size() == 1) entry.block.back().trailing_comment = comment[0];
  }
  if (entry.block.empty()) return refuse("it has no branch but Else");
  if (otherwise == kNone) otherwise = edge(node, Role::otherwise);
  entry.block.push_back(line("else", behind(otherwise)));
  if (otherwise == kNone) changed(node, entry.block.back(), "The original does not say what follows when none holds.");
  return entry;
}

// Rules and groups of rules, joined by And or Or.
std::optional<std::string> StepMaker::condition(const Json& json, std::size_t node, std::size_t depth) {
  if (!json.is_object() || depth > 8) return refuse("its rules stand too deep");
  const Json* rules = find_member(json, {"rules", "conditions", "rulelist"});
  const Json* groups = find_member(json, {"groups", "rulegroups", "grouplist", "children"});
  if (rules == nullptr && groups == nullptr) {
    const Json* inner = find_member(json, {"rule", "condition", "group"});
    if (inner != nullptr && inner->is_object()) return condition(*inner, node, depth + 1);
    return rule(json, node);
  }
  std::vector<std::string> parts;
  std::set<std::string> words;  // that stand before parts
  for (const Json* list : {rules, groups}) {
    if (list == nullptr) continue;
    if (list->is_object()) {  // one group with a list of its own
      auto part = condition(*list, node, depth + 1);
      if (!part) return std::nullopt;
      parts.push_back(*std::move(part));
      continue;
    }
    if (!list->is_array()) return refuse("its rules are no list");
    for (const Json& each : *list) {
      auto part = condition(each, node, depth + 1);
      if (!part) return std::nullopt;
      const bool bare = find_member(each, {"rules", "conditions", "rulelist", "groups", "rulegroups"}) == nullptr;
      if (!parts.empty() && bare) words.insert(joining(each));
      parts.push_back(*std::move(part));
    }
  }
  if (parts.empty()) return refuse("a branch of it has no rules");
  if (parts.size() == 1) return parts[0];
  std::string word = joining(json);
  // Where the word stands before each rule, and is always the same.
  if (word.empty() && words.size() == 1) word = *words.begin();
  if (word.empty()) return refuse("how its rules are joined, by And or by Or, is not said");
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : " " + word + " ") + in_brackets(part);
  return out;
}

std::optional<std::string> StepMaker::rule(const Json& json, std::size_t node) {
  const Json* left = find_member(json, {"variable", "left", "field", "key", "variablename", "var"});
  const Json* word = find_member(json, {"operator", "op", "comparator", "operation", "condition"});
  if (left == nullptr || word == nullptr) return refuse("a rule of it has no variable, or no operator");
  const std::string name = left->is_object() ? member_text(*left, {"name", "value", "key"}) : plain_text(*left);
  const std::string operation =
      squeezed(word->is_object() ? member_text(*word, {"value", "code", "key", "name"}) : plain_text(*word));
  const Json* value = find_member(json, {"value", "right", "target", "comparevalue", "expected"});
  const Placeholder place = next_placeholder(name, 0);
  const std::string_view original = place.name.empty() ? std::string_view(name) : place.name;
  const Variable* variable = variables_.find(original);
  if (variable == nullptr) return refuse(fmt::format("a rule of it compares `{}`, which is no variable", shown(name)));
  const bool answer = variable->form == Variable::Form::answer;
  const bool is_text = answer || variable->form == Variable::Form::text;
  const std::string whole = variable->name + (answer ? ".response" : "");
  if (operation == "stringisblank") return whole + (is_text ? " is blank" : " is not set");
  if (operation == "stringisnotblank") return whole + (is_text ? " is not blank" : " is set");
  if (value == nullptr || value->is_structured()) return refuse("a rule of it has no value to compare with");
  if (variable->form == Variable::Form::region) {
    const bool known = operation == "stringequals" && catalogue::find_region(plain_text(*value)) != nullptr;
    if (!known) return refuse("a region is compared with something that is none");
    return fmt::format("{} is set and {} == {}", variable->name, variable->name, plain_text(*value));
  }
  auto out = compared(operation, original, *value, node);
  if (!out)
    return refuse(fmt::format("a rule of it, `{} {} {}`, is not understood", shown(name), shown(operation),
                              shown(plain_text(*value))));
  return out;
}

// A text that is no number, or no date, holds for nothing: it is taken for one that does not.
std::optional<std::string> StepMaker::compared(std::string_view operation, std::string_view name, const Json& value,
                                               std::size_t node) {
  const std::string left = variables_.value(name, node);
  const std::string right = operand(value, node);
  if (operation == "stringequals") return left + " == " + right;
  if (operation == "stringcontains") return left + " contains " + right;
  if (operation == "stringstartswith") return left + " starts with " + right;
  if (operation == "stringentirematchesregex" || operation == "stringanymatchesregex") {
    const auto expression = value.is_string() ? pattern(value.get_ref<const std::string&>()) : std::nullopt;
    if (!expression) return std::nullopt;
    return left + (operation == "stringanymatchesregex" ? " contains " : " matches ") + *expression;
  }
  const bool is_number = operation.starts_with("number");
  if (!is_number && !operation.starts_with("date")) return std::nullopt;
  const std::string_view sign = operation.ends_with("greaterthan") ? ">"
                                : operation.ends_with("lessthan")  ? "<"
                                : operation.ends_with("equals")    ? "=="
                                                                   : "";
  if (sign.empty() || operation.size() != (is_number ? 6U : 4U) + (sign == "==" ? 6U : sign == ">" ? 11U : 8U))
    return std::nullopt;
  const std::string_view read = is_number ? "number" : "date";
  // Of an absent value: never more, never less, never the same.
  const std::string_view least = is_number ? "-999999999999" : "0001-01-01";
  const std::string_view most = is_number ? "999999999999" : "9999-12-31";
  const Variable& variable = *variables_.find(name);
  const std::string first = variable.form == Variable::Form::text ? variable.name : left;
  if (const Placeholder only =
          value.is_string() ? next_placeholder(value.get_ref<const std::string&>(), 0) : Placeholder{};
      only.begin == 0 && !only.name.empty() && only.end == value.get_ref<const std::string&>().size()) {
    const Variable* other = variables_.find(only.name);
    if (other == nullptr) return std::nullopt;
    return fmt::format("({}({}) ?? {}) {} ({}({}) ?? {})", read, first, sign == "<" ? most : least, sign, read,
                       other->name, sign == "<" ? least : most);
  }
  std::string constant = is_number ? decimal(value) : plain_text(value);
  if (constant.empty() || (!is_number && !is_date(constant))) return std::nullopt;
  const std::string absent = sign != "==" ? constant
                             : is_number  ? (constant[0] == '-' ? "0" : "-1")
                                          : std::string(least);
  return fmt::format("({}({}) ?? {}) {} {}", read, first, absent, sign, constant);
}

std::optional<DraftEntry> StepMaker::random(std::size_t node) {
  const Property* branches = take(node, {"branches", "randombranches", "options"});
  if (branches == nullptr || !branches->value->is_array() || branches->value->size() > kBranchesMax)
    return refuse("it has no list of branches");
  if (!tell_members(*branches, {"percentage", "percent", "probability", "weight", "ratio"})) return std::nullopt;
  DraftEntry entry;
  entry.head = "random";
  entry.has_block = true;
  for (const Json& each : *branches->value) {
    const Json* share = find_member(each, {"percentage", "percent", "probability", "weight", "ratio"});
    std::string digits = share == nullptr ? std::string() : plain_text(*share);
    if (digits.ends_with('%')) digits.pop_back();
    if (digits.ends_with(".0")) digits.resize(digits.size() - 2);
    if (digits.empty() || digits.size() > 3 || digits.find_first_not_of("0123456789") != kNone)
      return refuse("a branch of it has no whole percentage");
    entry.block.push_back(line(digits + "%", behind(edge_to(node, each))));
    const auto comment = comment_lines(member_text(each, {"name", "label", "title"}), 60);
    if (comment.size() == 1) entry.block.back().trailing_comment = comment[0];
  }
  return entry;
}

}  // namespace flow::importing::console
