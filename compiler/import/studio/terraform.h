// Definitions inside Terraform: `flow_definition = jsonencode({ … })` of a resource, or JSON with `${…}` in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "compiler/import/json.h"
#include "compiler/import/studio/placeholders.h"

namespace flow::importing::studio {

// `{"friendly_name": …, "definition": …, "terraform": …}` of the first such resource, or of a file that `templatefile`
// reads, `${jsonencode(…)}`. Nothing when the text does not look like it. What is no constant is `{{terraform.var.x}}`,
// which Values has a name for, also when it is more than a name (terraform_of); `local.x` is its value where the file
// writes that out. `terraform` counts expressions that do not end, and stay as they are. `terraform_twice` has the
// members that stand twice in an object, of which Terraform takes the last; `terraform_flows` counts its flows where
// there are several; `terraform_chosen`: it chooses between the definition and another. Nests at most
// limits::kImportDepthMax deep; time and memory are linear in the text.
std::optional<Result<Json>> read_terraform(std::string_view text);

}  // namespace flow::importing::studio
