// What lowering knows of the flow that it works on: the tree it reads, the IR it fills, and which function is which.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/check/checked.h"
#include "compiler/ir/ir.h"
#include "compiler/lower/builder.h"

namespace flow::lower {

// Functions of a flow that are shared, in their order in ir::Flow::functions, after `start` and `ended`.
struct FunctionTable {
  std::vector<std::uint32_t> enter;   // by step
  std::vector<std::uint32_t> jump;    // by jump
  std::vector<std::uint32_t> on;      // by handler
  std::uint32_t signal = UINT32_MAX;  // any signal; none: there is no such handler
  // Late receipts with these bits; none: there are no such handlers (of both kinds).
  std::uint32_t late_delivered = UINT32_MAX;
  std::uint32_t late_read = UINT32_MAX;
  std::uint32_t late_both = UINT32_MAX;
};

struct Context {
  const check::Workspace& workspace;
  const check::Flow& flow;
  ir::Flow& out;
  FunctionTable functions;
  std::map<check::ChannelId, std::uint32_t> channels;    // in FlowInfo::channels
  std::map<check::TemplateId, std::uint32_t> templates;  // in FlowInfo::templates
  std::map<check::StepId, std::int64_t> operations;      // in FlowInfo::operations
  std::vector<std::string> signal_names;                 // FlowInfo::signals
  std::map<std::string, std::uint32_t, std::less<>> texts;
  std::map<std::string, std::int32_t, std::less<>> contents;  // in FlowInfo::contents, by all that they are
  bool priced = false;                                        // it promises a cost, or one that starts it does

  // In the text of `each`: the item, and its place as a number.
  Reg item = ir::kNoReg;
  std::int64_t position = 0;

  std::uint32_t text(std::string_view value);  // its place in ir::Flow::texts
  const std::string& step_name(check::StepId step) const { return flow.steps[check::index(step)].name; }
};

// flow.cpp
program::FlowInfo flow_info(Context& context);
ir::Function lower_start(Context& context);
ir::Function lower_ended();

// expressions.cpp
RegType reg_type(program::ValueType type);
// Whether the value may be absent when the flow runs.
bool may_be_absent(const check::Expr& expr);
// The value. When it is absent: goes on in `absent`. REQUIRES: `absent` is a block, or the value cannot be absent.
inline constexpr BlockId kNoBlock = UINT32_MAX;
Reg lower_value(Context& context, Builder& builder, const check::Expr& expr, BlockId absent = kNoBlock,
                Reg into = ir::kNoReg);
// Closes the block: to `yes` when it is present and true, else to `no`.
void lower_condition(Context& context, Builder& builder, const check::Expr& expr, BlockId yes, BlockId no);
// field ← value, or clear.
void lower_assignment(Context& context, Builder& builder, check::VariableId variable, const check::Expr& value);

// lower_jump.cpp: each closes the block.
void lower_target(Context& context, Builder& builder, const check::Target& target);
void lower_leave_and_go(Context& context, Builder& builder, const check::Target& target);
ir::Function lower_jump(Context& context, std::size_t jump);

// handlers.cpp
ir::Function lower_on(Context& context, std::size_t handler);
ir::Function lower_signal(Context& context);
ir::Function lower_late(Context& context, const std::string& name, std::int32_t bits);
inline constexpr std::int64_t kNoTimer = -1;   // of Op::timer_take: the event's timer was not due
inline constexpr std::int64_t kNoResult = -1;  // of Op::operation_take: not of the current operation

// What `handle` functions have in common: begins one, and leaves the builder where `timer` holds the timer taken or
// kNoTimer. Receipts that bring something new go on in `receipt_block` with their bits.
struct Handling {
  Reg timer = ir::kNoReg;
  BlockId expired = 0;  // where to go for Timer::expires
  Reg bits = ir::kNoReg;
  BlockId receipt_block = 0;  // something is new
};
// `signal`: where signals go on; kNoBlock: to the flow's handlers, and no further. `others`: where events of further
// kinds go; without an entry they are ignored.
Handling begin_handling(Context& context, Builder& builder, BlockId signal = kNoBlock,
                        const std::vector<std::pair<program::EventKind, BlockId>>& others = {});
// Closes the block behind begin_handling(): each timer that the step arms leaves it for its target, `expires` ends it;
// without a timer the event is ignored.
void lower_timers(Context& context, Builder& builder, const Handling& handling,
                  const std::vector<std::pair<program::Timer, const check::Target*>>& timers);
// For a signal that the step does not wait for. Closes the block.
void lower_other_signal(Context& context, Builder& builder);
// The first handler of this signal that has not fired fires. Leaves the builder where none did.
void fire_for_signal(Context& context, Builder& builder, const std::string& signal);
// For a receipt of a message whose step was left. Closes the block.
void lower_late_receipt(Context& context, Builder& builder, Reg bits);

// One a component: closes the block after `enter`.
void enter_recognize(Context& context, Builder& builder, const check::RecognizeRegion& step);
void enter_recognize_code(Context& context, Builder& builder, const check::RecognizeCallingCode& step);
void enter_branch(Context& context, Builder& builder, const check::Branch& step);
void enter_random(Context& context, Builder& builder, check::StepId id, const check::Random& step);
void enter_set(Context& context, Builder& builder, const check::Set& step);
// Flow::now ← the event's time.
void keep_now(Context& context, Builder& builder);
void enter_wait(Context& context, Builder& builder, const check::Wait& step);
void enter_await(Builder& builder, const check::AwaitSignal& step);
void enter_await_reply(Builder& builder, const check::AwaitReply& step);
void enter_send(Context& context, Builder& builder, check::StepId id, const check::Send& step);
ir::Function handle_wait(Context& context, const std::string& name, const check::Wait& step);
ir::Function handle_await(Context& context, const std::string& name, const check::AwaitSignal& step);
ir::Function handle_await_reply(Context& context, const std::string& name, const check::AwaitReply& step);
// The first handler of this reply that has not fired fires. Leaves the builder where none did.
void fire_for_reply(Context& context, Builder& builder);
// For a reply that this step takes: handlers first; keeps it, leaves for the arm. Closes the block.
void lower_reply(Context& context, Builder& builder, const check::AwaitReply& step);
ir::Function handle_extern(Context& context, const std::string& name, const check::Extern& step);
ir::Function handle_send(Context& context, const std::string& name, const check::Send& step);
program::OperationInfo operation_info(check::StepId id, const check::Operation& step);
program::OperationInfo launch_info(check::StepId id, const check::Launch& step);
void enter_launch(Context& context, Builder& builder, check::StepId id, const check::Launch& step);
void enter_operation(Context& context, Builder& builder, check::StepId id, const check::Operation& step);
ir::Function handle_operation(Context& context, check::StepId id, const check::Operation& step);

// timer ← event's time + ms.
void arm(Builder& builder, program::Timer timer, std::int64_t ms);

}  // namespace flow::lower
