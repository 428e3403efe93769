// What the runtime must know of a compiled flow besides its code: names, types, marks. Immutable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/program/message.h"
#include "runtime/program/message_limit.h"

namespace flow::program {

// Which member of a FlowField holds the value, and how, is in abi.h.
enum class ValueType : std::uint8_t {
  text,
  number,
  boolean,
  duration,
  phone,
  region,
  language,
  date,
  time,
  datetime,
  money,
  email,
  url,
  zone,
  json,
  list,    // JSON in its canonical form (typed_json.h)
  record,  // likewise
};
inline constexpr std::size_t kPlainTypeCount = static_cast<std::size_t>(ValueType::json) + 1;

// Held as a text.
constexpr bool is_text(ValueType type) {
  switch (type) {
    case ValueType::text:
    case ValueType::phone:
    case ValueType::language:
    case ValueType::email:
    case ValueType::url:
    case ValueType::zone:
    case ValueType::json:
    case ValueType::list:
    case ValueType::record:
      return true;
    default:
      return false;
  }
}

// Of other values.
constexpr bool is_composite(ValueType type) {
  return type == ValueType::list || type == ValueType::record;
}

// Three capital letters as one number; 0: none.
using Currency = std::uint32_t;

enum class FieldRole : std::uint8_t { input, let, variable };

struct FieldInfo {
  std::string name;
  ValueType type{};
  FieldRole role{};
  bool optional = false;             // an input that may be left out
  bool secret = false;               // sealed at rest, never printed
  bool personal = false;             // masked where people look
  std::uint32_t chars_min = 0;       // text: Unicode code points
  std::uint32_t chars_max = 0;       // 0: no bound but limits::kTextValueBytesMax
  std::vector<std::string> choices;  // oneof; empty: any text
  Currency currency = 0;             // of money
  std::uint32_t items_max = 0;       // of a list
  // Of a list what each item is, of a record its members in their order; `role`, `secret` and `personal` are the
  // whole's.
  std::vector<FieldInfo> parts = {};

  friend bool operator==(const FieldInfo&, const FieldInfo&) = default;
};

enum class ChannelKind : std::uint8_t { viber, whatsapp, sms, messenger, instagram, email };
inline constexpr std::size_t kChannelKindCount = 6;

// What a channel reports of a message. Where it makes no report of `sent`, the provider's acceptance is one.
constexpr bool reports_sent(ChannelKind kind) {
  return kind == ChannelKind::viber || kind == ChannelKind::whatsapp || kind == ChannelKind::sms;
}
constexpr bool reports_delivered(ChannelKind kind) {
  return kind != ChannelKind::instagram;
}
constexpr bool reports_read(ChannelKind kind) {
  return kind != ChannelKind::sms && kind != ChannelKind::email;
}
// How long after somebody has written it takes more than templates; 0: at any time.
constexpr std::int64_t free_form_ms(ChannelKind kind) {
  const bool windowed =
      kind == ChannelKind::whatsapp || kind == ChannelKind::messenger || kind == ChannelKind::instagram;
  return windowed ? 24LL * 3600 * 1000 : 0;
}
// Whether it addresses people by phone number.
constexpr bool takes_numbers(ChannelKind kind) {
  return kind == ChannelKind::viber || kind == ChannelKind::whatsapp || kind == ChannelKind::sms;
}

struct ChannelInfo {
  std::string name;  // viber_otp
  ChannelKind kind{};
  std::string sender;  // service id, number or sender, as the workspace declares
  std::int64_t handover_ms = 0;

  friend bool operator==(const ChannelInfo&, const ChannelInfo&) = default;
};

struct TemplateInfo {
  std::string name;
  std::vector<std::string> parameters;
  std::vector<std::string> languages;  // the first is the default

  friend bool operator==(const TemplateInfo&, const TemplateInfo&) = default;
};

// What a step asks of the outside (docs/semantics.md, Operations): its answer comes back as one event.
enum class OperationKind : std::uint8_t {
  http,
  function,
  classify,
  generate,
  contact,
  subscribe,
  unsubscribe,
  hand_over,
  flow,    // `target` is called: an execution of it, whose end is the answer
  launch,  // `target` is started, and not waited for: its effect is `launch`, and no result ever comes
  typing,
};

inline constexpr std::string_view kOperationKinds[] = {"http",    "function",  "classify",    "generate",
                                                       "contact", "subscribe", "unsubscribe", "hand_over",
                                                       "flow",    "launch",    "typing"};
inline std::string_view to_string(OperationKind kind) {
  return kOperationKinds[static_cast<std::size_t>(kind)];
}

// Before the place of an argument whose value is the name of one of the runtime's secrets.
inline constexpr std::string_view kSecretPlace = "secret ";

// How an operation may end.
struct OperationOutcome {
  enum class Kind : std::uint8_t {
    failed,   // refused, not understood, or no answer after all tries
    ok,       // flow: it ended plainly
    status,   // HTTP: answered with this status
    named,    // what else a component tells apart: a label, `accepted`, an outcome of a called flow
    expired,  // flow: it expired
  };
  Kind kind{};
  std::int32_t status = 0;
  std::string name = {};  // of `named`; empty: none of the others (`else`)

