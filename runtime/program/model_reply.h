// What the answers of models and desks mean to a flow. Pure; hostile bytes are welcome.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/program/info.h"
#include "runtime/program/json.h"

namespace flow::program {

// What a model says when no label fits, where the step has an arm for that; no label can have this name.
inline constexpr std::string_view kNoLabel = "else";

// Places of arguments: what a model is asked about, and how many turns of the conversation it is told.
inline constexpr std::string_view kInputPlace = "input";
inline constexpr std::string_view kHistoryPlace = "history";

// Whether a model is told what was said, so that it must be kept.
bool tells_history(const FlowInfo& info);

// The place of the outcome `named` with this name (empty: `else`) among the site's; 0, `failed`: it has none.
std::int32_t outcome_named(const OperationInfo& site, std::string_view name);

// Of an answer of a chat completion, as many models give it. Without the blanks around it, what was said is a label of
// the site, else the outcome is `failed`: so is a text that was cut short, and anything but status 200.
WrittenEvent classify_result(const FlowInfo& info, const OperationInfo& site, int status, std::string_view body);
// `ok` with a text that is not empty and fits what keeps it.
WrittenEvent generate_result(const FlowInfo& info, const OperationInfo& site, int status, std::string_view body);

// `accepted` with a status of 200 to 299.
WrittenEvent hand_over_result(const FlowInfo& info, const OperationInfo& site, int status);

}  // namespace flow::program
