// Flow IR: what lowering makes and every engine runs. A register machine over the state of one execution
// (runtime/program/abi.h), in functions of basic blocks; docs/formats/ir.md has the text form.
//
// A function is entered by an event (start, handle) or by a tail call (enter, on, jump) and ends in `rest`, `ignore`,
// `finish` or another tail call: the stack never grows. Registers belong to a function, have one type, and may be
// assigned in several blocks; the verifier proves that each use is assigned on every way to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/program/abi.h"
#include "runtime/program/info.h"

namespace flow::ir {

using Reg = std::uint32_t;
inline constexpr Reg kNoReg = UINT32_MAX;

enum class RegType : std::uint8_t { integer, text };  // booleans are integers 0 and 1

enum class Op : std::uint8_t {
  // constants: dst ← imm; dst ← texts[imm]
  const_int,
  const_text,
  // fields: imm is the field id
  load,     // dst ← field; of the field's register type. REQUIRES: present, or the value is not used
  present,  // dst ← 0/1
  store,    // field ← a, and present
  clear,    // field absent
  // integers; number_*, duration_in trap (finish failed "a number left its range") outside ±limits::kNumberUnitsMax
  number_add,
  number_subtract,
  number_multiply,
  int_equal,
  int_not_equal,
  int_less,
  int_less_equal,  // dst ← a ? b
  int_not,         // dst ← a == 0
  bit_test,        // dst ← (a & imm) != 0
  number_round,    // half away from zero, to a whole number
  duration_in,     // dst ← duration a in units of imm ms, as a number, truncated
  // texts: exact by bytes unless said otherwise; text_concat, text_lower and text_upper trap (finish failed "a text
  // became too long") past limits::kTextValueBytesMax
  text_equal,
  text_fold_equal,
  text_contains,
  text_fold_contains,
  text_starts,
  text_ends,
  text_blank,
  text_lower,
  text_upper,
  text_trim,
  text_left,    // dst ← the first b (a number) characters of a
  text_length,  // dst ← characters of a, as a number
  text_concat,  // dst ← operands[list]
  text_of_number,
  text_of_boolean,
  text_of_duration,
  text_of_region,
  // functions: runtime/program/functions.def lists them, with what each takes and gives
  call,        // dst ← function imm of operands[list]; may trap. Absent when it has no result: only *_given may look
  int_given,   // dst ← a call gave the integer a
  text_given,  // dst ← a call gave the text a
  region_of,   // dst ← region of the phone number a; 0: none
  calling_code_of,  // dst ← calling code of the phone number a, as a number
  region_allowed,   // dst ← is the region a (0: none) among FlowInfo::allowed_regions, or is that empty?
  bucket,           // dst ← 0 to 99: where the key b falls under the salt a (runtime/program/chance.h)
  // choices: what the passes make of several comparisons; no bundle has them
  text_choice,    // dst ← the index of a among the texts of choice imm, else -1
  region_choice,  // dst ← region of the phone number a when it is among the regions of choice imm, else 0
  // the event
  event_kind,
  event_signal,
  event_at,
  event_seed,      // of the start, as a number
  event_text,      // dst ← text imm of the event's values; empty when there is none
  timer_take,      // dst ← Timer when the event's timer is due by its own time (and disarms it), else -1
  receipt,         // merges the event's receipt into its message: dst ← ReceiptBits
  operation_take,  // dst ← the outcome of the event, when it is the result of the current operation (current no
                   // more), else -1
  take_value,      // field imm ← value number a of the event, or clear
  take_values,     // the reads of operation site imm ← the event's values
  may_request,     // dst ← 1 while the execution has begun fewer than limits::kOperationsPerExecutionMax, else 0
  may_send,        // dst ← 1 while the execution has sent fewer than limits::kMessagesPerExecutionMax messages, else 0
  // effects on the execution
  begin,    // the start: started_at ← event's time, deadlines[expires] ← it + FlowInfo::expires_ms; no effect
  enter,    // imm: step. resting ← step, entered_at ← event's time, effect enter
  arm,      // timer imm ← a (an instant), effect timer
  disarm,   // timer imm
  leave,    // disarms the step's timers (not expires); marks its message left; effect withdraw when the channel
            // had not reported it sent or failed
  send,     // sends[imm] with operands[list]: to, then the text; or to, the template's parameters, and the flow's
            // language (empty: none), from which the template's is chosen. Past the limit of may_send: nothing
  request,  // operation site imm with operands[list], its arguments. Past the limit of may_request: nothing
  launch,   // the same for one that nobody waits for: effect launch, and no operation is current
  late,     // effect late_receipt for the event's message
  count,    // counter imm, limit b as integer: dst ← 1 and counts when below the limit, else 0
  fire,     // handler imm: dst ← 1 the first time, else 0
  forget,   // clears each field that is a plain variable (not input, not let)
};

struct Inst {
  Op op{};
  Reg dst = kNoReg;
  Reg a = kNoReg;
  Reg b = kNoReg;
  std::int64_t imm = 0;
  std::vector<Reg> list;

