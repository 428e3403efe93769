// The originals of lists as graphs: an independent reading of the JSON, for the proof of an import.
#pragma once

#include <vector>

#include "base/result.h"
#include "compiler/import/fidelity/graph.h"
#include "compiler/import/json.h"

namespace flow::importing::lists {

Result<std::vector<fidelity::Graph>> graphs_8x8(const Json& json);
Result<std::vector<fidelity::Graph>> graphs_sinch(const Json& json);
Result<std::vector<fidelity::Graph>> graphs_infobip(const Json& json);

}  // namespace flow::importing::lists
