// Generated flows with guarantees drawn around the true values, proven.
#pragma once

#include <cstdint>

#include "compiler/certificate/machine.h"
#include "compiler/prove/prove.h"

namespace flow::prove {

struct Sample {
  check::Workspace workspace;
  check::Flow* flow = nullptr;
  diagnostics::Sink sink;
  Certificate certificate;
};

// The same number gives the same flow. Its guarantees, in this order: messages; sms messages; last send; every region
// reaches a step; end.
Sample draw(std::uint64_t number);

// The phone numbers of these flows' world: number_of() in replay.h.
const certificate::Numbers& sample_numbers();

}  // namespace flow::prove
