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

// F0507: branches and recognitions that lead to the same place whatever they find, and keep nothing of it.
void report_idle_steps(const Flow& flow, diagnostics::Sink& sink);

// F0508: assignments that a later one of the same step replaces before anything has read them.
void report_lost_assignments(const Flow& flow, diagnostics::Sink& sink);

// F0712: sends with a fallback that end the flow when they are sent: the fallback hardly ever follows.
void report_early_fallbacks(const Flow& flow, diagnostics::Sink& sink);

// F0713: sends that are followed, when they got through, by the same message once more.
void report_repeated_messages(const Flow& flow, diagnostics::Sink& sink);

// All of them. Answers whether the flow is free of unbounded cycles.
bool report_graph(const Workspace& workspace, const Flow& flow, diagnostics::Sink& sink);

}  // namespace flow::check
