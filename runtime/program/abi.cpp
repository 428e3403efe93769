// Generated code addresses these structs by offset. What changes here changes kAbiVersion.
#include "runtime/program/abi.h"

#include <cstddef>

namespace flow::program {

#define FLOW_PIN(type, member, offset) static_assert(offsetof(type, member) == (offset), #type "::" #member)

static_assert(sizeof(FlowText) == 16);
FLOW_PIN(FlowText, data, 0);
FLOW_PIN(FlowText, size, 8);

static_assert(sizeof(FlowField) == 32);
FLOW_PIN(FlowField, scalar, 0);
FLOW_PIN(FlowField, text, 8);
FLOW_PIN(FlowField, present, 24);

static_assert(sizeof(FlowMessage) == 16);
FLOW_PIN(FlowMessage, step, 0);
FLOW_PIN(FlowMessage, status, 4);
FLOW_PIN(FlowMessage, failed, 8);
FLOW_PIN(FlowMessage, left, 9);

static_assert(sizeof(FlowEvent) == 72);
FLOW_PIN(FlowEvent, kind, 0);
FLOW_PIN(FlowEvent, timer, 4);
FLOW_PIN(FlowEvent, signal, 8);
FLOW_PIN(FlowEvent, receipt, 12);
FLOW_PIN(FlowEvent, message, 16);
FLOW_PIN(FlowEvent, seed, 20);
FLOW_PIN(FlowEvent, at_ms, 24);
FLOW_PIN(FlowEvent, reason, 32);
FLOW_PIN(FlowEvent, values, 48);
FLOW_PIN(FlowEvent, value_count, 56);
FLOW_PIN(FlowEvent, outcome, 64);
FLOW_PIN(FlowEvent, operation, 68);

static_assert(sizeof(FlowSendSite) == 32);
FLOW_PIN(FlowSendSite, step, 0);
FLOW_PIN(FlowSendSite, channel, 4);
FLOW_PIN(FlowSendSite, template_index, 8);
FLOW_PIN(FlowSendSite, content, 12);
FLOW_PIN(FlowSendSite, ttl_ms, 16);
FLOW_PIN(FlowSendSite, secret, 24);

static_assert(sizeof(FlowFrame) == 128);
FLOW_PIN(FlowFrame, fields, 0);
FLOW_PIN(FlowFrame, counters, 8);
FLOW_PIN(FlowFrame, deadlines, 16);
FLOW_PIN(FlowFrame, started_at_ms, 72);
FLOW_PIN(FlowFrame, entered_at_ms, 80);
FLOW_PIN(FlowFrame, resting, 88);
FLOW_PIN(FlowFrame, current_message, 92);
FLOW_PIN(FlowFrame, handlers_fired, 96);
FLOW_PIN(FlowFrame, end, 104);
FLOW_PIN(FlowFrame, end_outcome, 108);
FLOW_PIN(FlowFrame, current_operation, 112);
FLOW_PIN(FlowFrame, operations, 116);
FLOW_PIN(FlowFrame, host, 120);

#undef FLOW_PIN

}  // namespace flow::program
