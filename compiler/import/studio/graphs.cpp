// A Studio definition as graphs, one for each way in which the trigger is wired: a reading of its own, for the proof of
// an import. Nothing of the importer is used.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "compiler/import/fidelity/words.h"
#include "compiler/import/studio/graph_texts.h"
#include "compiler/import/studio/studio.h"

namespace flow::importing::studio {
namespace {

using fidelity::Action;
using fidelity::Graph;
using fidelity::State;

const std::string kSomething = "{*}";

std::string scalar(const Json* json) {
  if (json == nullptr || json->is_null()) return {};
  return json->is_string() ? json->get<std::string>() : json->dump();
}

bool is_word(std::string_view text) {
  const auto inside = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), inside);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// A value that is told apart by its name: a variable that the flow sets, what somebody wrote, what was read out of an
// answer. Others (whom the flow is with, places of lists) may be written in several ways.
bool is_named(std::string_view path) {
  if (path == "trigger.message.Body") return true;
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('.', at), path.size());
    parts.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  if (!std::all_of(parts.begin(), parts.end(), is_word)) return false;
  for (const std::string_view part : parts)
    if (part == "size" || part == "first" || part == "last") return false;
  if (parts.size() == 3 && parts[0] == "flow" && parts[1] == "variables") return true;
  if (path == "trigger.message.Body") return true;
  if (parts.size() == 3 && parts[0] == "flow" && parts[1] == "data") return true;
  if (parts.size() < 4 || parts[0] != "widgets") return false;
  return (parts[2] == "inbound" && parts[3] == "Body" && parts.size() == 4) || parts[2] == "parsed";
}

// `{{ path }}` as a name, anything else of Liquid as something.
std::string value_of(std::string_view inside) {
  const std::string_view path = trimmed(inside);
  return is_named(path) ? fidelity::value(path) : kSomething;
}

bool has_liquid(std::string_view text) {
  return text.find("{{") != std::string_view::npos || text.find("{%") != std::string_view::npos ||
         text.find("${") != std::string_view::npos;
}

// What stands between values; what no text of the language can hold is U+FFFD.
std::string literal(std::string_view text, bool cut_front, bool cut_back) {
  constexpr std::string_view kSpace = " \t\r\n";
  if (cut_front) text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  if (cut_back) text = text.substr(0, text.find_last_not_of(kSpace) + 1);
  std::string out;
  for (const char c : text) out += c == '\0' ? std::string("\xEF\xBF\xBD") : std::string(1, c);
  return out;
}

// A text; `*` when a tag or a template of another tool is in it.
std::string text_words(std::string_view text) {
  // Tags, templates of another tool, and dashes that take the space beside them away.
  for (const std::string_view other : {"{%", "${", "{{-", "-}}"})
    if (text.find(other) != std::string_view::npos) return "*";
  fidelity::Text words;
  bool cut = false;  // `-}}` takes the space behind it away
  for (;;) {
    const std::size_t open = text.find("{{");
    const bool cuts = open != std::string_view::npos && text.substr(open + 2).starts_with('-');
    words.add(literal(text.substr(0, open), cut, cuts));
    if (open == std::string_view::npos) return words.words();
    const std::size_t close = text.find("}}", open);
    if (close == std::string_view::npos) return "*";
    std::string_view inside = text.substr(open + 2, close - open - 2);
    // A filter may need another system for the whole of the text.
    if (inside.find('|') != std::string_view::npos || inside.find('\'') != std::string_view::npos) return "*";
    cut = inside.ends_with('-');
    if (cut) inside.remove_suffix(1);
    if (cuts && !inside.empty()) inside.remove_prefix(1);
    words.add_value(value_of(inside));
    text.remove_prefix(close + 2);
  }
}

// A value alone: `{{path}}`; anything else may be written in several ways.
std::string alone(std::string_view text) {
  const std::string_view all = trimmed(text);
  const bool one = all.starts_with("{{") && all.ends_with("}}") && all.find("{{", 2) == std::string_view::npos;
  return one ? value_of(all.substr(2, all.size() - 4)) : kSomething;
}

