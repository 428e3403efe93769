// A canvas library's graph as a labelled transition graph: what docs/importing/console.md says of each type, read for a
// second time. Nothing of the importer is used but how an event is called. What this reader does not know of a node can
// only have been kept.
#include "compiler/import/console/foreign_graphs.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/import/console/foreign_names.h"
#include "compiler/import/console/foreign_parts.h"
#include "compiler/import/console/foreign_schedule.h"
#include "compiler/import/console/foreign_shape.h"
#include "compiler/import/console/foreign_ways.h"
#include "compiler/import/console/foreign_words.h"
#include "compiler/import/fidelity/words.h"
#include "compiler/import/names.h"

namespace flow::importing::console {
namespace {

using fidelity::Action;
using fidelity::Graph;
using fidelity::State;
using foreign::is_component;
using foreign::is_one;
using foreign::Keys;
using foreign::kNext;
using foreign::Known;
using foreign::known_type;
using foreign::Type;
using foreign::Ways;
using foreign::words_of;
using foreign::words_of_text;

constexpr std::size_t kNone = std::string::npos;
constexpr std::size_t kBranchesMax = 1000;

// ---- States ----

const Json& list_or_none(const Json* json) {
  static const Json kEmpty = Json::array();
  return json != nullptr && json->is_array() ? *json : kEmpty;
}

// Keys and passwords are written nowhere, and what is said of a step stands above it.
bool is_left_out(std::string_view key) {
  for (const std::string_view part :
       {"apikey", "apisecret", "secret", "password", "accesskey", "accesstoken", "authtoken", "credential"})
    if (foreign::contains(key, part)) return true;
  return is_one(key, {"token", "remark", "comment", "note", "memo"});
}

const Keys kInputs = {"input",       "inputvariable", "inputvariables", "inputtext",
                      "phonenumber", "text",          "content",        "variable"};

const Keys kOutputs = {"outputvariable", "output", "outputvariablename", "resultvariable", "responsevariable"};

class Reader {
 public:
  Reader(const Shape& shape, const std::string& trigger) : shape_(shape), trigger_(letters(trigger)) {
    for (const Box& box : shape.boxes) types_.push_back(known_type(box.type));
  }

  Result<Graph> run() {
    graph_.start = graph_.add("start", "start");
    end_ = graph_.add(Action("end").with("done", "true").words(), "end");
    std::size_t start = kNone;
    for (std::size_t i = 0; i < shape_.boxes.size(); ++i) {
      const Box& box = shape_.boxes[i];
      if (types_[i].type == Type::note && (box.led_to || !box.ways.empty())) types_[i].type = Type::kept;
      const Type type = types_[i].type;
      if (type == Type::start) start = i;
      const bool step = type != Type::start && type != Type::end && type != Type::note;
      numbers_.push_back(step ? graph_.add("", box.id) : type == Type::start ? graph_.start : end_);
    }
    const auto first = start == kNone ? first_of_all() : start;
    if (first == kNone) return fail(ErrorCode::failed_precondition, "the graph has no start");
    const auto& ways = shape_.boxes[first].ways;
    graph_.lead(graph_.start, "start", start == kNone ? numbers_[first] : ways.empty() ? end_ : numbers_[ways[0].to]);
    say_inputs(start);
    if (start != kNone && trigger_.empty()) trigger_ = letters(shape_.boxes[start].text({"triggertype"}));
    for (std::size_t i = 0; i < shape_.boxes.size(); ++i)
      if (numbers_[i] != end_ && numbers_[i] != graph_.start) read(i);
    if (is_started_by_message()) foreign::leave_empty(shape_.boxes, start, names_, graph_.states);
    return std::move(graph_);
  }

 private:
  // The one to which nothing leads.
  std::size_t first_of_all() const {
    for (std::size_t i = 0; i < shape_.boxes.size(); ++i)
      if (!shape_.boxes[i].led_to && types_[i].type != Type::note) return i;
    return kNone;
  }

