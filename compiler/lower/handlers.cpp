// Events while an execution rests: what all steps have in common, and the flow's `on` handlers.
#include <algorithm>

#include "compiler/lower/context.h"

namespace flow::lower {

using check::Handler;
using program::EventKind;
using program::Timer;

ir::Function lower_on(Context& context, std::size_t handler) {
  Builder builder("on " + std::to_string(handler));
  builder.effect(Op::leave);
  builder.effect(Op::forget);
  lower_target(context, builder, context.flow.handlers[handler].target);
  return builder.take();
}

namespace {

// The first of the handlers that has not fired fires. Leaves the builder where none did.
void fire_first(Context& context, Builder& builder, const std::vector<std::size_t>& handlers) {
  for (const std::size_t handler : handlers) {
    const BlockId yes = builder.block();
    const BlockId no = builder.block();
    builder.branch(builder.integer(Op::fire, ir::kNoReg, ir::kNoReg, static_cast<std::int64_t>(handler)), yes, no);
    builder.at(yes);
    builder.tail(context.functions.on[handler]);
    builder.at(no);
  }
}

}  // namespace

void fire_for_signal(Context& context, Builder& builder, const std::string& signal) {
  std::vector<std::size_t> handlers;
  for (std::size_t h = 0; h < context.flow.handlers.size(); ++h) {
    const Handler& handler = context.flow.handlers[h];
    if (handler.kind == Handler::Kind::signal && handler.signal == signal) handlers.push_back(h);
  }
  fire_first(context, builder, handlers);
}

void lower_other_signal(Context& context, Builder& builder) {
  if (context.functions.signal == UINT32_MAX)
    builder.ignore();
  else
    builder.tail(context.functions.signal);
}

ir::Function lower_signal(Context& context) {
  Builder builder("signal");
  const Reg signal = builder.integer(Op::event_signal);
  std::vector<std::int64_t> cases;
  std::vector<BlockId> blocks;
  for (std::size_t i = 0; i < context.signal_names.size(); ++i) {
    cases.push_back(static_cast<std::int64_t>(i));
    blocks.push_back(builder.block());
  }
  const BlockId unknown = builder.block();
  builder.switch_on(signal, cases, blocks, unknown);
  for (std::size_t i = 0; i < context.signal_names.size(); ++i) {
    builder.at(blocks[i]);
    fire_for_signal(context, builder, context.signal_names[i]);
    builder.ignore();
  }
  builder.at(unknown);
  builder.ignore();
  return builder.take();
}

ir::Function lower_late(Context& context, const std::string& name, std::int32_t bits) {
  Builder builder(name);
  std::vector<std::size_t> handlers;
  for (std::size_t h = 0; h < context.flow.handlers.size(); ++h) {
    const Handler::Kind kind = context.flow.handlers[h].kind;
    if ((kind == Handler::Kind::read && (bits & program::kReceiptRead) != 0) ||
        (kind == Handler::Kind::delivered && (bits & program::kReceiptDelivered) != 0))
      handlers.push_back(h);
  }
  fire_first(context, builder, handlers);
  builder.rest();
  return builder.take();
}

void lower_late_receipt(Context& context, Builder& builder, Reg bits) {
  builder.effect(Op::late);
  const FunctionTable& functions = context.functions;
  const auto when = [&](std::int64_t bit) {
    const BlockId yes = builder.block();
    const BlockId no = builder.block();
    builder.branch(builder.integer(Op::bit_test, bits, ir::kNoReg, bit), yes, no);
    builder.at(yes);
    return no;
  };
  const bool on_read = functions.late_read != UINT32_MAX;
  const bool on_delivered = functions.late_delivered != UINT32_MAX;
  if (on_read) {
    const BlockId unread = when(program::kReceiptRead);
    if (on_delivered) {
      const BlockId only_read = when(program::kReceiptDelivered);
      builder.tail(functions.late_both);
      builder.at(only_read);
    }
    builder.tail(functions.late_read);
    builder.at(unread);
  }
  if (on_delivered) {
    const BlockId neither = when(program::kReceiptDelivered);
    builder.tail(functions.late_delivered);
    builder.at(neither);
  }
  builder.rest();
}

Handling begin_handling(Context& context, Builder& builder, BlockId own_signal,
                        const std::vector<std::pair<program::EventKind, BlockId>>& others) {
  const auto number = [](EventKind kind) { return static_cast<std::int64_t>(kind); };
  const BlockId receipt = builder.block();
  const BlockId timer = builder.block();
  const BlockId signal = own_signal == kNoBlock ? builder.block() : own_signal;
  const BlockId other = builder.block();
  std::vector<std::int64_t> kinds = {number(EventKind::receipt), number(EventKind::timer), number(EventKind::signal)};
  std::vector<BlockId> blocks = {receipt, timer, signal};
  bool own_reply = false;
  for (const auto& [kind, block] : others) {
    own_reply = own_reply || kind == EventKind::reply;
    kinds.push_back(number(kind));
    blocks.push_back(block);
  }
  const bool on_reply = std::ranges::any_of(
      context.flow.handlers, [](const Handler& handler) { return handler.kind == Handler::Kind::reply; });
  const BlockId reply = on_reply && !own_reply ? builder.block() : kNoBlock;
  if (reply != kNoBlock) {
    kinds.push_back(number(EventKind::reply));
    blocks.push_back(reply);
  }
  builder.switch_on(builder.integer(Op::event_kind), kinds, blocks, other);
  if (reply != kNoBlock) {
    builder.at(reply);
    fire_for_reply(context, builder);
    builder.ignore();
  }
  builder.at(other);
  builder.ignore();

  if (own_signal == kNoBlock) {
    builder.at(signal);
    lower_other_signal(context, builder);
  }

  Handling handling;
  builder.at(receipt);
  const BlockId nothing = builder.block();
  handling.receipt_block = builder.block();
  handling.bits = builder.integer(Op::receipt);
  builder.branch(handling.bits, handling.receipt_block, nothing);
  builder.at(nothing);
  builder.ignore();

  handling.expired = builder.block();
  builder.at(handling.expired);
  builder.effect(Op::leave);
  builder.finish(program::EndKind::expired);

  builder.at(timer);
  handling.timer = builder.integer(Op::timer_take);
  return handling;
}

void lower_timers(Context& context, Builder& builder, const Handling& handling,
                  const std::vector<std::pair<program::Timer, const check::Target*>>& timers) {
  std::vector<std::int64_t> cases = {static_cast<std::int64_t>(program::Timer::expires)};
  std::vector<BlockId> blocks = {handling.expired};
  for (const auto& [timer, target] : timers) {
    cases.push_back(static_cast<std::int64_t>(timer));
    blocks.push_back(builder.block());
  }
  cases.push_back(kNoTimer);
  blocks.push_back(builder.block());
  const BlockId other = builder.block();
  builder.switch_on(handling.timer, cases, blocks, other);
  for (std::size_t i = 0; i < timers.size(); ++i) {
    builder.at(blocks[i + 1]);
    lower_leave_and_go(context, builder, *timers[i].second);
  }
  builder.at(blocks.back());
  builder.ignore();
  builder.at(other);  // none that the step arms: taken all the same
  builder.rest();
}

}  // namespace flow::lower
