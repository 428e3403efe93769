// One compiled flow, whichever engine runs it. Immutable; any thread may call advance(), each with a frame of its own.
#pragma once

#include <span>
#include <string>

#include "runtime/program/frame.h"

namespace flow::program {

class Program {
 public:
  virtual ~Program() = default;

  virtual const FlowInfo& info() const = 0;
  // The texts that its source has, in the order of its IR: whichever engine runs it, and whichever release.
  virtual std::span<const std::string> texts() const { return {}; }

  // Moves the execution in `frame` by one event. Pure: the same frame and event give the same state and effects.
  // REQUIRES: frame was reset or decoded for info(); frame.effects() is empty; the first event of an execution is
  // `start`, with the inputs already in their fields (normalised and checked: runtime/core/inputs.h).
  // An event but `start` before the start, or one at a step where the flow never rests, is ignored.
  // After it the effects are in frame.effects(), in order. Verdict::ignored leaves the state as it was.
  virtual Verdict advance(Frame& frame, const FlowEvent& event) const = 0;
};

}  // namespace flow::program
