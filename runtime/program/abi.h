// The boundary between compiled flows and whoever runs them: plain structs and C signatures, nothing else.
//
// One call of a Program moves one execution by one event: `frame` is the execution's decoded state, changed in place;
// effects are appended to the host behind it. Nothing here reads a clock, a file, a socket or a random number.
// Offsets are part of the contract with generated code: static_asserts in abi.cpp pin them; a change of layout raises
// kAbiVersion, which is part of the object cache's key.
#pragma once

#include <cstddef>
#include <cstdint>

namespace flow::program {

inline constexpr std::uint32_t kAbiVersion = 4;
inline constexpr std::int64_t kNever = INT64_MAX;  // an unset deadline
inline constexpr std::int32_t kNotStarted = -1;    // FlowFrame::resting before the first event
inline constexpr std::int32_t kEnded = -2;         // after the last
inline constexpr std::uint32_t kNoMessage = UINT32_MAX;
inline constexpr std::uint16_t kNoCurrentMessage = UINT16_MAX;  // the same, as FlowFrame has it
inline constexpr std::uint32_t kNoOperation = UINT32_MAX;
inline constexpr std::int64_t kAbsentScalar = INT64_MIN;  // no value of any type

// The order is the order in which timers due at the same instant fire.
enum class Timer : std::int32_t {
  expires = 0,
  handover = 1,
  undelivered = 2,
  unread = 3,
  wait = 4,
  late = 5,    // no answer to what was asked of the outside
  silent = 6,  // nobody said anything
};
inline constexpr int kTimerCount = 7;
inline constexpr int kDeadlineCount = 4;
inline constexpr int kOwnDeadline = 3;            // of handover, wait, late, silent: whichever the step has
inline constexpr std::uint8_t kStatusFailed = 8;  // beside the level in FlowFrame::current_status

enum class EventKind : std::int32_t { start = 0, receipt = 1, timer = 2, signal = 3, result = 4, reply = 5 };

// What a channel reported of a message. Merged by join: accepted < sent < delivered < read; `failed` counts only
// before delivered. `opted_out`: nothing was sent, for the contact wants no marketing; a failure that has an arm of its
// own.
enum class Receipt : std::int32_t {
  none = 0,
  accepted = 1,
  sent = 2,
  delivered = 3,
  read = 4,
  failed = 5,
  opted_out = 6
};

// What merging a receipt changed (the result of flow_receipt), as bits. 0: nothing new, or no such message.
enum ReceiptBits : std::int32_t {
  kReceiptCurrent = 1,   // the message of the step in which the execution rests; else its step was left
  kReceiptAccepted = 2,  // newly reached levels; a jump from accepted to read sets sent, delivered and read
  kReceiptSent = 4,
  kReceiptDelivered = 8,
  kReceiptRead = 16,
  kReceiptFailed = 32,
  kReceiptOptedOut = 64,  // beside failed
};

// What an advance wants done; effects are carried out after the state was stored.
enum class EffectKind : std::uint8_t {
  enter,         // a step was entered (timeline only)
  send,          // hand a message to a channel
  withdraw,      // the step of a message was left before the channel reported it sent: do not send it any more
  timer,         // a deadline was armed (the state holds it; this is for the timeline)
  late_receipt,  // a receipt for a message whose step was left, or after the end
  end,           // the execution ended
  request,       // ask the outside: an operation begins
  cancel,        // the step of an operation was left before it was answered
  launch,        // start an execution of another flow, which is not waited for: an operation without an answer
};

enum class EndKind : std::int32_t { none = 0, done = 1, failed = 2, outcome = 3, expired = 4 };

// Why an engine ends an execution by itself (docs/semantics.md, Traps).
enum class Trap : std::int32_t { number_left_range = 0, text_too_long = 1, date_left_range = 2, zone_unknown = 3 };
inline constexpr int kTrapCount = 4;

// What advance() answers.
enum class Verdict : std::int32_t {
  ignored = 0,  // state and effects are as before
  changed = 1,
};

extern "C" {

// Not owned; valid as long as the frame's arena is not reset. Never NUL-terminated by promise.
struct FlowText {
  const char* data;
  std::uint64_t size;
};

// One variable. Which member counts is the field's type. `text`: text, phone (E.164), language, email, url, zone (its
// name), json (compact), list and record (composite.h). `scalar`: number and money (units of 10^-6; the currency is the
// type's), bool (0/1), duration (ms), region (two letters, `a << 8 | b`; 0 is no region), date (days since the epoch),
// time (ms since midnight), datetime (ms since the epoch).
struct FlowField {
  std::int64_t scalar;
  FlowText text;
  std::uint64_t present;  // 0 or 1
};

// An operand or result of a function (functions.h): which member counts is the function's matter. A result that is
// absent has kAbsentScalar, or no data.
union FlowValue {
  std::int64_t scalar;
  FlowText text;
};

// One message that the execution sent, in the order of sending: its number is its index.
struct FlowMessage {
  std::int32_t step;    // the send step
  std::int32_t status;  // Receipt, never `failed`
  std::uint8_t failed;
  std::uint8_t left;  // its step was left
  std::uint8_t reserved[6];
};

struct FlowHost;

struct FlowEvent {
  std::int32_t kind;      // EventKind
  std::int32_t timer;     // Timer, for a timer
  std::int32_t signal;    // index in FlowInfo::signals, for a signal; -1: a name the flow does not know
  std::int32_t receipt;   // Receipt
  std::uint32_t message;  // number, for a receipt
  std::uint32_t seed;     // of a start: what `random` draws from
  std::int64_t at_ms;     // when it was accepted, ms since the epoch; never less than the event before it
  FlowText reason;        // of a failed receipt; may be empty
  // Of a result: what the operation's reads found, in the order of OperationInfo::reads; of fewer the rest is absent.
  // Of a reply: what was written, in the order of ReplyValue.
  const FlowField* values;
  std::uint64_t value_count;
  std::int32_t outcome;     // of a result: index in OperationInfo::outcomes
  std::uint32_t operation;  // number, for a result
};

// What belongs to an execution and is needed less often than a receipt comes. It lies in memory just before the fields:
// rest_of() finds it.
struct FlowRest {
  std::int64_t started_at_ms;
  std::int64_t entered_at_ms;  // the resting step
  std::uint32_t* counters;     // [FlowInfo::counters], one for each jump as written
  FlowMessage* messages;       // [message_count]; what is known of the current one is in FlowFrame
  std::uint32_t message_count;
  std::uint32_t message_capacity;
  std::uint32_t current_operation;  // of the resting step while it has no answer, or kNoOperation
  std::uint32_t operations;         // begun so far: the next one's number
  std::int32_t end;                 // EndKind
  std::int32_t end_outcome;         // index in FlowInfo::outcomes, for EndKind::outcome
  std::uint64_t reserved;
};

// A waiting execution as receipts and timers find it: one cache line. Its texts, and whatever else is in the fields,
// are apart.
struct alignas(64) FlowFrame {
  FlowField* fields;                       // [FlowInfo::fields.size()], behind a FlowRest
  FlowHost* host;                          // where effects and texts go; of whoever advances it
  std::int64_t deadlines[kDeadlineCount];  // by deadline_of()
  std::uint64_t handlers_fired;            // bit i: `on` handler i
  std::int32_t resting;                    // step id, or kNotStarted, kEnded
  std::uint16_t current_message;           // of the resting step, or kNoCurrentMessage
  std::uint8_t current_status;             // of the current message: Receipt, and kStatusFailed
  std::uint8_t own_timer;                  // Timer of the last deadline, while it is armed
};

// Deadlines of which a step arms at most one share a place: arming one of them disarms the others.
constexpr int deadline_of(std::int32_t timer) {
  constexpr std::uint32_t kPlaces = 0U << 0 | 3U << 2 | 1U << 4 | 2U << 6 | 3U << 8 | 3U << 10 | 3U << 12;
  return static_cast<int>(kPlaces >> (2 * timer) & 3U);
}

// One `send` as written: what does not change from execution to execution.
struct FlowSendSite {
  std::int32_t step;
  std::uint32_t channel;        // FlowInfo::channels
  std::int32_t template_index;  // FlowInfo::templates; -1: a text
  std::int32_t content;         // FlowInfo::contents; -1: a text or template and nothing more
  std::int64_t ttl_ms;
  std::int32_t secret;  // 0 or 1
  std::int32_t reserved;
};

// What an advance wants done, as engines write it; Effect (effect.h) is what it means, and says which members count.
struct FlowEffect {
  std::int32_t kind;        // EffectKind
  std::int32_t step;        // or -1
  std::uint32_t message;    // send, withdraw, late_receipt
  std::uint32_t operation;  // request, cancel, launch
  std::int32_t value;       // timer: Timer; late_receipt: Receipt; end: EndKind; request, launch: the site
  std::int32_t outcome;     // end
  std::int64_t at_ms;       // timer: when it is due; send, request: not after
  const FlowSendSite* send;
  const FlowText* operands;  // send, request, launch: as the instruction has them; end: the reason, if any
  std::uint64_t operand_count;
};

// Room for texts: what is between `next` and `end` is free.
struct FlowSpace {
  char* next;
  char* end;
  std::uint64_t made;  // bytes, by this event
};

// Where an advance puts what it makes: effects, their operands, texts. Not the execution's: one may serve many.
struct FlowHost {
  FlowEffect* effects;  // up to effects_next; flow_more_effects() when they have come to effects_end
  FlowEffect* effects_next;
  FlowEffect* effects_end;
  FlowText* operands_next;  // free up to operands_end; flow_more_operands() makes more
  FlowText* operands_end;
  FlowSpace texts;          // flow_more_text() makes more
  std::int64_t expires_ms;  // FlowInfo's
  void* owner;              // program::Frame
};

// The signature of a compiled entry: one for each resting state, one for the start. Answers a Verdict; or kGoOn and
// more: entry number `answer - kGoOn` of the table is to be called next.
inline constexpr std::int32_t kGoOn = 2;
using FlowEntry = std::int32_t (*)(FlowFrame* frame, const FlowEvent* event);

}  // extern "C"

constexpr bool share_a_deadline(std::size_t a, std::size_t b) {
  return deadline_of(static_cast<std::int32_t>(a)) == deadline_of(static_cast<std::int32_t>(b));
}

inline FlowRest* rest_of(const FlowFrame& frame) {
  return reinterpret_cast<FlowRest*>(frame.fields) - 1;
}

// kNever when it is not armed.
inline std::int64_t deadline(const FlowFrame& frame, Timer timer) {
  const auto number = static_cast<std::int32_t>(timer);
  const int place = deadline_of(number);
  return place == kOwnDeadline && frame.own_timer != number ? kNever : frame.deadlines[place];
}
// kNever: disarms it.
inline void set_deadline(FlowFrame& frame, Timer timer, std::int64_t due_ms) {
  const auto number = static_cast<std::int32_t>(timer);
  const int place = deadline_of(number);
  if (place == kOwnDeadline) {
    if (due_ms == kNever && frame.own_timer != number) return;
    frame.own_timer = static_cast<std::uint8_t>(number);
  }
  frame.deadlines[place] = due_ms;
}

}  // namespace flow::program
