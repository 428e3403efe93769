// Our own graph as a labelled transition graph: a reading of its own, for the proof of an import. Of the importer
// nothing is used but the envelope's decompression. Graphs of canvas libraries are foreign_graphs.h's.
#include "compiler/import/console/graphs.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/import/console/envelope.h"
#include "compiler/import/console/foreign_graphs.h"
#include "compiler/import/console/own_text.h"
#include "compiler/import/console/own_words.h"
#include "compiler/import/fidelity/words.h"
#include "runtime/program/text.h"

namespace flow::importing::console {
namespace {

using fidelity::Action;
using fidelity::Graph;
using fidelity::State;

bool is_identifier(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.'; });
}

// "undelivered after 30000", "status 404", "failed".
std::string outcome_of(const Item& item) {
  std::string out;
  for (const Word& word : item) {
    if (!out.empty()) out += ' ';
    const auto ms = word.type == "duration" ? program::parse_duration(word.text) : program::parse_number("x");
    out += ms ? std::to_string(*ms) : word.text;
  }
  return out;
}

class Reader {
 public:
  explicit Reader(const Json& graph) : json_(graph) {}

  Graph run() {
    for (const Json& one : json_.at("properties")) {
      const Item item = items_of(one).front();
      if (item.size() > 1 && item[0].text == "let") lets_.insert(item[1].text);
      if (item.size() > 1 && item[0].text == "input") variables_.insert(item[1].text);
      marketing_ = marketing_ || (item.size() > 1 && item[0].text == "purpose" && item[1].text == "marketing");
    }
    for (const Json& one : json_.at("edges"))
      edges_[one.at("source").get<std::string>()][text_of(one, "sourcePort")] = one.at("target").get<std::string>();
    Action inputs("start");
    for (const std::string& name : variables_) inputs.with(fidelity::input_name(name), fidelity::value(name));
    const std::uint32_t start = graph_.add(inputs.words(), "start");
    for (const Json& node : json_.at("nodes")) find_variables(node);
    for (const Json& node : json_.at("nodes")) {
      const bool of_header = node.contains("head");
      if (!of_header) places_[text_of(node, "id")] = graph_.add("", text_of(node, "name", text_of(node, "id")));
    }
    done_ = graph_.add(Action("end").with("done", "true").words(), "end");
    for (const Json& node : json_.at("nodes")) {
      if (node.contains("head"))
        read_header(start, node);
      else
        read_node(node);
    }
    for (const Json& node : json_.at("nodes"))
      if (!node.contains("head")) add_otherwise(node);
    for (const std::uint32_t place : in_tables_) add_otherwise(place);
    graph_.start = start;
    return std::move(graph_);
  }

 private:
  // What the flow itself gives a value; all other names are the workspace's.
  void find_variables(const Json& node) {
    const Json* component = member_of(node, "component");
    if (component == nullptr) return;
    const Item words = items_of(*component).front();
    if (const std::string name = result_of(words); !name.empty()) variables_.insert(name);
    for (const Json& property : properties_of(node)) {
      const Item item = items_of(property).front();
      if (words.front().text == "set") variables_.insert(item.front().text);
      if (item.front().text == "read" && item.size() > 1) variables_.insert(item[1].text);
    }
  }

  std::uint32_t behind(const std::string& node, const std::string& port) const {
    const auto ports = edges_.find(node);
    if (ports == edges_.end() || !ports->second.contains(port)) throw std::runtime_error("a port leads nowhere");
    return places_.at(ports->second.at(port));
  }

  void read_header(std::uint32_t start, const Json& node) {
    const std::string id = text_of(node, "id");
    const std::string type = text_of(node, "type");
    const std::vector<Item> items = items_of(node.at("head"));
    const std::uint32_t to = behind(id, "next");
    if (type == "Otherwise") {
      for (Item item : items) {
        if (item.front().text == "otherwise") item.erase(item.begin());
        otherwise_.emplace_back(outcome_of(item), to);
      }
    } else if (type == "Start") {
      graph_.lead(start, "start", to);
    } else {
      const bool conditional = type == "OnReply" && outcome_of(items.front()) != "on reply";
      graph_.lead(start, conditional ? "on reply {*}" : outcome_of(items.front()), to);
    }
  }

