#include "compiler/import/console/steps.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/import/names.h"

namespace flow::importing::console {
namespace {

constexpr std::size_t kNone = std::string::npos;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

}  // namespace

Role role_of(const Edge& edge) {
  const std::string port = squeezed(edge.port);
  if (contains(port, "undelivered")) return Role::undelivered;
  if (contains(port, "unread")) return Role::unread;
  if (is_one_of(port, {"failed", "fail", "failure", "error"})) return Role::failed;
  if (is_one_of(port, {"notreplied", "noreply", "timeout", "noresponse", "unreplied", "notreply"})) return Role::silent;
  if (is_one_of(port, {"else", "otherwise", "other", "default", "nomatch"})) return Role::otherwise;
  const bool next = is_one_of(port, {"", "next", "out", "output", "source", "success", "sent", "right", "bottom",
                                     "replied", "continue", "done", "ok"});
  return next ? Role::next : Role::unknown;
}

const Property* StepMaker::take(std::size_t node, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    for (const Property& property : canvas_.nodes[node].properties) {
      if (property.key != key || property.value->is_null()) continue;
      if (taken_.insert(&property).second) takes_.push_back(&property);
      return &property;
    }
  }
  return nullptr;
}

std::string StepMaker::taken_text(std::size_t node, std::initializer_list<std::string_view> keys) {
  const Property* found = take(node, keys);
  if (found == nullptr || found->value->is_structured()) return {};
  return found->value->is_string() ? found->value->get<std::string>() : found->value->dump();
}

std::vector<const Property*> StepMaker::left_over(std::size_t node) const {
  std::vector<const Property*> out;
  for (const Property& property : canvas_.nodes[node].properties) {
    const bool empty = property.value->is_null() || (property.value->is_structured() && property.value->empty());
    if (!empty && !taken_.contains(&property)) out.push_back(&property);
  }
  return out;
}

std::size_t StepMaker::edge(std::size_t node, Role role) {
  std::size_t found = kNone;
  for (const std::size_t each : canvas_.nodes[node].out) {
    if (role_of(canvas_.edges[each]) != role) continue;
    if (found != kNone) clear_ = false;  // two edges from one port: there is no fan-out
    found = each;
  }
  if (found != kNone) used_.insert(found);
  return found;
}

std::string StepMaker::behind(std::size_t edge) {
  return edge == kNone ? "end" : targets_[edge];
}

bool StepMaker::all_edges_used(std::size_t node) const {
  const auto& out = canvas_.nodes[node].out;
  return clear_ && std::all_of(out.begin(), out.end(), [&](std::size_t each) { return used_.contains(each); });
}

void StepMaker::changed(std::size_t node, DraftEntry& line, std::string why) {
  line.comments.push_back(why);
  changes_.push_back({NoteKind::changed, canvas_.nodes[node].pointer, name_, std::move(why), ""});
}

std::string StepMaker::text(const Json& value, std::size_t node) const {
  if (!value.is_string()) return literal(value.dump(-1, ' ', false, Json::error_handler_t::replace));
  const std::string& all = value.get_ref<const std::string&>();
  TextWriter writer;
  std::size_t at = 0;
  for (;;) {
    const Placeholder next = next_placeholder(all, at);
    if (next.begin == kNone) break;
    const std::string expression = next.name.empty() ? std::string() : variables_.bare_value(next.name, node);
    writer.add(std::string_view(all).substr(at, (expression.empty() ? next.end : next.begin) - at));
    if (!expression.empty()) writer.add_value(expression);
    at = next.end;
  }
  writer.add(std::string_view(all).substr(at));
  return writer.literal();
}

std::string StepMaker::operand(const Json& value, std::size_t node) const {
  if (value.is_string()) {
    const std::string& all = value.get_ref<const std::string&>();
    const Placeholder only = next_placeholder(all, 0);
    if (only.begin == 0 && only.end == all.size() && !only.name.empty()) {
      std::string expression = variables_.value(only.name, node);
      if (!expression.empty()) return expression;
    }
  }
  return text(value, node);
}

std::optional<std::int64_t> StepMaker::seconds(const Property* property) const {
  if (property == nullptr) return std::nullopt;
  const Json* value = property->value;
  if (value->is_object()) {  // {"enabled": true, "duration": 30}
    if (const Json* enabled = member_of(*value, "enabled"); enabled != nullptr && *enabled == false)
      return std::nullopt;
    for (const std::string_view member : {"duration", "seconds", "value", "time", "timeout"})
      if (const Json* inner = member_of(*value, member)) value = inner;
  }
  std::int64_t count = 0;
  if (value->is_number_integer()) {
    count = value->get<std::int64_t>();
  } else if (value->is_string()) {
    const std::string& digits = value->get_ref<const std::string&>();
    if (digits.empty() || digits.size() > 9 || digits.find_first_not_of("0123456789") != kNone) return std::nullopt;
    count = std::stoll(digits);
  }
  if (count <= 0 || count > limits::kExpiresMsMax / 1000) return std::nullopt;
  return count;
}