  friend bool operator==(const OperationOutcome&, const OperationOutcome&) = default;
};

// As the arm is written.
inline std::string outcome_text(OperationKind kind, const OperationOutcome& outcome) {
  switch (outcome.kind) {
    case OperationOutcome::Kind::failed:
      return "failed";
    case OperationOutcome::Kind::ok:
      return kind == OperationKind::flow ? "done" : "ok";
    case OperationOutcome::Kind::status:
      return "status " + std::to_string(outcome.status);
    case OperationOutcome::Kind::named:
      return outcome.name.empty() ? "else" : outcome.name;
    case OperationOutcome::Kind::expired:
      return "expired";
  }
  return "?";
}

// Whether an answer with this outcome has what the operation reads.
inline bool takes_values(const OperationOutcome& outcome) {
  return outcome.kind == OperationOutcome::Kind::ok ||
         (outcome.kind == OperationOutcome::Kind::named && !outcome.name.empty());
}

// A value taken out of an answer. Of another type, or missing and not optional: the operation has failed.
struct OperationRead {
  std::uint32_t field = 0;  // FlowInfo::fields; its type is what is expected
  std::string path;         // members by name, from the outside in: `delivery.eta`; flow: the output's name
  bool optional = false;

  friend bool operator==(const OperationRead&, const OperationRead&) = default;
};

struct OperationInfo {
  std::int32_t step = 0;
  OperationKind kind{};
  std::string target;                      // http: the method; else the name of what is asked, if it has one
  std::vector<std::string> arguments;      // what each value is for: "url", "header NAME", "secret header NAME", …
  std::vector<OperationOutcome> outcomes;  // the first is `failed`
  std::vector<OperationRead> reads;        // of outcomes of takes_values()
  std::uint32_t retries = 0;
  std::int64_t retry_after_ms = 0;
  bool secret = false;  // an argument holds a secret

  friend bool operator==(const OperationInfo&, const OperationInfo&) = default;
};

struct StepInfo {
  std::string name;
  std::string component;       // "send viber"
  std::string report_to = {};  // who else gets the status reports of its messages: an address; empty: nobody

  friend bool operator==(const StepInfo&, const StepInfo&) = default;
};

// What somebody writes on a channel starts the flow, unless its start ignores it.
struct TriggerInfo {
  std::string channel;
  std::uint32_t position = 0;  // among the flows of the channel: the first that takes a message has it

  friend bool operator==(const TriggerInfo&, const TriggerInfo&) = default;
};

struct FlowInfo {
  std::string name;
  std::string title;
  std::string purpose;  // authentication, transaction, marketing
  std::int64_t expires_ms = 0;
  std::vector<FieldInfo> fields;      // index: field id
  std::vector<StepInfo> steps;        // index: step id
  std::vector<std::string> signals;   // that `on signal` handlers name
  std::vector<std::string> outcomes;  // declared with `outcome`
  std::vector<ChannelInfo> channels;  // that this flow sends on
  std::vector<TemplateInfo> templates;
  std::vector<OperationInfo> operations;
  std::vector<std::string> secrets;  // of the runtime's, that operations name
  std::vector<ContentInfo> contents;
  std::uint32_t counters = 0;
  std::uint32_t handlers = 0;                // `on` handlers, at most 64
  std::vector<std::string> allowed_regions;  // empty: all
  std::vector<std::string> allowed_hosts;    // that its operations may ask: a name, perhaps with a port
  std::vector<MessageLimit> message_limits;  // of what it sends
  std::optional<TriggerInfo> trigger;        // nothing: the API starts it
  bool replies = false;                      // what somebody writes may move an execution
  bool called = false;                       // only other flows start it
  std::vector<std::uint32_t> outputs;        // fields that a caller reads, by name

  friend bool operator==(const FlowInfo&, const FlowInfo&) = default;
};

// What a send with this content (-1: none) is for.
inline std::string_view purpose_of(const FlowInfo& info, std::int32_t content) {
  if (content < 0 || static_cast<std::size_t>(content) >= info.contents.size()) return info.purpose;
  const std::string& own = info.contents[static_cast<std::size_t>(content)].purpose;
  return own.empty() ? info.purpose : own;
}

}  // namespace flow::program