  // What a start brings: the variables of the start node, who wrote, and what nothing gives a value.
  void say_inputs(std::size_t start) {
    std::set<std::string> names = {"customerPhoneNumber", "customerName"};
    const Json* list =
        start == kNone ? nullptr
                       : shape_.boxes[start].setting({"variables", "inputs", "inputvariables", "parameters", "params"});
    for (const Json& one : list_or_none(list))
      names.insert(one.is_string() ? one.get<std::string>() : foreign::member_words(one, {"name", "key"}));
    for (const Box& box : shape_.boxes)
      for (const auto& [key, value] : box.settings) foreign::add_names(*value, names);
    names.erase("");
    names_ = names;
    Action action("start");
    for (const std::string& name : names) action.with(fidelity::input_name(name), fidelity::value(name));
    graph_.states[graph_.start].action = action.words();
  }

  bool is_started_by_message() const {
    return is_one(trigger_, {"triggeredbywhatsapp", "triggeredbymessenger", "triggeredbyinstagram", "triggeredbyviber",
                             "triggeredbysms"});
  }

  void read(std::size_t number) {
    const Box& box = shape_.boxes[number];
    const std::uint32_t at = numbers_[number];
    keep(box, at);
    std::optional<State> made = component(box, types_[number]);
    State& state = graph_.states[at];
    state.action = made ? std::move(made->action) : state.kept_action;
    state.transitions = made ? std::move(made->transitions) : state.kept;
  }

  // What it is when it was kept: its settings, and each way out an event.
  void keep(const Box& box, std::uint32_t at) {
    Action action("extern");
    action.with("type", fidelity::quoted(box.type.empty() ? "unknown" : box.type)).only();
    for (const auto& [name, value] : box.settings)
      if (!value->is_structured() && !value->is_null() && !is_left_out(name))
        action.with(fidelity::setting_name(name), words_of(*value));
    const std::string output = foreign::variable_of(box.text(kOutputs));
    if (!output.empty()) action.with("makes", fidelity::value(output));
    State& state = graph_.states[at];
    state.kept_action = action.words();
    Names events;
    for (const Way& way : box.ways)
      state.kept.push_back({events.step(way.port.empty() ? "done" : way.port, "event"), numbers_[way.to]});
    if (box.ways.empty()) state.kept.push_back({"done", end_});
  }

  // Nothing: it is not what its type says it is.
  std::optional<State> component(const Box& box, const Known& known) {
    using Make = std::optional<State> (Reader::*)(const Box&, Ways&);
    static const std::map<Type, Make> kMakers = {
        {Type::reply, &Reader::reply},       {Type::branch, &Reader::branch},     {Type::schedule, &Reader::schedule},
        {Type::jump, &Reader::jump},         {Type::set, &Reader::set},           {Type::wait, &Reader::wait},
        {Type::phone, &Reader::phone},       {Type::language, &Reader::language}, {Type::entities, &Reader::entities},
        {Type::random, &Reader::random},     {Type::http, &Reader::http},         {Type::function, &Reader::function},
        {Type::classify, &Reader::classify}, {Type::generate, &Reader::generate}, {Type::forward, &Reader::forward},
        {Type::journey, &Reader::journey},   {Type::typing, &Reader::typing},
    };
    if (foreign::switched(box.setting({"enabled", "enable", "active"})) == false ||
        foreign::switched(box.setting({"disabled"})) == true)
      return std::nullopt;
    Ways ways(box);
    std::optional<State> state;
    const auto make = kMakers.find(known.type);
    if (known.type == Type::message) state = message(box, known.channel, ways);
    if (make != kMakers.end()) state = (this->*make->second)(box, ways);
    return state && ways.all_taken() ? state : std::nullopt;
  }

  // A way that is not there ends the flow.
  std::uint32_t after(const Way* way) const { return way == nullptr ? end_ : numbers_[way->to]; }
  static void lead(State& state, std::string label, std::uint32_t to) {
    state.transitions.push_back({std::move(label), to});
  }

  // ---- Messages and answers ----

