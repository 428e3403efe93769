// Integers in 1 to 10 bytes, 7 bits each, low first: for stored formats. Only the shortest form is read, so that equal
// values have equal bytes. Signed ones are zigzagged (0, -1, 1, -2, …).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace flow {

inline void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(static_cast<unsigned char>(value | 0x80)));
  out.push_back(static_cast<char>(static_cast<unsigned char>(value)));
}

inline void put_signed_varint(std::string& out, std::int64_t value) {
  put_varint(out, (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

// Takes one off the front of `bytes`; false, and `bytes` in no particular state, when there is none.
inline bool take_varint(std::string_view& bytes, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (bytes.empty()) return false;
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    if (shift == 63 && byte > 1) return false;
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return byte != 0 || shift == 0;
  }
  return false;
}

inline bool take_signed_varint(std::string_view& bytes, std::int64_t& value) {
  std::uint64_t raw = 0;
  if (!take_varint(bytes, raw)) return false;
  value = static_cast<std::int64_t>((raw >> 1) ^ (~(raw & 1) + 1));
  return true;
}

inline void put_fixed32(std::string& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8)
    out.push_back(static_cast<char>(static_cast<unsigned char>(value >> shift)));
}

// REQUIRES: at least 4 bytes.
inline std::uint32_t read_fixed32(std::string_view bytes) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return value;
}

}  // namespace flow
