#include <gtest/gtest.h>

#include <string>

#include "base/crc32c.h"
#include "base/varint.h"

namespace flow {
namespace {

TEST(Crc32c, KnownValues) {
  EXPECT_EQ(crc32c(""), 0U);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);  // RFC 3720, B.4
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
  EXPECT_EQ(crc32c("6789", crc32c("12345")), 0xE3069283U);
}

TEST(Varint, ReadsBackWhatWasWritten) {
  for (int shift = 0; shift < 64; ++shift) {
    for (std::uint64_t near : {~std::uint64_t{0}, std::uint64_t{0}, std::uint64_t{1}}) {
      const std::uint64_t value = (std::uint64_t{1} << shift) + near;
      std::string bytes;
      put_varint(bytes, value);
      put_signed_varint(bytes, static_cast<std::int64_t>(value));
      std::string_view rest = bytes;
      std::uint64_t read = 0;
      std::int64_t read_signed = 0;
      ASSERT_TRUE(take_varint(rest, read) && take_signed_varint(rest, read_signed) && rest.empty());
      EXPECT_EQ(read, value);
      EXPECT_EQ(read_signed, static_cast<std::int64_t>(value));
    }
  }
}

TEST(Varint, RefusesOtherForms) {
  std::uint64_t value = 0;
  for (std::string bytes : {std::string(), std::string("\x80"), std::string("\x80\0", 2), std::string(10, '\xFF'),
                            std::string(9, '\xFF') + '\x02'}) {
    std::string_view rest = bytes;
    EXPECT_FALSE(take_varint(rest, value));
  }
}

}  // namespace
}  // namespace flow
