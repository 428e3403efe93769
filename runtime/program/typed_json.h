// JSON from outside as a value of a type: what answers of requests, inputs and written events have in common.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/program/info.h"

namespace flow::program {

// A phone number as somebody wrote it in E.164; nothing: it is none.
using PhoneReader = std::function<std::optional<std::string>(std::string_view)>;

// Whether a text is one that the field takes, of a type that is_text() and is not composite: its length, its choices,
// its form.
bool fits_text(std::string_view text, const FieldInfo& field);

// A number of JSON without an exponent, which short spellings of small ones have: 0.000001.
std::string decimal_text(double number);

// A list or record of the field's type in canonical JSON (composite.h); nothing when `json` is no JSON, or of another
// type: an item or member of another type, too many items, a member that is missing and not optional, more than
// limits::kListBytesMax bytes. Members that the type has not are left out. Takes hostile bytes. Phone numbers are in
// E.164 unless `phone` reads them.
std::optional<std::string> canonical_json(std::string_view json, const FieldInfo& field, const PhoneReader& phone = {});
// The same of what was parsed already. `answers`: of a system whose types are its own, see plain_text().
enum class Types : std::uint8_t { exact, answers };
std::optional<std::string> canonical_json(const nlohmann::json& json, const FieldInfo& field, Types types);
std::optional<std::string> canonical_json(const nlohmann::ordered_json& json, const FieldInfo& field);

// What a text, a number or a truth says, in quotes or not: `"12.50"`, `12.5` and `true` alike. Whether a system puts
// its numbers into quotes is its own affair, and changes. Nothing: it is `null`, a list or an object.
std::optional<std::string> plain_text(const nlohmann::json& json);
// A value of a scalar type by such a text; nothing: it is none of that type.
std::optional<std::int64_t> scalar_of_plain_text(std::string_view text, const FieldInfo& field);

}  // namespace flow::program
