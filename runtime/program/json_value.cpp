#include "runtime/program/json_value.h"

#include <utility>

#include "base/instant.h"
#include "calendar/civil.h"
#include "runtime/program/money.h"
#include "runtime/program/scalar_text.h"
#include "runtime/program/text.h"
#include "runtime/program/typed_json.h"

namespace flow::program {
namespace {

using Json = nlohmann::ordered_json;

std::optional<std::int64_t> read_scalar(const Json& json, const FieldInfo& field) {
  if (field.type == ValueType::boolean)
    return json.is_boolean() ? std::optional<std::int64_t>(json.get<bool>() ? 1 : 0) : std::nullopt;
  // What is nested is not written: that would go as deep as it is.
  if (!json.is_string() && !json.is_number()) return std::nullopt;
  return scalar_of_text(
      json.is_string() ? json.get<std::string>() : json.dump(-1, ' ', false, Json::error_handler_t::replace),
      field.type, field.currency);
}

}  // namespace

Status read_json_value(const Json& json, const FieldInfo& field, WrittenEvent& out) {
  FlowField& value = out.values.emplace_back();
  value.text = {"", 0};
  if (json.is_null()) return {};
  value.present = 1;
  if (is_composite(field.type)) {
    auto canonical = canonical_json(json, field);
    if (!canonical) return fail(ErrorCode::invalid_argument, "the value of `{}` is not of its type", field.name);
    out.value_texts.emplace_back(out.values.size() - 1, std::move(*canonical));
    return {};
  }
  if (is_text(field.type) && json.is_string()) {
    out.value_texts.emplace_back(out.values.size() - 1, json.get<std::string>());
    return {};
  }
  const auto scalar = read_scalar(json, field);
  if (!scalar) return fail(ErrorCode::invalid_argument, "the value of `{}` is not of its type", field.name);
  value.scalar = *scalar;
  return {};
}

nlohmann::ordered_json value_json(const FlowField& field, const FieldInfo& info) {
  if (field.present == 0) return nullptr;
  if (info.secret) return "***";
  switch (info.type) {
    case ValueType::number:
      return number_text(field.scalar);
    case ValueType::boolean:
      return field.scalar != 0;
    case ValueType::duration:
      return duration_text(field.scalar);
    case ValueType::region:
      return region_text(field.scalar);
    case ValueType::date:
      return calendar::date_text(field.scalar);
    case ValueType::time:
      return calendar::time_text(field.scalar);
    case ValueType::datetime:
      return instant_text(field.scalar);
    case ValueType::money:
      return money_text(field.scalar, info.currency);
    case ValueType::list:
    case ValueType::record:
      return Json::parse(std::string_view(field.text.data, field.text.size), nullptr, false);
    default:
      return std::string(field.text.data, field.text.size);
  }
}

}  // namespace flow::program
