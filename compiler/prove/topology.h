// The flow without its jumps' arrows, which is free of cycles: an order of its steps, and what can be summed over it.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "compiler/check/checked.h"

namespace flow::prove {

class Topology {
 public:
  // REQUIRES: no cycle but through jumps.
  explicit Topology(const check::Flow& flow);

  // Rises along every arrow that is not a jump's.
  std::uint32_t rank(check::StepId step) const { return rank_.at(check::index(step)); }

  // Sound for every execution, coarse: between two jumps, or firings of handlers, each step is entered at most once, so
  // an execution weighs no more than the heaviest way from the start, plus for each jump its maximum times the heaviest
  // way from its step, plus for each handler the heaviest from its target. Saturates. `weight` of a step is what
  // staying in it, or entering it, adds; not negative.
  std::int64_t coarse_bound(const std::function<std::int64_t(const check::Step&)>& weight) const;

 private:
  const check::Flow& flow_;
  std::vector<std::uint32_t> rank_;   // by step
  std::vector<std::uint32_t> order_;  // steps by rank
};

}  // namespace flow::prove
