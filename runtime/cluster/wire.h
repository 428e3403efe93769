// What nodes say to each other, as bytes: docs/formats/cluster.md. Everything that comes in is from another node with
// the cluster's token, and is read as if it were a stranger's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/service/service.h"

namespace flow::cluster {

// A node that does not know the version of a message says so, and the asking node treats it as unreachable.
inline constexpr std::uint8_t kWireVersion = 2;

enum class Verb : std::uint8_t { start = 1, signal, receipt, inspect, erase, list, shards, inbound, contact };

struct Call {
  Verb verb{};
  std::string body;
};

// Several calls in one message; the answers come in their order.
std::string encode_calls(const std::vector<Call>& calls);
std::optional<std::vector<Call>> decode_calls(std::string_view bytes);  // at most limits::kForwardsPerRequestMax
std::string encode_answers(const std::vector<service::Outcome<std::string>>& answers);
std::optional<std::vector<service::Outcome<std::string>>> decode_answers(std::string_view bytes);

std::string encode(const service::StartRequest& value);
std::string encode(const service::StartAnswer& value);
std::string encode(const service::SignalAnswer& value);
std::string encode(const service::ReceiptReport& value);
std::string encode(service::ReceiptVerdict value);
std::string encode(const service::InboundMessage& value);
std::string encode(service::InboundVerdict value);
std::string encode(const service::ContactRequest& value);
std::string encode(const service::ContactAnswer& value);
std::string encode(const service::RawView& value);
std::string encode(const service::EraseAnswer& value);
std::string encode(const service::ListQuery& value);
std::string encode(const service::ListPage& value);
std::string encode(const std::vector<service::ShardView>& value);

struct SignalCall {
  core::ExecutionId execution;
  std::string name;
};
std::string encode(const SignalCall& value);
std::string encode(const core::ExecutionId& value);
std::string encode(const std::string& value);

// Nothing when the bytes are not exactly such a value.
template <typename T>
std::optional<T> decode(std::string_view bytes);

}  // namespace flow::cluster
