// What the passes share. Private to compiler/optimize.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/ir/fold.h"
#include "compiler/ir/ir.h"

namespace flow::optimize {

// The flow under work, and what bounds the work.
class Context {
 public:
  explicit Context(ir::Flow& made);

  ir::Flow& flow;
  std::vector<bool> touched;  // by function: the passes have to look at it (again)
  // No event can make so many texts that one traps for it (limits::kEventTextBytesMax): only then may a text not be
  // made that the flow as written makes.
  const bool texts_are_few;

  // The number of a text constant, which is added when it is new. Nothing: the flow has too many bytes of new ones.
  std::optional<std::int64_t> text(const std::string& wanted);
  // The number of a choice, which is added when it is new.
  std::int64_t choice(ir::Choice wanted);
  // Whether that much may be spent on computing texts beforehand.
  bool spend(std::uint64_t work);

 private:
  std::map<std::string, std::int64_t> texts_;  // filled when it is first asked
  std::map<std::pair<std::vector<std::uint32_t>, std::vector<std::int64_t>>, std::int64_t> choices_;
  std::uint64_t new_bytes_ = 0;
  std::uint64_t work_ = 0;
};

// Passes: true when something changed. Most look at one function; some have a part that looks at all of them, and
// touches those that it changes.
bool fold_constants(Context& context, ir::Function& function);
bool join_texts(Context& context, ir::Function& function);
bool share_values(Context& context, ir::Function& function);
bool thread_jumps(Context& context, ir::Function& function);
bool remove_dead(Context& context, ir::Function& function);
bool merge_equal(Context& context, ir::Function& function);
bool switch_texts(Context& context, ir::Function& function);
bool choose_regions(Context& context, ir::Function& function);
bool constant_lets(Context& context);
bool thread_tails(Context& context);
bool remove_functions(Context& context);
bool merge_functions(Context& context);

// What is known of a register at a place of a function whose blocks are walked in ir::block_order(): an integer, or the
// number of a text constant. Registers are mostly assigned once, and then everywhere after that; of others only the
// rest of their block knows, and what comes after all of their assignments if these are equal.
class Constants {
 public:
  explicit Constants(const ir::Function& function);
  void begin_block() { ++block_; }
  std::optional<std::int64_t> get(ir::Reg reg) const;
  void assign(ir::Reg reg, std::optional<std::int64_t> value);

 private:
  enum class State : std::uint8_t { none, constant, unknown };
  struct Entry {
    std::uint32_t left = 0;  // assignments still to come
    State all = State::none;
    State here = State::none;  // of block `block`
    std::uint32_t block = 0;
    std::int64_t everywhere = 0;
    std::int64_t value = 0;
  };
  std::vector<Entry> entries_;
  std::uint32_t block_ = 0;
};

// How often each register of a function is assigned, and read, by the ends of blocks as well.
struct RegisterCounts {
  explicit RegisterCounts(const ir::Function& function);
  bool assigned_once(ir::Reg reg) const { return assigned[reg] == 1; }

  std::vector<std::uint32_t> assigned;
  std::vector<std::uint32_t> read;
};

// The most bytes that one event makes in texts, by the arena's count; at most a little over limits::kEventTextBytesMax.
std::uint64_t event_text_bound(const ir::Flow& flow);

// The blocks of a function without cycles, each after all that lead to it. As ir::block_order(), without a verifier's
// work. REQUIRES: all blocks are reached.
std::vector<std::uint32_t> order_of(const ir::Function& function);
// How many ways lead into each block.
std::vector<std::uint32_t> ways_into(const ir::Function& function);
// Takes out what nothing leads to; the others keep their order. False: there was nothing.
bool remove_unreached(ir::Function& function);

// Whether it does nothing but give its result: no effect on the execution, and no trap. `few`: texts_are_few.
bool is_pure(const ir::Inst& inst, bool few);

// Each register that an instruction reads.
template <typename Visit>
void for_operands(const ir::Inst& inst, const Visit& visit) {
  if (inst.a != ir::kNoReg) visit(inst.a);
  if (inst.b != ir::kNoReg) visit(inst.b);
  for (ir::Reg reg : inst.list) visit(reg);
}

}  // namespace flow::optimize
