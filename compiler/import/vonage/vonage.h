// Vonage Verify v2: a request with its `workflow` of channels (docs/importing/vonage.md).
#pragma once

#include <vector>

#include "compiler/import/format.h"

namespace flow::importing::vonage {

const Format& format();  // "vonage"

// The original as a graph: an independent reading of the JSON, for the proof of an import.
Result<std::vector<fidelity::Graph>> graphs(const Json& json);

}  // namespace flow::importing::vonage
