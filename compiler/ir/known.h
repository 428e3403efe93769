// What is known of values while a flow's IR is followed without its data: constants, the event's time, and what the
// conditions on a way tell of phone numbers. Data from outside is unknown, and what depends on it is, too.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "compiler/ir/fold.h"
#include "compiler/ir/ir.h"

namespace flow::ir {

// Each region, as FlowField has it, with each calling code of its numbers: numbers::regions_with_codes().
using Numbers = std::vector<std::pair<std::int64_t, std::uint32_t>>;

// Of a register or a field.
struct Known {
  enum State : std::uint8_t {
    unknown,   // a field: absent, too
    absent,    // a field; a call without a result
    some,      // present, its value unknown
    constant,  // `is`
    instant,   // the event's time and from is.scalar to `most` ms
    phone,     // the input of field is.scalar, a phone number
    derived,   // from that input, `each`
    kinds,     // which kinds of phone numbers a field may hold: `each` 0 or 1
    maybe,     // either 0 or 1, nothing but is.scalar and `most` tells whose: for whoever follows the IR
  };
  State state = unknown;
  Constant is;
  std::int64_t most = 0;
  std::vector<std::int64_t>
      each;  // by kind of phone number: an integer, or one that stands for what is not known of it
  friend auto operator<=>(const Known&, const Known&) = default;
};
Known known(Known::State state, std::int64_t scalar = 0, std::int64_t most = 0);
Known constant(std::int64_t scalar);
using Knowns = std::vector<const Known*>;  // equal ones are one

// Instants, which end at program::kNever.
std::int64_t later(std::int64_t instant, std::int64_t ms);

// REQUIRES: inst is of this flow, which is verified.
bool calls_flow(const Flow& flow, const Inst& inst);

// Of one flow, which must outlive it. Phone numbers are of one kind when the flow's IR cannot tell them apart by region
// and calling code.
class Knowledge {
 public:
  Knowledge(const Flow& flow, const Numbers& numbers);

  // The one that equals it. Lives as long as this.
  const Known* one(const Known& value) { return &*values_.insert(value).first; }

  // Of the fields before an execution begins; `kinds`: by field, which kinds of phone numbers it may hold.
  void begin(Knowns& fields, Knowns& kinds);

  // `kinds` alone; or all ways to take it apart by what messages to the numbers cost, where these are not too many.
  std::vector<Knowns> apart(const Knowns& kinds, bool asked);

  // The most that a message costs when it goes to `to`; `unknown` when it has no price.
  std::int64_t dearest(const SendSite& site, const Known& to, const Knowns& kinds, std::int64_t unknown) const;

  // What an instruction without effect gives; `about` is what is known of the field, or of the event, that it looks at,
  // if any. Sound: where it is a constant, every engine gives it whenever the instruction does not trap.
  const Known* result(const Inst& inst, const Knowns& regs, const Known& about);

  // What an instruction makes of the fields; false: it is one that does nothing to them.
  bool change(const Inst& inst, const Knowns& regs, Knowns& fields);

  // Whether a block's end that looks at `value` may lead on by its way number `way`; `kinds` becomes what numbers do
  // so.
  bool leads(const Terminator& term, std::size_t way, const Known& value, Knowns& kinds);

 private:
  template <typename Tell>
  Known derive(const Known& from, const Tell& tell) const;
  Known found(const Inst& inst, const Knowns& operands, const Known& about) const;
  Known folded(const Inst& inst, const Knowns& operands) const;

  const Flow& flow_;
  std::set<std::int64_t> named_;                              // every integer constant of the IR
  std::vector<std::pair<std::int64_t, std::int64_t>> kinds_;  // region and calling code
  std::set<Known> values_;
  std::map<std::pair<std::int64_t, Knowns>, const Known*> calls_;  // by function and operands
};

// Whether a timer other than `timer`, of those that a step has one of, is among the armed ones: by Timer, not armed as
// made without arguments.
template <typename Timers>
bool waits_already(const Timers& armed, std::size_t timer) {
  for (std::size_t i = 0; i < armed.size(); ++i)
    if (i != timer && armed[i] != typename Timers::value_type{} && program::share_a_deadline(i, timer)) return true;
  return false;
}

}  // namespace flow::ir
