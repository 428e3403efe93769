#include "runtime/crypto/encoding.h"

#include <gtest/gtest.h>

#include "runtime/crypto/random.h"

namespace flow::crypto {
namespace {

TEST(Encoding, Base64OfRfc4648) {
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : cases) {
    EXPECT_EQ(base64(plain), text);
    EXPECT_EQ(from_base64(text), plain);
  }
}

TEST(Encoding, UrlAlphabetHasNoPadding) {
  EXPECT_EQ(base64url("\xfb\xff"), "-_8");
  EXPECT_EQ(from_base64url("-_8"), "\xfb\xff");
  EXPECT_FALSE(from_base64url("+/8"));
  EXPECT_FALSE(from_base64url("-_8="));
}

TEST(Encoding, DecodingIsStrict) {
  EXPECT_FALSE(from_base64("Zg"));    // padding missing
  EXPECT_FALSE(from_base64("Zh=="));  // unused bits set
  EXPECT_FALSE(from_base64("Z==="));
  EXPECT_FALSE(from_base64("===="));
  EXPECT_FALSE(from_base64("Zm9v\n"));
  EXPECT_FALSE(from_base64("Zm=v"));
  EXPECT_FALSE(from_hex("abc"));
  EXPECT_FALSE(from_hex("zz"));
  EXPECT_EQ(from_hex("00fF"), std::string("\0\xff", 2));
}

TEST(Encoding, EveryLengthComesBack) {
  for (std::size_t size = 0; size < 100; ++size) {
    const std::string bytes = random_bytes(size);
    EXPECT_EQ(from_base64(base64(bytes)), bytes);
    EXPECT_EQ(from_base64url(base64url(bytes)), bytes);
    EXPECT_EQ(from_hex(hex(bytes)), bytes);
  }
}

TEST(Encoding, IntoTheCallersMemoryLikeIntoTexts) {
  for (std::size_t size = 0; size < 70; ++size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(i * 37 + size);
    std::array<char, 256> out{};
    const auto written = [&](std::size_t count) { return std::string_view(out.data(), count); };
    EXPECT_EQ(written(write_hex(bytes, out)), hex(bytes));
    EXPECT_EQ(written(write_base64(bytes, out)), base64(bytes));
    EXPECT_EQ(written(write_base64url(bytes, out)), base64url(bytes));
    EXPECT_EQ(written(read_base64url(base64url(bytes), out).value()), bytes);
    EXPECT_EQ(from_base64url(base64url(bytes)), bytes);
    EXPECT_EQ(from_base64(base64(bytes)), bytes);
  }
  std::array<char, 8> out{};
  EXPECT_FALSE(read_base64url("AB!", out));
}

}  // namespace
}  // namespace flow::crypto