  void read_node(const Json& node) {
    const std::string id = text_of(node, "id");
    const std::uint32_t at = places_.at(id);
    if (const Json* target = member_of(node, "target")) return read_target(at, id, *target);
    const Item component = items_of(node.at("component")).front();
    const std::string first = component.front().text;
    const std::string second = component.size() > 1 ? component[1].text : "";
    if (first == "jump") return read_jump(at, id, component);
    if (first == "deliver") return read_table(at, node, component);
    if (first == "branch" || first == "schedule" || first == "recognize") return read_choice(at, node, component);
    if (first == "random") return read_random(at, node);
    if (first == "send" || first == "reply" || first == "ask") return read_message(at, node, component);
    if (first == "set") return say_next(at, id, set_action(node));
    if (first == "wait") return read_wait(at, node, component);
    if (first == "await" && second == "reply") {
      graph_.states[at].action = answer_action(component);
      return read_answers(at, node, component);
    }
    if (first == "await")
      graph_.states[at].action = Action("signal").with("name", fidelity::quoted(component.at(2).text)).words();
    else if (first == "extern")
      graph_.states[at].action = extern_action(node, component);
    else if (first == "http")
      graph_.states[at].action = request_action(node, component);
    else
      graph_.states[at].action = called_action(kind_of(first, second), component);
    if (first == "forward") return graph_.lead(at, "next", done_);
    if (first == "launch" || first == "typing" || first == "subscribe" || first == "unsubscribe")
      return graph_.lead(at, "next", behind(id, "next"));
    // Behind a label of `classify` stands what it means.
    each_outcome(node, [&](const Item& item, std::uint32_t to) {
      const bool label = first == "classify" && item.size() == 2 && item[1].type == "text";
      graph_.lead(at, is_else(item) ? "else" : label ? item[0].text : outcome_of(item), to);
    });
  }

  // ---- What components say ----

  static const Json& properties_of(const Json& node) {
    static const Json kNone = Json::array();
    const Json* properties = member_of(node, "properties");
    return properties != nullptr ? *properties : kNone;
  }
  // What stands behind `=`, where it is one value.
  std::string assigned(const Json& property) const {
    const Json* equals = member_of(property, "equals");
    if (equals == nullptr) return "*";
    const Item item = items_of(*equals).front();
    return item.size() == 1 ? value_words(item[0]) : "*";
  }
  // `body.order.status` is `order.status`.
  static std::string read_path(const Json& property) {
    const std::string path = items_of(property.at("equals")).front().front().text;
    return path.substr(std::min(path.find('.'), path.size() - 1) + 1);
  }
  // The name behind `as`.
  static std::string result_of(const Item& component) {
    for (std::size_t i = 1; i + 1 < component.size(); ++i)
      if (component[i].type == "name" && component[i].text == "as") return component[i + 1].text;
    return {};
  }

  static std::string answer_action(const Item& component) {
    Action action("reply");
    if (const std::string name = result_of(component); !name.empty()) action.with("keeps", fidelity::value(name));
    return action.words();
  }

  std::string extern_action(const Json& node, const Item& component) const {
    Action action("extern");
    action.with("type", literal_words(component.at(1).text)).only();
    if (const std::string name = result_of(component); !name.empty()) action.with("makes", fidelity::value(name));
    for (const Json& property : properties_of(node)) {
      const std::vector<Item> items = items_of(property);
      const std::string name = fidelity::setting_name(items.front().front().text);
      for (const Item& item : items)
        for (const Word& word : item)
          if (&word != &items.front().front()) action.with(name, setting_words(word));
    }
    return action.words();
  }

  std::string request_action(const Json& node, const Item& component) const {
    Action action("http");
    action.with("method", fidelity::quoted(component.at(1).text)).with("url", value_words(component.at(2)));
    bool form = false;  // its members are not followed
    for (const Json& property : properties_of(node)) {
      const Item item = items_of(property).front();
      const std::string& first = item.front().text;
      if (first == "header" || first == "query") action.with(first + " " + item.at(1).text, assigned(property));
      if (first == "read") action.with("read " + read_path(property), fidelity::value(item.at(1).text));
      if (first != "body") continue;
      form = item.at(1).text.starts_with("form(");
      if (!form) action.with("body", item.at(1).type == "expression" ? "*" : value_words(item.at(1)));
    }
    if (!form) action.only();
    return action.words();
  }

