// Definitions inside Terraform: `flow_definition = jsonencode({ … })` of a resource, or JSON with `${…}` in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "compiler/import/json.h"

namespace flow::importing::studio {

// `{"friendly_name": …, "definition": …, "terraform": …}` of the first such resource, or of a file that `templatefile`
// reads, `${jsonencode(…)}`. Nothing when the text does not look like it. What is no constant is `{{terraform.var.x}}`,
// which Values has a name for, or stays as it is written when it is more than a name; `terraform` counts those.
// `terraform_twice` has the members that stand twice in an object, of which Terraform takes the last; `terraform_flows`
// counts its flows where there are several. Nests at most
// limits::kImportDepthMax deep; time and memory are linear in the text.
std::optional<Result<Json>> read_terraform(std::string_view text);

// The same for `${var.x}` in the texts of a definition; returns how many expressions stay as they are written.
std::size_t name_placeholders(Json& json);

// The other way round, for people: `{{terraform.var.x}}` is `${var.x}`.
std::string as_terraform(std::string_view text);
// Whether a text is the same in all executions: nothing in it but what Terraform puts in is Liquid.
bool is_written_out(std::string_view text);

}  // namespace flow::importing::studio
