// What Terraform puts into texts, `${var.x}`, as names of Liquid: `{{terraform.var.x}}`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "compiler/import/json.h"

namespace flow::importing::studio {

// Names every `${var.x}` and `%{ if x }` in the texts of a definition; returns how many texts have one that does not
// end, which stays as it is from there on. `$${` and `%%{` lose their first sign. Linear in the texts.
std::size_t name_placeholders(Json& json);

// What Terraform has for what stands behind `terraform.`: `${var.x}`; of what is more than a name `${upper("x")}`.
std::string terraform_of(std::string_view path);
// The other way round, for people: `{{terraform.var.x}}` is `${var.x}`.
std::string as_terraform(std::string_view text);
// Whether a text is the same in all executions: nothing in it but what Terraform puts in is Liquid.
bool is_written_out(std::string_view text);

// Of a name of Terraform.
bool is_name_char(char c);
// `${…}` or `%{…}` with all that it nests; to the end of the text when it does not end. `in_json`: it stands in a text
// of JSON, whose quotes have a backslash.
std::string_view placeholder_at(std::string_view text, std::size_t from, bool in_json = false);
// `%{ if x }`, `%{~ endfor ~}`; `%{{` is a percent sign before Liquid.
bool is_directive(std::string_view text);

}  // namespace flow::importing::studio
