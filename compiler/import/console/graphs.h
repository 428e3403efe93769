// The independent reader for the fidelity check (compiler/import/fidelity).
#pragma once

#include <vector>

#include "base/result.h"
#include "compiler/import/fidelity/graph.h"
#include "compiler/import/json.h"

namespace flow::importing::console {

Result<std::vector<fidelity::Graph>> graphs(const Json& json);

}  // namespace flow::importing::console
