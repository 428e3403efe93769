// wait DURATION, wait until VALUE; and what other steps read of the clock
#include "compiler/lower/context.h"

namespace flow::lower {

using program::Timer;

void arm(Builder& builder, Timer timer, std::int64_t ms) {
  const Reg now = builder.integer(Op::event_at);
  const Reg due = builder.integer(Op::number_add, now, builder.constant(ms));
  builder.effect(Op::arm, static_cast<std::int64_t>(timer), due);
}

void keep_now(Context& context, Builder& builder) {
  builder.effect(Op::store, static_cast<std::int64_t>(check::index(*context.flow.now)), builder.integer(Op::event_at));
}

namespace {

void enter_until(Context& context, Builder& builder, const check::Wait& step) {
  keep_now(context, builder);
  const Reg until = lower_value(context, builder, *step.until);
  if (step.past) {
    const BlockId past = builder.block();
    const BlockId ahead = builder.block();
    builder.branch(builder.integer(Op::int_less, until, builder.integer(Op::event_at)), past, ahead);
    builder.at(past);
    lower_target(context, builder, *step.past);
    builder.at(ahead);
  }
  builder.effect(Op::arm, static_cast<std::int64_t>(Timer::wait), until);
  builder.rest();
}

}  // namespace

void enter_wait(Context& context, Builder& builder, const check::Wait& step) {
  if (step.until) return enter_until(context, builder, step);
  arm(builder, Timer::wait, step.ms);
  builder.rest();
}

ir::Function handle_wait(Context& context, const std::string& name, const check::Wait& step) {
  Builder builder("handle " + name);
  const Handling handling = begin_handling(context, builder);
  lower_timers(context, builder, handling, {{Timer::wait, &step.target}});
  builder.at(handling.receipt_block);
  lower_late_receipt(context, builder, handling.bits);
  return builder.take();
}

}  // namespace flow::lower
