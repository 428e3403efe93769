#include "compiler/import/console/steps.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/import/names.h"

namespace flow::importing::console {
namespace {

constexpr std::size_t kNone = std::string::npos;

// Ways out as they are called in Chinese.
std::optional<Role> chinese_role(std::string_view port) {
  if (is_one_of(port, {"未送达", "未送达超时"})) return Role::undelivered;
  if (is_one_of(port, {"未读", "未读超时"})) return Role::unread;
  if (is_one_of(port, {"失败", "发送失败", "请求失败", "错误"})) return Role::failed;
  if (is_one_of(port, {"超时", "未回复", "无回复"})) return Role::silent;
  if (is_one_of(port, {"否则", "其他", "其它", "默认"})) return Role::otherwise;
  if (is_one_of(port, {"下一步", "成功", "已回复", "已发送", "完成"})) return Role::next;
  return std::nullopt;
}

Role role_of(std::string_view written) {
  const std::string port = squeezed(written);
  if (const auto role = chinese_role(port)) return *role;
  const auto says = [&](std::string_view part) { return port.find(part) != kNone; };
  if (says("undelivered")) return Role::undelivered;
  if (says("unread")) return Role::unread;
  if (says("fail") || says("error")) return Role::failed;
  if (says("timeout") || says("notreplied") || says("noreply") || says("noresponse") || says("unreplied") ||
      says("notreply"))
    return Role::silent;
  if (is_one_of(port, {"else", "otherwise", "other", "default", "nomatch"})) return Role::otherwise;
  const bool next = is_one_of(port, {"",        "next",   "out",     "output",   "source",   "success",  "sent",
                                     "right",   "bottom", "replied", "continue", "done",     "ok",       "output1",
                                     "output0", "out1",   "out0",    "outgoing", "finished", "complete", "completed"});
  return next ? Role::next : Role::unknown;
}

}  // namespace

Role role_of(const Edge& edge) {
  const Role role = role_of(std::string_view(edge.port));
  return role == Role::unknown && !edge.label.empty() ? role_of(std::string_view(edge.label)) : role;
}

const Property* StepMaker::take(std::size_t node, Keys keys) {
  const auto find = [&](const auto& properties, std::string_view key) -> const Property* {
    for (const Property& property : properties) {
      if (property.key != key || property.value->is_null() || opened_.contains(&property)) continue;
      if (taken_.insert(&property).second) takes_.push_back(&property);
      return &property;
    }
    return nullptr;
  };
  for (const std::string_view key : keys) {
    if (const Property* found = find(inner_, key)) return found;
    if (const Property* found = find(canvas_.nodes[node].properties, key)) return found;
  }
  return nullptr;
}

std::string StepMaker::taken_text(std::size_t node, Keys keys) {
  const Property* found = take(node, keys);
  return found == nullptr ? std::string() : plain_text(*found->value);
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

namespace {

// Of a node's only edge: a port that a library has numbered or named by its side, or a label of its own. What has a
// meaning for somebody is not taken for the way on.
bool goes_on(const Edge& edge) {
  const std::string port = squeezed(edge.port);
  if (port.size() <= 2 || port.find_first_of("0123456789") != kNone) return true;
  for (const std::string_view begin : {"out", "port", "source", "right", "bottom", "left", "top", "handle", "next"})
    if (port.starts_with(begin)) return true;
  return false;
}

}  // namespace

std::size_t StepMaker::next_edge(std::size_t node, bool any) {
  const std::size_t next = edge(node, Role::next);
  const auto& out = canvas_.nodes[node].out;
  if (next != kNone || out.size() != 1 || !used_.empty()) return next;
  const Edge& only = canvas_.edges[out[0]];
  if (!any && (role_of(only) != Role::unknown || !goes_on(only))) return next;
  used_.insert(out[0]);
  return out[0];
}

std::string StepMaker::behind(std::size_t edge) {
  return edge == kNone ? "end" : targets_[edge];
}

bool StepMaker::all_edges_used(std::size_t node) const {
  const auto& out = canvas_.nodes[node].out;
  return clear_ && std::all_of(out.begin(), out.end(), [&](std::size_t each) { return used_.contains(each); });
}

void StepMaker::tell(NoteKind kind, std::size_t node, std::string message, std::string remedy) {
  notes_.push_back({kind, canvas_.nodes[node].pointer, name_, std::move(message), std::move(remedy)});
}

void StepMaker::changed(std::size_t node, DraftEntry& line, std::string why) {
  line.comments.push_back(why);
  tell(NoteKind::changed, node, std::move(why));
}

std::nullopt_t StepMaker::refuse(std::string why) {
  if (why_.empty()) why_ = std::move(why);
  return std::nullopt;
}

bool StepMaker::no(std::string why) {
  refuse(std::move(why));
  return false;
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

std::string StepMaker::argument(const Json& value, std::size_t node) const {
  std::string out = operand(value, node);
  const bool bracketed = out.starts_with('(') && out.ends_with(" ?? \"\")");
  return bracketed ? out.substr(1, out.size() - 2) : out;
}

const Variable* StepMaker::output(std::size_t node) {
  for (const std::string_view key : kOutputKeys) {
    const Property* found = take(node, {key});
    if (found == nullptr) continue;
    const Json& value = *found->value;
    const std::string name = value.is_object() ? member_text(value, {"name", "variable", "key"}) : plain_text(value);
    const Placeholder place = next_placeholder(name, 0);
    const Variable* variable = variables_.find(place.name.empty() ? std::string_view(name) : place.name);
    return variable == nullptr || variable->input || variable->trigger ? nullptr : variable;
  }
  return nullptr;
}

std::optional<DraftEntry> StepMaker::make(std::size_t node, const Kind& kind, const std::string& name) {
  name_ = name;
  declares_.clear();
  takes_.clear();
  inner_.clear();
  opened_.clear();
  used_.clear();
  notes_.clear();
  hosts_.clear();
  entries_.clear();
  zone_.clear();
  stand_in_.clear();
  why_.clear();
  clear_ = true;
  std::optional<DraftEntry> entry = make_kind(node, kind);
  const bool wired = all_edges_used(node);
  if (entry && !wired) refuse("a way out of it has a name that is not known, or two have one name");
  for (const Property& property : inner_) taken_.erase(&property);
  if (!entry || !wired) {
    for (const Property* property : takes_) taken_.erase(property);
    return std::nullopt;
  }
  for (Note& note : notes_) report_.add(std::move(note));
  needs_.declared.insert(declares_.begin(), declares_.end());
  needs_.hosts.insert(hosts_.begin(), hosts_.end());
  for (auto& [made, what] : entries_) needs_.declare(made, std::move(what));
  if (!zone_.empty()) needs_.zone = zone_;
  if (!stand_in_.empty()) needs_.stand_in(stand_in_, "").used = true;
  return entry;
}

std::optional<DraftEntry> StepMaker::make_kind(std::size_t node, const Kind& kind) {
  switch (kind.id) {
    case KindId::send:
      return send(node, kind);
    case KindId::await_reply:
      return await_reply(node);
    case KindId::branch:
      return branch(node);
    case KindId::set:
      return set(node);
    case KindId::wait:
      return wait(node);
    case KindId::typing:
      return plain(node, "typing");
    case KindId::phone:
      return phone(node);
    case KindId::random:
      return random(node);
    case KindId::http:
      return http(node);
    case KindId::language:
      return language(node);
    case KindId::entities:
      return entities(node);
    case KindId::schedule:
      return schedule(node);
    case KindId::function:
      return function(node);
    case KindId::classify:
      return classify(node);
    case KindId::generate:
      return generate(node);
    case KindId::forward:
      return forward(node, false);
    case KindId::journey:
      return forward(node, true);
    default:
      return std::nullopt;
  }
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
    if (property.value->is_structured() || property.value->is_null() || is_secret(property.key)) continue;
    if (!taken_.insert(&property).second) continue;
    entry.block.push_back(line(settings.step(property.key, "setting") + " " + text(*property.value, node)));
    if (has_ascii_name(property.key)) continue;
    const auto comment = comment_lines(property.key, 60);
    if (comment.size() == 1) entry.block.back().trailing_comment = comment[0];
  }
  Names events;
  for (const std::size_t each : from.out) {
    const Edge& edge = canvas_.edges[each];
    entry.block.push_back(line(events.step(edge.port.empty() ? "done" : edge.port, "event"), targets_[each]));
    if (edge.port.empty() || has_ascii_name(edge.port)) continue;
    const auto comment = comment_lines(edge.port, 60);  // a name of the language cannot say it
    if (comment.size() == 1) entry.block.back().trailing_comment = comment[0];
  }
  if (from.out.empty()) entry.block.push_back(line("done", "end"));
  return entry;
}

std::optional<DraftEntry> StepMaker::plain(std::size_t node, std::string head) {
  const auto& out = canvas_.nodes[node].out;
  if (out.size() > 1) return refuse("it has more than one way out");
  used_.insert(out.begin(), out.end());
  return line(std::move(head), behind(out.empty() ? kNone : out[0]));
}

// A time whose unit may stand beside it: `waitingTimeUnit`, or `unit` where nothing else takes time.
Timer StepMaker::timed(std::size_t node, const Property* given, bool alone) {
  if (given == nullptr) return {};
  std::string unit = squeezed(taken_text(node, {given->key + "unit"}));
  if (unit.empty() && alone) unit = squeezed(taken_text(node, {"unit", "timeunit", "durationunit"}));
  const auto named = unit.empty() ? std::optional<std::int64_t>(1000) : unit_of(unit);
  return named ? read_timer(given->value, *named) : Timer{Timer::State::unknown, 0};
}

std::optional<DraftEntry> StepMaker::await_reply(std::size_t node) {
  constexpr std::int64_t kDefaultMs = 30'000;  // the console's own
  const Property* given = take(node, {"waitingtime", "waittime", "timeout", "duration", "seconds"});
  Timer timer = timed(node, given);
  if (timer.state == Timer::State::none) timer = {Timer::State::set, kDefaultMs};
  if (timer.state != Timer::State::set) return refuse("its waiting time is not understood");
  const std::string name = taken_text(
      node, {"outputvariable", "output", "variable", "variablename", "outputvariablename", "responsevariable"});
  take(node, {"timeoutbranch", "enabletimeoutbranch", "timeoutenabled"});
  const std::size_t silent = edge(node, Role::silent);
  const std::size_t replied = next_edge(node);
  DraftEntry entry;
  const Variable* variable = name.empty() ? nullptr : variables_.find(name);
  entry.head = variable == nullptr ? "await reply" : "await reply as " + variable->name;
  if (variable != nullptr) declares_.push_back(variable->name);
  entry.has_block = true;
  entry.block.push_back(line("replied", behind(replied)));
  entry.block.push_back(line("silent after " + duration(timer.ms), behind(silent)));
  if (silent == kNone) changed(node, entry.block.back(), "The original does not say what follows when nobody answers.");
  return entry;
}

std::optional<DraftEntry> StepMaker::wait(std::size_t node) {
  const Timer timer =
      timed(node, take(node, {"duration", "time", "waittime", "waitingtime", "seconds", "value", "number"}));
  if (timer.state != Timer::State::set) return refuse("how long it waits is not understood");
  return plain(node, "wait " + duration(timer.ms));
}

std::optional<DraftEntry> StepMaker::set(std::size_t node) {
  const Property* all = take(node, {"variables", "assignments", "values", "keyvalues", "list"});
  const auto found = all == nullptr ? std::nullopt : pairs(*all->value);
  if (!found || found->empty()) return refuse("it has no list of variables and values");
  auto entry = plain(node, "set");
  if (!entry) return std::nullopt;
  entry->has_block = true;
  for (const auto& [key, value] : *found) {
    const Variable* variable = variables_.find(key);
    if (variable == nullptr || (value != nullptr && value->is_structured()))
      return refuse(fmt::format("the value of `{}` is no text", shown(key)));
    const bool none = value == nullptr || value->is_null();
    declares_.push_back(variable->name);
    entry->block.push_back(line(variable->name + " = " + (none ? "\"\"" : text(*value, node))));
  }
  return entry;
}

}  // namespace flow::importing::console