  std::optional<State> message(const Box& box, std::string_view channel, Ways& ways) {
    Action action("message");
    action.with("channel", channel);
    if (foreign::contains(letters(box.text({"action", "sendtype", "sendmode", "sendmethod"})), "reply"))
      action.with("to", fidelity::value("customerPhoneNumber"));
    else
      say_ends(box, channel, action);
    say_purpose(box, action);
    say_content(box, channel, action);
    State state{action.words(), "", {}};
    // A failure that leads nowhere is the import's to handle.
    if (const Way* failed = ways.failed()) lead(state, "failed", numbers_[failed->to]);
    auto undelivered = foreign::timed(box,
                                      {"undeliveredtimeout", "timeoutundelivered", "undeliveredduration",
                                       "undeliveredseconds", "undelivered", "undeliveredtimeoutseconds"},
                                      false);
    auto unread = foreign::timed(
        box, {"unreadtimeout", "timeoutunread", "unreadduration", "unreadseconds", "unread", "unreadtimeoutseconds"},
        false);
    if (foreign::switched(
            box.setting({"undeliveredtimeoutenabled", "enableundeliveredtimeout", "undeliveredenabled"})) == false)
      undelivered = {};
    if (foreign::switched(box.setting({"unreadtimeoutenabled", "enableunreadtimeout", "unreadenabled"})) == false)
      unread = {};
    const Way* not_delivered = ways.with("undelivered");
    const Way* not_read = ways.with("unread");
    const bool sound = undelivered.understood && unread.understood && (not_delivered == nullptr || undelivered.ms) &&
                       (not_read == nullptr || unread.ms);
    if (!sound) return std::nullopt;
    if (undelivered.ms) lead(state, fidelity::after("undelivered", *undelivered.ms), after(not_delivered));
    if (unread.ms) lead(state, fidelity::after("unread", *unread.ms), after(not_read));
    const Way* next = ways.next();
    if (next == nullptr) next = ways.named({"delivered", "read"});
    lead(state, unread.ms ? "read" : undelivered.ms ? "delivered" : "sent", after(next));
    return state;
  }

  static void say_ends(const Box& box, std::string_view channel, Action& action) {
    const std::string from = box.text({"from", "sender", "senderid", "mobilenumber", "serviceid", "senderaccount",
                                       "account", "phonenumber", "pageid"});
    // A number of WhatsApp is shown without its plus.
    std::string digits;
    for (const char c : from)
      if (std::string_view(" -()+").find(c) == kNone) digits += c;
    const bool number = channel == "whatsapp" && !digits.empty() && digits.find_first_not_of("0123456789") == kNone;
    if (!from.empty()) action.with("sender", number ? fidelity::quoted("+" + digits) : words_of_text(from));
    const std::string to = box.text({"to", "recipient", "receiver", "recipients", "tonumber"});
    const bool address = !to.empty() && to.find_first_not_of(
                                            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.$-"
                                            "0123456789") != kNone;
    if (to.empty())
      action.with("to", fidelity::value("customerPhoneNumber"));  // who started the flow
    else
      action.with("to", address ? words_of_text(to)
                                : fmt::format("{}{}{}", fidelity::value(to), fidelity::kOr, fidelity::quoted(to)));
  }

  static void say_purpose(const Box& box, Action& action) {
    const std::string said =
        letters(box.text({"messageclass", "contenttype", "class", "purpose", "contentcategory", "businesstype"}));
    if (is_one(said, {"verificationcode", "authentication", "otp"})) action.with("purpose", "authentication");
    if (is_one(said, {"notification", "transaction", "transactional", "utility"}))
      action.with("purpose", "transaction");
    if (is_one(said, {"marketing", "promotion", "promotional"})) action.with("purpose", "marketing");
  }

