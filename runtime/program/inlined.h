// The intrinsics (intrinsics.h, which has the contracts) that an event of a waiting execution needs, over the plain
// structs of abi.h alone: inlined by the interpreter as C++, and by compiled code as the bitcode of inlined.cpp.
//
// Nothing here may use more than abi.h, limits and what has no address of its own: the bitcode is linked into code that
// sees no symbol but the intrinsics'.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/limits.h"
#include "runtime/program/abi.h"
#include "runtime/program/intrinsics.h"

namespace flow::program::inlined {

#define FLOW_UNLIKELY(condition) __builtin_expect(static_cast<long>(condition), 0L)
#define FLOW_LIKELY(condition) __builtin_expect(static_cast<long>(condition), 1L)
// In compiled code, too, a function that is called: what few events need, or is so large that a call is small beside
// it.
#define FLOW_OUT_OF_LINE __attribute__((noinline))

// At the end of the effects; all but what is named here is zero, or none.
inline FlowEffect* emit(FlowFrame* frame, EffectKind kind, std::int32_t step) {
  FlowHost* host = frame->host;
  if (FLOW_UNLIKELY(host->effects_next == host->effects_end)) flow_more_effects(frame);
  FlowEffect* effect = host->effects_next++;
  *effect =
      FlowEffect{static_cast<std::int32_t>(kind), step, kNoMessage, kNoOperation, 0, -1, kNever, nullptr, nullptr, 0};
  return effect;
}

inline void keep_operands(FlowFrame* frame, FlowEffect* effect, const FlowText* operands, std::uint64_t count) {
  FlowHost* host = frame->host;
  if (FLOW_UNLIKELY(static_cast<std::uint64_t>(host->operands_end - host->operands_next) < count))
    flow_more_operands(frame, count);
  FlowText* kept = host->operands_next;
  for (std::uint64_t i = 0; i < count; ++i) kept[i] = operands[i];
  host->operands_next = kept + count;
  effect->operands = kept;
  effect->operand_count = count;
}

// Nothing when the event may make no more text.
inline char* text_room(FlowFrame* frame, std::uint64_t bytes) {
  FlowSpace& texts = frame->host->texts;
  if (FLOW_UNLIKELY(texts.made > limits::kEventTextBytesMax)) return nullptr;
  if (FLOW_UNLIKELY(static_cast<std::uint64_t>(texts.end - texts.next) < bytes)) flow_more_text(frame, bytes);
  char* place = texts.next;
  texts.next += bytes;
  texts.made += bytes;
  return place;
}

inline std::int64_t text_concat(FlowFrame* frame, FlowText* out, const FlowText* parts, std::uint64_t count) {
  std::uint64_t size = 0;
  for (std::uint64_t i = 0; i < count; ++i) size += parts[i].size;
  if (FLOW_UNLIKELY(size > limits::kTextValueBytesMax)) return 0;
  char* place = text_room(frame, size);
  if (FLOW_UNLIKELY(place == nullptr)) return 0;
  char* end = place;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (parts[i].size != 0) std::memcpy(end, parts[i].data, parts[i].size);
    end += parts[i].size;
  }
  *out = {place, size};
  return 1;
}

inline std::int64_t timer_take(FlowFrame* frame, const FlowEvent* event) {
  if (event->kind != static_cast<std::int32_t>(EventKind::timer)) return -1;
  if (static_cast<std::uint32_t>(event->timer) >= static_cast<std::uint32_t>(kTimerCount)) return -1;
  const int place = deadline_of(event->timer);
  if (place == kOwnDeadline && frame->own_timer != event->timer) return -1;
  std::int64_t& due = frame->deadlines[place];
  if (due == kNever || due > event->at_ms) return -1;
  due = kNever;
  return event->timer;
}

// Whether a message got further by it.
inline bool is_progress(std::int32_t receipt) {
  return receipt > 0 && receipt < static_cast<std::int32_t>(Receipt::failed);
}

// A report of progress merged into a status as FlowFrame::current_status has it; ReceiptBits without kReceiptCurrent.
inline std::int64_t merge_progress(std::uint8_t& status, std::int32_t receipt) {
  const std::int32_t level = status & (kStatusFailed - 1);
  if (receipt <= level) return 0;
  status = static_cast<std::uint8_t>((status & kStatusFailed) | receipt);
  return (std::int64_t{kReceiptAccepted} << receipt) - (std::int64_t{kReceiptAccepted} << level);
}

