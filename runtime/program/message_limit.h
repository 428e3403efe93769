// How many messages somebody, or a range of numbers, may get in a time: of the workspace, for all of its flows.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flow::program {

struct MessageLimit {
  std::uint32_t prefix = 0;    // first digits of a phone number, calling code included; 0: each recipient
  std::uint32_t messages = 0;  // at most, of all purposes that it names together
  std::int64_t within_ms = 0;
  std::vector<std::string> purposes;  // empty: all

  bool concerns(std::string_view purpose) const {
    return purposes.empty() || std::find(purposes.begin(), purposes.end(), purpose) != purposes.end();
  }

  friend bool operator==(const MessageLimit&, const MessageLimit&) = default;
};

// Purposes as bits, for who counts messages.
inline constexpr std::uint8_t kEveryPurpose = 0x0F;
std::uint8_t purpose_bit(std::string_view purpose);
std::uint8_t purpose_bits(const MessageLimit& limit);

// As it is written, without the word `limit`: "each recipient 5 messages within 1h for marketing".
std::string to_string(const MessageLimit& limit);

}  // namespace flow::program
