// await reply
#include "compiler/lower/context.h"

namespace flow::lower {

using program::ReplyValue;
using program::Timer;

namespace {

std::int64_t place(ReplyValue value) {
  return static_cast<std::int64_t>(value);
}

// 1 when the reply is this.
Reg lower_match(Context& context, Builder& builder, const check::AwaitReply::Match& match) {
  using Kind = check::AwaitReply::Match::Kind;
  const bool kind = match.kind == Kind::kind;
  const Reg said =
      builder.text(Op::event_text, ir::kNoReg, ir::kNoReg, place(kind ? ReplyValue::kind : ReplyValue::text));
  const std::string_view text = kind ? program::to_string(match.reply) : std::string_view(match.text);
  const Reg wanted = builder.text(Op::const_text, ir::kNoReg, ir::kNoReg, context.text(text));
  if (match.kind == Kind::pattern) return builder.call(program::FunctionId::text_matches, {said, wanted});
  return builder.integer(kind                             ? Op::text_equal
                         : match.kind == Kind::containing ? Op::text_fold_contains
                                                          : Op::text_fold_equal,
                         said, wanted);
}

// Closes the block: to `yes` when the reply is one of these, else to `no`.
void lower_matches(Context& context, Builder& builder, const std::vector<check::AwaitReply::Match>& matches,
                   BlockId yes, BlockId no) {
  for (const auto& match : matches) {
    const bool last = &match == &matches.back();
    const BlockId next = last ? no : builder.block();
    builder.branch(lower_match(context, builder, match), yes, next);
    if (!last) builder.at(next);
  }
}

}  // namespace

void fire_for_reply(Context& context, Builder& builder) {
  for (std::size_t h = 0; h < context.flow.handlers.size(); ++h) {
    const check::Handler& handler = context.flow.handlers[h];
    if (handler.kind != check::Handler::Kind::reply) continue;
    const BlockId no = builder.block();
    if (!handler.matches.empty()) {
      const BlockId yes = builder.block();
      lower_matches(context, builder, handler.matches, yes, no);
      builder.at(yes);
    }
    const BlockId first = builder.block();
    builder.branch(builder.integer(Op::fire, ir::kNoReg, ir::kNoReg, static_cast<std::int64_t>(h)), first, no);
    builder.at(first);
    builder.tail(context.functions.on[h]);
    builder.at(no);
  }
}

void lower_reply(Context& context, Builder& builder, const check::AwaitReply& step) {
  fire_for_reply(context, builder);
  for (const auto& take : step.takes) {
    const auto variable = static_cast<std::int64_t>(check::index(take.variable));
    if (take.value == ReplyValue::at)
      builder.effect(Op::store, variable, builder.integer(Op::event_at));
    else
      builder.effect(Op::take_value, variable, builder.constant(place(take.value)));
  }
  for (const auto& arm : step.arms) {
    const BlockId yes = builder.block();
    const BlockId no = builder.block();
    lower_matches(context, builder, arm.matches, yes, no);
    builder.at(yes);
    lower_leave_and_go(context, builder, arm.target);
    builder.at(no);
  }
  lower_leave_and_go(context, builder, step.otherwise);
}

void enter_await_reply(Builder& builder, const check::AwaitReply& step) {
  arm(builder, Timer::silent, step.silent.after_ms);
  builder.rest();
}

ir::Function handle_await_reply(Context& context, const std::string& name, const check::AwaitReply& step) {
  Builder builder("handle " + name);
  const BlockId reply = builder.block();
  const Handling handling = begin_handling(context, builder, kNoBlock, {{program::EventKind::reply, reply}});
  lower_timers(context, builder, handling, {{Timer::silent, &step.silent.target}});
  builder.at(handling.receipt_block);
  lower_late_receipt(context, builder, handling.bits);
  builder.at(reply);
  lower_reply(context, builder, step);
  return builder.take();
}

}  // namespace flow::lower