// ---- Conditions ----

std::string one_condition(const Json& condition) {
  const Json* arguments = member_of(condition, "arguments");
  const bool has_argument = arguments != nullptr && arguments->is_array() && !arguments->empty();
  const std::string left = has_argument ? alone(scalar(&arguments->front())) : kSomething;
  const std::string value = scalar(member_of(condition, "value"));
  std::string type = text_of(condition, "type");
  const bool negated = type.starts_with("not_") || type.starts_with("does_not_") || type == "is_not_blank";
  if (type == "not_equal_to") type = "equal_to";
  if (type == "does_not_match_any_of") type = "matches_any_of";
  if (type == "does_not_contain") type = "contains";
  if (type == "does_not_start_with") type = "starts_with";
  const auto done = [&](const std::string& words) { return negated ? fidelity::none_of(words) : words; };
  // What counts from 0 is 0 until it has a value.
  const auto blank = [&] {
    return done(left + " is blank") + fidelity::kOr + fmt::format("{} {} 0", left, negated ? "!=" : "==");
  };
  if (type.ends_with("blank")) return blank();
  // A side that is made at run time is compared in ways that depend on what it is.
  if (has_liquid(value)) return "*";
  const std::string words = fidelity::quoted(fidelity::folded(value));
  if (type == "equal_to") {
    const std::string folded = fidelity::folded(value);
    if (folded.empty()) return blank();
    // A truth or a number of an answer is compared as what it is.
    if (folded == "true" || folded == "false") return "*";
    const std::string number = fidelity::number(value);
    // A number of an answer is compared as one.
    if (!number.empty() && number == trimmed(value))
      return done(fmt::format("{} ~= {}", left, words)) + fidelity::kOr + done(fmt::format("{} == {}", left, number)) +
             fidelity::kOr + done(fmt::format("{} == {}", left, words));
    return done(fmt::format("{} ~= {}", left, words));
  }
  if (type == "matches_any_of") {
    std::vector<std::string> any;
    std::set<std::string> seen;
    for (std::size_t at = 0; at <= value.size();) {
      const std::size_t end = std::min(value.find(',', at), value.size());
      std::string one = fmt::format("{} ~= {}", left,
                                    fidelity::quoted(fidelity::folded(std::string_view(value).substr(at, end - at))));
      if (seen.insert(one).second) any.push_back(std::move(one));
      at = end + 1;
    }
    return done(fidelity::any_of(any));
  }
  if (type == "contains") return done(fmt::format("{} ~contains {}", left, words));
  if (type == "starts_with") return done(fmt::format("{} ~starts {}", left, words));
  if (type == "regex") return fmt::format("{} ~matches {}", left, fidelity::pattern(value));
  if (type == "less_than" || type == "greater_than")
    return fmt::format("{} {} {}", left, type == "less_than" ? "<" : ">", fidelity::number(value));
  if (type.starts_with("is_before_")) return left + " < {*}";
  if (type.starts_with("is_after_")) return left + " > {*}";
  return "*";
}

std::string condition_of(const Json& transition) {
  const Json* conditions = member_of(transition, "conditions");
  std::vector<std::string> all;
  if (conditions != nullptr && conditions->is_array())
    for (const Json& one : *conditions) all.push_back(one_condition(one));
  if (std::find(all.begin(), all.end(), "*") != all.end()) return "*";
  // One of several: the first form, or anything.
  for (std::string& one : all)
    if (all.size() > 1 && one.find(fidelity::kOr) != std::string::npos) return "*";
  return fidelity::all_of(all);
}

// ---- States ----

class Reader {
 public:
  explicit Reader(const Json& states) : states_(states) {
    for (std::size_t i = 0; i < states.size(); ++i) places_.emplace(name_of(i), i);
    for (std::size_t i = 0; i < states.size(); ++i) {
      calls_ = calls_ || text_of(states[i], "type").starts_with("make-outgoing-call");
      for (const Json& way : ways_of(i)) calls_ = calls_ || (text_of(way, "event") == "incomingCall" && next_of(way));
    }
  }