  // What stands beside the settings, or in `content` and the like.
  using Setting = foreign::Setting;
  static std::vector<Setting> opened(const Box& box) {
    std::vector<Setting> all = box.settings;
    constexpr std::size_t kMost = 1000;
    for (std::size_t i = 0; i < all.size() && i < kMost; ++i) {
      const bool holds = is_one(
          all[i].first, {"content", "message", "messagecontent", "interactive", "media", "action", "messagebody"});
      if (!holds || !all[i].second->is_object()) continue;
      for (const auto& [name, value] : all[i].second->items()) all.emplace_back(letters(name), &value);
    }
    return all;
  }
  static const Json* in(const std::vector<Setting>& all, Keys names) {
    for (const std::string_view name : names)
      for (const auto& [key, value] : all)
        if (key == name && !value->is_null() && !value->is_array()) return value;
    return nullptr;
  }
  static const Json* text_in(const Json* json, Keys members) {
    if (json == nullptr || json->is_string()) return json;
    const Json* inner = foreign::member(*json, members);
    return inner != nullptr && inner->is_string() ? inner : nullptr;
  }

  static void say_content(const Box& box, std::string_view channel, Action& action) {
    const std::vector<Setting> all = opened(box);
    bool alone = true;
    for (const auto& [key, value] : all) alone = alone && !(value->is_array() && !value->empty());
    for (const std::string_view more :
         {"template", "templatecode", "templatename", "location", "contact", "contacts", "card",
          "list",     "product",      "productid",    "button",   "header",  "footer",   "interactive",
          "track",    "trackid",      "trackingdata", "url",      "link",    "document", "video",
          "file",     "videourl",     "fileurl",      "subject",  "html"})
      alone = alone && in(all, {more}) == nullptr;
    const std::string type = letters(box.text({"messagetype", "msgtype", "type"}));
    for (const std::string_view medium : {"image", "video", "audio", "file", "document", "sticker"}) {
      const std::string name(medium);
      const Json* found = in(all, {name, name + "url", name + "link"});
      if (found == nullptr && type == name) found = in(all, {"url", "link", "mediaurl"});
      const Json* address = text_in(found, {"url", "link", "src", "href", "mediaurl", "address", "fileurl"});
      if (address == nullptr || !address->is_string()) continue;
      const std::string words = words_of(*address);
      action.with(medium == "document" ? "file" : name, foreign::contains(words, "{") ? "*" : words);
      const Json* called = foreign::member(*found, {"filename", "documentname"});
      if (called == nullptr) called = in(all, {"filename", "documentname"});
      if (called != nullptr) action.with("file_name", words_of(*called));
    }
    const Json* text = nullptr;
    for (const std::string_view name :
         {"text", "content", "body", "message", "messagecontent", "textcontent", "caption", "messagetext"}) {
      const Json* found = in(all, {name});
      text = text_in(found, {"text", "body", "content", "value"});
      if (text != nullptr) break;
    }
    if (text == nullptr) text = box.text_of_node;
    if (text != nullptr && in(all, {"template", "templatecode", "templatename", "card"}) == nullptr)
      action.with("text", words_of(*text));
    foreign::say_parts(all, channel, action);
    foreign::say_template(box, action);
    if (channel == "email") foreign::say_subject(box, action);
    if (alone) action.only();
  }

  std::optional<State> typing(const Box&, Ways& ways) { return State{"typing", "", {{"next", after(ways.rest())}}}; }

  std::optional<State> reply(const Box& box, Ways& ways) {
    const Keys keys = {"waitingtime", "waittime", "timeout", "duration", "seconds"};
    const Json* given = box.setting(keys);
    const auto time = foreign::timed(box, keys);
    constexpr std::int64_t kDefaultMs = 30'000;  // the console's own
    Action action("reply");
    const std::string output =
        foreign::variable_of(box.text({"outputvariable", "output", "variable", "variablename", "outputvariablename",
                                       "resultvariable", "responsevariable"}));
    if (!output.empty()) action.with("keeps", fidelity::value(output));
    const Way* silent = ways.silent();
    State state{action.words(), "", {{"reply", after(ways.next())}}};
    lead(state,
         time.ms            ? fidelity::after("silent", *time.ms)
         : given == nullptr ? fidelity::after("silent", kDefaultMs)
                            : std::string("silent after *"),
         after(silent));
    return state;
  }

  // ---- Choices ----