std::string StepMaker::channel(const std::string& kind, const std::string& sender) {
  auto& senders = needs_.by_kind[kind];
  const auto [found, added] = senders.emplace(sender, needs_.channels.size());
  if (!added) return needs_.channels[found->second].name;
  const std::size_t count = senders.size();
  needs_.channels.push_back(
      {count == 1 ? fmt::format("main_{}", kind) : fmt::format("main_{}_{}", kind, count), kind, sender});
  return needs_.channels.back().name;
}

std::optional<DraftEntry> StepMaker::make(std::size_t node, const Kind& kind, const std::string& name) {
  name_ = name;
  declares_.clear();
  takes_.clear();
  used_.clear();
  changes_.clear();
  clear_ = true;
  std::optional<DraftEntry> entry;
  switch (kind.id) {
    case KindId::send:
      entry = send(node, kind);
      break;
    case KindId::await_reply:
      entry = await_reply(node);
      break;
    case KindId::branch:
      entry = branch(node);
      break;
    case KindId::set:
      entry = set(node);
      break;
    case KindId::wait:
      entry = wait(node);
      break;
    case KindId::typing:
      entry = plain(node, "typing");
      break;
    case KindId::phone:
      entry = phone(node);
      break;
    case KindId::random:
      entry = random(node);
      break;
    case KindId::http:
      entry = http(node);
      break;
    default:
      break;
  }
  if (!entry || !all_edges_used(node)) {
    for (const Property* property : takes_) taken_.erase(property);
    return std::nullopt;
  }
  for (Note& note : changes_) report_.add(std::move(note));
  needs_.declared.insert(declares_.begin(), declares_.end());
  return entry;
}

DraftEntry StepMaker::keep(std::size_t node) {
  const Node& from = canvas_.nodes[node];
  DraftEntry entry;
  entry.head = "extern " + one_line(from.type.empty() ? "unknown" : from.type);
  // Its result is one variable at most.
  const auto& sets = variables_.set_by(node);
  const Variable* result = sets.size() == 1 ? variables_.find(sets[0]) : nullptr;
  if (result != nullptr && !result->input && !result->trigger) {
    entry.head += " as " + result->name;
    needs_.declared.insert(result->name);
  }
  entry.has_block = true;
  Names settings;
  for (const Property& property : from.properties) {
    if (property.value->is_structured() || property.value->is_null()) continue;
    taken_.insert(&property);
    entry.block.push_back(line(settings.step(property.key, "setting") + " " + text(*property.value, node)));
  }
  Names events;
  for (const std::size_t each : from.out) {
    const Edge& edge = canvas_.edges[each];
    entry.block.push_back(line(events.step(edge.port.empty() ? "done" : edge.port, "event"), targets_[each]));
  }
  if (from.out.empty()) entry.block.push_back(line("done", "end"));
  return entry;
}

std::optional<DraftEntry> StepMaker::plain(std::size_t node, std::string head) {
  const auto& out = canvas_.nodes[node].out;
  if (out.size() > 1) return std::nullopt;
  used_.insert(out.begin(), out.end());
  return line(std::move(head), behind(out.empty() ? kNone : out[0]));
}

std::optional<DraftEntry> StepMaker::send(std::size_t node, const Kind& kind) {
  const std::string action = squeezed(taken_text(node, {"action", "sendtype", "sendmode"}));
  const bool reply = contains(action, "reply") && trigger_ == kind.channel;
  if (contains(action, "reply") && !reply) return std::nullopt;
  DraftEntry entry;
  entry.head = reply ? "reply" : fmt::format("send {}", kind.channel);
  entry.has_block = true;
  if (!reply) {
    const std::string sender = taken_text(
        node, {"from", "sender", "senderid", "mobilenumber", "serviceid", "senderaccount", "account", "phonenumber"});
    const bool placeholder = next_placeholder(sender, 0).begin != kNone;
    std::string from = "from " + channel(std::string(kind.channel), placeholder ? std::string() : sender);
    if (placeholder) from += " sender " + operand(Json(sender), node);
    entry.block.push_back(line(std::move(from)));
    if (!recipient(node, entry)) return std::nullopt;
  }
  if (!message(node, entry) || !message_arms(node, entry)) return std::nullopt;
  needs_.purpose |= std::none_of(entry.block.begin(), entry.block.end(),
                                 [](const DraftEntry& each) { return each.head.starts_with("purpose "); });
  return entry;
}

