#include "runtime/cluster/wire.h"

#include <algorithm>
#include <concepts>
#include <type_traits>

#include "base/limits.h"
#include "runtime/core/bytes.h"

namespace flow::cluster {

namespace {

using core::ByteReader;
using core::ByteWriter;

// One description of each value serves both directions: `Fields` writes the fields that it is given, or reads them.
class Writing {
 public:
  explicit Writing(std::string& out) : writer_(out) {}

  template <typename... T>
  void operator()(const T&... values) {
    (put(values), ...);
  }

 private:
  void put(const std::string& value) { writer_.text(value); }
  void put(bool value) { writer_.u8(value ? 1 : 0); }
  void put(const core::ExecutionId& value) {
    writer_.raw({reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()});
  }
  template <typename T>
    requires std::integral<T> || std::is_enum_v<T>
  void put(const T& value) {
    writer_.u64(static_cast<std::uint64_t>(value));
  }
  template <typename T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <typename T>
  void put(const std::vector<T>& values) {
    writer_.u32(static_cast<std::uint32_t>(values.size()));
    for (const T& value : values) put(value);
  }
  template <typename T>
  void put(const T& value) {
    fields(*this, const_cast<T&>(value));
  }

  ByteWriter writer_;
};

class Reading {
 public:
  explicit Reading(std::string_view bytes) : reader_(bytes) {}

  template <typename... T>
  void operator()(T&... values) {
    (take(values), ...);
  }
  bool complete() const { return !bad_ && reader_.complete(); }

 private:
  void take(std::string& value) { value = reader_.string(); }
  void take(bool& value) {
    const std::uint8_t byte = reader_.u8();
    bad_ = bad_ || byte > 1;
    value = byte == 1;
  }
  void take(core::ExecutionId& value) {
    const std::string_view bytes = reader_.raw(value.bytes.size());
    std::ranges::copy(bytes, value.bytes.begin());
  }
  template <typename T>
    requires std::integral<T> || std::is_enum_v<T>
  void take(T& value) {
    const std::uint64_t wide = reader_.u64();
    value = static_cast<T>(wide);
    if constexpr (std::is_enum_v<T>) {
      bad_ = bad_ || wide > 0x7F;
    } else {
      bad_ = bad_ || static_cast<std::uint64_t>(value) != wide;
    }
  }
  template <typename T>
  void take(std::optional<T>& value) {
    bool there = false;
    take(there);
    if (there && !reader_.failed()) take(value.emplace());
  }
  template <typename T>
  void take(std::vector<T>& values) {
    const std::uint32_t count = reader_.count(1);
    for (std::uint32_t i = 0; i < count && !reader_.failed(); ++i) take(values.emplace_back());
  }
  template <typename T>
  void take(T& value) {
    fields(*this, value);
  }

  ByteReader reader_;
  bool bad_ = false;
};

#define FLOW_WIRE(Type, ...)     \
  template <typename F>          \
  void fields(F& all, Type& v) { \
    all(__VA_ARGS__);            \
  }

FLOW_WIRE(service::ChildStart, v.bundle, v.caller, v.operation, v.not_after_ms, v.cancel)
FLOW_WIRE(service::StartRequest, v.flow, v.inputs_json, v.idempotency_key, v.default_region, v.discard_at_ms,
          v.traceparent, v.child)
FLOW_WIRE(service::StartAnswer, v.execution, v.bundle, v.started_at_ms, v.repeated, v.end, v.outcome, v.outputs)
FLOW_WIRE(service::SignalAnswer, v.handled)
FLOW_WIRE(service::ReceiptReport, v.execution, v.message, v.attempt, v.status, v.reason, v.provider_message_id,
          v.received_at_ms)
FLOW_WIRE(program::Reply, v.kind, v.text, v.choice, v.url, v.latitude, v.longitude)
FLOW_WIRE(service::InboundMessage, v.channel, v.sender, v.message_id, v.name, v.account, v.to, v.age_ms, v.reply)
FLOW_WIRE(service::ContactSet, v.name, v.value)
FLOW_WIRE(service::SendLimit, v.messages, v.within_ms, v.purposes)
FLOW_WIRE(service::SendCheck, v.key, v.purpose, v.consent, v.free_form, v.free_form_ms, v.limits)
FLOW_WIRE(service::ContactRequest, v.address, v.key, v.reads, v.sets, v.tags, v.untags, v.unsubscribed, v.send)
FLOW_WIRE(service::ContactAnswer, v.values, v.unsubscribed, v.send, v.limit)
FLOW_WIRE(service::TimelineEntry, v.at_ms, v.kind, v.step, v.message, v.channel, v.status, v.detail, v.due_at_ms)
FLOW_WIRE(service::ExecutionSummary, v.execution, v.flow, v.bundle, v.step, v.party, v.end, v.outcome, v.reason,
          v.messages, v.started_at_ms, v.changed_at_ms, v.ended_at_ms, v.order, v.caller)
FLOW_WIRE(service::ExecutionView, v.summary, v.timeline)
FLOW_WIRE(service::PendingView, v.message, v.channel, v.attempts, v.next_attempt_ms, v.not_after_ms, v.in_flight)
FLOW_WIRE(service::RawView, v.view, v.revision, v.order, v.bundle, v.flow, v.next_deadline_ms, v.image_bytes, v.pending)
FLOW_WIRE(service::EraseAnswer, v.ended, v.erased)
FLOW_WIRE(service::ListQuery, v.flow, v.bundle, v.party, v.ended, v.limit, v.cursor)
FLOW_WIRE(service::ListPage, v.executions, v.next_cursor)
FLOW_WIRE(service::ShardView, v.first_slot, v.last_slot, v.running, v.timers, v.sends_waiting, v.sends_in_flight,
          v.requests_waiting, v.batches, v.batches_behind, v.log_queued_bytes, v.memory_bytes)
FLOW_WIRE(SignalCall, v.execution, v.name)
FLOW_WIRE(ChildEndedCall, v.execution, v.operation)
FLOW_WIRE(Call, v.verb, v.body)

// A fault travels with its problem's name, which never changes, and not with its number, which may.
struct WireFault {
  std::string problem;
  std::uint8_t code = 0;
  std::string message;
  std::int64_t retry_after_ms = 0;
};
FLOW_WIRE(WireFault, v.problem, v.code, v.message, v.retry_after_ms)

struct WireAnswer {
  std::optional<std::string> value;
  std::optional<WireFault> fault;
};
FLOW_WIRE(WireAnswer, v.value, v.fault)

template <typename T>
struct Message {
  std::uint8_t version = kWireVersion;
  std::vector<T> items;
};
template <typename F, typename T>
void fields(F& all, Message<T>& v) {
  all(v.version, v.items);
}

#undef FLOW_WIRE

template <typename T>
std::string write(const T& value) {
  std::string out;
  Writing writing(out);
  writing(value);
  return out;
}

template <typename T>
std::optional<T> read(std::string_view bytes) {
  T value{};
  Reading reading(bytes);
  reading(value);
  if (!reading.complete()) return std::nullopt;
  return value;
}

// A newer node's problem that this one does not know is an internal one.
service::Problem problem_named(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(service::Problem::internal); ++i) {
    if (to_string(static_cast<service::Problem>(i)) == name) return static_cast<service::Problem>(i);
  }
  return service::Problem::internal;
}

}  // namespace