  // `save(tier: tier)` is a call of `save`.
  static std::string called_action(const std::string& kind, const Item& component) {
    Action action(kind);
    const auto call = std::find_if(component.begin(), component.end(),
                                   [](const Word& word) { return word.text.find('(') != std::string::npos; });
    if (kind != "function" && kind != "flow" && kind != "launch" && kind != "hand_over") return kind;
    if (call != component.end()) action.with("target", fidelity::quoted(call->text.substr(0, call->text.find('('))));
    return action.words();
  }

  Action set_action(const Json& node) const {
    Action action("set");
    for (const Json& property : properties_of(node))
      action.with(fidelity::value(items_of(property).front().front().text), assigned(property));
    return action;
  }

  static std::string kind_of(const std::string& first, const std::string& second) {
    if (first == "hand") return "hand_over";
    if (first == "forward") return "launch";
    if (first == "call") return second == "flow" ? "flow" : "function";
    return first;
  }

  void read_target(std::uint32_t at, const std::string& id, const Json& target) {
    const Item words = items_of(target).front();
    if (words.front().text == "jump") return read_jump(at, id, words);
    Action action("end");
    if (words.size() == 1)
      action.with("done", "true");
    else if (words[1].text == "failed" && words.size() > 2)
      action.with("failed", literal_words(words[2].text));
    else
      action.with("outcome", fidelity::quoted(words[1].text));
    graph_.states[at].action = action.words();
  }

  void read_jump(std::uint32_t at, const std::string& id, const Item& words) {
    Action action("jump");
    for (const Word& word : words)
      if (word.type == "number") action.with("max", word.text);
    graph_.states[at].action = action.words();
    graph_.lead(at, "again", behind(id, "jump"));
    graph_.lead(at, "else", behind(id, "else"));
  }

  void say_next(std::uint32_t at, const std::string& id, const Action& action) {
    graph_.states[at].action = action.words();
    graph_.lead(at, "next", behind(id, "next"));
  }

  void read_wait(std::uint32_t at, const Json& node, const Item& component) {
    Action action("wait");
    const bool duration = component.size() == 2 && component[1].type == "duration";
    if (duration) action.with("for", std::to_string(program::parse_duration(component[1].text).value()));
    if (!node.contains("ports")) return say_next(at, text_of(node, "id"), action);
    graph_.states[at].action = action.words();
    each_outcome(node, [&](const Item& item, std::uint32_t to) { graph_.lead(at, outcome_of(item), to); });
  }

  template <typename Add>
  void each_outcome(const Json& node, const Add& add_one) const {
    const Json* ports = member_of(node, "ports");
    if (ports == nullptr) return;
    for (const Json& port : *ports) {
      const std::uint32_t to = behind(text_of(node, "id"), text_of(port, "id"));
      for (const Item& item : items_of(port)) add_one(item, to);
    }
  }

  static bool is_else(const Item& item) { return item.front().type == "else"; }

  // What is found has a name: the choice is behind it.
  std::uint32_t read_recognized(std::uint32_t at, const std::string& what, const std::string& of,
                                const Item& component) {
    const std::string name = component.front().text == "recognize" ? result_of(component) : std::string();
    if (name.empty()) return at;
    Action action("recognize");
    action.with("what", what == "calling" ? "calling code" : what).with("of", of).with("makes", fidelity::value(name));
    graph_.states[at].action = action.words();
    const std::uint32_t choice = graph_.add("choice", "");
    graph_.lead(at, "next", choice);
    return choice;
  }

