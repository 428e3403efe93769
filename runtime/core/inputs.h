// What starts an execution, from outside to a flow's fields: every value checked against what the flow declares.
//
// Errors are invalid_argument, name the input and say what it takes, and never hold a value. Pure but for the phone
// library (numbers/).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "runtime/program/frame.h"

namespace flow::core {

// One field's value, in the form in which FlowField has it.
struct InputValue {
  std::size_t field = 0;
  std::int64_t scalar = 0;
  std::string text;

  friend bool operator==(const InputValue&, const InputValue&) = default;
};

// A JSON object, input name → value: texts, phone numbers, durations ("10m"), regions ("PH"), languages, dates,
// clock times, points in time (RFC 3339), amounts ("12.50USD"), email addresses, URLs and time zones as strings;
// numbers as numbers without exponent, or as strings; booleans as such; lists and records as lists and objects; null is
// no value. At most
// limits::kInputsBytesMax bytes. By field id. `default_region` (may be empty) is for phone numbers in national form.
Result<std::vector<InputValue>> read_inputs(std::string_view json, const program::FlowInfo& info,
                                            std::string_view default_region);

// The same from name and text, as a command line has them; booleans are `true` and `false`, lists and records JSON.
Result<std::vector<InputValue>> read_inputs(const std::vector<std::pair<std::string, std::string>>& texts,
                                            const program::FlowInfo& info, std::string_view default_region);

// REQUIRES: frame was reset for the flow that the values were read for.
void put_inputs(const std::vector<InputValue>& values, program::Frame& frame);

}  // namespace flow::core
