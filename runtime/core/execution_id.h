// The name of one execution: 128 bits, the first byte its slot, the other 15 unguessable.
//
// Printed as 26 characters of Crockford's base32 in lower case, which survives e-mail, URLs and being read aloud. A
// slot never moves an execution: 256 of them exist for ever, shards and nodes are given slots (docs/architecture.md).
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace flow::core {

inline constexpr int kSlots = 256;

struct ExecutionId {
  std::array<std::uint8_t, 16> bytes{};

  std::uint8_t slot() const { return bytes[0]; }

  friend auto operator<=>(const ExecutionId&, const ExecutionId&) = default;
  friend bool operator==(const ExecutionId&, const ExecutionId&) = default;
};

// `random` are 15 bytes of a cryptographic source (core/random.h).
ExecutionId make_execution_id(std::uint8_t slot, const std::array<std::uint8_t, 15>& random);

// What `random` draws from in this execution. Evenly spread, since the id is.
std::uint32_t seed_of(const ExecutionId& id);

// The slot of a conversation party (a phone number in E.164, else an idempotency key). Never changes between releases.
std::uint8_t slot_of(std::string_view party);

std::string to_string(const ExecutionId& id);
// Nothing unless `text` is exactly what to_string() prints for some id.
std::optional<ExecutionId> parse_execution_id(std::string_view text);

}  // namespace flow::core

template <>
struct std::hash<flow::core::ExecutionId> {
  // The random bytes are as good as any hash.
  std::size_t operator()(const flow::core::ExecutionId& id) const noexcept {
    std::size_t value = 0;
    for (std::size_t i = 8; i < 16; ++i) value = value << 8 | id.bytes[i];
    return value;
  }
};
