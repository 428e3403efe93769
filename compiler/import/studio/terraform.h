// Definitions inside Terraform: `flow_definition = jsonencode({ … })` of a resource, or JSON with `${…}` in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "compiler/import/json.h"

namespace flow::importing::studio {

// `{"friendly_name": …, "definition": …}` of the first such resource. Nothing when the text does not look like it. What
// is no constant becomes a text: `var.x` is `"${var.x}"`. Nests at most limits::kImportDepthMax deep; time and memory
// are linear in the text.
std::optional<Result<Json>> read_terraform(std::string_view text);

// `${var.x}` in the texts of a definition becomes `{{terraform.var.x}}`, which Values has a name for. Other expressions
// of Terraform stay as they are; returns how many those are.
std::size_t name_placeholders(Json& json);

}  // namespace flow::importing::studio
