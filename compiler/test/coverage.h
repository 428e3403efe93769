// Which arms of a flow its tests take.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "compiler/check/checked.h"
#include "compiler/test/run.h"

namespace flow::test {

// An arm as written: one outcome of a step, one `on` handler, one jump's own arrow or `else`. One of `otherwise` is one
// arm, whatever steps it stands for; an outcome that shares its arm with others counts by itself.
struct Arm {
  std::string name;  // "viber_ph: undelivered after 30s", "on read"
  Span span;         // of the target
  std::size_t taken = 0;
};

// A flow that does the same as another, and enters a step of its own on each arm: those behind the flow's own steps.
// What it enters tells exactly which arms were taken, also where two lead to the same step.
class Coverage {
 public:
  // `flow` is of `workspace`, was checked without an error, and outlives it.
  Coverage(const check::Workspace& workspace, const check::Flow& flow);

  // The copy alone, with the workspace's channels and templates: what the tests are to be run on to be counted.
  const check::Workspace& workspace() const { return workspace_; }
  void count(const Outcome& outcome);

  const check::Flow& flow() const { return flow_; }
  const std::vector<Arm>& arms() const { return arms_; }
  std::size_t taken() const;

 private:
  const check::Flow& flow_;
  check::Workspace workspace_;
  std::vector<Arm> arms_;            // by place
  std::vector<std::size_t> arm_of_;  // by step behind the flow's own
};

}  // namespace flow::test
