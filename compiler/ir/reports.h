// What is known of an execution's messages while a flow's IR is followed without its data: which reports of them may
// come, and what `receipt` and `leave` make of that.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "compiler/ir/ir.h"

namespace flow::ir {

struct Messages {
  std::int32_t site = -1;  // of the step's message, in Flow::sends; -1: it has none
  std::int32_t status = 0;
  bool failed = false;
  std::uint8_t late_delivered = 0;  // messages of steps that were left which may still be reported so
  std::uint8_t late_read = 0;
  friend auto operator<=>(const Messages&, const Messages&) = default;
};

// A report that brings something new.
struct Report {
  std::int32_t bits = 0;  // what `receipt` gives
  Messages after;
  bool through = false;  // the step's message was delivered or read, or nobody wanted it
};

// In no order that matters. Of messages whose step was left, those that come to the same are one.
std::vector<Report> reports_of(const Flow& flow, const Messages& now);

// What leaving the step, or sending another message, makes of them.
void leave_message(const Flow& flow, Messages& now);

}  // namespace flow::ir
