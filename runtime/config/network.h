// A range of addresses of machines, as "10.1.0.0/16" or "fd00::/8".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace flow::config {

struct Network {
  std::array<std::uint8_t, 16> bytes{};  // the first 4 of IPv4
  std::size_t size = 0;                  // 4 or 16
  unsigned prefix = 0;                   // bits that count

  // `address`: 4 or 16 bytes, as the network has them.
  bool contains(std::span<const std::uint8_t> address) const;

  friend bool operator==(const Network&, const Network&) = default;
};

// Nothing: it is none. An address alone is a network of one. Bits behind the prefix must be zero.
std::optional<Network> parse_network(const std::string& text);

}  // namespace flow::config
