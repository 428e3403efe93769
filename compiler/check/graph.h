// The flow as a graph: steps, and the arrows between them. What the analyses of graph_*.cpp and the proofs walk on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/check/checked.h"

namespace flow::check {

// One way out of a step. A jump gives two: its own arrow, and what stands after its `else`.
struct Exit {
  std::string arm;                 // "failed", "PH, MM", "else", "undelivered after 30s"; empty for set, wait and jump
  const Target* target = nullptr;  // a step or an end; null for a jump's own arrow
  std::optional<StepId> to;        // none: an end
  std::optional<JumpId> jump;      // this jump's own arrow, counted
  Span span;                       // where the target is written
  Span arm_span;                   // the arm, where the tree knows it; else the target
  std::int64_t after_ms = 0;       // the least time from entering the step to taking it
};

// All ways out, in the order in which the step's arms are written or tried.
std::vector<Exit> exits(const Flow& flow, const Step& step);
// The same with `arm` left empty, for who only walks: texts of arms take most of the time.
std::vector<Exit> unnamed_exits(const Flow& flow, const Step& step);

// The ways that one target stands for: one, but for jumps.
std::vector<Exit> exits_of_target(const Flow& flow, const Target& target, const std::string& arm = {});

// As it is written: "ok", "status 404"; of a called flow "done".
std::string arm_text(const Operation& step, const Operation::Arm& arm);

// The flow that the step calls, launches or forwards to; null: none.
const std::string* started_flow(const Step& step);

// Does an execution wait in this step (send, wait, http)?
bool rests(const Step& step);

// "63, 95".
std::string codes_text(const RecognizeCallingCode::Arm& arm);

const Step& step_of(const Flow& flow, StepId id);

// Written alike: they have the same value where the same data is known.
bool same_expr(const Expr& a, const Expr& b);

// By step: can it be reached from `from` by any arrow, jumps included? `from` themselves count.
std::vector<bool> reachable(const Flow& flow, const std::vector<StepId>& from);

// The steps at which an execution begins or to which a handler leads.
std::vector<StepId> entries(const Flow& flow);

}  // namespace flow::check
