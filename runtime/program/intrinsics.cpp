#include "runtime/program/intrinsics.h"

#include <cstring>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "runtime/program/chance.h"
#include "runtime/program/frame.h"
#include "runtime/program/functions.h"
#include "runtime/program/number.h"
#include "runtime/program/text.h"

namespace flow::program {
namespace {

std::string_view view(const FlowText& text) {
  return {text.data, text.size};
}
FlowText as_text(std::string_view text) {
  return {text.data(), text.size()};
}
Frame& host(FlowFrame* frame) {
  return *static_cast<Frame*>(frame->host);
}

std::int64_t& deadline(FlowFrame* frame, Timer timer) {
  return frame->deadlines[std::to_underlying(timer)];
}

// The message of the resting step; null when there is none.
FlowMessage* current(FlowFrame* frame) {
  auto& messages = host(frame).messages();
  return frame->current_message < messages.size() ? &messages[frame->current_message] : nullptr;
}

Effect& emit(FlowFrame* frame, EffectKind kind, std::int32_t step) {
  Effect& effect = host(frame).effects().emplace_back();
  effect.kind = kind;
  effect.step = step;
  return effect;
}

Effect& begin_operation(FlowFrame* frame, EffectKind kind, std::uint32_t site, const FlowText* operands,
                        std::uint64_t count) {
  const OperationInfo& info = host(frame).info().operations[site];
  Effect& effect = emit(frame, kind, info.step);
  effect.operation = frame->operations++;
  effect.site = site;
  for (std::uint64_t i = 0; i < count; ++i) effect.arguments.emplace_back(view(operands[i]));
  effect.secret = info.secret;
  return effect;
}

std::int64_t merge_failed(FlowMessage& message) {
  if (message.status >= std::to_underlying(Receipt::delivered) || message.failed != 0) return 0;
  message.failed = 1;
  return kReceiptFailed;
}

std::int64_t merge_level(FlowMessage& message, std::int32_t level) {
  std::int64_t bits = 0;
  for (; message.status < level; ++message.status) bits |= kReceiptAccepted << message.status;
  return bits;
}

template <typename Write>
void write_value(FlowFrame* frame, FlowText* out, Write write) {
  char* place = host(frame).arena().allocate(kValueTextBytesMax);
  *out = {place, write(place)};
}

template <typename Write>
std::int64_t write_case(FlowFrame* frame, FlowText* out, const FlowText* a, Write write) {
  if (!host(frame).may_make_text()) return 0;
  char* place = host(frame).arena().allocate(2 * a->size);
  const std::size_t size = write(place, view(*a));
  if (size > limits::kTextValueBytesMax) return 0;
  *out = {place, size};
  return 1;
}

void fill_template(Effect& effect, const TemplateInfo& info, const FlowText* operands, std::uint64_t count) {
  const std::uint64_t parameters = count - 2;
  for (std::uint64_t i = 0; i < parameters; ++i)
    effect.parameters.emplace_back(info.parameters[i], view(operands[1 + i]));
  if (!info.languages.empty())
    effect.language = info.languages[choose_language(info.languages, view(operands[count - 1]))];
}

// Takes the parts off the end of the operands; how many are left.
std::uint64_t fill_parts(Effect& effect, const FlowInfo& info, std::int32_t content, const FlowText* operands,
                         std::uint64_t count) {
  const std::uint64_t rest = count - info.contents[static_cast<std::size_t>(content)].parts.size();
  effect.content = content;
  effect.parts.reserve(count - rest);
  for (std::uint64_t i = rest; i < count; ++i) effect.parts.emplace_back(view(operands[i]));
  return rest;
}

}  // namespace
}  // namespace flow::program

using namespace flow::program;
namespace limits = flow::limits;

