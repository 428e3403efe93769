#include "compiler/prove/routes.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "base/limits.h"
#include "compiler/check/graph.h"
#include "compiler/prove/explore.h"
#include "compiler/prove/starts.h"
#include "compiler/prove/topology.h"
#include "runtime/program/json.h"
#include "runtime/program/text.h"

namespace flow::prove {
namespace {

using check::index;
using Kind = Origin::Kind;

std::vector<Origin> origins_of(const check::Workspace& workspace, const check::Flow& flow, const Valuation& start) {
  std::vector<Origin> result;
  for (std::size_t i = 0; i < flow.variables.size(); ++i) {
    const check::Variable& variable = flow.variables[i];
    const Value& value = start[i];
    const bool phone = variable.role == program::FieldRole::input && variable.type.kind == check::ValueType::phone;
    if (!phone || value.is_unknown()) continue;
    Origin origin{check::VariableId{static_cast<std::uint32_t>(i)}, Kind::region, {}};
    const std::string region = program::region_text(value.scalar);
    const auto& allowed = workspace.allowed_regions;
    if (!value.is_present())
      origin.kind = Kind::absent;
    else if (value.scalar == 0)
      origin.kind = Kind::none;
    else if (!value.other)
      origin.region = region;
    else
      origin.kind =
          workspace.all_regions || std::ranges::find(allowed, region) != allowed.end() ? Kind::other : Kind::closed;
    result.push_back(std::move(origin));
  }
  return result;
}

std::string_view channel_of(const check::Workspace& workspace, const check::Flow& flow, check::StepId step) {
  const auto& send = std::get<check::Send>(check::step_of(flow, step).body);
  return program::to_string(workspace.channels.at(index(send.channel)).kind);
}

bool same_way(const Route& a, const Route& b) {
  return a.messages == b.messages && a.last_send_ms == b.last_send_ms && a.complete == b.complete && a.sends == b.sends;
}

// ---- For people --------------------------------------------------------------------------------------------------

std::string origin_text(const Origin& origin) {
  switch (origin.kind) {
    case Kind::region:
      return origin.region;
    case Kind::other:
      return "other regions";
    case Kind::closed:
      return "regions where nothing may be sent";
    case Kind::none:
      return "numbers of no region";
    case Kind::absent:
      break;
  }
  return "no number";
}

std::string group_text(const check::Flow& flow, const Route& route) {
  std::string result;
  for (const std::vector<Origin>& origins : route.origins) {
    std::string one;
    for (const Origin& origin : origins) {
      const std::string name = origins.size() > 1 ? flow.variables[index(origin.input)].name + " " : "";
      one += (one.empty() ? "" : " and ") + name + origin_text(origin);
    }
    result += (result.empty() ? "" : ", ") + one;
  }
  return result;
}

std::string bounds_text(const Route& route) {
  if (route.messages == 0) return "no message";
  return fmt::format("{} message{} at most, the last {}", route.messages, route.messages == 1 ? "" : "s",
                     route.last_send_ms == 0 ? "at once" : "within " + program::duration_text(route.last_send_ms));
}

}  // namespace

std::vector<Route> find_routes(const check::Workspace& workspace, const check::Flow& flow,
                               const Certificate& certificate) {
  const Topology topology(flow);
  std::size_t work = limits::kProofWorkMax;
  std::vector<Route> routes;
  for (const Valuation& start : abstract_starts(workspace, flow)) {
    const auto ask = [&](Question::Goal goal) {
      Question question;
      question.goal = goal;
      Answer answer = explore(workspace, flow, topology, question, {start}, std::min(work, limits::kProofLabelsMax));
      work -= std::min(work, answer.work);
      return answer;
    };
    const Answer messages = ask(Question::Goal::messages);
    const Answer last = ask(Question::Goal::last_send);
    Route route;
    route.origins.push_back(origins_of(workspace, flow, start));
    route.complete = messages.complete && last.complete;
    // What holds for the flow holds for each start.
    route.messages = std::min(certificate.messages.at_most, messages.complete ? messages.upper : INT64_MAX);
    route.last_send_ms = std::min(certificate.last_send_ms.at_most, last.complete ? last.upper : INT64_MAX);
    if (route.complete) {
      for (const auto& [step, arrival] : last.sends)
        route.sends.push_back({step, arrival.earliest_ms, arrival.latest_ms});
    }
    std::ranges::sort(route.sends, {},
                      [](const RouteSend& send) { return std::tuple(send.earliest_ms, send.latest_ms, send.step); });
    const auto same = std::ranges::find_if(routes, [&](const Route& one) { return same_way(one, route); });
    if (same == routes.end())
      routes.push_back(std::move(route));
    else
      same->origins.push_back(std::move(route.origins.front()));
  }
  return routes;
}

std::string routes_text(const check::Workspace& workspace, const check::Flow& flow, const std::vector<Route>& routes) {
  std::size_t steps = 4;
  std::size_t channels = 7;
  for (const Route& route : routes) {
    for (const RouteSend& send : route.sends) {
      steps = std::max(steps, check::step_of(flow, send.step).name.size());
      channels = std::max(channels, channel_of(workspace, flow, send.step).size());
    }
  }
  std::string text = flow.name + "\n";
  for (const Route& route : routes) {
    text += fmt::format("\n{}: {}\n", routes.size() == 1 ? "everybody" : group_text(flow, route), bounds_text(route));
    if (!route.complete) text += "  more ways than can be told apart: these are the bounds of the whole flow\n";
    for (const RouteSend& send : route.sends) {
      text += fmt::format("  {:<{}}  {:<{}}  {}\n", check::step_of(flow, send.step).name, steps,
                          channel_of(workspace, flow, send.step), channels,
                          send.latest_ms == 0 ? "at once" : "within " + program::duration_text(send.latest_ms));
    }
  }
  return text;
}

std::string routes_json(const check::Workspace& workspace, const check::Flow& flow, const std::vector<Route>& routes) {
  using Json = nlohmann::ordered_json;
  constexpr std::array kOrigins = {"region", "other", "closed", "none", "absent"};
  Json json;
  json["version"] = 1;
  json["flow"] = flow.name;
  json["routes"] = Json::array();
  for (const Route& route : routes) {
    Json numbers = Json::array();
    for (const std::vector<Origin>& origins : route.origins) {
      Json one = Json::object();
      for (const Origin& origin : origins) {
        one[flow.variables[index(origin.input)].name] =
            origin.kind == Kind::region ? origin.region : kOrigins.at(static_cast<std::size_t>(origin.kind));
      }
      numbers.push_back(std::move(one));
    }
    Json sends = Json::array();
    for (const RouteSend& send : route.sends) {
      sends.push_back({{"step", check::step_of(flow, send.step).name},
                       {"channel", channel_of(workspace, flow, send.step)},
                       {"earliest_ms", send.earliest_ms},
                       {"latest_ms", send.latest_ms}});
    }
    json["routes"].push_back({{"numbers", std::move(numbers)},
                              {"messages", route.messages},
                              {"last_send_ms", route.last_send_ms},
                              {"complete", route.complete},
                              {"sends", std::move(sends)}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace flow::prove