bool StepMaker::recipient(std::size_t node, DraftEntry& entry) {
  const Property* to = take(node, {"to", "recipient", "receiver", "recipients", "tonumber"});
  if (to == nullptr && trigger_ != "manual") {
    entry.block.push_back(line("to customerPhoneNumber"));
    return true;
  }
  if (to == nullptr || !to->value->is_string()) return false;
  const std::string& text = to->value->get_ref<const std::string&>();
  // A plain word that is a variable is meant as one.
  const Variable* variable = variables_.find(text);
  entry.block.push_back(line("to " + (variable != nullptr ? variables_.value(text, node) : operand(*to->value, node))));
  return true;
}

bool StepMaker::message(std::size_t node, DraftEntry& entry) {
  const std::string type = squeezed(taken_text(node, {"messagetype", "contenttype", "msgtype"}));
  if (is_one_of(type, {"verificationcode", "authentication"})) entry.block.push_back(line("purpose authentication"));
  if (is_one_of(type, {"notification", "transaction"})) entry.block.push_back(line("purpose transaction"));
  if (type == "marketing") entry.block.push_back(line("purpose marketing"));
  if (contains(type, "template") || contains(type, "interactive") || contains(type, "product")) return false;
  bool any = false;
  for (const char* media : {"image", "video", "audio", "file"}) {
    const std::string name = media;
    const Property* found = take(node, {name, name + "url"});
    if (found == nullptr || !found->value->is_string()) continue;
    entry.block.push_back(line(name + " " + text(*found->value, node)));
    any = true;
  }
  const Property* found = take(node, {"text", "content", "body", "message", "messagecontent"});
  const Json* value = found == nullptr ? nullptr : found->value;
  if (value != nullptr && value->is_object()) value = member_of(*value, "text");
  if (value != nullptr && value->is_string()) {
    entry.block.push_back(line("text " + text(*value, node)));
    any = true;
  } else if (found != nullptr) {
    return false;
  }
  return any;
}

bool StepMaker::message_arms(std::size_t node, DraftEntry& entry) {
  const auto undelivered_after =
      seconds(take(node, {"undeliveredtimeout", "timeoutundelivered", "undeliveredduration", "undeliveredseconds"}));
  const auto unread_after = seconds(take(node, {"unreadtimeout", "timeoutunread", "unreadduration", "unreadseconds"}));
  const std::size_t undelivered = edge(node, Role::undelivered);
  const std::size_t unread = edge(node, Role::unread);
  const std::size_t failed = edge(node, Role::failed);
  std::size_t next = edge(node, Role::next);
  const auto& out = canvas_.nodes[node].out;
  if (out.size() == 1 && used_.empty()) used_.insert(next = out[0]);
  if ((undelivered != kNone && !undelivered_after) || (unread != kNone && !unread_after)) return false;

  entry.block.push_back(line("failed", behind(failed)));
  entry.block.back().blank_before = true;
  if (failed == kNone && undelivered != kNone) {
    entry.block.back().arrow = behind(undelivered);
    changed(node, entry.block.back(), "The original has no way out for a message that fails at once: as undelivered.");
  } else if (failed == kNone) {
    entry.block.back().arrow = "end failed \"not sent\"";
    changed(node, entry.block.back(), "The original has no way out for a message that fails.");
  }
  if (undelivered_after)
    entry.block.push_back(line("undelivered after " + duration(*undelivered_after * 1000), behind(undelivered)));
  if (unread_after && !undelivered_after) {
    entry.block.push_back(line("undelivered after " + duration(*unread_after * 1000), behind(unread)));
    changed(node, entry.block.back(), "The original waits for a message to be read, however long it is undelivered.");
  }
  if (unread_after) entry.block.push_back(line("unread after " + duration(*unread_after * 1000), behind(unread)));
  entry.block.push_back(line(unread_after ? "read" : undelivered_after ? "delivered" : "sent", behind(next)));
  return true;
}

