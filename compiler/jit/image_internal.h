// The form of an image, for what makes them and what loads them.
//
// The code; from the first page after it on the constants; then `pointers` offsets (u32): at each of them stands an
// offset that becomes an address; then `externals` offsets (u32) of the slots for addresses of functions; then their
// names, each ended by a zero byte, in names_bytes; and ImageHead at the very end, so that code and constants run where
// the image was read. Offsets count from its beginning.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace flow::jit {

inline constexpr std::array<char, 8> kImageMagic = {'f', 'l', 'o', 'w', 'i', 'm', 'g', '2'};
inline constexpr std::uint64_t kImagePage = 4096;

struct ImageHead {
  std::array<char, 8> magic;
  std::uint32_t code_bytes;
  std::uint32_t data_bytes;
  std::uint32_t pointers;
  std::uint32_t externals;
  std::uint32_t names_bytes;
  std::uint32_t table;  // offset of the dispatch table
};
static_assert(sizeof(ImageHead) == 32);

constexpr std::uint64_t up_to(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}
constexpr std::uint64_t data_begin(std::uint64_t code_bytes) {
  return up_to(code_bytes, kImagePage);
}

}  // namespace flow::jit
