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
#include "compiler/import/studio/action_words.h"
#include "compiler/import/studio/condition_words.h"
#include "compiler/import/studio/graph_texts.h"
#include "compiler/import/studio/liquid_words.h"
#include "compiler/import/studio/placeholders.h"
#include "compiler/import/studio/studio.h"

namespace flow::importing::studio {
namespace {

using fidelity::Action;
using fidelity::Graph;
using fidelity::State;

constexpr std::string_view kSomething = "{*}";

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
    std::vector<std::string> events;
    for (const Json& way : ways_of(trigger)) {
      const auto next = next_of(way);
      std::string event = text_of(way, "event");
      const bool conversation = event == "incomingConversationMessage";
      if (!next || (conversation && message && next == message)) continue;
      entries.push_back(*next);
      events.push_back(conversation && message ? "other" : std::move(event));
    }
    std::vector<bool> led(states_.size());
    for (const std::size_t entry : entries) reach(entry, led);
    led[trigger] = true;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      std::vector<bool> included(states_.size());
      reach(entries[i], included);
      // What nothing leads to is part of the first, with all that it leads to.
      for (std::size_t state = 0; i == 0 && state < led.size(); ++state)
        if (!led[state]) reach(state, included);
      included[trigger] = false;
      graphs.push_back(graph_of(entries[i], flow_of(events[i], trigger, std::move(included))));
    }
    if (entries.empty()) {
      led.flip();
      graphs.push_back(graph_of(std::nullopt, flow_of("incomingRequest", trigger, std::move(led))));
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

  // `event`: what starts it; "other": messages of a conversation, where those of other kinds start another flow.
  OriginalFlow flow_of(const std::string& event, std::size_t trigger, std::vector<bool> included) const {
    OriginalFlow flow;
    flow.states = &states_;
    flow.places = &places_;
    const bool mail = event == "incomingMessage" || event == "incomingConversationMessage";
    for (const Json& way : ways_of(trigger)) {
      const auto next = next_of(way);
      const bool here = mail && next && included[*next];
      flow.message = flow.message || (here && text_of(way, "event") == "incomingMessage");
      flow.conversation = flow.conversation || (here && text_of(way, "event") == "incomingConversationMessage");
    }
    flow.call = event == "incomingCall";
    flow.request = event == "incomingRequest";
    flow.parent = event == "incomingParent";
    flow.other = !mail && !flow.call && !flow.request && !flow.parent;
    for (std::size_t i = 0; i < states_.size(); ++i) {
      if (!included[i] || text_of(states_[i], "type") != "set-variables") continue;
      const Json* properties = member_of(states_[i], "properties");
      const Json* variables = properties == nullptr ? nullptr : member_of(*properties, "variables");
      if (variables == nullptr || !variables->is_array()) continue;
      for (const Json& one : *variables) flow.variables.insert(text_of(one, "key"));
    }
    flow.included = std::move(included);
    return flow;
  }

  Graph graph_of(std::optional<std::size_t> entry, const OriginalFlow& flow) {
    LiquidWords liquid(flow);
    ActionWords actions(liquid);
    liquid_ = &liquid;
    actions_ = &actions;
    graph_ = {};
    graph_.empty_at_first = true;
    numbers_.assign(states_.size(), 0);
    graph_.add("", "");
    graph_.add(Action("end").with("done", "true").words(), "");
    for (std::size_t i = 0; i < states_.size(); ++i) {
      if (flow.included[i]) numbers_[i] = graph_.add("", name_of(i));
      if (text_of(states_[i], "type") == "run-subflow") actions.add_sub_flow(properties_of(i));
    }
    // A flow begins with a step: the trigger itself, where nothing is wired to it.
    const std::uint32_t first =
        entry ? numbers_[*entry] : graph_.add(Action("extern").with("type", fidelity::quoted("trigger")).words(), "");
    if (!entry) graph_.lead(first, "done", 1);
    graph_.states[0].transitions = {{"start", first}};
    for (std::size_t i = 0; i < states_.size(); ++i)
      if (flow.included[i]) read_state(i);
    add_reads();
    graph_.states[0].action = start_action();
    for (const auto& [name, value] : liquid.first()) graph_.first.emplace(name, value);
    graph_.unset.assign(liquid.unset().begin(), liquid.unset().end());
    return std::move(graph_);
  }

  // Of what comes back, what is used.
  void add_reads() {
    for (const auto& [widget, reads] : liquid_->reads()) {
      std::string& action = graph_.states[numbers_[places_.at(widget)]].action;
      const std::string_view kind = fidelity::kind_of(action);
      if (kind != "http" && kind != "function" && kind != "flow") continue;
      Action more(action);
      for (const auto& [path, words] : reads) more.with("read " + path, words);
      action = more.words();
    }
    // One that was kept makes one value.
    for (const auto& [widget, results] : liquid_->results())
      if (results.size() == 1) add_result(graph_.states[numbers_[places_.at(widget)]], *results.begin());
    for (std::size_t i = 0; i < states_.size(); ++i)
      if (numbers_[i] != 0 && text_of(states_[i], "type") == "send-and-wait-for-reply")
        add_result(graph_.states[numbers_[i]], reply_of(i));
  }
  static void add_result(State& state, const std::string& words) {
    Action kept(state.kept_action);
    kept.with("makes", words);
    if (state.action == state.kept_action) state.action = kept.words();
    state.kept_action = kept.words();
  }
  std::string reply_of(std::size_t state) const {
    return fidelity::value(fmt::format("widgets.{}.inbound.Body", name_of(state)));
  }

  const Json& properties_of(std::size_t state) const {
    static const Json kNone = Json::object();
    const Json* given = member_of(states_[state], "properties");
    return given != nullptr && given->is_object() ? *given : kNone;
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
    const Json& properties = properties_of(i);
    keep(at, type, i);
    add_chosen_texts(
        states_[i], [&](std::string_view text) { return liquid_->translation(text).value_or(std::string(kSomething)); },
        graph_.states[at].texts);
    if (type == "send-message" || type == "send-and-wait-for-reply") return read_message(at, i, type, properties);
    if (type == "split-based-on" && has_way(i, "match")) return read_split(at, i);
    if (type == "set-variables") {
      say(at, actions_->variables(properties));
      return graph_.lead(at, "next", after(i, "next"));
    }
    if (type == "make-http-request") {
      say(at, actions_->request(properties));
      return lead_answer(at, i, "success", "failed");
    }
    if (type == "run-function") {
      say(at, actions_->function(text_of(states_[i], "name"), properties));
      return lead_answer(at, i, "success", "fail");
    }
    if (type == "run-subflow") {
      say(at, actions_->sub_flow(properties));
      graph_.lead(at, "done", after(i, "completed"));
      for (const char* outcome : {"failed", "expired", "late after *"}) graph_.lead(at, outcome, after(i, "failed"));
      return;
    }
    // Where there are calls, an agent's desk has one outcome too many for the language.
    const bool desk = type == "send-to-flex" && (!calls_ || after(i, "failedToEnqueue") == after(i, "callFailure"));
    if (desk) {
      say(at, actions_->desk(properties));
      graph_.lead(at, "accepted", after(i, "callComplete"));
      return graph_.lead(at, "failed", after(i, "failedToEnqueue"));
    }
    // The language has no such component.
    State& state = graph_.states[at];
    state.action = state.kept_action;
    state.transitions = state.kept;
  }

  // What it is when the import keeps it as it is: its events are outcomes. The first way of an event is taken; those of
  // a split are told apart by their numbers.
  void keep(std::uint32_t at, const std::string& type, std::size_t i) {
    State& state = graph_.states[at];
    state.kept_action = actions_->kept(type, states_[i]);
    std::map<std::string, int> counts;
    for (const Json& way : ways_of(i)) {
      const std::string event = text_of(way, "event");
      const int count = ++counts[event];
      if (count > 1 && !(type == "split-based-on" && event == "match")) continue;
      state.kept.push_back({count == 1 ? event : fmt::format("{}_{}", event, count), target(way)});
    }
    if (state.kept.empty()) state.kept.push_back({"done", 1});
  }

  void lead_answer(std::uint32_t at, std::size_t i, std::string_view success, std::string_view failure) {
    graph_.lead(at, "ok", after(i, success));
    graph_.lead(at, "failed", after(i, failure));
    graph_.lead(at, "late after 10000", after(i, failure));  // as long as Studio waits
  }

  void read_message(std::uint32_t at, std::size_t i, const std::string& type, const Json& properties) {
    say(at, actions_->message(properties));
    if (type == "send-message") {
      graph_.lead(at, "failed", after(i, "failed"));
      return graph_.lead(at, "sent", after(i, "sent"));
    }
    const std::uint32_t waiting = graph_.add(Action("reply").with("keeps", reply_of(i)).words(), "");
    graph_.lead(at, "failed", after(i, "deliveryFailure"));
    graph_.lead(at, "sent", waiting);
    graph_.lead(waiting, "reply", after(i, "incomingMessage"));
    graph_.lead(waiting, fidelity::after("silent", 1000 * timeout_of(scalar(member_of(properties, "timeout")))),
                after(i, "timeout"));
  }

  // What a start brings: whom the flow is with, and what it is given.
  std::string start_action() const {
    Action action("start");
    action.with(fidelity::input_name("customerPhoneNumber"), fidelity::value(kContact));
    for (const auto& [name, words] : liquid_->inputs()) action.with(fidelity::input_name(name), words);
    return action.words();
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
    const std::string input = scalar(member_of(properties_of(i), "input"));
    for (const Json& way : ways_of(i))
      if (text_of(way, "event") == "match") graph_.lead(at, condition_words(way, input, *liquid_), target(way));
    graph_.lead(at, "else", after(i, "noMatch"));
  }

  const Json& states_;
  std::map<std::string, std::size_t> places_;
  bool calls_ = false;  // come in or go out
  Graph graph_;
  std::vector<std::uint32_t> numbers_;  // by state: in the graph
  LiquidWords* liquid_ = nullptr;       // of the flow that is read
  ActionWords* actions_ = nullptr;
};

// The definition itself, or inside what the API answers, which Twilio's CLI writes into a list.
const Json* definition_in(const Json& json, Json& parsed) {
  if (json.is_array() && json.size() == 1) return definition_in(json.front(), parsed);
  if (member_of(json, "states") != nullptr) return &json;
  const Json* inner = member_of(json, "definition");
  if (inner == nullptr) return nullptr;
  if (!inner->is_string()) return definition_in(*inner, parsed);
  auto read = read_json(inner->get_ref<const std::string&>());
  if (!read) return nullptr;
  parsed = *std::move(read);
  return member_of(parsed, "states") != nullptr ? &parsed : nullptr;
}

// What Terraform puts in, of which importer and second reader have the same names.
bool has_placeholders(const Json& json) {
  if (json.is_structured()) return std::any_of(json.begin(), json.end(), has_placeholders);
  if (!json.is_string()) return false;
  const std::string& text = json.get_ref<const std::string&>();
  return text.find("${") != std::string::npos || text.find("%{") != std::string::npos;
}

}  // namespace

Result<std::vector<Graph>> graphs(const Json& json) {
  try {
    Json parsed;
    const Json* definition = definition_in(json, parsed);
    if (definition == nullptr) return fail(ErrorCode::invalid_argument, "the original has no states");
    const bool are_named = member_of(json, "terraform") != nullptr;  // in a file of Terraform's own (terraform.h)
    if (are_named || !has_placeholders(*definition)) return Reader(definition->at("states")).run(*definition);
    Json named = *definition;
    name_placeholders(named);
    return Reader(named.at("states")).run(named);
  } catch (const std::exception& error) {
    return fail(ErrorCode::invalid_argument, "the original cannot be followed: {}", error.what());
  }
}

}  // namespace flow::importing::studio