  std::optional<State> branch(const Box& box, Ways& ways) {
    const Json& branches = list_or_none(box.setting({"branches", "conditions", "branchlist", "cases"}));
    if (branches.empty() || branches.size() > kBranchesMax) return std::nullopt;
    State state{"choice", "", {}};
    const Way* otherwise = nullptr;
    for (const Json& one : branches) {
      const bool rules =
          foreign::member(one, {"rules", "conditions", "rulelist", "groups", "rulegroups", "operator"}) != nullptr;
      const bool is_else =
          foreign::switched(foreign::member(one, {"else", "iselse", "default", "isdefault"})) == true ||
          (!rules &&
           is_one(letters(foreign::member_words(one, {"name", "label", "title"})), {"else", "otherwise", "default"}));
      if (is_else) {
        otherwise = ways.of(one);
        continue;
      }
      auto condition = foreign::condition(one);
      if (!condition) return std::nullopt;
      lead(state, *std::move(condition), after(ways.of(one)));
    }
    if (otherwise == nullptr) otherwise = ways.otherwise();
    lead(state, "else", after(otherwise));
    return state;
  }

  // Each rule is an arm, in their order.
  std::optional<State> schedule(const Box& box, Ways& ways) {
    State state{"choice", "", {}};
    const std::uint32_t otherwise = after(ways.otherwise());
    std::string zone = box.text({"timezone", "zone", "tz"});
    for (const Json& one : list_or_none(box.setting({"branches", "branchlist", "conditions", "cases"}))) {
      if (zone.empty()) zone = foreign::member_words(one, {"timezone", "zone", "tz"});
      const Json* rules = foreign::member(one, {"rules", "orrules", "rulelist", "conditions", "timerules", "or"});
      const std::uint32_t to = after(ways.of(one));
      const Json alone = Json::array({one});
      for (const Json& rule : rules == nullptr ? alone : list_or_none(rules)) {
        if (foreign::excludes_dates(rule)) lead(state, foreign::excluded_dates_of(rule, zone), otherwise);
        lead(state, foreign::times_of(rule, zone), to);
      }
    }
    lead(state, "else", otherwise);
    return state.transitions.size() > 1 ? std::optional(state) : std::nullopt;
  }

  // A jump to the end is the end.
  std::optional<State> jump(const Box& box, Ways& ways) {
    const std::string target = box.text({"jumpto", "target", "targetnode", "targetnodeid", "targetid", "step"});
    const auto found = place_of(target);
    const Way* named = found ? nullptr : ways.named({"jump", "target", "jumpto"});
    if (!found && named == nullptr) return std::nullopt;
    const std::uint32_t to = found ? *found : numbers_[named->to];
    if (to == graph_.start) return std::nullopt;
    const std::string max = box.text({"maximumnumberofjumps", "maxjumps", "max", "maxtimes", "times"});
    const std::uint32_t next = after(ways.rest());
    if (max.empty() || fidelity::number(max).empty()) return std::nullopt;
    if (to == end_) return State{"", "", {{"next", end_}}};
    return State{Action("jump").with("max", fidelity::number(max)).words(), "", {{"again", to}, {"else", next}}};
  }

  std::optional<State> random(const Box& box, Ways& ways) {
    const Json& branches = list_or_none(box.setting({"branches", "randombranches", "options"}));
    if (branches.size() > kBranchesMax) return std::nullopt;
    State state{"random", "", {}};
    for (const Json& one : branches) {
      std::string share = foreign::member_words(one, {"percentage", "percent", "probability", "weight", "ratio"});
      if (share.ends_with('%')) share.pop_back();
      if (fidelity::number(share).empty()) return std::nullopt;
      lead(state, fmt::format("{}: {}%", state.transitions.size() + 1, fidelity::number(share)), after(ways.of(one)));
    }
    return state;
  }

  // ---- What is found in a text ----

