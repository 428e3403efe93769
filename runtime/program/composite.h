// Lists and records inside a flow: each is one text of canonical JSON, which typed_json.h makes of what comes from
// outside. Canonical: no space, members in the order of their type, an absent one `null`; numbers and truths as they
// are, everything else as the text that json(…) writes of it.
//
// Total over all texts: of one that is not canonical (a damaged state) something is read, or nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/program/info.h"

namespace flow::program {

std::uint64_t count_items(std::string_view list);

// The JSON of an item, from 0, or of a member; nothing when there is none or it is `null`. Lives as long as the whole.
std::optional<std::string_view> find_item(std::string_view list, std::uint64_t place);
std::optional<std::string_view> find_member(std::string_view record, std::string_view name);

// What a JSON text says, its quotes and escapes taken off; of other JSON itself.
std::string text_of_json(std::string_view json);

// What kind of value a scalar is read as, in one integer: the last operand of list_scalar and its like.
constexpr std::int64_t scalar_code(ValueType type, Currency currency) {
  return static_cast<std::int64_t>(type) | static_cast<std::int64_t>(currency) << 8;
}
// Nothing: it is no value of this kind.
std::optional<std::int64_t> scalar_of_json(std::string_view json, std::int64_t code);

}  // namespace flow::program
