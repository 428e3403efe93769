#include "compiler/import/studio/values.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "compiler/import/draft.h"
#include "compiler/import/names.h"
#include "compiler/import/studio/counters.h"
#include "compiler/import/studio/terraform.h"
#include "compiler/import/studio/widgets.h"

namespace flow::importing::studio {
namespace {

using liquid::name_at;
using liquid::names_from;
using liquid::Part;
using liquid::Path;
using Role = Variable::Role;

constexpr std::size_t kListPartsMax = 20;   // of the path of a list; what is deeper is none
constexpr std::size_t kUndefinedMax = 100;  // that are variables; a text that reads more stays as it is

bool is_calculation(const liquid::Output& output) {
  static const std::set<std::string, std::less<>> names = {"plus", "minus", "times", "round"};
  return !output.filters.empty() && names.contains(output.filters.back().name);
}

// The flow variables that a text is made of. What another system makes of them is always a text.
std::vector<std::string> keys_of(const liquid::Template& text) {
  std::vector<std::string> out;
  const bool chooses = std::any_of(text.nodes.begin(), text.nodes.end(),
                                   [](const liquid::Node& node) { return node.kind == liquid::Node::Kind::choice; });
  if (chooses && !counter_of(text)) return out;
  for (const Path& path : text.references)
    if (!text.opaque && name_at(path, 0) == "flow" && name_at(path, 1) == "variables") out.push_back(name_at(path, 2));
  return out;
}

// A whole number as the language writes it: it comes out as it went in.
bool is_number(std::string_view text) {
  if (text.empty() || text.size() > 9 || (text.size() > 1 && text[0] == '0')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// What has a name of its own keeps it.
std::string own_name(const std::string& label) {
  return is_name(label) ? label : label + " ";
}

// In words, so that Names makes camelCase of it.
std::string in_words(std::string label) {
  std::replace(label.begin(), label.end(), '_', ' ');
  return label.find_first_of(" .-") == std::string::npos ? label : label + " ";
}

}  // namespace

std::string usable(const std::string& label) {
  static const std::set<std::string, std::less<>> special = {
      "sms", "viber", "whatsapp", "messenger", "instagram", "email",    "mon",  "tue",   "wed",
      "thu", "fri",   "sat",      "sun",       "item",      "position", "body", "result"};
  std::string lower;  // what Names leaves of it
  for (const char c : label) {
    if (c >= 'A' && c <= 'Z') lower += static_cast<char>(c + 32);
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) lower += c;
  }
  return lower.size() == 2 || special.contains(lower) ? label + " value" : label;
}

Expr constant(std::string_view text) {
  Expr expr;
  expr.constant = std::string(text);
  expr.code = one_line(text);
  return expr;
}

Values::Values(const Definition& definition, Start start, std::string channel, std::vector<bool> included,
               std::set<std::size_t> kept)
    : definition_(definition),
      start_(start),
      channel_(std::move(channel)),
      included_(std::move(included)),
      kept_(std::move(kept)) {}

std::string Values::key_of(const Variable& variable) {
  switch (variable.role) {
    case Role::input:
      return "input " + variable.label;
    case Role::assigned:
      return "assigned " + variable.label;
    case Role::reply:
      return fmt::format("reply {}", variable.state);
    case Role::result:
      return fmt::format("result {}", variable.state);
    case Role::output:
      return fmt::format("output {} {}", variable.state, variable.label);
    case Role::read:
      return fmt::format("read {} {}", variable.state, fmt::join(variable.path, "."));
  }
  return {};
}

std::size_t Values::variable_of(const Variable& wanted) {
  const auto [place, is_new] = by_key_.emplace(key_of(wanted), variables_.size());
  if (is_new) {
    variables_.push_back(wanted);
    if (wanted.role == Role::read) reads_[wanted.state].push_back(place->second);
  }
  if (wanted.role == Role::result && variables_[place->second].label != wanted.label)
    variables_[place->second].spoken = true;
  return place->second;
}

const Variable* Values::known_variable(const Variable& wanted, std::size_t& index) const {
  const auto found = by_key_.find(key_of(wanted));
  if (found == by_key_.end()) return nullptr;
  index = found->second;
  const Variable& variable = variables_[index];
  // One result is kept of a step of another system; what was typed and what was said are the same one.
  const auto spoken = [](const std::string& label) { return label == "Digits" || label == "SpeechResult"; };
  if (variable.role == Role::result && variable.label != wanted.label &&
      !(spoken(variable.label) && spoken(wanted.label)))
    return nullptr;
  return &variable;
}

Variable* Values::use_list(const Path& path, std::size_t parts) {
  Path prefix;
  prefix.parts.assign(path.parts.begin(), path.parts.begin() + static_cast<std::ptrdiff_t>(parts));
  const Resolved resolved = resolve(prefix);
  if (resolved.what != Resolved::What::variable || resolved.variable.role != Role::read ||
      resolved.variable.path.empty())
    return nullptr;
  return &variables_[variable_of(resolved.variable)];
}

std::optional<std::size_t> Values::use(const Path& path, const Loops& loops) {
  if (const auto loop = loops.find(path.parts.front().name); loop != loops.end()) {
    if (const std::string member = name_at(path, 1); path.parts.size() == 2 && is_word(member))
      variables_[loop->second].members.insert(member);
    return std::nullopt;
  }
  for (std::size_t i = 3; i < std::min(path.parts.size(), kListPartsMax + 1); ++i) {
    const Part& part = path.parts[i];
    const bool item = part.kind != Part::Kind::name || part.name == "first" || part.name == "last";
    const bool count = i > 3 && part.name == "size" && i + 1 == path.parts.size();
    if (!item && !count) continue;
    if (part.dynamic) use(*part.dynamic, loops);
    Variable* list = use_list(path, i);
    if (list == nullptr) return std::nullopt;
    const std::string member = name_at(path, i + 1);
    if (count) {
      list->counted = true;
    } else if (path.parts.size() == i + 2 && is_word(member)) {
      list->as_list = true;
      list->members.insert(member);
    } else if (path.parts.size() == i + 1) {
      list->as_list = true;
    }
    return std::nullopt;
  }
  const Resolved resolved = resolve(path);
  if (resolved.what == Resolved::What::contact) contact_used_ = true;
  if (resolved.what != Resolved::What::variable) return std::nullopt;
  const std::size_t index = variable_of(resolved.variable);
  variables_[index].as_text = true;
  return index;
}

void Values::use_output(const liquid::Output& output, const Loops& loops) {
  const auto operand = [&](const liquid::Operand& one) -> std::optional<std::size_t> {
    if (one.kind != liquid::Operand::Kind::path || one.path.parts.front().name == "forloop") return std::nullopt;
    return use(one.path, loops);
  };
  // `list | first` is `list.first`.
  liquid::Operand of = output.value;
  const bool part = !output.filters.empty() && (output.filters[0].name == "first" || output.filters[0].name == "last");
  if (part && of.kind == liquid::Operand::Kind::path)
    of.path.parts.push_back({Part::Kind::name, output.filters[0].name, 0, nullptr});
  const auto value = operand(of);
  for (const liquid::Filter& filter : output.filters)
    for (const liquid::Operand& argument : filter.arguments) operand(argument);
  if (!value) return;
  if (is_calculation(output)) variables_[*value].as_number = true;
  variables_[*value].may_lack |= std::any_of(output.filters.begin(), output.filters.end(),
                                             [](const liquid::Filter& one) { return one.name == "default"; });
}

// Beside a number it is one, beside `true` a truth.
void Values::use_condition(const liquid::Condition& condition, const Loops& loops) {
  const auto operand = [&](const liquid::Operand& one, const liquid::Operand& other) {
    if (one.kind != liquid::Operand::Kind::path || one.path.parts.front().name == "forloop") return;
    const auto index = use(one.path, loops);
    if (!index) return;
    Variable& variable = variables_[*index];
    const bool truth = other.text == "true" || other.text == "false";
    const bool text = other.kind == liquid::Operand::Kind::text;
    variable.may_lack |=
        condition.sign.empty() || other.kind == liquid::Operand::Kind::word || (text && other.text.empty());
    if (condition.sign.empty()) return;
    variable.as_number |= other.kind == liquid::Operand::Kind::number;
    variable.as_truth |= truth && !text;
    variable.as_word |= text && !other.text.empty();
  };
  operand(condition.left, condition.right);
  if (!condition.sign.empty()) operand(condition.right, condition.left);
}

void Values::use_nodes(const std::vector<liquid::Node>& nodes, Loops& loops) {
  for (const liquid::Node& node : nodes) {
    if (node.kind == liquid::Node::Kind::text) continue;
    for (const liquid::Arm& arm : node.arms) {
      if (arm.question)
        for (const liquid::Condition& condition : arm.question->conditions) use_condition(condition, loops);
      use_nodes(arm.block, loops);
    }
    if (node.kind == liquid::Node::Kind::choice) continue;
    if (node.kind != liquid::Node::Kind::loop) {
      use_output(node.output, loops);
      continue;
    }
    Variable* list = use_list(node.output.value.path, node.output.value.path.parts.size());
    if (list == nullptr) continue;
    list->as_list = true;
    list->as_loop = true;
    const std::size_t index = static_cast<std::size_t>(list - variables_.data());
    const auto [place, is_new] = loops.emplace(node.variable, index);
    use_nodes(node.block, loops);
    if (is_new) loops.erase(place);
  }
}

void Values::use(const liquid::Template& text) {
  Loops loops;
  if (!text.opaque) {
    use_nodes(text.nodes, loops);
    return;
  }
  for (const Path& path : text.references)
    if (names_from(path, 0)) use(path, loops);
}

Variable* Values::only_variable(const liquid::Template& text) {
  use(text);
  if (text.opaque || text.nodes.size() != 1 || text.nodes[0].kind != liquid::Node::Kind::output) return nullptr;
  const liquid::Output& output = text.nodes[0].output;
  if (output.value.kind != liquid::Operand::Kind::path || !output.filters.empty()) return nullptr;
  const auto index = use(output.value.path, {});
  return index ? &variables_[*index] : nullptr;
}

void Values::use_as_number(const liquid::Template& text) {
  if (Variable* variable = only_variable(text)) variable->as_number = true;
}
void Values::use_as_truth(const liquid::Template& text) {
  if (Variable* variable = only_variable(text)) variable->as_truth = true;
}
void Values::use_as_word(const liquid::Template& text) {
  if (Variable* variable = only_variable(text)) variable->as_word = true;
}
void Values::use_as_absent(const liquid::Template& text) {
  if (Variable* variable = only_variable(text)) variable->may_lack = true;
}
void Values::use_as_phone(const liquid::Template& text) {
  if (Variable* variable = only_variable(text)) variable->as_phone = true;
}

void Values::assign(const State& state) {
  const Json* variables = member_of(state.properties, "variables");
  if (variables == nullptr || !variables->is_array()) return;
  for (const Json& one : *variables) {
    const std::string key = text_of(one, "key");
    if (key.empty()) continue;
    assigned_keys_.insert(key);
    Variable wanted;
    wanted.role = Role::assigned;
    wanted.label = key;
    Variable& variable = variables_[variable_of(wanted)];
    const Json* value = member_of(one, "value");
    const auto text = liquid::parse(value != nullptr && value->is_string() ? value->get_ref<const std::string&>() : "");
    const auto counter = counter_of(text);
    if (counter) variable.counts_from.insert(counter->first);
    const bool number = counter ? true
                        : text.constant()
                            ? is_number(text.constant_text())
                            : !text.opaque && text.nodes.size() == 1 && is_calculation(text.nodes[0].output);
    variable.calculated = variable.calculated && number;
    variable.made_of.push_back(keys_of(text));
    variable.as_number = variable.as_number || (number && !text.constant());
  }
}

void Values::settle_kind(Variable& variable) const {
  if (variable.role == Role::assigned) {
    if (variable.calculated && variable.as_number) variable.kind = Kind::number;
  } else if (variable.role == Role::input) {
    const bool called = start_ == Start::call && variable.label == "called";
    if (variable.as_phone || called) variable.kind = Kind::phone;
    variable.may_lack = variable.may_lack && variable.kind == Kind::text;
  } else if (variable.role == Role::read) {
    if (variable.as_phone) {
      variable.kind = Kind::phone;
      variable.required = true;
    } else if (variable.as_list || (variable.counted && !variable.as_text)) {
      variable.kind = Kind::list;
    } else if (variable.as_number && !variable.as_word) {
      variable.kind = Kind::number;
    } else if (variable.as_truth && !variable.as_word && !variable.as_number) {
      variable.kind = Kind::boolean;
    }
  }
}

// A variable of the language needs one value that is not made of itself, however long the way round is.
void Values::find_first_values() {
  constexpr int kRounds = 10;  // what is made of longer chains gets a first value that it did not need
  std::set<std::string, std::less<>> fine;
  for (int round = 0; round < kRounds; ++round) {
    const std::size_t before = fine.size();
    const auto known = [&](const std::vector<std::string>& keys) {
      return std::all_of(keys.begin(), keys.end(),
                         [&](const std::string& key) { return !assigned_keys_.contains(key) || fine.contains(key); });
    };
    for (const Variable& variable : variables_)
      if (std::any_of(variable.made_of.begin(), variable.made_of.end(), known)) fine.insert(variable.label);
    if (fine.size() == before) break;
  }
  for (Variable& variable : variables_)
    variable.from_nothing = variable.role == Role::assigned && !fine.contains(variable.label);
}

std::string Values::label_of(const Variable& variable, const std::map<std::string, int>& last_words) const {
  const std::string& widget = definition_.states[variable.state].name;
  switch (variable.role) {
    case Role::input:
    case Role::assigned:
      return usable(variable.label);
    case Role::reply:
      return widget + " reply";
    case Role::result:
      return widget + " " + (variable.label == "SpeechResult" ? "speech" : variable.label);
    case Role::output:
      return widget;
    case Role::read:
      if (variable.path.empty()) return widget + " body";
      if (last_words.at(variable.label) == 1) return usable(variable.label);
      return fmt::format("{} {}", widget, fmt::join(variable.path, " "));
  }
  return {};
}

void Values::settle(const std::set<std::string, std::less<>>& taken) {
  for (const std::string& name : taken) names_.reserve(name);
  for (const char* name : {"incomingMessage", "incomingMessageType", "customerPhoneNumber", "customerName", "wabaId",
                           "wabaPhoneNumber", "serviceId", "caller"})
    names_.reserve(name);
  find_first_values();
  std::map<std::string, int> last_words;
  for (Variable& variable : variables_) {
    settle_kind(variable);
    if (variable.role != Role::reply && variable.role != Role::result) ++last_words[variable.label];
  }
  const auto name_all = [&](bool first) {
    for (Variable& variable : variables_) {
      const bool own = variable.role == Role::input || variable.role == Role::assigned;
      if (own != first || variable.role == Role::output) continue;
      const std::string label = label_of(variable, last_words);
      const bool told = own || (variable.role == Role::read && label == variable.label);
      variable.name = names_.variable(told ? own_name(label) : in_words(label), "value");
    }
  };
  name_all(true);
  name_all(false);
  for (const Variable& variable : variables_) {
    if (!variable.from_nothing) continue;
    const bool number = variable.kind == Kind::number;
    const std::int64_t first = variable.counts_from.empty() ? 0 : *variable.counts_from.begin();
    undefined_.push_back({variable.name, number ? fmt::format("{}", first) : "\"\"", "",
                          !number      ? "Studio adds to an empty text"
                          : first == 0 ? "Studio counts from 0"
                                       : "so that it counts as in Studio, where it has no value at first",
                          ""});
  }
  std::map<std::size_t, std::string> of_calls;  // outputs of one call are members of one variable
  for (Variable& variable : variables_) {
    if (variable.role != Role::output) continue;
    auto [place, is_new] = of_calls.try_emplace(variable.state);
    if (is_new) place->second = names_.variable(in_words(label_of(variable, last_words)), "value");
    variable.name = place->second;
  }
}

std::optional<std::size_t> Values::find(Role role, std::size_t state) const {
  Variable wanted;
  wanted.role = role;
  wanted.state = state;
  const auto found = by_key_.find(key_of(wanted));
  return found == by_key_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::size_t> Values::assigned(std::string_view key) const {
  const auto found = by_key_.find(fmt::format("assigned {}", key));
  return found == by_key_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::size_t> Values::reads(std::size_t state) const {
  const auto found = reads_.find(state);
  return found == reads_.end() ? std::vector<std::size_t>() : found->second;
}

Known Values::nothing_known() const {
  Known known(words(), 0);
  for (std::size_t i = 0; i < variables_.size(); ++i)
    if ((variables_[i].role == Role::input && !variables_[i].may_lack) || variables_[i].from_nothing) add(known, i);
  return known;
}

std::string Values::contact_name() const {
  return start_ == Start::call ? "caller" : "customerPhoneNumber";
}

Expr Values::contact() const {
  contact_used_ = true;
  Expr expr;
  expr.code = contact_name();
  expr.kind = channel_ == "messenger" && start_ != Start::call ? Kind::text : Kind::phone;
  if (start_ != Start::call && channel_ != "sms") expr.prefix = channel_ + ":";
  return expr;
}

std::optional<Expr> Values::undefined(const Path& path, const std::string& why) {
  const std::string written = liquid::to_string(path);
  const auto [place, is_new] = undefined_by_path_.emplace(written, undefined_.size());
  if (is_new && undefined_.size() >= kUndefinedMax) {
    undefined_.push_back({"", "", written, why, place_});
  } else if (is_new) {
    std::string label = name_at(path, path.parts.size() - 1);
    if (path.parts.size() > 2 && (label == "Body" || label == "From"))
      label = name_at(path, path.parts.size() - (path.parts.size() > 3 ? 3 : 2)) + " " + label;
    undefined_.push_back({names_.variable(in_words(usable(label)), "value"), "\"\"", written, why, place_});
  }
  if (undefined_[place->second].name.empty()) return std::nullopt;
  Expr expr;
  expr.never = true;
  expr.code = undefined_[place->second].name;
  return expr;
}

Expr Values::hidden(std::string code, std::string_view label) {
  undefined_.push_back({names_.variable(in_words(std::string(label)), "value"), std::move(code), "",
                        "a constant in the original", place_});
  Expr expr;
  expr.code = undefined_.back().name;
  return expr;
}

std::optional<bool> Values::truth(const Path& path, const Known& known) const {
  // The events of a trigger are there or not.
  if (name_at(path, 0) == "trigger" && path.parts.size() == 2) {
    const std::string kind = name_at(path, 1);
    const bool message = starts_by("incomingMessage");
    const bool conversation = starts_by("incomingConversationMessage");
    if (start_ == Start::other || (message && conversation)) return std::nullopt;
    if (kind == "message") return message;
    if (kind == "conversation") return conversation;
    if (kind == "call") return start_ == Start::call;
    return std::nullopt;
  }
  const Resolved resolved = resolve(path);
  if (resolved.what == Resolved::What::undefined) return false;
  std::size_t index = 0;
  const Variable* variable =
      resolved.what == Resolved::What::variable ? known_variable(resolved.variable, index) : nullptr;
  const bool there = variable != nullptr && resolved.member.empty() && has(known, index) && !variable->from_nothing &&
                     variable->kind == Kind::text && variable->role != Role::output;
  return there ? std::optional(true) : std::nullopt;
}

const Variable* Values::assigned_variable(const Path& path) const {
  const Resolved resolved = resolve(path);
  std::size_t index = 0;
  if (resolved.what != Resolved::What::variable || resolved.variable.role != Role::assigned) return nullptr;
  return known_variable(resolved.variable, index);
}

bool Values::counts(const Path& path) const {
  const Variable* variable = assigned_variable(path);
  if (variable == nullptr) return false;
  return !variable->from_nothing || (variable->counts_from.size() == 1 && variable->kind == Kind::number);
}

bool Values::is_from_nothing(const Path& path) const {
  const Variable* variable = assigned_variable(path);
  return variable != nullptr && variable->from_nothing;
}

std::optional<std::size_t> Values::variable(const Path& path) const {
  const Resolved resolved = resolve(path);
  std::size_t index = 0;
  if (resolved.what != Resolved::What::variable || !resolved.member.empty() || resolved.variable.role == Role::output ||
      known_variable(resolved.variable, index) == nullptr)
    return std::nullopt;
  return index;
}

std::optional<Values::List> Values::list(const Path& path) const {
  for (std::size_t parts = std::min(path.parts.size(), kListPartsMax); parts > 3; --parts) {
    Path prefix;
    prefix.parts.assign(path.parts.begin(), path.parts.begin() + static_cast<std::ptrdiff_t>(parts));
    const Resolved resolved = resolve(prefix);
    if (resolved.what != Resolved::What::variable || resolved.variable.role != Role::read) continue;
    std::size_t index = 0;
    const Variable* variable = known_variable(resolved.variable, index);
    if (variable != nullptr && variable->kind == Kind::list) return List{index, parts};
  }
  return std::nullopt;
}

std::optional<Expr> Values::value(const Path& path, const Known& known) {
  const Resolved resolved = resolve(path);
  switch (resolved.what) {
    case Resolved::What::unknown:
      return std::nullopt;
    case Resolved::What::undefined:
      return undefined(path, resolved.why);
    case Resolved::What::contact:
      return contact();
    case Resolved::What::named: {
      std::string& name = placeholders_[resolved.written];
      if (name.empty()) {
        const bool terraform = name_at(path, 0) == "terraform" && path.parts.size() == 2;
        std::string last = terraform ? terraform_of(path.parts.back().name).substr(2) : path.parts.back().name;
        last = last == "address" ? "own address" : usable(last);
        if (last[0] >= 'A' && last[0] <= 'Z') last[0] = static_cast<char>(last[0] + 32);
        name = names_.variable(in_words(last), "value");
      }
      Expr expr;
      expr.code = name;
      expr.fixed = true;
      return expr;
    }
    case Resolved::What::incoming: {
      Expr expr;
      expr.code = "incomingMessage";
      return expr;
    }
    case Resolved::What::variable:
      break;
  }
  std::size_t index = 0;
  const Variable* variable = known_variable(resolved.variable, index);
  if (variable == nullptr || variable->kind == Kind::list) return std::nullopt;
  Expr expr;
  expr.code = variable->name;
  expr.kind = variable->kind;
  expr.optional = !has(known, index);
  expr.from_nothing = variable->from_nothing;
  if (variable->role == Role::output) {
    expr.code += "." + variable->label;
    expr.optional = true;
  }
  if (variable->role == Role::reply && !resolved.member.empty()) {
    expr.code += "." + resolved.member;
    expr.optional = true;
  }
  return expr;
}

}  // namespace flow::importing::studio
