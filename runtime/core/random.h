// Unguessable bytes, as an interface so that tests and the simulator decide them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace flow::core {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;
  // 0 <= result < bound. REQUIRES: bound > 0.
  std::uint64_t below(std::uint64_t bound);
};

// The kernel's generator. Any thread.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override;
};

// The same bytes for the same seed. One thread. Never for anything that must not be guessed.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> bytes) override;

 private:
  std::uint64_t state_;
};

}  // namespace flow::core
