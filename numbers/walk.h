// The form of the automata over E.164 digits, and the walk through them. One node is an entry of 32 bits:
//
//   inner   bit 15 is set; bits 16 to 31: its row
//   leaf    whatever digits follow, only their count matters: the answer is bits 16 to 31 if bit `count` (0 to 12) is
//           set, and otherwise what the automaton says instead
//
// The first three digits are an index; each further one is a step, until a leaf or the end of the number. Most leaves
// are reached by the first three: a calling code of one region, and nothing else is asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace flow::numbers {

inline constexpr std::size_t kStartDigits = 3;
inline constexpr std::size_t kStarts = 1000;
inline constexpr std::size_t kE164DigitsMax = 15;
inline constexpr std::uint32_t kInner = 1U << 15;
inline constexpr std::uint32_t kEveryCount = (1U << (kE164DigitsMax - kStartDigits + 1)) - 1;

struct Row {
  std::uint32_t stop;  // the answer of a number that ends here
  std::uint32_t next[10];
};

inline std::uint64_t load_8(const char* from) {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// All eight bytes of both are ASCII digits.
inline bool all_digits(std::uint64_t one, std::uint64_t other) {
#ifdef __SSE2__
  const __m128i both = _mm_set_epi64x(static_cast<long long>(one), static_cast<long long>(other));
  const __m128i values = _mm_sub_epi8(both, _mm_set1_epi8('0'));
  return _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(9)), values)) == 0xffff;
#else
  const auto other_bits = [](std::uint64_t word) {
    const std::uint64_t high = word & 0xf0f0f0f0f0f0f0f0U;
    const std::uint64_t high_of_six_more = (word + 0x0606060606060606U) & 0xf0f0f0f0f0f0f0f0U;
    return (high | high_of_six_more >> 4) ^ 0x3333333333333333U;
  };
  return (other_bits(one) | other_bits(other)) == 0;
#endif
}

// `+` and three to 15 digits: what may have a region.
inline bool walkable(std::string_view e164) {
  const std::size_t size = e164.size();
  if (size >= 9 && size <= kE164DigitsMax + 1) [[likely]] {
    const std::uint64_t first = load_8(e164.data() + 1);
    const std::uint64_t last = load_8(e164.data() + size - 8);
    return e164[0] == '+' && all_digits(first, last);
  }
  if (size < kStartDigits + 1 || size > kE164DigitsMax + 1 || e164[0] != '+') return false;
  for (const char c : e164.substr(1))
    if (c < '0' || c > '9') return false;
  return true;
}

// REQUIRES: walkable(). The number that its first three digits are.
inline std::size_t start_of(const char* e164) {
  const auto byte = [](char c) -> std::size_t { return static_cast<unsigned char>(c); };
  return 100 * byte(e164[1]) + 10 * byte(e164[2]) + byte(e164[3]) - 111 * std::size_t{'0'};
}

// The answer for `e164`; `otherwise(label)` is what a leaf says whose count does not fit. `start` has kStarts entries.
// REQUIRES: walkable().
template <typename Otherwise>
inline std::uint32_t walk(const std::uint32_t* start, const Row* rows, std::string_view e164, Otherwise otherwise) {
  std::uint32_t entry = start[start_of(e164.data())];
  std::size_t left = e164.size() - kStartDigits - 1;
  const char* at = e164.data() + kStartDigits + 1;
  while ((entry & kInner) != 0) {
    const Row& row = rows[entry >> 16];
    if (left == 0) return row.stop;
    entry = row.next[*at++ - '0'];
    --left;
  }
  const std::uint32_t label = entry >> 16;
  return (entry >> left & 1) != 0 ? label : otherwise(label);
}

}  // namespace flow::numbers
