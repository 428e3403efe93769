// Nodes that look for something in a text: the region of a number, a language, an address.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "compiler/import/console/steps.h"

namespace flow::importing::console {
namespace {

constexpr std::size_t kCodesMax = 300;  // more than there are

bool is_code(const std::string& code, bool digits) {
  return !code.empty() && code.size() <= 4 && std::all_of(code.begin(), code.end(), [&](char c) {
    return digits ? c >= '0' && c <= '9' : c >= 'A' && c <= 'Z';
  });
}

}  // namespace

// The variable that a node looks at, as an expression; empty: none. `bare`: without a text in place of an absent value.
std::string StepMaker::input_of(std::size_t node, bool bare) {
  const std::string input = taken_text(
      node, {"input", "inputvariable", "inputvariables", "inputtext", "phonenumber", "text", "content", "variable"});
  const Placeholder place = next_placeholder(input, 0);
  const std::string_view name = place.name.empty() ? std::string_view(input) : place.name;
  const Variable* variable = variables_.find(name);
  if (variable != nullptr && (place.begin == std::string::npos || place.end - place.begin == input.size()))
    return bare && variables_.has_value(name, node) ? variable->name : variables_.value(name, node);
  return place.begin == std::string::npos ? std::string() : text(Json(input), node);
}

std::optional<DraftEntry> StepMaker::phone(std::size_t node) {
  const std::string type = squeezed(taken_text(node, {"outputtype", "recognitiontype", "type"}));
  const bool codes = type.find("calling") != std::string::npos;
  if (!codes && type.find("region") == std::string::npos) return refuse("its output type is not understood");
  const std::string number = input_of(node, true);
  if (number.empty()) return refuse("which variable it looks at is not said");
  const Property* several = take(node, {"multibranching", "multibranch", "multiplebranches", "enablemultibranch"});
  const Property* branches = take(node, {"branches", "multibranches", "options", "codes"});
  if (several != nullptr && switched(several->value) == false) branches = nullptr;
  DraftEntry entry;
  entry.head = fmt::format("recognize {} of {}", codes ? "calling code" : "region", number);
  const Variable* found = output(node);
  const bool named = take(node, kOutputKeys) != nullptr;
  if (named && (found == nullptr || found->form == Variable::Form::text))
    return refuse("what it finds is used where the language has no text of it");
  if (found != nullptr) {
    entry.head += " as " + found->name;
    declares_.push_back(found->name);
  }
  entry.has_block = true;
  if (branches == nullptr && found == nullptr) return refuse("it has neither branches nor an output variable");
  if (branches == nullptr) {
    entry.block.push_back(line("else", behind(next_edge(node, true))));
    return entry;
  }
  if (!branches->value->is_array() || branches->value->size() > kCodesMax) return refuse("its branches are no list");
  if (!tell_members(*branches, {"code", "value"})) return std::nullopt;
  for (const Json& each : *branches->value) {
    const std::string code =
        each.is_structured() ? member_text(each, {"code", "value", "name", "label"}) : plain_text(each);
    if (!is_code(code, codes)) return refuse(fmt::format("`{}` is no code of a branch", shown(code)));
    entry.block.push_back(line(code, behind(edge_to(node, each.is_object() ? each : Json{{"name", code}}))));
  }
  entry.block.push_back(line("else", behind(edge(node, Role::otherwise))));
  return entry;
}

std::optional<DraftEntry> StepMaker::language(std::size_t node) {
  const std::string input = input_of(node, false);
  if (input.empty()) return refuse("which text it looks at is not said");
  const Variable* found = output(node);
  if (found == nullptr || found->form != Variable::Form::language)
    return refuse("it has no output variable of its own");
  DraftEntry entry;
  entry.head = fmt::format("recognize language of {} as {}", input, found->name);
  declares_.push_back(found->name);
  entry.has_block = true;
  entry.block.push_back(line("else", behind(next_edge(node))));
  return entry;
}

std::optional<DraftEntry> StepMaker::entities(std::size_t node) {
  const std::string type =
      squeezed(taken_text(node, {"entitytype", "recognitiontype", "entity", "outputtype", "type"}));
  const bool email = type.find("email") != std::string::npos || type.find("mailaddress") != std::string::npos;
  if (!email && type.find("phone") == std::string::npos) return refuse("its entity type is not understood");
  const std::string input = input_of(node, false);
  if (input.empty()) return refuse("which text it looks at is not said");
  const Variable* found = output(node);
  if (found == nullptr || found->form != Variable::Form::found) return refuse("it has no output variable of its own");
  DraftEntry entry;
  entry.head = fmt::format("recognize {} of {} as {}", email ? "email" : "phone", input, found->name);
  declares_.push_back(found->name);
  entry.has_block = true;
  std::size_t otherwise = edge(node, Role::otherwise);
  const std::size_t failed = edge(node, Role::failed);
  if (otherwise == std::string::npos) otherwise = failed;
  const std::size_t next = next_edge(node);
  entry.block.push_back(line("found", behind(next)));
  entry.block.push_back(line("else", behind(otherwise == std::string::npos ? next : otherwise)));
  return entry;
}

}  // namespace flow::importing::console