  void read_choice(std::uint32_t at, const Json& node, const Item& component) {
    const std::string what = component.size() > 1 ? component[1].text : "";
    const bool codes = what == "calling";
    const std::size_t of = codes ? 4 : 3;
    const std::string number =
        component.size() > of && is_identifier(component[of].text) && !lets_.contains(component[of].text)
            ? fidelity::value(component[of].text)
            : "{*}";
    at = read_recognized(at, what, number == "{*}" ? "*" : number, component);
    graph_.states[at].action = "choice";
    for (const Json& port : node.at("ports")) {
      const std::uint32_t to = behind(text_of(node, "id"), text_of(port, "id"));
      const std::vector<Item> items = items_of(port);
      if (is_else(items.front())) {
        graph_.lead(at, "else", to);
      } else if (what == "region" || codes) {
        std::vector<std::string> names;
        for (const Item& item : items) names.push_back(item.front().text);
        std::sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
          return codes ? std::stol(a) < std::stol(b) : a < b;
        });
        graph_.lead(at, fmt::format("{} {} {}", number, codes ? "begins with" : "in", fmt::join(names, ", ")), to);
      } else {
        graph_.lead(at, what.empty() && items.size() == 1 && items[0].size() == 1 ? condition_of(items[0][0]) : "*",
                    to);
      }
    }
  }

  // `tier ~= "gold"`; anything else may be anything.
  std::string condition_of(const Word& word) const {
    const std::string_view text = word.text;
    const std::size_t space = text.find(' ');
    const std::size_t after = space == std::string_view::npos ? space : text.find(' ', space + 1);
    if (after == std::string_view::npos || !is_identifier(text.substr(0, space)) ||
        lets_.contains(std::string(text.substr(0, space))))
      return "*";
    const std::string_view operation = text.substr(space + 1, after - space - 1);
    const std::string_view right = text.substr(after + 1);
    const bool literal = right.size() >= 2 && right.front() == '"' && right.find('"', 1) == right.size() - 1 &&
                         right.find('\\') == std::string_view::npos && right.find("{{") == std::string_view::npos;
    const std::string name = fidelity::value(text.substr(0, space));
    if (!literal) return "*";
    const std::string_view inner = right.substr(1, right.size() - 2);
    if (operation == "~=") return fmt::format("{} ~= {}", name, fidelity::quoted(fidelity::folded(inner)));
    if (operation == "==" || operation == "!=")
      return fmt::format("{} {} {}", name, operation, fidelity::quoted(inner));
    return "*";
  }

  void read_random(std::uint32_t at, const Json& node) {
    graph_.states[at].action = "random";
    int number = 0;
    each_outcome(node, [&](const Item& item, std::uint32_t to) {
      graph_.lead(at, fmt::format("{}: {}", ++number, item.front().text), to);
    });
  }

  // ---- Messages and answers ----

  static bool is_outcome(const Item& item) {
    static const std::set<std::string> kOutcomes = {"failed",    "undelivered", "unread", "sent",
                                                    "delivered", "read",        "opted"};
    return item.front().type == "name" && kOutcomes.contains(item.front().text);
  }

  // Settings that stand in the text as one value each.
  Action message_action(const Json& node, const Item& component, std::uint32_t at) {
    Action action("message");
    static const std::set<std::string> kChannels = {"viber", "whatsapp", "sms", "messenger", "instagram", "email"};
    static const std::set<std::string> kValues = {"to", "text", "header", "footer"};
    // Values within them are written in a form of their own.
    static const std::set<std::string> kEscaped = {"image", "video", "audio", "file", "sticker", "subject", "html"};
    if (component.size() > 1 && kChannels.contains(component[1].text)) action.with("channel", component[1].text);
    const Json* properties = member_of(node, "properties");
    for (const Json& property : properties != nullptr ? *properties : Json::array()) {
      const Item item = items_of(property).front();
      const std::string& first = item.front().text;
      if (first == "purpose") {
        action.with("purpose", item.at(1).text);
        if (item.at(1).text != "marketing") other_purpose_.insert(at);
      } else if (first == "from") {
        action.with("from", fidelity::quoted(item.at(1).text));
        if (item.size() > 3) action.with("sender", value_words(item[3]));
      } else if (item.size() == 2 && (kValues.contains(first) || kEscaped.contains(first))) {
        action.with(first, value_words(item[1], kEscaped.contains(first)));
      }
    }
    return action;
  }

