// What the shape of a flow shows: one function a finding, each over a whole checked flow. Called by check_workspace
// when the flow has no other errors; they need no order, but when report_cycles found one, proofs make no sense.
#pragma once

#include "compiler/check/checked.h"
#include "compiler/diagnostics/diagnostic.h"

namespace flow::check {

// F0501: steps that neither the start nor a handler leads to. One for each group that hangs together.
void report_unreachable(const Flow& flow, diagnostics::Sink& sink);

// F0502: cycles that are left when the arrows of `jump … max N` are taken out, those through waits included. One for
// each strongly connected group, shown as a shortest cycle. Answers whether the flow is free of them.
bool report_cycles(const Flow& flow, diagnostics::Sink& sink);

// F0503: jumps whose step never leads back to the jump: a plain `=> STEP` says the same.
void report_idle_jumps(const Flow& flow, diagnostics::Sink& sink);

// F0504: `max 0`, or more than limits::kJumpMax.
void report_jump_bounds(const Flow& flow, diagnostics::Sink& sink);

// F0505: `on` handlers whose event cannot come while the flow runs, or is always taken by an earlier handler.
void report_idle_handlers(const Workspace& workspace, const Flow& flow, diagnostics::Sink& sink);

// F0506: waits and timed arms that end at or after `expires`, whichever way the flow took.
void report_after_expiry(const Flow& flow, diagnostics::Sink& sink);

// All of them. Answers whether the flow is free of unbounded cycles.
bool report_graph(const Workspace& workspace, const Flow& flow, diagnostics::Sink& sink);

}  // namespace flow::check
