// Passes over flow IR, for the engines alone: what a flow does stays the same to the byte (effects, stored states,
// traps and their order), it takes fewer instructions. Bundles, certificates and proofs never see what comes out here.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "compiler/ir/ir.h"

namespace flow::optimize {

// `info`, guarantees, prices and sends stay as they are, and so do the texts, behind which more may stand. Work and
// memory are linear in the flow's IR, but for small factors. Pure; any thread.
// REQUIRES: the flow passed ir::verify(). ENSURES: so does the result, as ir::Form::optimised.
ir::Flow optimize(const ir::Flow& flow);

// The passes in the order in which optimize() runs them: on each function while they find something in it, and again on
// those that a look at all functions has changed; at most kRoundsMax times each.
inline constexpr int kRoundsMax = 8;
struct Pass {
  std::string_view name;  // of its file
};
std::span<const Pass> passes();

// One pass, once; false: it found nothing to do. For tests. REQUIRES: `flow` passed ir::verify(), `name` is a pass.
bool run_pass(std::string_view name, ir::Flow& flow);

}  // namespace flow::optimize
