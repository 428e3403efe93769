// What an execution that another one starts begins with, and what its end means to a caller.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/program/frame.h"
#include "runtime/program/info.h"
#include "runtime/program/json.h"

namespace flow::program {

// Whether a site of this kind starts an execution of another flow.
inline bool starts_flow(OperationKind kind) {
  return kind == OperationKind::flow || kind == OperationKind::launch;
}

inline constexpr std::string_view kFlowInputPlace = "input ";  // and a name, in OperationInfo::arguments

// Of such a place: the name.
std::string_view input_name(std::string_view place);

// The inputs of the execution that this site starts, as one JSON object. `arguments` are those of the effect: a JSON
// value each.
std::string inputs_json(const OperationInfo& site, std::span<const std::string> arguments);

// The outputs of an execution of this flow that has ended, as one JSON object. REQUIRES: frame is of this flow.
std::string outputs_json(const FlowInfo& info, const Frame& frame);

// The result event for a caller's site: the arm of this end, with its reads out of `outputs`. An end that the site has
// no arm for, or an output that is of another type, makes it `failed`. The event's operation and time are left to the
// caller. `outcome`: of EndKind::outcome its name. Takes any bytes as outputs.
WrittenEvent flow_result(const FlowInfo& info, const OperationInfo& site, EndKind end, std::string_view outcome,
                         std::string_view outputs);

}  // namespace flow::program