// The same of any report.
inline std::int64_t merge(std::uint8_t& status, std::int32_t receipt) {
  if (is_progress(receipt)) return merge_progress(status, receipt);
  const std::int32_t level = status & (kStatusFailed - 1);
  if (level >= static_cast<std::int32_t>(Receipt::delivered) || (status & kStatusFailed) != 0) return 0;
  if (receipt != static_cast<std::int32_t>(Receipt::failed) && receipt != static_cast<std::int32_t>(Receipt::opted_out))
    return 0;
  status |= kStatusFailed;
  return receipt == static_cast<std::int32_t>(Receipt::failed) ? kReceiptFailed : kReceiptFailed | kReceiptOptedOut;
}

inline std::int64_t of_current(const FlowFrame* frame, std::int64_t bits) {
  return bits != 0 && frame->resting != kEnded ? bits | kReceiptCurrent : bits;
}

// What few receipts are: of a message that was left, or of a failure.
FLOW_OUT_OF_LINE inline std::int64_t rare_receipt(FlowFrame* frame, const FlowEvent* event) {
  if (event->message == frame->current_message) return of_current(frame, merge(frame->current_status, event->receipt));
  const FlowRest* rest = rest_of(*frame);
  if (event->message >= rest->message_count) return 0;
  FlowMessage& message = rest->messages[event->message];
  auto status = static_cast<std::uint8_t>(message.status | (message.failed != 0 ? kStatusFailed : 0));
  const std::int64_t bits = merge(status, event->receipt);
  message.status = status & (kStatusFailed - 1);
  message.failed = (status & kStatusFailed) != 0 ? 1 : 0;
  return bits;
}

inline std::int64_t receipt(FlowFrame* frame, const FlowEvent* event) {
  if (event->kind != static_cast<std::int32_t>(EventKind::receipt)) return 0;
  if (FLOW_LIKELY(event->message == frame->current_message && is_progress(event->receipt)))
    return of_current(frame, merge_progress(frame->current_status, event->receipt));
  return rare_receipt(frame, event);
}

inline std::int64_t operation_take(FlowFrame* frame, const FlowEvent* event) {
  if (event->kind != static_cast<std::int32_t>(EventKind::result)) return -1;
  FlowRest* rest = rest_of(*frame);
  if (rest->current_operation == kNoOperation || event->operation != rest->current_operation) return -1;
  rest->current_operation = kNoOperation;
  return event->outcome < 0 ? 0 : event->outcome;
}

inline void event_text(FlowText* out, const FlowEvent* event, std::int32_t place) {
  const auto i = static_cast<std::uint64_t>(place);
  const bool there = i < event->value_count && event->values[i].present != 0;
  *out = there ? event->values[i].text : FlowText{"", 0};
}

inline void begin(FlowFrame* frame, const FlowEvent* event) {
  rest_of(*frame)->started_at_ms = event->at_ms;
  set_deadline(*frame, Timer::expires, event->at_ms + frame->host->expires_ms);
}

inline void enter(FlowFrame* frame, const FlowEvent* event, std::int32_t step) {
  frame->resting = step;
  rest_of(*frame)->entered_at_ms = event->at_ms;
  emit(frame, EffectKind::enter, step);
}

inline void arm(FlowFrame* frame, std::int32_t timer, std::int64_t due_ms) {
  set_deadline(*frame, static_cast<Timer>(timer), due_ms);
  FlowEffect* effect = emit(frame, EffectKind::timer, frame->resting);
  effect->value = timer;
  effect->at_ms = due_ms;
}

inline void disarm(FlowFrame* frame, std::int32_t timer) {
  set_deadline(*frame, static_cast<Timer>(timer), kNever);
}

// What is known of the current message goes to where the others are.
inline FlowMessage& put_back(const FlowFrame* frame, FlowRest* rest) {
  FlowMessage& message = rest->messages[frame->current_message];
  message.status = frame->current_status & (kStatusFailed - 1);
  message.failed = (frame->current_status & kStatusFailed) != 0 ? 1 : 0;
  return message;
}

inline void disarm_step(FlowFrame* frame) {
  frame->deadlines[deadline_of(static_cast<std::int32_t>(Timer::undelivered))] = kNever;
  frame->deadlines[deadline_of(static_cast<std::int32_t>(Timer::unread))] = kNever;
  frame->deadlines[kOwnDeadline] = kNever;
}

// With an operation that has no answer yet, or a message that is neither sent, nor delivered, read or failed.
FLOW_OUT_OF_LINE inline void leave_unfinished(FlowFrame* frame) {
  FlowRest* rest = rest_of(*frame);
  disarm_step(frame);
  if (rest->current_operation != kNoOperation) {
    emit(frame, EffectKind::cancel, frame->resting)->operation = rest->current_operation;
    rest->current_operation = kNoOperation;
  }
  if (frame->current_message >= rest->message_count) return;
  FlowMessage& message = put_back(frame, rest);
  message.left = 1;
  if (frame->current_status < static_cast<std::uint8_t>(Receipt::sent))
    emit(frame, EffectKind::withdraw, message.step)->message = frame->current_message;
  frame->current_message = kNoCurrentMessage;
}

