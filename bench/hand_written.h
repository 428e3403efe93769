// flows/otp as a C++ programmer would write it by hand: what compiled flows are measured against.
#pragma once

#include <memory>

#include "runtime/program/program.h"

namespace flow::bench {

// The same state and the same effects as the flow `info` is of, byte for byte, for every sequence of events
// (hand_written_test.cpp). REQUIRES: `info` is flows/otp's, and outlives it.
std::unique_ptr<program::Program> hand_written_otp(const program::FlowInfo& info);

}  // namespace flow::bench