  std::optional<State> phone(const Box& box, Ways& ways) {
    const std::string number = foreign::variable_of(box.text(kInputs));
    const bool codes = foreign::contains(letters(box.text({"outputtype", "recognitiontype", "type"})), "calling");
    const Json* list = box.setting({"branches", "multibranches", "options", "codes"});
    const bool off =
        foreign::switched(box.setting({"multibranching", "multibranch", "multiplebranches", "enablemultibranch"})) ==
        false;
    const std::string of = number.empty() ? "*" : fidelity::value(number);
    const std::string_view what = codes ? "calling code" : "region";
    if (off || list == nullptr) return recognized(box, what, of, {"choice", "", {{"else", after(ways.rest())}}});
    if (number.empty() || !list->is_array() || list->size() > kBranchesMax) return std::nullopt;
    State state{"choice", "", {}};
    for (const Json& one : *list) {
      const std::string code =
          one.is_structured() ? foreign::member_words(one, {"code", "value", "name", "label"}) : foreign::plain(one);
      lead(state, fmt::format("{} {} {}", fidelity::value(number), codes ? "begins with" : "in", code),
           after(ways.of(one)));
    }
    lead(state, "else", after(ways.otherwise()));
    return recognized(box, what, of, std::move(state));
  }

  // What is found may have a name: then its branches are a state of their own.
  State recognized(const Box& box, std::string_view what, const std::string& of, State choice) {
    const std::string output = foreign::variable_of(box.text(kOutputs));
    if (output.empty()) return choice;
    const std::uint32_t to = graph_.add(choice.action, "");
    graph_.states[to].transitions = std::move(choice.transitions);
    return {Action("recognize").with("what", what).with("of", of).with("makes", fidelity::value(output)).words(),
            "",
            {{"next", to}}};
  }
  // The variable or the text that is looked at.
  static std::string looked_at(const Box& box) {
    const std::string written = box.text(kInputs);
    const std::string name = foreign::variable_of(written);
    return name.empty() ? words_of_text(written) : fidelity::value(name);
  }

  std::optional<State> language(const Box& box, Ways& ways) {
    return recognized(box, "language", looked_at(box), {"choice", "", {{"else", after(ways.rest())}}});
  }

  std::optional<State> entities(const Box& box, Ways& ways) {
    const Way* otherwise = ways.otherwise();
    const Way* failed = ways.failed();
    if (otherwise == nullptr) otherwise = failed;
    const std::uint32_t next = after(ways.next());
    const std::string type = letters(box.text({"entitytype", "recognitiontype", "entity", "outputtype", "type"}));
    const bool email = foreign::contains(type, "email") || foreign::contains(type, "mailaddress");
    return recognized(box, email ? "email" : "phone", looked_at(box),
                      {"choice", "", {{"*", next}, {"else", otherwise == nullptr ? next : numbers_[otherwise->to]}}});
  }

  // ---- Values and times ----

  std::optional<State> set(const Box& box, Ways& ways) {
    const Json* list = box.setting({"variables", "assignments", "values", "keyvalues", "list"});
    const auto all = list == nullptr ? std::nullopt : foreign::pairs(*list);
    if (!all || all->empty()) return std::nullopt;
    Action action("set");
    for (const auto& [key, value] : *all) {
      if (value != nullptr && value->is_structured()) return std::nullopt;
      const bool none = value == nullptr || value->is_null();
      action.with(fidelity::value(key), none ? fidelity::quoted("") : words_of(*value));
    }
    return State{action.words(), "", {{"next", after(ways.rest())}}};
  }

  std::optional<State> wait(const Box& box, Ways& ways) {
    const auto time =
        foreign::timed(box, {"duration", "time", "waittime", "waitingtime", "seconds", "value", "number"});
    if (!time.ms) return std::nullopt;
    return State{Action("wait").with("for", fmt::format("{}", *time.ms)).words(), "", {{"next", after(ways.rest())}}};
  }

  // ---- Requests ----

  // `late after` leads where `failed` does; what the original has no way for is the import's to handle.
  State asked(const Action& action, const foreign::Time& time, Ways& ways) const {
    State state{action.words(), "", {}};
    const Way* failed = ways.failed();
    lead(state, "ok", after(ways.next()));
    if (failed == nullptr) return state;
    lead(state, "failed", numbers_[failed->to]);
    if (time.ms) lead(state, fidelity::after("late", *time.ms), numbers_[failed->to]);
    return state;
  }

