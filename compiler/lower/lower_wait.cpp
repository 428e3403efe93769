// wait DURATION
#include "compiler/lower/context.h"

namespace flow::lower {

using program::Timer;

void arm(Builder& builder, Timer timer, std::int64_t ms) {
  const Reg now = builder.integer(Op::event_at);
  const Reg due = builder.integer(Op::number_add, now, builder.constant(ms));
  builder.effect(Op::arm, static_cast<std::int64_t>(timer), due);
}

void enter_wait(Context&, Builder& builder, const check::Wait& step) {
  arm(builder, Timer::wait, step.ms);
  builder.rest();
}

ir::Function handle_wait(Context& context, const std::string& name, const check::Wait& step) {
  Builder builder("handle " + name);
  const Handling handling = begin_handling(context, builder);
  const BlockId over = builder.block();
  const BlockId none = builder.block();
  const BlockId other = builder.block();
  builder.switch_on(handling.timer,
                    {static_cast<std::int64_t>(Timer::expires), static_cast<std::int64_t>(Timer::wait), kNoTimer},
                    {handling.expired, over, none}, other);
  builder.at(none);
  builder.ignore();
  builder.at(other);  // none that the step arms: taken all the same
  builder.rest();
  builder.at(over);
  lower_leave_and_go(context, builder, step.target);
  builder.at(handling.receipt_block);
  lower_late_receipt(context, builder, handling.bits);
  return builder.take();
}

}  // namespace flow::lower
