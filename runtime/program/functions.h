// The functions of the language: one list behind checks, constant folding, proofs, flow IR and both engines. A new one
// is a line in functions.def and a body in functions.cpp; the engines do not change.
//
// A function is pure: its result depends on its operands, and with the mark `z` on the time zone database of the
// machine. docs/semantics.md says what each means.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/program/abi.h"

namespace flow::program {

class Arena;

enum class FunctionId : std::uint16_t {
#define FLOW_FUNCTION(name, signature, marks) name,
#include "runtime/program/functions.def"
#undef FLOW_FUNCTION
};

struct FunctionInfo {
  std::string_view name;  // in flow IR
  std::string_view signature;
  std::string_view marks;

  bool gives_text() const { return signature[0] == 't'; }
  std::size_t operands() const { return signature.size() - 1; }
  bool takes_text(std::size_t operand) const { return signature[operand + 1] == 't'; }
  bool partial() const { return marks.find('?') != std::string_view::npos; }  // its result may be absent
  bool zoned() const { return marks.find('z') != std::string_view::npos; }    // never computed beforehand
};

inline constexpr FunctionInfo kFunctions[] = {
#define FLOW_FUNCTION(name, signature, marks) {#name, signature, marks},
#include "runtime/program/functions.def"
#undef FLOW_FUNCTION
};
inline constexpr std::size_t kFunctionCount = sizeof(kFunctions) / sizeof(kFunctions[0]);
inline constexpr std::size_t kFunctionOperandsMax = 6;

constexpr const FunctionInfo& info(FunctionId function) {
  return kFunctions[static_cast<std::size_t>(function)];
}
std::optional<FunctionId> find_function(std::string_view name);

// How a call went: 0, or 1 + the Trap.
using CallStatus = std::int64_t;
inline constexpr CallStatus kCallGood = 0;
constexpr CallStatus trapped(Trap trap) {
  return static_cast<CallStatus>(trap) + 1;
}

// `out` ← the function's result, kAbsentScalar or a text without data when it has none; texts that it makes are in
// `arena`. A text longer than limits::kTextValueBytesMax traps. REQUIRES: as many operands as the function has, none of
// them absent.
CallStatus call_function(FunctionId function, Arena& arena, const FlowValue* operands, FlowValue& out);

}  // namespace flow::program
