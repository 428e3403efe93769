// The bytes at the head of a text that stand in a JSON string as they are, found 16 at a time.
#pragma once

#include <cstddef>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>

#include <bit>
#endif

namespace flow {

// 0x20 to 0x7E but `"` and `\`. Others may do as well: 0x7F, and what is well-formed UTF-8.
constexpr bool is_plain_in_json(char c) {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

#ifdef __SSE2__
// Bit i: byte i is not plain.
inline unsigned not_plain_in_json(__m128i bytes) {
  // As signed bytes, what is above 0x7F is below 0x20.
  const __m128i control = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
  const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  const __m128i del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7F));
  const __m128i any = _mm_or_si128(_mm_or_si128(control, quote), _mm_or_si128(backslash, del));
  return static_cast<unsigned>(_mm_movemask_epi8(any));
}
#endif

// How many bytes at the head of `text` are plain in that sense.
inline std::size_t plain_json_prefix(std::string_view text) {
  std::size_t at = 0;
#ifdef __SSE2__
  for (; at + 16 <= text.size(); at += 16) {
    const auto* from = reinterpret_cast<const __m128i*>(text.data() + at);
    const unsigned other = not_plain_in_json(_mm_loadu_si128(from));
    if (other != 0) return at + static_cast<std::size_t>(std::countr_zero(other));
  }
  if (at + 8 <= text.size()) {
    const auto* from = reinterpret_cast<const __m128i*>(text.data() + at);
    const unsigned other = not_plain_in_json(_mm_loadl_epi64(from)) & 0xFF;
    if (other != 0) return at + static_cast<std::size_t>(std::countr_zero(other));
    at += 8;
  }
#endif
  while (at < text.size() && is_plain_in_json(text[at])) ++at;
  return at;
}

}  // namespace flow
