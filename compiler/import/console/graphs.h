// The independent reader for the fidelity check (compiler/import/fidelity).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/import/fidelity/graph.h"
#include "compiler/import/json.h"

namespace flow::importing::console {

Result<std::vector<fidelity::Graph>> graphs(const Json& json);

// Of our own graph the text that it stands for; none of others.
std::vector<std::string> texts(const Json& json);

}  // namespace flow::importing::console
