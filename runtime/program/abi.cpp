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

static_assert(sizeof(FlowRest) == 64);
FLOW_PIN(FlowRest, started_at_ms, 0);
FLOW_PIN(FlowRest, entered_at_ms, 8);
FLOW_PIN(FlowRest, counters, 16);
FLOW_PIN(FlowRest, messages, 24);
FLOW_PIN(FlowRest, message_count, 32);
FLOW_PIN(FlowRest, message_capacity, 36);
FLOW_PIN(FlowRest, current_operation, 40);
FLOW_PIN(FlowRest, operations, 44);
FLOW_PIN(FlowRest, end, 48);
FLOW_PIN(FlowRest, end_outcome, 52);

static_assert(sizeof(FlowFrame) == 64);
FLOW_PIN(FlowFrame, fields, 0);
FLOW_PIN(FlowFrame, host, 8);
FLOW_PIN(FlowFrame, deadlines, 16);
FLOW_PIN(FlowFrame, handlers_fired, 48);
FLOW_PIN(FlowFrame, resting, 56);
FLOW_PIN(FlowFrame, current_message, 60);
FLOW_PIN(FlowFrame, current_status, 62);
FLOW_PIN(FlowFrame, own_timer, 63);

static_assert(sizeof(FlowEffect) == 56);
FLOW_PIN(FlowEffect, kind, 0);
FLOW_PIN(FlowEffect, step, 4);
FLOW_PIN(FlowEffect, message, 8);
FLOW_PIN(FlowEffect, operation, 12);
FLOW_PIN(FlowEffect, value, 16);
FLOW_PIN(FlowEffect, outcome, 20);
FLOW_PIN(FlowEffect, at_ms, 24);
FLOW_PIN(FlowEffect, send, 32);
FLOW_PIN(FlowEffect, operands, 40);
FLOW_PIN(FlowEffect, operand_count, 48);

static_assert(sizeof(FlowHost) == 80);
FLOW_PIN(FlowHost, effects_next, 8);
FLOW_PIN(FlowHost, effects_end, 16);
FLOW_PIN(FlowHost, operands_next, 24);
FLOW_PIN(FlowHost, operands_end, 32);
FLOW_PIN(FlowHost, texts, 40);
FLOW_PIN(FlowHost, expires_ms, 64);
FLOW_PIN(FlowHost, owner, 72);

#undef FLOW_PIN

}  // namespace flow::program
