// What an instruction gives when its operands are constants: the same as in every engine.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/ir.h"

namespace flow::ir {

struct Constant {
  std::int64_t scalar = 0;
  std::string text;

  friend auto operator<=>(const Constant&, const Constant&) = default;
};

// `operands`: a, b and the list, those that the instruction has, in this order. Nothing: it has an effect, depends on
// the execution, the event, a phone number or the time zone database, traps, or is a call without a result.
std::optional<Constant> fold(const Flow& flow, const Inst& inst, const std::vector<Constant>& operands);

// Whether `inst` is a call that has no result for these operands: `int_given` and `text_given` of it are 0.
bool gives_nothing(const Inst& inst, const std::vector<Constant>& operands);

}  // namespace flow::ir
