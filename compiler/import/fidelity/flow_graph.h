// The graph of a checked flow, in the words of graph.h.
#pragma once

#include "compiler/check/checked.h"
#include "compiler/import/fidelity/graph.h"

namespace flow::importing::fidelity {

// `flow` has passed the checks; `workspace` is its own. Pure; linear in the flow's size.
Graph graph_of(const check::Flow& flow, const check::WorkspaceSettings& workspace);

}  // namespace flow::importing::fidelity