  void read_message(std::uint32_t at, const Json& node, const Item& component) {
    const Action action = message_action(node, component, at);
    graph_.states[at].action = action.words();
    each_outcome(node, [&](const Item& item, std::uint32_t to) {
      if (is_outcome(item)) graph_.lead(at, outcome_of(item), to);
    });
    if (component.front().text != "ask") return;
    const std::uint32_t waiting = graph_.add(answer_action(component), "");
    answers_[at] = waiting;
    graph_.lead(at, "sent", waiting);
    read_answers(waiting, node, component);
  }

  void read_answers(std::uint32_t waiting, const Json& node, const Item& component) {
    const std::uint32_t choice = graph_.add("choice", "");
    const std::string name = result_of(component);
    const std::string reply = fidelity::value(name.empty() ? text_of(node, "id") + " reply" : name);
    const Json* ports = member_of(node, "ports");
    for (const Json& port : ports != nullptr ? *ports : Json::array()) {
      const std::uint32_t to = behind(text_of(node, "id"), text_of(port, "id"));
      std::vector<std::string> any;
      for (const Item& item : items_of(port)) {
        if (is_outcome(item)) continue;
        if (item.front().text == "silent" && item.front().type == "name")
          graph_.lead(waiting, outcome_of(item), to);
        else if (is_else(item) || (item.front().type == "name" && item.front().text == "replied"))
          graph_.lead(choice, "else", to);
        else
          any.push_back(answer_words(reply, item));
      }
      if (!any.empty()) graph_.lead(choice, fidelity::any_of(any), to);
    }
    graph_.lead(waiting, "reply", choice);
  }

  static std::string answer_words(const std::string& reply, const Item& item) {
    const Word& last = item.back();
    constexpr std::string_view kIgnoreCase = "(?i)";
    if (last.type == "pattern" && last.text.starts_with(kIgnoreCase))
      return fmt::format("{} ~matches {}", reply, fidelity::pattern(last.text.substr(kIgnoreCase.size())));
    if (last.type == "pattern") return fmt::format("{} matches {}", reply, fidelity::pattern(last.text));
    if (last.type != "text") return fmt::format("{} is a {}", reply, last.text);
    return fmt::format("{} {} {}", reply,
                       item.size() > 1 ? "~contains" : "~=", fidelity::quoted(fidelity::folded(decoded(last.text))));
  }

  // ---- Tables ----

  // Of one table: its messages, and for each place in a row the state of the message there.
  struct Table {
    std::string id;
    std::string step;
    std::map<std::string, Json, std::less<>> lines;
    std::map<std::pair<std::string, std::uint32_t>, std::uint32_t> places;  // by message and what comes next
    std::string to;
    std::optional<std::string> keeps;  // the variable that says which message reached its recipient
    std::uint32_t reached = 0;
    std::uint32_t exhausted = 0;
  };

  // `PH, MM => viber then sms`: who gets which messages in which order. Each place in a row is a state of its own.
  void read_table(std::uint32_t at, const Json& node, const Item& component) {
    Table table;
    table.id = text_of(node, "id");
    table.step = text_of(node, "name");
    table.to = component.size() > 2 ? value_words(component[2]) : "*";
    if (component.size() > 4) table.keeps = component[4].text;
    for (const Json& property : node.at("properties"))
      if (const Json* colon = member_of(property, "colon"); colon != nullptr && property.contains("words"))
        table.lines.emplace(words_of(property.at("words")).at(0).text, property);
    for (const Json& port : node.at("ports")) {
      for (const Item& item : items_of(port)) {
        if (item.front().text == "reached") table.reached = behind(table.id, text_of(port, "id"));
        if (item.front().text == "exhausted") table.exhausted = behind(table.id, text_of(port, "id"));
      }
    }
    graph_.states[at].action = "choice";
    for (const Json& port : node.at("ports")) {
      const std::vector<Item> items = items_of(port);
      const std::string& first = items.front().front().text;
      if (first == "reached" || first == "exhausted") continue;
      const std::uint32_t to = row_of(table, port);
      std::vector<std::string> regions;
      for (const Item& item : items) regions.push_back(item.front().text);
      std::sort(regions.begin(), regions.end());
      graph_.lead(at, is_else(items.front()) ? "else" : fmt::format("{} in {}", table.to, fmt::join(regions, ", ")),
                  to);
    }
  }