  std::optional<State> http(const Box& box, Ways& ways) {
    const std::string method = box.text({"method", "requestmethod", "httpmethod"});
    const std::string url = box.text({"url", "requesturl", "address"});
    const auto time = foreign::timed(box, {"timeout", "timeoutseconds", "requesttimeout"});
    if (url.empty()) return std::nullopt;
    Action action("http");
    action.with("method", fidelity::quoted(fidelity::upper(method.empty() ? "GET" : method)));
    action.with("url", words_of_text(url)).only();
    bool has_type = box.text({"contenttype", "bodytype"}).empty();
    if (const Json* list = box.setting({"headers", "header", "requestheaders"})) {
      const auto headers = foreign::pairs(*list);
      if (!headers) return std::nullopt;
      for (const auto& [name, value] : *headers) {
        if (value == nullptr) return std::nullopt;
        has_type = has_type || letters(name) == "contenttype";
        action.with("header " + name, words_of(*value));
      }
    }
    if (const Json* list = box.setting({"query", "queryparameters", "queryparams"})) {
      const auto query = foreign::pairs(*list);
      if (!query) return std::nullopt;
      for (const auto& [name, value] : *query) action.with("query " + name, value == nullptr ? "*" : words_of(*value));
    }
    const Json* body =
        box.setting({"body", "rawbody", "requestbody", "raw", "bodyparameters", "bodyparams", "keyvalues"});
    if (body != nullptr) say_body(*body, box.text({"contenttype", "bodytype"}), has_type, action);
    say_reads(box, action);
    return asked(action, time, ways);
  }

  // A text as it is, or keys and values in the form that the content type asks for.
  static void say_body(const Json& body, const std::string& type, bool has_type, Action& action) {
    if (!body.is_array()) {
      if (!has_type) action.with("header Content-Type", fidelity::quoted(type));
      action.with("body", words_of(body));
      return;
    }
    const auto members = foreign::pairs(body);
    if (!members) return;
    if (!foreign::contains(letters(type), "urlencoded")) return (void)action.with("body", json_of(*members));
    for (const auto& [name, value] : *members) action.with("form " + name, value == nullptr ? "*" : words_of(*value));
  }

  static std::string json_of(const std::vector<Setting>& members) {
    fidelity::Text out;
    out.add("{");
    for (const auto& [name, value] : members) {
      out.add(fmt::format("{}\"{}\":", &name == &members.front().first ? "" : ",", name));
      out.add("\"");
      if (value != nullptr) out.add_value(words_of(*value));
      out.add("\"");
    }
    out.add("}");
    return out.words();
  }

  static void say_reads(const Box& box, Action& action) {
    for (const Json& one :
         list_or_none(box.setting({"responsevariables", "outputvariables", "responseparameters", "outputs"}))) {
      const std::string name =
          one.is_string() ? one.get<std::string>() : foreign::member_words(one, {"name", "key", "variable"});
      action.with("read " + name, fidelity::value(name));
    }
  }

  std::optional<State> function(const Box& box, Ways& ways) {
    const std::string url = box.text({"functionurl", "url", "triggerurl", "address", "endpoint"});
    const auto time = foreign::timed(box, {"timeout", "timeoutseconds"});
    Action action("function");
    if (!url.empty()) action.with("url", words_of_text(url));
    if (const Json* list = box.setting({"parameters", "arguments", "inputs", "inputparameters", "body", "keyvalues"}))
      if (const auto all = foreign::pairs(*list)) action.with("body", json_of(*all));
    say_reads(box, action);
    return asked(action, time, ways);
  }

