#include "compiler/prove/topology.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "compiler/check/graph.h"

namespace flow::prove {
namespace {

using check::index;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

std::int64_t sum(std::int64_t a, std::int64_t b) {
  return a > kMost - b ? kMost : a + b;
}
std::int64_t product(std::int64_t a, std::int64_t b) {
  return b != 0 && a > kMost / b ? kMost : a * b;
}

// By step: where its arrows lead, those of jumps left out.
std::vector<std::vector<std::uint32_t>> plain_arrows(const check::Flow& flow) {
  std::vector<std::vector<std::uint32_t>> result(flow.steps.size());
  for (std::size_t i = 0; i < flow.steps.size(); ++i) {
    for (const check::Exit& exit : check::unnamed_exits(flow, flow.steps[i])) {
      if (exit.to && !exit.jump) result[i].push_back(static_cast<std::uint32_t>(index(*exit.to)));
    }
  }
  return result;
}

}  // namespace

Topology::Topology(const check::Flow& flow) : flow_(flow), rank_(flow.steps.size(), 0) {
  const auto arrows = plain_arrows(flow);
  std::vector<std::size_t> incoming(flow.steps.size(), 0);
  for (const auto& from : arrows) {
    for (const std::uint32_t to : from) ++incoming[to];
  }
  for (std::uint32_t i = 0; i < flow.steps.size(); ++i) {
    if (incoming[i] == 0) order_.push_back(i);
  }
  for (std::size_t done = 0; done < order_.size(); ++done) {
    rank_[order_[done]] = static_cast<std::uint32_t>(done);
    for (const std::uint32_t to : arrows[order_[done]]) {
      if (--incoming[to] == 0) order_.push_back(to);
    }
  }
  FLOW_CHECK(order_.size() == flow.steps.size(), "flow {} has a cycle without a jump", flow.name);
}

std::int64_t Topology::coarse_bound(const std::function<std::int64_t(const check::Step&)>& weight) const {
  const auto arrows = plain_arrows(flow_);
  std::vector<std::int64_t> heaviest(order_.size(), 0);
  for (auto it = order_.rbegin(); it != order_.rend(); ++it) {
    std::int64_t rest = 0;
    for (const std::uint32_t to : arrows[*it]) rest = std::max(rest, heaviest[to]);
    heaviest[*it] = sum(weight(flow_.steps[*it]), rest);
  }
  std::int64_t total = heaviest.at(index(flow_.start));
  for (const check::Jump& jump : flow_.jumps) {
    total = sum(total, product(heaviest.at(index(jump.step)), jump.max));
  }
  for (const check::Handler& handler : flow_.handlers) {
    std::int64_t rest = 0;
    for (const check::Exit& exit : check::exits_of_target(flow_, handler.target)) {
      if (exit.to && !exit.jump) rest = std::max(rest, heaviest.at(index(*exit.to)));
    }
    total = sum(total, rest);
  }
  return total;
}

}  // namespace flow::prove
