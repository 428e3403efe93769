// What is done with a request before a shard sees it: inputs are read, recipient and key hashed. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/core/siphash.h"
#include "runtime/service/bundles.h"
#include "runtime/service/command.h"

namespace flow::service {

// Whether a field says with whom the conversation is: the first phone input that has a value; in a flow that takes
// replies and has none of them, on channels where people are known by an id, the first text input that every start has.
bool is_party(const program::FlowInfo& info, std::size_t field);

std::uint64_t party_hash(const core::SipKey& key, std::string_view e164);

// With whom, and where.
std::uint64_t conversation_hash(const core::SipKey& key, std::string_view channel, std::string_view e164);

// Of what somebody wrote, as the idempotency key of the execution that it starts.
std::uint64_t message_hash(const core::SipKey& key, std::string_view channel, std::string_view message_id);
// What such a message is to the flow that it starts. REQUIRES: the flow has a trigger.
std::vector<core::InputValue> inputs_of(const InboundMessage& message, const program::FlowInfo& info);

// What a request says regardless of flows.
std::optional<Fault> check_start(const StartRequest& request);

// All of a command but its answer and, for one without recipient and key, its slot. REQUIRES: check_start() had nothing
// to say.
struct ReadStart {
  StartCommand command;
  bool any_slot = false;
};
Outcome<ReadStart> read_start(const StartRequest& request, const FlowCode& code, const core::SipKey& key);

}  // namespace flow::service
