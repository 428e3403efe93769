#include "runtime/service/front.h"

#include <algorithm>

#include "base/limits.h"
#include "runtime/service/trace.h"

namespace flow::service {

namespace {

// What is hashed says what it is for, so that no two hashes of one text are the same.
enum class Purpose : std::uint64_t { party = 1, key = 2, fingerprint = 3, conversation = 4, message = 5 };

core::SipHash hash_for(const core::SipKey& key, Purpose purpose) {
  core::SipHash hash(key);
  hash.number(static_cast<std::uint64_t>(purpose));
  return hash;
}

// 0 means that there is none.
std::uint64_t finish(core::SipHash& hash) {
  return std::max<std::uint64_t>(hash.finish(), 1);
}

std::unexpected<Fault> refuse(Problem problem, Error error) {
  return std::unexpected(Fault{problem, std::move(error)});
}

// The request, as far as a repetition must equal it. The discard time may differ: clients compute it from their clock.
std::uint64_t fingerprint_of(const StartRequest& request, const core::SipKey& key) {
  core::SipHash hash = hash_for(key, Purpose::fingerprint);
  hash.text(request.flow);
  hash.text(request.default_region);
  hash.text(request.inputs_json);
  return finish(hash);
}

}  // namespace

bool is_party(const program::FlowInfo& info, std::size_t field) {
  const auto input_of = [&](program::ValueType type) {
    return [type](const program::FieldInfo& one) { return one.role == program::FieldRole::input && one.type == type; };
  };
  const program::FieldInfo& asked = info.fields[field];
  if (asked.role != program::FieldRole::input) return false;
  if (asked.type == program::ValueType::phone) return true;
  if (!info.replies || std::ranges::any_of(info.fields, input_of(program::ValueType::phone))) return false;
  const auto first = std::ranges::find_if(info.fields, [&](const program::FieldInfo& one) {
    return input_of(program::ValueType::text)(one) && !one.optional && !one.secret;
  });
  return static_cast<std::size_t>(first - info.fields.begin()) == field;
}

std::uint64_t party_hash(const core::SipKey& key, std::string_view e164) {
  core::SipHash hash = hash_for(key, Purpose::party);
  hash.text(e164);
  return finish(hash);
}

std::uint64_t conversation_hash(const core::SipKey& key, std::string_view channel, std::string_view e164) {
  core::SipHash hash = hash_for(key, Purpose::conversation);
  hash.text(channel);
  hash.text(e164);
  return finish(hash);
}

std::uint64_t message_hash(const core::SipKey& key, std::string_view channel, std::string_view message_id) {
  core::SipHash hash = hash_for(key, Purpose::message);
  hash.text(channel);
  hash.text(message_id);
  return finish(hash);
}

std::vector<core::InputValue> inputs_of(const InboundMessage& message, const program::FlowInfo& info) {
  const std::pair<std::string_view, std::string_view> all[] = {
      {"customerPhoneNumber", message.sender},
      {"incomingMessage", message.reply.text},
      {"incomingMessageType", program::to_string(message.reply.kind)},
      {"customerName", message.name},
      {"wabaId", message.account},
      {"wabaPhoneNumber", message.to},
      {"serviceId", message.to}};
  std::vector<core::InputValue> inputs;
  for (std::size_t i = 0; i < info.fields.size(); ++i) {
    const program::FieldInfo& field = info.fields[i];
    if (field.role != program::FieldRole::input) continue;
    for (const auto& [name, value] : all) {
      if (name == field.name && !(value.empty() && field.optional)) inputs.push_back({i, 0, std::string(value)});
    }
  }
  return inputs;
}

std::optional<Fault> check_start(const StartRequest& request) {
  const auto invalid = [](std::string why) {
    return Fault{Problem::invalid_request, {ErrorCode::invalid_argument, std::move(why)}};
  };
  const std::string& key = request.idempotency_key;
  if (key.size() > limits::kIdempotencyKeyBytesMax) {
    return invalid(fmt::format("an idempotency key has at most {} characters, this one {}",
                               limits::kIdempotencyKeyBytesMax, key.size()));
  }
  if (!std::ranges::all_of(key, [](char c) { return c >= ' ' && c <= '~'; })) {
    return invalid("an idempotency key is of printable ASCII characters");
  }
  if (request.inputs_json.size() > limits::kInputsBytesMax) {
    return invalid(fmt::format("inputs have at most {} bytes", limits::kInputsBytesMax));
  }
  return std::nullopt;
}

Outcome<ReadStart> read_start(const StartRequest& request, const FlowCode& code, const core::SipKey& key) {
  const program::FlowInfo& info = code.info();
  if (info.called && !request.child)
    return refuse(Problem::invalid_request,
                  {ErrorCode::invalid_argument, fmt::format("flow `{}` is started by other flows only", info.name)});
  Result<std::vector<core::InputValue>> inputs = core::read_inputs(request.inputs_json, info, request.default_region);
  if (!inputs) return refuse(Problem::invalid_input, inputs.error());
  ReadStart read;
  StartCommand& command = read.command;
  std::string_view party;
  for (const core::InputValue& value : *inputs) {
    if (!is_party(info, value.field)) continue;
    party = value.text;
    break;
  }
  if (!party.empty()) command.party = party_hash(key, party);
  if (!request.idempotency_key.empty()) {
    core::SipHash hash = hash_for(key, Purpose::key);
    hash.text(party);
    hash.text(request.idempotency_key);
    command.key = finish(hash);
    command.fingerprint = fingerprint_of(request, key);
  }
  const std::string_view slot_name = !party.empty() ? party : std::string_view(request.idempotency_key);
  read.any_slot = slot_name.empty();
  if (!read.any_slot) command.slot = core::slot_of(slot_name);
  command.bundle = code.bundle;
  command.flow = code.flow;
  command.discard_at_ms = request.discard_at_ms;
  command.child = request.child;
  if (!request.traceparent.empty()) command.trace = parse_trace(request.traceparent);
  command.inputs = *std::move(inputs);
  return read;
}

}  // namespace flow::service
