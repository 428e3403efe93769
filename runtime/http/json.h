// JSON from strangers: parsed with bounded nesting, read without exceptions. Only for .cpp files: it brings the parser.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace flow::http {

using Json = nlohmann::json;

inline constexpr int kJsonDepthMax = 32;

// Nothing when the text is no JSON, nests deeper than kJsonDepthMax, or is not UTF-8.
std::optional<Json> parse_json(std::string_view text);

// The member of that name, or null (also when `object` is no object).
const Json& member(const Json& object, std::string_view name);

// The element list of an array member; empty for anything else.
const Json& list(const Json& object, std::string_view name);

// A text member; empty for anything else.
std::string_view text(const Json& object, std::string_view name);

// A whole number, also one written as text (providers differ); nothing for anything else.
std::optional<std::int64_t> whole_number(const Json& value);

// The text of a member of an object, and of the elements of a list, as they were written: numbers keep every digit,
// repeated names stay visible. Nothing, or none, when it is not there. REQUIRES: parse_json() took the text.
std::optional<std::string_view> raw_member(std::string_view object, std::string_view name);
std::vector<std::string_view> raw_elements(std::string_view list);

// Compact; bytes that are no UTF-8 are replaced.
std::string dump(const Json& value);

}  // namespace flow::http