extern "C" {

std::int64_t flow_number_multiply(std::int64_t* out, std::int64_t a, std::int64_t b) {
  return number_multiply(a, b, *out) ? 1 : 0;
}
std::int64_t flow_number_round(std::int64_t* out, std::int64_t a) {
  return number_round(a, *out) ? 1 : 0;
}
std::int64_t flow_duration_in(std::int64_t* out, std::int64_t ms, std::int64_t unit_ms) {
  return duration_in(ms, unit_ms, *out) ? 1 : 0;
}

std::int64_t flow_text_equal(const FlowText* a, const FlowText* b) {
  return view(*a) == view(*b) ? 1 : 0;
}
std::int64_t flow_text_fold_equal(const FlowText* a, const FlowText* b) {
  return fold_equal(view(*a), view(*b)) ? 1 : 0;
}
std::int64_t flow_text_contains(const FlowText* a, const FlowText* b) {
  if (b->size == 0) return 1;
  return memmem(a->data, a->size, b->data, b->size) != nullptr ? 1 : 0;  // linear on hostile texts, unlike find()
}
std::int64_t flow_text_fold_contains(const FlowText* a, const FlowText* b) {
  return fold_contains(view(*a), view(*b)) ? 1 : 0;
}
std::int64_t flow_text_starts(const FlowText* a, const FlowText* b) {
  return view(*a).starts_with(view(*b)) ? 1 : 0;
}
std::int64_t flow_text_ends(const FlowText* a, const FlowText* b) {
  return view(*a).ends_with(view(*b)) ? 1 : 0;
}
std::int64_t flow_text_blank(const FlowText* a) {
  return is_blank(view(*a)) ? 1 : 0;
}
std::int64_t flow_text_length(const FlowText* a) {
  return static_cast<std::int64_t>(count_characters(view(*a))) * limits::kNumberScale;
}
void flow_text_trim(FlowText* out, const FlowText* a) {
  *out = as_text(trim(view(*a)));
}
void flow_text_left(FlowText* out, const FlowText* a, std::int64_t number) {
  const std::int64_t count = number < 0 ? 0 : number / limits::kNumberScale;
  *out = as_text(left_characters(view(*a), static_cast<std::uint64_t>(count)));
}
std::int64_t flow_text_lower(FlowFrame* frame, FlowText* out, const FlowText* a) {
  return write_case(frame, out, a, write_lower);
}
std::int64_t flow_text_upper(FlowFrame* frame, FlowText* out, const FlowText* a) {
  return write_case(frame, out, a, write_upper);
}
std::int64_t flow_text_concat(FlowFrame* frame, FlowText* out, const FlowText* parts, std::uint64_t count) {
  std::uint64_t size = 0;
  for (std::uint64_t i = 0; i < count; ++i) size += parts[i].size;
  if (size > limits::kTextValueBytesMax || !host(frame).may_make_text()) return 0;
  char* place = host(frame).arena().allocate(size);
  char* end = place;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (parts[i].size != 0) std::memcpy(end, parts[i].data, parts[i].size);
    end += parts[i].size;
  }
  *out = {place, size};
  return 1;
}
void flow_text_of_number(FlowFrame* frame, FlowText* out, std::int64_t units) {
  write_value(frame, out, [units](char* place) { return write_number(place, units); });
}
void flow_text_of_boolean(FlowText* out, std::int64_t value) {
  *out = as_text(value != 0 ? std::string_view("true") : std::string_view("false"));
}
void flow_text_of_duration(FlowFrame* frame, FlowText* out, std::int64_t ms) {
  write_value(frame, out, [ms](char* place) { return write_duration(place, ms); });
}
void flow_text_of_region(FlowFrame* frame, FlowText* out, std::int64_t region) {
  write_value(frame, out, [region](char* place) { return write_region(place, region); });
}

std::int64_t flow_call(FlowFrame* frame, std::int64_t function, FlowValue* out, const FlowValue* operands) {
  const auto id = static_cast<FunctionId>(function);
  if (info(id).gives_text() && !host(frame).may_make_text()) return trapped(Trap::text_too_long);
  FlowValue result{};
  const CallStatus status = call_function(id, host(frame).arena(), operands, result);
  if (status == kCallGood) *out = result;
  return status;
}

std::int64_t flow_region_of(FlowFrame* frame, const FlowText* e164) {
  return host(frame).region_of(view(*e164));
}

std::int64_t flow_calling_code_of(const FlowText* e164) {
  return calling_code(view(*e164)) * limits::kNumberScale;
}

std::int64_t flow_region_allowed(FlowFrame* frame, std::int64_t region) {
  const auto& allowed = host(frame).info().allowed_regions;
  if (allowed.empty()) return 1;
  char letters[kValueTextBytesMax];
  const std::string_view name(letters, write_region(letters, region));
  for (const std::string& one : allowed)
    if (!name.empty() && one == name) return 1;
  return 0;
}

