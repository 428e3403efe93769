// The intrinsics of inlined.h under their names: part of the program, and as bitcode part of libflowjit.so, which links
// them into the code of a flow (compiler/jit).
#include "runtime/program/inlined.h"

namespace inlined = flow::program::inlined;

extern "C" {

FLOW_OUT_OF_LINE std::int64_t flow_text_concat(FlowFrame* frame, FlowText* out, const FlowText* parts,
                                               std::uint64_t count) {
  return inlined::text_concat(frame, out, parts, count);
}
std::int64_t flow_timer_take(FlowFrame* frame, const FlowEvent* event) {
  return inlined::timer_take(frame, event);
}
std::int64_t flow_receipt(FlowFrame* frame, const FlowEvent* event) {
  return inlined::receipt(frame, event);
}
std::int64_t flow_operation_take(FlowFrame* frame, const FlowEvent* event) {
  return inlined::operation_take(frame, event);
}
FLOW_OUT_OF_LINE void flow_event_text(FlowText* out, const FlowEvent* event, std::int32_t place) {
  inlined::event_text(out, event, place);
}
void flow_begin(FlowFrame* frame, const FlowEvent* event) {
  inlined::begin(frame, event);
}
void flow_enter(FlowFrame* frame, const FlowEvent* event, std::int32_t step) {
  inlined::enter(frame, event, step);
}
void flow_arm(FlowFrame* frame, std::int32_t timer, std::int64_t due_ms) {
  inlined::arm(frame, timer, due_ms);
}
void flow_disarm(FlowFrame* frame, std::int32_t timer) {
  inlined::disarm(frame, timer);
}
void flow_leave(FlowFrame* frame) {
  inlined::leave(frame);
}
std::int64_t flow_may_send(FlowFrame* frame) {
  return inlined::may_send(frame);
}
FLOW_OUT_OF_LINE void flow_send(FlowFrame* frame, const FlowSendSite* site, const FlowText* operands,
                                std::uint64_t count) {
  inlined::send(frame, site, operands, count);
}
std::int64_t flow_may_request(FlowFrame* frame) {
  return inlined::may_request(frame);
}
FLOW_OUT_OF_LINE void flow_request(FlowFrame* frame, std::uint32_t site, const FlowText* operands,
                                   std::uint64_t count) {
  inlined::request(frame, site, operands, count);
}
FLOW_OUT_OF_LINE void flow_launch(FlowFrame* frame, std::uint32_t site, const FlowText* operands, std::uint64_t count) {
  inlined::launch(frame, site, operands, count);
}
FLOW_OUT_OF_LINE void flow_late(FlowFrame* frame, const FlowEvent* event) {
  inlined::late(frame, event);
}
std::int64_t flow_count(FlowFrame* frame, std::uint32_t counter, std::int64_t limit) {
  return inlined::count(frame, counter, limit);
}
std::int64_t flow_fire(FlowFrame* frame, std::uint32_t handler) {
  return inlined::fire(frame, handler);
}
void flow_end(FlowFrame* frame, std::int32_t end, std::int32_t outcome, const FlowText* reason) {
  inlined::finish(frame, end, outcome, reason);
}

}  // extern "C"
