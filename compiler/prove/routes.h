// What a flow means for a customer, region by region: which channel after how long at the latest, how many messages.
//
// The same exploration as the proofs', with one start at a time: what is said is sound, whatever happens.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/check/checked.h"
#include "compiler/prove/prove.h"

namespace flow::prove {

// Where numbers come from, as far as the flow and its workspace tell numbers apart.
struct Origin {
  enum class Kind : std::uint8_t {
    region,  // one that the flow names
    other,   // any other to which something may be sent
    closed,  // any other to which nothing may be sent
    none,    // a number of no region
    absent,  // there is no number
  };
  Kind kind{};
  std::string region;  // of Kind::region

  friend auto operator<=>(const Origin&, const Origin&) = default;
};

// One input's number is from one of these.
struct Numbers {
  check::VariableId input{};
  std::vector<Origin> from;
};

struct RouteSend {
  check::StepId step{};          // a send, or a step that starts another flow, which sends
  std::int64_t earliest_ms = 0;  // since the start; the message goes out then, or later, or not at all
  std::int64_t latest_ms = 0;    // never later

  friend bool operator==(const RouteSend&, const RouteSend&) = default;
};

struct Route {
  // Who goes this way: all of one of these lists holds. An input of which it does not matter is left out; one empty
  // list: everybody.
  std::vector<std::vector<Numbers>> who;
  std::int64_t messages = 0;         // at most
  std::int64_t last_send_ms = 0;     // at the latest
  std::optional<std::int64_t> cost;  // at most, in 10^-6 of the workspace's currency; as Certificate::cost
  std::vector<RouteSend> sends;      // by time; none unless `complete`
  bool complete = true;              // false: the work limit was met, and the bounds are the whole flow's
};

// In the order of the regions' codes, the rest behind them. REQUIRES: what prove() does; `certificate` is the flow's.
// `children`: of the flows that it starts. Pure; takes a bounded time.
std::vector<Route> find_routes(const check::Workspace& workspace, const check::Flow& flow,
                               const Certificate& certificate, const Children& children = {});

// For people, a line end after the last line; and as a JSON document (docs/formats/routes.md).
std::string routes_text(const check::Workspace& workspace, const check::Flow& flow, const std::vector<Route>& routes);
std::string routes_json(const check::Workspace& workspace, const check::Flow& flow, const std::vector<Route>& routes);

}  // namespace flow::prove
