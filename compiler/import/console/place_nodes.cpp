// A simple layered layout: columns by the distance from the start.
#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/import/console/graph.h"

namespace flow::importing::console {
namespace {

constexpr double kColumn = 320;
constexpr double kRow = 160;

}  // namespace

void place_nodes(Json& graph) {
  Json& nodes = graph["nodes"];
  std::map<std::string_view, std::size_t> places;
  double below = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    places.emplace(nodes[i]["id"].get_ref<const std::string&>(), i);
    if (const Json* position = member_of(nodes[i], "position"))
      below = std::max(below, (*position)["y"].get<double>() + kRow);
  }
  std::vector<std::vector<std::size_t>> next(nodes.size());
  std::vector<bool> reached(nodes.size());
  for (const Json& edge : graph["edges"]) {
    const std::size_t to = places.at(edge["target"].get_ref<const std::string&>());
    next[places.at(edge["source"].get_ref<const std::string&>())].push_back(to);
    reached[to] = true;
  }
  std::vector<std::size_t> columns(nodes.size());
  std::vector<bool> seen(nodes.size());
  std::deque<std::size_t> open;
  const auto walk = [&] {
    while (!open.empty()) {
      const std::size_t node = open.front();
      open.pop_front();
      for (const std::size_t to : next[node]) {
        if (seen[to]) continue;
        seen[to] = true;
        columns[to] = columns[node] + 1;
        open.push_back(to);
      }
    }
  };
  const auto begin = [&](std::size_t node) {
    if (seen[node]) return;
    seen[node] = true;
    open.push_back(node);
  };
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (!reached[i]) begin(i);  // the start, handlers, what nothing leads to
  walk();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    begin(i);
    walk();
  }
  std::map<std::size_t, std::size_t> rows;  // by column: how many are in it
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].contains("position")) continue;
    const std::size_t row = rows[columns[i]]++;
    nodes[i]["position"] = {{"x", static_cast<double>(columns[i]) * kColumn},
                            {"y", below + static_cast<double>(row) * kRow}};
  }
}

}  // namespace flow::importing::console
