// Values that are scalars (abi.h), read from the texts in which they come in.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/program/info.h"

namespace flow::program {

// A number, duration, region, date, clock time, point in time (RFC 3339 with an offset) or amount (`currency`) in
// exactly the form of docs/semantics.md; nothing for other forms, other types and what is out of range.
std::optional<std::int64_t> scalar_of_text(std::string_view text, ValueType type, Currency currency);

}  // namespace flow::program
