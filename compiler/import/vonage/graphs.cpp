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

struct Ends {
  std::uint32_t verified = 0;
  std::uint32_t unverified = 0;
};

// A number or an address, as a text or not; where there is none, one of the kind that the channel takes.
std::string recipient_of(const Json& entry) {
  const std::string kind = entry.at("channel") == "email" ? "address " : "number ";
  if (!entry.contains("to")) return kind;
  return kind + (entry.at("to").is_string() ? entry.at("to").get<std::string>() : entry.at("to").dump());
}

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
    action.with("channel", channel).with("to", fidelity::value(recipient_of(entry)));
    state.action = action.words();
    state.transitions = {{"failed", next}, {"sent", waiting}};
    graph.states.push_back(std::move(state));
    State wait{Action("signal").with("name", fidelity::quoted("next_workflow")).words(), "", {}};
    wait.transitions = {{"received", next}, {fidelity::after("silent", timeout_ms), next}};
    graph.states.push_back(std::move(wait));
    return;
  }
  state.action = Action("extern").with("type", fidelity::quoted(fmt::format("Vonage {}", channel))).words();
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
    graph.states.push_back({"start", "", {{"start", 1}, {"on signal checked", ends.verified}}});
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
