// SipHash-2-4: a hash that nobody can aim at who does not know the key. For names of recipients and idempotency keys.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace flow::core {

using SipKey = std::array<std::uint8_t, 16>;

// Data that comes in pieces; the same as over all of them together.
class SipHash {
 public:
  explicit SipHash(const SipKey& key) {
    const std::uint64_t low = load(key.data());
    const std::uint64_t high = load(key.data() + 8);
    state_[0] = low ^ 0x736f6d6570736575;
    state_[1] = high ^ 0x646f72616e646f6d;
    state_[2] = low ^ 0x6c7967656e657261;
    state_[3] = high ^ 0x7465646279746573;
  }

  void update(std::string_view data) {
    length_ += data.size();
    const char* at = data.data();
    std::size_t left = data.size();
    while (left > 0 && held_ != 0) {
      take(static_cast<std::uint8_t>(*at++));
      --left;
    }
    for (; left >= 8; left -= 8, at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, at, 8);
      mix(little(word));
    }
    for (; left > 0; --left) take(static_cast<std::uint8_t>(*at++));
  }
  // A text whose end is part of what is hashed.
  void text(std::string_view data) {
    number(data.size());
    update(data);
  }
  void number(std::uint64_t value) {
    char bytes[8];
    value = little(value);
    std::memcpy(bytes, &value, 8);
    update({bytes, 8});
  }

  // Once.
  std::uint64_t finish() {
    mix(part_ | length_ << 56);
    state_[2] ^= 0xff;
    for (int i = 0; i < 4; ++i) round();
    return state_[0] ^ state_[1] ^ state_[2] ^ state_[3];
  }

 private:
  static std::uint64_t little(std::uint64_t value) {
    if constexpr (std::endian::native == std::endian::big) return __builtin_bswap64(value);
    return value;
  }
  static std::uint64_t load(const std::uint8_t* bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, 8);
    return little(word);
  }
  void take(std::uint8_t byte) {
    part_ |= std::uint64_t{byte} << (8 * held_);
    if (++held_ < 8) return;
    mix(part_);
    part_ = 0;
    held_ = 0;
  }
  void mix(std::uint64_t word) {
    state_[3] ^= word;
    round();
    round();
    state_[0] ^= word;
  }
  void round() {
    state_[0] += state_[1];
    state_[2] += state_[3];
    state_[1] = std::rotl(state_[1], 13) ^ state_[0];
    state_[3] = std::rotl(state_[3], 16) ^ state_[2];
    state_[0] = std::rotl(state_[0], 32);
    state_[2] += state_[1];
    state_[0] += state_[3];
    state_[1] = std::rotl(state_[1], 17) ^ state_[2];
    state_[3] = std::rotl(state_[3], 21) ^ state_[0];
    state_[2] = std::rotl(state_[2], 32);
  }

  std::uint64_t state_[4];
  std::uint64_t part_ = 0;
  unsigned held_ = 0;
  std::uint64_t length_ = 0;
};

}  // namespace flow::core
