#include "runtime/core/random.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace flow::core {

std::uint64_t Random::below(std::uint64_t bound) {
  std::array<std::uint8_t, 8> bytes{};
  fill(bytes);
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value % bound;  // the bias is below 2^-32 for every bound in use (milliseconds of jitter)
}

void SystemRandom::fill(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
    FLOW_CHECK(got > 0 || errno == EINTR, "getrandom: {}", std::strerror(errno));
    if (got > 0) bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

void SeededRandom::fill(std::span<std::uint8_t> bytes) {
  for (std::uint8_t& byte : bytes) {  // splitmix64, a byte a step
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    byte = static_cast<std::uint8_t>(mixed >> 56);
  }
}

}  // namespace flow::core
