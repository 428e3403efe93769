// Exact numbers: units of 10^-6 in 64 bits (docs/decisions/0003-numbers.md). Each answers false, and leaves `out`
// alone, when the result is outside ±limits::kNumberUnitsMax. REQUIRES: operands inside it.
#pragma once

#include <cstdint>

#include "base/limits.h"

namespace flow::program {

__extension__ typedef __int128 WideInteger;

inline bool fit_number(WideInteger value, std::int64_t& out) {
  if (value > limits::kNumberUnitsMax || value < -limits::kNumberUnitsMax) return false;
  out = static_cast<std::int64_t>(value);
  return true;
}

inline bool number_add(std::int64_t a, std::int64_t b, std::int64_t& out) {
  return fit_number(static_cast<WideInteger>(a) + b, out);
}

inline bool number_subtract(std::int64_t a, std::int64_t b, std::int64_t& out) {
  return fit_number(static_cast<WideInteger>(a) - b, out);
}

// The product, what is after the sixth decimal dropped.
inline bool number_multiply(std::int64_t a, std::int64_t b, std::int64_t& out) {
  return fit_number(static_cast<WideInteger>(a) * b / limits::kNumberScale, out);
}

// To a whole number, half away from zero.
inline bool number_round(std::int64_t a, std::int64_t& out) {
  const std::int64_t half = limits::kNumberScale / 2;
  return fit_number(WideInteger{(a < 0 ? a - half : a + half) / limits::kNumberScale} * limits::kNumberScale, out);
}

// A duration in units of `unit_ms` as a number, truncated to 6 decimals. REQUIRES: unit_ms > 0.
inline bool duration_in(std::int64_t ms, std::int64_t unit_ms, std::int64_t& out) {
  return fit_number(static_cast<WideInteger>(ms) * limits::kNumberScale / unit_ms, out);
}

}  // namespace flow::program
