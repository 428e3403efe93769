#include "runtime/crypto/mac.h"

#include <gtest/gtest.h>

#include <string>

#include "runtime/crypto/digest.h"

namespace flow::crypto {
namespace {

template <typename Mac>
std::string mac_of(const Mac& prepared, std::string_view first, std::string_view second) {
  Mac mac = prepared;
  mac.update(first);
  mac.update(second);
  std::string out(Mac::kBytes, '\0');
  mac.finish(std::span<unsigned char, Mac::kBytes>(reinterpret_cast<unsigned char*>(out.data()), Mac::kBytes));
  return out;
}

// Keys of every length about a block, messages in two pieces, the prepared key used again and again.
TEST(Mac, EqualsTheOneShotFunctions) {
  for (const std::size_t key_size : {0, 1, 32, 63, 64, 65, 200}) {
    const std::string key(key_size, 'k');
    const HmacSha1 sha1(key);
    const HmacSha256 sha256(key);
    for (const std::size_t size : {0, 1, 55, 56, 63, 64, 65, 1000}) {
      const std::string data(size, 'd');
      const std::string_view first = std::string_view(data).substr(0, size / 3);
      const std::string_view second = std::string_view(data).substr(size / 3);
      EXPECT_EQ(mac_of(sha1, first, second), hmac_sha1(key, data)) << key_size << " " << size;
      EXPECT_EQ(mac_of(sha256, first, second), hmac_sha256(key, data)) << key_size << " " << size;
    }
  }
}

}  // namespace
}  // namespace flow::crypto