  std::optional<State> classify(const Box& box, Ways& ways) {
    const Json& list =
        list_or_none(box.setting({"categories", "customcategories", "branches", "labels", "topics", "options"}));
    const auto time = foreign::timed(box, {"timeout", "timeoutseconds"});
    Action action("classify");
    say_model(box, action);
    action.with("input", looked_at(box));
    State state{"", "", {}};
    const Way* failed = ways.failed();
    const Way* next = box.ways.size() == 1 ? ways.next() : ways.named(kNext);
    Names labels;
    for (const char* taken : {"else", "failed", "late", "end", "next"}) labels.reserve(taken);
    for (const Json& one : list) {
      const std::string name = one.is_object()
                                   ? foreign::member_words(one, {"name", "label", "category", "value", "title"})
                                   : foreign::plain(one);
      const std::string label = labels.step(name, "category");
      const std::string said =
          one.is_object() ? foreign::member_words(one, {"description", "remark", "meaning", "prompt"}) : std::string();
      constexpr std::size_t kMeaningMax = 1000;  // of the language; a longer one is not taken over
      action.with("label " + label, fidelity::quoted(said.empty() || said.size() > kMeaningMax ? name : said));
      lead(state, label, after(next != nullptr ? next : ways.of(one)));
    }
    state.action = action.words();
    const Way* otherwise = ways.otherwise();
    lead(state, "else", after(otherwise == nullptr ? next : otherwise));
    if (failed == nullptr) return state;
    lead(state, "failed", numbers_[failed->to]);
    if (time.ms) lead(state, fidelity::after("late", *time.ms), numbers_[failed->to]);
    return state;
  }

  // Where it is, and which; what is not said is made up.
  static void say_model(const Box& box, Action& action) {
    const std::string base = box.text({"baseurl", "base", "endpoint", "modelurl"});
    const std::string called = box.text({"model", "modelname", "modelid"});
    action.with("base", base.empty() ? "*" : fidelity::quoted(base));
    action.with("model", called.empty() ? "*" : fidelity::quoted(called));
  }

  std::optional<State> generate(const Box& box, Ways& ways) {
    Action action("generate");
    say_model(box, action);
    if (const Json* input =
            box.setting({"modelinput", "input", "inputvariable", "userinput", "usermessage", "question"})) {
      const std::string name = foreign::variable_of(foreign::plain(*input));
      action.with("input", names_.contains(name) ? fidelity::value(name) : words_of(*input));
    }
    if (const Json* prompt = box.setting({"prompt", "initialprompt", "systemprompt", "instructions"}))
      action.with("prompt", words_of(*prompt));
    return asked(action, foreign::timed(box, {"timeout", "timeoutseconds"}), ways);
  }

  // ---- Other flows ----

  std::optional<State> forward(const Box&, Ways& ways) { return State{"launch", "", {{"next", after(ways.rest())}}}; }

  std::optional<State> journey(const Box& box, Ways& ways) {
    const Json* wait = nullptr;
    for (const std::string_view key :
         {"waitforcompletion", "waitcompletion", "wait", "waitforresult", "waitforresponse", "waituntilcompletion",
          "synchronous", "sync", "iswait", "waitforfinish"})
      if (wait == nullptr) wait = box.setting({key});
    if (foreign::switched(wait) != true) return State{"launch", "", {{"next", after(ways.rest())}}};
    const auto time = foreign::timed(box, {"waittime", "waitingtime", "timeout", "maxwaittime", "waitduration"});
    State state{"flow", "", {}};
    const Way* failed = ways.failed();
    const Way* silent = ways.silent();
    const std::uint32_t next = after(ways.next());
    lead(state, "done", next);
    for (const char* outcome : {"failed", "expired"})
      lead(state, outcome, failed == nullptr ? next : numbers_[failed->to]);
    lead(state, time.ms ? fidelity::after("late", *time.ms) : std::string("late after *"),
         silent == nullptr ? next : numbers_[silent->to]);
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
  std::string trigger_;  // in small letters; empty: nothing says it
  Graph graph_;
  std::uint32_t end_ = 0;
  std::set<std::string> names_;                 // all that stand in texts
  std::vector<Known> types_;                    // by box
  std::vector<std::uint32_t> numbers_;          // by box: its state
  std::map<std::string, std::size_t> by_name_;  // boxes; kNone: of two
};

}  // namespace

Result<Graph> foreign_graph(const Json& json, const std::string& trigger) {
  const auto shape = shape_of(json, is_component);
  if (!shape) return fail(ErrorCode::failed_precondition, "the original's graph cannot be followed");
  return Reader(*shape, trigger.empty() ? text_of(json, "triggerType") : trigger).run();
}

}  // namespace flow::importing::console
