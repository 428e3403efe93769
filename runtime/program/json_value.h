// A value of a field as JSON, and back: in printed events, and between a called flow and its caller.
#pragma once

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "runtime/program/json.h"

namespace flow::program {

// Numbers and what has a form of its own are texts; an absent value is null, a secret `***`.
nlohmann::ordered_json value_json(const FlowField& field, const FieldInfo& info);

// The same back, as the next of out.values. invalid_argument: it is of another type.
Status read_json_value(const nlohmann::ordered_json& json, const FieldInfo& field, WrittenEvent& out);

}  // namespace flow::program