  std::vector<Graph> run(const Json& definition) {
    const std::size_t trigger = find_trigger(definition);
    std::vector<Graph> graphs;
    std::optional<std::size_t> message;
    for (const Json& way : ways_of(trigger))
      if (text_of(way, "event") == "incomingMessage" && !message) message = next_of(way);
    std::vector<std::size_t> entries;
    for (const Json& way : ways_of(trigger)) {
      const auto next = next_of(way);
      const bool again = text_of(way, "event") == "incomingConversationMessage" && message && next == message;
      if (next && !again) entries.push_back(*next);
    }
    std::vector<bool> led(states_.size());
    for (const std::size_t entry : entries) reach(entry, led);
    led[trigger] = true;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      std::vector<bool> included(states_.size());
      reach(entries[i], included);
      for (std::size_t state = 0; i == 0 && state < led.size(); ++state)
        if (!led[state]) reach(state, included);
      included[trigger] = false;
      graphs.push_back(graph_of(entries[i], included));
    }
    if (entries.empty()) {
      led.flip();
      graphs.push_back(graph_of(std::nullopt, led));
    }
    return graphs;
  }

 private:
  std::string name_of(std::size_t state) const { return scalar(member_of(states_[state], "name")); }
  std::size_t find_trigger(const Json& definition) const {
    const auto named = places_.find(text_of(definition, "initial_state"));
    if (named != places_.end()) return named->second;
    for (std::size_t i = 0; i < states_.size(); ++i)
      if (text_of(states_[i], "type") == "trigger") return i;
    throw std::invalid_argument("there is no trigger");
  }

  const Json& ways_of(std::size_t state) const {
    static const Json kNone = Json::array();
    const Json* ways = member_of(states_[state], "transitions");
    return ways != nullptr && ways->is_array() ? *ways : kNone;
  }
  std::optional<std::size_t> next_of(const Json& way) const {
    const auto found = places_.find(scalar(member_of(way, "next")));
    return found == places_.end() || found->first.empty() ? std::nullopt : std::optional(found->second);
  }
  void reach(std::size_t from, std::vector<bool>& seen) const {
    std::vector<std::size_t> open = {from};
    while (!open.empty()) {
      const std::size_t state = open.back();
      open.pop_back();
      if (seen[state]) continue;
      seen[state] = true;
      for (const Json& way : ways_of(state))
        if (const auto next = next_of(way)) open.push_back(*next);
    }
  }

  Graph graph_of(std::optional<std::size_t> entry, const std::vector<bool>& included) {
    graph_ = {};
    numbers_.assign(states_.size(), 0);
    graph_.add(start_action(), "");
    graph_.add(Action("end").with("done", "true").words(), "");
    for (std::size_t i = 0; i < states_.size(); ++i)
      if (included[i]) numbers_[i] = graph_.add("", name_of(i));
    // A flow begins with a step: the trigger itself, where nothing is wired to it.
    const std::uint32_t first =
        entry ? numbers_[*entry] : graph_.add(Action("extern").with("type", fidelity::quoted("trigger")).words(), "");
    if (!entry) graph_.lead(first, "done", 1);
    graph_.states[0].transitions = {{"start", first}};
    for (std::size_t i = 0; i < states_.size(); ++i)
      if (included[i]) read_state(i);
    return std::move(graph_);
  }

  void say(std::uint32_t state, const Action& action) { graph_.states[state].action = action.words(); }
  std::uint32_t target(const Json& way) const {
    const auto next = next_of(way);
    return next && numbers_[*next] != 0 ? numbers_[*next] : 1;
  }
  bool has_way(std::size_t state, std::string_view event) const {
    const Json& ways = ways_of(state);
    return std::any_of(ways.begin(), ways.end(), [&](const Json& way) { return text_of(way, "event") == event; });
  }
  // Where the first way of this event leads; the end without one.
  std::uint32_t after(std::size_t state, std::string_view event) const {
    for (const Json& way : ways_of(state))
      if (text_of(way, "event") == event) return target(way);
    return 1;
  }

  void read_state(std::size_t i) {
    const std::uint32_t at = numbers_[i];
    const std::string type = text_of(states_[i], "type");
    static const Json kNone = Json::object();
    const Json* given = member_of(states_[i], "properties");
    const Json& properties = given != nullptr && given->is_object() ? *given : kNone;
    keep(at, type, i);
    add_chosen_texts(states_[i], text_words, graph_.states[at].texts);
    if (type == "send-message" || type == "send-and-wait-for-reply") return read_message(at, i, type, properties);
    if (type == "split-based-on" && has_way(i, "match")) return read_split(at, i);
    if (type == "set-variables") return read_variables(at, i, properties);
    if (type == "make-http-request") {
      const std::string method = scalar(member_of(properties, "method"));
      say(at, request_action(fidelity::upper(method.empty() ? "GET" : method), properties));
      return lead_answer(at, i, "success", "failed");
    }
    if (type == "run-function") {
      say(at, Action("function"));
      return lead_answer(at, i, "success", "fail");
    }
    if (type == "run-subflow") {
      say(at, Action("flow"));
      graph_.lead(at, "done", after(i, "completed"));
      return graph_.lead(at, "failed", after(i, "failed"));
    }
    // Where there are calls, an agent's desk has one outcome too many for the language.
    const bool desk = type == "send-to-flex" && (!calls_ || after(i, "failedToEnqueue") == after(i, "callFailure"));
    if (desk) {
      say(at, Action("hand_over"));
      graph_.lead(at, "accepted", after(i, "callComplete"));
      return graph_.lead(at, "failed", after(i, "failedToEnqueue"));
    }
    // The language has no such component.
    State& state = graph_.states[at];
    state.action = state.kept_action;
    state.transitions = state.kept;
  }

  // With its settings: texts, truths and whole numbers as they are written. Of a message who sends it belongs to the
  // workspace.
  static std::string kept_action(const std::string& type, const Json& state) {
    constexpr std::size_t kSettingsMax = 80;  // of more the last may stand together
    Action action("extern");
    action.with("type", fidelity::quoted(type));
    const Json* properties = member_of(state, "properties");
    if (properties == nullptr || !properties->is_object() || properties->size() > kSettingsMax) return action.words();
    const bool message = type == "send-message" || type == "send-and-wait-for-reply";
    for (const auto& [name, value] : properties->items()) {
      const bool left = message ? name != "body" && name != "media_url" && name != "to" : name == "offset";
      if (left) continue;
      const std::string setting = fidelity::setting_name(name);
      if (value.is_string() && !value.get_ref<const std::string&>().empty())
        action.with(setting, text_words(value.get_ref<const std::string&>()));
      if (value.is_boolean()) action.with(setting, value.dump());
      if (value.is_number_integer() && value.dump().size() <= 12) action.with(setting, value.dump());
    }
    return action.words();
  }

  // What it is when the import keeps it as it is: its events are outcomes. The first way of an event is taken; those of
  // a split are told apart by their numbers.
  void keep(std::uint32_t at, const std::string& type, std::size_t i) {
    State& state = graph_.states[at];
    state.kept_action = kept_action(type, states_[i]);
    std::map<std::string, int> counts;
    for (const Json& way : ways_of(i)) {
      const std::string event = text_of(way, "event");
      const int count = ++counts[event];
      if (count > 1 && !(type == "split-based-on" && event == "match")) continue;
      state.kept.push_back({count == 1 ? event : fmt::format("{}_{}", event, count), target(way)});
    }
    if (state.kept.empty()) state.kept.push_back({"done", 1});
  }

  // Where it is written out: the address, and a body that is neither JSON nor a form.
  static Action request_action(const std::string& method, const Json& properties) {
    Action action("http");
    action.with("method", fidelity::quoted(method));
    const std::string url = scalar(member_of(properties, "url"));
    const std::string body = scalar(member_of(properties, "body"));
    const Json* parameters = member_of(properties, "parameters");
    // Without a body parameters are a part of the address.
    const bool no_body = method == "GET" || method == "HEAD" || method == "DELETE";
    const bool alone = !no_body || parameters == nullptr || !parameters->is_array() || parameters->empty();
    constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyz0123456789-._~:/?=&%";
    const std::size_t scheme = url.find("://");
    const std::size_t end = scheme == std::string::npos ? scheme : url.find('/', scheme + 3);
    // A host with another sign is none, and the import makes one up.
    const bool path = end != std::string::npos && url.find('_', scheme) > end;
    if (alone && path && url.find_first_not_of(kPlain) == std::string::npos) action.with("url", fidelity::quoted(url));
    const bool has_body = !no_body && !body.empty();
    const std::string_view written = trimmed(body);
    const bool json = written.starts_with('[') || (written.starts_with('{') && !written.starts_with("{{"));
    if (has_body && !json) action.with("body", text_words(body));
    return action;
  }

  void lead_answer(std::uint32_t at, std::size_t i, std::string_view success, std::string_view failure) {
    graph_.lead(at, "ok", after(i, success));
    graph_.lead(at, "failed", after(i, failure));
    graph_.lead(at, "late after 10000", after(i, failure));  // as long as Studio waits
  }

  void read_message(std::uint32_t at, std::size_t i, const std::string& type, const Json& properties) {
    Action action("message");
    const std::string body = scalar(member_of(properties, "body"));
    const bool content = !scalar(member_of(properties, "content_sid")).empty() ||
                         !scalar(member_of(properties, "content_template_sid")).empty();
    if (!content && !body.empty()) action.with("text", text_words(without_choices(body)));
    say_ends(scalar(member_of(properties, "from")), scalar(member_of(properties, "to")), action);
    say(at, action);
    if (type == "send-message") {
      graph_.lead(at, "failed", after(i, "failed"));
      return graph_.lead(at, "sent", after(i, "sent"));
    }
    const std::uint32_t waiting = graph_.add("reply", "");
    graph_.lead(at, "failed", after(i, "deliveryFailure"));
    graph_.lead(at, "sent", waiting);
    graph_.lead(waiting, "reply", after(i, "incomingMessage"));
    graph_.lead(waiting, fidelity::after("silent", 1000 * timeout_of(scalar(member_of(properties, "timeout")))),
                after(i, "timeout"));
  }

  // What a start brings: whom the flow is with, and the REST API's data.
  std::string start_action() const {
    std::set<std::string> names;
    add_data(states_, names);
    Action action("start");
    action.with(fidelity::input_name("customerPhoneNumber"), contact());
    for (const std::string& name : names) action.with(fidelity::input_name(name), fidelity::value("flow.data." + name));
    return action.words();
  }
  static void add_data(const Json& json, std::set<std::string>& names) {
    constexpr std::string_view kData = "flow.data.";
    if (json.is_structured())
      for (const Json& one : json) add_data(one, names);
    if (!json.is_string()) return;
    const std::string& text = json.get_ref<const std::string&>();
    for (std::size_t at = text.find(kData); at != std::string::npos; at = text.find(kData, at)) {
      at += kData.size();
      std::size_t end = at;
      while (end < text.size() && is_word(std::string_view(text).substr(end, 1))) ++end;
      if (end > at) names.insert(text.substr(at, end - at));
    }
  }

  // Whom the flow is with, whatever it is called.
  static std::string contact() { return fidelity::value("contact.channel.address"); }

  // "whatsapp:+1555" is on WhatsApp; what is neither a number nor a name is the id of a service.
  static std::string_view bare(std::string_view address) {
    for (const std::string_view channel : {"whatsapp:", "messenger:"})
      if (address.starts_with(channel)) address.remove_prefix(channel.size());
    return address;
  }
  static bool is_number(std::string_view text) {
    return text.size() >= 8 && text.size() <= 16 && text[0] == '+' && text[1] != '0' &&
           text.find_first_not_of("0123456789", 1) == std::string_view::npos;
  }

  static void say_ends(const std::string& from, const std::string& to, Action& action) {
    if (is_number(bare(from))) action.with("sender", fidelity::quoted(bare(from)));
    if (is_number(bare(to))) action.with("to", fidelity::quoted(bare(to)));
    const bool own = to.empty() || alone_path(to) == "contact.channel.address";
    if (own) action.with("to", contact());
    if (!own && !is_number(bare(to)) && is_named(alone_path(to))) action.with("to", fidelity::value(alone_path(to)));
  }
  static std::string_view alone_path(std::string_view text) {
    const std::string_view all = trimmed(text);
    const bool one = all.starts_with("{{") && all.ends_with("}}") && all.find("{{", 2) == std::string_view::npos;
    return one ? trimmed(all.substr(2, all.size() - 4)) : std::string_view();
  }

  // An hour without one, and at most as long as an execution may take.
  static std::int64_t timeout_of(const std::string& written) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), seconds);
    if (error != std::errc() || end != written.data() + written.size() || seconds <= 0) return 3600;
    return std::min<std::int64_t>(seconds, 30 * 86'400);
  }

  // What a condition asks, but for how the editor calls it; to be equal to nothing is to be blank.
  static std::string asked_by(const Json& condition) {
    std::string type = text_of(condition, "type");
    const bool empty = fidelity::folded(scalar(member_of(condition, "value"))).empty();
    if (empty && type == "equal_to") type = "is_blank";
    if (empty && type == "not_equal_to") type = "is_not_blank";
    const std::string value = type.ends_with("blank") ? std::string() : scalar(member_of(condition, "value"));
    const Json* arguments = member_of(condition, "arguments");
    return fmt::format("{} {} {}\n", type, arguments == nullptr ? "" : arguments->dump(), value);
  }

  void read_split(std::uint32_t at, std::size_t i) {
    say(at, Action("choice"));
    std::set<std::string> seen;  // what stands there a second time is never taken
    for (const Json& way : ways_of(i)) {
      if (text_of(way, "event") != "match") continue;
      std::string asked;
      if (const Json* all = member_of(way, "conditions"); all != nullptr && all->is_array())
        for (const Json& one : *all) asked += asked_by(one);
      if (seen.insert(asked).second) graph_.lead(at, condition_of(way), target(way));
    }
    graph_.lead(at, "else", after(i, "noMatch"));
  }

  void read_variables(std::uint32_t at, std::size_t i, const Json& properties) {
    Action action("set");
    if (const Json* variables = member_of(properties, "variables"); variables != nullptr && variables->is_array()) {
      for (const Json& one : *variables) {
        if (text_of(one, "key").empty()) continue;
        const std::string value = scalar(member_of(one, "value"));
        const std::string words = fidelity::number(value).empty() ? text_words(value) : "*";
        action.with(fidelity::value("flow.variables." + text_of(one, "key")), words);
      }
    }
    say(at, action);
    graph_.lead(at, "next", after(i, "next"));
  }

  const Json& states_;
  std::map<std::string, std::size_t> places_;
  bool calls_ = false;  // come in or go out
  Graph graph_;
  std::vector<std::uint32_t> numbers_;  // by state: in the graph
};

// The definition itself, or inside what the API answers.
const Json* definition_in(const Json& json, Json& parsed) {
  if (member_of(json, "states") != nullptr) return &json;
  const Json* inner = member_of(json, "definition");
  if (inner == nullptr) return nullptr;
  if (!inner->is_string()) return definition_in(*inner, parsed);
  auto read = read_json(inner->get_ref<const std::string&>());
  if (!read) return nullptr;
  parsed = *std::move(read);
  return member_of(parsed, "states") != nullptr ? &parsed : nullptr;
}

}  // namespace

Result<std::vector<Graph>> graphs(const Json& json) {
  try {
    Json parsed;
    const Json* definition = definition_in(json, parsed);
    if (definition == nullptr) return fail(ErrorCode::invalid_argument, "the original has no states");
    return Reader(definition->at("states")).run(*definition);
  } catch (const std::exception& error) {
    return fail(ErrorCode::invalid_argument, "the original cannot be followed: {}", error.what());
  }
}

}  // namespace flow::importing::studio
