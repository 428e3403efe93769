// A canvas library's graph as a labelled transition graph: what docs/importing/console.md says of each type, read for a
// second time. Nothing of the importer is used but how an event is called. What this reader does not know of a node can
// only have been kept.
#include "compiler/import/console/foreign_graphs.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/import/console/foreign_shape.h"
#include "compiler/import/fidelity/words.h"
#include "compiler/import/names.h"

namespace flow::importing::console {
namespace {

using fidelity::Action;
using fidelity::Graph;
using fidelity::State;
using Keys = std::initializer_list<std::string_view>;

constexpr std::size_t kNone = std::string::npos;
constexpr std::size_t kBranchesMax = 1000;

// ---- Types ----

enum class Type : std::uint8_t {
  other,
  start,
  end,
  message,
  typing,
  reply,
  branch,
  jump,
  set,
  wait,
  phone,
  random,
  http
};

struct Known {
  Type type{};
  std::string_view channel = {};
};

// As the console calls them, without `a`, `an` and `node`.
Known known_type(std::string_view written) {
  static const std::map<std::string_view, Known> kTypes = {
      {"start", {Type::start}},
      {"begin", {Type::start}},
      {"trigger", {Type::start}},
      {"end", {Type::end}},
      {"finish", {Type::end}},
      {"stop", {Type::end}},
      {"typingindicator", {Type::typing}},
      {"whatsapptypingindicator", {Type::typing}},
      {"sendwhatsapptypingindicator", {Type::typing}},
      {"sendawhatsapptypingindicator", {Type::typing}},
      {"waitingforreply", {Type::reply}},
      {"waitforreply", {Type::reply}},
      {"branchingbyconditions", {Type::branch}},
      {"conditionalbranch", {Type::branch}},
      {"condition", {Type::branch}},
      {"jumptoanotherstep", {Type::jump}},
      {"jumptostep", {Type::jump}},
      {"jumptoanothernode", {Type::jump}},
      {"jumptonode", {Type::jump}},
      {"jump", {Type::jump}},
      {"setvariables", {Type::set}},
      {"setvariable", {Type::set}},
      {"wait", {Type::wait}},
      {"recognizeaphonenumber", {Type::phone}},
      {"recognizephonenumber", {Type::phone}},
      {"phonenumberidentification", {Type::phone}},
      {"randombranch", {Type::random}},
      {"randombranching", {Type::random}},
      {"httprequest", {Type::http}},
      {"http", {Type::http}},
  };
  std::string name = letters(written);
  for (int i = 0; i < 2; ++i) {
    const auto found = kTypes.find(name);
    if (found != kTypes.end()) return found->second;
    for (const std::string_view channel : {"viber", "whatsapp", "sms", "messenger", "instagram"}) {
      for (const std::string_view article : {"", "a", "an"}) {
        if (name == fmt::format("send{}{}message", article, channel)) return {Type::message, channel};
        if (name == fmt::format("waitfor{}{}response", article, channel)) return {Type::reply, channel};
      }
      if (name == channel || name == fmt::format("send{}", channel)) return {Type::message, channel};
    }
    if (name == "waitforaresponse" || name == "waitforresponse") return {Type::reply};
    if (!name.ends_with("node")) break;
    name.resize(name.size() - 4);
  }
  return {};
}

// Also those that this reader does not follow: they say what a node is.
bool is_component(std::string_view written) {
  static const std::set<std::string, std::less<>> kOthers = {"recognizelanguagefromtext",
                                                             "recognizelanguage",
                                                             "recognizeentitiesintext",
                                                             "recognizeentities",
                                                             "identifyentitiesintext",
                                                             "branchingbydatetime",
                                                             "dateconditionalbranch",
                                                             "datetimebranch",
                                                             "callafunction",
                                                             "callfunction",
                                                             "functioncompute",
                                                             "forwardtoflow",
                                                             "forwardtoprocess",
                                                             "forwardtoflownew",
                                                             "forwardtoprocessnew",
                                                             "forwardtojourney",
                                                             "forwardtojourneynew",
                                                             "sentimenttopicclassification",
                                                             "sentimentclassification",
                                                             "topicclassification",
                                                             "emotiontopicidentification",
                                                             "naturallanguagegenerate",
                                                             "naturallanguagegeneration",
                                                             "sendemail",
                                                             "sendanemail",
                                                             "transfertohumanagent",
                                                             "transfertohuman"};
  std::string name = letters(written);
  if (known_type(name).type != Type::other || kOthers.contains(name)) return true;
  return name.ends_with("node") && kOthers.contains(name.substr(0, name.size() - 4));
}

// ---- Values ----

// `{{name}}`, where what stands between the braces is a name.
std::string name_in(std::string_view inside) {
  const auto is_space = [](char c) { return c == ' '; };
  while (!inside.empty() && is_space(inside.front())) inside.remove_prefix(1);
  while (!inside.empty() && is_space(inside.back())) inside.remove_suffix(1);
  const bool name = std::all_of(inside.begin(), inside.end(), [](unsigned char c) {
    return (c < 0x80 && std::isalnum(c) != 0) || std::string_view("_.-$").find(static_cast<char>(c)) != kNone;
  });
  return name ? std::string(inside) : std::string();
}

std::string words_of_text(std::string_view text) {
  fidelity::Text words;
  for (;;) {
    const std::size_t open = text.find("{{");
    const std::size_t close = open == kNone ? kNone : text.find("}}", open);
    if (close == kNone) break;
    const std::string name = name_in(text.substr(open + 2, close - open - 2));
    words.add(text.substr(0, name.empty() ? close + 2 : open));
    if (!name.empty()) words.add_value(fidelity::value(name));
    text.remove_prefix(close + 2);
  }
  words.add(text);
  return words.words();
}

// A number or a truth is its digits.
std::string words_of(const Json& value) {
  if (value.is_string()) return words_of_text(value.get_ref<const std::string&>());
  return fidelity::quoted(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

// A variable, with or without braces.
std::string variable_of(std::string_view written) {
  if (!written.starts_with("{{")) return std::string(written);
  const std::size_t close = written.find("}}");
  return close == kNone ? std::string(written) : name_in(written.substr(2, close - 2));
}

std::string first_of(const Json& object, Keys members) {
  for (const std::string_view member : members)
    if (std::string text = text_of(object, member); !text.empty()) return text;
  return {};
}
const Json* any_of(const Json& object, Keys members) {
  for (const std::string_view member : members)
    if (const Json* found = member_of(object, member)) return found;
  return nullptr;
}

// Seconds: a whole number, also as a text, or `{"enabled": true, "duration": 30}`.
std::optional<std::int64_t> seconds_of(const Json* value) {
  if (value == nullptr) return std::nullopt;
  if (value->is_object()) {
    if (const Json* enabled = member_of(*value, "enabled"); enabled != nullptr && *enabled == false)
      return std::nullopt;
    const Json* inner = nullptr;
    for (const std::string_view member : {"duration", "seconds", "value", "time", "timeout"})
      if (const Json* found = member_of(*value, member)) inner = found;
    return inner == nullptr || inner->is_object() ? std::nullopt : seconds_of(inner);
  }
  std::int64_t count = 0;
  if (value->is_number_integer()) count = value->get<std::int64_t>();
  if (value->is_string()) {
    for (const char c : value->get_ref<const std::string&>()) {
      if (c < '0' || c > '9' || count > limits::kExpiresMsMax) return std::nullopt;
      count = (10 * count) + (c - '0');
    }
  }
  if (count <= 0 || count > limits::kExpiresMsMax / 1000) return std::nullopt;
  return count;
}

// ---- Conditions ----

std::optional<std::string> rule_words(const Json& rule) {
  const std::string variable = variable_of(first_of(rule, {"variable", "left", "field", "key", "variableName"}));
  const std::string operation = letters(first_of(rule, {"operator", "op", "comparator"}));
  if (variable.empty()) return std::nullopt;
  const std::string left = fidelity::value(variable);
  if (operation == "stringisblank") return left + " is blank";
  if (operation == "stringisnotblank") return fidelity::none_of(left + " is blank");
  const Json* value = any_of(rule, {"value", "right", "target"});
  if (value == nullptr || value->is_structured() || value->is_null()) return std::nullopt;
  const std::string right = words_of(*value);
  if (operation == "stringequals") return fmt::format("{} == {}", left, right);
  if (operation == "stringcontains") return fmt::format("{} contains {}", left, right);
  if (operation == "stringstartswith") return fmt::format("{} starts with {}", left, right);
  const bool whole = operation == "stringentirematchesregex";
  if (whole || operation == "stringanymatchesregex") {
    std::string_view text = value->is_string() ? std::string_view(value->get_ref<const std::string&>()) : "";
    constexpr std::string_view kIgnoreCase = "(?i)";
    const bool folds = text.starts_with(kIgnoreCase);
    if (folds) text.remove_prefix(kIgnoreCase.size());
    return fmt::format("{} {}{} {}", left, folds ? "~" : "", whole ? "matches" : "finds", fidelity::pattern(text));
  }
  const std::string number = fidelity::number(value->is_string() ? value->get<std::string>() : value->dump());
  const std::string_view sign = operation == "numberequals"        ? "=="
                                : operation == "numbergreaterthan" ? ">"
                                : operation == "numberlessthan"    ? "<"
                                                                   : "";
  if (sign.empty() || number.empty()) return std::nullopt;
  return fmt::format("{} {} {}", left, sign, number);
}

// Rules and groups of rules, all of them or any.
std::optional<std::string> condition_words(const Json& json, int depth = 0) {
  if (!json.is_object() || depth > 10) return std::nullopt;
  const Json* rules = any_of(json, {"rules", "conditions", "ruleList"});
  const Json* groups = any_of(json, {"groups", "ruleGroups", "children"});
  if (rules == nullptr && groups == nullptr) return rule_words(json);
  std::vector<std::string> parts;
  for (const Json* list : {rules, groups}) {
    if (list == nullptr) continue;
    if (!list->is_array()) return std::nullopt;
    for (const Json& one : *list) {
      auto part = condition_words(one, depth + 1);
      if (!part) return std::nullopt;
      parts.push_back(*std::move(part));
    }
  }
  if (parts.empty()) return std::nullopt;
  if (parts.size() == 1) return parts.front();
  const std::string logic =
      letters(first_of(json, {"logic", "relation", "combinator", "conjunction", "logicalOperator", "operator"}));
  if (logic == "and") return fidelity::all_of(parts);
  if (logic == "or") return fidelity::any_of(parts);
  return std::nullopt;
}

// ---- Ways out ----

// Which of a node's ways is taken when; each is asked for once.
class Ways {
 public:
  explicit Ways(const Box& box) : box_(box), taken_(box.ways.size()) {
    for (std::size_t i = 0; i < box.ways.size(); ++i) {
      add(box.ways[i].port, i);
      if (box.ways[i].label != box.ways[i].port) add(box.ways[i].label, i);
    }
  }

  const Way* failed() { return take({"failed", "fail", "failure", "error"}); }
  const Way* silent() { return take({"notreplied", "noreply", "timeout", "noresponse", "unreplied", "notreply"}); }
  const Way* otherwise() { return take({"else", "otherwise", "other", "default", "nomatch"}); }
  // "timeout-undelivered" and the like.
  const Way* with(std::string_view part) {
    return take_if([&](const std::string& port) { return port.find(part) != kNone; });
  }
  const Way* named(Keys ports) { return take(ports); }
  // The only one that is left.
  const Way* rest() {
    const auto left = std::find(taken_.begin(), taken_.end(), false);
    if (left == taken_.end()) return nullptr;
    *left = true;
    return &box_.ways[static_cast<std::size_t>(left - taken_.begin())];
  }
  // A single way is the way on, whatever it is called.
  const Way* next() {
    const Way* found = take({"", "next", "out", "output", "source", "success", "sent", "right", "bottom", "replied",
                             "continue", "done", "ok"});
    if (found != nullptr || box_.ways.size() != 1 || taken_[0]) return found;
    taken_[0] = true;
    return &box_.ways[0];
  }
  // The way of a branch, by what the branch says of itself.
  const Way* of(const Json& branch) {
    for (const std::string_view member :
         {"port", "portId", "handle", "anchorId", "id", "key", "name", "label", "code", "value"}) {
      const Json* said = branch.is_object() ? member_of(branch, member) : member == "name" ? &branch : nullptr;
      if (said == nullptr || said->is_structured()) continue;
      const auto found = by_name_.find(said->is_string() ? said->get<std::string>() : said->dump());
      if (found == by_name_.end()) continue;
      clear_ = clear_ && found->second != kNone && !taken_[found->second];
      if (found->second == kNone) return nullptr;
      taken_[found->second] = true;
      return &box_.ways[found->second];
    }
    return nullptr;
  }
  // No way is left, and none was asked for twice.
  bool all_taken() const { return clear_ && std::find(taken_.begin(), taken_.end(), false) == taken_.end(); }

 private:
  void add(const std::string& name, std::size_t way) {
    if (name.empty()) return;
    const auto [place, first] = by_name_.emplace(name, way);
    if (!first) place->second = kNone;
  }
  const Way* take(Keys ports) {
    return take_if([&](const std::string& port) { return std::find(ports.begin(), ports.end(), port) != ports.end(); });
  }
  template <typename Is>
  const Way* take_if(const Is& is) {
    const Way* found = nullptr;
    for (std::size_t i = 0; i < box_.ways.size(); ++i) {
      if (taken_[i] || !is(letters(box_.ways[i].port))) continue;
      if (found != nullptr) clear_ = false;
      taken_[i] = true;
      found = &box_.ways[i];
    }
    return found;
  }

  const Box& box_;
  std::vector<bool> taken_;
  std::map<std::string, std::size_t, std::less<>> by_name_;  // kNone: of two
  bool clear_ = true;
};

// ---- States ----

class Reader {
 public:
  explicit Reader(const Shape& shape) : shape_(shape) {}

  Result<Graph> run() {
    graph_.start = graph_.add("start", "start");
    end_ = graph_.add(Action("end").with("done", "true").words(), "end");
    std::size_t start = kNone;
    for (std::size_t i = 0; i < shape_.boxes.size(); ++i) {
      const Type type = known_type(shape_.boxes[i].type).type;
      if (type == Type::start) start = i;
      const bool step = type != Type::start && type != Type::end;
      numbers_.push_back(step ? graph_.add("", shape_.boxes[i].id) : type == Type::end ? end_ : graph_.start);
    }
    if (start != kNone) {
      const auto& ways = shape_.boxes[start].ways;
      if (ways.size() > 1) return fail(ErrorCode::failed_precondition, "the start leads to several nodes");
      graph_.lead(graph_.start, "start", ways.empty() ? end_ : numbers_[ways[0].to]);
    } else {
      const auto first =
          std::find_if(shape_.boxes.begin(), shape_.boxes.end(), [](const Box& box) { return !box.led_to; });
      if (first == shape_.boxes.end()) return fail(ErrorCode::failed_precondition, "the graph has no start");
      graph_.lead(graph_.start, "start", numbers_[static_cast<std::size_t>(first - shape_.boxes.begin())]);
    }
    say_inputs(start);
    for (std::size_t i = 0; i < shape_.boxes.size(); ++i)
      if (numbers_[i] != end_ && numbers_[i] != graph_.start) read(shape_.boxes[i], numbers_[i]);
    return std::move(graph_);
  }

 private:
  // What a start brings: the variables of the start node, who wrote, and what nothing gives a value.
  void say_inputs(std::size_t start) {
    std::set<std::string> names = {"customerPhoneNumber", "customerName"};
    const Json* list =
        start == kNone ? nullptr
                       : shape_.boxes[start].setting({"variables", "inputs", "inputvariables", "parameters", "params"});
    for (const Json& one : list != nullptr && list->is_array() ? *list : Json::array())
      names.insert(one.is_string() ? one.get<std::string>() : first_of(one, {"name", "key"}));
    for (const Box& box : shape_.boxes)
      for (const auto& [key, value] : box.settings) add_names(*value, names);
    names.erase("");
    Action action("start");
    for (const std::string& name : names) action.with(fidelity::input_name(name), fidelity::value(name));
    graph_.states[graph_.start].action = action.words();
  }

  static void add_names(const Json& value, std::set<std::string>& names) {
    if (value.is_structured())
      for (const Json& one : value) add_names(one, names);
    if (!value.is_string()) return;
    std::string_view text = value.get_ref<const std::string&>();
    for (std::size_t open = text.find("{{"); open != kNone; open = text.find("{{")) {
      const std::size_t close = text.find("}}", open);
      if (close == kNone) return;
      names.insert(name_in(text.substr(open + 2, close - open - 2)));
      text.remove_prefix(close + 2);
    }
  }

  void read(const Box& box, std::uint32_t at) {
    keep(box, at);
    std::optional<State> made = component(box);
    State& state = graph_.states[at];
    state.action = made ? std::move(made->action) : state.kept_action;
    state.transitions = made ? std::move(made->transitions) : state.kept;
  }

  // What it is when it was kept: its settings, and each way out an event.
  void keep(const Box& box, std::uint32_t at) {
    Action action("extern");
    action.with("type", fidelity::quoted(box.type.empty() ? "unknown" : box.type)).only();
    for (const auto& [name, value] : box.settings)
      if (!value->is_structured() && !value->is_null()) action.with(fidelity::setting_name(name), words_of(*value));
    State& state = graph_.states[at];
    state.kept_action = action.words();
    Names events;
    for (const Way& way : box.ways)
      state.kept.push_back({events.step(way.port.empty() ? "done" : way.port, "event"), numbers_[way.to]});
    if (box.ways.empty()) state.kept.push_back({"done", end_});
  }

  // Nothing: it is not what its type says it is.
  std::optional<State> component(const Box& box) {
    Ways ways(box);
    const Known known = known_type(box.type);
    std::optional<State> state;
    if (known.type == Type::message) state = message(box, known.channel, ways);
    if (known.type == Type::reply) state = reply(box, ways);
    if (known.type == Type::branch) state = branch(box, ways);
    if (known.type == Type::jump) state = jump(box, ways);
    if (known.type == Type::set) state = set(box, ways);
    if (known.type == Type::wait) state = wait(box, ways);
    if (known.type == Type::phone) state = phone(box, ways);
    if (known.type == Type::random) state = random(box, ways);
    if (known.type == Type::http) state = http(box, ways);
    if (known.type == Type::typing) state = State{"typing", "", {{"next", after(ways.rest())}}};
    return state && ways.all_taken() ? state : std::nullopt;
  }

  // A way that is not there ends the flow.
  std::uint32_t after(const Way* way) const { return way == nullptr ? end_ : numbers_[way->to]; }

  std::optional<State> message(const Box& box, std::string_view channel, Ways& ways) {
    Action action("message");
    action.with("channel", channel).only();
    if (letters(box.text({"action", "sendtype", "sendmode"})).find("reply") != kNone)
      action.with("to", fidelity::value("customerPhoneNumber"));
    else
      say_ends(box, action);
    say_purpose(box, action);
    if (!say_content(box, action)) return std::nullopt;
    State state{action.words(), "", {}};
    // A failure that leads nowhere is the import's to handle.
    if (const Way* failed = ways.failed()) state.transitions.push_back({"failed", numbers_[failed->to]});
    const auto undelivered = seconds_of(
        box.setting({"undeliveredtimeout", "timeoutundelivered", "undeliveredduration", "undeliveredseconds"}));
    const auto unread = seconds_of(box.setting({"unreadtimeout", "timeoutunread", "unreadduration", "unreadseconds"}));
    const Way* not_delivered = ways.with("undelivered");
    const Way* not_read = ways.with("unread");
    if ((not_delivered != nullptr && !undelivered) || (not_read != nullptr && !unread)) return std::nullopt;
    if (undelivered)
      state.transitions.push_back({fidelity::after("undelivered", *undelivered * 1000), after(not_delivered)});
    if (unread) state.transitions.push_back({fidelity::after("unread", *unread * 1000), after(not_read)});
    state.transitions.push_back({unread ? "read" : undelivered ? "delivered" : "sent", after(ways.next())});
    return state;
  }

  static void say_ends(const Box& box, Action& action) {
    const std::string from = box.text(
        {"from", "sender", "senderid", "mobilenumber", "serviceid", "senderaccount", "account", "phonenumber"});
    if (!from.empty()) action.with("sender", words_of_text(from));
    const std::string to = box.text({"to", "recipient", "receiver", "recipients", "tonumber"});
    const bool number = !to.empty() && (to[0] == '+' || (to[0] >= '0' && to[0] <= '9'));
    if (to.empty())
      action.with("to", fidelity::value("customerPhoneNumber"));  // who started the flow
    else
      action.with("to", number || to.find("{{") != kNone ? words_of_text(to) : fidelity::value(to));
  }

  static void say_purpose(const Box& box, Action& action) {
    const std::string type = letters(box.text({"messagetype", "contenttype", "msgtype"}));
    if (type == "verificationcode" || type == "authentication") action.with("purpose", "authentication");
    if (type == "notification" || type == "transaction") action.with("purpose", "transaction");
    if (type == "marketing") action.with("purpose", "marketing");
  }

  static bool say_content(const Box& box, Action& action) {
    bool any = false;
    const std::string type = letters(box.text({"messagetype", "contenttype", "msgtype"}));
    for (const std::string_view other : {"template", "interactive", "product"})
      if (type.find(other) != kNone) return false;
    for (const char* media : {"image", "video", "audio", "file"}) {
      const std::string url = std::string(media) + "url";
      const Json* found = box.setting({media, url});
      if (found == nullptr || !found->is_string()) continue;
      action.with(media, words_of(*found));
      any = true;
    }
    const Json* text = box.setting({"text", "content", "body", "message", "messagecontent"});
    if (text == nullptr) return any;
    if (text->is_object()) text = member_of(*text, "text");
    if (text == nullptr || !text->is_string()) return false;
    action.with("text", words_of(*text));
    return true;
  }

  std::optional<State> reply(const Box& box, Ways& ways) {
    const Json* time = box.setting({"waitingtime", "waittime", "timeout", "duration", "seconds"});
    const auto after_seconds = time == nullptr ? std::optional<std::int64_t>(30) : seconds_of(time);
    if (!after_seconds) return std::nullopt;
    Action action("reply");
    const std::string output = box.text({"outputvariable", "output", "variable", "variablename", "outputvariablename"});
    if (!output.empty()) action.with("keeps", fidelity::value(output));
    const Way* silent = ways.silent();
    return State{action.words(),
                 "",
                 {{"reply", after(ways.next())}, {fidelity::after("silent", *after_seconds * 1000), after(silent)}}};
  }

  std::optional<State> branch(const Box& box, Ways& ways) {
    const Json* branches = box.setting({"branches", "conditions", "branchlist", "cases"});
    if (branches == nullptr || !branches->is_array() || branches->size() > kBranchesMax) return std::nullopt;
    State state{"choice", "", {}};
    for (const Json& one : *branches) {
      auto condition = condition_words(one);
      if (!condition) return std::nullopt;
      state.transitions.push_back({*std::move(condition), after(ways.of(one))});
    }
    state.transitions.push_back({"else", after(ways.otherwise())});
    return state;
  }

  std::optional<State> jump(const Box& box, Ways& ways) {
    const std::string target = box.text({"jumpto", "target", "targetnode", "targetnodeid", "targetid", "step"});
    const Json* max = box.setting({"maximumnumberofjumps", "maxjumps", "max", "maxtimes", "times"});
    if (max == nullptr || !max->is_number_integer()) return std::nullopt;
    std::uint32_t to = end_;
    if (const auto found = place_of(target))
      to = *found;
    else if (const Way* way = ways.named({"jump", "target", "jumpto"}))
      to = numbers_[way->to];
    if (to == end_ || to == graph_.start) return std::nullopt;
    return State{Action("jump").with("max", max->dump()).words(), "", {{"again", to}, {"else", after(ways.rest())}}};
  }

  std::optional<State> set(const Box& box, Ways& ways) {
    const Json* all = box.setting({"variables", "assignments", "values", "keyvalues", "list"});
    if (all == nullptr || !all->is_array()) return std::nullopt;
    Action action("set");
    for (const Json& one : *all) {
      const std::string key = text_of(one, "key", text_of(one, "name", text_of(one, "variable")));
      const Json* value = member_of(one, "value");
      if (key.empty() || (value != nullptr && value->is_structured())) return std::nullopt;
      const bool none = value == nullptr || value->is_null();
      action.with(fidelity::value(key), none ? fidelity::quoted("") : words_of(*value));
    }
    return State{action.words(), "", {{"next", after(ways.rest())}}};
  }

  std::optional<State> wait(const Box& box, Ways& ways) {
    const std::string unit = letters(box.text({"unit", "timeunit", "durationunit"}));
    const auto count =
        seconds_of(box.setting({"duration", "time", "waittime", "waitingtime", "seconds", "value", "number"}));
    const bool minutes = unit.starts_with("m");
    if (!count || (!minutes && !unit.empty() && !unit.starts_with("s"))) return std::nullopt;
    const std::string ms = fmt::format("{}", *count * (minutes ? 60'000 : 1000));
    return State{Action("wait").with("for", ms).words(), "", {{"next", after(ways.rest())}}};
  }

  std::optional<State> phone(const Box& box, Ways& ways) {
    const std::string number = variable_of(box.text({"input", "inputvariable", "phonenumber", "variable"}));
    const bool codes = letters(box.text({"outputtype", "type", "recognitiontype"})).find("calling") != kNone;
    const Json* branches = box.setting({"branches", "multibranches", "options"});
    if (number.empty() || branches == nullptr || !branches->is_array() || branches->size() > kBranchesMax)
      return std::nullopt;
    State state{"choice", "", {}};
    for (const Json& one : *branches) {
      const std::string code = one.is_string() ? one.get<std::string>() : text_of(one, "code", text_of(one, "value"));
      state.transitions.push_back(
          {fmt::format("{} {} {}", fidelity::value(number), codes ? "begins with" : "in", code), after(ways.of(one))});
    }
    state.transitions.push_back({"else", after(ways.otherwise())});
    return state;
  }

  std::optional<State> random(const Box& box, Ways& ways) {
    const Json* branches = box.setting({"branches", "randombranches", "options"});
    if (branches == nullptr || !branches->is_array() || branches->size() > kBranchesMax) return std::nullopt;
    State state{"random", "", {}};
    for (const Json& one : *branches) {
      const Json* share = any_of(one, {"percentage", "percent", "probability", "weight", "ratio"});
      if (share == nullptr || !share->is_number_integer()) return std::nullopt;
      state.transitions.push_back(
          {fmt::format("{}: {}%", state.transitions.size() + 1, share->dump()), after(ways.of(one))});
    }
    return state;
  }

  std::optional<State> http(const Box& box, Ways& ways) {
    const std::string method = box.text({"method", "requestmethod"});
    const auto time = seconds_of(box.setting({"timeout", "timeoutseconds"}));
    const std::string url = box.text({"url", "requesturl", "address"});
    if (!time || url.empty()) return std::nullopt;
    Action action("http");
    action.with("method", fidelity::quoted(method.empty() ? "GET" : method)).with("url", words_of_text(url)).only();
    if (const Json* headers = box.setting({"headers", "header"})) {
      if (!headers->is_array()) return std::nullopt;
      for (const Json& one : *headers) {
        const Json* value = member_of(one, "value");
        const std::string name = first_of(one, {"key", "name"});
        if (value == nullptr || name.empty()) return std::nullopt;
        action.with("header " + name, words_of(*value));
      }
    }
    if (const Json* body = box.setting({"body", "rawbody", "requestbody"})) action.with("body", words_of(*body));
    if (const Json* read = box.setting({"responsevariables", "outputvariables", "outputs"}); read != nullptr)
      for (const Json& one : *read) {
        const std::string name = one.is_string() ? one.get<std::string>() : first_of(one, {"name", "key"});
        action.with("read " + name, fidelity::value(name));
      }
    State state{action.words(), "", {}};
    const Way* failed = ways.failed();
    state.transitions.push_back({"ok", after(ways.next())});
    if (failed == nullptr) return state;
    state.transitions.push_back({"failed", numbers_[failed->to]});
    state.transitions.push_back({fidelity::after("late", *time * 1000), numbers_[failed->to]});
    return state;
  }

  // By its id, else by the name that only one box has.
  std::optional<std::uint32_t> place_of(const std::string& name) {
    if (name.empty()) return std::nullopt;
    if (by_name_.empty()) {
      for (std::size_t i = 0; i < shape_.boxes.size(); ++i) {
        const auto [place, first] = by_name_.emplace(shape_.boxes[i].name, i);
        if (!first) place->second = kNone;
      }
      for (std::size_t i = 0; i < shape_.boxes.size(); ++i) by_name_[shape_.boxes[i].id] = i;
    }
    const auto found = by_name_.find(name);
    return found == by_name_.end() || found->second == kNone ? std::nullopt : std::optional(numbers_[found->second]);
  }

  const Shape& shape_;
  Graph graph_;
  std::uint32_t end_ = 0;
  std::vector<std::uint32_t> numbers_;          // by box: its state
  std::map<std::string, std::size_t> by_name_;  // boxes; kNone: of two
};

}  // namespace

Result<Graph> foreign_graph(const Json& json) {
  const auto shape = shape_of(json, is_component);
  if (!shape) return fail(ErrorCode::failed_precondition, "the original's graph cannot be followed");
  return Reader(*shape).run();
}

}  // namespace flow::importing::console
