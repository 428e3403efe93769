// Digests and message authentication codes. All results are raw bytes (crypto/encoding.h makes them printable).
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace flow::crypto {

std::string sha256(std::string_view data);                             // 32 bytes
std::string hmac_sha256(std::string_view key, std::string_view data);  // 32 bytes
std::string hmac_sha1(std::string_view key, std::string_view data);  // 20 bytes: only where a provider's protocol asks

template <std::size_t kSize>
std::string_view view(const std::array<char, kSize>& bytes) {
  return {bytes.data(), bytes.size()};
}

std::array<char, 32> sha256_of(std::string_view data);

// Equal length and content, in a time that depends on the lengths only. For everything that an attacker may guess at.
bool equal_constant_time(std::string_view a, std::string_view b);

// SHA-256 over data that comes in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::string_view data);
  std::string finish();  // 32 bytes; once, then the object is used up

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// Overwrites what a string holds, in a way that compilers keep, and empties it.
void wipe(std::string& secret);

}  // namespace flow::crypto
