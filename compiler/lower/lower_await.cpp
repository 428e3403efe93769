// await signal NAME, extern "NAME"
#include <algorithm>

#include "compiler/lower/context.h"

namespace flow::lower {

using program::Timer;

void enter_await(Builder& builder, const check::AwaitSignal& step) {
  arm(builder, Timer::wait, step.silent.after_ms);
  builder.rest();
}

ir::Function handle_await(Context& context, const std::string& name, const check::AwaitSignal& step) {
  Builder builder("handle " + name);
  const BlockId signal = builder.block();
  const Handling handling = begin_handling(context, builder, signal);
  lower_timers(context, builder, handling, {{Timer::wait, &step.silent.target}});
  builder.at(handling.receipt_block);
  lower_late_receipt(context, builder, handling.bits);

  builder.at(signal);
  const auto& names = context.signal_names;
  const auto number = std::find(names.begin(), names.end(), step.signal) - names.begin();
  const BlockId awaited = builder.block();
  const BlockId another = builder.block();
  builder.branch(builder.integer(Op::int_equal, builder.integer(Op::event_signal), builder.constant(number)), awaited,
                 another);
  builder.at(another);
  lower_other_signal(context, builder);
  builder.at(awaited);
  fire_for_signal(context, builder, step.signal);
  lower_leave_and_go(context, builder, step.received);
  return builder.take();
}

// The events of a component of another system, as signals.
ir::Function handle_extern(Context& context, const std::string& name, const check::Extern& step) {
  Builder builder("handle " + name);
  const BlockId signal = builder.block();
  const Handling handling = begin_handling(context, builder, signal);
  lower_timers(context, builder, handling, {});
  builder.at(handling.receipt_block);
  lower_late_receipt(context, builder, handling.bits);

  builder.at(signal);
  std::vector<std::int64_t> cases;
  std::vector<BlockId> blocks;
  std::vector<BlockId> arms;
  for (const auto& arm : step.arms) {
    arms.push_back(builder.block());
    for (const std::string& event : arm.events) {
      const auto& names = context.signal_names;
      cases.push_back(std::find(names.begin(), names.end(), name + "." + event) - names.begin());
      blocks.push_back(arms.back());
    }
  }
  const BlockId another = builder.block();
  builder.switch_on(builder.integer(Op::event_signal), std::move(cases), std::move(blocks), another);
  builder.at(another);
  lower_other_signal(context, builder);
  for (std::size_t i = 0; i < arms.size(); ++i) {
    if (step.arms[i].events.empty()) continue;
    builder.at(arms[i]);
    lower_leave_and_go(context, builder, step.arms[i].target);
  }
  return builder.take();
}

}  // namespace flow::lower
