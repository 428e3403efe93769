#include "compiler/prove/routes.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>
#include <utility>

#include "base/limits.h"
#include "compiler/check/graph.h"
#include "compiler/prove/explore.h"
#include "compiler/prove/starts.h"
#include "compiler/prove/topology.h"
#include "runtime/program/json.h"
#include "runtime/program/money.h"
#include "runtime/program/text.h"

namespace flow::prove {
namespace {

using check::index;
using Kind = Origin::Kind;

// Every list as long as there are inputs that are phone numbers: from where each may be.
using Product = std::vector<std::vector<Origin>>;

std::vector<std::size_t> phone_inputs(const check::Flow& flow) {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < flow.variables.size(); ++i) {
    const check::Variable& variable = flow.variables[i];
    if (variable.role == program::FieldRole::input && variable.type.kind == check::ValueType::phone)
      result.push_back(i);
  }
  return result;
}

Origin origin_of(const check::Workspace& workspace, const Value& value) {
  if (!value.is_present()) return {Kind::absent, {}};
  if (value.scalar == 0) return {Kind::none, {}};
  const std::string region = program::region_text(value.scalar);
  if (!value.other) return {Kind::region, region};
  const auto& allowed = workspace.allowed_regions;
  const bool open = workspace.all_regions || std::ranges::find(allowed, region) != allowed.end();
  return {open ? Kind::other : Kind::closed, {}};
}

// An input that the starts leave unknown, for there would be too many, has no list.
Product product_of(const check::Workspace& workspace, const std::vector<std::size_t>& inputs, const Valuation& start) {
  Product result;
  for (const std::size_t input : inputs) {
    result.emplace_back();
    if (!start[input].is_unknown()) result.back().push_back(origin_of(workspace, start[input]));
  }
  return result;
}

// Products that differ in one input only become one: input by input.
std::vector<Product> merged(std::vector<Product> products, std::size_t inputs) {
  for (std::size_t input = 0; input < inputs; ++input) {
    std::vector<Product> result;
    std::map<Product, std::size_t> place;  // by the product without this input
    for (Product& product : products) {
      const std::vector<Origin> from = std::exchange(product[input], {});
      const auto [same, is_new] = place.emplace(product, result.size());
      if (is_new) {
        product[input] = from;
        result.push_back(std::move(product));
      } else {
        auto& all = result[same->second][input];
        all.insert(all.end(), from.begin(), from.end());
      }
    }
    products = std::move(result);
  }
  return products;
}

// What a person has to know of them: the inputs that make a difference.
std::vector<std::vector<Numbers>> who_of(const std::vector<Product>& products, const std::vector<std::size_t>& inputs,
                                         const std::vector<std::set<Origin>>& all) {
  std::vector<std::vector<Numbers>> result;
  for (const Product& product : merged(products, inputs.size())) {
    std::vector<Numbers> who;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (product[i].size() < all[i].size())
        who.push_back({check::VariableId{static_cast<std::uint32_t>(inputs[i])}, product[i]});
    }
    result.push_back(std::move(who));
  }
  return result;
}

// "sms", or "flow survey" of a step that starts another flow.
std::string channel_of(const check::Workspace& workspace, const check::Flow& flow, check::StepId step) {
  if (const std::string* started = check::started_flow(check::step_of(flow, step))) return "flow " + *started;
  const auto& send = std::get<check::Send>(check::step_of(flow, step).body);
  return std::string(program::to_string(workspace.channels.at(index(send.channel)).kind));
}

bool same_way(const Route& a, const Route& b) {
  return a.messages == b.messages && a.cost == b.cost && a.last_send_ms == b.last_send_ms && a.complete == b.complete &&
         a.sends == b.sends;
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

std::string who_text(const check::Flow& flow, const std::vector<Numbers>& who) {
  if (who.empty()) return "everybody";
  const bool several = phone_inputs(flow).size() > 1;
  std::string result;
  for (const Numbers& numbers : who) {
    if (!result.empty()) result += "; ";
    if (several) result += flow.variables[index(numbers.input)].name + " from ";
    for (const Origin& origin : numbers.from) {
      if (&origin != &numbers.from.front()) result += ", ";
      result += origin_text(origin);
    }
  }
  return result;
}

std::string bounds_text(const check::Workspace& workspace, const Route& route) {
  if (route.messages == 0) return "no message";
  const std::string cost = route.cost ? ", " + program::money_text(*route.cost, workspace.currency) : "";
  return fmt::format("{} message{}{} at most, the last {}", route.messages, route.messages == 1 ? "" : "s", cost,
                     route.last_send_ms == 0 ? "at once" : "within " + program::duration_text(route.last_send_ms));
}

}  // namespace

