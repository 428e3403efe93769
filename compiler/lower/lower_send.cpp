// send viber | whatsapp | sms
#include <algorithm>
#include <utility>

#include "compiler/check/prices.h"
#include "compiler/lower/context.h"

namespace flow::lower {
namespace {

using check::Send;
using program::ChannelKind;
using program::Timer;

// The language that the flow wishes for its templates; empty: none. The template's own is chosen as the message is
// sent.
Reg lower_language(Context& context, Builder& builder) {
  const auto none = [&](Reg into) {
    return builder.text(Op::const_text, ir::kNoReg, ir::kNoReg, context.text(""), into);
  };
  if (!context.flow.language) return none(ir::kNoReg);
  if (!may_be_absent(*context.flow.language)) return lower_value(context, builder, *context.flow.language);
  const Reg result = builder.reg(RegType::text);
  const BlockId absent = builder.block();
  const BlockId join = builder.block();
  lower_value(context, builder, *context.flow.language, absent, result);
  builder.jump(join);
  builder.at(absent);
  none(result);
  builder.jump(join);
  builder.at(join);
  return result;
}

// What the message has besides its text or template, its place in FlowInfo::contents; -1: nothing.
std::int32_t content_of(Context& context, const Send& step) {
  using program::MessageKind;
  program::ContentInfo content;
  content.kind = step.kind;
  if (step.purpose != context.flow.purpose) content.purpose = step.purpose;
  for (const check::MessagePart& part : step.parts) content.parts.push_back(part.kind);
  const bool plain = step.kind == MessageKind::text || step.kind == MessageKind::message_template;
  if (plain && content.purpose.empty() && content.parts.empty()) return -1;
  std::string key(1, static_cast<char>(content.kind));
  for (const program::PartKind part : content.parts) key += static_cast<char>(part);
  key += content.purpose;
  auto& contents = context.out.info.contents;
  const auto [place, added] = context.contents.emplace(std::move(key), static_cast<std::int32_t>(contents.size()));
  if (added) contents.push_back(std::move(content));
  return place->second;
}

bool reports_delivered(const Context& context, const Send& step) {
  return program::reports_delivered(context.workspace.channels[check::index(step.channel)].kind);
}

// Its place in ir::Flow::prices: by region where that is cheaper, else the dearest that anybody may be.
std::int32_t price_of(Context& context, const Send& step) {
  const ChannelKind kind = context.workspace.channels[check::index(step.channel)].kind;
  const check::Price* price = check::find_price(context.workspace, kind, step.purpose);
  if (price == nullptr || check::unpriced(context.workspace, *price)) return -1;
  const bool numbers = program::takes_numbers(kind);
  const bool everywhere = context.workspace.all_regions || !numbers;
  ir::Price made;
  made.otherwise = everywhere ? *price->otherwise : check::price_range(context.workspace, *price).most;
  const auto add = [&](const std::string& region) {
    const auto amount = check::price_for(*price, region);
    if (amount && *amount != made.otherwise) made.regions.emplace_back(region, *amount);
  };
  if (!everywhere) std::ranges::for_each(context.workspace.allowed_regions, add);
  if (everywhere && numbers)
    for (const auto& [region, amount] : price->regions) add(region);
  std::ranges::sort(made.regions);
  auto& prices = context.out.prices;
  const auto same = std::ranges::find(prices, made);
  const auto place = static_cast<std::int32_t>(same - prices.begin());
  if (same == prices.end()) prices.push_back(std::move(made));
  return place;
}

std::int64_t add_site(Context& context, check::StepId id, const Send& step) {
  ir::SendSite site;
  site.step = static_cast<std::int32_t>(check::index(id));
  site.channel = context.channels.at(step.channel);
  if (step.message_template)
    site.template_index = static_cast<std::int32_t>(context.templates.at(*step.message_template));
  site.content = content_of(context, step);
  site.ttl_ms = step.ttl_ms;
  if (step.body) site.secret = step.body->type.secret;
  for (const check::Expr& parameter : step.parameters) site.secret = site.secret || parameter.type.secret;
  for (const check::MessagePart& part : step.parts) site.secret = site.secret || part.value.type.secret;
  if (context.priced) {
    site.price = price_of(context, step);
    site.parts = step.sms_parts;
  }
  context.out.sends.push_back(site);
  return static_cast<std::int64_t>(context.out.sends.size() - 1);
}

}  // namespace

void enter_send(Context& context, Builder& builder, check::StepId id, const Send& step) {
  const BlockId failed = builder.block();
  const BlockId limited = builder.block();
  Reg to = ir::kNoReg;
  const ChannelKind kind = context.workspace.channels[check::index(step.channel)].kind;
  if (!context.out.info.allowed_regions.empty() && program::takes_numbers(kind)) {
    const BlockId allowed = builder.block();
    to = lower_value(context, builder, step.to);
    const Reg region = builder.integer(Op::region_of, to);
    builder.branch(builder.integer(Op::region_allowed, region), allowed, failed);
    builder.at(allowed);
  }
  if (!context.workspace.allowed_recipients.empty()) {
    if (to == ir::kNoReg) to = lower_value(context, builder, step.to);
    const BlockId known = builder.block();
    for (const std::string& recipient : context.workspace.allowed_recipients) {
      const Reg one = builder.text(Op::const_text, ir::kNoReg, ir::kNoReg, context.text(recipient));
      const BlockId other = builder.block();
      builder.branch(builder.integer(Op::text_equal, to, one), known, other);
      builder.at(other);
    }
    builder.jump(failed);
    builder.at(known);
  }
  builder.branch(builder.integer(Op::may_send), limited, failed);
  builder.at(limited);
  if (to == ir::kNoReg) to = lower_value(context, builder, step.to);
  std::vector<Reg> operands = {to};
  if (step.message_template) {
    for (const check::Expr& parameter : step.parameters) operands.push_back(lower_value(context, builder, parameter));
    operands.push_back(lower_language(context, builder));
  } else if (step.body) {
    operands.push_back(lower_value(context, builder, *step.body));
  } else {
    operands.push_back(builder.text(Op::const_text, ir::kNoReg, ir::kNoReg, context.text("")));
  }
  for (const check::MessagePart& part : step.parts) operands.push_back(lower_value(context, builder, part.value));
  arm(builder, Timer::handover, context.workspace.channels[check::index(step.channel)].handover_ms);
  if (step.undelivered) arm(builder, Timer::undelivered, step.undelivered->after_ms);
  if (step.unread && !reports_delivered(context, step)) arm(builder, Timer::unread, step.unread->after_ms);
  builder.send(add_site(context, id, step), std::move(operands));
  builder.rest();
  builder.at(failed);
  lower_target(context, builder, step.failed);
}

namespace {

std::vector<std::pair<Timer, const check::Target*>> timers_of(const Send& step) {
  std::vector<std::pair<Timer, const check::Target*>> timers = {{Timer::handover, &step.failed}};
  if (step.undelivered) timers.emplace_back(Timer::undelivered, &step.undelivered->target);
  if (step.unread) timers.emplace_back(Timer::unread, &step.unread->target);
  return timers;
}

std::int64_t milestone_bit(check::Milestone milestone) {
  switch (milestone) {
    case check::Milestone::sent:
      return program::kReceiptSent;
    case check::Milestone::delivered:
      return program::kReceiptDelivered;
    case check::Milestone::read:
      return program::kReceiptRead;
  }
  return 0;
}

// A receipt of the message that the step waits for, which was neither failed nor brought it to its milestone.
void handle_progress(const Context& context, Builder& builder, const Send& step, Reg bits) {
  if (step.milestone == check::Milestone::sent) return builder.rest();
  const auto when = [&](std::int64_t bit, auto&& body) {
    const BlockId yes = builder.block();
    const BlockId join = builder.block();
    builder.branch(builder.integer(Op::bit_test, bits, ir::kNoReg, bit), yes, join);
    builder.at(yes);
    body();
    builder.jump(join);
    builder.at(join);
  };
  when(program::kReceiptSent, [&] { builder.effect(Op::disarm, static_cast<std::int64_t>(Timer::handover)); });
  if (step.milestone == check::Milestone::read) {
    when(program::kReceiptDelivered, [&] {
      builder.effect(Op::disarm, static_cast<std::int64_t>(Timer::undelivered));
      if (step.unread && reports_delivered(context, step)) arm(builder, Timer::unread, step.unread->after_ms);
    });
  }
  builder.rest();
}

}  // namespace

ir::Function handle_send(Context& context, const std::string& name, const Send& step) {
  Builder builder("handle " + name);
  std::vector<std::pair<program::EventKind, BlockId>> others;
  if (step.answer) others.emplace_back(program::EventKind::reply, builder.block());
  const Handling handling = begin_handling(context, builder, kNoBlock, others);
  lower_timers(context, builder, handling, timers_of(step));
  if (step.answer) {
    builder.at(others[0].second);
    lower_reply(context, builder, std::get<check::AwaitReply>(context.flow.steps[check::index(*step.answer)].body));
  }

  builder.at(handling.receipt_block);
  const auto test = [&](std::int64_t bit) { return builder.integer(Op::bit_test, handling.bits, ir::kNoReg, bit); };
  const BlockId current = builder.block();
  const BlockId late = builder.block();
  const BlockId failed = builder.block();
  const BlockId unfailed = builder.block();
  const BlockId reached = builder.block();
  const BlockId waiting = builder.block();
  builder.branch(test(program::kReceiptCurrent), current, late);
  builder.at(late);
  lower_late_receipt(context, builder, handling.bits);
  builder.at(current);
  builder.branch(test(program::kReceiptFailed), failed, unfailed);
  builder.at(failed);
  if (step.opted_out) {
    const BlockId opted_out = builder.block();
    const BlockId other = builder.block();
    builder.branch(test(program::kReceiptOptedOut), opted_out, other);
    builder.at(opted_out);
    lower_leave_and_go(context, builder, *step.opted_out);
    builder.at(other);
  }
  lower_leave_and_go(context, builder, step.failed);
  builder.at(unfailed);
  builder.branch(test(milestone_bit(step.milestone)), reached, waiting);
  builder.at(reached);
  lower_leave_and_go(context, builder, step.reached);
  builder.at(waiting);
  handle_progress(context, builder, step, handling.bits);
  return builder.take();
}

}  // namespace flow::lower
