// What a path of Liquid is in the words of graphs.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "compiler/import/fidelity/words.h"
#include "compiler/import/studio/liquid_words.h"
#include "compiler/import/studio/placeholders.h"

namespace flow::importing::studio {
namespace {

using fidelity::either;

bool is_word(std::string_view text) {
  const auto inside = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), inside);
}

}  // namespace

std::string LiquidWords::contact() const {
  const std::string contact = fidelity::value(kContact);
  if (flow_.call) return contact;
  // The import writes the channel's word before it where the flow is on that channel.
  return either({contact, fmt::format("\"whatsapp:{}\"", contact), fmt::format("\"messenger:{}\"", contact)});
}

std::string LiquidWords::input(std::string_view label) {
  std::string words = fidelity::value(fmt::format("input {}", label));
  inputs_.emplace(label, words);
  return words;
}

namespace {

std::string written(const auto& path) {
  std::string out;
  for (const auto& part : path) {
    if (!part.name.empty())
      out += (out.empty() ? "" : ".") + part.name;
    else
      out += part.index ? fmt::format("[{}]", *part.index) : fmt::format("[{}]", part.dynamic);
  }
  return out;
}

}  // namespace

// A name that nothing gives a value.
bool LiquidWords::is_never_set(const Path& path) const {
  const std::string& root = path.front().name;
  const auto name = [&](std::size_t i) { return i < path.size() ? path[i].name : std::string(); };
  if (root == "widgets") {
    const Json* widget = flow_.widget(name(1));
    if (name(1).empty()) return false;
    return widget == nullptr || (text_of(*widget, "type") == "send-message" && name(2) == "inbound");
  }
  if (root == "contact" || root == "terraform") return false;
  if (root == "flow" && name(1) == "data" && path.size() == 3) return !flow_.request;
  if (root == "flow" && name(1) != "variables") return false;
  if (root == "trigger") {
    if (path.size() < 3 || name(2) == "AccountSid" || name(2) == "InstanceSid") return false;
    if (name(1) == "message") return !flow_.message;
    if (name(1) == "call") return !flow_.call;
    if (name(1) == "request") return !flow_.request;
    if (name(1) == "parent") return !flow_.parent;
    return name(1) == "conversation" && !flow_.conversation && !flow_.other;
  }
  if (root != "flow") return !is_literal(path);
  return path.size() == 3 && !name(2).empty() && !flow_.variables.contains(name(2));
}

bool LiquidWords::is_literal(const Path& path) {
  const std::string& name = path.front().name;
  return path.size() == 1 &&
         (name == "nil" || name == "null" || name == "true" || name == "false" || name == "blank" || name == "empty");
}

// The events of a trigger are there or not, and what nothing sets is not.
std::optional<bool> LiquidWords::truth(const Path& path) const {
  if (path.front().name == "trigger" && path.size() == 2) {
    if (flow_.other || (flow_.message && flow_.conversation)) return std::nullopt;
    if (path[1].name == "message") return flow_.message;
    if (path[1].name == "conversation") return flow_.conversation;
    return path[1].name == "call" ? std::optional(flow_.call) : std::nullopt;
  }
  return is_never_set(path) ? std::optional(false) : std::nullopt;
}

std::optional<std::string> LiquidWords::words_of(const Path& path) {
  if (is_literal(path)) return std::nullopt;
  if (is_never_set(path)) {
    unset_.insert(written(path));
    return fidelity::value(written(path));
  }
  const auto name = [&](std::size_t i) { return i < path.size() ? path[i].name : std::string(); };
  const std::string& root = path.front().name;
  if (root == "widgets") {
    for (std::size_t i = 4; i < path.size(); ++i)
      if (path[i].is_place() || (path[i].name == "size" && i + 1 == path.size())) return of_list(path, i);
    return of_widget(path);
  }
  const bool names = std::all_of(path.begin(), path.end(), [](const Part& part) { return !part.name.empty(); });
  if (!names) return std::nullopt;
  if (written(path) == kContact) return contact();
  if (root == "terraform") return fidelity::quoted(terraform_of(written(path).substr(root.size() + 1)));
  if (root == "trigger" || (root == "flow" && name(1) != "variables")) return of_trigger(path);
  if (root == "flow" && path.size() == 3) return fidelity::value(written(path));
  return std::nullopt;
}