std::optional<DraftEntry> StepMaker::await_reply(std::size_t node) {
  constexpr std::int64_t kDefaultSeconds = 30;  // the console's own
  const Property* given = take(node, {"waitingtime", "waittime", "timeout", "duration", "seconds"});
  const auto after = given == nullptr ? kDefaultSeconds : seconds(given);
  if (!after) return std::nullopt;
  const std::string output =
      taken_text(node, {"outputvariable", "output", "variable", "variablename", "outputvariablename"});
  take(node, {"timeoutbranch", "enabletimeoutbranch", "timeoutenabled"});
  const std::size_t silent = edge(node, Role::silent);
  std::size_t replied = edge(node, Role::next);
  const auto& out = canvas_.nodes[node].out;
  if (out.size() == 1 && used_.empty()) used_.insert(replied = out[0]);
  DraftEntry entry;
  const Variable* variable = output.empty() ? nullptr : variables_.find(output);
  entry.head = variable == nullptr ? "await reply" : "await reply as " + variable->name;
  if (variable != nullptr) declares_.push_back(variable->name);
  entry.has_block = true;
  entry.block.push_back(line("replied", behind(replied)));
  entry.block.push_back(line("silent after " + duration(*after * 1000), behind(silent)));
  if (silent == kNone) changed(node, entry.block.back(), "The original does not say what follows when nobody answers.");
  return entry;
}

std::optional<DraftEntry> StepMaker::wait(std::size_t node) {
  const std::string unit = squeezed(taken_text(node, {"unit", "timeunit", "durationunit"}));
  const auto count = seconds(take(node, {"duration", "time", "waittime", "waitingtime", "seconds", "value", "number"}));
  const bool minutes = is_one_of(unit, {"minutes", "minute", "min", "m"});
  if (!count || !(minutes || is_one_of(unit, {"", "seconds", "second", "sec", "s"}))) return std::nullopt;
  const std::int64_t ms = *count * (minutes ? 60'000 : 1000);
  if (ms > limits::kExpiresMsMax) return std::nullopt;
  return plain(node, "wait " + duration(ms));
}

std::optional<DraftEntry> StepMaker::set(std::size_t node) {
  const Property* all = take(node, {"variables", "assignments", "values", "keyvalues", "list"});
  if (all == nullptr || !all->value->is_array() || all->value->empty()) return std::nullopt;
  auto entry = plain(node, "set");
  if (!entry) return std::nullopt;
  entry->has_block = true;
  for (const Json& each : *all->value) {
    std::string key = text_of(each, "key", text_of(each, "name", text_of(each, "variable")));
    const Json* value = member_of(each, "value");
    const Variable* variable = variables_.find(key);
    if (variable == nullptr || (value != nullptr && value->is_structured())) return std::nullopt;
    const bool none = value == nullptr || value->is_null();
    declares_.push_back(variable->name);
    entry->block.push_back(line(variable->name + " = " + (none ? "\"\"" : text(*value, node))));
  }
  return entry;
}

std::optional<DraftEntry> StepMaker::phone(std::size_t node) {
  const std::string input = taken_text(node, {"input", "inputvariable", "phonenumber", "variable"});
  const std::string type = squeezed(taken_text(node, {"outputtype", "type", "recognitiontype"}));
  const bool codes = contains(type, "calling");
  const Property* branches = take(node, {"branches", "multibranches", "options"});
  if ((!codes && !contains(type, "region")) || branches == nullptr || !branches->value->is_array()) return std::nullopt;
  if (branches->value->size() > 300) return std::nullopt;  // more than there are
  const Placeholder place = next_placeholder(input, 0);
  const std::string number = variables_.value(place.name.empty() ? std::string_view(input) : place.name, node);
  if (number.empty()) return std::nullopt;
  DraftEntry entry;
  entry.head = fmt::format("recognize {} of {}", codes ? "calling code" : "region", number);
  entry.has_block = true;
  for (const Json& each : *branches->value) {
    const std::string code = each.is_string() ? each.get<std::string>() : text_of(each, "code", text_of(each, "value"));
    const bool sound = !code.empty() && code.size() <= 4 && std::all_of(code.begin(), code.end(), [&](char c) {
      return codes ? c >= '0' && c <= '9' : c >= 'A' && c <= 'Z';
    });
    const std::size_t way = sound ? edge_to(node, each.is_string() ? Json{{"name", code}} : each) : kNone;
    if (!sound) return std::nullopt;
    entry.block.push_back(line(code, behind(way)));
  }
  entry.block.push_back(line("else", behind(edge(node, Role::otherwise))));
  // Which variable it fills is of another type than those of the original.
  if (take(node, {"outputvariable", "output", "outputvariablename"}) != nullptr) return std::nullopt;
  return entry;
}

}  // namespace flow::importing::console
