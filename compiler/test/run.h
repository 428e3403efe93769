// Runs one checked test on one engine.
#pragma once

#include <string>
#include <vector>

#include "compiler/test/stage.h"
#include "compiler/test/tests.h"
#include "runtime/program/program.h"

namespace flow::test {

struct Outcome {
  bool passed = false;
  std::string refused;               // why the execution could not start; then nothing was seen
  std::vector<Seen> seen;            // in order; points into the test
  std::vector<std::size_t> entered;  // by step of the program: how often
};

// `program` is one of test.flow (with more steps behind the flow's own at most). `workspace`: what the test was checked
// with. The same test and program give the same result; bounded by what the flow is bounded by. Any thread.
Outcome run(const Test& test, const check::Workspace& workspace, const program::Program& program);

}  // namespace flow::test