inline void leave(FlowFrame* frame) {
  FlowRest* rest = rest_of(*frame);
  const bool has_message = frame->current_message < rest->message_count;
  if (FLOW_UNLIKELY(rest->current_operation != kNoOperation ||
                    (has_message && frame->current_status < static_cast<std::uint8_t>(Receipt::sent))))
    return leave_unfinished(frame);
  disarm_step(frame);
  if (!has_message) return;
  put_back(frame, rest).left = 1;
  frame->current_message = kNoCurrentMessage;
}

inline std::int64_t may_send(FlowFrame* frame) {
  return rest_of(*frame)->message_count < limits::kMessagesPerExecutionMax ? 1 : 0;
}

inline std::int64_t earlier(std::int64_t a, std::int64_t b) {
  return a < b ? a : b;
}

inline void send(FlowFrame* frame, const FlowSendSite* site, const FlowText* operands, std::uint64_t count) {
  FlowRest* rest = rest_of(*frame);
  if (FLOW_UNLIKELY(rest->message_count >= limits::kMessagesPerExecutionMax)) return;
  if (FLOW_UNLIKELY(rest->message_count == rest->message_capacity)) flow_more_messages(frame);
  if (FLOW_UNLIKELY(frame->current_message < rest->message_count)) put_back(frame, rest);
  const std::uint32_t number = rest->message_count++;
  FlowEffect* effect = emit(frame, EffectKind::send, site->step);
  effect->message = number;
  effect->send = site;
  effect->at_ms = earlier(deadline(*frame, Timer::expires),
                          earlier(deadline(*frame, Timer::handover), deadline(*frame, Timer::undelivered)));
  keep_operands(frame, effect, operands, count);
  rest->messages[number] = FlowMessage{site->step, 0, 0, 0, {}};
  frame->current_message = static_cast<std::uint16_t>(number);
  frame->current_status = 0;
}

inline std::int64_t may_request(FlowFrame* frame) {
  return rest_of(*frame)->operations < limits::kOperationsPerExecutionMax ? 1 : 0;
}

// Effect request or launch.
inline FlowEffect* begin_operation(FlowFrame* frame, EffectKind kind, std::uint32_t site, const FlowText* operands,
                                   std::uint64_t count) {
  FlowEffect* effect = emit(frame, kind, frame->resting);
  effect->operation = rest_of(*frame)->operations++;
  effect->value = static_cast<std::int32_t>(site);
  keep_operands(frame, effect, operands, count);
  return effect;
}

inline void request(FlowFrame* frame, std::uint32_t site, const FlowText* operands, std::uint64_t count) {
  if (may_request(frame) == 0) return;
  FlowEffect* effect = begin_operation(frame, EffectKind::request, site, operands, count);
  effect->at_ms = earlier(deadline(*frame, Timer::expires), deadline(*frame, Timer::late));
  rest_of(*frame)->current_operation = effect->operation;
}

inline void launch(FlowFrame* frame, std::uint32_t site, const FlowText* operands, std::uint64_t count) {
  if (may_request(frame) != 0) begin_operation(frame, EffectKind::launch, site, operands, count);
}

inline void late(FlowFrame* frame, const FlowEvent* event) {
  const FlowRest* rest = rest_of(*frame);
  if (event->message >= rest->message_count) return;
  FlowEffect* effect = emit(frame, EffectKind::late_receipt, rest->messages[event->message].step);
  effect->message = event->message;
  effect->value = event->receipt;
}

// What finishing is beside the fields that hold secrets.
inline void finish(FlowFrame* frame, std::int32_t end, std::int32_t outcome, const FlowText* reason) {
  for (std::int64_t& due : frame->deadlines) due = kNever;
  frame->resting = kEnded;
  rest_of(*frame)->end = end;
  rest_of(*frame)->end_outcome = outcome;
  FlowEffect* effect = emit(frame, EffectKind::end, -1);
  effect->value = end;
  effect->outcome = outcome;
  if (reason != nullptr) keep_operands(frame, effect, reason, 1);
}

inline std::int64_t count(FlowFrame* frame, std::uint32_t counter, std::int64_t limit) {
  std::uint32_t& taken = rest_of(*frame)->counters[counter];
  if (taken >= limit) return 0;
  ++taken;
  return 1;
}

inline std::int64_t fire(FlowFrame* frame, std::uint32_t handler) {
  const std::uint64_t bit = std::uint64_t{1} << handler;
  if ((frame->handlers_fired & bit) != 0) return 0;
  frame->handlers_fired |= bit;
  return 1;
}

}  // namespace flow::program::inlined
