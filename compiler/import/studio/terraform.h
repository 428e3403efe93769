// Definitions inside Terraform: `flow_definition = jsonencode({ … })` of a resource, or JSON with `${…}` in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "compiler/import/json.h"

namespace flow::importing::studio {

// `{"friendly_name": …, "definition": …, "terraform": …}` of the first such resource. Nothing when the text does not
// look like it. What is no constant is `{{terraform.var.x}}`, which Values has a name for, or stays as it is written
// when it is more than a name; `terraform` counts those. Nests at most limits::kImportDepthMax deep; time and memory
// are linear in the text.
std::optional<Result<Json>> read_terraform(std::string_view text);

// The same for `${var.x}` in the texts of a definition; returns how many expressions stay as they are written.
std::size_t name_placeholders(Json& json);

}  // namespace flow::importing::studio