std::vector<Route> find_routes(const check::Workspace& workspace, const check::Flow& flow,
                               const Certificate& certificate, const Children& children) {
  const Topology topology(flow);
  std::size_t work = limits::kProofWorkMax;
  const std::vector<std::size_t> inputs = phone_inputs(flow);
  std::vector<std::set<Origin>> all(inputs.size());
  std::vector<Route> routes;
  std::vector<std::vector<Product>> products;  // of each route
  for (const Valuation& start : abstract_starts(workspace, flow, certificate.cost.has_value())) {
    const auto ask = [&](Question::Goal goal) {
      Question question;
      question.goal = goal;
      question.children = &children;
      Answer answer = explore(workspace, flow, topology, question, {start}, std::min(work, limits::kProofLabelsMax));
      work -= std::min(work, answer.work);
      return answer;
    };
    const Answer messages = ask(Question::Goal::messages);
    const Answer last = ask(Question::Goal::last_send);
    Route route;
    route.complete = messages.complete && last.complete;
    if (certificate.cost) {
      const Answer cost = ask(Question::Goal::cost);
      route.complete = route.complete && cost.complete;
      route.cost = std::min(certificate.cost->at_most, cost.complete ? cost.upper : INT64_MAX);
    }
    // What holds for the flow holds for each start.
    route.messages = std::min(certificate.messages.at_most, messages.complete ? messages.upper : INT64_MAX);
    route.last_send_ms = std::min(certificate.last_send_ms.at_most, last.complete ? last.upper : INT64_MAX);
    if (route.complete) {
      for (const auto& [step, arrival] : last.sends)
        route.sends.push_back({step, arrival.earliest_ms, arrival.latest_ms});
    }
    std::ranges::sort(route.sends, {},
                      [](const RouteSend& send) { return std::tuple(send.earliest_ms, send.latest_ms, send.step); });
    Product product = product_of(workspace, inputs, start);
    for (std::size_t i = 0; i < inputs.size(); ++i) all[i].insert(product[i].begin(), product[i].end());
    auto place = static_cast<std::size_t>(
        std::ranges::find_if(routes, [&](const Route& one) { return same_way(one, route); }) - routes.begin());
    if (place == routes.size()) {
      routes.push_back(std::move(route));
      products.emplace_back();
    }
    products[place].push_back(std::move(product));
  }
  for (std::size_t i = 0; i < routes.size(); ++i) routes[i].who = who_of(products[i], inputs, all);
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
    text += "\n";
    for (const std::vector<Numbers>& who : route.who)
      text += fmt::format("{}{}\n", who_text(flow, who),
                          &who == &route.who.back() ? ": " + bounds_text(workspace, route) : " and");
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
    for (const std::vector<Numbers>& who : route.who) {
      Json one = Json::object();
      for (const Numbers& input : who) {
        Json& from = one[flow.variables[index(input.input)].name] = Json::array();
        for (const Origin& origin : input.from)
          from.push_back(origin.kind == Kind::region ? origin.region
                                                     : kOrigins.at(static_cast<std::size_t>(origin.kind)));
      }
      numbers.push_back(std::move(one));
    }
    Json sends = Json::array();
    for (const RouteSend& send : route.sends) {
      const std::string* started = check::started_flow(check::step_of(flow, send.step));
      sends.push_back({{"step", check::step_of(flow, send.step).name},
                       {started != nullptr ? "flow" : "channel",
                        started != nullptr ? *started : channel_of(workspace, flow, send.step)},
                       {"earliest_ms", send.earliest_ms},
                       {"latest_ms", send.latest_ms}});
    }
    Json one = {{"numbers", std::move(numbers)}, {"messages", route.messages}};
    if (route.cost) one["cost"] = {{"units", *route.cost}, {"currency", program::currency_text(workspace.currency)}};
    one["last_send_ms"] = route.last_send_ms;
    one["complete"] = route.complete;
    one["sends"] = std::move(sends);
    json["routes"].push_back(std::move(one));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace flow::prove
