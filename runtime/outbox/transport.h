// What the outbox needs of a channel: somebody who hands one message to one provider and says how it went.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/core/execution_id.h"
#include "runtime/program/info.h"

namespace flow::outbox {

struct MessagePart {
  program::PartKind kind{};
  std::string value;

  friend bool operator==(const MessagePart&, const MessagePart&) = default;
};

// One attempt to hand one message over.
struct SendRequest {
  core::ExecutionId execution;
  std::uint32_t message = 0;    // number within the execution
  std::uint32_t attempt = 0;    // from 1; a repetition after a crash counts on
  std::string idempotency_key;  // the same for every attempt of a message: "<execution>-<message>"
  std::string flow;
  std::string purpose;  // authentication, transaction, marketing
  std::string channel;  // as the workspace declares it: "viber_otp"
  program::ChannelKind kind{};
  std::string sender;         // service id, number or sender, as the workspace declares
  std::string to;             // E.164; of some channels the provider's id of a person, or an address
  std::string text;           // the body; empty for a template
  std::string template_name;  // empty for a text
  std::vector<std::pair<std::string, std::string>> parameters;  // of the template, in its order
  std::string language;                                         // of the template
  program::MessageKind message_kind{};                          // text or template where there is nothing more
  std::vector<MessagePart> parts;                               // of the kind, in order
  std::int64_t ttl_ms = 0;                                      // ask the provider to drop it after; 0: none asked
  std::int64_t not_after_ms = 0;                                // service time; not to be handed over after it
  bool secret = false;                                          // text or parameters must never be logged
  std::string traceparent;  // W3C trace context of the start, checked by who took it; empty: none
};

enum class SendClass : std::uint8_t {
  accepted,                 // the provider has it
  permanent_recipient,      // never for this recipient: the flow's `failed` arm is taken at once
  permanent_configuration,  // never with this configuration (template, credentials): likewise, and an operator is told
  transient,                // certainly not taken; try again
  throttled,                // certainly not taken; try again later
  unknown,                  // it may have been taken: no answer, or none that can be read
};
std::string_view to_string(SendClass value);

struct SendResult {
  SendClass result{};
  std::string provider_message_id;  // accepted
  std::string reason;               // else: one line for the timeline, without secrets or personal data
  std::int64_t retry_after_ms = 0;  // real time that the provider asked for; 0: none
};

// When a provider counts as down (outbox/breaker.h). Times are real; Gates make service time of them.
struct BreakerSettings {
  std::uint32_t consecutive_failures = 20;  // without an answer or transient, one behind the other
  std::uint32_t failure_percent = 50;       // of the attempts in a window
  std::uint32_t window_attempts_min = 100;  // below that a share says nothing
  std::int64_t window_ms = 10'000;
  std::int64_t pause_ms = 5'000;  // doubles while the provider stays down
  std::int64_t pause_ms_max = 60'000;
  std::uint32_t probes = 3;

  friend bool operator==(const BreakerSettings&, const BreakerSettings&) = default;
};

struct ChannelPolicy {
  program::ChannelKind kind{};
  bool at_most_once = false;                   // rather lose a message in a crash than send it twice
  std::size_t in_flight_max = 64;              // attempts at a time, of a node
  std::uint32_t per_second = 0;                // attempts, of all nodes; 0: no limit
  std::uint32_t burst = 1;                     // of them at once after a pause
  std::size_t queue_max = 100'000;             // messages that may wait on a node before starts are refused
  std::int64_t queue_time_max_ms = 3'600'000;  // how long a start's first message may have to wait; service time
  std::string account = {};                    // channels of one account share a breaker; empty: a breaker of its own
  BreakerSettings breaker = {};
};

// Somebody is to see that an answer is being written. Nothing is kept of it, and nothing is tried again.
struct TypingRequest {
  std::string channel;           // as the workspace declares it
  std::string to;                // as of a send
  std::string answers;           // the provider's id of the message that is answered; may be empty
  std::int64_t time_ms = 0;      // real time within which it is of use, from now on
  std::string traceparent = {};  // as of a send
};

using SendDone = std::move_only_function<void(SendResult)>;

class Transport {
 public:
  virtual ~Transport() = default;

  // What is configured for a channel name; nothing when the name is not bound. Any thread. May change when the
  // configuration is read again, but for kind and account (Gates::refresh()); a name that is bound stays bound.
  virtual std::optional<ChannelPolicy> policy(std::string_view channel) const = 0;

  // Starts an attempt and returns at once. `done` is called exactly once, from any thread (also within this call), in
  // bounded time, also when the transport is being destroyed. REQUIRES: policy(request.channel) has a value.
  virtual void hand_over(SendRequest request, SendDone done) = 0;

  // The same for a typing indicator; permanent_configuration where the provider of the channel has none, or the channel
  // is not bound.
  virtual void show_typing(TypingRequest request, SendDone done);
};

}  // namespace flow::outbox