  // Where a row begins.
  std::uint32_t row_of(Table& table, const Json& port) {
    const Json* to = member_of(port, "to");
    if (to == nullptr) return behind(table.id, text_of(port, "id"));
    const Item words = items_of(*to).front();
    std::uint32_t next = table.exhausted;
    for (std::size_t i = words.size(); i-- > 0;)
      if (i % 2 == 0) next = place_of(table, words[i].text, next);  // between them stands `then`
    return next;
  }

  std::uint32_t place_of(Table& table, const std::string& line, std::uint32_t next) {
    const auto [known, first] = table.places.try_emplace({line, next}, 0);
    if (!first) return known->second;
    const Json& message = table.lines.at(line);
    const Item component = items_of(message.at("colon")).front();
    const std::uint32_t at = known->second = graph_.add("", fmt::format("{}.{}", table.step, line));
    graph_.states[at].action = message_action(message, component, at).with("to", table.to).words();
    const std::uint32_t reached = table.keeps ? keeper(table, line) : table.reached;
    const Json* ports = member_of(message, "ports");
    for (const Json& port : ports != nullptr ? *ports : Json::array()) {
      const Json* to = member_of(port, "to");
      const std::string word = to == nullptr ? std::string() : items_of(*to).front().front().text;
      const std::uint32_t target = word == "next"        ? next
                                   : word == "reached"   ? reached
                                   : word == "exhausted" ? table.exhausted
                                                         : behind(table.id, text_of(port, "id"));
      for (const Item& item : items_of(port)) graph_.lead(at, outcome_of(item), target);
    }
    in_tables_.push_back(at);
    return at;
  }

  std::uint32_t keeper(const Table& table, const std::string& line) {
    Action set("set");
    set.with(fidelity::value(*table.keeps), fidelity::quoted(line));
    const std::uint32_t at = graph_.add(set.words(), "");
    graph_.lead(at, "next", table.reached);
    return at;
  }

  // Outcomes without an arm of their own, of which the header says where they lead.
  void add_otherwise(const Json& node) {
    const auto found = places_.find(text_of(node, "id"));
    if (found == places_.end() || node.contains("target")) return;
    add_otherwise(found->second);
    if (const auto answer = answers_.find(found->second); answer != answers_.end()) add_otherwise(answer->second);
  }
  void add_otherwise(std::uint32_t at) {
    State& state = graph_.states[at];
    const std::string kind(fidelity::kind_of(state.action));
    const auto has = [&](std::string_view outcome) {
      return std::any_of(state.transitions.begin(), state.transitions.end(), [&](const auto& one) {
        return one.label == outcome || one.label.starts_with(fmt::format("{} after", outcome));
      });
    };
    const bool asks = answers_.contains(at);
    for (const auto& [label, to] : otherwise_) {
      const std::string outcome = label.substr(0, label.find(" after"));
      const bool message = kind == "message";
      const bool operation = kind == "http" || kind == "function" || kind == "classify" || kind == "generate" ||
                             kind == "flow" || kind == "hand_over" || kind == "contact";
      const bool wanted = outcome == "failed"        ? message || operation
                          : outcome == "undelivered" ? message && !asks && (has("delivered") || has("read"))
                          : outcome == "unread"      ? message && !asks && has("read")
                          : outcome == "silent"      ? kind == "reply" || kind == "signal"
                          : outcome == "late"        ? operation && kind != "hand_over" && kind != "contact"
                          : outcome == "expired"     ? kind == "flow"
                          : outcome == "opted out"   ? message && marketing_ && !other_purpose_.contains(at)
                                                     : false;
      if (wanted && !has(outcome)) state.transitions.push_back({label, to});
    }
  }

  // ---- Texts, as they are written in the language ----

