// What each op takes and gives: the one table behind printer, parser, verifier and engines.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "compiler/ir/ir.h"

namespace flow::ir {

// A register that an op reads or writes. `of_field`: of the register type of the field that imm names; `of_function`:
// of the result of the function that imm names.
enum class Operand : std::uint8_t { none, integer, text, of_field, of_function };

enum class Imm : std::uint8_t {
  none,
  value,
  text,
  field,
  step,
  timer,
  site,
  operation,
  counter,
  handler,
  function,
  texts,   // a choice of texts
  regions  // a choice of regions
};

// What an op does to the execution besides its result; the verifier's rules need it.
enum class Change : std::uint8_t {
  none,
  sometimes,  // when its result is not 0; of timer_take and operation_take: not -1
  always,
};

struct OpInfo {
  std::string_view name;  // in the text form
  Op op;
  Operand dst = Operand::none;
  Operand a = Operand::none;
  Operand b = Operand::none;
  Imm imm = Imm::none;
  bool list = false;  // of texts; of a call, of what its function takes
  Change change = Change::none;
};

const OpInfo& info(Op op);
std::span<const OpInfo> all_ops();
const OpInfo* find_op(std::string_view name);  // null: there is none of that name

// The register type of a field's value.
RegType reg_type(program::ValueType type);

std::string_view timer_name(std::int64_t timer);  // REQUIRES: one of Timer
std::optional<std::int64_t> find_timer(std::string_view name);

}  // namespace flow::ir
