// Twilio Studio flow definitions v2: bare, in the answer of the REST API, or inside a Terraform template
// (docs/importing/studio.md).
#pragma once

#include "compiler/import/format.h"

namespace flow::importing::studio {

const Format& format();

// What Format::graphs does (compiler/import/studio/graphs.cpp).
Result<std::vector<fidelity::Graph>> graphs(const Json& json);

}  // namespace flow::importing::studio
