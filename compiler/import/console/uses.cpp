#include "compiler/import/console/uses.h"

#include <algorithm>

#include "compiler/catalogue/catalogue.h"
#include "compiler/import/console/settings.h"
#include "compiler/import/console/steps.h"

namespace flow::importing::console {
namespace {

constexpr std::size_t kNone = std::string::npos;
constexpr std::size_t kDepthMax = 12;  // of rules

bool is_output(std::string_view key) {
  return is_one_of(key, kOutputKeys);
}

// The name in a setting that names a variable; empty: it names none.
std::string named(const Json& value) {
  const std::string text = value.is_object()   ? member_text(value, {"name", "variable", "key"})
                           : value.is_string() ? value.get<std::string>()
                                               : std::string();
  const Placeholder place = next_placeholder(text, 0);
  return place.name.empty() ? text : place.name;
}

}  // namespace

bool is_variable_list(std::string_view key) {
  return is_one_of(
      key, {"variables", "inputs", "inputvariables", "parameters", "params", "inputparameters", "incomingvariables"});
}

void Uses::read(std::string_view trigger, std::size_t start) {
  trigger_variables(trigger);
  if (is(start, KindId::start))
    for (const Property& property : canvas_.nodes[start].properties)
      if (is_variable_list(property.key)) declare_inputs(*property.value, trigger);
  for (std::size_t i = 0; i < canvas_.nodes.size(); ++i) read_node(i);
  variables_.settle(canvas_, start);
}

void Uses::trigger_variables(std::string_view trigger) {
  for (const std::string_view name : catalogue::trigger_variables()) {
    if (trigger == "manual") break;
    const bool whatsapp_only = name.starts_with("waba");
    const bool viber_only = name == "serviceId";
    if ((whatsapp_only && trigger != "whatsapp") || (viber_only && trigger != "viber")) continue;
    Variable& variable = variables_.of(name);
    variable.trigger = true;
    variable.always = !(whatsapp_only || viber_only || name == "customerName");
  }
}

void Uses::declare_inputs(const Json& list, std::string_view trigger) {
  if (!list.is_array()) return;
  for (const Json& each : list) {
    const std::string name =
        each.is_string() ? each.get<std::string>() : member_text(each, {"name", "key", "variable", "variablename"});
    if (name.empty() || trigger != "manual") continue;
    Variable& variable = variables_.of(name);
    variable.input = variable.always = true;
  }
}

// `{{name}}` in all of a node's texts; what it sets; what has to be a phone number.
void Uses::read_node(std::size_t node) {
  const auto& properties = canvas_.nodes[node].properties;
  for (const Property& property : properties) {
    read_texts(*property.value);
    if (!is_output(property.key)) mention(*property.value, is(node, KindId::branch), 0);
  }
  set_by(node);
  const bool numbers = is(node, KindId::send) && is_one_of(kinds_[node]->channel, {"viber", "whatsapp", "sms"});
  for (const Property& property : properties) {
    const bool number =
        (numbers && is_one_of(property.key, {"to", "recipient", "receiver", "recipients", "tonumber"})) ||
        (is(node, KindId::phone) && is_one_of(property.key, {"input", "inputvariable", "inputvariables", "phonenumber",
                                                             "variable", "text", "inputtext", "content"}));
    if (number && property.value->is_string()) mark_phone(property.value->get<std::string>());
    if (is(node, KindId::branch)) rule_variables(*property.value, 0);
  }
}

void Uses::mark_phone(const std::string& text) {
  const Placeholder place = next_placeholder(text, 0);
  const std::string& name = place.name.empty() ? text : place.name;
  if (variables_.find(name) != nullptr) variables_.of(name).phone = true;
}

void Uses::set_by(std::size_t node) {
  const auto& properties = canvas_.nodes[node].properties;
  const auto sets = [&](const std::string& name, bool sure, bool replied) {
    if (name.empty()) return;
    variables_.sets(node, name);
    ++setters_[name];
    for (const std::size_t edge : canvas_.nodes[node].out)
      if (sure && (!replied || role_of(canvas_.edges[edge]) != Role::silent)) variables_.sure_behind(edge, name);
  };
  const auto first = [&](Keys keys) -> std::string {
    for (const std::string_view key : keys)
      for (const Property& property : properties)
        if (property.key == key && !property.value->is_array())
          if (std::string name = named(*property.value); !name.empty()) return name;
    return {};
  };
  const KindId kind = kinds_[node] == nullptr ? KindId::extern_ : kinds_[node]->id;
  if (kind == KindId::await_reply) {
    return sets(
        first({"outputvariable", "output", "variable", "variablename", "outputvariablename", "responsevariable"}), true,
        true);
  }
  if (kind == KindId::set) {
    for (const Property& property : properties)
      if (is_one_of(property.key, {"variables", "assignments", "values", "keyvalues", "list"})) {
        const auto all = pairs(*property.value);
        for (std::size_t i = 0; all && i < all->size(); ++i) sets((*all)[i].first, true, false);
      }
    return;
  }
  if (kind == KindId::http || kind == KindId::function) {
    for (const Property& property : properties) {
      const bool list =
          property.key.ends_with("variables") || is_one_of(property.key, {"responseparameters", "outputs"});
      if (!list || !property.value->is_array()) continue;
      for (const Json& each : *property.value)
        sets(each.is_string() ? each.get<std::string>() : member_text(each, {"name", "key", "variable"}), false, false);
    }
    return;
  }
  if (kind == KindId::send || kind == KindId::branch || kind == KindId::start) return;
  const std::string name = first(kOutputKeys);
  if (name.empty()) return;
  const Variable::Form form = form_of(node);
  sets(name, form == Variable::Form::code, false);
  if (form != Variable::Form::text) makes_.emplace(node, name);
}

// What rules compare, written as a bare name.
void Uses::rule_variables(const Json& json, std::size_t depth) {
  if (depth > kDepthMax) return;
  if (json.is_object()) {
    const Json* left = find_member(json, {"variable", "left", "field", "variablename", "var"});
    const std::string name = left == nullptr     ? std::string()
                             : left->is_object() ? member_text(*left, {"name", "value", "key"})
                                                 : plain_text(*left);
    if (!name.empty() && next_placeholder(name, 0).begin == kNone) variables_.of(name);
  }
  if (json.is_structured())
    for (const Json& each : json) rule_variables(each, depth + 1);
}

void Uses::read_texts(const Json& json) {
  if (json.is_structured()) {
    for (const Json& each : json) read_texts(each);
    return;
  }
  if (!json.is_string()) return;
  const std::string& text = json.get_ref<const std::string&>();
  for (Placeholder place = next_placeholder(text, 0); place.begin != kNone; place = next_placeholder(text, place.end))
    if (!place.name.empty()) variables_.of(place.name);
}

// Every text, and every name in one, but for variables that a rule of a branch compares with a region or with nothing.
void Uses::mention(const Json& json, bool rules, std::size_t depth) {
  if (json.is_string()) {
    const std::string& text = json.get_ref<const std::string&>();
    if (text.size() <= 200) mentioned_.insert(text);
    for (Placeholder place = next_placeholder(text, 0); place.begin != kNone; place = next_placeholder(text, place.end))
      mentioned_.insert(place.name);
    return;
  }
  if (!json.is_structured()) return;
  const Json* word =
      rules && json.is_object() ? find_member(json, {"operator", "op", "comparator", "operation"}) : nullptr;
  const std::string operation = word == nullptr ? std::string() : squeezed(plain_text(*word));
  const bool blank = operation == "stringisblank" || operation == "stringisnotblank";
  const bool equal = operation == "stringequals" &&
                     catalogue::find_region(member_text(json, {"value", "right", "target", "comparevalue"})) != nullptr;
  if (json.is_object() && (blank || equal)) {
    for (const auto& [member, value] : json.items())
      if (!is_one_of(squeezed(member), {"variable", "left", "field", "key", "variablename", "var"}))
        mention(value, rules, depth + 1);
    return;
  }
  for (const Json& each : json) mention(each, rules, depth + 1);
}

Variable::Form Uses::form_of(std::size_t node) const {
  using Form = Variable::Form;
  if (is(node, KindId::language)) return Form::language;
  if (is(node, KindId::entities)) return Form::found;
  if (is(node, KindId::journey) || is(node, KindId::forward)) return Form::answer;
  if (!is(node, KindId::phone)) return Form::text;
  for (const Property& property : canvas_.nodes[node].properties) {
    if (!is_one_of(property.key, {"outputtype", "recognitiontype", "type"})) continue;
    const std::string type = squeezed(plain_text(*property.value));
    if (type.find("calling") != kNone) return Form::code;
    if (type.find("region") != kNone) return Form::region;
  }
  return Form::text;
}

void Uses::shape(const std::map<std::size_t, std::string>& kept) {
  shaped_.clear();
  for (const auto& [node, name] : makes_) {
    Variable& variable = variables_.of(name);
    variable.form = Variable::Form::text;
    const Variable::Form form = form_of(node);
    variable.formed = form == Variable::Form::code;
    const bool alone = setters_.at(name) == 1 && !variable.input && !variable.trigger;
    const bool said = form == Variable::Form::region && mentioned_.contains(name);
    if (!alone || said || kept.contains(node)) continue;
    variable.form = form;
    shaped_.push_back(node);
  }
}

}  // namespace flow::importing::console