  friend bool operator==(const Inst&, const Inst&) = default;
};

enum class Term : std::uint8_t {
  jump,     // blocks[0]
  branch,   // a != 0 ? blocks[0] : blocks[1]
  switch_,  // cases[i] == a → blocks[i]; else blocks.back()
  tail,     // functions[function]
  rest,     // Verdict::changed; the execution rests where `enter` said
  ignore,   // Verdict::ignored. REQUIRES: nothing was changed on the way
  finish,   // end, outcome, texts[reason]; disarms all, clears secret fields, resting ← kEnded, effect end
};

struct Terminator {
  Term kind = Term::ignore;
  Reg a = kNoReg;
  std::vector<std::int64_t> cases;
  std::vector<std::uint32_t> blocks;
  std::uint32_t function = 0;
  program::EndKind end{};
  std::int32_t outcome = -1;
  std::uint32_t reason = UINT32_MAX;  // in Flow::texts; UINT32_MAX: none

  friend bool operator==(const Terminator&, const Terminator&) = default;
};

struct Block {
  std::vector<Inst> insts;
  Terminator term;

  friend bool operator==(const Block&, const Block&) = default;
};

struct Function {
  std::string name;  // "handle viber_ph", "enter sms": unique in its flow
  std::vector<RegType> regs;
  std::vector<Block> blocks;  // blocks[0] is the entry

  friend bool operator==(const Function&, const Function&) = default;
};

// One `send` as written: what does not change from execution to execution.
struct SendSite {
  std::int32_t step = 0;
  std::uint32_t channel = 0;         // FlowInfo::channels
  std::int32_t template_index = -1;  // FlowInfo::templates; -1: a text
  std::int32_t content = -1;         // FlowInfo::contents; -1: nothing more
  std::int64_t ttl_ms = 0;
  bool secret = false;
  std::int32_t price = -1;  // Flow::prices; -1: unknown
  std::uint32_t parts = 1;  // which each cost it: of an SMS the most that its text may have

  friend bool operator==(const SendSite&, const SendSite&) = default;
};

// What one part of a message costs, by its recipient's region, in 10^-6 of a currency. For proofs: no engine looks at
// it.
struct Price {
  std::vector<std::pair<std::string, std::int64_t>> regions;  // by name, each once
  std::int64_t otherwise = 0;                                 // everywhere else

  friend bool operator==(const Price&, const Price&) = default;
};

// What was promised of the flow; a bundle's certificate shows that it holds (docs/formats/certificate.md). No engine
// looks at it.
struct Guarantee {
  enum class Kind : std::uint8_t { messages, last_send, end, no_double_charge, reaches, cost };
  Kind kind{};
  std::optional<program::ChannelKind> channel;  // messages: on these alone
  std::int64_t limit = 0;          // messages: how many; last_send, end: ms after the start; cost: 10^-6 of currency
  std::int32_t step = 0;           // reaches
  program::Currency currency = 0;  // cost: of all prices of the flow

  friend bool operator==(const Guarantee&, const Guarantee&) = default;
};

// Different constants, one of which a value may be. The passes (compiler/optimize) make them.
struct Choice {
  std::vector<std::uint32_t> texts;   // numbers of Flow::texts; or
  std::vector<std::int64_t> regions;  // as FlowField has them

  friend bool operator==(const Choice&, const Choice&) = default;
};

struct Flow {
  program::FlowInfo info;
  std::vector<Guarantee> guarantees;  // in the order of the source
  std::vector<std::string> texts;     // constants
  std::vector<Price> prices;          // of its messages, when it promises a cost
  std::vector<SendSite> sends;
  std::vector<Choice> choices;
  std::vector<Function> functions;
  std::uint32_t start = 0;           // function for the start event
  std::uint32_t ended = 0;           // function for events after the end
  std::vector<std::int32_t> handle;  // by step id: function for events while resting there; -1: never rests

  friend bool operator==(const Flow&, const Flow&) = default;
};

struct Module {
  std::vector<Flow> flows;  // by name

  friend bool operator==(const Module&, const Module&) = default;
};

}  // namespace flow::ir