std::int64_t flow_bucket(const FlowText* salt, const FlowText* key) {
  return bucket_of(view(*salt), view(*key));
}

std::int64_t flow_timer_take(FlowFrame* frame, const FlowEvent* event) {
  if (event->kind != std::to_underlying(EventKind::timer)) return -1;
  if (event->timer < 0 || event->timer >= kTimerCount) return -1;
  std::int64_t& due = frame->deadlines[event->timer];
  if (due == kNever || due > event->at_ms) return -1;
  due = kNever;
  return event->timer;
}

std::int64_t flow_receipt(FlowFrame* frame, const FlowEvent* event) {
  auto& messages = host(frame).messages();
  if (event->kind != std::to_underlying(EventKind::receipt) || event->message >= messages.size()) return 0;
  FlowMessage& message = messages[event->message];
  std::int64_t bits = 0;
  if (event->receipt == std::to_underlying(Receipt::failed))
    bits = merge_failed(message);
  else if (event->receipt == std::to_underlying(Receipt::opted_out))
    bits = merge_failed(message) == 0 ? 0 : kReceiptFailed | kReceiptOptedOut;
  else if (event->receipt > 0 && event->receipt < std::to_underlying(Receipt::failed))
    bits = merge_level(message, event->receipt);
  const bool is_current = event->message == frame->current_message && frame->resting != kEnded;
  return bits != 0 && is_current ? bits | kReceiptCurrent : bits;
}

std::int64_t flow_operation_take(FlowFrame* frame, const FlowEvent* event) {
  if (event->kind != std::to_underlying(EventKind::result)) return -1;
  if (frame->current_operation == kNoOperation || event->operation != frame->current_operation) return -1;
  frame->current_operation = kNoOperation;
  return event->outcome < 0 ? 0 : event->outcome;
}

void flow_take_values(FlowFrame* frame, const FlowEvent* event, std::uint32_t site) {
  const auto& reads = host(frame).info().operations[site].reads;
  for (std::size_t i = 0; i < reads.size(); ++i)
    flow_take_value(frame, event, reads[i].field, static_cast<std::int64_t>(i));
}

void flow_event_text(FlowText* out, const FlowEvent* event, std::int32_t place) {
  const auto i = static_cast<std::uint64_t>(place);
  const bool there = i < event->value_count && event->values[i].present != 0;
  *out = there ? event->values[i].text : FlowText{"", 0};
}

void flow_take_value(FlowFrame* frame, const FlowEvent* event, std::uint32_t number, std::int64_t place) {
  FlowField& field = frame->fields[number];
  field = FlowField{0, {"", 0}, 0};
  const auto i = static_cast<std::uint64_t>(place);
  if (i >= event->value_count || event->values[i].present == 0) return;
  field = event->values[i];
  if (is_text(host(frame).info().fields[number].type)) field.text = host(frame).arena().copy(view(field.text));
}

void flow_begin(FlowFrame* frame, const FlowEvent* event) {
  frame->started_at_ms = event->at_ms;
  deadline(frame, Timer::expires) = event->at_ms + host(frame).info().expires_ms;
}

void flow_enter(FlowFrame* frame, const FlowEvent* event, std::int32_t step) {
  frame->resting = step;
  frame->entered_at_ms = event->at_ms;
  emit(frame, EffectKind::enter, step);
}

void flow_arm(FlowFrame* frame, std::int32_t timer, std::int64_t due_ms) {
  frame->deadlines[timer] = due_ms;
  Effect& effect = emit(frame, EffectKind::timer, frame->resting);
  effect.timer = static_cast<Timer>(timer);
  effect.due_ms = due_ms;
}

void flow_disarm(FlowFrame* frame, std::int32_t timer) {
  frame->deadlines[timer] = kNever;
}

void flow_leave(FlowFrame* frame) {
  for (Timer timer : {Timer::handover, Timer::undelivered, Timer::unread, Timer::wait, Timer::late, Timer::silent})
    deadline(frame, timer) = kNever;
  if (frame->current_operation != kNoOperation) {
    emit(frame, EffectKind::cancel, frame->resting).operation = frame->current_operation;
    frame->current_operation = kNoOperation;
  }
  if (FlowMessage* message = current(frame); message != nullptr) {
    message->left = 1;
    if (message->status < std::to_underlying(Receipt::sent) && message->failed == 0)
      emit(frame, EffectKind::withdraw, message->step).message = frame->current_message;
  }
  frame->current_message = kNoMessage;
}

