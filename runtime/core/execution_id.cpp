#include "runtime/core/execution_id.h"

#include <algorithm>

namespace flow::core {

namespace {

// Crockford's alphabet: without i, l, o and u, which are misread.
constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kTextChars = 26;  // 130 bits: the first digit holds three

}  // namespace

ExecutionId make_execution_id(std::uint8_t slot, const std::array<std::uint8_t, 15>& random) {
  ExecutionId id;
  id.bytes[0] = slot;
  std::ranges::copy(random, id.bytes.begin() + 1);
  return id;
}

std::uint32_t seed_of(const ExecutionId& id) {
  std::uint32_t seed = 0;
  for (std::size_t i = 12; i < 16; ++i) seed = seed << 8 | id.bytes[i];
  return seed;
}

std::uint8_t slot_of(std::string_view party) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, then mixed so that the top byte depends on all of it
  for (const char c : party) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
  hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccd;
  hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53;
  return static_cast<std::uint8_t>(hash >> 56);
}

std::string to_string(const ExecutionId& id) {
  std::string text(kTextChars, '0');
  unsigned held = 0;
  int bits = 0;
  std::size_t place = kTextChars;
  for (std::size_t i = id.bytes.size(); i-- > 0;) {
    held |= static_cast<unsigned>(id.bytes[i]) << bits;
    for (bits += 8; bits >= 5; bits -= 5, held >>= 5) text[--place] = kDigits[held & 31];
  }
  text[--place] = kDigits[held & 31];
  return text;
}

std::optional<ExecutionId> parse_execution_id(std::string_view text) {
  if (text.size() != kTextChars) return std::nullopt;
  ExecutionId id;
  unsigned held = 0;
  int bits = 0;
  std::size_t place = id.bytes.size();
  for (std::size_t i = kTextChars; i-- > 0;) {
    const std::size_t digit = kDigits.find(text[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    held |= static_cast<unsigned>(digit) << bits;
    bits += 5;
    if (bits >= 8 && place > 0) {
      id.bytes[--place] = static_cast<std::uint8_t>(held);
      bits -= 8;
      held >>= 8;
    }
  }
  if (held != 0) return std::nullopt;  // more than 128 bits
  return id;
}

}  // namespace flow::core