  static std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\\' || i + 1 == text.size()) {
        out += text[i];
        continue;
      }
      const char c = text[++i];
      if (c == 'u') throw std::runtime_error("a text with an escaped character is not followed");
      out += c == 'n' ? '\n' : c == 't' ? '\t' : c;
    }
    return out;
  }
  static std::string literal_words(std::string_view text) { return fidelity::quoted(decoded(text)); }

  // Of the `{{` at `open`; texts within a value may have values of their own.
  static std::size_t closing(std::string_view text, std::size_t open) {
    int depth = 0;
    for (std::size_t i = open; i + 1 < text.size(); ++i) {
      const std::string_view two = text.substr(i, 2);
      if (two == "{{") ++depth;
      if (two == "}}" && --depth == 0) return i;
      if (two == "{{" || two == "}}") ++i;
    }
    return std::string_view::npos;
  }

  // Of a value where any may stand. `escaped`: those in a text may be anything.
  std::string value_words(const Word& word, bool escaped = false) const {
    if (word.type == "number") return fidelity::number(word.text).empty() ? "*" : fidelity::number(word.text);
    if (word.type == "boolean") return word.text;
    if (word.type == "name" && escaped) return "*";
    return text_words(word, escaped);
  }
  // Of a setting that nobody knows: its names may be regions or languages.
  std::string setting_words(const Word& word) const {
    return word.type == "name" && !variables_.contains(word.text) ? "*" : value_words(word);
  }

  std::string text_words(const Word& word, bool escaped = false) const {
    if (word.type == "name") return variables_.contains(word.text) ? fidelity::value(word.text) : "*";
    if (word.type != "text" || word.text.find("\\{") != std::string::npos) return "*";
    fidelity::Text words;
    std::string_view text = word.text;
    bool any = false;  // the last was a value that may be anything
    for (;;) {
      const std::size_t open = text.find("{{");
      words.add(decoded(text.substr(0, open)));
      if (open == std::string_view::npos) return words.words();
      const std::size_t close = closing(text, open);
      if (close == std::string_view::npos) return "*";
      const std::string inside(program::trim(text.substr(open + 2, close - open - 2)));
      const bool named = !escaped && variables_.contains(inside);
      // One after the other may be anything, and so are both.
      if (named || open > 0 || !any) words.add_value(named ? fidelity::value(inside) : "{*}");
      any = !named;
      text.remove_prefix(close + 2);
    }
  }

  const Json& json_;
  Graph graph_;
  std::set<std::string> lets_;
  std::set<std::string> variables_ = {"customerPhoneNumber", "customerName"};
  std::map<std::string, std::map<std::string, std::string>> edges_;  // by node and port: a node
  std::map<std::string, std::uint32_t> places_;                      // by node
  std::map<std::uint32_t, std::uint32_t> answers_;                   // by `ask`: where it waits
  std::vector<std::pair<std::string, std::uint32_t>> otherwise_;
  std::vector<std::uint32_t> in_tables_;  // messages
  std::uint32_t done_ = 0;
  bool marketing_ = false;  // the flow's purpose
  std::set<std::uint32_t> other_purpose_;
};

}  // namespace

Originals originals(const Json& json) {
  Originals out;
  try {
    const Opened found = open(json);
    if (!found.error.empty()) return {fail(ErrorCode::failed_precondition, "{}", found.error), {}};
    if (text_of(*found.graph, "format") == "flow.graph") {
      out.graphs = std::vector<fidelity::Graph>{Reader(*found.graph).run()};
      out.texts = {std::string()};  // that of no flow
      out.texts[0] = own_text(*found.graph);
      return out;
    }
    const Json* flow = found.envelope == nullptr ? nullptr : member_of(*found.envelope, "flow");
    auto foreign = foreign_graph(*found.graph, flow == nullptr ? std::string() : text_of(*flow, "triggerType"));
    if (!foreign) return {std::unexpected(foreign.error()), {}};
    out.graphs = std::vector<fidelity::Graph>{*std::move(foreign)};
  } catch (const std::exception& error) {
    if (out.texts.empty())
      out.graphs = fail(ErrorCode::failed_precondition, "the original cannot be followed: {}", error.what());
  }
  return out;
}

}  // namespace flow::importing::console