std::int64_t flow_may_send(FlowFrame* frame) {
  return host(frame).messages().size() < limits::kMessagesPerExecutionMax ? 1 : 0;
}

void flow_send(FlowFrame* frame, const FlowSendSite* site, const FlowText* operands, std::uint64_t count) {
  if (flow_may_send(frame) == 0) return;
  auto& messages = host(frame).messages();
  const auto number = static_cast<std::uint32_t>(messages.size());
  Effect& effect = emit(frame, EffectKind::send, site->step);
  effect.message = number;
  effect.channel = site->channel;
  effect.to = view(operands[0]);
  effect.template_index = site->template_index;
  effect.ttl_ms = site->ttl_ms;
  effect.secret = site->secret != 0;
  if (site->content >= 0) count = fill_parts(effect, host(frame).info(), site->content, operands, count);
  if (site->template_index < 0)
    effect.text = view(operands[1]);
  else
    fill_template(effect, host(frame).info().templates[static_cast<std::size_t>(site->template_index)], operands,
                  count);
  for (Timer timer : {Timer::expires, Timer::handover, Timer::undelivered})
    if (deadline(frame, timer) < effect.not_after_ms) effect.not_after_ms = deadline(frame, timer);
  messages.push_back(FlowMessage{site->step, 0, 0, 0, {}});
  frame->current_message = number;
}

std::int64_t flow_may_request(FlowFrame* frame) {
  return frame->operations < limits::kOperationsPerExecutionMax ? 1 : 0;
}

void flow_request(FlowFrame* frame, std::uint32_t site, const FlowText* operands, std::uint64_t count) {
  if (flow_may_request(frame) == 0) return;
  Effect& effect = begin_operation(frame, EffectKind::request, site, operands, count);
  for (Timer timer : {Timer::expires, Timer::late})
    if (deadline(frame, timer) < effect.not_after_ms) effect.not_after_ms = deadline(frame, timer);
  frame->current_operation = effect.operation;
}

void flow_launch(FlowFrame* frame, std::uint32_t site, const FlowText* operands, std::uint64_t count) {
  if (flow_may_request(frame) != 0) begin_operation(frame, EffectKind::launch, site, operands, count);
}

void flow_late(FlowFrame* frame, const FlowEvent* event) {
  const auto& messages = host(frame).messages();
  if (event->message >= messages.size()) return;
  Effect& effect = emit(frame, EffectKind::late_receipt, messages[event->message].step);
  effect.message = event->message;
  effect.receipt = static_cast<Receipt>(event->receipt);
}

std::int64_t flow_count(FlowFrame* frame, std::uint32_t counter, std::int64_t limit) {
  if (frame->counters[counter] >= limit) return 0;
  ++frame->counters[counter];
  return 1;
}

std::int64_t flow_fire(FlowFrame* frame, std::uint32_t handler) {
  const std::uint64_t bit = std::uint64_t{1} << handler;
  if ((frame->handlers_fired & bit) != 0) return 0;
  frame->handlers_fired |= bit;
  return 1;
}

void flow_forget(FlowFrame* frame) {
  const auto& fields = host(frame).info().fields;
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].role == FieldRole::variable) frame->fields[i] = FlowField{0, {"", 0}, 0};
}

void flow_finish(FlowFrame* frame, std::int32_t end, std::int32_t outcome, const FlowText* reason) {
  for (std::int64_t& due : frame->deadlines) due = kNever;
  const auto& fields = host(frame).info().fields;
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].secret) frame->fields[i] = FlowField{0, {"", 0}, 0};
  frame->resting = kEnded;
  frame->end = end;
  frame->end_outcome = outcome;
  Effect& effect = emit(frame, EffectKind::end, -1);
  effect.end = static_cast<EndKind>(end);
  effect.outcome = outcome;
  if (reason != nullptr) effect.reason = view(*reason);
}

void flow_trap(FlowFrame* frame, std::int32_t trap) {
  flow_leave(frame);
  constexpr std::string_view kReasons[kTrapCount] = {"a number left its range", "a text became too long",
                                                     "a date left its range", "a time zone is not known here"};
  const FlowText reason = as_text(kReasons[trap]);
  flow_finish(frame, std::to_underlying(EndKind::failed), -1, &reason);
}

}  // extern "C"
