// The flows of the differential test, each with its engines ready.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/ir/ir.h"
#include "tests/differential/side_by_side.h"

namespace flow::differential {

// A subject and all that it points to.
struct Prepared {
  check::Workspace workspace;
  std::shared_ptr<const ir::Module> module;
  std::vector<std::unique_ptr<program::Program>> programs;
  Subject subject;

  Prepared() = default;
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
};

// Lowers flow `flow` of the workspace, verifies, and makes every engine; `optimised`: native code at the JIT's
// optimised level instead of its baseline. Fails when the verifier or an engine refuses the flow.
Result<std::unique_ptr<Prepared>> prepare(check::Workspace workspace, std::size_t flow, bool optimised);

// Random values for the inputs of the flow.
std::vector<std::optional<oracle::Value>> random_inputs(generate::Random& random, const check::Flow& flow);

}  // namespace flow::differential
