// The second reading of canvas libraries' graphs, for the proof of an import.
#pragma once

#include <string>

#include "base/result.h"
#include "compiler/import/fidelity/graph.h"
#include "compiler/import/json.h"

namespace flow::importing::console {

// `json` is what stands in the envelope, or all of the file; `trigger` the envelope's `triggerType`, if it says one.
// Fails where it cannot be followed.
Result<fidelity::Graph> foreign_graph(const Json& json, const std::string& trigger);

}  // namespace flow::importing::console
