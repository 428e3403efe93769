// What both engines call for everything that is not plain arithmetic, comparison or control flow: the interpreter
// from C++, compiled code by these names. docs/semantics.md has the rules.
//
// Conventions: integers are 64 bits wide as registers are; booleans are 0 and 1; texts are passed by pointer and `out`
// may be one of the operands; what a text result points to lives in the frame's arena, in an operand, or for ever.
// A function whose comment says *traps* answers 0 when the engine must call flow_trap and return Verdict::changed; it
// then leaves `out` alone. All belong to one execution, hence one thread; none throws.
#pragma once

#include <cstdint>

#include "runtime/program/abi.h"

extern "C" {

using flow::program::FlowEvent;
using flow::program::FlowFrame;
using flow::program::FlowSendSite;
using flow::program::FlowText;
using flow::program::FlowValue;

// Numbers: out ← result; 1, or 0: traps (Trap::number_left_range).
std::int64_t flow_number_multiply(std::int64_t* out, std::int64_t a, std::int64_t b);
std::int64_t flow_number_round(std::int64_t* out, std::int64_t a);
std::int64_t flow_duration_in(std::int64_t* out, std::int64_t ms, std::int64_t unit_ms);

// Texts.
std::int64_t flow_text_equal(const FlowText* a, const FlowText* b);
std::int64_t flow_text_fold_equal(const FlowText* a, const FlowText* b);
std::int64_t flow_text_contains(const FlowText* a, const FlowText* b);
std::int64_t flow_text_fold_contains(const FlowText* a, const FlowText* b);
std::int64_t flow_text_starts(const FlowText* a, const FlowText* b);
std::int64_t flow_text_ends(const FlowText* a, const FlowText* b);
std::int64_t flow_text_blank(const FlowText* a);
std::int64_t flow_text_length(const FlowText* a);  // a number: characters × limits::kNumberScale
void flow_text_trim(FlowText* out, const FlowText* a);
void flow_text_left(FlowText* out, const FlowText* a, std::int64_t number);
std::int64_t flow_text_lower(FlowFrame* frame, FlowText* out, const FlowText* a);  // traps (text_too_long)
std::int64_t flow_text_upper(FlowFrame* frame, FlowText* out, const FlowText* a);  // traps
std::int64_t flow_text_concat(FlowFrame* frame, FlowText* out, const FlowText* parts, std::uint64_t count);  // traps
void flow_text_of_number(FlowFrame* frame, FlowText* out, std::int64_t units);
void flow_text_of_boolean(FlowText* out, std::int64_t value);
void flow_text_of_duration(FlowFrame* frame, FlowText* out, std::int64_t ms);
void flow_text_of_region(FlowFrame* frame, FlowText* out, std::int64_t region);

// out ← functions.h' function of this number; 0, or 1 + the Trap: the engine must then call flow_trap and return
// Verdict::changed.
std::int64_t flow_call(FlowFrame* frame, std::int64_t function, FlowValue* out, const FlowValue* operands);

// Regions, as `a << 8 | b`; 0: none.
std::int64_t flow_region_of(FlowFrame* frame, const FlowText* e164);
std::int64_t flow_calling_code_of(const FlowText* e164);  // a number: code × limits::kNumberScale
std::int64_t flow_region_allowed(FlowFrame* frame, std::int64_t region);

// 0 to 99.
std::int64_t flow_bucket(const FlowText* salt, const FlowText* key);

// The event.
std::int64_t flow_timer_take(FlowFrame* frame, const FlowEvent* event);  // the Timer, or -1
std::int64_t flow_receipt(FlowFrame* frame, const FlowEvent* event);     // ReceiptBits

// The outcome of the current operation's result (an index, perhaps out of range), which then is current no more; -1:
// the event is none.
std::int64_t flow_operation_take(FlowFrame* frame, const FlowEvent* event);
// The reads of operation site `site` ← the event's values; what it does not have becomes absent.
void flow_take_values(FlowFrame* frame, const FlowEvent* event, std::uint32_t site);

// Text `place` of the event's values; empty when there is none.
void flow_event_text(FlowText* out, const FlowEvent* event, std::int32_t place);
// The field ← value `place` of the event, or absent.
void flow_take_value(FlowFrame* frame, const FlowEvent* event, std::uint32_t field, std::int64_t place);

// The execution.
void flow_begin(FlowFrame* frame, const FlowEvent* event);
void flow_enter(FlowFrame* frame, const FlowEvent* event, std::int32_t step);
void flow_arm(FlowFrame* frame, std::int32_t timer, std::int64_t due_ms);
void flow_disarm(FlowFrame* frame, std::int32_t timer);
void flow_leave(FlowFrame* frame);
std::int64_t flow_may_send(FlowFrame* frame);
// operands: to, then the text; or to, the template's parameters, the wished language; then the parts of the content.
void flow_send(FlowFrame* frame, const FlowSendSite* site, const FlowText* operands, std::uint64_t count);
std::int64_t flow_may_request(FlowFrame* frame);
void flow_request(FlowFrame* frame, std::uint32_t site, const FlowText* operands, std::uint64_t count);
// The same for a site that nobody waits for: effect launch, and no operation is current.
void flow_launch(FlowFrame* frame, std::uint32_t site, const FlowText* operands, std::uint64_t count);
void flow_late(FlowFrame* frame, const FlowEvent* event);
std::int64_t flow_count(FlowFrame* frame, std::uint32_t counter, std::int64_t limit);
std::int64_t flow_fire(FlowFrame* frame, std::uint32_t handler);
void flow_forget(FlowFrame* frame);
void flow_finish(FlowFrame* frame, std::int32_t end, std::int32_t outcome, const FlowText* reason);  // null: none
// The same for code that has made the secret fields absent itself.
void flow_end(FlowFrame* frame, std::int32_t end, std::int32_t outcome, const FlowText* reason);
void flow_trap(FlowFrame* frame, std::int32_t trap);  // Trap: leaves and finishes failed

// Room for at least one more effect, `count` more operands, `bytes` more of text, one more message: what inlined.h
// calls when there is none left.
void flow_more_effects(FlowFrame* frame);
void flow_more_operands(FlowFrame* frame, std::uint64_t count);
void flow_more_text(FlowFrame* frame, std::uint64_t bytes);
void flow_more_messages(FlowFrame* frame);

}  // extern "C"
