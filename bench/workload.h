// What the engine benchmarks run: flows, and recorded sequences of events for them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/check/checked.h"
#include "compiler/ir/ir.h"
#include "runtime/program/frame.h"
#include "tests/differential/events.h"
#include "tests/differential/generate.h"

namespace flow::bench {

// One execution: its inputs by field, and the events that it gets.
struct Sequence {
  std::vector<std::optional<generate::Value>> inputs;
  std::vector<differential::Event> events;
};

// Sets the frame to an execution of `info` that has its inputs and has not begun.
void begin(program::Frame& frame, const program::FlowInfo& info, const Sequence& sequence);

struct Workload {
  std::string name;
  std::vector<std::shared_ptr<const ir::Module>> modules;  // one flow each
  std::vector<std::vector<Sequence>> sequences;            // by module
};

// flows/otp; no message is ever delivered, so each execution falls back from channel to channel to the SMS.
Workload otp_fallback();

// flows/otp under the events of the differential test: plausible ones, and repeated, late and wrong ones.
Workload otp_mixed();

// Generated flows of every component and expression, under the same kind of events.
Workload generated_mixed();

// A generated flow with many steps, for the time it takes to compile.
std::shared_ptr<const ir::Module> generated_module(std::uint64_t seed, std::size_t steps);

}  // namespace flow::bench
