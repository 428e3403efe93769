// What a shard is told: the frequent things as plain structs, the rest as functions.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/core/execution_id.h"
#include "runtime/core/inputs.h"
#include "runtime/operations/executor.h"
#include "runtime/outbox/schedule.h"
#include "runtime/service/service.h"

namespace flow::service {

class Shard;

// A start whose inputs have been read.
struct StartCommand {
  std::uint32_t bundle = 0;
  std::uint32_t flow = 0;
  std::vector<core::InputValue> inputs;
  std::uint8_t slot = 0;
  std::uint64_t party = 0;
  std::uint64_t key = 0;
  std::uint64_t fingerprint = 0;
  std::optional<std::int64_t> discard_at_ms;
  std::string trace;         // Image::trace
  bool key_is_free = false;  // the tables were asked: no ended execution has it
  std::optional<ChildStart> child;
  Done<StartAnswer> done;
};

struct ReceiptCommand {
  ReceiptReport report;
  Done<ReceiptVerdict> done;
};

struct SignalCommand {
  core::ExecutionId execution;
  std::string name;
  Done<SignalAnswer> done;
};

struct InboundCommand {
  InboundMessage message;
  std::uint64_t conversation = 0;
  std::uint64_t party = 0;
  std::uint64_t key = 0;     // of an execution that this message starts
  bool key_is_free = false;  // as StartCommand's
  Done<InboundVerdict> done;
};

struct ContactCommand {
  ContactRequest request;
  std::uint64_t party = 0;  // hash of the address
  Done<ContactAnswer> done;
};

struct ReadCommand {
  core::ExecutionId execution;
  Done<RawView> done;
};

// How an attempt ended.
struct AttemptCommand {
  std::uint32_t attempt = 0;  // of the shard
  outbox::SendResult result;
  bool expired = false;  // it was not made: its time was over when it might have begun
};

// How an attempt of an operation ended.
struct OperationCommand {
  outbox::Name name;  // the operation's number as `message`
  operations::Answer answer;
  std::optional<Outcome<StartAnswer>> started;  // of an operation that starts another flow, instead of `answer`
  bool made = true;                             // else it was not: nobody wanted it any more
  bool settled = false;                         // its place among those under way is free again
};

// A deadline or a turn of an execution that had to wait for its bundle.
struct TimerCommand {
  core::ExecutionId execution;
};
struct TurnCommand {
  outbox::Name name;
};
struct OperationTurnCommand {
  outbox::Name name;
};

using Task = std::move_only_function<void(Shard*)>;
using Command = std::variant<StartCommand, ReceiptCommand, SignalCommand, InboundCommand, ReadCommand, AttemptCommand,
                             TimerCommand, TurnCommand, OperationCommand, OperationTurnCommand, ContactCommand, Task>;

}  // namespace flow::service
