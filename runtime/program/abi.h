// The boundary between compiled flows and whoever runs them: plain structs and C signatures, nothing else.
//
// One call of a Program moves one execution by one event: `frame` is the execution's decoded state, changed in place;
// effects are appended to the host behind it. Nothing here reads a clock, a file, a socket or a random number.
// Offsets are part of the contract with generated code: static_asserts in abi.cpp pin them; a change of layout raises
// kAbiVersion, which is part of the object cache's key.
#pragma once

#include <cstdint>

namespace flow::program {

inline constexpr std::uint32_t kAbiVersion = 3;
inline constexpr std::int64_t kNever = INT64_MAX;  // an unset deadline
inline constexpr std::int32_t kNotStarted = -1;    // FlowFrame::resting before the first event
inline constexpr std::int32_t kEnded = -2;         // after the last
inline constexpr std::uint32_t kNoMessage = UINT32_MAX;
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

struct FlowFrame {
  FlowField* fields;        // [FlowInfo::fields.size()]
  std::uint32_t* counters;  // [FlowInfo::counters], one for each jump as written
  std::int64_t deadlines[kTimerCount];
  std::int64_t started_at_ms;
  std::int64_t entered_at_ms;       // the resting step
  std::int32_t resting;             // step id, or kNotStarted, kEnded
  std::uint32_t current_message;    // of the resting step, or kNoMessage
  std::uint64_t handlers_fired;     // bit i: `on` handler i
  std::int32_t end;                 // EndKind
  std::int32_t end_outcome;         // index in FlowInfo::outcomes, for EndKind::outcome
  std::uint32_t current_operation;  // of the resting step while it has no answer, or kNoOperation
  std::uint32_t operations;         // begun so far: the next one's number
  void* host;                       // program::Frame, which owns all of it
};

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

// The signature of a compiled entry: one for each resting state, one for the start. Answers a Verdict; or kGoOn and
// more: entry number `answer - kGoOn` of the table is to be called next.
inline constexpr std::int32_t kGoOn = 2;
using FlowEntry = std::int32_t (*)(FlowFrame* frame, const FlowEvent* event);

}  // extern "C"

}  // namespace flow::program