std::optional<std::string> LiquidWords::of_trigger(const Path& path) {
  const std::string& kind = path.size() > 1 ? path[1].name : path[0].name;
  const std::string& last = path.back().name;
  const std::string all = written(path);
  const bool account =
      path.size() == 3 && (last == "AccountSid" || last == "InstanceSid") && kind != "request" && kind != "parent";
  // The same in all executions.
  if (account || all == "flow.flow_sid" || (all == "flow.channel.address" && !flow_.call))
    return fidelity::quoted(fmt::format("{{{{{}}}}}", all));
  if (all == "flow.channel.address") return input("called");
  if (path.size() < 3) return std::nullopt;
  if (path[0].name == "flow") return kind == "data" && path.size() == 3 ? std::optional(input(last)) : std::nullopt;
  const bool mail = kind == "message" || (kind == "conversation" && !flow_.other);
  if (mail && path.size() == 3 && last == "Body") return fidelity::value("trigger.message.Body");
  if (mail) return path.size() == 3 && last == "From" ? std::optional(contact()) : std::nullopt;
  if (kind == "call" && (last == "From" || last == "Caller")) return contact();
  if (kind == "call" && (last == "To" || last == "Called")) return input("called");
  if (kind == "request" && path.size() == 3 && (last == "to" || last == "To")) return contact();
  const bool brings = kind == "call" || kind == "request" || kind == "parent" || kind == "conversation";
  return brings ? std::optional(input(last)) : std::nullopt;
}

std::optional<std::string> LiquidWords::of_list(const Path& path, std::size_t place) {
  const auto list = of_widget({path.begin(), path.begin() + static_cast<std::ptrdiff_t>(place)});
  if (!list) return std::nullopt;
  const Part& part = path[place];
  if (part.name == "size") return either({fmt::format("list_count({})", *list), fmt::format("length({})", *list)});
  std::string number = "1";
  if (part.index) number = fmt::format("{}", *part.index + 1);
  if (part.name == "last") number = fmt::format("list_count({})", *list);
  if (!part.dynamic.empty()) {
    // Liquid counts from 0.
    const bool less = part.dynamic.starts_with('(') && part.dynamic.ends_with(" - 1)");
    number = less ? part.dynamic.substr(1, part.dynamic.size() - 6) : fmt::format("({} + 1)", part.dynamic);
  }
  std::string item = fmt::format("list_text({}, {})", *list, number);
  if (path.size() == place + 1) return item;
  if (path.size() > place + 2 || path[place + 1].name.empty()) return std::nullopt;
  return fmt::format("record_text({}, {})", item, fidelity::quoted(path[place + 1].name));
}

std::optional<std::string> LiquidWords::of_widget(const Path& path) {
  const bool names = std::all_of(path.begin(), path.end(), [](const Part& part) { return !part.name.empty(); });
  if (!names || path.size() < 3) return std::nullopt;
  const std::string& widget = path[1].name;
  const Json& state = *flow_.widget(widget);
  const std::string type = text_of(state, "type");
  const std::string& part = path[2].name;
  std::string words = fidelity::value(written(path));
  if (type == "send-and-wait-for-reply") {
    if (part != "inbound" || path.size() != 4) return std::nullopt;
    if (path[3].name == "From") return contact();
    const std::string reply = fmt::format("widgets.{}.inbound.Body", widget);
    if (path[3].name == "MediaUrl0" || path[3].name == "MediaUrl") return fidelity::value(reply + ".url");
    return path[3].name == "Body" ? std::optional(fidelity::value(reply)) : std::nullopt;
  }
  if (type == "make-http-request" || type == "run-function") {
    std::string read;
    for (std::size_t i = 3; i < path.size(); ++i) read += (read.empty() ? "" : ".") + path[i].name;
    if (part != (read.empty() ? "body" : "parsed")) return std::nullopt;
    for (std::size_t i = 3; i < path.size(); ++i)
      if (!is_word(path[i].name)) return std::nullopt;
    reads_[widget].emplace(read, words);
    return words;
  }
  if (path.size() != 3 || type == "send-message" || type == "split-based-on" || type == "set-variables" ||
      type == "trigger")
    return std::nullopt;
  if (type == "run-subflow") {
    reads_[widget].emplace(output_of(state, part), words);
    return words;
  }
  // What is typed and what is said are one.
  if (part == "SpeechResult") words = fidelity::value(fmt::format("widgets.{}.Digits", widget));
  results_[widget].insert(words);
  return words;
}

// A flow has no output that is called as one of its inputs.
std::string LiquidWords::output_of(const Json& call, std::string label) {
  const auto flow_of = [](const Json& state) {
    const Json* properties = member_of(state, "properties");
    return properties == nullptr ? std::string() : text_of(*properties, "flow_sid");
  };
  if (!inputs_known_) {
    inputs_known_ = true;
    for (const Json& state : *flow_.states) {
      const Json* properties = member_of(state, "properties");
      const Json* parameters = properties == nullptr ? nullptr : member_of(*properties, "parameters");
      if (text_of(state, "type") != "run-subflow" || parameters == nullptr || !parameters->is_array()) continue;
      for (const Json& one : *parameters) inputs_of_flows_[flow_of(state)].insert(text_of(one, "key"));
    }
  }
  const auto& inputs = inputs_of_flows_[flow_of(call)];
  while (inputs.contains(label)) label += "_out";
  return label;
}

}  // namespace flow::importing::studio
