// A small seeded generator of random numbers, the same on every platform and compiler (std's distributions are not).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace flow::generate {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  // splitmix64
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // Uniform enough in [0, n). REQUIRES: n > 0.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(next() % (static_cast<std::uint64_t>(high - low) + 1));
  }
  bool chance(unsigned percent) { return below(100) < percent; }
  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

 private:
  std::uint64_t state_;
};

// A seed of its own for the i-th thing made from `seed`.
inline std::uint64_t derive(std::uint64_t seed, std::uint64_t i) {
  return Random(seed ^ (i * 0xd1342543de82ef95 + 0x632be59bd9b4e019)).next();
}

}  // namespace flow::generate
