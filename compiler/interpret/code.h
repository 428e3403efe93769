// A flow's code, decoded: one array of instructions of one size, with jumps by place. Private to compiler/interpret.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/ir/ir.h"
#include "runtime/program/abi.h"
#include "runtime/program/choice.h"

namespace flow::interpret {

// ir::Op by number, then what decoding tells apart, then the ends of blocks.
enum class Code : std::uint8_t {
  load_text = static_cast<std::uint8_t>(ir::Op::forget) + 1,
  store_text,
  jump,
  branch,
  switch_,
  switch_near,  // its cases are near each other: by place
  rest,
  ignore,
  finish,
  // Several at once, of which the others stand behind it as they are: what most events of a messaging flow meet.
  bit_test_branch,
  receipt_branch,
  may_send_branch,
  event_kind_switch,
  timer_take_switch,
  arm_in,  // const_int, number_add, arm
};
constexpr std::uint8_t number(ir::Op op) {
  return static_cast<std::uint8_t>(op);
}
constexpr std::uint8_t number(Code code) {
  return static_cast<std::uint8_t>(code);
}

struct Instruction {
  std::uint8_t code = 0;
  std::uint8_t end = 0;   // finish: EndKind
  std::int8_t least = 0;  // switch_near: the value of its first case
  std::uint32_t dst = 0;  // register; branch: where to when 0; switch: cases
  std::uint32_t a = 0;    // register; jump: where to; lists: first operand in Decoded::operands
  std::uint32_t b = 0;    // register; branch: where to when not 0; switch: first case; lists: number of operands
  std::int64_t imm =
      0;  // as in the IR; switch: where to otherwise; finish: outcome, and its text in a (UINT32_MAX: none)
};
static_assert(sizeof(Instruction) == 24);

struct Case {
  std::int64_t value;
  std::uint32_t to;
};

struct Decoded {
  std::vector<Instruction> code;
  std::vector<std::uint32_t> operands;
  std::vector<Case> cases;          // those of one switch stand together, sorted
  std::vector<std::uint32_t> near;  // the same of switch_near, without gaps: where to
  std::vector<program::FlowText> texts;
  std::vector<program::FlowSendSite> sends;
  // By choice; of one that is of the other kind there is nothing in it.
  std::vector<program::TextChoice> texts_of_choices;
  std::vector<FlowTextChoice> text_choices;
  std::vector<program::RegionChoice> regions_of_choices;
  std::vector<FlowRegionChoice> region_choices;
  std::uint32_t start = 0;
  std::uint32_t ended = 0;
  std::vector<std::int64_t> handle;  // by step: where to, or -1
  std::size_t registers = 0;         // that the largest function needs
  std::size_t operands_max = 0;      // of the longest list
};

// What it holds points into `flow`.
Decoded decode(const ir::Flow& flow);

}  // namespace flow::interpret
