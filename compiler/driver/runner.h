// Runs one execution of a program over written events, on a virtual clock: the heart of `flowc run`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/core/inputs.h"
#include "runtime/program/program.h"

namespace flow::driver {

struct RunOptions {
  std::int64_t start_ms = 0;  // when the execution starts, unless its start event says otherwise
  bool reveal = false;        // print secrets
  bool show_events = false;   // print each event before its effects
};

// Feeds the events of `events` (docs/formats/events.md; may be empty) in their order. Timers fire by themselves when
// they are due, after receipts and signals of the same instant; after the last event the clock runs on until the
// execution ends. What comes back is what to print: effects as JSON lines. invalid_argument names the line that is
// wrong; nothing is run then.
Result<std::string> run_events(const program::Program& program, const std::vector<core::InputValue>& inputs,
                               std::string_view events, const RunOptions& options);

}  // namespace flow::driver
