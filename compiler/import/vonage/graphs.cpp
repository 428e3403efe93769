#include <set>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "compiler/import/fidelity/words.h"
#include "compiler/import/vonage/vonage.h"

namespace flow::importing::vonage {
namespace {

using fidelity::Action;
using fidelity::Graph;
using fidelity::State;

// As a text or as a number.
std::string written(const Json& entry, const char* name) {
  if (!entry.contains(name)) return {};
  return entry.at(name).is_string() ? entry.at(name).get<std::string>() : entry.at(name).dump();
}

// Each recipient that the original tells apart is an input of its own: a number or an address.
std::string recipient(const Json& entry) {
  return fidelity::value((entry.at("channel") == "email" ? "address " : "number ") + written(entry, "to"));
}

// Of WhatsApp a number, with its plus; of what is none nothing is said, for no channel can have it.
std::string sender(const Json& entry, const std::string& channel) {
  const std::string from = written(entry, "from");
  if (channel != "whatsapp" || from.empty()) return from;
  const std::string digits = from.substr(from.starts_with('+') ? 1 : 0);
  const bool number = digits.size() >= 7 && digits.find_first_not_of("0123456789") == std::string::npos;
  return number ? "+" + digits : std::string();
}

std::string start_action(const Json& workflow) {
  Action action("start");
  action.with(fidelity::input_name("code"), fidelity::value("code"));
  std::set<std::string> seen;
  for (const Json& entry : workflow) {
    if (!seen.insert(recipient(entry)).second) continue;
    const bool email = text_of(entry, "channel") == "email";
    action.with(fidelity::input_name(email ? "address" : "customer"), recipient(entry));
  }
  return action.words();
}

struct Ends {
  std::uint32_t verified = 0;
  std::uint32_t unverified = 0;
};

// What an entry does, and from its state on: a message is sent and then waits, anything else tells what became of it.
void add_entry(const Json& entry, std::size_t number, long long timeout_ms, std::uint32_t next, const Ends& ends,
               Graph& graph) {
  const std::string channel = entry.at("channel").get<std::string>();
  State state;
  state.name = fmt::format("{} {}", channel, number);
  const auto waiting = static_cast<std::uint32_t>(graph.states.size() + 1);
  if (channel == "sms" || channel == "whatsapp" || channel == "email") {
    // Vonage's own text, which no file has.
    Action action("message");
    action.with("channel", channel).with("to", recipient(entry));
    if (const std::string from = sender(entry, channel); !from.empty()) action.with("sender", fidelity::quoted(from));
    state.action = action.words();
    state.transitions = {{"failed", next}, {"sent", waiting}};
    graph.states.push_back(std::move(state));
    State wait{Action("signal").with("name", fidelity::quoted("next_workflow")).words(), "", {}};
    wait.transitions = {{"received", next}, {fidelity::after("silent", timeout_ms), next}};
    graph.states.push_back(std::move(wait));
    return;
  }
  state.action = Action("extern")
                     .with("type", fidelity::quoted(fmt::format("Vonage {}", channel)))
                     .with(fidelity::setting_name("to"), recipient(entry))
                     .only()
                     .words();
  state.transitions = {{"completed", ends.verified}, {"user_rejected", ends.unverified}, {"blocked", ends.unverified}};
  for (const std::string_view event : {"failed", "rejected", "expired", "next_workflow"})
    state.transitions.push_back({std::string(event), next});
  graph.states.push_back(std::move(state));
  graph.states.push_back({"", "", {{"", waiting}}});  // so that each entry has two
}

}  // namespace

Result<std::vector<Graph>> graphs(const Json& json) {
  try {
    const Json& workflow = json.at("workflow");
    long long timeout = 300;
    if (const Json* given = member_of(json, "channel_timeout"))
      timeout = given->is_string() ? std::stoll(given->get<std::string>()) : given->get<long long>();
    const auto count = static_cast<std::uint32_t>(workflow.size());
    const Ends ends{1 + (2 * count), 2 + (2 * count)};
    Graph graph;
    graph.states.push_back({start_action(workflow), "", {{"start", 1}, {"on signal checked", ends.verified}}});
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t next = i + 1 == count ? ends.unverified : 1 + (2 * (i + 1));
      add_entry(workflow[i], i + 1, timeout * 1000, next, ends, graph);
    }
    graph.states.push_back({Action("end").with("outcome", fidelity::quoted("verified")).words(), "", {}});
    graph.states.push_back({Action("end").with("failed", fidelity::kAnything).words(), "", {}});
    return std::vector<Graph>{std::move(graph)};
  } catch (const std::exception& error) {
    return fail(ErrorCode::invalid_argument, "the original cannot be followed: {}", error.what());
  }
}

}  // namespace flow::importing::vonage