std::string encode_calls(const std::vector<Call>& calls) {
  return write(Message<Call>{kWireVersion, calls});
}

std::optional<std::vector<Call>> decode_calls(std::string_view bytes) {
  auto message = read<Message<Call>>(bytes);
  if (!message || message->version != kWireVersion || message->items.size() > limits::kForwardsPerRequestMax) {
    return std::nullopt;
  }
  return std::move(message->items);
}

std::string encode_answers(const std::vector<service::Outcome<std::string>>& answers) {
  Message<WireAnswer> message;
  for (const auto& answer : answers) {
    if (answer) {
      message.items.push_back({*answer, std::nullopt});
      continue;
    }
    const service::Fault& fault = answer.error();
    message.items.push_back(
        {std::nullopt, WireFault{std::string(to_string(fault.problem)), static_cast<std::uint8_t>(fault.error.code),
                                 fault.error.message, fault.retry_after_ms}});
  }
  return write(message);
}

std::optional<std::vector<service::Outcome<std::string>>> decode_answers(std::string_view bytes) {
  auto message = read<Message<WireAnswer>>(bytes);
  if (!message || message->version != kWireVersion) return std::nullopt;
  std::vector<service::Outcome<std::string>> answers;
  for (WireAnswer& item : message->items) {
    if (item.value.has_value() == item.fault.has_value()) return std::nullopt;
    if (item.value) {
      answers.emplace_back(std::move(*item.value));
      continue;
    }
    const auto code = static_cast<ErrorCode>(
        std::min<std::uint8_t>(item.fault->code, static_cast<std::uint8_t>(ErrorCode::internal)));
    answers.emplace_back(std::unexpected(service::Fault{
        problem_named(item.fault->problem), {code, std::move(item.fault->message)}, item.fault->retry_after_ms}));
  }
  return answers;
}

#define FLOW_CODEC(Type)                                     \
  std::string encode(const Type& value) {                    \
    return write(value);                                     \
  }                                                          \
  template <>                                                \
  std::optional<Type> decode<Type>(std::string_view bytes) { \
    return read<Type>(bytes);                                \
  }

FLOW_CODEC(service::StartRequest)
FLOW_CODEC(service::StartAnswer)
FLOW_CODEC(service::SignalAnswer)
FLOW_CODEC(service::ReceiptReport)
FLOW_CODEC(service::InboundMessage)
FLOW_CODEC(service::ContactRequest)
FLOW_CODEC(service::ContactAnswer)
FLOW_CODEC(service::RawView)
FLOW_CODEC(service::EraseAnswer)
FLOW_CODEC(service::ListQuery)
FLOW_CODEC(service::ListPage)
FLOW_CODEC(std::vector<service::ShardView>)
FLOW_CODEC(SignalCall)
FLOW_CODEC(ChildEndedCall)
FLOW_CODEC(bool)
FLOW_CODEC(core::ExecutionId)
FLOW_CODEC(std::string)

#undef FLOW_CODEC

std::string encode(service::InboundVerdict value) {
  return write(value);
}
template <>
std::optional<service::InboundVerdict> decode<service::InboundVerdict>(std::string_view bytes) {
  return read<service::InboundVerdict>(bytes);
}
std::string encode(service::ReceiptVerdict value) {
  return write(value);
}
template <>
std::optional<service::ReceiptVerdict> decode<service::ReceiptVerdict>(std::string_view bytes) {
  return read<service::ReceiptVerdict>(bytes);
}

}  // namespace flow::cluster
